//! zx_clock_*, zx_ticks_*, zx_deadline_after, zx_nanosleep.
//!
//! Ticks are nanoseconds here: Linux has no counter that is cheaper to read and agrees with CLOCK_MONOTONIC.

use portolan::object::{Thread, TimerClock};
use portolan::{Deadline, Status};

use crate::{calls, values};

values! {
    /// Ns on CLOCK_MONOTONIC.
    fn monotonic = zx_clock_get_monotonic() -> i64 { TimerClock::Monotonic.now() }
    /// Ns on CLOCK_BOOTTIME.
    fn boot = zx_clock_get_boot() -> i64 { TimerClock::Boot.now() }
    /// Ticks on CLOCK_MONOTONIC.
    fn ticks = zx_ticks_get() -> i64 { monotonic() }
    /// Ticks on CLOCK_BOOTTIME.
    fn ticks_boot = zx_ticks_get_boot() -> i64 { boot() }
    /// Ticks of a second.
    fn ticks_per_second = zx_ticks_per_second() -> i64 { 1_000_000_000 }
    /// So long from now on CLOCK_MONOTONIC, saturating.
    fn deadline_after = zx_deadline_after(nanoseconds: i64) -> i64 { monotonic().saturating_add(nanoseconds) }
}

calls! {
    /// Sleeps until the deadline; one that has passed yields.
    fn nanosleep = zx_nanosleep(deadline: i64) -> Status {
        Thread::sleep_until(Deadline::from_nanos(deadline));
        Ok(())
    }
}
