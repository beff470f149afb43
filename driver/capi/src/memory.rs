//! Pointers of C, as the calls see them.
//!
//! A pointer argument is an [`In`] or an [`Out`]: of C's size and shape, so that it can stand in an `extern "C"`
//! signature, and made of a pointer by `unsafe` code alone. NULL is INVALID_ARGS when it is read or written, and not before:
//! what was done until then has been done, as in the kernel. Values are copied, never referred to: pointers
//! that C gives may be equal to one another, and to what another thread uses.

use std::marker::PhantomData;

use portolan::Status;

/// What a call reads: `const T*`.
#[derive(Debug)]
#[repr(transparent)]
pub struct In<'a, T>(*const T, PhantomData<&'a T>);

/// What a call writes, or reads and writes: `T*`.
#[derive(Debug)]
#[repr(transparent)]
pub struct Out<'a, T>(*mut T, PhantomData<&'a mut T>);

impl<'a, T: Copy> In<'a, T> {
    /// NULL.
    pub const NULL: In<'a, T> = In(std::ptr::null(), PhantomData);

    /// That of C.
    ///
    /// # Safety
    ///
    /// It is NULL, or there are as many T as the call that it is for is told, for as long as it runs.
    pub unsafe fn from_raw(pointer: *const T) -> In<'a, T> {
        In(pointer, PhantomData)
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Reads. INVALID_ARGS for NULL.
    pub(crate) fn get(&self) -> Result<T, Status> {
        if self.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        // SAFETY: not NULL, so a pointer of which C's caller promises that there is a
        // T; perhaps not aligned.
        Ok(unsafe { self.0.read_unaligned() })
    }

    /// Reads so many. INVALID_ARGS for NULL, unless there are none.
    pub(crate) fn get_many(&self, count: usize) -> Result<Vec<T>, Status> {
        if count == 0 {
            return Ok(Vec::new());
        }
        if self.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        // SAFETY: as in `get`; the caller promises `count` of them, one after the other.
        Ok((0..count).map(|index| unsafe { self.0.add(index).read_unaligned() }).collect())
    }

    /// The same place, as one of another type.
    pub(crate) fn cast<U>(&self) -> In<'a, U> {
        In(self.0.cast(), PhantomData)
    }
}

impl<'a, T: Copy> Out<'a, T> {
    /// NULL.
    pub const NULL: Out<'a, T> = Out(std::ptr::null_mut(), PhantomData);

    /// That of C.
    ///
    /// # Safety
    ///
    /// It is NULL, or as many T as the call that it is for is told may be written there, for as long as it runs.
    pub unsafe fn from_raw(pointer: *mut T) -> Out<'a, T> {
        Out(pointer, PhantomData)
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Writes. INVALID_ARGS for NULL.
    pub(crate) fn put(&self, value: T) -> Result<(), Status> {
        if self.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        // SAFETY: not NULL, so a pointer of which C's caller promises that a T may be
        // written there; perhaps not aligned.
        unsafe { self.0.write_unaligned(value) };
        Ok(())
    }

    /// Writes, unless it is NULL.
    pub(crate) fn put_if_wanted(&self, value: T) {
        let _ = self.put(value);
    }

    /// Reads so many. INVALID_ARGS for NULL, unless there are none.
    pub(crate) fn get_many(&self, count: usize) -> Result<Vec<T>, Status> {
        In(self.0.cast_const(), PhantomData).get_many(count)
    }

    /// Writes these, one after the other. INVALID_ARGS for NULL, unless there are none.
    pub(crate) fn put_many(&self, values: &[T]) -> Result<(), Status> {
        if values.is_empty() {
            return Ok(());
        }
        if self.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        for (index, value) in values.iter().enumerate() {
            // SAFETY: as in `put`; the caller promises room for as many as it says.
            unsafe { self.0.add(index).write_unaligned(*value) };
        }
        Ok(())
    }

    /// The same place, as one of another type.
    pub(crate) fn cast<U>(&self) -> Out<'a, U> {
        Out(self.0.cast(), PhantomData)
    }
}

/// A pointer inside a structure of C's.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Address<T>(*mut T);

impl<T: Copy> Address<T> {
    /// What is read there. The structure that it stands in is one of the caller's, who promises the rest.
    pub(crate) fn input<'a>(self) -> In<'a, T> {
        In(self.0, PhantomData)
    }

    /// What is written there.
    pub(crate) fn output<'a>(self) -> Out<'a, T> {
        Out(self.0, PhantomData)
    }
}

/// A string of C's. INVALID_ARGS for NULL, and for what is no UTF-8.
pub(crate) fn text<'a>(name: In<'a, std::ffi::c_char>) -> Result<&'a str, Status> {
    if name.is_null() {
        return Err(Status::INVALID_ARGS);
    }
    // SAFETY: not NULL; C's caller promises a string that ends with a zero.
    let name = unsafe { std::ffi::CStr::from_ptr(name.0) };
    name.to_str().map_err(|_| Status::INVALID_ARGS)
}
