//! One line: pin to edges, and the edges since the server's last visit.
//!
//! The pin goes through a synchroniser and a glitch filter; what passes is compared with the mode
//! and becomes an edge. A line remembers the first edge since the last visit, the first and last
//! of those after it, and how many: each by the low bits of the tick at which it was seen. The
//! server comes within LINES + 8 clocks, so those bits are enough to know the whole stamp.
//!
//! Leaves to the server: bindings, acknowledges, stamps, 64-bit counts.

use rust_hdl::prelude::*;

use crate::synchroniser::{self, Synchroniser};

/// Low bits of the tick that a line remembers. A visit must come within 2^`TICK_BITS` clocks.
pub const TICK_BITS: usize = 7;
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

// Fields that `update` takes apart by number.
const _: () = {
    use portolan_regs::line::CONFIG;
    assert!(CONFIG::MODE.low == 0 && CONFIG::MODE.high == 2 && CONFIG::FILTER.low == 8);
    assert!(CONFIG::STREAM.low == 3 && CONFIG::UNMASK.low == 4 && CONFIG::FILTER.high == 15);
    use portolan_regs::mode;
    assert!(mode::RISING == 1 && mode::FALLING == 2 && mode::BOTH == 3);
    assert!(mode::HIGH == 5 && mode::LOW == 6);
};

/// One line.
#[derive(LogicBlock, Default)]
pub struct Line {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The asynchronous pin.
    pub pin: Signal<In, Bit>,
    /// Low bits of the tick.
    pub tick: Signal<In, Bits<TICK_BITS>>,
    /// Clears the configuration.
    pub reset: Signal<In, Bit>,
    /// Writes CONFIG's low byte (mode, stream, unmask).
    pub write_mode: Signal<In, Bit>,
    /// Writes CONFIG's filter byte.
    pub write_filter: Signal<In, Bit>,
    /// CONFIG's two low bytes.
    pub settings: Signal<In, Bits<16>>,
    /// Fires a test edge.
    pub trigger: Signal<In, Bit>,
    /// The server takes what is remembered; an edge of this very clock goes to the next visit.
    pub serve: Signal<In, Bit>,
    /// A level mode may fire once more.
    pub arm: Signal<In, Bit>,

    /// Wants a visit.
    pub request: Signal<Out, Bit>,
    /// Level after the filter.
    pub level: Signal<Out, Bit>,
    /// Nothing moves here.
    pub quiet: Signal<Out, Bit>,
    /// What the server takes.
    pub edges: Signal<Out, Bits<EDGES_BITS>>,

    synchroniser: Synchroniser,
    mode: DFF<Bits<3>>,
    unmasked: DFF<Bit>,
    filter_length: DFF<Bits<8>>,
    filtered: DFF<Bit>,
    filter_count: DFF<Bits<8>>,
    filtering: DFF<Bit>,
    level_armed: DFF<Bit>,
    triggered: DFF<Bit>,
    edge_real: DFF<Bit>,
    edge_level: DFF<Bit>,
    edge_direct: DFF<Bit>,
    any: DFF<Bit>,
    first_tick: DFF<Bits<TICK_BITS>>,
    first_high: DFF<Bit>,
    first_exact: DFF<Bit>,
    extras: DFF<Bits<TICK_BITS>>,
    extra_first_tick: DFF<Bits<TICK_BITS>>,
    extra_high: DFF<Bit>,
    extra_exact: DFF<Bit>,
    extra_last_tick: DFF<Bits<TICK_BITS>>,
    extra_last_exact: DFF<Bit>,
    rejects: DFF<Bits<REJECT_BITS>>,
    rejects_any: DFF<Bit>,

    found: Signal<Local, Edges>,
    flips: Signal<Local, Bit>,
    filtering_next: Signal<Local, Bit>,
    rejects_now: Signal<Local, Bit>,
    fires: Signal<Local, Bit>,
    fires_now: Signal<Local, Bit>,
    seen: Signal<Local, Bit>,
    test: Signal<Local, Bit>,
    direct: Signal<Local, Bit>,
    filter_next: Signal<Local, Bits<8>>,
    extras_next: Signal<Local, Bits<TICK_BITS>>,
    rejects_next: Signal<Local, Bits<REJECT_BITS>>,
}

impl Logic for Line {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, mode, unmasked, filter_length, filtered, filter_count, filtering);
        dff_setup!(self, clock, level_armed, triggered, edge_real, edge_level, edge_direct, any);
        dff_setup!(self, clock, first_tick, first_high, first_exact, extras, extra_first_tick);
        dff_setup!(self, clock, extra_high, extra_exact, extra_last_tick, extra_last_exact);
        dff_setup!(self, clock, rejects, rejects_any);
        self.synchroniser.clock.next = self.clock.val();
        self.synchroniser.pin.next = self.pin.val();

        // Glitch filter: a new level counts once it has held for more than FILTER clocks. A new FILTER
        // starts the count again.
        self.filter_next.next = self.filter_count.q.val() + 1;
        self.flips.next = false;
        self.rejects_now.next = false;
        if self.synchroniser.level.val() == self.filtered.q.val() {
            self.rejects_now.next = self.filtering.q.val();
        } else {
            if self.filter_count.q.val() == self.filter_length.q.val() {
                self.flips.next = true;
                self.filtered.d.next = self.synchroniser.level.val();
            }
        }
        self.filtering_next.next = (self.synchroniser.level.val() != self.filtered.q.val())
            & !self.flips.val()
            & !self.write_filter.val();
        self.filtering.d.next = self.filtering_next.val();
        self.filter_count.d.next = self.filter_next.val();
        if !self.filtering_next.val() {
            self.filter_count.d.next = 0.into();
        }

        // Edges by mode. A level fires when armed and there; arming again fires it again.
        // A level that was there before it was armed is stamped when it fires.
        self.edge_direct.d.next = !self.flips.val();
        if self.mode.q.val().get_bit(2) {
            self.fires.next = self.level_armed.q.val()
                & ((self.mode.q.val().get_bit(0) & self.filtered.d.val())
                    | (self.mode.q.val().get_bit(1) & !self.filtered.d.val()));
        } else {
            self.fires.next = self.flips.val()
                & ((self.mode.q.val().get_bit(0) & self.synchroniser.level.val())
                    | (self.mode.q.val().get_bit(1) & !self.synchroniser.level.val()));
        }
        self.fires_now.next = self.fires.val() & self.unmasked.q.val() & !self.reset.val();
        self.edge_real.d.next = self.fires_now.val();
        self.edge_level.d.next = self.filtered.d.val();
        if self.arm.val() {
            self.level_armed.d.next = true;
        }
        if self.mode.q.val().get_bit(2) & self.fires_now.val() {
            self.level_armed.d.next = false;
        }

        // A test edge waits until no real one is in its way.
        if self.trigger.val() & self.unmasked.q.val() {
            self.triggered.d.next = true;
        }
        self.test.next = self.triggered.q.val() & !self.edge_real.q.val();
        if self.test.val() {
            self.triggered.d.next = false;
        }
        self.seen.next = self.edge_real.q.val() | self.test.val();
        self.direct.next = self.edge_direct.q.val() | self.test.val();

        // What the server will find.
        self.extras_next.next = self.extras.q.val() + 1;
        self.rejects_next.next = self.rejects.q.val() + 1;
        if self.seen.val() {
            if self.any.q.val() & !self.serve.val() {
                self.extras.d.next = self.extras_next.val();
                self.extra_last_tick.d.next = self.tick.val();
                self.extra_last_exact.d.next = self.direct.val();
                if !self.extras.q.val().any() {
                    self.extra_first_tick.d.next = self.tick.val();
                    self.extra_high.d.next = self.edge_level.q.val();
                    self.extra_exact.d.next = self.direct.val();
                }
            } else {
                self.first_tick.d.next = self.tick.val();
                self.first_high.d.next = self.edge_level.q.val();
                self.first_exact.d.next = self.direct.val();
            }
        }
        if self.rejects_now.val() {
            self.rejects.d.next = self.rejects_next.val();
            self.rejects_any.d.next = true;
        }
        self.any.d.next = self.seen.val() | (self.any.q.val() & !self.serve.val());
        if self.serve.val() {
            self.extras.d.next = 0.into();
            self.rejects.d.next = 0.into();
            self.rejects_any.d.next = self.rejects_now.val();
            if self.rejects_now.val() {
                self.rejects.d.next = 1.into();
            }
        }

        if self.write_mode.val() {
            self.mode.d.next = self.settings.val().get_bits::<3>(0);
            self.unmasked.d.next = self.settings.val().get_bit(4);
        }
        if self.write_filter.val() {
            self.filter_length.d.next = self.settings.val().get_bits::<8>(8);
        }
        if self.reset.val() {
            self.mode.d.next = 0.into();
            self.unmasked.d.next = false;
            self.filter_length.d.next = 0.into();
            self.level_armed.d.next = false;
            self.triggered.d.next = false;
        }

        self.request.next = self.any.q.val() | self.rejects_any.q.val();
        self.level.next = self.filtered.q.val();
        self.quiet.next = !self.any.q.val()
            & !self.rejects_any.q.val()
            & !self.edge_real.q.val()
            & !self.triggered.q.val()
            & !self.synchroniser.moving.val()
            & (self.synchroniser.level.val() == self.filtered.q.val())
            & !self.filtering.q.val();
        self.found.next.has = self.any.q.val();
        self.found.next.first = self.first_tick.q.val();
        self.found.next.first_level = self.first_high.q.val();
        self.found.next.first_direct = self.first_exact.q.val();
        self.found.next.extra = self.extras.q.val();
        self.found.next.extra_first = self.extra_first_tick.q.val();
        self.found.next.extra_level = self.extra_high.q.val();
        self.found.next.extra_direct = self.extra_exact.q.val();
        self.found.next.extra_last = self.extra_last_tick.q.val();
        self.found.next.extra_last_direct = self.extra_last_exact.q.val();
        self.found.next.rejected = self.rejects.q.val();
        self.edges.next = self.found.val().into();
    }
}
