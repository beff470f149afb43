//! mx_time_get, mx_ticks_*, mx_deadline_after, mx_nanosleep: times without a sign. Ticks are nanoseconds.

use portolan::Status;
use portolan::object::Thread;
use portolan::object::magenta::Clock;

use super::deadline;
use crate::{calls, values};

values! {
    /// Ns on CLOCK_MONOTONIC (0), since 1970 (1), or that the calling thread has run (2); 0 for what is no clock.
    fn time = mx_time_get(clock_id: u32) -> u64 {
        Clock::from_raw(clock_id).map_or(0, |clock| clock.now().unsigned_abs())
    }
    /// Ticks on CLOCK_MONOTONIC.
    fn ticks = mx_ticks_get() -> u64 { time(Clock::Monotonic as u32) }
    /// Ticks of a second.
    fn ticks_per_second = mx_ticks_per_second() -> u64 { 1_000_000_000 }
    /// So long from now on CLOCK_MONOTONIC, saturating: MX_TIME_INFINITE stays what it is.
    fn deadline_after = mx_deadline_after(nanoseconds: u64) -> u64 { ticks().saturating_add(nanoseconds) }
}

calls! {
    /// Sleeps until the deadline; one that has passed yields.
    fn nanosleep = mx_nanosleep(time: u64) -> Status {
        Thread::sleep_until(deadline(time));
        Ok(())
    }
}
