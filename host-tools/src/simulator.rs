//! The simulated boards that commands work on: their size, and how they are opened.

use crate::failure::Failure;

/// Lines of the board, whichever it is: software interrupts stand in for as many.
pub const LINES: u32 = 32;
/// Cycles of its clock in a second.
pub const HERTZ: u32 = 100_000_000;

#[cfg(feature = "sim")]
mod verilated {
    use super::{Failure, HERTZ, LINES};
    use crate::board::Simulated;
    use portolan::device::Device;
    use portolan_sim::{NS_PER_TICK, Options, SimBoard, Size, Top};
    use std::path::Path;
    use std::sync::Arc;

    /// What boards have unless they say otherwise.
    const SIZE: Size = Size::L32P8;
    const _: () = assert!(SIZE.lines() == LINES && HERTZ as u64 * NS_PER_TICK == 1_000_000_000);

    /// Powers a board up with these levels on its pins; `trace`: a waveform to write.
    pub fn open(board: Simulated, initial_pins: u64, trace: Option<&Path>) -> Result<Arc<SimBoard>, Failure> {
        let top = match board {
            Simulated::Axi => Top::Axi,
            Simulated::AxiRings => Top::AxiRings,
            Simulated::Pcie => Top::Pcie,
        };
        let trace = trace.map(Path::to_owned);
        let options = Options { top, size: SIZE, initial_pins, trace, ..Options::default() };
        SimBoard::open(options).map_err(|error| Failure::Run(error.into()))
    }

    /// A board with all pins low, as a device.
    pub fn device(board: Simulated) -> Result<Arc<dyn Device>, Failure> {
        Ok(open(board, 0, None)?)
    }
}

#[cfg(feature = "sim")]
pub use verilated::{device, open};

/// Says why no simulated board can be opened.
#[cfg(not(feature = "sim"))]
pub fn device(_: crate::board::Simulated) -> Result<std::sync::Arc<dyn portolan::device::Device>, Failure> {
    Err(missing())
}

/// What to say where there is no simulator.
#[cfg(not(feature = "sim"))]
pub fn missing() -> Failure {
    Failure::Input(anyhow::anyhow!(
        "this portolan was built without the simulator; build it with the feature 'sim', or take --board none"
    ))
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;
    use crate::board::{BoardSpec, Simulated};
    use portolan::device::Device;

    #[test]
    fn the_command_line_names_the_boards_as_they_name_themselves_and_each_can_be_opened() {
        let names = Simulated::ALL.map(|top| BoardSpec::Simulated(top).to_string());
        assert_eq!(names, portolan_sim::Top::ALL.map(|top| top.name()));
        for (top, name) in Simulated::ALL.into_iter().zip(names) {
            assert_eq!(open(top, 0, None).unwrap_or_else(|error| panic!("{error}")).name(), name);
        }
        assert_eq!(
            Simulated::ALL.map(Simulated::can_trace),
            portolan_sim::Top::ALL.map(|top| top.can_trace())
        );
    }
}
