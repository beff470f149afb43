//! What Portolan tells beyond Zircon's packets: the detail of an edge, and gaps.

use crate::Packet;

/// One thing that came out of a port, with all that is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A packet without further detail: a user packet, or that of a virtual interrupt.
    Packet(Packet),
    /// The packet of a board's line.
    Interrupt {
        /// The packet as [`Port::wait`](crate::Port::wait) would return it.
        packet: Packet,
        /// What the packet has no room for.
        detail: Detail,
    },
    /// Edges were lost here. Only from a port made with [`PortOptions::gaps`](crate::PortOptions).
    Gap(Gap),
}

impl Event {
    /// The packet, unless it is a gap.
    pub fn packet(&self) -> Option<&Packet> {
        match self {
            Event::Packet(packet) | Event::Interrupt { packet, .. } => Some(packet),
            Event::Gap(_) => None,
        }
    }

    /// The key of the packet, or of the binding that lost edges.
    pub fn key(&self) -> u64 {
        match self {
            Event::Packet(packet) | Event::Interrupt { packet, .. } => packet.key(),
            Event::Gap(gap) => gap.key,
        }
    }
}

/// What the board says of an edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The line.
    pub line: u16,
    /// When: ticks of the block's clock.
    pub ticks: u64,
    /// The line's level right after the edge.
    pub level: bool,
    /// Edges that were coalesced into this one (ack delivery).
    pub coalesced: u32,
    /// `coalesced` is its largest value: there may have been more.
    pub saturated: bool,
    /// Edges of this line coalesced or lost since power-up, until this packet left the line.
    pub counted_before: u64,
    /// How far the packet's time stamp may be off, in ns; 0 on simulated time.
    pub error_bound_ns: u64,
}

/// Edges of a line in stream delivery that were lost for want of room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The key of the line's binding.
    pub key: u64,
    /// The line.
    pub line: u16,
    /// How many edges.
    pub count: u64,
    /// The board's count was at its largest value: there may have been more.
    pub saturated: bool,
    /// Ticks of the first.
    pub first_ticks: u64,
    /// Ticks of the last.
    pub last_ticks: u64,
    /// Time stamp of the first, in ns like those of packets.
    pub first_ns: i64,
    /// Time stamp of the last.
    pub last_ns: i64,
}
