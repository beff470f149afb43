//! The futex, behind a trait that a model checker can replace.

use std::num::NonZeroU32;
use std::sync::atomic::AtomicU32;

use rustix::io::Errno;
use rustix::thread::futex;
use rustix::time::Timespec;

/// Sleeping on a 32-bit word.
pub(crate) trait Futex {
    /// Sleeps while `*word == expected`, until a wake, or until `deadline` (ns on CLOCK_MONOTONIC,
    /// `i64::MAX` for never). May return early; the caller looks at the word again. False when the
    /// deadline has passed.
    fn wait(word: &AtomicU32, expected: u32, deadline: i64) -> bool;
    /// Wakes one sleeper.
    fn wake_one(word: &AtomicU32);
}

/// futex(2).
pub(crate) struct LinuxFutex;

impl Futex for LinuxFutex {
    fn wait(word: &AtomicU32, expected: u32, deadline: i64) -> bool {
        let until =
            Timespec { tv_sec: deadline.max(0) / 1_000_000_000, tv_nsec: deadline.max(0) % 1_000_000_000 };
        let until = (deadline != i64::MAX).then_some(&until);
        // FUTEX_WAIT_BITSET takes an absolute time on CLOCK_MONOTONIC, FUTEX_WAIT a relative one.
        let result = futex::wait_bitset(word, futex::Flags::PRIVATE, expected, until, NonZeroU32::MAX);
        result != Err(Errno::TIMEDOUT)
    }

    fn wake_one(word: &AtomicU32) {
        // The only errors are a bad address or bad flags, which these are not.
        let _ = futex::wake(word, futex::Flags::PRIVATE, 1);
    }
}
