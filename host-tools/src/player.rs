//! A capture on the pins of a simulated board: its second walk, as time comes to each change.

use crate::capture::{Capture, CaptureError, Changes, Wire};
use crate::failure::Failure;
use crate::pins::{Clock, Pins};
use anyhow::Context;
use portolan_sim::{Change, SimBoard, Stimulus};

/// What an error of the second walk means: the first has found none.
const CHANGED: &str = "the capture could not be played to its end";

/// A capture's second walk, onto the pins.
struct Player {
    pins: Pins<Changes>,
}

impl Player {
    /// From the change on that follows the first sample.
    fn new(capture: &dyn Capture, wires: &[Wire], clock: &Clock) -> Result<Player, CaptureError> {
        let mut pins = Pins::new(capture.changes(wires)?, clock.clone());
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

/// A capture's second walk, to begin at any time.
pub fn stimulus(
    capture: &dyn Capture,
    wires: &[Wire],
    clock: &Clock,
) -> Result<impl Stimulus + use<>, Failure> {
    Player::new(capture, wires, clock).context(CHANGED).map_err(Failure::Run)
}

/// Begins a capture's second walk on the pins; the tick of its first sample.
pub fn start(sim: &SimBoard, capture: &dyn Capture, wires: &[Wire], clock: &Clock) -> Result<u64, Failure> {
    let player = stimulus(capture, wires, clock)?;
    sim.start(player).context("the capture cannot be put on the pins").map_err(Failure::Run)
}

/// The file may have changed since the first walk.
pub fn check(sim: &SimBoard) -> Result<(), Failure> {
    match sim.stimulus_error() {
        Some(error) => Err(Failure::Run(anyhow::Error::new(error).context(CHANGED))),
        None => Ok(()),
    }
}
