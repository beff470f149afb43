//! How a session begins and ends: what is said outside of any.

use serde::{Deserialize, Serialize};

/// Most bytes of a panic's message.
pub const PANIC_MESSAGE: usize = 64;
/// Most bytes of the name of the file in which a panic came.
pub const PANIC_FILE: usize = 32;

/// What two ends must agree on. A host sends it, and a board that refuses answers with its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Version of this protocol ([`VERSION`](crate::VERSION)).
    pub version: u8,
    /// Hash of the register map ([`portolan_regs::LAYOUT_HASH`]).
    #[serde(with = "postcard::fixint::le")]
    pub layout: u32,
    /// The session's number, which the host makes up: random, never 0.
    #[serde(with = "postcard::fixint::le")]
    pub session: u32,
}

impl Hello {
    /// What this end of the line is built from.
    pub const fn ours(session: u32) -> Hello {
        Hello { version: crate::VERSION, layout: portolan_regs::LAYOUT_HASH, session }
    }

    /// Whether two ends understand each other.
    pub const fn agrees(&self, other: &Hello) -> bool {
        self.version == other.version && self.layout == other.layout
    }
}

/// A board's answer to the hello that it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// As the host has sent it; version and layout are the board's.
    pub hello: Hello,
    /// How the board has started.
    pub boot: Boot,
}

/// Since when, and why, the firmware runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// Starts since the board has power, this one counted, modulo 2^16.
    pub starts: u16,
    /// What the last start was for.
    pub cause: Cause,
}

/// Why the firmware started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The board was switched on or reset.
    #[default]
    Power,
    /// The firmware had hung, and the watchdog ended that.
    Watchdog,
    /// The firmware had panicked.
    Panic,
}

/// The last words of the firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic<'a> {
    /// What it says; its first [`PANIC_MESSAGE`] bytes.
    pub message: &'a str,
    /// The file's name; its last [`PANIC_FILE`] bytes.
    pub file: &'a str,
    /// The line.
    pub line: u32,
}

impl<'a> Panic<'a> {
    /// With texts cut to what a frame holds.
    pub fn new(message: &'a str, file: &'a str, line: u32) -> Panic<'a> {
        let message = &message[..message.floor_char_boundary(PANIC_MESSAGE)];
        let file = &file[file.ceil_char_boundary(file.len().saturating_sub(PANIC_FILE))..];
        Panic { message, file, line }
    }
}

const _: () = {
    // Kind, two lengths, a line of at most five bytes.
    assert!(1 + 1 + PANIC_MESSAGE + 1 + PANIC_FILE + 5 <= crate::frame::CONTENT);
};
