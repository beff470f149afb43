//! Ticks of a board to nanoseconds.
//!
//! A simulated board's time is its ticks: `ns = ticks × 10⁹ / hertz`, exact, rounded down. A real
//! board is compared with CLOCK_MONOTONIC: the time is read before and after the tick counter, which
//! says that the ticks belong to the middle, give or take half the bracket. From such an *anchor* on,
//! the crystals drift apart by at most [`DRIFT_PPM`]. So a converted stamp carries a bound:
//! half the bracket + drift × age + one tick. Converted stamps of one board never go backwards.

use crate::device::TimeBase;
use crate::sync::Lock;

/// How fast a board's crystal and the host's may drift apart, in parts per million: ±50 for an
/// ordinary crystal on either side.
pub const DRIFT_PPM: u64 = 100;

/// An anchor older than this is taken anew before the next conversion, in ns.
const OLD: i64 = 250_000_000;

const NS: u128 = 1_000_000_000;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Ns on the clock that [`BoardClock::base`] names.
    pub ns: i64,
    /// How far `ns` may be off, in ns.
    pub error_bound_ns: u64,
}

/// A tick count and the time at which it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// Ticks.
    pub(crate) ticks: u64,
    /// Ns just before the ticks were read.
    pub(crate) before: i64,
    /// Ns just after.
    pub(crate) after: i64,
}

impl Anchor {
    fn middle(&self) -> i64 {
        self.before + (self.after - self.before) / 2
    }

    /// Half the bracket, rounded up, in ns.
    pub(crate) fn half(&self) -> u64 {
        (self.after.abs_diff(self.before)).div_ceil(2)
    }
}

#[derive(Debug, Default)]
struct Line {
    anchor: Anchor,
    /// The latest stamp converted, by ticks.
    last: (u64, i64),
}

/// A board's clock.
#[derive(Debug)]
pub struct BoardClock {
    hertz: u32,
    base: TimeBase,
    line: Lock<Line>,
}

impl BoardClock {
    pub(crate) fn new(hertz: u32, base: TimeBase) -> Self {
        BoardClock { hertz, base, line: Lock::default() }
    }

    /// Whose time stamps tell.
    pub fn base(&self) -> TimeBase {
        self.base
    }

    /// Ticks per second, as the board says.
    pub fn hertz(&self) -> u32 {
        self.hertz
    }

    /// Whether the clock wants a new [`Anchor`] at this time.
    pub(crate) fn is_old(&self, now: i64) -> bool {
        self.base == TimeBase::Monotonic && now - self.line.lock().anchor.after > OLD
    }

    /// Takes a new anchor.
    pub(crate) fn anchor(&self, anchor: Anchor) {
        self.line.lock().anchor = anchor;
    }

    /// When a tick was.
    pub fn at(&self, ticks: u64) -> Time {
        match self.base {
            TimeBase::Simulated => Time { ns: self.nanoseconds(ticks), error_bound_ns: 0 },
            TimeBase::Monotonic => self.monotonic(ticks),
        }
    }

    /// How long so many ticks last, in ns, rounded down.
    fn nanoseconds(&self, ticks: u64) -> i64 {
        i64::try_from(u128::from(ticks) * NS / u128::from(self.hertz)).unwrap_or(i64::MAX)
    }

    fn monotonic(&self, ticks: u64) -> Time {
        let mut line = self.line.lock();
        let Line { anchor, last } = *line;
        let age = self.nanoseconds(ticks.abs_diff(anchor.ticks));
        let ns = match ticks >= anchor.ticks {
            true => anchor.middle().saturating_add(age),
            false => anchor.middle().saturating_sub(age),
        };
        let tick = 1_000_000_000u64.div_ceil(u64::from(self.hertz));
        let drift = (age.unsigned_abs() / 1_000_000).saturating_mul(DRIFT_PPM) + DRIFT_PPM / 10;
        // A new anchor may place a later tick before an earlier one: then it is held back.
        let ordered = if ticks >= last.0 { ns.max(last.1) } else { ns.min(last.1) };
        if ticks >= last.0 {
            line.last = (ticks, ordered);
        }
        Time { ns: ordered, error_bound_ns: anchor.half() + drift + tick + ordered.abs_diff(ns) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulated_time_is_exact_and_rounds_down() {
        let clock = BoardClock::new(3, TimeBase::Simulated);
        assert_eq!(clock.at(1), Time { ns: 333_333_333, error_bound_ns: 0 });
        assert_eq!(clock.at(3), Time { ns: 1_000_000_000, error_bound_ns: 0 });
        let clock = BoardClock::new(100_000_000, TimeBase::Simulated);
        assert_eq!(clock.at(125).ns, 1250);
        assert_eq!(clock.at(u64::MAX).ns, i64::MAX, "saturates after 2.9 centuries");
    }

    #[test]
    fn monotonic_time_is_the_anchor_plus_age_and_the_bound_grows_with_age() {
        let clock = BoardClock::new(100_000_000, TimeBase::Monotonic);
        clock.anchor(Anchor { ticks: 1_000, before: 5_000_000, after: 5_000_400 });
        let at = clock.at(1_000);
        assert_eq!(at.ns, 5_000_200);
        assert!(at.error_bound_ns >= 200 + 10);
        let second = clock.at(100_001_000);
        assert_eq!(second.ns, 1_005_000_200);
        assert!(second.error_bound_ns >= at.error_bound_ns + 100_000, "100 ppm of a second");
        assert_eq!(clock.at(900).ns, 4_999_200, "ticks before the anchor");
    }

    #[test]
    fn a_new_anchor_never_takes_time_backwards() {
        let clock = BoardClock::new(1_000_000_000, TimeBase::Monotonic);
        clock.anchor(Anchor { ticks: 0, before: 0, after: 0 });
        let early = clock.at(1_000_000);
        clock.anchor(Anchor { ticks: 1_000_000, before: 999_000, after: 999_000 });
        let late = clock.at(1_000_010);
        assert!(late.ns >= early.ns, "{late:?} after {early:?}");
        assert!(late.error_bound_ns >= 990, "holding back is part of the bound");
        assert!(clock.at(500_000).ns <= early.ns);
    }
}
