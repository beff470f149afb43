//! A lock for a few instructions: one atomic exchange to take it, a plain store to release it.
//!
//! A mutex needs two exchanges, the second to learn whether somebody waits; on the way of every packet that
//! is a fifth of its cost. Here whoever has to sleep for the lock says so in a counter and then runs a
//! *heavy* fence, which is one on all processors that run this process; so the releasing side needs only a
//! *light* one, which costs nothing, between its store and its look at the counter. Where the kernel has no
//! such fence both are full fences.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::futex::Word;
use super::primitive::{AtomicU32, Ordering, heavy_fence, light_fence, pause, prepare_fences};

const FREE: u32 = 0;
const HELD: u32 = 1;

/// Looks at a held lock before its contender sleeps.
const LOOKS: u32 = if cfg!(loom) { 0 } else { 32 };

/// When a contender looks again by itself, in ns, if the kernel has refused the heavy fence.
const LOOK_AFTER: i64 = 1_000_000;

/// A lock around a value. Not poisoned by a panic: what it guards is consistent at every statement that can
/// panic. The word lies before the value, so that a value's first fields share its line.
#[repr(C)]
pub(crate) struct Latch<T> {
    word: Word,
    contenders: AtomicU32,
    value: UnsafeCell<T>,
    /// Touched by whoever holds the lock, so that loom sees two that do.
    #[cfg(loom)]
    witness: loom::cell::UnsafeCell<()>,
}

// SAFETY: the value is only reached by the one thread that holds the lock.
unsafe impl<T: Send> Send for Latch<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Latch<T> {}

/// The lock, held.
pub(crate) struct LatchGuard<'a, T> {
    latch: &'a Latch<T>,
    /// It is released by the thread that took it.
    thread: PhantomData<*const ()>,
}

impl<T> Latch<T> {
    pub(crate) fn new(value: T) -> Self {
        prepare_fences();
        Latch {
            word: Word::default(),
            contenders: AtomicU32::new(0),
            value: UnsafeCell::new(value),
            #[cfg(loom)]
            witness: loom::cell::UnsafeCell::new(()),
        }
    }

    /// Takes the lock.
    #[inline]
    pub(crate) fn lock(&self) -> LatchGuard<'_, T> {
        if !self.try_take() {
            self.contend();
        }
        #[cfg(loom)]
        self.witness.with_mut(|_| ());
        LatchGuard { latch: self, thread: PhantomData }
    }

    #[inline]
    fn try_take(&self) -> bool {
        self.word.value().compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    fn is_free(&self) -> bool {
        self.word.value().load(Ordering::Relaxed) == FREE
    }

    #[cold]
    fn contend(&self) {
        for _ in 0..LOOKS {
            if self.is_free() && self.try_take() {
                return;
            }
            pause();
        }
        self.contenders.fetch_add(1, Ordering::Relaxed);
        // From here on each release either sees the contender, or its store is seen below.
        let is_told = heavy_fence();
        while !self.try_take() {
            let until = if is_told { i64::MAX } else { crate::sys::monotonic().saturating_add(LOOK_AFTER) };
            self.word.wait(HELD, until);
        }
        self.contenders.fetch_sub(1, Ordering::Relaxed);
    }

    #[inline]
    fn release(&self) {
        self.word.value().store(FREE, Ordering::Release);
        light_fence();
        if self.contenders.load(Ordering::Relaxed) != 0 {
            self.wake();
        }
    }

    #[cold]
    fn wake(&self) {
        self.word.wake_one();
    }
}

impl<T> Deref for LatchGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock.
        unsafe { &*self.latch.value.get() }
    }
}

impl<T> DerefMut for LatchGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this thread holds the lock.
        unsafe { &mut *self.latch.value.get() }
    }
}

impl<T> Drop for LatchGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.latch.release();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn one_thread_at_a_time_holds_it() {
        const THREADS: u64 = 8;
        const EACH: u64 = 20_000;
        let latch = Latch::new((0u64, 0u64));
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for turn in 0..EACH {
                        let mut both = latch.lock();
                        both.0 += 1;
                        if turn % 1000 == 0 {
                            // Long enough for the others to sleep.
                            std::thread::yield_now();
                        }
                        both.1 += 1;
                        assert_eq!(both.0, both.1);
                    }
                });
            }
        });
        assert_eq!(*latch.lock(), (THREADS * EACH, THREADS * EACH));
    }
}
