//! Memory that calls are given: each piece an allocation of its own, exactly as large as the call is told, so that a
//! sanitizer sees every byte beyond; filled, so that a write where none should be is seen without one. Now and then
//! NULL, and now and then not aligned.

use std::marker::PhantomData;

use crate::dice::Dice;

const FILL: u8 = 0xA5;

pub struct Memory<T> {
    bytes: Box<[u8]>,
    offset: usize,
    count: usize,
    null: bool,
    of: PhantomData<T>,
}

impl<T: Copy> Memory<T> {
    /// For so many.
    pub fn new(dice: &mut Dice, count: usize) -> Memory<T> {
        let offset = if dice.one_in(8) { 1 + dice.below(7) } else { 0 };
        let bytes = vec![FILL; offset + count * size_of::<T>()].into_boxed_slice();
        Memory { bytes, offset, count, null: false, of: PhantomData }
    }

    /// The same, or NULL.
    pub fn or_null(dice: &mut Dice, count: usize) -> Memory<T> {
        Memory { null: dice.one_in(16), ..Memory::new(dice, count) }
    }

    /// These.
    pub fn holding(dice: &mut Dice, values: &[T]) -> Memory<T> {
        let mut memory: Memory<T> = Memory::new(dice, values.len());
        for (index, value) in values.iter().enumerate() {
            // SAFETY: there is room for as many as there are values.
            unsafe { memory.place().add(index).write_unaligned(*value) };
        }
        memory
    }

    pub fn nulled(mut self, null: bool) -> Memory<T> {
        self.null = null;
        self
    }

    pub fn is_null(&self) -> bool {
        self.null
    }

    fn place(&mut self) -> *mut T {
        self.bytes[self.offset..].as_mut_ptr().cast()
    }

    /// What the call is given.
    pub fn pointer(&mut self) -> *mut T {
        if self.null { std::ptr::null_mut() } else { self.place() }
    }

    /// What is in it now.
    pub fn get(&self, index: usize) -> T {
        assert!(index < self.count, "only what was given can be read");
        // SAFETY: inside the allocation; all types of arguments are plain numbers, for which any bytes will do.
        unsafe { self.bytes[self.offset..].as_ptr().cast::<T>().add(index).read_unaligned() }
    }

    /// Puts another value in it.
    pub fn set(&mut self, index: usize, value: T) {
        assert!(index < self.count, "only what was given can be written");
        // SAFETY: inside the allocation.
        unsafe { self.place().add(index).write_unaligned(value) };
    }

    /// Nothing was written from this one on.
    pub fn untouched_from(&self, index: usize) -> bool {
        self.bytes[self.offset + index * size_of::<T>()..].iter().all(|byte| *byte == FILL)
    }

    pub fn untouched(&self) -> bool {
        self.untouched_from(0)
    }
}
