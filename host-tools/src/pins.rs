//! Samples become clock cycles: what the pins of a board see of a capture.
//!
//! Sample n reaches the pins at cycle floor(n × f_clk ÷ f_sample), in integers; cycle 0 is the first
//! sample's. Of several changes in one cycle the last levels count: the pins have one level in a
//! cycle. [`Survey`] is the first of two walks over a file: it finds every fault before anything is
//! shown, and counts what the second walk must bring.

use crate::capture::{Capture, CaptureError, Change, Changes, Rate, Wire};
use portolan::LineMode;

/// Which edges count, the same for all lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Edges {
    /// From low to high.
    Rising,
    /// From high to low.
    Falling,
    /// Both.
    Both,
}

impl Edges {
    /// The mode of a line that counts them.
    pub fn line_mode(self) -> LineMode {
        match self {
            Edges::Rising => LineMode::Rising,
            Edges::Falling => LineMode::Falling,
            Edges::Both => LineMode::Both,
        }
    }

    /// A bit per line that has such an edge between two states of the pins.
    pub fn between(self, before: u64, after: u64) -> u64 {
        match self {
            Edges::Rising => !before & after,
            Edges::Falling => before & !after,
            Edges::Both => before ^ after,
        }
    }
}

/// The lines' levels from a clock cycle on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinChange {
    /// Cycles of the board's clock since the first sample.
    pub cycle: u64,
    /// A bit per line.
    pub levels: u64,
}

/// How samples turn into cycles.
#[derive(Clone, Debug)]
pub struct Clock {
    name: String,
    rate: Rate,
    hertz: u32,
}

impl Clock {
    /// For a capture and a board clock of `hertz`.
    pub fn new(capture: &dyn Capture, hertz: u32) -> Clock {
        Clock { name: capture.name().into(), rate: capture.rate(), hertz }
    }

    /// A board's clock, of which each cycle is a sample.
    pub fn of_board(hertz: u32) -> Clock {
        let rate = Rate::of_clock(hertz);
        Clock { name: "the board".into(), rate, hertz }
    }

    /// Cycles per second.
    pub fn hertz(&self) -> u32 {
        self.hertz
    }

    /// The cycle of a sample; an error where its time in ns would leave 63 bits.
    pub fn cycle(&self, sample: u64) -> Result<u64, CaptureError> {
        self.rate
            .cycle(sample, self.hertz)
            .filter(|cycle| u128::from(*cycle) * 1_000_000_000 / u128::from(self.hertz) < 1 << 63)
            .ok_or_else(|| CaptureError::TooLong { name: self.name.clone(), rate: self.rate })
    }

    /// A cycle's time since the first sample, in ns, rounded down.
    pub fn nanoseconds(&self, cycle: u64) -> u64 {
        (u128::from(cycle) * 1_000_000_000 / u128::from(self.hertz)) as u64
    }
}

/// A capture's changes in cycles of a clock: the first sample's levels at cycle 0, then every change
/// of levels, one for a cycle at most.
pub struct Pins<I = Changes> {
    changes: I,
    clock: Clock,
    /// The change behind the cycle given out last, already in cycles.
    next: Option<PinChange>,
    /// The levels given out last.
    levels: Option<u64>,
}

impl<I: Iterator<Item = Result<Change, CaptureError>>> Pins<I> {
    /// For a walk's changes.
    pub fn new(changes: I, clock: Clock) -> Pins<I> {
        Pins { changes, clock, next: None, levels: None }
    }

    fn read(&mut self) -> Result<Option<PinChange>, CaptureError> {
        let Some(change) = self.changes.next().transpose()? else { return Ok(None) };
        Ok(Some(PinChange { cycle: self.clock.cycle(change.sample)?, levels: change.levels }))
    }

    fn step(&mut self) -> Result<Option<PinChange>, CaptureError> {
        loop {
            let first = match self.next.take() {
                Some(change) => Some(change),
                None => self.read()?,
            };
            let Some(mut change) = first else { return Ok(None) };
            while let Some(next) = self.read()? {
                if next.cycle != change.cycle {
                    self.next = Some(next);
                    break;
                }
                change = next;
            }
            if self.levels.replace(change.levels) != Some(change.levels) {
                return Ok(Some(change));
            }
        }
    }
}

impl<I: Iterator<Item = Result<Change, CaptureError>>> Iterator for Pins<I> {
    type Item = Result<PinChange, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

/// What a whole capture holds, for the lines that it drives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Levels of the first sample.
    pub initial: u64,
    /// Cycle of the last sample.
    pub last_cycle: u64,
    /// Selected edges per wire, in the order of the wires.
    pub lines: Vec<LineSurvey>,
}

/// The selected edges of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineSurvey {
    /// In the file, between successive samples.
    pub edges: u64,
    /// Of these, on the pins. The others vanish within a cycle: a channel that goes up and down in one
    /// cycle has two unseen edges.
    pub seen: u64,
}

impl Survey {
    /// Walks over the whole capture once.
    pub fn take(
        capture: &dyn Capture,
        wires: &[Wire],
        edges: Edges,
        clock: &Clock,
    ) -> Result<Survey, CaptureError> {
        let mut in_file = EdgeCount::default();
        let mut on_pins = EdgeCount::default();
        let mut last_sample = 0;
        let changes = capture.changes(wires)?.inspect(|change| {
            if let Ok(change) = change {
                in_file.add(edges, change.levels);
                last_sample = change.sample;
            }
        });
        let mut pins = Pins::new(changes, clock.clone());
        let mut initial = None;
        for change in &mut pins {
            let change = change?;
            initial.get_or_insert(change.levels);
            on_pins.add(edges, change.levels);
        }
        drop(pins);
        let line = |wire: &Wire| {
            let line = wire.line as usize;
            LineSurvey { edges: in_file.edges[line], seen: on_pins.edges[line] }
        };
        Ok(Survey {
            initial: initial.unwrap_or(0),
            last_cycle: clock.cycle(last_sample)?,
            lines: wires.iter().map(line).collect(),
        })
    }

    /// Edges of all lines that reach the pins.
    pub fn seen(&self) -> u64 {
        self.lines.iter().map(|line| line.seen).sum()
    }
}

/// Counts edges per line in a row of levels.
struct EdgeCount {
    last: Option<u64>,
    edges: [u64; 64],
}

impl Default for EdgeCount {
    fn default() -> EdgeCount {
        EdgeCount { last: None, edges: [0; 64] }
    }
}

impl EdgeCount {
    fn add(&mut self, selected: Edges, levels: u64) {
        let before = self.last.replace(levels).unwrap_or(levels);
        let mut lines = selected.between(before, levels);
        while lines != 0 {
            self.edges[lines.trailing_zeros() as usize] += 1;
            lines &= lines - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{self, Source};

    /// A VCD of one signal in picoseconds: the board's clock of 100 MHz has 10,000 of them in a cycle.
    fn survey(times: &[u64], edges: Edges) -> (Survey, Vec<(u64, u64)>) {
        let mut text = String::from("$timescale 1 ps $end $var wire 1 ! a $end $enddefinitions $end #0 0! ");
        for (index, time) in times.iter().enumerate() {
            text += &format!("#{time} {}! ", (index + 1) % 2);
        }
        let capture = capture::open(Source::memory("a.vcd", text.into_bytes()), None).unwrap();
        let wires = [Wire { channel: 0, line: 0 }];
        let clock = Clock::new(&*capture, 100_000_000);
        let pins = Pins::new(capture.changes(&wires).unwrap(), clock.clone());
        let pins = pins.map(|change| change.map(|change| (change.cycle, change.levels)).unwrap()).collect();
        (Survey::take(&*capture, &wires, edges, &clock).unwrap(), pins)
    }

    #[test]
    fn pulses_within_a_cycle_are_unseen_and_both_their_edges_count() {
        // Up and down in cycle 1; up in cycle 2; down, up, down in cycle 3; up at the start of cycle 4.
        let times = [10_000, 19_999, 20_000, 30_000, 35_000, 39_999, 40_000];
        let (survey, pins) = survey(&times, Edges::Both);
        assert_eq!(pins, [(0, 0), (2, 1), (3, 0), (4, 1)]);
        assert_eq!(survey.lines, [LineSurvey { edges: 7, seen: 3 }]);
        assert_eq!((survey.last_cycle, survey.initial), (4, 0));
    }

    #[test]
    fn rising_and_falling_edges_are_counted_apart() {
        let times = [10_000, 19_999, 20_000, 30_000, 35_000, 39_999, 40_000];
        assert_eq!(survey(&times, Edges::Rising).0.lines, [LineSurvey { edges: 4, seen: 2 }]);
        assert_eq!(survey(&times, Edges::Falling).0.lines, [LineSurvey { edges: 3, seen: 1 }]);
    }

    #[test]
    fn a_time_beyond_63_bits_of_nanoseconds_is_refused() {
        let text = "$timescale 1 s $end $var wire 1 ! a $end $enddefinitions $end #0 0! #9300000000 1!";
        let capture = capture::open(Source::memory("a.vcd", text.as_bytes()), None).unwrap();
        let clock = Clock::new(&*capture, 100_000_000);
        let wires = [Wire { channel: 0, line: 0 }];
        let error = Survey::take(&*capture, &wires, Edges::Both, &clock).unwrap_err();
        assert!(matches!(error, CaptureError::TooLong { .. }), "{error}");
    }
}
