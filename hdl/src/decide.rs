//! The rules of a visit, as one combinational step: row, new edges, command → decision.
//!
//! A command acts first, then the new edges, then at most one packet leaves: the held edge, else
//! the gap, else the first new edge. The rules are those of the server's module documentation.

use rust_hdl::prelude::*;

use crate::command::Command;
use crate::edges::{Edges, TICK_BITS};
use crate::row::{Decision, Row};

/// Decides one visit.
#[derive(LogicBlock, Default)]
pub struct Decide {
    /// There is a visit.
    pub valid: Signal<In, Bit>,
    /// The line's row.
    pub row: Signal<In, Row>,
    /// What the line remembered.
    pub edges: Signal<In, Edges>,
    /// The line's delivery is stream, and its mode no level.
    pub stream: Signal<In, Bit>,
    /// The visit is a command's.
    pub commanded: Signal<In, Bit>,
    /// That command.
    pub command: Signal<In, Command>,
    /// Its generation is that of the row.
    pub current: Signal<In, Bit>,
    /// All shared places of the row's port are taken.
    pub full: Signal<In, Bit>,
    /// What shall be done; meaningless without a visit, but nothing then sends, merges or is stale.
    pub decision: Signal<Out, Decision>,

    do_bind: Signal<Local, Bit>,
    do_unbind: Signal<Local, Bit>,
    do_ack: Signal<Local, Bit>,
    do_reset: Signal<Local, Bit>,
    extra: Signal<Local, Bits<TICK_BITS>>,
    many: Signal<Local, Bit>,
    single: Signal<Local, Bit>,
    addressed: Signal<Local, Bit>,
    unbinds: Signal<Local, Bit>,
    acks: Signal<Local, Bit>,
    live: Signal<Local, Bit>,
    armed: Signal<Local, Bit>,
    room: Signal<Local, Bit>,
    held: Signal<Local, Bit>,
    gap: Signal<Local, Bit>,
    first: Signal<Local, Bit>,
    send: Signal<Local, Bit>,
    send_held: Signal<Local, Bit>,
    send_gap: Signal<Local, Bit>,
    send_edge: Signal<Local, Bit>,
    held_left: Signal<Local, Bit>,
    gap_left: Signal<Local, Bit>,
    first_left: Signal<Local, Bit>,
    hold_first: Signal<Local, Bit>,
    hold_extra: Signal<Local, Bit>,
    merge_first: Signal<Local, Bit>,
    merges: Signal<Local, Bit>,
    fresh: Signal<Local, Bit>,
    gap_next: Signal<Local, Bit>,
    held_next: Signal<Local, Bit>,
    armed_next: Signal<Local, Bit>,
    seen: Signal<Local, Bits<8>>,
    extra_wide: Signal<Local, Bits<8>>,
    one_more: Signal<Local, Bits<8>>,
    one_less: Signal<Local, Bits<8>>,
    merged: Signal<Local, Bits<8>>,
    next_row: Signal<Local, Row>,
    dropped: Signal<Local, Bits<9>>,
    gap_begins: Signal<Local, Bit>,
    failed: Signal<Local, Bit>,
    stale: Signal<Local, Bit>,
}

impl Logic for Decide {
    #[hdl_gen]
    fn update(&mut self) {
        self.extra.next = self.edges.val().extra;
        self.first.next = self.valid.val() & self.edges.val().has;
        self.many.next = self.extra.val().any();
        self.single.next = self.extra.val() == 1;
        self.held.next = self.row.val().held;
        self.gap.next = self.row.val().gap;

        // Commands.
        self.do_bind.next = self.commanded.val() & self.command.val().bind;
        self.do_unbind.next = self.commanded.val() & self.command.val().unbind;
        self.do_ack.next = self.commanded.val() & self.command.val().ack;
        self.do_reset.next = self.commanded.val() & self.command.val().reset;
        self.addressed.next = self.row.val().bound & self.current.val();
        self.fresh.next = self.do_bind.val() & !self.row.val().bound;
        self.unbinds.next = self.do_unbind.val() & self.addressed.val();
        self.acks.next = self.do_ack.val() & self.addressed.val();
        self.live.next = self.valid.val() & self.row.val().bound & !self.unbinds.val() & !self.do_reset.val();
        self.armed.next = self.row.val().armed | self.acks.val();

        // At most one packet leaves; none while the line moves from one port to another.
        self.room.next = !self.row.val().occupied | !self.full.val();
        self.send.next = self.live.val()
            & self.armed.val()
            & !self.do_bind.val()
            & self.room.val()
            & (self.held.val() | self.gap.val() | self.first.val());
        self.send_held.next = self.send.val() & self.held.val();
        self.send_gap.next = self.send.val() & !self.held.val() & self.gap.val();
        self.send_edge.next = self.send.val() & !self.held.val() & !self.gap.val();
        self.held_left.next = self.held.val() & !self.send_held.val();
        self.gap_left.next = self.gap.val() & !self.send_gap.val();

        // What becomes of the new edges that did not leave.
        self.first_left.next = self.live.val() & self.first.val() & !self.send_edge.val();
        self.hold_first.next = self.first_left.val() & !self.held_left.val() & !self.gap_left.val();
        self.hold_extra.next = self.send_edge.val()
            & ((self.stream.val() & self.single.val()) | (!self.stream.val() & self.many.val()));
        self.merge_first.next = self.first_left.val() & !self.hold_first.val();
        // How many edges merge, and whether any: the sums do not wait for the decision.
        self.extra_wide.next = bit_cast::<8, TICK_BITS>(self.extra.val());
        self.one_more.next = self.extra_wide.val() + 1;
        self.one_less.next = self.extra_wide.val() - 1;
        self.merged.next = 0.into();
        self.merges.next = false;
        if self.live.val() & self.first.val() {
            self.merged.next = self.extra_wide.val();
            self.merges.next =
                self.merge_first.val() | (self.many.val() & !(self.hold_extra.val() & self.single.val()));
            if self.merge_first.val() {
                self.merged.next = self.one_more.val();
            }
            if self.hold_extra.val() {
                self.merged.next = self.one_less.val();
            }
        }
        self.gap_next.next =
            self.live.val() & (self.gap_left.val() | (self.stream.val() & self.merges.val()));
        self.held_next.next =
            self.live.val() & (self.held_left.val() | self.hold_first.val() | self.hold_extra.val());
        self.armed_next.next = self.armed.val();
        if self.send_held.val() | self.send_edge.val() {
            self.armed_next.next = self.stream.val();
        }

        // Counts.
        self.seen.next = 0.into();
        if self.first.val() {
            self.seen.next = self.one_more.val();
        }
        self.next_row.next = self.row.val();
        self.next_row.next.bound = self.live.val() | self.do_bind.val();
        self.next_row.next.armed = (self.live.val() & self.armed_next.val()) | self.fresh.val();
        self.next_row.next.held = self.held_next.val();
        self.next_row.next.gap = self.gap_next.val();
        if self.hold_first.val() {
            self.next_row.next.held_level = self.edges.val().first_level;
        }
        if self.hold_extra.val() {
            self.next_row.next.held_level = self.edges.val().extra_level;
        }
        if self.do_bind.val() {
            self.next_row.next.port = self.command.val().port;
            self.next_row.next.generation = self.command.val().generation;
        }

        self.decision.next.row = self.next_row.val();
        self.decision.next.send = self.send.val();
        self.decision.next.send_held = self.send_held.val();
        self.decision.next.send_gap = self.send_gap.val();
        self.decision.next.level = self.edges.val().first_level;
        if self.send_held.val() {
            self.decision.next.level = self.row.val().held_level;
        }
        self.decision.next.with_count = self.send_gap.val() | (self.send_held.val() & !self.gap.val());
        self.decision.next.shared = self.send.val() & self.row.val().occupied;
        self.decision.next.hold_first = self.hold_first.val();
        self.decision.next.hold_extra = self.hold_extra.val();
        self.gap_begins.next = self.stream.val() & self.merges.val() & !self.gap_left.val();
        self.decision.next.gap_from_first = self.gap_begins.val() & self.merge_first.val();
        self.decision.next.gap_from_extra = self.gap_begins.val() & !self.merge_first.val();
        self.decision.next.gap_to_first = self.merge_first.val() & !self.many.val();
        self.decision.next.gap_to_last = self.merges.val() & self.many.val();
        self.decision.next.keep_count = self.gap_left.val() | (self.held_left.val() & !self.gap_begins.val());
        self.decision.next.merged = self.merged.val();
        self.decision.next.lost = self.stream.val() | self.gap_left.val();
        self.decision.next.seen = self.seen.val();
        // A reset discards what was queued, too, and a packet that was not delivered is discarded.
        self.failed.next = self.commanded.val() & self.command.val().failed;
        self.dropped.next = 0.into();
        if self.failed.val() & self.command.val().pop_edge {
            self.dropped.next = 1.into();
        }
        if self.do_reset.val() {
            self.dropped.next = self.row.val().edges_queued;
        }
        if self.valid.val() & !self.live.val() & self.held.val() {
            self.dropped.next = self.dropped.val() + 1;
        }
        self.decision.next.discard = self.valid.val() & !self.live.val();
        self.decision.next.dropped = self.dropped.val();
        self.decision.next.rejected = self.edges.val().rejected;
        self.decision.next.cleared = self.do_reset.val();
        self.decision.next.popped_edge = self.commanded.val() & self.command.val().pop_edge;
        self.decision.next.popped_gap = self.commanded.val() & self.command.val().pop_gap;
        self.decision.next.failed = self.failed.val();
        self.decision.next.unattended = self.commanded.val() & self.command.val().unattended;
        self.decision.next.snapshot = self.commanded.val() & self.command.val().snapshot;
        self.decision.next.waits =
            self.live.val() & self.armed_next.val() & (self.held_next.val() | self.gap_next.val());
        self.stale.next =
            (self.do_unbind.val() & !self.unbinds.val()) | (self.do_ack.val() & !self.acks.val());
        self.decision.next.stale = self.stale.val();
        self.decision.next.moved = self.do_bind.val();
        self.decision.next.arm = self.fresh.val() | (self.acks.val() & self.armed_next.val());
    }
}
