//! One JSON object per line: when a board is watched, first what it is and how its lines are; then every packet and
//! every gap, and last the summary. `v` is the version of this format; fields may be added within it.

use super::tally::{Arrival, Tally};
use super::{Ending, Report};
use crate::failure::Failure;
use crate::pins::Clock;
use serde::{Deserialize, Serialize};
use std::io::{BufWriter, Write};

/// What a board is that is watched, and its lines at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Version of the format.
    pub v: u32,
    /// `start`.
    pub r#type: String,
    /// The board.
    pub board: String,
    /// Ticks of its clock in a second.
    pub clock_hz: u32,
    /// The board's tick that all others count from.
    pub start_ticks: u64,
    /// When that was on the driver's clock, in ns: CLOCK_MONOTONIC, or simulated time.
    pub start_ns: i64,
    /// The lines that are watched.
    pub lines: Vec<StartLine>,
}

/// A line at the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartLine {
    /// The line.
    pub line: u32,
    /// Its name.
    pub channel: String,
    /// Its level.
    pub level: u32,
}

/// An edge.
#[derive(Debug, Serialize)]
struct Interrupt<'a> {
    v: u32,
    r#type: &'static str,
    port: u32,
    key: u64,
    line: u32,
    channel: &'a str,
    timestamp_ns: u64,
    ticks: u64,
    level: u32,
    coalesced: u64,
}

#[derive(Serialize)]
struct Gap {
    v: u32,
    r#type: &'static str,
    line: u32,
    count: u64,
    first_ns: u64,
    last_ns: u64,
}

#[derive(Serialize)]
struct Summary<'a> {
    v: u32,
    r#type: &'static str,
    edges: u64,
    delivered: u64,
    coalesced: u64,
    lost: u64,
    discarded: u64,
    unseen: u64,
    cycles: u64,
    wall_s: f64,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    line: u32,
    channel: &'a str,
    edges: u64,
    delivered: u64,
    coalesced: u64,
    lost: u64,
    discarded: u64,
    unseen: u64,
    rate_hz: Option<f64>,
    shortest_gap_ns: Option<u64>,
}

/// The report for programs.
pub struct JsonReport<W: Write> {
    out: BufWriter<W>,
    clock: Clock,
}

impl<W: Write> JsonReport<W> {
    /// Onto `out`.
    pub fn new(out: W, clock: Clock) -> JsonReport<W> {
        JsonReport { out: BufWriter::with_capacity(1 << 16, out), clock }
    }

    /// Writes what is watched, before all else.
    pub fn start(&mut self, start: &Start) -> Result<(), Failure> {
        self.line(start)
    }

    /// What it was written onto, with everything in it.
    pub fn into_inner(self) -> Result<W, Failure> {
        self.out.into_inner().map_err(|error| Failure::output(error.into_error()))
    }

    fn line(&mut self, object: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.out, object).map_err(|error| Failure::output(error.into()))?;
        self.out.write_all(b"\n").map_err(Failure::output)
    }
}

impl<W: Write> Report for JsonReport<W> {
    fn arrival(&mut self, arrival: &Arrival, tally: &Tally) -> Result<(), Failure> {
        match *arrival {
            Arrival::Interrupt { line, cycle, level, coalesced } => self.line(&Interrupt {
                v: 1,
                r#type: "interrupt",
                port: 0,
                key: line.into(),
                line,
                channel: tally.channel(line),
                timestamp_ns: self.clock.nanoseconds(cycle),
                ticks: cycle,
                level: level.into(),
                coalesced,
            }),
            Arrival::Gap { line, count, first, last } => self.line(&Gap {
                v: 1,
                r#type: "gap",
                line,
                count,
                first_ns: self.clock.nanoseconds(first),
                last_ns: self.clock.nanoseconds(last),
            }),
        }
    }

    fn pause(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::output)
    }

    fn summary(&mut self, tally: &Tally, ending: Ending) -> Result<(), Failure> {
        let clock = self.clock.clone();
        let lines = tally.lines().iter().map(|line| Line {
            line: line.line,
            channel: &line.channel,
            edges: line.edges,
            delivered: line.arrived.delivered,
            coalesced: line.arrived.coalesced,
            lost: line.arrived.lost,
            discarded: line.arrived.discarded,
            unseen: line.unseen,
            rate_hz: tally.rate_hz(line.edges, &clock),
            shortest_gap_ns: line.shortest_gap.map(|cycles| clock.nanoseconds(cycles)),
        });
        let total = tally.total();
        self.line(&Summary {
            v: 1,
            r#type: "summary",
            edges: total.edges,
            delivered: total.arrived.delivered,
            coalesced: total.arrived.coalesced,
            lost: total.arrived.lost,
            discarded: total.arrived.discarded,
            unseen: total.unseen,
            cycles: ending.cycles,
            wall_s: ending.wall_s,
            lines: lines.collect(),
        })?;
        self.out.flush().map_err(Failure::output)
    }
}
