//! The 48-byte port packet of Zircon (ports.md A14–A16), as bytes that every side agrees on.

/// Bytes of a packet.
pub const SIZE: usize = 48;
/// Offset of `key`, u64.
pub const KEY: usize = 0;
/// Offset of `type`, u32.
pub const TYPE: usize = 8;
/// Offset of `status`, i32.
pub const STATUS: usize = 12;
/// Offset of the 32-byte union.
pub const PAYLOAD: usize = 16;
/// Bytes of the union.
pub const PAYLOAD_SIZE: usize = 32;

/// Packet types (A15).
pub mod kind {
    /// Posted by a program or another bus master.
    pub const USER: u32 = 0;
    /// A signal matched.
    pub const SIGNAL_ONE: u32 = 1;
    /// A signal of a repeating registration matched (Magenta; retired in Zircon).
    pub const SIGNAL_REP: u32 = 2;
    /// An interrupt fired.
    pub const INTERRUPT: u32 = 7;
}

const _: () = assert!(PAYLOAD + PAYLOAD_SIZE == SIZE);
