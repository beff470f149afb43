//! All lines side by side: pins to edges, and the multiplexer through which the server reads one line.
//!
//! A pin goes through a synchroniser and a glitch filter; what passes is compared with the line's mode
//! and becomes an edge, which the line remembers until the server visits it (`edges`). Here every signal
//! has one bit per line: one operation serves all lines, on whatever simulates this and on paper.

use rust_hdl::prelude::*;

use crate::banks::{Bank, Counters, Flags, Limits};
use crate::edges::{EDGES_BITS, Edges, REJECT_BITS, TICK_BITS};
use crate::macros::block;
use crate::synchroniser::Synchroniser;

block! {
/// `LINES` lines; `LW` bits number them.
pub struct Lines<const LINES: usize, const LW: usize> new() {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The asynchronous pins.
    pub pins: Signal<In, Bits<LINES>>,
    /// Low bits of the tick.
    pub tick: Signal<In, Bits<TICK_BITS>>,
    /// Clears every line's configuration.
    pub reset: Signal<In, Bit>,
    /// Writes a line's mode byte, one-hot.
    pub write_mode: Signal<In, Bits<LINES>>,
    /// Writes a line's filter byte, one-hot.
    pub write_filter: Signal<In, Bits<LINES>>,
    /// What is written.
    pub settings: Signal<In, Bits<16>>,
    /// Fires test edges.
    pub trigger: Signal<In, Bits<LINES>>,
    /// A line is visited.
    pub serving: Signal<In, Bit>,
    /// Which, one-hot.
    pub serve: Signal<In, Bits<LINES>>,
    /// Arms level modes.
    pub arm: Signal<In, Bits<LINES>>,

    /// Lines that want a visit.
    pub request: Signal<Out, Bits<LINES>>,
    /// Levels after the filters.
    pub level: Signal<Out, Bits<LINES>>,
    /// Nothing moves in any line.
    pub quiet: Signal<Out, Bit>,
    /// Number of the line that is visited.
    pub index: Signal<Out, Bits<LW>>,
    /// What it remembers.
    pub edges: Signal<Out, Bits<EDGES_BITS>>,

    synchroniser: Synchroniser<LINES>,
    rising: Flags<LINES>,
    falling: Flags<LINES>,
    by_level: Flags<LINES>,
    unmasked: Flags<LINES>,
    /// For how many clocks a new level must hold, and for how many it has.
    filters: Limits<LINES, 8>,
    filtered: DFF<Bits<LINES>>,
    filtering: DFF<Bits<LINES>>,
    level_armed: DFF<Bits<LINES>>,
    triggered: DFF<Bits<LINES>>,
    edge_real: DFF<Bits<LINES>>,
    edge_level: DFF<Bits<LINES>>,
    edge_direct: DFF<Bits<LINES>>,
    any: DFF<Bits<LINES>>,
    rejects_any: DFF<Bits<LINES>>,
    has_extra: DFF<Bits<LINES>>,
    first_ticks: Bank<LINES, TICK_BITS>,
    first_levels: Flags<LINES>,
    first_direct: Flags<LINES>,
    extras: Counters<LINES, TICK_BITS>,
    extra_ticks: Bank<LINES, TICK_BITS>,
    extra_levels: Flags<LINES>,
    extra_direct: Flags<LINES>,
    last_ticks: Bank<LINES, TICK_BITS>,
    last_direct: Flags<LINES>,
    rejects: Counters<LINES, REJECT_BITS>,
    numbers: [Constant<Bits<LINES>>; LW] = std::array::from_fn(numbered),

    differs: Signal<Local, Bits<LINES>>,
    flips: Signal<Local, Bits<LINES>>,
    counts: Signal<Local, Bits<LINES>>,
    rejects_now: Signal<Local, Bits<LINES>>,
    level_now: Signal<Local, Bits<LINES>>,
    fires: Signal<Local, Bits<LINES>>,
    test: Signal<Local, Bits<LINES>>,
    seen: Signal<Local, Bits<LINES>>,
    direct: Signal<Local, Bits<LINES>>,
    kept: Signal<Local, Bits<LINES>>,
    first: Signal<Local, Bits<LINES>>,
    extra: Signal<Local, Bits<LINES>>,
    moves: Signal<Local, Bits<LINES>>,
    first_extra: Signal<Local, Bits<LINES>>,
    all_lines: Signal<Local, Bits<LINES>>,
    set_modes: Signal<Local, Bits<LINES>>,
    limit: Signal<Local, Bits<8>>,
    set_limits: Signal<Local, Bits<LINES>>,
    found: Signal<Local, Edges>,
    served: Signal<Local, Bits<LINES>>,
    rejected: Signal<Local, Bits<REJECT_BITS>>,
    chosen: Signal<Local, Bits<LINES>>,
}
}

// Fields that `update` takes apart by number.
const _: () = {
    use portolan_regs::{line::CONFIG, mode};
    assert!(CONFIG::MODE.low == 0 && CONFIG::MODE.high == 2 && CONFIG::UNMASK.low == 4);
    assert!(CONFIG::FILTER.low == 8 && CONFIG::FILTER.high == 15);
    assert!(mode::RISING == 1 && mode::FALLING == 2 && mode::BOTH == 3);
    assert!(mode::HIGH == 5 && mode::LOW == 6);
};

/// The lines in whose number this bit is set.
fn numbered<const LINES: usize>(bit: usize) -> Constant<Bits<LINES>> {
    let lines = (0..LINES).filter(|line| line >> bit & 1 == 1).fold(0u64, |all, line| all | 1 << line);
    Constant::new(lines.into())
}

impl<const LINES: usize, const LW: usize> Logic for Lines<LINES, LW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, filtered, filtering, level_armed, triggered, edge_real, edge_level);
        dff_setup!(self, clock, edge_direct, any, rejects_any, has_extra);
        clock!(self, clock, synchroniser, filters, rising, falling, by_level, unmasked);
        clock!(self, clock, first_ticks, first_levels, first_direct, extras, extra_ticks, extra_levels);
        clock!(self, clock, extra_direct, last_ticks, last_direct, rejects);
        self.synchroniser.pins.next = self.pins.val();

        // Configuration.
        self.all_lines.next = 0.into();
        self.all_lines.next = !self.all_lines.val();
        self.set_modes.next = self.write_mode.val();
        self.set_limits.next = self.write_filter.val();
        self.limit.next = self.settings.val().get_bits::<8>(8);
        self.rising.d.next = 0.into();
        self.falling.d.next = 0.into();
        self.by_level.d.next = 0.into();
        self.unmasked.d.next = 0.into();
        if self.settings.val().get_bit(0) {
            self.rising.d.next = self.all_lines.val();
        }
        if self.settings.val().get_bit(1) {
            self.falling.d.next = self.all_lines.val();
        }
        if self.settings.val().get_bit(2) {
            self.by_level.d.next = self.all_lines.val();
        }
        if self.settings.val().get_bit(4) {
            self.unmasked.d.next = self.all_lines.val();
        }
        if self.reset.val() {
            self.set_modes.next = self.all_lines.val();
            self.set_limits.next = self.all_lines.val();
            self.limit.next = 0.into();
            self.rising.d.next = 0.into();
            self.falling.d.next = 0.into();
            self.by_level.d.next = 0.into();
            self.unmasked.d.next = 0.into();
        }
        self.rising.enable.next = self.set_modes.val();
        self.falling.enable.next = self.set_modes.val();
        self.by_level.enable.next = self.set_modes.val();
        self.unmasked.enable.next = self.set_modes.val();

        // Glitch filter: a new level counts once it has held for more than FILTER clocks. A new FILTER, not
        // the old one written again, starts the count again.
        self.differs.next = self.synchroniser.level.val() ^ self.filtered.q.val();
        self.filters.set.next = self.set_limits.val();
        self.filters.limit.next = self.limit.val();
        self.filters.watch.next = self.differs.val();
        self.flips.next = self.filters.met.val();
        self.counts.next = self.differs.val() & (!self.flips.val()) & (!self.write_filter.val());
        self.filtering.d.next = self.counts.val();
        self.filters.step.next = self.counts.val();
        self.filters.keep.next = self.counts.val();
        self.rejects_now.next = (!self.differs.val()) & self.filtering.q.val();
        self.level_now.next = self.filtered.q.val() ^ self.flips.val();
        self.filtered.d.next = self.level_now.val();

        // Edges by mode. A level fires when armed and there; arming again fires it again.
        // A level that was there before it was armed is stamped when it fires.
        self.fires.next = ((self.by_level.q.val() & self.level_armed.q.val())
            | ((!self.by_level.q.val()) & self.flips.val()))
            & ((self.rising.q.val() & self.level_now.val())
                | (self.falling.q.val() & (!self.level_now.val())))
            & self.unmasked.q.val();
        if self.reset.val() {
            self.fires.next = 0.into();
        }
        self.edge_real.d.next = self.fires.val();
        self.edge_level.d.next = self.level_now.val();
        self.edge_direct.d.next = !self.flips.val();
        self.level_armed.d.next =
            (self.level_armed.q.val() | self.arm.val()) & (!(self.by_level.q.val() & self.fires.val()));

        // A test edge waits until no real one is in its way.
        self.test.next = self.triggered.q.val() & (!self.edge_real.q.val());
        self.triggered.d.next =
            (self.triggered.q.val() | (self.trigger.val() & self.unmasked.q.val())) & (!self.test.val());
        self.seen.next = self.edge_real.q.val() | self.test.val();
        self.direct.next = self.edge_direct.q.val() | self.test.val();

        // What the server will find.
        self.kept.next = self.any.q.val() & (!self.serve.val());
        self.first.next = self.seen.val() & (!self.kept.val());
        self.extra.next = self.seen.val() & self.kept.val();
        self.any.d.next = self.seen.val() | self.kept.val();
        self.has_extra.d.next = self.extra.val() | (self.has_extra.q.val() & (!self.serve.val()));
        self.first_extra.next = self.extra.val() & (!self.has_extra.q.val());
        self.first_ticks.enable.next = self.first.val();
        self.first_ticks.d.next = self.tick.val();
        self.first_levels.enable.next = self.first.val();
        self.first_levels.d.next = self.edge_level.q.val();
        self.first_direct.enable.next = self.first.val();
        self.first_direct.d.next = self.direct.val();
        self.extras.step.next = self.extra.val();
        self.extras.clear.next = self.has_extra.q.val() & self.serve.val();
        self.extra_ticks.enable.next = self.first_extra.val();
        self.extra_ticks.d.next = self.tick.val();
        self.extra_levels.enable.next = self.first_extra.val();
        self.extra_levels.d.next = self.edge_level.q.val();
        self.extra_direct.enable.next = self.first_extra.val();
        self.extra_direct.d.next = self.direct.val();
        self.last_ticks.enable.next = self.extra.val();
        self.last_ticks.d.next = self.tick.val();
        self.last_direct.enable.next = self.extra.val();
        self.last_direct.d.next = self.direct.val();
        self.rejects.step.next = self.rejects_now.val();
        self.rejects.clear.next = self.rejects_any.q.val() & self.serve.val();
        self.rejects_any.d.next = (self.rejects_now.val() | self.rejects_any.q.val()) & (!self.serve.val());
        if self.reset.val() {
            self.level_armed.d.next = 0.into();
            self.triggered.d.next = 0.into();
        }

        self.request.next = self.any.q.val() | self.rejects_any.q.val();
        self.level.next = self.filtered.q.val();
        self.moves.next = self.request.val()
            | self.edge_real.q.val()
            | self.triggered.q.val()
            | self.synchroniser.moving.val()
            | self.differs.val()
            | self.filtering.q.val();
        self.quiet.next = !self.moves.val().any();

        // AND-OR multiplexers: `serve` is one-hot.
        self.first_ticks.show.next = self.serving.val();
        self.first_ticks.select.next = self.serve.val();
        self.extras.show.next = self.serving.val();
        self.extras.select.next = self.serve.val();
        self.extra_ticks.show.next = self.serving.val();
        self.extra_ticks.select.next = self.serve.val();
        self.last_ticks.show.next = self.serving.val();
        self.last_ticks.select.next = self.serve.val();
        self.rejects.show.next = self.serving.val();
        self.rejects.select.next = self.serve.val();
        self.served.next = self.serve.val() & self.any.q.val();
        self.found.next.has = self.served.val().any();
        self.found.next.first = self.first_ticks.q.val();
        self.served.next = self.serve.val() & self.first_levels.q.val();
        self.found.next.first_level = self.served.val().any();
        self.served.next = self.serve.val() & self.first_direct.q.val();
        self.found.next.first_direct = self.served.val().any();
        self.found.next.extra = self.extras.count.val();
        self.found.next.extra_first = self.extra_ticks.q.val();
        self.served.next = self.serve.val() & self.extra_levels.q.val();
        self.found.next.extra_level = self.served.val().any();
        self.served.next = self.serve.val() & self.extra_direct.q.val();
        self.found.next.extra_direct = self.served.val().any();
        self.found.next.extra_last = self.last_ticks.q.val();
        self.served.next = self.serve.val() & self.last_direct.q.val();
        self.found.next.extra_last_direct = self.served.val().any();
        // A pulse that is rejected in this very clock goes along.
        self.served.next = self.serve.val() & self.rejects_now.val();
        self.rejected.next = self.rejects.count.val();
        if self.served.val().any() {
            self.rejected.next = self.rejected.val() + 1;
        }
        self.found.next.rejected = self.rejected.val();
        self.edges.next = self.found.val().into();
        self.index.next = 0.into();
        for k in 0..LW {
            self.chosen.next = self.serve.val() & self.numbers[k].val();
            self.index.next = self.index.val().replace_bit(k, self.chosen.val().any());
        }
    }
}
