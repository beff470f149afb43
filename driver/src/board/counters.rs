//! What became of a line's edges.
//!
//! The board counts up to the moment at which a packet is taken out of its queue; the driver counts
//! from there. Together, per line, at any moment:
//!
//! `edges = delivered + coalesced + lost + discarded + undelivered`
//!
//! `delivered` is what readers were handed. What Zircon's rules drop on the host (I10, I16, I20, and
//! a full list) is `lost` besides what the board lost; what a destroyed interrupt left behind is
//! `discarded`; what the driver holds and nobody has read yet is `undelivered`. Each is counted where it
//! happens, none is derived from the others, so the equation fails when a packet gets lost on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portolan_regs::control;

use super::registers::{Dead, Registers};

/// The counters of a line, all of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The line.
    pub line: u32,
    /// Edges after synchroniser and filter while unmasked, and test triggers.
    pub edges: u64,
    /// Edges handed to a reader.
    pub delivered: u64,
    /// Edges merged into an earlier one that was waiting (ack delivery).
    pub coalesced: u64,
    /// Edges lost for want of room, or dropped by Zircon's rules.
    pub lost: u64,
    /// Edges dropped by unbind, destroy or reset, or that came while the line was not bound.
    pub discarded: u64,
    /// Edges that wait to be read: in the line, in a queue, in the driver.
    pub undelivered: u64,
    /// Pulses shorter than the glitch filter (these are no edges).
    pub rejected: u32,
}

impl Counters {
    /// Whether every edge is accounted for.
    pub fn hold(&self) -> bool {
        self.edges == self.delivered + self.coalesced + self.lost + self.discarded + self.undelivered
    }
}

/// What the driver counts of a line.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// The board's `delivered` when it was opened.
    pub(crate) before: AtomicU64,
    /// Edges that the driver took off the board, or out of its ring.
    pub(crate) taken: AtomicU64,
    /// Edges handed to readers.
    pub(crate) handed: Arc<AtomicU64>,
    /// Edges dropped by rule.
    pub(crate) lost: AtomicU64,
    /// Edges that nobody can read any more.
    pub(crate) discarded: AtomicU64,
}

impl Tally {
    /// How many of the edges that the board has delivered the driver has not taken yet, and how many it has taken that
    /// the board does not count as delivered yet: a slot is in memory before the board has the response to its write.
    pub(super) fn apart(&self, delivered: u64) -> (u64, u64) {
        let since = delivered.wrapping_sub(self.before.load(Ordering::SeqCst));
        let taken = self.taken.load(Ordering::SeqCst);
        (since.saturating_sub(taken), taken.saturating_sub(since))
    }
}

/// A line's SNAPSHOT registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot {
    edges: u64,
    pub(crate) delivered: u64,
    coalesced: u64,
    lost: u64,
    discarded: u64,
    undelivered: u64,
    rejected: u32,
}

impl Snapshot {
    /// Takes and reads one. The caller holds the lock of the snapshot registers.
    pub(crate) fn take(registers: &Registers, line: u32) -> Result<Snapshot, Dead> {
        registers.post(control::SNAPSHOT, control::SNAPSHOT::LINE.put(line))?;
        let undelivered = registers.read(control::UNDELIVERED)?;
        Ok(Snapshot {
            edges: registers.read_wide(control::EDGES)?,
            delivered: registers.read_wide(control::DELIVERED)?,
            coalesced: registers.read_wide(control::COALESCED)?,
            lost: registers.read_wide(control::LOST)?,
            discarded: registers.read_wide(control::DISCARDED)?,
            undelivered: u64::from(control::UNDELIVERED::EDGES.get(undelivered)),
            rejected: registers.read(control::REJECTED)?,
        })
    }

    /// The board's counters and the driver's as one. `held`: edges that the driver has and nobody has
    /// read yet; `early`: edges that it took before the board counted them as delivered.
    pub(crate) fn with(&self, line: u32, tally: &Tally, held: u64, early: u64) -> Counters {
        let [before, handed, lost, discarded] =
            [&tally.before, &*tally.handed, &tally.lost, &tally.discarded]
                .map(|counter| counter.load(Ordering::SeqCst));
        Counters {
            line,
            edges: self.edges,
            delivered: before + handed,
            coalesced: self.coalesced,
            lost: self.lost + lost,
            discarded: self.discarded + discarded,
            // A board that never had them is not hidden: then the equation fails.
            undelivered: self.undelivered.saturating_sub(early) + held,
            rejected: self.rejected,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// What a board says that counted so many of its five edges as delivered, of which the driver has taken three.
    fn counted(delivered: u64) -> Counters {
        let tally = Tally { taken: 3.into(), handed: Arc::new(3.into()), ..Tally::default() };
        let undelivered = 5 - delivered;
        let (edges, [coalesced, lost, discarded], rejected) = (5, [0; 3], 0);
        let snapshot = Snapshot { edges, delivered, coalesced, lost, discarded, undelivered, rejected };
        let (waiting, early) = tally.apart(delivered);
        snapshot.with(0, &tally, waiting, early)
    }

    #[test]
    fn the_equation_holds_whether_or_not_the_board_knows_yet_what_was_taken() {
        for delivered in 0..=5 {
            let counters = counted(delivered);
            assert!(counters.hold(), "{delivered}: {counters:?}");
            assert_eq!((counters.delivered, counters.undelivered), (3, 2));
        }
    }
}
