//! What a line remembers since the server's last visit.
//!
//! The first edge, the first and last of those after it, and how many: each by the low bits of the
//! tick at which it was seen. The server comes within LINES + 8 clocks, a third more while rings complete, so
//! those bits are enough to know the whole stamp.

use rust_hdl::prelude::*;

use crate::synchroniser;

/// Low bits of the tick that a line remembers. A visit must come within 2^`TICK_BITS` clocks.
pub const TICK_BITS: usize = 7;
// While rings complete, the server is told of one packet in four clocks at most, and a write of the bus acts in one of
// seven; what is left is for visits.
const _: () = {
    let most_lines = 64;
    assert!(most_lines * (4 * 7) / (4 * 7 - 7 - 4) + 8 < 1 << TICK_BITS);
};
/// Bits of the count of rejected pulses between two visits: a pulse takes two clocks.
pub const REJECT_BITS: usize = 6;
/// Clocks from the tick at which a pin is sampled to the tick that an unfiltered edge remembers.
pub const LATENCY: u64 = synchroniser::LATENCY + 1;

/// What a line remembers since the last visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Edges {
    /// There was an edge.
    pub has: Bit,
    /// Low tick bits of the first edge.
    pub first: Bits<TICK_BITS>,
    /// Level after it.
    pub first_level: Bit,
    /// It did not come through synchroniser and filter: no latency to take off.
    pub first_direct: Bit,
    /// Edges after the first.
    pub extra: Bits<TICK_BITS>,
    /// Low tick bits of the first of them.
    pub extra_first: Bits<TICK_BITS>,
    /// Level after it.
    pub extra_level: Bit,
    /// It has no latency to take off.
    pub extra_direct: Bit,
    /// Low tick bits of the last of them.
    pub extra_last: Bits<TICK_BITS>,
    /// It has no latency to take off.
    pub extra_last_direct: Bit,
    /// Pulses that the filter rejected.
    pub rejected: Bits<REJECT_BITS>,
}

/// Bits of [`Edges`].
pub const EDGES_BITS: usize = <Edges as Synth>::BITS;

impl From<Bits<EDGES_BITS>> for Edges {
    /// The inverse of the packing that RustHDL derives: fields in order, lowest bits first.
    fn from(bits: Bits<EDGES_BITS>) -> Self {
        let zero = Edges::default();
        Edges {
            has: bits.get_bit(zero.get_my_offset_has()),
            first: bits.get_bits(zero.get_my_offset_first()),
            first_level: bits.get_bit(zero.get_my_offset_first_level()),
            first_direct: bits.get_bit(zero.get_my_offset_first_direct()),
            extra: bits.get_bits(zero.get_my_offset_extra()),
            extra_first: bits.get_bits(zero.get_my_offset_extra_first()),
            extra_level: bits.get_bit(zero.get_my_offset_extra_level()),
            extra_direct: bits.get_bit(zero.get_my_offset_extra_direct()),
            extra_last: bits.get_bits(zero.get_my_offset_extra_last()),
            extra_last_direct: bits.get_bit(zero.get_my_offset_extra_last_direct()),
            rejected: bits.get_bits(zero.get_my_offset_rejected()),
        }
    }
}
