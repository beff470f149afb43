//! Ticks of a board to nanoseconds.
//!
//! A simulated board's time is its ticks: `ns = ticks × 10⁹ / hertz`, exact, rounded down. A real
//! board is compared with CLOCK_MONOTONIC: the time is read before and after the tick counter, which
//! says that the ticks belong to the middle, give or take half the bracket. From such an *anchor* on,
//! the crystals drift apart by at most [`DRIFT_PPM`]. So a converted stamp carries a bound:
//! half the bracket + drift × age + one tick.
//!
//! Converted stamps of one board never go backwards, in whatever order they are converted: an anchor holds
//! for the ticks from its own to the next anchor's, now and later, and begins no earlier than the one before
//! it ends. What is older than the oldest anchor that is kept is counted back from that one.

use std::collections::VecDeque;

use crate::device::TimeBase;
use crate::sync::Lock;

/// How fast a board's crystal and the host's may drift apart, in parts per million: ±50 for an
/// ordinary crystal on either side.
pub const DRIFT_PPM: u64 = 100;

/// An anchor older than this is taken anew before the next conversion, in ns.
const OLD: i64 = 250_000_000;

/// Anchors kept: some minutes of them.
const KEPT: usize = 1024;

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

/// From an anchor's ticks to the next one's.
#[derive(Clone, Copy, Debug)]
struct Segment {
    anchor: Anchor,
    /// Where the segment before ends, in ns.
    floor: i64,
}

/// A board's clock.
#[derive(Debug)]
pub struct BoardClock {
    hertz: u32,
    base: TimeBase,
    /// By ticks.
    segments: Lock<VecDeque<Segment>>,
}

impl BoardClock {
    pub(crate) fn new(hertz: u32, base: TimeBase) -> Self {
        BoardClock { hertz, base, segments: Lock::default() }
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
        let newest = self.segments.lock().back().map_or(0, |segment| segment.anchor.after);
        self.base == TimeBase::Monotonic && now - newest > OLD
    }

    /// Takes a new anchor, unless there is a later one.
    pub(crate) fn anchor(&self, anchor: Anchor) {
        let mut segments = self.segments.lock();
        let floor = match segments.back() {
            Some(last) if last.anchor.ticks >= anchor.ticks => return,
            Some(last) => self.convert(last, anchor.ticks).ns,
            None => i64::MIN,
        };
        if segments.len() == KEPT {
            segments.pop_front();
        }
        segments.push_back(Segment { anchor, floor });
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
        let segments = self.segments.lock();
        let after = segments.partition_point(|segment| segment.anchor.ticks <= ticks);
        match segments.get(after.saturating_sub(1)) {
            Some(segment) => self.convert(segment, ticks),
            None => Time { ns: 0, error_bound_ns: u64::MAX },
        }
    }

    /// By one segment's anchor, and behind the segment before it.
    fn convert(&self, segment: &Segment, ticks: u64) -> Time {
        let Segment { anchor, floor } = segment;
        let age = self.nanoseconds(ticks.abs_diff(anchor.ticks));
        let (ns, ordered) = if ticks >= anchor.ticks {
            let ns = anchor.middle().saturating_add(age);
            (ns, ns.max(*floor))
        } else {
            let ns = anchor.middle().saturating_sub(age);
            (ns, ns)
        };
        let tick = 1_000_000_000u64.div_ceil(u64::from(self.hertz));
        let drift = (u128::from(age.unsigned_abs()) * u128::from(DRIFT_PPM)).div_ceil(1_000_000);
        let bound = u128::from(anchor.half()) + drift + u128::from(tick) + u128::from(ordered.abs_diff(ns));
        Time { ns: ordered, error_bound_ns: u64::try_from(bound).unwrap_or(u64::MAX) }
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
    fn the_bound_covers_the_drift_of_every_age() {
        let clock = BoardClock::new(1_000_000_000, TimeBase::Monotonic);
        clock.anchor(Anchor { ticks: 0, before: 0, after: 0 });
        for age in [1, 9_999, 10_001, 999_990, 1_000_001, 123_456_789_012] {
            let drift = (u128::from(age) * u128::from(DRIFT_PPM)).div_ceil(1_000_000) as u64;
            assert!(clock.at(age).error_bound_ns > drift, "{age} ns: {:?}", clock.at(age));
        }
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

    #[test]
    fn stamps_are_in_order_whenever_they_are_converted() {
        // Anchors that jump to and fro; stamps of any age, in any order.
        let clock = BoardClock::new(100_000_000, TimeBase::Monotonic);
        let mut random = 1u64;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            random >> 33
        };
        let mut converted = Vec::new();
        for n in 1..500 {
            let (ticks, jitter) = (1000 * n, (next() % 20_000) as i64);
            let before = 10 * ticks as i64 + jitter;
            clock.anchor(Anchor { ticks, before, after: before + jitter });
            clock.at(u64::MAX);
            for _ in 0..4 {
                // No later than now: the future's anchors are not known yet.
                let ticks = ticks - next() % ticks.min(40_000);
                converted.push((ticks, clock.at(ticks).ns));
            }
        }
        converted.sort();
        let backwards = converted.windows(2).find(|pair| pair[0].1 > pair[1].1);
        assert_eq!(backwards, None);
    }

    #[test]
    fn an_anchor_that_comes_late_is_passed_over() {
        let clock = BoardClock::new(1_000_000_000, TimeBase::Monotonic);
        clock.anchor(Anchor { ticks: 100, before: 100, after: 100 });
        clock.anchor(Anchor { ticks: 50, before: 0, after: 900 });
        assert_eq!(clock.at(60).ns, 60);
    }
}
