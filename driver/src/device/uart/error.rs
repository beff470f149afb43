//! What can go wrong with a serial line.

use std::io;
use std::sync::Arc;

use serialport::ErrorKind;

/// Why a board on a serial line could not be opened, or is gone.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UartError {
    /// The name is none.
    #[error(
        "'{name}' names no serial line: it is uart:PATH, or uart:PATH@BAUD, such as uart:/dev/ttyUSB1@921600"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// There is no such device file.
    #[error(
        "there is no serial port {path}: connect the board, and look which /dev/ttyUSB* or /dev/ttyACM* comes"
    )]
    NoPort {
        /// The path.
        path: String,
    },
    /// This user may not open it.
    #[error(
        "this user may not open {path}: add him to the group of serial ports (sudo usermod -aG dialout $USER), and log in again"
    )]
    Permission {
        /// The path.
        path: String,
    },
    /// Somebody else has it.
    #[error("{path} is in use by another program: `fuser -v {path}` tells which; end it first")]
    Busy {
        /// The path.
        path: String,
    },
    /// The system refuses it for another reason.
    #[error("{path} cannot be opened as a serial port at {baud} baud")]
    Open {
        /// The path.
        path: String,
        /// Bits per second.
        baud: u32,
        /// What the system says.
        #[source]
        source: Arc<serialport::Error>,
    },
    /// Nothing answers.
    #[error(
        "nothing on {path} answers as a Portolan at {baud} baud; it was asked {sent} times, and {damaged} damaged frames came: \
         check that it is the board's port, its bitstream and its baud rate"
    )]
    Silent {
        /// The path.
        path: String,
        /// Bits per second.
        baud: u32,
        /// How often it was asked.
        sent: u32,
        /// Frames that came and were none.
        damaged: u64,
    },
    /// The board speaks another version of the protocol, or something else altogether.
    #[error(
        "{path} greets with {found:#010x}, not {expected:#010x}: build bitstream and driver from the same sources"
    )]
    Version {
        /// The path.
        path: String,
        /// The word that came.
        found: u32,
        /// The word of this driver.
        expected: u32,
    },
    /// The port failed: it was unplugged, or its other end was closed.
    #[error("the serial port failed; was it unplugged?")]
    Port(#[source] Arc<io::Error>),
}

impl UartError {
    pub(super) fn open(path: &str, baud: u32, error: serialport::Error) -> UartError {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::Io(io::ErrorKind::NotFound) => UartError::NoPort { path },
            ErrorKind::Io(io::ErrorKind::PermissionDenied) => UartError::Permission { path },
            // The port's lock, and EBUSY, as serialport tells them.
            ErrorKind::NoDevice | ErrorKind::Io(io::ErrorKind::WouldBlock) => UartError::Busy { path },
            _ => UartError::Open { path, baud, source: Arc::new(error) },
        }
    }
}
