//! The Verilated Portolan board: the Verilog that boards get, in this process.
//!
//! From the outside in:
//!
//! - [`SimBoard`] is a [`portolan::device::Device`]: what the driver and the tool use;
//! - [`vfio_user::Server`] is the same for other processes, over a socket;
//! - [`raw::Raw`] drives registers and pins cycle by cycle, without the driver: what tests use;
//! - [`ring::Ring`] is a ring as a test sees it, in the [`axi::memory::Memory`] of a block with rings;
//! - [`Sim`] is a block with its time and its stimulus, behind one of two doors: [`axi::AxiDoor`], an AXI4-Lite
//!   master, and [`pcie::PcieDoor`], a root complex;
//! - [`Model`] and [`pcie::model::Model`] are the Verilated Verilog itself: pins in, pins out;
//! - [`uart`] is the block on a serial line, with a pseudo-terminal as its port.
//!
//! A [`Stimulus`] says what happens on the lines and when. It reaches pins only; everything else goes
//! over the bus, as on a board.
//!
//! ```
//! use portolan::device::Device;
//! use portolan_sim::{Changes, Options, SimBoard};
//! let board = SimBoard::open(Options::default())?;
//! let start = board.start(Changes::from([(100, 0b1), (150, 0b0)]))?;
//! board.run(200)?;
//! assert!(board.stimulus_ended());
//! assert_eq!(board.cycles(), start + 200);
//! assert_eq!(board.read(portolan_regs::control::ID)?, portolan_regs::ID);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Other bus masters than the driver reach the registers too. A DMA engine, say, posts packets to a port's window:
//!
//! ```
//! use portolan::device::Device;
//! use portolan::{Board, Deadline, Packet, Port, PortOptions};
//! use portolan_sim::{Options, SimBoard, Top};
//! let sim = SimBoard::open(Options { top: Top::AxiRings, ..Options::default() })?;
//! let board = Board::open(sim.clone())?;
//! let port = Port::new(PortOptions::default());
//! let window = board.attach(&port)?;
//! // What the program tells its engine: where to write, and how much.
//! let (offset, credits) = (window.offset(), window.credits()?);
//! // What the engine does then: twelve words for each packet, the last one last.
//! assert!(credits > 0);
//! let packet = Packet::user(7, -1, *b"thirty-two bytes, as an engine's");
//! for (at, word) in (offset..).step_by(4).zip(packet.to_bytes().chunks(4)) {
//!     sim.write(at, u32::from_le_bytes(word.try_into()?))?;
//! }
//! assert_eq!(port.wait(Deadline::INFINITE)?, packet);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod axi;
mod board;
mod door;
mod error;
mod instance;
pub mod memory;
mod model;
pub mod pcie;
pub mod raw;
pub mod ring;
mod runner;
mod sim;
mod size;
pub mod stimulus;
mod top;
pub mod uart;
pub mod vfio_user;

pub use board::{Options, Pace, SimBoard};
pub use door::{Door, Early, Written};
pub use error::{SimError, StimulusError};
pub use model::{Inputs, Model, Outputs, Until};
pub use sim::{IDLE_SETTLE, Sim};
pub use size::Size;
pub use stimulus::{Change, Changes, RandomChanges, Stimulus};
pub use top::{Top, UnknownTop};

/// Simulated nanoseconds in one tick: the block's clock runs at 100 MHz here.
pub const NS_PER_TICK: u64 = 10;
