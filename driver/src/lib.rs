//! Zircon-style ports and interrupts on Linux, in software and on Portolan boards.
//!
//! A [`Port`] is one queue for everything: packets that programs post, virtual interrupts, and the
//! stamped edges of a board's lines. [`Interrupt`]s are bound to it under a key and acknowledged as on
//! Zircon; a [`Board`] is any [`device::Device`] behind which a Portolan block answers.
//!
//! ```
//! use portolan::{Contents, Deadline, Interrupt, Packet, Port, PortOptions, Status};
//!
//! let port = Port::new(PortOptions { bind_to_interrupt: true, ..PortOptions::default() });
//! let interrupt = Interrupt::virtual_interrupt();
//! interrupt.bind(&port, 1)?;
//!
//! port.queue(&Packet::user(2, 0, [0; 32]))?;
//! interrupt.trigger(1_000)?;
//! interrupt.trigger(2_000)?; // kept until the first one is acknowledged
//! interrupt.trigger(3_000)?; // coalesced
//!
//! // Interrupts come before everything else.
//! assert_eq!(port.try_wait()?.contents(), Contents::Interrupt { timestamp: 1_000 });
//! assert_eq!(port.try_wait()?.key(), 2);
//! interrupt.ack()?;
//! assert_eq!(port.try_wait()?.contents(), Contents::Interrupt { timestamp: 2_000 });
//! assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
//! # Ok::<(), Status>(())
//! ```
//!
//! On a board it is the same with [`Interrupt::line`] in place of `virtual_interrupt`:
//!
//! ```
//! use std::sync::Arc;
//! use portolan::{Board, Deadline, Event, Interrupt, LineConfig, Port, PortOptions, device::Device};
//!
//! fn watch(device: Arc<dyn Device>) -> Result<(), Box<dyn std::error::Error>> {
//!     let board = Board::open(device)?;
//!     let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: true });
//!     let line = Interrupt::line(&board, 3, LineConfig::default())?;
//!     line.bind(&port, 3)?;
//!     while let Event::Interrupt { packet, detail } = port.wait_event(Deadline::INFINITE)? {
//!         println!("line {}: {:?} ns, tick {}", detail.line, packet.timestamp(), detail.ticks);
//!         line.ack()?;
//!     }
//!     assert!(board.counters(3)?.hold());
//!     Ok(())
//! }
//! ```
//!
//! | what | where |
//! |---|---|
//! | queue, wait, batch, try, cancel | [`Port`] |
//! | wait in async code; among descriptors that are polled | [`Port::next`]; [`Pollable`] |
//! | bind, unbind, ack, trigger, wait, destroy; mask, change mode and filter | [`Interrupt`] |
//! | open, fire a test edge, counters, statistics | [`Board`] |
//! | let other bus masters queue packets | [`Board::attach`], [`PostWindow`] |
//! | events, timers, channels, jobs; handles, rights, signals; waiting for signals | [`object`] |
//! | packets; the detail of an edge, gaps | [`Packet`]; [`Event`] |
//! | points in time; ticks to ns | [`Deadline`]; [`clock`] |
//! | errors: of Zircon's calls; of opening and set-up | [`Status`]; [`BoardError`] |
//!
//! The rules are those of Zircon's kernel, newest generation; time stamps are on CLOCK_MONOTONIC, and
//! on simulated time for a simulated board.

#![deny(unsafe_code)]

mod board;
pub mod clock;
mod deadline;
pub mod device;
mod error;
mod event;
mod interrupt;
pub mod object;
mod packet;
mod port;
mod status;
mod sync;
mod sys;

pub use board::{Board, BoardInfo, Counters, PostWindow, Stats};
pub use deadline::Deadline;
pub use error::BoardError;
pub use event::{Detail, Event, Gap};
pub use interrupt::{Delivery, Interrupt, LineConfig, LineMode};
pub use packet::{Contents, Packet};
pub use port::{Next, Pollable, Port, PortOptions};
pub use status::Status;
