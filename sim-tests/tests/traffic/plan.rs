//! Edges at random, known beforehand: a stimulus for the board, and the same again for whoever checks.

use std::collections::VecDeque;
use std::error::Error;

use portolan_sim::{Change, Stimulus};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Edges on lines at random: now and then several in one cycle, close together as often as far apart. The same seed,
/// the same edges.
#[derive(Clone)]
pub struct Plan {
    random: ChaCha8Rng,
    lines: Vec<u32>,
    /// Cycles from one change of the pins to the next, on average.
    gap: f64,
    last: Change,
    left: u64,
}

/// Edges in a change, on average: one three times out of four, else two to four.
const EDGES: f64 = 0.75 + 0.25 * 3.0;

impl Plan {
    /// So many edges, one per `pace` cycles on average, on lines out of this list, in which one may stand more than
    /// once. The pins begin low.
    pub fn new(seed: u64, lines: Vec<u32>, pace: u64, edges: u64) -> Plan {
        let gap = EDGES * pace as f64;
        let random = ChaCha8Rng::seed_from_u64(seed);
        Plan { random, lines, gap, last: Change { cycle: 0, pins: 0 }, left: edges }
    }
}

impl Iterator for Plan {
    type Item = Change;

    fn next(&mut self) -> Option<Change> {
        if self.left == 0 {
            return None;
        }
        // Geometric: in every cycle the chance is the same.
        let chance: f64 = self.random.random();
        self.last.cycle += 1 + ((1.0 - chance).ln() / (1.0 - 1.0 / self.gap).ln()) as u64;
        let count = if self.random.random_ratio(3, 4) { 1 } else { self.random.random_range(2..=4) };
        let mut toggled = 0u64;
        for _ in 0..count {
            let line = self.lines.choose(&mut self.random).expect("there are lines");
            toggled |= 1 << line;
        }
        self.left = self.left.saturating_sub(u64::from(toggled.count_ones()));
        self.last.pins ^= toggled;
        Some(self.last)
    }
}

impl Stimulus for Plan {
    fn next(&mut self) -> Result<Option<Change>, Box<dyn Error + Send + Sync>> {
        Ok(Iterator::next(self))
    }
}

/// The edges of a plan that runs, line by line, as time goes by.
pub struct Coming {
    plan: Plan,
    start: u64,
    next: Option<Change>,
    pins: u64,
    /// Ticks of the edges up to now that nobody has asked for, by line.
    pub lines: Vec<VecDeque<u64>>,
    /// Edges up to now, by line.
    pub counts: Vec<u64>,
}

impl Coming {
    /// Of a plan whose cycle 0 was at this tick, on so many lines.
    pub fn new(mut plan: Plan, start: u64, lines: u32) -> Coming {
        let next = Iterator::next(&mut plan);
        let lines = lines as usize;
        Coming { plan, start, next, pins: 0, lines: vec![VecDeque::new(); lines], counts: vec![0; lines] }
    }

    /// Knows the edges before this tick.
    pub fn advance(&mut self, tick: u64) {
        while let Some(Change { cycle, pins }) = self.next.filter(|change| self.start + change.cycle < tick) {
            let mut toggled = self.pins ^ pins;
            while toggled != 0 {
                let line = toggled.trailing_zeros() as usize;
                toggled &= toggled - 1;
                self.lines[line].push_back(self.start + cycle);
                self.counts[line] += 1;
            }
            self.pins = pins;
            self.next = Iterator::next(&mut self.plan);
        }
    }

    /// Whether there is nothing after what is known.
    pub fn is_over(&self) -> bool {
        self.next.is_none()
    }
}

#[test]
fn a_plan_has_its_edges_at_its_pace_and_again_from_the_same_seed() {
    for pace in [3, 50] {
        let plan = Plan::new(7, vec![0, 1, 1, 9], pace, 20_000);
        let changes: Vec<_> = plan.clone().collect();
        assert!(changes.windows(2).all(|pair| pair[0].cycle < pair[1].cycle && pair[0].pins != pair[1].pins));
        let end = changes.last().expect("it has edges").cycle;
        let mut coming = Coming::new(plan, 100, 10);
        coming.advance(100 + end);
        assert!(!coming.is_over(), "the last one is not known yet");
        coming.advance(101 + end);
        assert!(coming.is_over());
        let edges: u64 = coming.counts.iter().sum();
        assert!((20_000..20_004).contains(&edges), "{edges}");
        // Of several edges in one cycle some may fall on one line.
        let mean = end as f64 / edges as f64;
        assert!((0.9 * pace as f64..1.3 * pace as f64).contains(&mean), "{mean}");
        assert!(coming.counts[1] > coming.counts[0] && coming.counts[2] == 0);
        assert_eq!(coming.lines[9].len() as u64, coming.counts[9]);
    }
}
