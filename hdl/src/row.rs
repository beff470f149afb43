//! What the server knows of a line, apart from stamps and counters.

use rust_hdl::prelude::*;

/// Bits of the count of a line's edge packets, which may fill the shared places of every port.
pub const QUEUED_BITS: usize = 9;

/// A line's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Row {
    /// Bound to `port`.
    pub bound: Bit,
    /// The next edge may be sent at once.
    pub armed: Bit,
    /// An edge waits, its stamp in the table of held stamps.
    pub held: Bit,
    /// Level after the held edge.
    pub held_level: Bit,
    /// Behind the held edge, a gap waits, its stamps in the tables of gap stamps.
    pub gap: Bit,
    /// Packets of the line are in a queue.
    pub occupied: Bit,
    /// Port of the binding.
    pub port: Bits<4>,
    /// Generation of the binding.
    pub generation: Bits<16>,
    /// Edge packets in queues: more than one port's when the line has moved.
    pub edges_queued: Bits<QUEUED_BITS>,
    /// Gap records in queues; before each of them goes an edge.
    pub gaps_queued: Bits<8>,
    /// Edges of the gap or, without one, edges coalesced into the held one.
    pub count: Bits<32>,
}

/// What a visit decides; the arithmetic of the clock after it follows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Decision {
    /// The row's flags and binding as they become; queue counts and `count` are still the old ones.
    pub row: Row,
    /// A packet leaves: the held edge, the gap, or else the first new edge.
    pub send: Bit,
    /// It is the held edge.
    pub send_held: Bit,
    /// It is the gap.
    pub send_gap: Bit,
    /// Level after the edge that leaves.
    pub level: Bit,
    /// `count` goes with it.
    pub with_count: Bit,
    /// It takes a shared place.
    pub shared: Bit,
    /// The first new edge becomes the held one.
    pub hold_first: Bit,
    /// The edge after the first becomes the held one.
    pub hold_extra: Bit,
    /// A gap begins, with the first new edge rather than the one after it.
    pub gap_from_first: Bit,
    /// A gap begins, with the edge after the first.
    pub gap_from_extra: Bit,
    /// The gap now ends with the first new edge.
    pub gap_to_first: Bit,
    /// The gap now ends with the last new edge.
    pub gap_to_last: Bit,
    /// `count` goes on from its old value.
    pub keep_count: Bit,
    /// New edges that are coalesced or lost.
    pub merged: Bits<8>,
    /// They are lost, not coalesced.
    pub lost: Bit,
    /// New edges.
    pub seen: Bits<8>,
    /// The new edges are discarded.
    pub discard: Bit,
    /// Held and queued edges that are discarded.
    pub dropped: Bits<9>,
    /// Pulses rejected.
    pub rejected: Bits<6>,
    /// The binding is forgotten with all that was queued.
    pub cleared: Bit,
    /// An edge packet was popped.
    pub popped_edge: Bit,
    /// A gap record was popped.
    pub popped_gap: Bit,
    /// That edge packet was not delivered.
    pub failed: Bit,
    /// Nobody waits for the command.
    pub unattended: Bit,
    /// The counters go to the snapshot.
    pub snapshot: Bit,
    /// Something is ready to be sent but for room.
    pub waits: Bit,
    /// The line was bound; what it holds asks to be sent to its new port.
    pub moved: Bit,
    /// A level mode may fire once more.
    pub arm: Bit,
    /// A command was ignored.
    pub stale: Bit,
}
