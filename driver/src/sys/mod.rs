//! Calls to the operating system, other than the futex.

use rustix::time::{ClockId, clock_gettime};

/// Ns on CLOCK_MONOTONIC.
pub(crate) fn monotonic() -> i64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
