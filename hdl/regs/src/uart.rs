//! Frames on the serial line between a host and the bridge of the `uart` top.
//!
//! docs/uart.md is the protocol. What stands between two [`DELIMITER`]s is a frame in COBS (Cheshire and Baker, Consistent
//! Overhead Byte Stuffing, 1999): a request of the host or an answer of the board, and behind it two bytes of CRC, low byte
//! first. The CRC is that of HDLC (RFC 1662, C.2; CRC-16/IBM-SDLC in catalogues).
//!
//! None of this is in [`LAYOUT_HASH`](crate::LAYOUT_HASH): [`VERSION`] stands for it, and a host asks for it first.

use crate::map::Field;

/// Version of this protocol. A host accepts its own only.
pub const VERSION: u8 = 1;
/// Bits per second, unless something else was agreed on. Eight data bits, no parity, one stop bit.
pub const BAUD: u32 = 921_600;
/// The byte between frames, which is nowhere in them.
pub const DELIMITER: u8 = 0;

/// Place of the sequence number in requests and answers.
pub const SEQUENCE: usize = 0;
/// Place of the [`command`] in a request.
pub const COMMAND: usize = 1;
/// Place of the register's offset in a request: 24 bits, low byte first.
pub const ADDRESS: usize = 2;
/// Place of the word to write in a request to WRITE: 32 bits, low byte first.
pub const REQUEST_WORD: usize = 5;
/// Bytes of any other request, without its CRC.
pub const REQUEST: usize = 5;
/// Bytes of a request to WRITE, without its CRC.
pub const WRITE_REQUEST: usize = 9;

/// Place of the answer's first byte after the sequence number: [`KIND`], [`RESPONSE`] and [`IRQ`].
pub const HEAD: usize = 1;
/// Place of the word in an answer that has one: 32 bits, low byte first.
pub const ANSWER_WORD: usize = 2;
/// Bytes of an answer without a word, without its CRC.
pub const ANSWER: usize = 2;
/// Bytes of an answer with a word, without its CRC.
pub const WORD_ANSWER: usize = 6;

/// Bytes of the CRC behind requests and answers.
pub const CRC: usize = 2;
/// What the CRC over a whole frame, its own bytes among them, comes to before the last inversion (RFC 1662, C.2).
pub const CRC_RESIDUE: u16 = 0xf0b8;

/// What a request asks for.
pub mod command {
    /// Begin anew: forgets the last request. The answer's word is [`HELLO_WORD`](super::HELLO_WORD).
    pub const HELLO: u8 = 0;
    /// Read a register.
    pub const READ: u8 = 1;
    /// Write a register.
    pub const WRITE: u8 = 2;
    /// What the bridge has counted: [`DAMAGED`](super::DAMAGED) and [`REPEATED`](super::REPEATED).
    pub const COUNTS: u8 = 3;
}

/// What is unasked for. Answers have the number of their [`command`].
pub mod kind {
    /// A damaged frame was dropped. Its sequence number means nothing.
    pub const NAK: u8 = 4;
    /// The interrupt is asserted. Its sequence number means nothing.
    pub const NOTICE: u8 = 5;
}

/// What an answer is.
pub const KIND: Field = Field { name: "KIND", high: 3, low: 0, text: "command that is answered, or kind" };
/// What the bus has answered: [`response`].
pub const RESPONSE: Field = Field { name: "RESPONSE", high: 5, low: 4, text: "response of the register bus" };
/// The interrupt's level when the answer was begun.
pub const IRQ: Field = Field { name: "IRQ", high: 7, low: 7, text: "level of the interrupt" };

/// Values of [`RESPONSE`]: those of AXI (ARM IHI 0022H, A3.4.4).
pub mod response {
    /// Done.
    pub const OKAY: u8 = 0;
    /// The block refuses the access.
    pub const SLVERR: u8 = 2;
    /// The address lies beyond the block.
    pub const DECERR: u8 = 3;
}

/// The word that answers HELLO: the bytes `PTL` and [`VERSION`].
pub const HELLO_WORD: u32 = u32::from_le_bytes([b'P', b'T', b'L', VERSION]);
/// Of the word that answers COUNTS: damaged frames that the bridge has dropped. Stops at its largest value.
pub const DAMAGED: Field = Field { name: "DAMAGED", high: 15, low: 0, text: "damaged frames" };
/// Of the word that answers COUNTS: requests that came again and were answered by what was kept. Stops at its largest value.
pub const REPEATED: Field = Field { name: "REPEATED", high: 31, low: 16, text: "repeated requests" };

/// While the interrupt is asserted and nothing else is sent, the notice comes again so often in a second.
pub const NOTICE_HERTZ: u32 = 100;

const _: () = {
    assert!(WRITE_REQUEST == REQUEST + 4 && REQUEST_WORD == REQUEST && ADDRESS + 3 == REQUEST);
    assert!(WORD_ANSWER == ANSWER + 4 && ANSWER_WORD == ANSWER);
    // A frame shorter than 254 bytes has one byte of COBS's own, and no group of the longest kind.
    assert!(WRITE_REQUEST + CRC < 254);
    // The kinds that answer and those that do not fit the field and are told apart.
    assert!(kind::NAK > command::COUNTS && kind::NOTICE as u32 <= KIND.max());
};
