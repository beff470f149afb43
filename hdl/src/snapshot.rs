//! A line's counters and state, all of one moment, as the SNAPSHOT registers show them.

use portolan_regs::control::{
    COALESCED, DELIVERED, DISCARDED, EDGES, LOST, REJECTED, SNAPSHOT_BINDING, SNAPSHOT_STATE, UNDELIVERED,
};
use rust_hdl::prelude::*;

/// The fourteen words from SNAPSHOT_STATE to REJECTED, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Snapshot {
    /// Line.
    pub line: Bits<16>,
    /// Bound to a port.
    pub bound: Bit,
    /// The next edge is sent at once.
    pub armed: Bit,
    /// An edge waits in the line.
    pub held: Bit,
    /// A gap record waits in the line.
    pub gap: Bit,
    spare: Bits<12>,
    /// Port of the binding.
    pub port: Bits<16>,
    /// Generation of the binding.
    pub generation: Bits<16>,
    /// Edges.
    pub edges: Bits<64>,
    /// Edges delivered.
    pub delivered: Bits<64>,
    /// Edges coalesced.
    pub coalesced: Bits<64>,
    /// Edges lost.
    pub lost: Bits<64>,
    /// Edges discarded.
    pub discarded: Bits<64>,
    /// Edges queued or held.
    pub undelivered: Bits<16>,
    /// Gap records queued.
    pub gaps_queued: Bits<16>,
    /// Pulses that the filter rejected.
    pub rejected: Bits<32>,
}

/// Words of a snapshot.
pub const WORDS: usize = 14;

const _: () = {
    assert!(<Snapshot as Synth>::BITS == 32 * WORDS);
    assert!(SNAPSHOT_STATE.is_multiple_of(64), "the words start a group of sixteen");
    assert!(SNAPSHOT_BINDING == SNAPSHOT_STATE + 4 && EDGES == SNAPSHOT_STATE + 8);
    assert!(DELIVERED == EDGES + 8 && COALESCED == EDGES + 16 && LOST == EDGES + 24);
    assert!(DISCARDED == EDGES + 32 && UNDELIVERED == EDGES + 40 && REJECTED == EDGES + 44);
};
