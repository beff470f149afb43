//! The Verilated UART top, and a host's end of its serial line: what an Arty with its USB cable is to a driver.
//!
//! - [`Model`] is the Verilated Verilog: pins in, pins out;
//! - [`Cable`] is the serial adapter at the host's end, bit by bit: bytes to levels and back, at a rate of its own;
//! - [`Terminal`] is a pseudo-terminal: the port that a program opens;
//! - [`UartBoard`] joins them in a thread: `uart:PATH` of the driver, and of any tool, reaches the RTL through its pins alone.
//!
//! ```no_run
//! use portolan::Board;
//! use portolan::device::UartDevice;
//! use portolan_sim::uart::{Options, UartBoard};
//! let simulated = UartBoard::open(Options::default())?;
//! let board = Board::open(UartDevice::open(simulated.address())?)?;
//! assert_eq!(board.info().lines, 32);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod board;
mod cable;
mod model;
mod sniffer;
mod terminal;

pub use board::{Options, UartBoard, UartSimError};
pub use cable::Cable;
pub use model::{Inputs, Model, Outputs, Rate};
pub use sniffer::Sniffer;
pub use terminal::Terminal;
