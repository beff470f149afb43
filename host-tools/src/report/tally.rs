//! What arrives, counted per line, and held against what the board counts and, when a file was played, what that has.

use super::activity::Activity;
use crate::capture::{Capture, Wire};
use crate::pins::{Clock, Survey};
use std::collections::HashMap;

/// Something that came out of the port. Cycles count from the first sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// One packet.
    Interrupt {
        /// The line.
        line: u32,
        /// The edge's stamp.
        cycle: u64,
        /// The line's level right after the edge.
        level: bool,
        /// Edges merged into this one (ack mode).
        coalesced: u64,
    },
    /// Edges lost before the line's next packet.
    Gap {
        /// The line.
        line: u32,
        /// How many.
        count: u64,
        /// Stamp of the first.
        first: u64,
        /// Stamp of the last.
        last: u64,
    },
}

impl Arrival {
    /// The latest stamp in it.
    pub fn last_cycle(&self) -> u64 {
        match *self {
            Arrival::Interrupt { cycle, .. } => cycle,
            Arrival::Gap { last, .. } => last,
        }
    }
}

/// Where the edges of a line, as a board counts them, have gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Edges that reached the line.
    pub edges: u64,
    /// Handed over as packets.
    pub delivered: u64,
    /// Merged into others.
    pub coalesced: u64,
    /// Lost for want of room.
    pub lost: u64,
    /// Dropped by unbind or reset.
    pub discarded: u64,
    /// Still on their way.
    pub pending: u64,
}

impl Counters {
    /// What came after these were read.
    pub fn since(&self, before: &Counters) -> Counters {
        Counters {
            edges: self.edges.wrapping_sub(before.edges),
            delivered: self.delivered.wrapping_sub(before.delivered),
            coalesced: self.coalesced.wrapping_sub(before.coalesced),
            lost: self.lost.wrapping_sub(before.lost),
            discarded: self.discarded.wrapping_sub(before.discarded),
            pending: self.pending.wrapping_sub(before.pending),
        }
    }
}

/// One line of the run.
#[derive(Clone, Debug)]
pub struct LineTally {
    /// The line.
    pub line: u32,
    /// The name of the channel that drives it.
    pub channel: String,
    /// Selected edges in the file; without one, those that the board counts, known in the end.
    pub edges: u64,
    /// Those that vanish within a cycle.
    pub unseen: u64,
    /// What arrived on the port.
    pub arrived: Counters,
    /// Fewest cycles from one packet of the line to its next.
    pub shortest_gap: Option<u64>,
    /// When its packets were stamped.
    pub activity: Activity,
    last: Option<u64>,
}

impl LineTally {
    fn new(line: u32, channel: String) -> LineTally {
        let (edges, unseen, arrived) = (0, 0, Counters::default());
        let activity = Activity::default();
        LineTally { line, channel, edges, unseen, arrived, shortest_gap: None, activity, last: None }
    }
}

/// All lines of the run, in their order.
#[derive(Clone, Debug)]
pub struct Tally {
    lines: Vec<LineTally>,
    index: HashMap<u32, usize>,
    last_cycle: u64,
    /// A file was played, whose edges are known.
    of_file: bool,
}

/// The sums over all lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Total {
    /// As [`LineTally::edges`].
    pub edges: u64,
    /// Those that vanish within a cycle.
    pub unseen: u64,
    /// What arrived on the port.
    pub arrived: Counters,
}

/// An edge that nobody can account for: the first promise of the project is broken.
#[derive(Debug, thiserror::Error)]
#[error(
    "line {line} ('{channel}'): {what}; {edges} edges are expected, {unseen} of them unseen; the board counts \
     {board:?}; the port gave {port:?}; this is a fault of Portolan, please report it with the capture"
)]
pub struct Unaccounted {
    line: u32,
    channel: String,
    what: &'static str,
    edges: u64,
    unseen: u64,
    board: Counters,
    port: Counters,
}

impl Tally {
    /// Of the edges of a file, of which none has arrived yet.
    pub fn of_file(capture: &dyn Capture, wires: &[Wire], survey: &Survey) -> Tally {
        let channel = |wire: &Wire| {
            capture.channels().iter().find(|c| c.number == wire.channel).map_or("", |c| c.name.as_str())
        };
        let lines = wires.iter().zip(&survey.lines).map(|(wire, survey)| LineTally {
            edges: survey.edges,
            unseen: survey.edges - survey.seen,
            arrived: Counters { edges: survey.seen, ..Counters::default() },
            ..LineTally::new(wire.line, channel(wire).into())
        });
        Tally::new(lines.collect(), survey.last_cycle, true)
    }

    /// Of whatever edges come on these lines, which have names.
    pub fn of_lines(lines: impl IntoIterator<Item = (u32, String)>) -> Tally {
        let lines = lines.into_iter().map(|(line, name)| LineTally::new(line, name));
        Tally::new(lines.collect(), 0, false)
    }

    fn new(lines: Vec<LineTally>, last_cycle: u64, of_file: bool) -> Tally {
        let index = lines.iter().enumerate().map(|(at, line)| (line.line, at)).collect();
        Tally { lines, index, last_cycle, of_file }
    }

    /// Whether it is of the edges of a file.
    pub fn is_of_file(&self) -> bool {
        self.of_file
    }

    /// The lines, in their order.
    pub fn lines(&self) -> &[LineTally] {
        &self.lines
    }

    /// The line's channel.
    pub fn channel(&self, line: u32) -> &str {
        self.index.get(&line).map_or("", |at| &self.lines[*at].channel)
    }

    /// Counts an arrival.
    pub fn add(&mut self, arrival: &Arrival) {
        let (Arrival::Interrupt { line, .. } | Arrival::Gap { line, .. }) = *arrival;
        let Some(&at) = self.index.get(&line) else { return };
        let tally = &mut self.lines[at];
        match *arrival {
            Arrival::Interrupt { cycle, coalesced, .. } => {
                tally.arrived.delivered += 1;
                tally.arrived.coalesced += coalesced;
                if let Some(last) = tally.last.replace(cycle) {
                    let gap = cycle.saturating_sub(last);
                    tally.shortest_gap = Some(tally.shortest_gap.map_or(gap, |shortest| shortest.min(gap)));
                }
                tally.activity.add(cycle);
            }
            Arrival::Gap { count, .. } => tally.arrived.lost += count,
        }
    }

    /// Checks, line by line, that every edge of the file has gone where it is said to have gone: what
    /// arrived, what the board counts and what the file holds must be one equation. Takes over what
    /// only the board knows.
    pub fn settle(&mut self, board: &[Counters]) -> Result<(), Box<Unaccounted>> {
        for (tally, board) in self.lines.iter_mut().zip(board) {
            let (port, seen) = (tally.arrived, tally.edges - tally.unseen);
            let accounted = board.delivered + board.coalesced + board.lost + board.discarded + board.pending;
            let what = if board.edges != seen {
                "edges of the file did not reach the line, or others did"
            } else if accounted != board.edges {
                "delivered + coalesced + lost + discarded + pending is not the number of edges"
            } else if board.pending != 0 {
                "edges are still on their way at the end"
            } else if board.delivered != port.delivered {
                "the port did not give the packets that the board delivered"
            } else if board.coalesced != port.coalesced || board.lost != port.lost {
                "the packets tell of other coalesced or lost edges than the board counts"
            } else {
                tally.arrived = *board;
                continue;
            };
            let (line, channel) = (tally.line, tally.channel.clone());
            let (edges, unseen, board) = (tally.edges, tally.unseen, *board);
            return Err(Box::new(Unaccounted { line, channel, what, edges, unseen, board, port }));
        }
        Ok(())
    }

    /// As [`settle`](Self::settle) where no file says how many edges there are to be. `last_cycle`: when the end was. What
    /// the board has lost and not told of yet is no fault.
    pub fn close(&mut self, board: &[Counters], last_cycle: u64) -> Result<(), Box<Unaccounted>> {
        self.last_cycle = last_cycle;
        let told: Vec<Counters> = self.lines.iter().map(|line| line.arrived).collect();
        for (tally, board) in self.lines.iter_mut().zip(board) {
            tally.edges = board.edges;
            tally.arrived.lost = tally.arrived.lost.max(board.lost);
            tally.arrived.coalesced = tally.arrived.coalesced.max(board.coalesced);
        }
        let settled = self.settle(board);
        if settled.is_err() {
            self.lines.iter_mut().zip(told).for_each(|(tally, told)| tally.arrived = told);
        }
        settled
    }

    /// The board is gone: nobody knows of more edges than arrived. `last_cycle`: the latest stamp.
    pub fn abandon(&mut self, last_cycle: u64) {
        self.last_cycle = last_cycle;
        for line in &mut self.lines {
            line.edges = line.arrived.delivered + line.arrived.coalesced + line.arrived.lost;
        }
    }

    /// All lines together.
    pub fn total(&self) -> Total {
        let mut total = Total::default();
        for line in &self.lines {
            total.edges += line.edges;
            total.unseen += line.unseen;
            total.arrived.edges += line.arrived.edges;
            total.arrived.delivered += line.arrived.delivered;
            total.arrived.coalesced += line.arrived.coalesced;
            total.arrived.lost += line.arrived.lost;
            total.arrived.discarded += line.arrived.discarded;
        }
        total
    }

    /// Cycle of the last sample, or of the end.
    pub fn last_cycle(&self) -> u64 {
        self.last_cycle
    }

    /// So many edges per second, over the whole time; `None` for one of no length.
    pub fn rate_hz(&self, edges: u64, clock: &Clock) -> Option<f64> {
        let seconds = clock.nanoseconds(self.last_cycle) as f64 / 1e9;
        (seconds > 0.0).then(|| edges as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{self, Source};
    use crate::pins::LineSurvey;

    fn tally(edges: u64, seen: u64) -> Tally {
        let text = "$timescale 10 ns $end $var wire 1 ! a $end $enddefinitions $end #0 0!\n";
        let capture = capture::open(Source::memory("a.vcd", text.as_bytes()), None).unwrap();
        let survey = Survey { initial: 0, last_cycle: 239, lines: vec![LineSurvey { edges, seen }] };
        Tally::of_file(&*capture, &[Wire { channel: 0, line: 7 }], &survey)
    }

    fn interrupt(cycle: u64, coalesced: u64) -> Arrival {
        Arrival::Interrupt { line: 7, cycle, level: true, coalesced }
    }

    #[test]
    fn gaps_coalesced_edges_and_the_shortest_gap_are_kept_per_line() {
        let mut tally = tally(20, 18);
        for arrival in [interrupt(10, 0), interrupt(25, 2), interrupt(30, 0)] {
            tally.add(&arrival);
        }
        tally.add(&Arrival::Gap { line: 7, count: 13, first: 31, last: 200 });
        tally.add(&interrupt(239, 0));
        let line = &tally.lines()[0];
        assert_eq!((line.shortest_gap, line.unseen), (Some(5), 2));
        let columns = line.activity.columns(tally.last_cycle());
        assert_eq!((columns[1], columns[23]), (1, 1));
        let arrived = Counters { edges: 18, delivered: 4, coalesced: 2, lost: 13, discarded: 0, pending: 0 };
        assert_eq!(line.arrived, arrived);
        assert_eq!(tally.channel(7), "a");
    }

    #[test]
    fn without_a_file_the_board_says_how_many_edges_there_were_and_the_equation_must_hold() {
        let close = |board: Counters| {
            let mut tally = Tally::of_lines([(7, "a".into())]);
            tally.add(&interrupt(1, 1));
            tally.add(&interrupt(3, 0));
            tally.close(&[board], 99).map(|()| (tally.lines()[0].edges, tally.total().arrived))
        };
        let right = Counters { edges: 6, delivered: 2, coalesced: 1, lost: 2, discarded: 1, pending: 0 };
        assert_eq!(close(right).unwrap().0, 6);
        for (wrong, word) in [
            (Counters { edges: 7, ..right }, "not the number"),
            (Counters { edges: 7, delivered: 3, ..right }, "did not give"),
            (Counters { edges: 7, pending: 1, ..right }, "on their way"),
            (Counters { edges: 5, coalesced: 0, ..right }, "tell of"),
        ] {
            let error = close(wrong).unwrap_err().to_string();
            assert!(error.contains(word), "{wrong:?}: {error}");
        }
    }

    #[test]
    fn each_term_of_the_equation_that_is_off_is_found_and_named() {
        let right = Counters { edges: 5, delivered: 2, coalesced: 1, lost: 1, discarded: 1, pending: 0 };
        let settle = |board: Counters| {
            let mut tally = tally(6, 5);
            tally.add(&interrupt(1, 1));
            tally.add(&Arrival::Gap { line: 7, count: 1, first: 2, last: 2 });
            tally.add(&interrupt(3, 0));
            tally.settle(&[board]).map(|()| tally.lines()[0].arrived)
        };
        assert_eq!(settle(right).unwrap(), right);
        for (wrong, word) in [
            (Counters { edges: 6, lost: 2, ..right }, "did not reach"),
            (Counters { lost: 0, ..right }, "not the number"),
            (Counters { discarded: 0, pending: 1, ..right }, "on their way"),
            (Counters { delivered: 3, discarded: 0, ..right }, "did not give"),
            (Counters { coalesced: 0, discarded: 2, ..right }, "tell of"),
            (Counters { coalesced: 2, discarded: 0, ..right }, "tell of"),
            (Counters { lost: 0, discarded: 2, ..right }, "tell of"),
        ] {
            let error = settle(wrong).unwrap_err().to_string();
            assert!(error.contains("line 7 ('a')") && error.contains(word), "{wrong:?}: {error}");
        }
    }
}
