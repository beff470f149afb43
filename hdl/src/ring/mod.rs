//! Rings in host memory: moves packets from the port queues to slots there (`portolan_regs::slot`).
//!
//! Each port has a ring for each class. `choose` decides which ring writes next, `load` makes beats of its
//! packets, `complete` tells server and doorbells what was written, `progress` which of it is news. Here is
//! what is kept of each ring, and what the register bus does with it.
//!
//! Contract with the sink of the stream `write_…`
//! - A beat is taken when `write_valid` and `write_ready` are up at an edge. Until then it stands.
//! - `write_first` and `write_last` mark a burst's beats; from `write_first` on, until the next one, stand its
//!   address, a multiple of 32, and its beats, four at least and at most `write_limit`. A burst never crosses 4 KiB,
//!   and never waits once begun.
//! - For each burst, in their order and after its last beat, the sink answers with one clock of `write_done`,
//!   when whatever it does later comes behind the burst, or of `write_failed`.
//! - `reset` forgets all bursts, on both sides.
//!
//! No packet is lost uncounted: what has not been handed out when a ring ends is still in its queue; what was
//! handed out is delivered when its burst is done, and counts as discarded when it failed.
//!
//! Left to others: what a failed write was, and every bus.

use portolan_regs::{BEHIND_SLOTS, MAX_RING_SIZE, MIN_RING_SIZE, port, port_control};
use rust_hdl::prelude::*;

use crate::macros::block;
use crate::queue::POSITION_BITS;
use crate::slot::Slot;
use crate::table::Table;

mod choose;
mod complete;
#[cfg(test)]
mod doorbell_tests;
mod load;
mod progress;
#[cfg(test)]
mod tests;

use choose::Choose;
use complete::Complete;
use load::Load;
use progress::Progress;

/// Bits of a slot's sequence number.
pub const SEQUENCE_BITS: usize = 32;
/// Bits of a number of slots in a burst: at most sixteen.
pub const BURST_BITS: usize = 5;

/// What has to be known of an interrupt packet when its slot is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Packet {
    /// Its line.
    pub line: Bits<10>,
    /// It is a gap record.
    pub gap: Bit,
    /// It took a shared place of its queue.
    pub shared: Bit,
}

// Fields that `update` takes apart by number.
const _: () = {
    use port::{DOORBELL_INTERRUPT, DOORBELL_USER};
    use port_control::{RING_CONTROL, RING_STATUS, USER_RING_CONTROL, USER_RING_STATUS};
    assert!(RING_CONTROL::ENABLE.low == 0 && RING_CONTROL::SIZE.low == 8 && RING_CONTROL::SIZE.high == 12);
    assert!(USER_RING_CONTROL::ENABLE.low == 0 && USER_RING_CONTROL::SIZE.low == 8);
    assert!(RING_STATUS::IDLE.low == 0 && RING_STATUS::ENABLED.low == 1 && RING_STATUS::ERROR.low == 2);
    assert!(USER_RING_STATUS::IDLE.low == 0 && USER_RING_STATUS::ERROR.low == 2);
    assert!(RING_STATUS::FAILED.low == 16 && USER_RING_STATUS::FAILED.low == 16);
    assert!(
        DOORBELL_INTERRUPT::BEHIND.low == 20
            && DOORBELL_INTERRUPT::BEHIND.high == 30
            && BEHIND_SLOTS == 1 << 6
    );
    assert!(DOORBELL_USER::BEHIND.low == 20 && DOORBELL_USER::BEHIND.high == 30);
    assert!(MIN_RING_SIZE == 6 && MAX_RING_SIZE == 16 && portolan_regs::RING_ALIGNMENT == 1 << 12);
};

block! {
    /// The rings of a block with `LINES` lines and `PORTS` ports.
    pub struct Rings<const LINES: usize, const PORTS: usize> new() {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// The bus's reset: the sink forgets, too.
        pub reset: Signal<In, Bit>,
        /// Ends all rings; what is under way does not count any more.
        pub clear: Signal<In, Bit>,
        /// A reset walk is under way.
        pub hold: Signal<In, Bit>,

        /// The ring that the bus looks at: its port.
        pub port: Signal<In, Bits<4>>,
        /// Of user packets.
        pub user: Signal<In, Bit>,
        /// What is written to it.
        pub data: Signal<In, Bits<32>>,
        /// Writes the lower word of its BASE.
        pub write_base_low: Signal<In, Bit>,
        /// The upper word.
        pub write_base_high: Signal<In, Bit>,
        /// Writes its FIRST.
        pub write_first_sequence: Signal<In, Bit>,
        /// Writes its CONTROL.
        pub write_control: Signal<In, Bit>,
        /// Writes its doorbell.
        pub doorbell: Signal<In, Bit>,
        /// Stands beside each of these writes: nothing is handed over, and nothing completes.
        pub bus_acts: Signal<In, Bit>,
        /// That write is ignored.
        pub refused: Signal<Out, Bit>,
        /// It enables the ring.
        pub enables: Signal<Out, Bit>,
        /// The ring's STATUS, one clock later.
        pub status: Signal<Out, Bits<32>>,
        /// It is enabled; so it was one clock ago.
        pub is_enabled: Signal<Out, Bit>,
        /// The port's ring of interrupt packets is enabled; so it was one clock ago.
        pub interrupt_enabled: Signal<Out, Bit>,
        /// The port's ring of user packets.
        pub user_enabled: Signal<Out, Bit>,
        /// Slots beyond the position that is written to its doorbell are completed already.
        pub behind: Signal<Out, Bit>,

        /// An interrupt packet was queued one clock ago.
        pub added: Signal<In, Bits<PORTS>>,
        /// A user packet was queued one clock ago.
        pub user_added: Signal<In, Bits<PORTS>>,
        /// Port whose queues are looked at.
        pub queue_port: Signal<Out, Bits<4>>,
        /// Packets that wait in its interrupt class.
        pub level: Signal<In, Bits<8>>,
        /// Place of the first of them.
        pub place: Signal<In, Bits<8>>,
        /// Packets that wait in its user class.
        pub user_level: Signal<In, Bits<8>>,
        /// Place of the first of them.
        pub user_place: Signal<In, Bits<8>>,
        /// Takes so many from the interrupt class; their places are still in use.
        pub take: Signal<Out, Bit>,
        /// Takes them from the user class.
        pub take_user: Signal<Out, Bit>,
        /// How many.
        pub taken: Signal<Out, Bits<8>>,
        /// Nothing may be taken from queues or given back to them in this clock.
        pub queue_busy: Signal<In, Bit>,
        /// The memories of the queues are not ours in this clock.
        pub memory_busy: Signal<In, Bit>,
        /// Reads a packet of this port.
        pub read_port: Signal<Out, Bits<4>>,
        /// At this place.
        pub read_place: Signal<Out, Bits<8>>,
        /// And this word of a user packet.
        pub read_word: Signal<Out, Bits<2>>,
        /// The interrupt packet, one clock later.
        pub packet: Signal<In, Slot>,
        /// The user packet's word, and those four and eight behind it, one clock later.
        pub words: Signal<In, Bits<96>>,
        /// The place of a user packet of `free_user_port` is free.
        pub free_user: Signal<Out, Bit>,
        /// A port.
        pub free_user_port: Signal<Out, Bits<4>>,
        /// A shared place of the interrupt class of `free_port` is free.
        pub free: Signal<Out, Bit>,
        /// A port.
        pub free_port: Signal<Out, Bits<4>>,

        /// A command for the server: a packet left its queue.
        pub command_valid: Signal<Out, Bit>,
        /// Its line, one-hot.
        pub command_line: Signal<Out, Bits<LINES>>,
        /// It was a gap record.
        pub command_gap: Signal<Out, Bit>,
        /// It was not delivered.
        pub command_failed: Signal<Out, Bit>,
        /// Lines wait for the server.
        pub server_wanted: Signal<In, Bit>,
        /// The server took it.
        pub command_taken: Signal<In, Bit>,

        /// Enabled rings of interrupt packets.
        pub enabled_ports: Signal<Out, Bits<PORTS>>,
        /// Enabled rings of user packets.
        pub user_enabled_ports: Signal<Out, Bits<PORTS>>,
        /// A slot of the interrupt ring beyond its doorbell's position was completed one clock ago.
        pub delivered: Signal<Out, Bits<PORTS>>,
        /// The same for the user ring.
        pub user_delivered: Signal<Out, Bits<PORTS>>,
        /// Some ring has an error.
        pub error: Signal<Out, Bit>,
        /// One has got it one clock ago.
        pub errs: Signal<Out, Bit>,
        /// A reset has to wait.
        pub flushing: Signal<Out, Bit>,
        /// Nothing moves here.
        pub quiet: Signal<Out, Bit>,

        /// Beats of the longest burst, 8 to 64.
        pub write_limit: Signal<In, Bits<8>>,
        /// A beat stands.
        pub write_valid: Signal<Out, Bit>,
        /// It is taken.
        pub write_ready: Signal<In, Bit>,
        /// The first of its burst.
        pub write_first: Signal<Out, Bit>,
        /// The last of its burst.
        pub write_last: Signal<Out, Bit>,
        /// Where the burst goes, in bytes.
        pub write_address: Signal<Out, Bits<64>>,
        /// Its beats.
        pub write_beats: Signal<Out, Bits<8>>,
        /// The beat.
        pub write_data: Signal<Out, Bits<64>>,
        /// The oldest burst is done.
        pub write_done: Signal<In, Bit>,
        /// The oldest burst failed.
        pub write_failed: Signal<In, Bit>,

        choose: Choose<PORTS>,
        load: Load,
        complete: Complete<LINES>,
        progress: Progress,
        bases_low: Table<Bits<20>, 5>,
        bases_high: Table<Bits<32>, 5>,
        masks: Table<Bits<10>, 5>,
        /// Sequence number of a ring's next slot; once for each reader.
        issued: Table<Bits<SEQUENCE_BITS>, 5>,
        issued_here: Table<Bits<POSITION_BITS>, 5>,
        consumed: Table<Bits<POSITION_BITS>, 5>,
        failed_there: Table<Bits<16>, 5>,
        failed_here: Table<Bits<16>, 5>,
        enabled: DFF<Bits<PORTS>>,
        enabled_users: DFF<Bits<PORTS>>,
        errors: DFF<Bits<PORTS>>,
        errors_users: DFF<Bits<PORTS>>,
        delivered_to: DFF<Bits<PORTS>>,
        delivered_users: DFF<Bits<PORTS>>,
        errs_now: DFF<Bit>,
        happened: DFF<Bits<PORTS>>,
        user_happened: DFF<Bits<PORTS>>,
        idle_here: DFF<Bit>,
        enabled_here: DFF<Bit>,
        interrupt_here: DFF<Bit>,
        user_here: DFF<Bit>,
        shown: DFF<Bits<32>>,

        ring_here: Signal<Local, Bits<5>>,
        ring_there: Signal<Local, Bits<5>>,
        ring_done: Signal<Local, Bits<5>>,
        number: Signal<Local, Bits<4>>,
        here: Signal<Local, Bits<PORTS>>,
        there: Signal<Local, Bits<PORTS>>,
        enabled_now: Signal<Local, Bit>,
        interrupt_now: Signal<Local, Bit>,
        user_now: Signal<Local, Bit>,
        error_now: Signal<Local, Bit>,
        idle_now: Signal<Local, Bit>,
        size: Signal<Local, Bits<5>>,
        size_good: Signal<Local, Bit>,
        bit_number: Signal<Local, Bits<5>>,
        mask: Signal<Local, Bits<10>>,
        sets_first: Signal<Local, Bit>,
        starts: Signal<Local, Bit>,
        stops: Signal<Local, Bit>,
        happens: Signal<Local, Bits<PORTS>>,
        user_happens: Signal<Local, Bits<PORTS>>,
        opens: Signal<Local, Bits<PORTS>>,
        user_opens: Signal<Local, Bits<PORTS>>,
        closes: Signal<Local, Bits<PORTS>>,
        user_closes: Signal<Local, Bits<PORTS>>,
        forgive: Signal<Local, Bits<PORTS>>,
        user_forgive: Signal<Local, Bits<PORTS>>,
        fail: Signal<Local, Bits<PORTS>>,
        user_fail: Signal<Local, Bits<PORTS>>,
        slots: Signal<Local, Bits<BURST_BITS>>,
        next_sequence: Signal<Local, Bits<SEQUENCE_BITS>>,
        position: Signal<Local, Bits<POSITION_BITS>>,
        /// BEHIND of a doorbell, and the same in slots.
        unread: Signal<Local, Bits<11>>,
        kept: Signal<Local, Bits<POSITION_BITS>>,
        used: Signal<Local, Bits<POSITION_BITS>>,
        next_failed: Signal<Local, Bits<16>>,
        high: Signal<Local, Bits<52>>,
        word: Signal<Local, Bits<32>>,
        writes: Signal<Local, Bit>,
        writes_ring: Signal<Local, Bits<5>>,
        smallest: Constant<Bits<5>> = Constant::new(u64::from(MIN_RING_SIZE).into()),
        largest: Constant<Bits<5>> = Constant::new(u64::from(MAX_RING_SIZE).into()),
    }
}

impl<const LINES: usize, const PORTS: usize> Logic for Rings<LINES, PORTS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, enabled, enabled_users, errors, errors_users, delivered_to, delivered_users);
        dff_setup!(self, clock, idle_here, enabled_here, interrupt_here, user_here, shown, errs_now);
        dff_setup!(self, clock, happened, user_happened);
        clock!(self, clock, choose, load, complete, progress, bases_low, bases_high, masks);
        clock!(self, clock, issued, issued_here, consumed, failed_there, failed_here);

        // The ring that the bus looks at, the one that is chosen, the one that completes.
        self.ring_here.next = bit_cast::<5, 4>(self.port.val());
        self.ring_here.next = self.ring_here.val().replace_bit(4, self.user.val());
        self.ring_there.next = bit_cast::<5, 4>(self.choose.port.val());
        self.ring_there.next = self.ring_there.val().replace_bit(4, self.choose.user.val());
        self.ring_done.next = bit_cast::<5, 4>(self.complete.port.val());
        self.ring_done.next = self.ring_done.val().replace_bit(4, self.complete.user.val());
        self.number.next = 0.into();
        self.here.next = 0.into();
        self.there.next = 0.into();
        for i in 0..PORTS {
            self.here.next = self.here.val().replace_bit(i, self.port.val() == self.number.val());
            self.there.next = self.there.val().replace_bit(i, self.complete.port.val() == self.number.val());
            self.number.next = self.number.val() + 1;
        }

        // What the bus sees.
        self.issued_here.read_address.next = self.ring_here.val();
        self.failed_here.read_address.next = self.ring_here.val();
        self.interrupt_now.next = (self.enabled.q.val() & self.here.val()).any();
        self.user_now.next = (self.enabled_users.q.val() & self.here.val()).any();
        self.enabled_now.next = self.interrupt_now.val();
        self.error_now.next = (self.errors.q.val() & self.here.val()).any();
        if self.user.val() {
            self.enabled_now.next = self.user_now.val();
            self.error_now.next = (self.errors_users.q.val() & self.here.val()).any();
        }
        self.idle_now.next =
            !self.enabled_now.val() & (self.issued_here.read_data.val() == self.progress.completed.val());
        self.idle_here.d.next = self.idle_now.val();
        self.enabled_here.d.next = self.enabled_now.val();
        self.interrupt_here.d.next = self.interrupt_now.val();
        self.user_here.d.next = self.user_now.val();
        self.is_enabled.next = self.enabled_here.q.val();
        self.interrupt_enabled.next = self.interrupt_here.q.val();
        self.user_enabled.next = self.user_here.q.val();
        self.word.next = bit_cast::<32, 16>(self.failed_here.read_data.val()) << 16;
        self.word.next = self.word.val().replace_bit(0, self.idle_now.val());
        self.word.next = self.word.val().replace_bit(1, self.enabled_now.val());
        self.word.next = self.word.val().replace_bit(2, self.error_now.val());
        self.shown.d.next = self.word.val();
        self.status.next = self.shown.q.val();

        // What the bus writes. Ring memory is chosen by whoever owns the board, and only while nothing
        // writes there.
        self.size.next = self.data.val().get_bits::<5>(8);
        self.size_good.next =
            (self.size.val() >= self.smallest.val()) & (self.size.val() <= self.largest.val());
        self.sets_first.next = self.write_first_sequence.val() & self.idle_here.q.val();
        self.starts.next = self.write_control.val()
            & self.data.val().get_bit(0)
            & self.idle_here.q.val()
            & self.size_good.val();
        self.stops.next = self.write_control.val() & !self.data.val().get_bit(0);
        self.enables.next = self.starts.val();
        self.refused.next =
            ((self.write_base_low.val() | self.write_base_high.val() | self.write_first_sequence.val())
                & !self.idle_here.q.val())
                | (self.write_control.val() & !self.starts.val() & !self.stops.val());
        self.bit_number.next = 6.into();
        self.mask.next = 0.into();
        for i in 0..10 {
            self.mask.next = self.mask.val().replace_bit(i, self.size.val() > self.bit_number.val());
            self.bit_number.next = self.bit_number.val() + 1;
        }
        self.bases_low.write_enable.next = self.write_base_low.val() & self.idle_here.q.val();
        self.bases_low.write_address.next = self.ring_here.val();
        self.bases_low.write_data.next = self.data.val().get_bits::<20>(12);
        self.bases_high.write_enable.next = self.write_base_high.val() & self.idle_here.q.val();
        self.bases_high.write_address.next = self.ring_here.val();
        self.bases_high.write_data.next = self.data.val();
        self.masks.write_enable.next = self.starts.val();
        self.masks.write_address.next = self.ring_here.val();
        self.masks.write_data.next = self.mask.val();
        self.position.next = self.data.val().get_bits::<POSITION_BITS>(0);
        self.consumed.write_enable.next =
            self.sets_first.val() | (self.doorbell.val() & self.enabled_here.q.val());
        self.consumed.write_address.next = self.ring_here.val();
        self.unread.next = self.data.val().get_bits::<11>(20);
        self.kept.next = 0.into();
        if self.doorbell.val() {
            self.kept.next = bit_cast::<POSITION_BITS, 11>(self.unread.val()) << 6;
        }
        self.used.next = self.position.val() - self.kept.val();
        self.consumed.write_data.next = self.used.val();
        self.progress.here.next = self.ring_here.val();
        self.progress.position.next = self.position.val();
        self.progress.begins.next = self.sets_first.val();
        self.progress.tells.next = self.doorbell.val() & self.enabled_here.q.val();
        self.behind.next = self.progress.behind.val();

        // Choose.
        self.bases_low.read_address.next = self.ring_there.val();
        self.bases_high.read_address.next = self.ring_there.val();
        self.masks.read_address.next = self.ring_there.val();
        self.issued.read_address.next = self.ring_there.val();
        self.consumed.read_address.next = self.ring_there.val();
        self.opens.next = 0.into();
        self.user_opens.next = 0.into();
        self.closes.next = 0.into();
        self.user_closes.next = 0.into();
        self.forgive.next = 0.into();
        self.user_forgive.next = 0.into();
        self.happens.next = 0.into();
        self.user_happens.next = 0.into();
        if self.user.val() {
            if self.starts.val() {
                self.user_opens.next = self.here.val();
            }
            if self.stops.val() {
                self.user_closes.next = self.here.val();
            }
            if self.write_control.val() & self.idle_here.q.val() {
                self.user_forgive.next = self.here.val();
            }
            if self.starts.val() | self.doorbell.val() {
                self.user_happens.next = self.here.val();
            }
        } else {
            if self.starts.val() {
                self.opens.next = self.here.val();
            }
            if self.stops.val() {
                self.closes.next = self.here.val();
            }
            if self.write_control.val() & self.idle_here.q.val() {
                self.forgive.next = self.here.val();
            }
            if self.starts.val() | self.doorbell.val() {
                self.happens.next = self.here.val();
            }
        }
        self.choose.clear.next = self.clear.val();
        self.choose.hold.next = self.hold.val();
        self.choose.pause.next =
            self.bus_acts.val() | self.queue_busy.val() | !self.load.free.val() | !self.complete.room.val();
        self.choose.enabled.next = self.enabled.q.val();
        self.choose.user_enabled.next = self.enabled_users.q.val();
        self.choose.added.next = self.added.val();
        self.choose.user_added.next = self.user_added.val();
        self.happened.d.next = self.happens.val();
        self.user_happened.d.next = self.user_happens.val();
        self.choose.happens.next = self.happened.q.val();
        self.choose.user_happens.next = self.user_happened.q.val();
        self.choose.limit.next = self.write_limit.val();
        self.queue_port.next = self.choose.port.val();
        self.choose.level.next = self.level.val();
        if self.choose.user.val() {
            self.choose.level.next = self.user_level.val();
        }
        self.choose.next_slot.next = self.issued.read_data.val();
        self.choose.consumed.next = self.consumed.read_data.val();
        self.choose.mask.next = self.masks.read_data.val();
        self.high.next = bit_cast::<52, 32>(self.bases_high.read_data.val()) << 20;
        self.choose.base.next = self.high.val() | bit_cast::<52, 20>(self.bases_low.read_data.val());

        // Issue.
        self.slots.next = self.choose.slots.val();
        self.take.next = self.choose.issue.val() & !self.choose.user.val();
        self.take_user.next = self.choose.issue.val() & self.choose.user.val();
        self.taken.next = bit_cast::<8, BURST_BITS>(self.slots.val());
        self.next_sequence.next =
            self.choose.first.val() + bit_cast::<SEQUENCE_BITS, BURST_BITS>(self.slots.val());
        self.writes.next = self.choose.issue.val() | self.sets_first.val();
        self.writes_ring.next = self.ring_there.val();
        if self.sets_first.val() {
            self.writes_ring.next = self.ring_here.val();
            self.next_sequence.next = self.data.val();
        }
        self.issued.write_enable.next = self.writes.val();
        self.issued.write_address.next = self.writes_ring.val();
        self.issued.write_data.next = self.next_sequence.val();
        self.issued_here.write_enable.next = self.writes.val();
        self.issued_here.write_address.next = self.writes_ring.val();
        self.issued_here.write_data.next = self.next_sequence.val().get_bits::<POSITION_BITS>(0);
        self.load.reset.next = self.reset.val();
        self.load.hold.next = self.hold.val();
        self.load.issue.next = self.choose.issue.val();
        self.load.user.next = self.choose.user.val();
        self.load.port.next = self.choose.port.val();
        self.load.place.next = self.place.val();
        if self.choose.user.val() {
            self.load.place.next = self.user_place.val();
        }
        self.load.slots.next = self.choose.slots.val();
        self.load.first_slot_number.next = self.choose.first.val();
        self.load.address.next = self.choose.address.val();
        self.load.taken.next = self.memory_busy.val();
        self.read_port.next = self.load.read_port.val();
        self.read_place.next = self.load.read_place.val();
        self.read_word.next = self.load.read_word.val();
        self.load.packet.next = self.packet.val();
        self.load.words.next = self.words.val();
        self.load.pause.next = self.queue_busy.val();
        self.free_user.next = self.load.loaded_user.val();
        self.free_user_port.next = self.load.user_port.val();
        self.write_valid.next = self.load.valid.val();
        self.load.ready.next = self.write_ready.val();
        self.write_first.next = self.load.first.val();
        self.write_last.next = self.load.last.val();
        self.write_address.next = self.load.burst_address.val();
        self.write_beats.next = self.load.beats.val();
        self.write_data.next = self.load.data.val();

        // Complete.
        self.complete.reset.next = self.reset.val();
        self.complete.clear.next = self.clear.val();
        self.complete.hold.next = self.hold.val();
        self.complete.pause.next = self.bus_acts.val() | self.queue_busy.val();
        self.complete.issue.next = self.choose.issue.val();
        self.complete.burst.next.user = self.choose.user.val();
        self.complete.burst.next.port = self.choose.port.val();
        self.complete.burst.next.slots = self.choose.slots.val();
        self.complete.loaded.next = self.load.loaded.val();
        self.complete.info.next = self.load.info.val();
        self.complete.done.next = self.write_done.val();
        self.complete.failed.next = self.write_failed.val();
        self.complete.error.next = (self.errors.q.val() & self.there.val()).any();
        if self.complete.user.val() {
            self.complete.error.next = (self.errors_users.q.val() & self.there.val()).any();
        }
        self.command_valid.next = self.complete.command_valid.val();
        self.command_line.next = self.complete.command_line.val();
        self.command_gap.next = self.complete.command_gap.val();
        self.command_failed.next = self.complete.command_failed.val();
        self.complete.server_wanted.next = self.server_wanted.val();
        self.complete.command_taken.next = self.command_taken.val();
        self.free.next = self.complete.frees.val();
        self.free_port.next = self.complete.port.val();
        self.progress.there.next = self.ring_done.val();
        self.progress.completes.next = self.complete.completes.val();
        self.progress.slots.next = self.complete.completed.val();
        self.failed_there.read_address.next = self.ring_done.val();
        self.next_failed.next = self.failed_there.read_data.val() + 1;
        self.writes.next = self.complete.loses.val() | self.starts.val();
        self.writes_ring.next = self.ring_done.val();
        if self.starts.val() {
            self.writes_ring.next = self.ring_here.val();
            self.next_failed.next = 0.into();
        }
        self.failed_there.write_enable.next = self.writes.val();
        self.failed_there.write_address.next = self.writes_ring.val();
        self.failed_there.write_data.next = self.next_failed.val();
        self.failed_here.write_enable.next = self.writes.val();
        self.failed_here.write_address.next = self.writes_ring.val();
        self.failed_here.write_data.next = self.next_failed.val();
        self.delivered_to.d.next = 0.into();
        self.delivered_users.d.next = 0.into();
        self.fail.next = 0.into();
        self.user_fail.next = 0.into();
        if self.complete.user.val() {
            if self.complete.delivers.val() & self.progress.beyond.val() {
                self.delivered_users.d.next = self.there.val();
            }
            if self.complete.fails.val() {
                self.user_fail.next = self.there.val();
            }
        } else {
            if self.complete.delivers.val() & self.progress.beyond.val() {
                self.delivered_to.d.next = self.there.val();
            }
            if self.complete.fails.val() {
                self.fail.next = self.there.val();
            }
        }
        self.delivered.next = self.delivered_to.q.val();
        self.user_delivered.next = self.delivered_users.q.val();

        // What is on.
        self.enabled.d.next =
            (self.enabled.q.val() | self.opens.val()) & (!self.closes.val()) & (!self.fail.val());
        self.enabled_users.d.next = (self.enabled_users.q.val() | self.user_opens.val())
            & (!self.user_closes.val())
            & (!self.user_fail.val());
        self.errors.d.next = (self.errors.q.val() & (!self.forgive.val())) | self.fail.val();
        self.errors_users.d.next =
            (self.errors_users.q.val() & (!self.user_forgive.val())) | self.user_fail.val();
        self.errs_now.d.next = (self.fail.val().any() | self.user_fail.val().any()) & !self.clear.val();
        self.errs.next = self.errs_now.q.val();
        if self.clear.val() {
            self.enabled.d.next = 0.into();
            self.enabled_users.d.next = 0.into();
            self.errors.d.next = 0.into();
            self.errors_users.d.next = 0.into();
        }
        self.enabled_ports.next = self.enabled.q.val();
        self.user_enabled_ports.next = self.enabled_users.q.val();
        self.error.next = self.errors.q.val().any() | self.errors_users.q.val().any();
        self.flushing.next = self.complete.flushing.val();
        self.quiet.next = self.choose.quiet.val() & self.load.quiet.val() & self.complete.quiet.val();
    }
}
