//! How long a waiter spins before it sleeps.
//!
//! Waking a thread that sleeps costs the same whatever the primitive, some microseconds; a waiter that still
//! spins has the packet a hundred times sooner. But who spins for what does not come takes the processor from
//! somebody else. So a port has a budget of [`BUDGET`] that it halves whenever a waiter slept for long, down to
//! a thirty-second, and takes up whole again when one slept so shortly, or found so many packets when it woke, that
//! spinning would have been better. On a machine with one processor nobody spins: what
//! is waited for could not happen meanwhile.
//!
//! How often it looks matters as much. A reader that looks all the time takes every packet as soon as it is
//! there, and then each one waits for its line to travel from one cache to the other: ten million a second.
//! If it lets the writer get ahead once, it reads what is long there, the caches fetch ahead of it, and it is
//! up to ten times as fast, for as long as the writer writes. So when packets come within [`FAST`] of being waited
//! for, the next spin is a *patient* one that does not look for [`SELDOM`]; if then several have come,
//! the next ones are too, and if only one has, which is what happens between two threads that answer each
//! other, they look at once again.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::sync::Spin;
use crate::sys;

/// The longest spin: what a sleep and its wake cost where that is dear, between two virtual processors of which
/// one was idle. So a waiter never loses more than twice what the better choice would have cost.
const BUDGET: Duration = Duration::from_micros(40);

/// A sleep for so long, in ns, may have been the ways in and out of it alone; and who spins before each such
/// sleep spins for a twentieth of the time.
const SHORT: i64 = 800_000;

/// A budget is halved at most so often.
const LEAST: u32 = 5;

/// Between two looks, at most, and before the first one of a patient spin.
const SELDOM: Duration = Duration::from_nanos(400);

/// What comes so soon comes from a writer that writes all the time.
const FAST: Duration = Duration::from_nanos(200);

/// How the waiters of a port spin.
#[derive(Debug, Default)]
pub(super) struct Patience {
    halved: AtomicU32,
    /// The position where the last spin ended, times four, plus one of [`EAGER`], [`TRY`], [`PATIENT`].
    last: AtomicU64,
}

/// The last spin looked at once, and something came only after a while.
const EAGER: u64 = 0;
/// It looked at once and something came at once.
const TRY: u64 = 1;
/// It was patient.
const PATIENT: u64 = 2;

impl Patience {
    /// The next spin, for a waiter that has so much time, for what will be at this position.
    pub(super) fn spin(&self, left: Duration, position: u64) -> Option<Spin> {
        let per_microsecond = pauses_per_microsecond()?;
        let pauses = |time: Duration| (time.as_nanos() as u64 * u64::from(per_microsecond) / 1_000) as u32;
        let budget = left.min(BUDGET / (1 << self.halved.load(Ordering::Relaxed)));
        let last = self.last.load(Ordering::Relaxed);
        let several = position.wrapping_sub(last / 4) > 1;
        let is_patient = last % 4 == TRY || (last % 4 == PATIENT && several);
        let seldom = pauses(SELDOM).max(2);
        let spin = Spin { first: if is_patient { seldom } else { 1 }, seldom, pauses: pauses(budget) };
        (spin.pauses > 0).then_some(spin)
    }

    /// How that spin ended, for what was to be at this position.
    pub(super) fn found(&self, spin: Spin, spent: Option<u32>, position: u64) {
        let is_fast = spent.is_some_and(|spent| u64::from(spent) * 2 <= u64::from(spin.seldom));
        const { assert!(FAST.as_nanos() * 2 == SELDOM.as_nanos()) };
        let state = if spin.first > 1 {
            PATIENT
        } else if is_fast {
            TRY
        } else {
            EAGER
        };
        self.last.store(position.wrapping_mul(4) | state, Ordering::Relaxed);
    }

    /// A waiter slept so long, in ns, and found so many packets when it woke.
    pub(super) fn learn(&self, slept: i64, found: u64) {
        let halved = self.halved.load(Ordering::Relaxed);
        let learned = if slept < SHORT || found > 1 { 0 } else { (halved + 1).min(LEAST) };
        if learned != halved {
            self.halved.store(learned, Ordering::Relaxed);
        }
    }
}

/// How many pauses a spin makes in a microsecond; `None` when this process may use one processor only.
fn pauses_per_microsecond() -> Option<u32> {
    static PAUSES: OnceLock<Option<u32>> = OnceLock::new();
    *PAUSES.get_or_init(|| {
        // A model checker has its own idea of time.
        if cfg!(loom) || sys::processors() < 2 {
            return None;
        }
        const SAMPLE: u32 = 256;
        // The shortest of a few: others may have the processor meanwhile.
        let measure = || {
            let begun = Instant::now();
            (0..SAMPLE).for_each(|_| std::hint::spin_loop());
            begun.elapsed().as_nanos() as u64
        };
        let nanoseconds = (0..8).map(|_| measure()).min().unwrap_or(1).max(1);
        Some((u64::from(SAMPLE) * 1_000 / nanoseconds).clamp(1, 10_000) as u32)
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// The pauses of a spin that has all the time.
    fn pauses(patience: &Patience) -> Option<u32> {
        patience.spin(Duration::MAX, 0).map(|spin| spin.pauses)
    }

    #[test]
    fn a_long_sleep_halves_the_next_spin_and_a_short_one_restores_it() {
        let patience = Patience::default();
        let Some(whole) = pauses(&patience) else {
            return assert!(sys::processors() < 2, "nobody spins");
        };
        patience.learn(10_000_000, 1);
        assert!(pauses(&patience).unwrap() <= whole / 2 + 1);
        (0..100).for_each(|_| patience.learn(10_000_000, 1));
        assert!(pauses(&patience).unwrap() >= whole / 32);
        patience.learn(5_000, 1);
        assert_eq!(pauses(&patience), Some(whole));
        patience.learn(10_000_000, 1);
        patience.learn(10_000_000, 2);
        assert_eq!(pauses(&patience), Some(whole), "they come densely, only the waiter came late");
    }

    #[test]
    fn nobody_spins_beyond_his_deadline() {
        assert!(Patience::default().spin(Duration::ZERO, 0).is_none());
    }

    #[test]
    fn a_spin_is_patient_while_packets_come_several_at_a_time() {
        let patience = Patience::default();
        let Some(eager) = patience.spin(Duration::MAX, 0) else {
            return assert!(sys::processors() < 2, "nobody spins");
        };
        assert_eq!(eager.first, 1);
        patience.found(eager, Some(1), 0);
        let patient = patience.spin(Duration::MAX, 1).unwrap();
        assert_eq!(patient.first, patient.seldom, "it came at once: the next one may bring more");
        patience.found(patient, Some(patient.first), 1);
        assert_eq!(patience.spin(Duration::MAX, 30).unwrap().first, patient.seldom, "it did");
        assert_eq!(patience.spin(Duration::MAX, 2).unwrap().first, 1, "it did not");
        patience.found(eager, Some(eager.seldom), 2);
        assert_eq!(patience.spin(Duration::MAX, 3).unwrap().first, 1, "it came after a while");
    }
}
