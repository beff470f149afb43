//! What a soft core finds beside the block: memory, a serial line, a watchdog.
//!
//! Only its firmware sees these, and is built from the same sources, so they are not in [`LAYOUT_HASH`](crate::LAYOUT_HASH).

use crate::map::{Access, Area, Field, Register, area};

/// Where the memory begins, and the core after a reset.
pub const MEMORY: u32 = 0x0000_0000;
/// Bytes of memory.
pub const MEMORY_BYTES: u32 = 64 * 1024;
/// Where the [`own`] registers begin.
pub const OWN: u32 = 0x1000_0000;
/// Where the block begins.
pub const BLOCK: u32 = 0x2000_0000;
/// Bytes that the serial line's receiver keeps, and its transmitter.
pub const LINE_BYTES: u32 = 512;
/// The word that tells the watchdog that the firmware lives: the bytes `LIVE`.
pub const ALIVE_KEY: u32 = u32::from_le_bytes(*b"LIVE");
/// Ticks without that word until the watchdog resets the core: 0.17 s at 100 MHz.
pub const PATIENCE: u32 = 1 << 24;

area! {
    /// The soft core's own registers.
    own at 0x0, stride 0, copies 1;

    /// The serial line.
    LINE @ 0x00: ReadOnly {
        BYTE [7:0] "the oldest byte that came",
        VALID [8:8] "1: there is one",
        ROOM [9:9] "1: there is room for a byte to send",
        IDLE [10:10] "1: nothing is being sent",
    }
    /// Removes the oldest byte that came, if there is one.
    TAKE @ 0x04: Command {}
    /// Sends a byte; without room it is dropped.
    SEND @ 0x08: Command { BYTE [7:0] "the byte" }
    /// Bytes that came and found no room, or had no stop bit.
    LINE_ERRORS @ 0x0c: ReadOnly { COUNT [15:0] "bytes, modulo 2^16" }
    /// The watchdog: told the word `LIVE`, it waits anew.
    ALIVE @ 0x10: Command {}
    /// Since power-up.
    WATCHDOG @ 0x14: ReadOnly { BITES [15:0] "how often the watchdog has reset the core, modulo 2^16" }
    /// Accesses that the block refused, or that went nowhere.
    BUS_ERRORS @ 0x18: ReadOnly { COUNT [15:0] "accesses, modulo 2^16" }
}
