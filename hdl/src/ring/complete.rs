//! What becomes of a burst when its write is done: its packets are delivered, or they failed.
//!
//! Bursts end in the order in which they were issued. Of each slot the server is told (its line's packet
//! left the queue), then the doorbell; so nobody hears of a slot before it is in memory. Void bursts, those
//! that were under way when the block was reset, are only waited for.
//!
//! Lines must not wait for the server, or their stamps would be wrong: while they do, it is told of one packet
//! in four clocks at most.

use rust_hdl::prelude::*;

use super::{BURST_BITS, Packet};
use crate::table::Table;

/// log2 of the slots that may be under way.
const UNDER_WAY: usize = 6;
/// Bits that count them.
const COUNT_BITS: usize = UNDER_WAY + 1;

/// A burst under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Burst {
    /// Of user packets.
    pub user: Bit,
    /// Its port.
    pub port: Bits<4>,
    /// Its slots.
    pub slots: Bits<BURST_BITS>,
}

/// Keeps what is under way, for blocks with `LINES` lines.
#[derive(LogicBlock, Default)]
pub struct Complete<const LINES: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The sink forgets all writes.
    pub reset: Signal<In, Bit>,
    /// What is under way is void from now on.
    pub clear: Signal<In, Bit>,
    /// The server takes no commands of ours.
    pub hold: Signal<In, Bit>,
    /// Nothing may complete in this clock.
    pub pause: Signal<In, Bit>,

    /// A burst was issued.
    pub issue: Signal<In, Bit>,
    /// That burst.
    pub burst: Signal<In, Burst>,
    /// There is room for another one.
    pub room: Signal<Out, Bit>,
    /// An interrupt packet of the burst that was issued last was read.
    pub loaded: Signal<In, Bit>,
    /// What is to be known of it.
    pub info: Signal<In, Packet>,
    /// The oldest write is done.
    pub done: Signal<In, Bit>,
    /// It failed.
    pub failed: Signal<In, Bit>,

    /// Ring whose burst is completed: of user packets.
    pub user: Signal<Out, Bit>,
    /// Its port.
    pub port: Signal<Out, Bits<4>>,
    /// That ring has an error.
    pub error: Signal<In, Bit>,
    /// It has one now.
    pub fails: Signal<Out, Bit>,
    /// So many slots are completed.
    pub completed: Signal<Out, Bits<BURST_BITS>>,
    /// They are: not zero.
    pub completes: Signal<Out, Bit>,
    /// Delivered, and the doorbell is told.
    pub delivers: Signal<Out, Bit>,
    /// Failed.
    pub loses: Signal<Out, Bit>,
    /// It took a shared place of its queue.
    pub frees: Signal<Out, Bit>,

    /// The server shall know that a packet left its queue.
    pub command_valid: Signal<Out, Bit>,
    /// Of that line, one-hot.
    pub command_line: Signal<Out, Bits<LINES>>,
    /// It was a gap record.
    pub command_gap: Signal<Out, Bit>,
    /// It was not delivered.
    pub command_failed: Signal<Out, Bit>,
    /// Lines wait for the server.
    pub server_wanted: Signal<In, Bit>,
    /// The server knows.
    pub command_taken: Signal<In, Bit>,

    /// Forgets what the sink forgot.
    pub flushing: Signal<Out, Bit>,
    /// Nothing is under way.
    pub quiet: Signal<Out, Bit>,

    bursts: Table<Burst, UNDER_WAY>,
    failures: Table<Bit, UNDER_WAY>,
    packets: Table<Packet, UNDER_WAY>,
    issued: DFF<Bits<COUNT_BITS>>,
    ended: DFF<Bits<COUNT_BITS>>,
    finished: DFF<Bits<COUNT_BITS>>,
    packets_in: DFF<Bits<UNDER_WAY>>,
    packets_out: DFF<Bits<UNDER_WAY>>,
    reserved: DFF<Bits<COUNT_BITS>>,
    void_left: DFF<Bits<COUNT_BITS>>,
    flushes: DFF<Bit>,

    // The burst that is completed, and its next interrupt packet.
    busy: DFF<Bit>,
    current: DFF<Burst>,
    bad: DFF<Bit>,
    started: DFF<Bit>,
    known: DFF<Bit>,
    /// The server knows.
    told: DFF<Bit>,
    line_bits: DFF<Bits<LINES>>,
    was_wanted: DFF<Bit>,
    pause_left: DFF<Bits<2>>,
    gap: DFF<Bit>,
    shared: DFF<Bit>,

    none_under_way: Signal<Local, Bit>,
    begins: Signal<Local, Bit>,
    is_void: Signal<Local, Bit>,
    steps: Signal<Local, Bit>,
    finishes: Signal<Local, Bit>,
    lost: Signal<Local, Bit>,
    is_user: Signal<Local, Bit>,
    left: Signal<Local, Bits<BURST_BITS>>,
    stepped: Signal<Local, Bits<BURST_BITS>>,
    next_reserved: Signal<Local, Bits<COUNT_BITS>>,
    under_way: Signal<Local, Bits<COUNT_BITS>>,
    line: Signal<Local, Bits<10>>,
    number: Signal<Local, Bits<10>>,
    bits: Signal<Local, Bits<LINES>>,
    new_slots: Signal<Local, Bits<BURST_BITS>>,
}

impl<const LINES: usize> Logic for Complete<LINES> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, issued, ended, finished, packets_in, packets_out, reserved, void_left);
        dff_setup!(self, clock, flushes, busy, current, bad, started, known, told, line_bits);
        dff_setup!(self, clock, gap, shared, was_wanted, pause_left);
        clock!(self, clock, bursts, failures, packets);

        // What comes in.
        self.bursts.write_address.next = self.issued.q.val().get_bits::<UNDER_WAY>(0);
        self.bursts.write_data.next = self.burst.val();
        self.bursts.write_enable.next = self.issue.val();
        if self.issue.val() {
            self.issued.d.next = self.issued.q.val() + 1;
        }
        self.packets.write_address.next = self.packets_in.q.val();
        self.packets.write_data.next = self.info.val();
        self.packets.write_enable.next = self.loaded.val();
        if self.loaded.val() {
            self.packets_in.d.next = self.packets_in.q.val() + 1;
        }
        self.failures.write_address.next = self.ended.q.val().get_bits::<UNDER_WAY>(0);
        self.failures.write_data.next = self.failed.val();
        self.failures.write_enable.next = self.done.val() | self.failed.val();
        if self.done.val() | self.failed.val() {
            self.ended.d.next = self.ended.q.val() + 1;
        }

        // The oldest burst that has ended.
        self.bursts.read_address.next = self.finished.q.val().get_bits::<UNDER_WAY>(0);
        self.failures.read_address.next = self.finished.q.val().get_bits::<UNDER_WAY>(0);
        self.none_under_way.next = self.issued.q.val() == self.finished.q.val();
        self.begins.next = !self.busy.q.val() & (self.ended.q.val() != self.finished.q.val());
        if self.flushes.q.val() {
            self.begins.next = !self.busy.q.val() & !self.none_under_way.val();
        }
        self.is_void.next = self.flushes.q.val() | self.void_left.q.val().any();
        self.is_user.next = self.current.q.val().user;
        self.left.next = self.current.q.val().slots;
        self.lost.next = self.bad.q.val() | self.error.val();

        // The next interrupt packet; its line is known one clock later.
        self.packets.read_address.next = self.packets_out.q.val();
        self.line.next = self.packets.read_data.val().line;
        self.number.next = 0.into();
        self.bits.next = 0.into();
        for i in 0..LINES {
            self.bits.next = self.bits.val().replace_bit(i, self.line.val() == self.number.val());
            self.number.next = self.number.val() + 1;
        }
        self.line_bits.d.next = self.bits.val();
        self.gap.d.next = self.packets.read_data.val().gap;
        self.shared.d.next = self.packets.read_data.val().shared;
        self.known.d.next = self.busy.q.val();

        // The server is told first.
        self.command_valid.next = self.busy.q.val()
            & self.known.q.val()
            & !self.told.q.val()
            & !self.is_user.val()
            & !self.is_void.val()
            & !self.hold.val()
            & !(self.was_wanted.q.val() & self.pause_left.q.val().any());
        self.was_wanted.d.next = self.server_wanted.val();
        if self.pause_left.q.val().any() {
            self.pause_left.d.next = self.pause_left.q.val() - 1;
        }
        if self.command_valid.val() & self.command_taken.val() {
            self.told.d.next = true;
            self.pause_left.d.next = 3.into();
        }
        self.command_line.next = self.line_bits.q.val();
        self.command_gap.next = self.gap.q.val();
        self.command_failed.next = self.lost.val();

        // A step, a clock later: one packet, or all of a void burst.
        self.steps.next = self.busy.q.val() & self.is_user.val() & !self.pause.val() & !self.hold.val();
        if !self.is_user.val() {
            self.steps.next = self.told.q.val() & !self.pause.val();
        }
        self.stepped.next = 1.into();
        if self.is_void.val() {
            self.steps.next = self.busy.q.val() & !self.pause.val();
            self.stepped.next = self.left.val();
        }
        self.finishes.next = self.steps.val() & (self.stepped.val() == self.left.val());
        if self.steps.val() {
            self.current.d.next.slots = self.left.val() - self.stepped.val();
            self.known.d.next = false;
            self.told.d.next = false;
            if !self.is_user.val() {
                self.packets_out.d.next =
                    self.packets_out.q.val() + bit_cast::<UNDER_WAY, BURST_BITS>(self.stepped.val());
            }
        }
        if self.begins.val() {
            self.busy.d.next = true;
            self.current.d.next = self.bursts.read_data.val();
            self.bad.d.next = self.failures.read_data.val() & !self.flushes.q.val();
            self.started.d.next = true;
        } else {
            self.started.d.next = false;
        }
        if self.finishes.val() {
            self.busy.d.next = false;
            self.finished.d.next = self.finished.q.val() + 1;
            if self.void_left.q.val().any() {
                self.void_left.d.next = self.void_left.q.val() - 1;
            }
        }
        self.user.next = self.is_user.val();
        self.port.next = self.current.q.val().port;
        self.fails.next = self.busy.q.val() & self.started.q.val() & self.bad.q.val() & !self.is_void.val();
        self.completes.next = self.steps.val();
        self.completed.next = self.stepped.val();
        self.delivers.next = self.steps.val() & !self.is_void.val() & !self.lost.val();
        self.loses.next = self.steps.val() & !self.is_void.val() & self.lost.val();
        self.frees.next = self.steps.val() & !self.is_void.val() & !self.is_user.val() & self.shared.q.val();

        // Slots under way: never more than the tables hold.
        self.new_slots.next = self.burst.val().slots;
        self.next_reserved.next = self.reserved.q.val();
        if self.issue.val() {
            self.next_reserved.next =
                self.next_reserved.val() + bit_cast::<COUNT_BITS, BURST_BITS>(self.new_slots.val());
        }
        if self.steps.val() {
            self.next_reserved.next =
                self.next_reserved.val() - bit_cast::<COUNT_BITS, BURST_BITS>(self.stepped.val());
        }
        self.reserved.d.next = self.next_reserved.val();
        self.room.next = self.reserved.q.val() <= 48;

        // Resets.
        self.under_way.next = self.issued.q.val() - self.finished.q.val();
        if self.clear.val() {
            self.told.d.next = false;
            self.void_left.d.next = self.under_way.val();
            if self.finishes.val() {
                self.void_left.d.next = self.under_way.val() - 1;
            }
        }
        if self.flushes.q.val() & self.none_under_way.val() & !self.busy.q.val() {
            self.flushes.d.next = false;
            self.ended.d.next = self.issued.q.val();
            self.packets_out.d.next = self.packets_in.q.val();
        }
        if self.reset.val() {
            self.flushes.d.next = true;
            self.told.d.next = false;
        }
        self.flushing.next = self.flushes.q.val();
        self.quiet.next = self.none_under_way.val() & !self.flushes.q.val();
    }
}
