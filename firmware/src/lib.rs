//! Portolan's firmware: a port server on a serial line, on a soft core beside the block, or on a processor without an operating
//! system.
//!
//! It is what a host asks it to be (docs/protocol.md), and keeps nothing that the host does not know: which ports' packets are to be
//! sent, and how many more. Rules of Zircon's objects are the driver's.
//!
//! - [`Machine`] is what it stands on; the programs in `src/bin` have one for each board, tests one of their own.
//! - [`Server`] is all of it: [`Server::turn`], for ever.
//!
//! Inside: `block` is what an operation does to the registers, `access` which registers there are, `streams` packets on their way to
//! the host, `mail` the firmware as a program at a port.
//!
//! Promises: a packet leaves the block's queue when the line has it, so none is lost or doubled while the firmware runs; one request or
//! packet a turn, so that a turn is short; no allocation; no access to a hole.
#![no_std]
#![forbid(unsafe_code)]

mod access;
mod block;
mod machine;
mod mail;
mod micros;
mod server;
mod streams;

pub use machine::{BusError, Machine};
pub use micros::Micros;
pub use server::Server;
