//! Ring slots: how a packet travels from the hardware to the driver.
//!
//! An interrupt slot is eight little-endian words, a user slot sixteen: the 48-byte packet, then
//! the last four words of an interrupt slot. In pull mode the same words are read from
//! [`HEAD`](const@crate::port::HEAD), with check and sequence zero.

/// Words of an interrupt slot.
pub const INTERRUPT_WORDS: usize = 8;
/// Words of a user slot.
pub const USER_WORDS: usize = 16;

/// Word of an interrupt slot: ticks, low half (for a gap: first stamp).
pub const TICKS: usize = 0;
/// Word of an interrupt slot: edges of this line coalesced or lost before this one, low half
/// (for a gap: last stamp).
pub const COUNTED_BEFORE: usize = 2;
/// Word of an interrupt slot: [`LINE`], [`KIND`] and [`FLAGS`].
pub const HEADER: usize = 4;
/// Word of an interrupt slot: [`GENERATION`] and [`CHECK`].
pub const BINDING: usize = 5;
/// Word of an interrupt slot: edges coalesced into this one; for a gap: edges lost.
pub const COUNT: usize = 6;
/// Word of an interrupt slot: sequence number, written last.
pub const SEQUENCE: usize = 7;

use crate::map::Field;

/// Line number.
pub const LINE: Field = Field { name: "LINE", high: 15, low: 0, text: "line" };
/// Kind of slot: [`kind`].
pub const KIND: Field = Field { name: "KIND", high: 23, low: 16, text: "0 edge, 1 gap" };
/// Flags: [`flag`].
pub const FLAGS: Field = Field { name: "FLAGS", high: 31, low: 24, text: "bit 0 level, bit 1 saturated" };
/// The binding's generation.
pub const GENERATION: Field = Field { name: "GENERATION", high: 15, low: 0, text: "generation" };
/// XOR of all other 16-bit words of the slot.
pub const CHECK: Field = Field { name: "CHECK", high: 31, low: 16, text: "XOR of all other 16-bit words" };

/// Values of [`KIND`].
pub mod kind {
    /// One edge.
    pub const EDGE: u32 = 0;
    /// Edges lost: the first two fields are the first and last stamp, the count is how many.
    pub const GAP: u32 = 1;
}

/// Bits of [`FLAGS`].
pub mod flag {
    /// The line's level right after the edge.
    pub const LEVEL: u32 = 1;
    /// The count stopped at its largest value.
    pub const SATURATED: u32 = 2;
}

/// The XOR fold over a slot's words, its check field counted as zero.
pub const fn check(words: &[u32]) -> u16 {
    let mut fold = 0u32;
    let mut i = 0;
    let binding = words.len() - (INTERRUPT_WORDS - BINDING);
    while i < words.len() {
        fold ^= if i == binding { GENERATION.get(words[i]) } else { words[i] };
        i += 1;
    }
    (fold ^ (fold >> 16)) as u16
}

const _: () = {
    let mut slot = [0u32; INTERRUPT_WORDS];
    slot[0] = 0x0001_0002;
    slot[BINDING] = 0xffff_0010;
    assert!(check(&slot) == 0x0013);
};
