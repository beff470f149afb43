//! The one place where a number that two sides of Portolan share is written.
//!
//! The RTL, the driver, the simulator and the firmware all take register offsets, fields and
//! layouts from here; nothing of the kind stands anywhere else. What lives here:
//!
//! - [`map`]: every register, as constants for programs and as a table for documents;
//! - [`slot`]: the ring slots that the hardware writes into host memory;
//! - [`packet`]: the 48-byte port packet of Zircon (ports.md, A14–A16);
//! - [`pci`]: the card's identity on PCI Express;
//! - [`uart`]: the frames by which a serial line reaches the registers;
//! - [`soc`]: what a soft core has beside the block.
//!
//! [`LAYOUT_HASH`] covers the first three: a driver and a board that disagree about any of these
//! numbers refuse each other by it.
//!
//! ```
//! use portolan_regs::{line, map};
//! assert_eq!(map::line(3) + line::ACK, 0x8068);
//! assert_eq!(line::CONFIG::FILTER.get(line::CONFIG::FILTER.put(200)), 200);
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod hash;
pub mod map;
mod markdown;
pub mod packet;
pub mod pci;
pub mod slot;
pub mod soc;
pub mod uart;

pub use hash::LAYOUT_HASH;
pub use map::{
    Access, Area, Field, Register, bank, control, line, mode, pending, port, port_control, vector,
};
pub use markdown::Markdown;

/// What [`control::ID`](const@control::ID) reads: the bytes `PRTL`.
pub const ID: u32 = u32::from_le_bytes(*b"PRTL");
/// Major version of this register map. A driver accepts its own major only.
pub const VERSION_MAJOR: u32 = 1;
/// Minor version of this register map. A driver accepts any minor, led by the capabilities.
pub const VERSION_MINOR: u32 = 0;
/// What [`control::VERSION`](const@control::VERSION) reads.
pub const VERSION: u32 = (VERSION_MAJOR << 16) | VERSION_MINOR;
/// The word that, written to [`control::RESET`](const@control::RESET), resets the block: the bytes `RSET`.
pub const RESET_KEY: u32 = u32::from_le_bytes(*b"RSET");

/// Most lines that the map has room for.
pub const MAX_LINES: u32 = 1024;
/// Most ports that the map has room for.
pub const MAX_PORTS: u32 = 256;
/// Most MSI-X vectors that the map has room for.
pub const MAX_VECTORS: u32 = 128;
/// Low bits of a doorbell's position that the hardware compares (packets modulo 2^20).
pub const POSITION_BITS: u32 = 20;
/// Ticks in one unit of [`port_control::MODERATION::TIME`].
pub const MODERATION_TICKS: u32 = 16;
/// Slots in one unit of [`port::DOORBELL_INTERRUPT::BEHIND`].
pub const BEHIND_SLOTS: u32 = 64;
/// log2 of the slots of the smallest ring.
pub const MIN_RING_SIZE: u32 = 6;
/// log2 of the slots of the largest ring.
pub const MAX_RING_SIZE: u32 = 16;
/// Bytes of which a ring's address is a multiple, and that no burst crosses.
pub const RING_ALIGNMENT: u64 = 4096;
/// Largest glitch filter, in ticks.
pub const MAX_FILTER: u32 = 255;
