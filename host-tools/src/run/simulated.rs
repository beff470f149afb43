//! A capture played onto the pins of a simulated board, its packets taken from a port.
//!
//! The stimulus is the capture's second walk; it reaches pins only. All else goes the driver's way:
//! board, one interrupt per line, port. Simulated time moves while the driver waits, so the loop here
//! waits in slices, looks how far time has come, and ends when the last sample is past and no edge is
//! under way any more.

use super::{Plan, Sink};
use crate::board::Simulated;
use crate::failure::Failure;
use crate::player::{check, start};
use crate::report::Counters;
use crate::report::order::Order;
use crate::simulator;
use crate::tap::{Tap, TapError};
use anyhow::anyhow;
use portolan::{Board, LineConfig};
use std::iter;
use std::path::Path;
use std::time::Duration;

/// Simulated time between two looks at the clock.
const SLICE: Duration = Duration::from_millis(10);
/// Simulated time that is given to the last edge to arrive, again and again until none is under way.
const TAIL: Duration = Duration::from_micros(20);
/// Edges that are still under way after so many tails will never come: the account will say so.
const MOST_TAILS: u32 = 1000;

/// Plays the capture; `trace`: a waveform to write. The board's counters, in the order of the wires.
pub fn play(
    plan: &Plan<'_>,
    board: Simulated,
    trace: Option<&Path>,
    sink: &mut Sink,
) -> Result<Vec<Counters>, Failure> {
    let sim = simulator::open(board, plan.survey.initial, trace)?;
    let mut tap = set_up(plan, Board::open(sim.clone()).map_err(|error| Failure::Run(error.into()))?)?;
    tap.count_from(start(&sim, plan.capture, plan.wires, plan.clock)?);
    let cycle = || sim.cycles() - tap.start();
    let mut order = Order::default();
    let mut tails = 0;
    loop {
        sink.time(cycle())?;
        let ended = sim.stimulus_ended() && cycle() > plan.survey.last_cycle;
        let slice = if ended { TAIL } else { SLICE };
        match tap.take(usize::MAX, tap.deadline_after(slice), &mut order) {
            Ok(_) => iter::from_fn(|| order.pop()).try_for_each(|arrival| sink.arrival(arrival))?,
            Err(TapError::TimedOut) if ended => {
                iter::from_fn(|| order.rest()).try_for_each(|arrival| sink.arrival(arrival))?;
                let counters = tap.counters()?;
                tails += 1;
                if tails == MOST_TAILS || counters.iter().all(|line| line.pending == 0) {
                    return Ok(counters);
                }
            }
            Err(TapError::TimedOut) => {
                check(&sim)?;
                iter::from_fn(|| order.rest()).try_for_each(|arrival| sink.arrival(arrival))?;
            }
            Err(TapError::Failed(failure)) => {
                check(&sim)?;
                return Err(failure);
            }
        }
    }
}

fn set_up(plan: &Plan<'_>, board: Board) -> Result<Tap, Failure> {
    let (found, planned) = (board.info().hertz, plan.clock.hertz());
    if found != planned {
        return Err(Failure::Run(anyhow!("the simulated board runs at {found} Hz, not at {planned} Hz")));
    }
    let config = LineConfig { mode: plan.edges.line_mode(), delivery: plan.mode.delivery(), filter: 0 };
    Tap::new(board, plan.wires.iter().map(|wire| wire.line), config)
}
