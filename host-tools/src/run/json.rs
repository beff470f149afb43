//! One JSON object per line: every packet, every gap, and last the summary. `v` is the version of
//! this format; fields may be added within it.

use super::Report;
use super::tally::{Arrival, Tally};
use crate::failure::Failure;
use crate::pins::Clock;
use serde::Serialize;
use std::io::{BufWriter, Write};

#[derive(Serialize)]
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

    fn summary(&mut self, tally: &Tally, cycles: u64, wall_s: f64) -> Result<(), Failure> {
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
            cycles,
            wall_s,
            lines: lines.collect(),
        })?;
        self.out.flush().map_err(Failure::output)
    }
}
