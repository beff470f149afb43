//! The simulated board that commands work on: its size, and how it is opened.

use crate::failure::Failure;

/// Lines of the board, whichever it is: software interrupts stand in for as many.
pub const LINES: u32 = 32;
/// Cycles of its clock in a second.
pub const HERTZ: u32 = 100_000_000;

#[cfg(feature = "sim")]
mod verilated {
    use super::{Failure, HERTZ, LINES};
    use portolan_sim::{NS_PER_TICK, Options, SimBoard, Size};
    use std::path::Path;
    use std::sync::Arc;

    /// What boards have unless they say otherwise.
    const SIZE: Size = Size::L32P8;
    const _: () = assert!(SIZE.lines() == LINES && HERTZ as u64 * NS_PER_TICK == 1_000_000_000);

    /// Powers a board up with these levels on its pins; `trace`: a waveform to write.
    pub fn open(initial_pins: u64, trace: Option<&Path>) -> Result<Arc<SimBoard>, Failure> {
        let trace = trace.map(Path::to_owned);
        let options = Options { size: SIZE, initial_pins, trace, ..Options::default() };
        SimBoard::open(options).map_err(|error| Failure::Run(error.into()))
    }
}

#[cfg(feature = "sim")]
pub use verilated::open;

/// What to say where there is no simulator.
#[cfg(not(feature = "sim"))]
pub fn missing() -> Failure {
    Failure::Input(anyhow::anyhow!(
        "this portolan was built without the simulator; build it with the feature 'sim', or take --board none"
    ))
}
