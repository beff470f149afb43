//! Calls to the operating system, other than the futex.

use rustix::time::{ClockId, clock_gettime};

/// Ns on CLOCK_MONOTONIC.
pub(crate) fn monotonic() -> i64 {
    nanoseconds(ClockId::Monotonic)
}

/// Ns on CLOCK_BOOTTIME: as CLOCK_MONOTONIC, but it goes on while the system is suspended.
pub(crate) fn boot() -> i64 {
    nanoseconds(ClockId::Boottime)
}

fn nanoseconds(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Ends this process at once, as a policy of KILL does.
pub(crate) fn kill_self() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    // The signal is on its way; nothing of this process runs on when it is delivered.
    std::process::abort()
}
