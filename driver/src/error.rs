//! Why a board could not be opened or a line not be set up.

use crate::Status;
use crate::device::DeviceError;

/// Why a board could not be opened or configured. Names the board and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The device did not answer.
    #[error("{board}: {doing} failed; check that the board is powered and its bitstream loaded")]
    Device {
        /// The device's name.
        board: String,
        /// What was being done.
        doing: &'static str,
        /// What the device said.
        #[source]
        source: DeviceError,
    },
    /// All registers read as ones: the bus answers, the board does not.
    #[error("{board}: every register reads as ones; the board is off, in reset, or not at this address")]
    Dead {
        /// The device's name.
        board: String,
    },
    /// What answers is no Portolan block.
    #[error(
        "{board}: ID reads {found:#010x}, not {expected:#010x}; this is no Portolan block, load its bitstream"
    )]
    NotPortolan {
        /// The device's name.
        board: String,
        /// What ID reads.
        found: u32,
        /// What it should read.
        expected: u32,
    },
    /// The block has another major version.
    #[error(
        "{board}: register map {major}.{minor}, this driver speaks {expected}; update the bitstream or the driver"
    )]
    Version {
        /// The device's name.
        board: String,
        /// The block's major version.
        major: u32,
        /// The block's minor version.
        minor: u32,
        /// The driver's major version.
        expected: u32,
    },
    /// The block has another register layout under the same version.
    #[error(
        "{board}: layout hash {found:#010x}, this driver's is {expected:#010x}; build both from the same sources"
    )]
    Hash {
        /// The device's name.
        board: String,
        /// What HASH reads.
        found: u32,
        /// The driver's.
        expected: u32,
    },
    /// A capability makes no sense, or is one that the driver needs and does not find.
    #[error("{board}: capability {register} reads {value:#010x}, {why}")]
    Capability {
        /// The device's name.
        board: String,
        /// The register.
        register: &'static str,
        /// What it reads.
        value: u32,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The reset at opening does not come to an end.
    #[error("{board}: still resetting after {reads} reads of STATUS; power-cycle the board")]
    Reset {
        /// The device's name.
        board: String,
        /// How often STATUS was read.
        reads: u32,
    },
    /// There is no memory for the rings.
    #[error("{board}: no memory for its rings")]
    Memory {
        /// The device's name.
        board: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// This device is open already.
    #[error("{board}: already open in this process; clone the Board instead of opening the device twice")]
    InUse {
        /// The device's name.
        board: String,
    },
    /// There is no such line.
    #[error("{board}: no line {line}; it has lines 0 to {last}")]
    NoSuchLine {
        /// The device's name.
        board: String,
        /// The line asked for.
        line: u32,
        /// The last one.
        last: u32,
    },
    /// The line has an interrupt already.
    #[error("{board}: line {line} has an interrupt already; drop that one first")]
    LineTaken {
        /// The device's name.
        board: String,
        /// The line.
        line: u32,
    },
    /// Stream delivery of a level.
    #[error("{board}: line {line}: a level has no edges to stream; use Delivery::Ack")]
    LevelStream {
        /// The device's name.
        board: String,
        /// The line.
        line: u32,
    },
    /// The board died earlier.
    #[error("{board}: the board is gone ({why}); open it again")]
    Gone {
        /// The device's name.
        board: String,
        /// What it died of.
        why: String,
    },
}

impl BoardError {
    /// The Zircon status nearest to it (I1, I3).
    pub fn status(&self) -> Status {
        match self {
            BoardError::NoSuchLine { .. } => Status::OUT_OF_RANGE,
            BoardError::LineTaken { .. } | BoardError::InUse { .. } => Status::ALREADY_BOUND,
            BoardError::LevelStream { .. } => Status::INVALID_ARGS,
            BoardError::Memory { .. } => Status::NO_MEMORY,
            BoardError::NotPortolan { .. }
            | BoardError::Version { .. }
            | BoardError::Hash { .. }
            | BoardError::Capability { .. } => Status::NOT_SUPPORTED,
            BoardError::Device { .. }
            | BoardError::Dead { .. }
            | BoardError::Reset { .. }
            | BoardError::Gone { .. } => Status::IO,
        }
    }
}
