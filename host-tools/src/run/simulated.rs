//! A capture played onto the pins of a simulated board, its packets taken from a port.
//!
//! The stimulus is the capture's second walk; it reaches pins only. All else goes the driver's way:
//! board, one interrupt per line, port. Simulated time moves while the driver waits, so the loop here
//! waits in slices, looks how far time has come, and ends when the last sample is past and no edge is
//! under way any more.

use super::order::Order;
use super::tally::Counters;
use super::{Arrival, Plan, Sink};
use crate::board::Simulated;
use crate::capture::{CaptureError, Changes};
use crate::cli::Mode;
use crate::failure::Failure;
use crate::pins::{Edges, Pins};
use crate::simulator;
use anyhow::{Context, anyhow};
use portolan::{
    Board, Deadline, Delivery, Event, Interrupt, LineConfig, LineMode, Port, PortOptions, Status,
};
use portolan_sim::{Change, SimBoard, Stimulus};
use std::iter;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Simulated time between two looks at the clock.
const SLICE: Duration = Duration::from_millis(10);
/// Simulated time that is given to the last edge to arrive, again and again until none is under way.
const TAIL: Duration = Duration::from_micros(20);
/// Edges that are still under way after so many tails will never come: the account will say so.
const MOST_TAILS: u32 = 1000;
/// What an error of the second walk means: the first has found none.
const CHANGED: &str = "the capture could not be played to its end";
/// Packets taken at a time in stream mode.
const BATCH: usize = 64;

/// The capture's second walk, onto the pins.
struct Player {
    pins: Pins<Changes>,
}

impl Player {
    fn new(plan: &Plan<'_>) -> Result<Player, CaptureError> {
        let mut pins = Pins::new(plan.capture.changes(plan.wires)?, plan.clock.clone());
        // The first sample's levels are on the pins since power-up.
        pins.next().transpose()?;
        Ok(Player { pins })
    }
}

impl Stimulus for Player {
    fn next(&mut self) -> Result<Option<Change>, Box<dyn std::error::Error + Send + Sync>> {
        let change = self.pins.next().transpose()?;
        Ok(change.map(|change| Change { cycle: change.cycle, pins: change.levels }))
    }
}

/// The board, and what hangs on it.
struct Bench {
    sim: Arc<SimBoard>,
    board: Board,
    port: Port,
    /// By line.
    interrupts: Vec<Option<Interrupt>>,
    /// Tick of the first sample.
    start: u64,
    mode: Mode,
}

/// Plays the capture; `trace`: a waveform to write. The board's counters, in the order of the wires.
pub fn play(
    plan: &Plan<'_>,
    board: Simulated,
    trace: Option<&Path>,
    sink: &mut Sink,
) -> Result<Vec<Counters>, Failure> {
    let mut bench = Bench::set_up(plan, board, trace)?;
    bench.start = bench
        .sim
        .start(Player::new(plan).context(CHANGED).map_err(Failure::Run)?)
        .context("the capture cannot be put on the pins")
        .map_err(Failure::Run)?;
    let mut events = Vec::with_capacity(BATCH);
    let mut order = Order::default();
    let mut tails = 0;
    loop {
        sink.time(bench.cycle())?;
        let ended = bench.sim.stimulus_ended() && bench.cycle() > plan.survey.last_cycle;
        let slice = if ended { TAIL } else { SLICE };
        match bench.take(&mut events, bench.port.deadline_after(slice)) {
            Ok(()) => {
                bench.hand_over(&mut events, &mut order)?;
                iter::from_fn(|| order.next()).try_for_each(|arrival| sink.arrival(arrival))?;
            }
            Err(Status::TIMED_OUT) if ended => {
                iter::from_fn(|| order.rest()).try_for_each(|arrival| sink.arrival(arrival))?;
                let counters = plan.wires.iter().map(|wire| bench.counters(wire.line));
                let counters = counters.collect::<Result<Vec<_>, _>>()?;
                tails += 1;
                if tails == MOST_TAILS || counters.iter().all(|line| line.pending == 0) {
                    return Ok(counters);
                }
            }
            Err(Status::TIMED_OUT) => {
                bench.check_stimulus()?;
                iter::from_fn(|| order.rest()).try_for_each(|arrival| sink.arrival(arrival))?;
            }
            Err(status) => return Err(bench.failed("waiting for packets", status)),
        }
    }
}

impl Bench {
    fn set_up(plan: &Plan<'_>, board: Simulated, trace: Option<&Path>) -> Result<Bench, Failure> {
        let run = |error: portolan::BoardError| Failure::Run(error.into());
        let sim = simulator::open(board, plan.survey.initial, trace)?;
        let board = Board::open(sim.clone()).map_err(run)?;
        if board.info().hertz != plan.clock.hertz() {
            let (found, planned) = (board.info().hertz, plan.clock.hertz());
            return Err(Failure::Run(anyhow!("the simulated board runs at {found} Hz, not at {planned} Hz")));
        }
        let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: true });
        let mut interrupts: Vec<Option<Interrupt>> = (0..board.info().lines).map(|_| None).collect();
        let config = LineConfig { mode: line_mode(plan.edges), delivery: delivery(plan.mode), filter: 0 };
        for wire in plan.wires {
            let interrupt = Interrupt::line(&board, wire.line, config).map_err(run)?;
            interrupt
                .bind(&port, wire.line.into())
                .with_context(|| format!("cannot bind line {} to the port", wire.line))
                .map_err(Failure::Run)?;
            interrupts[wire.line as usize] = Some(interrupt);
        }
        Ok(Bench { sim, board, port, interrupts, start: 0, mode: plan.mode })
    }

    /// Cycles since the first sample.
    fn cycle(&self) -> u64 {
        self.sim.cycles() - self.start
    }

    /// Waits for packets: in ack mode for one, as it is acknowledged before the next is taken.
    fn take(&self, events: &mut Vec<Event>, deadline: Deadline) -> Result<(), Status> {
        let most = if self.mode == Mode::Ack { 1 } else { BATCH };
        self.port.wait_events(events, most, deadline).map(|_| ())
    }

    fn hand_over(&self, events: &mut Vec<Event>, order: &mut Order) -> Result<(), Failure> {
        for event in events.drain(..) {
            match event {
                Event::Interrupt { packet, detail } => {
                    order.add(Arrival::Interrupt {
                        line: packet.key() as u32,
                        cycle: detail.ticks - self.start,
                        level: detail.level,
                        coalesced: detail.coalesced.into(),
                    });
                    if self.mode == Mode::Ack {
                        self.acknowledge(packet.key())?;
                    }
                }
                Event::Gap(gap) => order.add(Arrival::Gap {
                    line: gap.key as u32,
                    count: gap.count,
                    first: gap.first_ticks - self.start,
                    last: gap.last_ticks - self.start,
                }),
                Event::Packet(packet) => {
                    return Err(Failure::Run(anyhow!("the port gave {packet:?}, which is of no line")));
                }
            }
        }
        Ok(())
    }

    fn acknowledge(&self, line: u64) -> Result<(), Failure> {
        let interrupt = self.interrupts.get(line as usize).and_then(Option::as_ref);
        let interrupt =
            interrupt.ok_or_else(|| Failure::Run(anyhow!("a packet of line {line}, which is not bound")))?;
        interrupt.ack().map_err(|status| self.failed("acknowledging a packet", status))
    }

    fn counters(&self, line: u32) -> Result<Counters, Failure> {
        let counters =
            self.board.counters(line).map_err(|status| self.failed("reading a line's counters", status))?;
        Ok(Counters {
            edges: counters.edges,
            delivered: counters.delivered,
            coalesced: counters.coalesced,
            lost: counters.lost,
            discarded: counters.discarded,
            pending: counters.undelivered,
        })
    }

    /// The file may have changed since the first walk.
    fn check_stimulus(&self) -> Result<(), Failure> {
        match self.sim.stimulus_error() {
            Some(error) => {
                let error = anyhow::Error::new(error).context(CHANGED);
                Err(Failure::Run(error))
            }
            None => Ok(()),
        }
    }

    /// The error of an operation that the driver refused.
    fn failed(&self, doing: &str, status: Status) -> Failure {
        if let Err(failure) = self.check_stimulus() {
            return failure;
        }
        let why = self.board.obituary().map(|why| format!(": the board is gone: {why}")).unwrap_or_default();
        Failure::Run(
            anyhow::Error::new(status).context(format!("{doing} on {} failed{why}", self.board.info().name)),
        )
    }
}

fn line_mode(edges: Edges) -> LineMode {
    match edges {
        Edges::Rising => LineMode::Rising,
        Edges::Falling => LineMode::Falling,
        Edges::Both => LineMode::Both,
    }
}

fn delivery(mode: Mode) -> Delivery {
    match mode {
        Mode::Stream => Delivery::Stream,
        Mode::Ack => Delivery::Ack,
    }
}
