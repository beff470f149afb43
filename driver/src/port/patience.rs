//! How long a waiter spins before it sleeps.
//!
//! Waking a thread that sleeps costs the same whatever the primitive, some microseconds; a waiter that still
//! spins has the packet a hundred times sooner. But who spins for what does not come takes the processor from
//! somebody else. So a port has a budget of [`BUDGET`] that it halves whenever a waiter slept for long, down to
//! a thirty-second, and takes up whole again when one slept so shortly, or found so many packets when it woke, that
//! spinning would have been better. On a machine with one processor nobody spins: what
//! is waited for could not happen meanwhile.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::sys;

/// The longest spin: what a sleep and its wake cost where that is dear, between two virtual processors of which
/// one was idle. So a waiter never loses more than twice what the better choice would have cost.
const BUDGET: Duration = Duration::from_micros(40);

/// A sleep for so long, in ns, may have been the ways in and out of it alone; and who spins before each such
/// sleep spins for a twentieth of the time.
const SHORT: i64 = 800_000;

/// A budget is halved at most so often.
const LEAST: u32 = 5;

/// How long the waiters of a port spin.
#[derive(Debug, Default)]
pub(super) struct Patience {
    halved: AtomicU32,
}

impl Patience {
    /// Pauses of the next spin, for one that ends `left` from now.
    pub(super) fn pauses(&self, left: Duration) -> u32 {
        let Some(per_microsecond) = pauses_per_microsecond() else { return 0 };
        let budget = left.min(BUDGET / (1 << self.halved.load(Ordering::Relaxed)));
        (budget.as_nanos() as u64 * u64::from(per_microsecond) / 1_000) as u32
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

    #[test]
    fn a_long_sleep_halves_the_next_spin_and_a_short_one_restores_it() {
        let patience = Patience::default();
        let whole = patience.pauses(Duration::MAX);
        if whole == 0 {
            return assert!(pauses_per_microsecond().is_none(), "one processor");
        }
        patience.learn(10_000_000, 1);
        assert!(patience.pauses(Duration::MAX) <= whole / 2 + 1);
        (0..100).for_each(|_| patience.learn(10_000_000, 1));
        assert!(patience.pauses(Duration::MAX) >= whole / 32);
        patience.learn(5_000, 1);
        assert_eq!(patience.pauses(Duration::MAX), whole);
        patience.learn(10_000_000, 1);
        patience.learn(10_000_000, 2);
        assert_eq!(patience.pauses(Duration::MAX), whole, "they come densely, only the waiter came late");
    }

    #[test]
    fn nobody_spins_beyond_his_deadline() {
        assert_eq!(Patience::default().pauses(Duration::ZERO), 0);
    }
}
