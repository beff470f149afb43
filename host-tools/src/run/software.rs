//! The same edges with no board: each triggers a virtual interrupt, and its packet comes out of a port.
//!
//! Virtual interrupts wait for their acknowledge, so every edge of a cycle is triggered, in line
//! order, then every packet is taken and acknowledged before the next cycle: no edge is coalesced in
//! either mode, because software that reads at once is never late. The clock is the simulated
//! board's, so that both show the same.

use super::{Plan, Sink};
use crate::failure::Failure;
use crate::pins::{PinChange, Pins};
use crate::report::{Arrival, Counters};
use anyhow::anyhow;
use portolan::{Interrupt, Port, PortOptions, Status};

/// A line, its interrupt, and what became of its edges.
struct Line {
    line: u32,
    interrupt: Interrupt,
    counters: Counters,
}

/// Plays the capture. Counters as a board would have them, in the order of the wires.
pub fn play(plan: &Plan<'_>, sink: &mut Sink) -> Result<Vec<Counters>, Failure> {
    let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: false });
    let mut lines = Vec::with_capacity(plan.wires.len());
    for wire in plan.wires {
        let interrupt = Interrupt::virtual_interrupt();
        interrupt.bind(&port, wire.line.into()).map_err(|status| failed("binding", wire.line, status))?;
        lines.push(Line { line: wire.line, interrupt, counters: Counters::default() });
    }
    let mut last = plan.survey.initial;
    // The first walk has found no fault: one here means that the file has changed.
    let changed =
        |error| Failure::Run(anyhow::Error::new(error).context("the capture could not be played to its end"));
    for change in Pins::new(plan.capture.changes(plan.wires).map_err(changed)?, plan.clock.clone()) {
        let change = change.map_err(changed)?;
        let edges = plan.edges.between(last, change.levels);
        last = change.levels;
        step(plan, &port, &mut lines, edges, change, sink)?;
        sink.time(change.cycle)?;
    }
    Ok(lines.iter().map(|line| line.counters).collect())
}

/// All edges of one cycle.
fn step(
    plan: &Plan<'_>,
    port: &Port,
    lines: &mut [Line],
    edges: u64,
    change: PinChange,
    sink: &mut Sink,
) -> Result<(), Failure> {
    let hit = |line: &Line| edges >> line.line & 1 != 0;
    let timestamp = plan.clock.nanoseconds(change.cycle) as i64;
    for line in lines.iter_mut().filter(|line| hit(line)) {
        line.interrupt.trigger(timestamp).map_err(|status| failed("triggering", line.line, status))?;
        line.counters.edges += 1;
    }
    for _ in 0..edges.count_ones() {
        let packet = port.try_wait().map_err(|status| {
            Failure::Run(anyhow::Error::new(status).context("the port does not give what was triggered"))
        })?;
        let line = lines
            .iter_mut()
            .find(|line| u64::from(line.line) == packet.key())
            .filter(|_| packet.timestamp() == Some(timestamp))
            .ok_or_else(|| Failure::Run(anyhow!("the port gave {packet:?}, which nobody triggered")))?;
        line.interrupt.ack().map_err(|status| failed("acknowledging", line.line, status))?;
        line.counters.delivered += 1;
        let level = change.levels >> line.line & 1 != 0;
        sink.arrival(Arrival::Interrupt { line: line.line, cycle: change.cycle, level, coalesced: 0 })?;
    }
    Ok(())
}

fn failed(doing: &str, line: u32, status: Status) -> Failure {
    let what = format!("{doing} the software interrupt of line {line} failed");
    Failure::Run(anyhow::Error::new(status).context(what))
}
