//! What can go wrong with a simulated board.

use crate::axi::BusError;
use crate::pcie::root::RootError;
use crate::top::Top;
use portolan::device::DeviceError;
use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a simulated board could not go on.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The bus protocol was violated, or an access took too long. A fault of the RTL.
    #[error("the simulated bus failed")]
    Bus(#[from] BusError),
    /// A rule of PCI Express, of its streams or of the integrated block was violated. A fault of the RTL.
    #[error("the simulated PCIe link failed")]
    Link(#[from] RootError),
    /// A register access that nobody answers. On a real board the host would read all ones.
    #[error("the access to offset {offset:#x} has no completion after {cycles} cycles")]
    NoAnswer {
        /// The register's offset in BAR 0.
        offset: u32,
        /// How many cycles it was given.
        cycles: u64,
    },
    /// What went wrong while time went by, whenever the board is asked for something after that.
    #[error("the simulated board has failed")]
    Failed(#[source] Shared),
    /// There is no waveform of this board.
    #[error("{top} cannot write a waveform; {} can", Top::Axi)]
    NoTrace {
        /// The board.
        top: Top,
    },
    /// The stimulus could not say what comes next, or said something impossible.
    #[error("the stimulus of the simulated board failed")]
    Stimulus(#[from] StimulusError),
    /// The waveform file could not be written.
    #[error("the waveform file {} cannot be written", path.display())]
    Trace {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The block did not come out of reset.
    #[error("the simulated block is still in reset after {cycles} cycles")]
    Reset {
        /// How many cycles it was given.
        cycles: u64,
    },
}

/// Why a stimulus ended before its end. Cheap to clone, so that the board can keep it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StimulusError {
    /// The stimulus itself failed.
    #[error("{0}")]
    Source(#[source] Shared),
    /// Changes must come in order, one per cycle.
    #[error("a change at cycle {cycle} follows one at cycle {previous}")]
    Order {
        /// Cycle of the change before.
        previous: u64,
        /// Cycle of the change.
        cycle: u64,
    },
    /// A change sets a line that the board does not have.
    #[error("a change at cycle {cycle} sets line {line}, but the board has {lines} lines")]
    NoSuchLine {
        /// Cycle of the change.
        cycle: u64,
        /// The line.
        line: u32,
        /// How many the board has.
        lines: u32,
    },
}

/// An error that several can hold.
#[derive(Clone, Debug)]
pub struct Shared(pub Arc<dyn Error + Send + Sync>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Shared {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl SimError {
    /// The same, as the driver sees it.
    pub(crate) fn into_device(self, device: &str, what: &str) -> DeviceError {
        DeviceError::Gone { device: device.into(), what: what.into(), source: Some(Box::new(self)) }
    }
}
