//! The server: visits lines, keeps what is known of each, makes packets.
//!
//! One visit per clock may start. It takes four: grant; read the line's row, and what its port has room for; decide;
//! add up, write the row back. The same line is granted again at the earliest three clocks later, so a visit always
//! reads what the last one wrote. Commands go before requests.
//!
//! A row holds the binding, whether the next edge may be sent at once (`armed`), one *held* edge
//! and behind it one *gap*. Stream delivery arms again after each packet, ack delivery at the ACK.
//! What cannot be kept is counted: coalesced in ack delivery, lost (and told by the gap) in stream
//! delivery or while a gap waits. A bind of a bound line moves the row to another port and generation,
//! with what is held; that visit sends nothing, and the line asks for one more.
//!
//! Room: a line with no packet in any queue has one reserved place, beyond it all share the rest. A full
//! queue never stalls a visit; a line that waits for room asks again when a packet was popped, for as
//! long as visits may be under way that had not seen the place become free.
//!
//! Per line, at every visit: edges = delivered + coalesced + lost + discarded + queued + held.

use rust_hdl::prelude::*;

use crate::arbiter::Arbiter;
use crate::command::Command;
use crate::decide::Decide;
use crate::edges::{EDGES_BITS, Edges};
use crate::ledger::Ledger;
use crate::row::{Decision, QUEUED_BITS, Row};
use crate::slot::Slot;
use crate::snapshot::Snapshot;
use crate::stamps::Stamps;
use crate::table::Table;

/// The server of `LINES` lines, numbered by `LW` bits.
#[derive(LogicBlock, Default)]
pub struct Server<const LINES: usize, const LW: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Ticks.
    pub now: Signal<In, Bits<64>>,
    /// Only commands are served.
    pub hold: Signal<In, Bit>,
    /// Lines that want a visit.
    pub request: Signal<In, Bits<LINES>>,
    /// Number of the line under `serve`.
    pub index: Signal<In, Bits<LW>>,
    /// CONFIG's mode byte of the line under `serve`, one clock later.
    pub mode: Signal<In, Bits<8>>,
    /// CONFIG's filter byte of it, one clock later.
    pub filter: Signal<In, Bits<8>>,
    /// `cleared_line` forgets its configuration.
    pub cleared: Signal<Out, Bit>,
    /// A line.
    pub cleared_line: Signal<Out, Bits<LW>>,
    /// What the line under `serve` remembers.
    pub edges: Signal<In, Bits<EDGES_BITS>>,
    /// A command stands, until `command_taken`.
    pub command_valid: Signal<In, Bit>,
    /// Its line, one-hot.
    pub command_line: Signal<In, Bits<LINES>>,
    /// The command.
    pub command: Signal<In, Command>,
    /// Ports whose shared places are all taken.
    pub full: Signal<In, Bits<16>>,
    /// Ports that have one left.
    pub last: Signal<In, Bits<16>>,

    /// Lines wait to be visited.
    pub wanted: Signal<Out, Bit>,
    /// A line is visited.
    pub serving: Signal<Out, Bit>,
    /// Which, one-hot.
    pub serve: Signal<Out, Bits<LINES>>,
    /// Lines whose level mode is armed now.
    pub arm: Signal<Out, Bits<LINES>>,
    /// The command was taken.
    pub command_taken: Signal<Out, Bit>,
    /// A command that is attended has been carried out, or ignored; its effects can be read.
    pub command_done: Signal<Out, Bit>,
    /// A command was ignored.
    pub stale: Signal<Out, Bit>,
    /// A shared place of `claim_port` was taken.
    pub claim: Signal<Out, Bit>,
    /// Its port.
    pub claim_port: Signal<Out, Bits<4>>,
    /// A packet for a queue.
    pub push: Signal<Out, Bit>,
    /// Its port.
    pub push_port: Signal<Out, Bits<4>>,
    /// The packet.
    pub slot: Signal<Out, Slot>,
    /// Lines with packets in a queue, or with one that waits for room there.
    pub in_flight: Signal<Out, Bits<LINES>>,
    /// The last snapshot.
    pub snapshot: Signal<Out, Snapshot>,
    /// Nothing moves here.
    pub quiet: Signal<Out, Bit>,

    arbiter: Arbiter<LINES>,
    decide: Decide,

    // Grant.
    granted: DFF<Bits<LINES>>,
    granted_any: DFF<Bit>,
    granted_command: DFF<Bit>,
    command_kept: DFF<Command>,
    waiting: DFF<Bits<LINES>>,
    retry: DFF<Bits<LINES>>,
    /// A packet left its queue in one of the last four clocks: so long after its command, at most, its place is free,
    /// since a write of the bus may hold that up for three.
    freed_lately: DFF<Bits<4>>,
    wait_next: Signal<Local, Bits<LINES>>,
    retry_next: Signal<Local, Bits<LINES>>,
    freed_next: Signal<Local, Bits<4>>,
    busy: Signal<Local, Bits<LINES>>,
    eligible: Signal<Local, Bits<LINES>>,
    takes: Signal<Local, Bit>,
    // Decide.
    known: DFF<Row>,
    /// The command's generation is that of the row.
    current: DFF<Bit>,
    /// The row's port has no shared place, or had one, which the visit before this one may have taken.
    full_there: DFF<Bit>,
    last_there: DFF<Bit>,
    same_port: DFF<Bit>,
    read_row: Signal<Local, Row>,
    read_port: Signal<Local, Bits<4>>,
    deciding: DFF<Bits<LINES>>,
    deciding_any: DFF<Bit>,
    deciding_command: DFF<Bit>,
    found: DFF<Edges>,
    order: DFF<Command>,
    line: DFF<Bits<LW>>,
    // Add up.
    adding: DFF<Bits<LINES>>,
    adding_any: DFF<Bit>,
    adding_command: DFF<Bit>,
    adding_line: DFF<Bits<LW>>,
    decision: DFF<Decision>,
    row: Signal<Local, Row>,
    count_base: Signal<Local, Bits<33>>,
    count_more: Signal<Local, Bits<33>>,
    count_sum: Signal<Local, Bits<33>>,
    count_low: Signal<Local, Bits<32>>,
    count_zero: Signal<Local, Bits<32>>,
    old_count: Signal<Local, Bits<32>>,
    edges_change: Signal<Local, Bits<QUEUED_BITS>>,
    gaps_change: Signal<Local, Bits<8>>,
    edges_queued: Signal<Local, Bits<QUEUED_BITS>>,
    gaps_queued: Signal<Local, Bits<8>>,
    undelivered: Signal<Local, Bits<16>>,
    port: Signal<Local, Bits<4>>,
    writes: Signal<Local, Bit>,
    // What comes out.
    occupied: DFF<Bits<LINES>>,
    pushed: DFF<Bit>,
    pushed_port: DFF<Bits<4>>,
    pushed_slot: DFF<Slot>,
    done: DFF<Bit>,
    ignored: DFF<Bit>,
    taken_snapshot: DFF<Snapshot>,

    rows: Table<Row, LW>,
    stamps: Stamps<LW>,
    ledger: Ledger<LW>,
}

impl<const LINES: usize, const LW: usize> Logic for Server<LINES, LW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, granted_any, deciding_any, adding_any);
        dff_setup!(self, clock, granted, granted_command, command_kept, waiting, retry, freed_lately);
        dff_setup!(self, clock, deciding, deciding_command, found, order, line);
        dff_setup!(self, clock, known, current, full_there, last_there, same_port);
        dff_setup!(self, clock, adding, adding_command, adding_line, decision);
        dff_setup!(self, clock, occupied, pushed, pushed_port, pushed_slot, done, ignored, taken_snapshot);
        clock!(self, clock, arbiter, rows, stamps, ledger);

        // Grant. A line under way is left alone until its row is written.
        self.busy.next = self.granted.q.val() | self.deciding.q.val();
        self.takes.next = self.command_valid.val() & !(self.busy.val() & self.command_line.val()).any();
        self.arbiter.taken.next = self.takes.val();
        self.eligible.next = 0.into();
        if !self.hold.val() {
            self.eligible.next = (self.request.val() | self.retry.q.val()) & !self.busy.val();
        }
        self.arbiter.request.next = self.eligible.val();
        self.wanted.next = self.eligible.val().any();
        self.granted_any.d.next = self.takes.val() | self.eligible.val().any();
        self.granted.d.next = self.arbiter.grant.val();
        self.command_kept.d.next = self.command.val();
        self.granted_command.d.next = self.takes.val();
        if self.takes.val() {
            self.granted.d.next = self.command_line.val();
        }
        self.command_taken.next = self.takes.val();
        self.serving.next = self.granted_any.q.val();
        self.serve.next = self.granted.q.val();

        // Read the row.
        self.deciding.d.next = self.granted.q.val();
        self.deciding_any.d.next = self.granted_any.q.val();
        self.deciding_command.d.next = self.granted_command.q.val();
        self.found.d.next = self.edges.val().into();
        self.line.d.next = self.index.val();
        self.order.d.next = self.command_kept.q.val();
        self.rows.read_address.next = self.index.val();
        self.read_row.next = self.rows.read_data.val();
        self.read_port.next = self.read_row.val().port;
        self.known.d.next = self.read_row.val();
        self.current.d.next = self.read_row.val().generation == self.command_kept.q.val().generation;
        self.full_there.d.next = self.full.val().get_bit(self.read_port.val().index());
        self.last_there.d.next = self.last.val().get_bit(self.read_port.val().index());
        self.same_port.d.next = self.read_port.val() == self.known.q.val().port;
        self.stamps.index.next = self.index.val();
        self.ledger.index.next = self.index.val();

        // Decide, and find out how old the edges are.
        self.decide.valid.next = self.deciding_any.q.val();
        self.decide.row.next = self.known.q.val();
        self.decide.current.next = self.current.q.val();
        self.decide.edges.next = self.found.q.val();
        self.decide.stream.next = self.mode.val().get_bit(3) & !self.mode.val().get_bit(2);
        self.decide.commanded.next = self.deciding_command.q.val();
        self.decide.command.next = self.order.q.val();
        self.decide.full.next = self.full_there.q.val()
            | (self.last_there.q.val() & self.same_port.q.val() & self.decision.q.val().shared);
        self.decision.d.next = self.decide.decision.val();
        self.claim.next = self.decide.decision.val().shared;
        self.claim_port.next = self.known.q.val().port;
        self.stamps.now.next = self.now.val();
        self.stamps.edges.next = self.found.q.val();
        self.stamps.filter.next = self.filter.val();
        self.adding.d.next = self.deciding.q.val();
        self.adding_any.d.next = self.deciding_any.q.val();
        self.adding_command.d.next = self.deciding_command.q.val();
        self.adding_line.d.next = self.line.q.val();

        self.arm.next = 0.into();
        if self.decision.q.val().arm {
            self.arm.next = self.adding.q.val();
        }

        // Add up: stamps and counters.
        self.row.next = self.decision.q.val().row;
        self.stamps.decision.next = self.decision.q.val();
        self.stamps.line.next = self.adding_line.q.val();
        self.stamps.adds.next = self.adding_any.q.val();
        self.ledger.decision.next = self.decision.q.val();
        self.ledger.line.next = self.adding_line.q.val();
        self.ledger.adds.next = self.adding_any.q.val();

        // Add up: the row. `count` stops at its largest value.
        self.old_count.next = self.row.val().count;
        self.count_base.next = 0.into();
        if self.decision.q.val().keep_count {
            self.count_base.next = bit_cast::<33, 32>(self.old_count.val());
        }
        self.count_more.next = bit_cast::<33, 8>(self.decision.q.val().merged);
        self.count_sum.next = self.count_base.val() + self.count_more.val();
        self.count_zero.next = 0.into();
        self.count_low.next = self.count_sum.val().get_bits::<32>(0);
        if self.count_sum.val().get_bit(32) {
            self.count_low.next = !self.count_zero.val();
        }
        // One more, one less (all ones), or as many as before.
        self.edges_change.next = 0.into();
        if self.decision.q.val().send & !self.decision.q.val().send_gap & !self.decision.q.val().popped_edge {
            self.edges_change.next = 1.into();
        }
        if self.decision.q.val().popped_edge & (!self.decision.q.val().send | self.decision.q.val().send_gap)
        {
            self.edges_change.next = 0x1ff.into();
        }
        self.gaps_change.next = 0.into();
        if self.decision.q.val().send_gap & !self.decision.q.val().popped_gap {
            self.gaps_change.next = 1.into();
        }
        if self.decision.q.val().popped_gap & !self.decision.q.val().send_gap {
            self.gaps_change.next = 0xff.into();
        }
        self.edges_queued.next = self.row.val().edges_queued + self.edges_change.val();
        self.gaps_queued.next = self.row.val().gaps_queued + self.gaps_change.val();
        if self.decision.q.val().cleared {
            self.edges_queued.next = 0.into();
            self.gaps_queued.next = 0.into();
        }
        self.row.next.count = self.count_low.val();
        self.row.next.edges_queued = self.edges_queued.val();
        self.row.next.gaps_queued = self.gaps_queued.val();
        self.row.next.occupied = self.edges_queued.val().any() | self.gaps_queued.val().any();

        // Write back.
        self.writes.next = self.adding_any.q.val();
        self.rows.write_enable.next = self.writes.val();
        self.rows.write_address.next = self.adding_line.q.val();
        self.rows.write_data.next = self.row.val();

        self.cleared.next = self.writes.val() & self.decision.q.val().cleared;
        self.cleared_line.next = self.adding_line.q.val();

        // The packet.
        self.pushed.d.next = self.writes.val() & self.decision.q.val().send;
        self.pushed_port.d.next = self.row.val().port;
        self.pushed_slot.d.next.ticks = self.stamps.first.val();
        self.pushed_slot.d.next.before = self.ledger.missed.val();
        if self.decision.q.val().send_held {
            self.pushed_slot.d.next.ticks = self.stamps.held.val();
        }
        if self.decision.q.val().send_gap {
            self.pushed_slot.d.next.ticks = self.stamps.gap_first.val();
            self.pushed_slot.d.next.before = self.stamps.gap_last.val();
        }
        self.pushed_slot.d.next.count = 0.into();
        self.pushed_slot.d.next.saturated = false;
        if self.decision.q.val().with_count {
            self.pushed_slot.d.next.count = self.old_count.val();
            self.pushed_slot.d.next.saturated = self.old_count.val().all();
        }
        self.pushed_slot.d.next.generation = self.row.val().generation;
        self.pushed_slot.d.next.line = bit_cast::<10, LW>(self.adding_line.q.val());
        self.pushed_slot.d.next.gap = self.decision.q.val().send_gap;
        self.pushed_slot.d.next.level = self.decision.q.val().level;
        self.pushed_slot.d.next.shared = self.decision.q.val().shared;
        self.push.next = self.pushed.q.val();
        self.push_port.next = self.pushed_port.q.val();
        self.slot.next = self.pushed_slot.q.val();

        // Who asks again. After a pop everybody who waits does; after a packet or a bind, its line.
        self.wait_next.next = self.waiting.q.val() & !self.adding.q.val();
        self.retry_next.next = self.retry.q.val() & !self.granted.q.val();
        if self.decision.q.val().waits {
            self.wait_next.next = self.waiting.q.val() | self.adding.q.val();
            if self.decision.q.val().send | self.decision.q.val().moved {
                self.retry_next.next = self.retry_next.val() | self.adding.q.val();
            }
        }
        if self.freed_lately.q.val().any() {
            self.retry_next.next = self.retry_next.val() | self.waiting.q.val();
        }
        self.waiting.d.next = self.wait_next.val();
        self.retry.d.next = self.retry_next.val();
        self.freed_next.next = self.freed_lately.q.val() << 1;
        if self.writes.val() & (self.decision.q.val().popped_edge | self.decision.q.val().popped_gap) {
            self.freed_next.next = self.freed_next.val() | 1;
        }
        self.freed_lately.d.next = self.freed_next.val();
        self.occupied.d.next = self.occupied.q.val() & !self.adding.q.val();
        if self.row.val().occupied {
            self.occupied.d.next = self.occupied.q.val() | self.adding.q.val();
        }
        self.in_flight.next = self.occupied.q.val() | self.waiting.q.val();

        // Commands.
        self.undelivered.next = bit_cast::<16, QUEUED_BITS>(self.edges_queued.val());
        if self.row.val().held {
            self.undelivered.next = self.undelivered.val() + 1;
        }
        self.port.next = self.row.val().port;
        self.done.d.next = self.adding_command.q.val() & !self.decision.q.val().unattended;
        self.command_done.next = self.done.q.val();
        self.ignored.d.next = self.writes.val() & self.adding_command.q.val() & self.decision.q.val().stale;
        self.stale.next = self.ignored.q.val();
        if self.writes.val() & self.adding_command.q.val() & self.decision.q.val().snapshot {
            self.taken_snapshot.d.next.line = bit_cast::<16, LW>(self.adding_line.q.val());
            self.taken_snapshot.d.next.bound = self.row.val().bound;
            self.taken_snapshot.d.next.armed = self.row.val().armed;
            self.taken_snapshot.d.next.held = self.row.val().held;
            self.taken_snapshot.d.next.gap = self.row.val().gap;
            self.taken_snapshot.d.next.port = bit_cast::<16, 4>(self.port.val());
            self.taken_snapshot.d.next.generation = self.row.val().generation;
            self.taken_snapshot.d.next.undelivered = self.undelivered.val();
            self.taken_snapshot.d.next.gaps_queued = bit_cast::<16, 8>(self.gaps_queued.val());
            self.taken_snapshot.d.next.rejected = self.ledger.rejected.val();
            self.taken_snapshot.d.next.edges = self.ledger.edges.val();
            self.taken_snapshot.d.next.delivered = self.ledger.delivered.val();
            self.taken_snapshot.d.next.coalesced = self.ledger.coalesced.val();
            self.taken_snapshot.d.next.lost = self.ledger.lost.val();
            self.taken_snapshot.d.next.discarded = self.ledger.discarded.val();
        }
        self.snapshot.next = self.taken_snapshot.q.val();

        self.quiet.next = !self.granted_any.q.val()
            & !self.deciding_any.q.val()
            & !self.adding_any.q.val()
            & !self.pushed.q.val()
            & !self.retry.q.val().any()
            & !self.freed_lately.q.val().any()
            & !self.command_valid.val();
    }
}
