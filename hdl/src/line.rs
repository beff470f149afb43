//! What one line remembers since the server's last visit.
//!
//! The first edge, the first and last of those after it, and how many: each by the low bits of the
//! tick at which it was seen. The server comes within LINES + 8 clocks, so those bits are enough to
//! know the whole stamp.
//!
//! Leaves to `lines`: what an edge is, and whether there was one. Leaves to the server: bindings,
//! acknowledges, stamps, 64-bit counts.

use rust_hdl::prelude::*;

use crate::register::Register;
use crate::synchroniser;

/// Low bits of the tick that a line remembers. A visit must come within 2^`TICK_BITS` clocks.
pub const TICK_BITS: usize = 7;
/// Bits of the count of rejected pulses between two visits: a pulse takes two clocks.
pub const REJECT_BITS: usize = 6;
/// Clocks from the tick at which a pin is sampled to the tick that an unfiltered edge remembers.
pub const LATENCY: u64 = synchroniser::LATENCY + 1;

/// When an edge was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Seen {
    /// Low tick bits.
    pub tick: Bits<TICK_BITS>,
    /// Level after it.
    pub level: Bit,
    /// It did not come through synchroniser and filter: no latency to take off.
    pub direct: Bit,
}

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

/// One line's memory. `edges` says everything but whether there was an edge at all.
#[derive(LogicBlock, Default)]
pub struct Line {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Low bits of the tick.
    pub tick: Signal<In, Bits<TICK_BITS>>,
    /// The first edge since the last visit is seen.
    pub first: Signal<In, Bit>,
    /// A further edge is seen.
    pub extra: Signal<In, Bit>,
    /// The edge's level.
    pub level: Signal<In, Bit>,
    /// It has no latency to take off.
    pub direct: Signal<In, Bit>,
    /// The filter rejects a pulse.
    pub rejected: Signal<In, Bit>,
    /// The server takes what is remembered; what happens in this very clock goes to the next visit.
    pub serve: Signal<In, Bit>,
    /// What the server takes, `has` left out.
    pub edges: Signal<Out, Bits<EDGES_BITS>>,

    first_seen: Register<Seen>,
    extra_seen: Register<Seen>,
    last_seen: Register<Seen>,
    extras: Register<Bits<TICK_BITS>>,
    rejects: Register<Bits<REJECT_BITS>>,
    seen: Signal<Local, Seen>,
    found: Signal<Local, Edges>,
}

impl Logic for Line {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, first_seen, extra_seen, last_seen, extras, rejects);
        self.seen.next.tick = self.tick.val();
        self.seen.next.level = self.level.val();
        self.seen.next.direct = self.direct.val();
        self.first_seen.enable.next = self.first.val();
        self.first_seen.d.next = self.seen.val();
        self.extra_seen.enable.next = self.extra.val() & !self.extras.q.val().any();
        self.extra_seen.d.next = self.seen.val();
        self.last_seen.enable.next = self.extra.val();
        self.last_seen.d.next = self.seen.val();
        self.extras.enable.next = self.extra.val() | self.serve.val();
        self.extras.d.next = self.extras.q.val() + 1;
        self.rejects.enable.next = self.rejected.val() | self.serve.val();
        self.rejects.d.next = self.rejects.q.val() + 1;
        if self.serve.val() {
            self.extras.d.next = 0.into();
            self.rejects.d.next = 0.into();
            if self.rejected.val() {
                self.rejects.d.next = 1.into();
            }
        }
        self.found.next.has = false;
        self.found.next.first = self.first_seen.q.val().tick;
        self.found.next.first_level = self.first_seen.q.val().level;
        self.found.next.first_direct = self.first_seen.q.val().direct;
        self.found.next.extra = self.extras.q.val();
        self.found.next.extra_first = self.extra_seen.q.val().tick;
        self.found.next.extra_level = self.extra_seen.q.val().level;
        self.found.next.extra_direct = self.extra_seen.q.val().direct;
        self.found.next.extra_last = self.last_seen.q.val().tick;
        self.found.next.extra_last_direct = self.last_seen.q.val().direct;
        self.found.next.rejected = self.rejects.q.val();
        self.edges.next = self.found.val().into();
    }
}
