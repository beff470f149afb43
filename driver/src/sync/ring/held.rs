//! The reader's side of a ring, under its lock: taking, removing, closing, growing.

use std::ops::{Deref, DerefMut};

use super::{BLOCKS, Place, Readers, Refused, Ring, Shape, Slot, Tail};
use crate::sync::latch::LatchGuard;
use crate::sync::primitive::{AtomicU64, Cell, Ordering, full_fence, nap, pause, yield_now};

/// The readers' lock, held. Dereferences to what else it guards.
pub(crate) struct Held<'a, T, S, H: Shape> {
    pub(super) ring: &'a Ring<T, S, H>,
    pub(super) readers: LatchGuard<'a, Readers<T, S>>,
}

impl<T, S, H: Shape> Deref for Held<'_, T, S, H> {
    type Target = S;
    fn deref(&self) -> &S {
        &self.readers.rest
    }
}

impl<T, S, H: Shape> DerefMut for Held<'_, T, S, H> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.readers.rest
    }
}

impl<'a, T: Copy, S, H: Shape> Held<'a, T, S, H> {
    /// The position of the oldest.
    #[inline]
    pub(crate) fn head(&self) -> u64 {
        self.ring.head.load(Ordering::Relaxed)
    }

    /// The position that the next claim will have.
    #[inline]
    pub(crate) fn tail(&self) -> u64 {
        Tail(self.ring.writers.tail.load(Ordering::Acquire)).position()
    }

    /// Takes the oldest, if it is published.
    #[inline]
    pub(crate) fn pop_published(&mut self) -> Option<T> {
        let head = self.head();
        if self.readers.block.is_null() || !self.is_published(head) {
            return None;
        }
        let value = self.read(head);
        self.ring.head.store(head.wrapping_add(1), Ordering::Release);
        Some(value)
    }

    /// Takes the oldest. Waits for its publication if it is only claimed.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.pop_published().or_else(|| {
            let head = self.head();
            (self.tail() != head).then(|| self.await_publication(head))?;
            self.pop_published()
        })
    }

    /// Where the oldest will be published, if none is.
    pub(crate) fn place(&self) -> Place<'a, T> {
        let slot = self.readers.block;
        let index = (self.head() & self.readers.mask) as usize;
        // SAFETY: the block, if there is one, stays as long as the ring; only the atomic is touched.
        let slot = (!slot.is_null()).then(|| unsafe { &*slot.add(index) });
        Place { slot, turn: self.head().wrapping_add(1) }
    }

    /// Nothing is there, not even claimed. If threads were said to sleep before this, every later push
    /// sees them.
    pub(crate) fn is_vacant(&self) -> bool {
        full_fence();
        self.tail() == self.head()
    }

    /// How many threads sleep until something is pushed.
    pub(crate) fn set_sleepers(&self, sleepers: usize) {
        let sleepers = u32::try_from(sleepers).unwrap_or(u32::MAX);
        self.ring.writers.sleepers.store(sleepers, Ordering::Relaxed);
    }

    /// Whether a reader must look at what else the lock guards before it takes the oldest.
    pub(crate) fn set_attention(&self, attention: bool) {
        self.ring.attention.store(attention, Ordering::Relaxed);
    }

    /// See [`set_attention`](Self::set_attention).
    #[inline]
    pub(crate) fn attention(&self) -> bool {
        self.ring.attention.load(Ordering::Relaxed)
    }

    /// Nothing comes in any more.
    pub(crate) fn close(&mut self) {
        self.ring.writers.tail.fetch_or(Tail::CLOSED, Ordering::SeqCst);
    }

    /// Removes those of which `matches` holds, among all that were pushed before; how many. The others
    /// close up towards the tail: `moved` is told, from the youngest on, that what was just before position
    /// `from` is now just before position `to`.
    pub(crate) fn remove(
        &mut self,
        matches: impl Fn(&T) -> bool,
        mut moved: impl FnMut(&mut S, u64, u64),
    ) -> usize {
        let (head, end) = (self.head(), self.tail());
        let mut to = end;
        for from in (head..end).rev() {
            self.await_publication(from);
            let value = self.read(from);
            if !matches(&value) {
                to -= 1;
                if to != from {
                    let slot = self.slot(to);
                    // SAFETY: between head and tail and published, so the lock's holder has it to himself.
                    slot.value.with_mut(|place| unsafe { place.write(value) });
                }
            }
            moved(&mut self.readers.rest, from, to);
        }
        self.ring.head.store(to, Ordering::Release);
        (to - head) as usize
    }

    /// Takes a larger block, unless there is room again.
    pub(super) fn grow(&mut self) -> Result<(), Refused> {
        let mut tail = Tail(self.ring.writers.tail.load(Ordering::Acquire));
        let (head, blocks) = (self.head(), tail.blocks());
        let is_full = |tail: Tail| tail.position() - head >= H::capacity(blocks).min(H::LIMIT + 1);
        if blocks == BLOCKS || !is_full(tail) {
            return Ok(());
        }
        let new = self.add_block(blocks)?;
        // From here on writers use the new block. One that claimed a place in the old one writes it there.
        loop {
            let larger = tail.0.wrapping_add(Tail::BLOCK);
            let exchanged =
                self.ring.writers.tail.compare_exchange(tail.0, larger, Ordering::SeqCst, Ordering::Acquire);
            match exchanged {
                Ok(_) => break,
                Err(now) => tail = Tail(now),
            }
        }
        let mask = H::capacity(blocks + 1) - 1;
        for position in head..tail.position() {
            self.await_publication(position);
            let value = self.read(position);
            // SAFETY: in the new block, at a position before those that writers claim there.
            let slot = unsafe { &*new.add((position & mask) as usize) };
            // SAFETY: as above; readers come with the lock.
            slot.value.with_mut(|place| unsafe { place.write(value) });
            slot.turn.store(position.wrapping_add(1), Ordering::Release);
        }
        (self.readers.block, self.readers.mask) = (new, mask);
        Ok(())
    }

    /// Makes the next block; it is not in use yet.
    fn add_block(&mut self, blocks: usize) -> Result<*const Slot<T>, Refused> {
        let capacity = H::CAPACITIES[blocks] as usize;
        let mut slots: Vec<Slot<T>> = Vec::new();
        slots.try_reserve_exact(capacity).map_err(|_| Refused::NoMemory)?;
        slots.extend((0..capacity).map(|_| Slot { value: Cell::empty(), turn: AtomicU64::new(0) }));
        let block = Box::into_raw(slots.into_boxed_slice()).cast::<Slot<T>>();
        self.ring.writers.blocks[blocks].store(block, Ordering::Release);
        Ok(block)
    }

    #[inline]
    fn slot(&self, position: u64) -> &Slot<T> {
        let index = position & self.readers.mask;
        // SAFETY: the caller has made sure that there is a block; it stays as long as the ring.
        unsafe { &*self.readers.block.add(index as usize) }
    }

    /// Copies what is published at a position between head and tail.
    #[inline]
    fn read(&self, position: u64) -> T {
        // SAFETY: published, which was acquired, and not taken, so it is the lock holder's.
        self.slot(position).value.with(|place| unsafe { place.read() })
    }

    /// Waits until a claimed position is published: a few instructions of another thread, unless that was
    /// descheduled there.
    #[inline]
    fn await_publication(&self, position: u64) {
        if !self.is_published(position) {
            await_cold(|| self.is_published(position));
        }
    }

    #[inline]
    fn is_published(&self, position: u64) -> bool {
        self.slot(position).turn.load(Ordering::Acquire) == position.wrapping_add(1)
    }
}

/// Naps in the end: the other thread may be one of lower priority, which a yield does not let run.
#[cold]
fn await_cold(is_there: impl Fn() -> bool) {
    const SPINS: u32 = if cfg!(loom) { 1 } else { 64 };
    const SPINS_AND_YIELDS: u32 = 128;
    for attempt in 0u32.. {
        if is_there() {
            return;
        }
        match attempt {
            0..SPINS => pause(),
            SPINS..SPINS_AND_YIELDS => yield_now(),
            _ => nap(),
        }
    }
}
