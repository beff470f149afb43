//! What readers were told, held against the edges themselves: each is told of once, in its order, with its own stamp,
//! by a packet, in a gap, or as one that was coalesced.

use portolan::{Counters, Detail, Gap};

use crate::plan::Coming;
use crate::tick;

/// What became of a line's edges, as its readers know it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// Handed to a reader.
    pub delivered: u64,
    /// Told of by gaps, or missing where gaps are not told.
    pub lost: u64,
    /// Coalesced into packets.
    pub coalesced: u64,
}

/// The account of all lines.
pub struct Ledger {
    pub coming: Coming,
    /// By line.
    pub told: Vec<Told>,
}

impl Ledger {
    pub fn new(coming: Coming) -> Ledger {
        let told = vec![Told::default(); coming.lines.len()];
        Ledger { coming, told }
    }

    /// The oldest edge of a line that nobody was told of.
    pub fn oldest(&self, line: u32) -> Option<u64> {
        self.coming.lines[line as usize].front().copied()
    }

    fn next(&mut self, line: u32, what: &str, found: u64) -> Result<(), String> {
        match self.coming.lines[line as usize].pop_front() {
            Some(tick) if tick == found => Ok(()),
            expected => Err(format!("{what} of line {line}: {found} instead of {expected:?}")),
        }
    }

    /// A packet with all that is known of it.
    pub fn packet(&mut self, detail: &Detail, timestamp: Option<i64>) -> Result<(), String> {
        let line = u32::from(detail.line);
        if timestamp.map(tick) != Some(detail.ticks) {
            return Err(format!("{timestamp:?} ns are not {} ticks", detail.ticks));
        }
        self.next(line, "the stamp", detail.ticks)?;
        for _ in 0..detail.coalesced {
            let merged = self.coming.lines[line as usize].pop_front();
            merged.ok_or_else(|| format!("line {line}: {detail:?} has more than came"))?;
        }
        let told = &mut self.told[line as usize];
        told.delivered += 1;
        told.coalesced += u64::from(detail.coalesced);
        Ok(())
    }

    /// A gap, just where it is.
    pub fn gap(&mut self, gap: &Gap) -> Result<(), String> {
        let line = u32::from(gap.line);
        if (tick(gap.first_ns), tick(gap.last_ns)) != (gap.first_ticks, gap.last_ticks) {
            return Err(format!("ticks and ns differ: {gap:?}"));
        }
        self.next(line, "the first of a gap", gap.first_ticks)?;
        let mut last = gap.first_ticks;
        for _ in 1..gap.count {
            let lost = self.coming.lines[line as usize].pop_front();
            last = lost.ok_or_else(|| format!("line {line}: {gap:?} has more than came"))?;
        }
        self.told[line as usize].lost += gap.count;
        if last == gap.last_ticks { Ok(()) } else { Err(format!("the last of a gap: {gap:?}, not {last}")) }
    }

    /// A packet of a port that is not told of gaps: edges before it that were not told of were lost.
    pub fn sparse(&mut self, line: u32, ticks: u64) -> Result<(), String> {
        self.forget(line, ticks);
        self.told[line as usize].delivered += 1;
        self.next(line, "the stamp", ticks)
    }

    /// Edges of a line before this tick that nobody was told of.
    pub fn untold(&self, line: u32, before: u64) -> u64 {
        self.coming.lines[line as usize].partition_point(|tick| *tick < before) as u64
    }

    /// These were lost, and nobody is told of it.
    pub fn forget(&mut self, line: u32, before: u64) {
        let lost = self.untold(line, before);
        self.coming.lines[line as usize].drain(..lost as usize);
        self.told[line as usize].lost += lost;
    }

    /// The board's account now: the equation holds, and its readers were handed what it says.
    pub fn check(&self, counters: &Counters) -> Result<(), String> {
        let told = self.told[counters.line as usize];
        if !counters.hold() {
            return Err(format!("the equation does not hold: {counters:?}"));
        }
        let more = counters.lost >= told.lost && counters.coalesced >= told.coalesced;
        if counters.delivered != told.delivered || counters.discarded != 0 || !more {
            return Err(format!("{told:?}, but {counters:?}"));
        }
        Ok(())
    }

    /// The board's account when everything was told: the very same.
    pub fn close(&self, counters: &Counters) -> Result<(), String> {
        self.check(counters)?;
        let line = counters.line as usize;
        let told = self.told[line];
        let found = (counters.edges, counters.lost, counters.coalesced, counters.undelivered);
        let expected = (self.coming.counts[line], told.lost, told.coalesced, 0);
        if found == expected && self.coming.lines[line].is_empty() {
            return Ok(());
        }
        let left = &self.coming.lines[line];
        Err(format!("{told:?} of {} edges, {} untold, but {counters:?}", expected.0, left.len()))
    }
}
