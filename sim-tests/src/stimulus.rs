//! What happens on the lines of a simulated board, and when.

use crate::error::{Shared, StimulusError};
use crate::size::Size;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::sync::Arc;

/// New levels of all lines at one cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Cycles since the start of the stimulus. The edge that samples the new levels is the one at tick
    /// start + `cycle`, and that is its stamp.
    pub cycle: u64,
    /// The levels, line 0 in bit 0.
    pub pins: u64,
}

/// A source of changes, asked for the next one as time goes by.
pub trait Stimulus: Send {
    /// The next change, in strictly rising order of cycles (what happens in one cycle is one change), or
    /// `None` at the end. An error ends the stimulus and every wait on the board.
    fn next(&mut self) -> Result<Option<Change>, Box<dyn Error + Send + Sync>>;
}

/// A stimulus that has begun: the change that comes next is known.
pub(crate) struct Playing {
    source: Box<dyn Stimulus>,
    start: u64,
    next: Change,
    size: Size,
}

impl Playing {
    /// Begins at tick `start`, on a board of this size; `None` when there is no change at all.
    pub(crate) fn begin(
        mut source: Box<dyn Stimulus>,
        start: u64,
        size: Size,
    ) -> Result<Option<Playing>, StimulusError> {
        let next = fetch(&mut *source, None, size)?;
        Ok(next.map(|next| Playing { source, start, next, size }))
    }

    /// The tick of the change that comes next.
    pub(crate) fn next(&self) -> u64 {
        self.start.saturating_add(self.next.cycle)
    }

    /// Its levels.
    pub(crate) fn pins(&self) -> u64 {
        self.next.pins
    }

    /// Goes on to the change after it; false when there is none.
    pub(crate) fn advance(&mut self) -> Result<bool, StimulusError> {
        let next = fetch(&mut *self.source, Some(self.next.cycle), self.size)?;
        if let Some(next) = next {
            self.next = next;
        }
        Ok(next.is_some())
    }
}

/// Asks for the change after the one at cycle `previous`.
fn fetch(
    source: &mut dyn Stimulus,
    previous: Option<u64>,
    size: Size,
) -> Result<Option<Change>, StimulusError> {
    let next = source.next().map_err(|error| StimulusError::Source(Shared(Arc::from(error))))?;
    let Some(Change { cycle, pins }) = next else { return Ok(None) };
    if let Some(previous) = previous.filter(|&previous| previous >= cycle) {
        return Err(StimulusError::Order { previous, cycle });
    }
    let beyond = pins & !size.mask();
    if beyond != 0 {
        let line = beyond.trailing_zeros();
        return Err(StimulusError::NoSuchLine { cycle, line, lines: size.lines() });
    }
    Ok(next)
}

/// Changes that are known beforehand.
#[derive(Clone, Debug)]
pub struct Changes(std::vec::IntoIter<Change>);

impl From<Vec<Change>> for Changes {
    fn from(changes: Vec<Change>) -> Changes {
        Changes(changes.into_iter())
    }
}

impl<const N: usize> From<[(u64, u64); N]> for Changes {
    /// From pairs of cycle and pins.
    fn from(pairs: [(u64, u64); N]) -> Changes {
        pairs.map(|(cycle, pins)| Change { cycle, pins }).to_vec().into()
    }
}

impl Stimulus for Changes {
    fn next(&mut self) -> Result<Option<Change>, Box<dyn Error + Send + Sync>> {
        Ok(self.0.next())
    }
}

/// Lines that toggle at random: the same seed, the same changes.
#[derive(Clone, Debug)]
pub struct RandomChanges {
    random: ChaCha8Rng,
    lines: u32,
    longest_gap: u64,
    last: Change,
    end: u64,
    rest: u64,
    rested: Vec<u64>,
}

impl RandomChanges {
    /// Toggles one to four of `lines` lines, from all low, every 1 to `longest_gap` cycles, until
    /// cycle `end`.
    pub fn new(seed: u64, lines: u32, longest_gap: u64, end: u64) -> RandomChanges {
        let random = ChaCha8Rng::seed_from_u64(seed);
        let last = Change { cycle: 0, pins: 0 };
        RandomChanges { random, lines, longest_gap, last, end, rest: 0, rested: vec![0; lines as usize] }
    }

    /// The same, but a line keeps each level for at least `cycles` cycles.
    pub fn resting(mut self, cycles: u64) -> RandomChanges {
        self.rest = cycles;
        self
    }
}

impl Stimulus for RandomChanges {
    fn next(&mut self) -> Result<Option<Change>, Box<dyn Error + Send + Sync>> {
        let before = self.last.pins;
        while self.last.pins == before {
            // Short gaps are as likely as long ones: both bursts and silence.
            let bits = self.random.random_range(0..=self.longest_gap.ilog2());
            self.last.cycle += self.random.random_range(1..=(1 << bits).min(self.longest_gap));
            for _ in 0..self.random.random_range(1..=4) {
                let line = self.random.random_range(0..self.lines);
                if self.rested[line as usize] <= self.last.cycle {
                    self.last.pins ^= 1 << line;
                    self.rested[line as usize] = self.last.cycle + self.rest.max(1);
                }
            }
        }
        Ok((self.last.cycle < self.end).then_some(self.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_changes_repeat_by_seed_and_come_in_order() {
        let all = |seed| {
            let mut stimulus = RandomChanges::new(seed, 32, 1000, 100_000);
            std::iter::from_fn(move || stimulus.next().unwrap()).collect::<Vec<_>>()
        };
        let changes = all(7);
        assert!(changes.len() > 500, "{} changes", changes.len());
        assert!(changes.windows(2).all(|w| w[0].cycle < w[1].cycle && w[0].pins != w[1].pins));
        assert_eq!(changes, all(7));
        assert_ne!(changes, all(8));
    }
}
