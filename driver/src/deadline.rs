//! Absolute points in time, as Zircon's waits take them.

use std::time::Duration;

use crate::sys;

/// When a wait gives up: absolute, in ns.
///
/// The clock is CLOCK_MONOTONIC, or the simulated clock of the board for a port whose lines are all
/// of one simulated board ([`Port::now`](crate::Port::now) tells the time of the right one).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline(i64);

impl Deadline {
    /// Never gives up.
    pub const INFINITE: Deadline = Deadline(i64::MAX);
    /// Already passed: the call looks once and does not sleep (E4).
    pub const INFINITE_PAST: Deadline = Deadline(i64::MIN);
    /// The same as [`INFINITE_PAST`](Self::INFINITE_PAST).
    pub const PAST: Deadline = Deadline::INFINITE_PAST;

    /// The deadline at this time, in ns.
    pub const fn from_nanos(nanos: i64) -> Deadline {
        Deadline(nanos)
    }

    /// Ns on the clock.
    pub const fn into_nanos(self) -> i64 {
        self.0
    }

    /// So long from now on CLOCK_MONOTONIC, saturating.
    pub fn after(time: Duration) -> Deadline {
        Deadline(sys::monotonic()).plus(time)
    }

    /// So much later, saturating; an infinite deadline stays infinite.
    pub fn plus(self, time: Duration) -> Deadline {
        let nanos = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        Deadline(self.0.saturating_add(nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_saturate() {
        assert_eq!(Deadline::after(Duration::MAX), Deadline::INFINITE);
        assert_eq!(Deadline::from_nanos(5).plus(Duration::from_micros(1)), Deadline::from_nanos(1005));
        assert!(Deadline::after(Duration::from_secs(1)) > Deadline::after(Duration::ZERO));
    }
}
