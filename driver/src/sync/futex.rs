//! A 32-bit word that a thread can sleep on: futex(2), or loom's mutex and condition variable.

use super::primitive::AtomicU32;
#[cfg(loom)]
use super::primitive::Ordering;

/// A word with threads that sleep until it changes.
pub(crate) struct Word {
    value: AtomicU32,
    #[cfg(loom)]
    kernel: (loom::sync::Mutex<()>, loom::sync::Condvar),
}

impl Default for Word {
    fn default() -> Self {
        Word {
            value: AtomicU32::new(0),
            #[cfg(loom)]
            kernel: (loom::sync::Mutex::new(()), loom::sync::Condvar::new()),
        }
    }
}

impl Word {
    /// The value.
    pub(crate) fn value(&self) -> &AtomicU32 {
        &self.value
    }
}

#[cfg(not(loom))]
impl Word {
    /// Sleeps while the word is `expected`, until a wake, or until `deadline` (ns on CLOCK_MONOTONIC,
    /// `i64::MAX` for never). May return early; the caller looks at the word again. False when the deadline
    /// has passed.
    pub(crate) fn wait(&self, expected: u32, deadline: i64) -> bool {
        use std::num::NonZeroU32;

        use rustix::io::Errno;
        use rustix::thread::futex;
        use rustix::time::Timespec;

        let (tv_sec, tv_nsec) = (deadline.max(0) / 1_000_000_000, deadline.max(0) % 1_000_000_000);
        let until = Timespec { tv_sec, tv_nsec };
        let until = (deadline != i64::MAX).then_some(&until);
        // FUTEX_WAIT_BITSET takes an absolute time on CLOCK_MONOTONIC, FUTEX_WAIT a relative one.
        let result = futex::wait_bitset(&self.value, futex::Flags::PRIVATE, expected, until, NonZeroU32::MAX);
        result != Err(Errno::TIMEDOUT)
    }

    /// Wakes one sleeper.
    pub(crate) fn wake_one(&self) {
        use rustix::thread::futex;

        // The only errors are a bad address or bad flags, which these are not.
        let _ = futex::wake(&self.value, futex::Flags::PRIVATE, 1);
    }
}

/// The kernel looks at the word and puts the thread to sleep in one step, under the lock of the word's
/// hash bucket, which a wake takes too. Deadlines do not pass here.
#[cfg(loom)]
impl Word {
    pub(crate) fn wait(&self, expected: u32, _deadline: i64) -> bool {
        let bucket = self.kernel.0.lock().unwrap();
        if self.value.load(Ordering::SeqCst) == expected {
            drop(self.kernel.1.wait(bucket).unwrap());
        }
        true
    }

    pub(crate) fn wake_one(&self) {
        let _bucket = self.kernel.0.lock().unwrap();
        self.kernel.1.notify_one();
    }
}
