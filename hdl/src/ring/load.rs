//! From the port queues to beats of 64 bits: reads the slots of one burst after the other, puts check and
//! sequence number in, and gives the beats out.
//!
//! A slot is read while the one before it goes out. The trailer of both kinds of slots, their last two
//! beats, is beats six and seven here, so an interrupt slot begins with beat four. `data`, `valid` and what
//! goes with them are registers.

use rust_hdl::prelude::*;

use super::{BURST_BITS, Packet, SEQUENCE_BITS};
use crate::slot::Slot;

/// A slot as it goes out, but for check and sequence number.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Stage {
    /// Words 0 to 3 of a user packet.
    pub first: Bits<128>,
    /// Words 4 to 7 of a user packet.
    pub second: Bits<128>,
    /// Words 8 to 11 of a user packet; ticks and the edges counted before of an interrupt packet.
    pub third: Bits<128>,
    /// Line, kind, flags.
    pub header: Bits<32>,
    /// Generation.
    pub generation: Bits<16>,
    /// Where the check goes.
    pub check: Bits<16>,
    /// Count.
    pub count: Bits<32>,
    /// Where the sequence number goes.
    pub sequence: Bits<32>,
}

/// Reads and gives out.
#[derive(LogicBlock, Default)]
pub struct Load {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forgets the burst.
    pub reset: Signal<In, Bit>,
    /// Queues are being cleared: packets that are read from now on are there no more.
    pub hold: Signal<In, Bit>,
    /// A burst of `slots` slots is to be read.
    pub issue: Signal<In, Bit>,
    /// From the user class.
    pub user: Signal<In, Bit>,
    /// Of this port.
    pub port: Signal<In, Bits<4>>,
    /// Beginning with this packet of its queue.
    pub place: Signal<In, Bits<8>>,
    /// How many.
    pub slots: Signal<In, Bits<BURST_BITS>>,
    /// Sequence number of the first.
    pub first_slot_number: Signal<In, Bits<SEQUENCE_BITS>>,
    /// Where it goes.
    pub address: Signal<In, Bits<64>>,
    /// A burst can be issued now.
    pub free: Signal<Out, Bit>,

    /// The queues' memories are somebody else's in this clock.
    pub taken: Signal<In, Bit>,
    /// Reads that packet.
    pub read_port: Signal<Out, Bits<4>>,
    /// Its place.
    pub read_place: Signal<Out, Bits<8>>,
    /// These words of a user packet: this one, and the fourth and the eighth behind it.
    pub read_word: Signal<Out, Bits<2>>,
    /// The interrupt packet, one clock later.
    pub packet: Signal<In, Slot>,
    /// The words, one clock later.
    pub words: Signal<In, Bits<96>>,

    /// An interrupt packet was read one clock ago.
    pub loaded: Signal<Out, Bit>,
    /// What is to be known of it when it is written.
    pub info: Signal<Out, Packet>,
    /// A user packet was read from `user_port`; its place may be used again.
    pub loaded_user: Signal<Out, Bit>,
    /// A port.
    pub user_port: Signal<Out, Bits<4>>,
    /// That cannot be told in this clock.
    pub pause: Signal<In, Bit>,

    /// A beat.
    pub valid: Signal<Out, Bit>,
    /// It is taken.
    pub ready: Signal<In, Bit>,
    /// The first of its burst.
    pub first: Signal<Out, Bit>,
    /// The last one.
    pub last: Signal<Out, Bit>,
    /// The burst's address, beside `first`.
    pub burst_address: Signal<Out, Bits<64>>,
    /// Its beats, beside `first`.
    pub beats: Signal<Out, Bits<8>>,
    /// The beat's data.
    pub data: Signal<Out, Bits<64>>,
    /// Nothing is under way.
    pub quiet: Signal<Out, Bit>,

    // The burst that is read.
    reading: DFF<Bit>,
    is_user: DFF<Bit>,
    port_kept: DFF<Bits<4>>,
    place_kept: DFF<Bits<8>>,
    left: DFF<Bits<BURST_BITS>>,
    next: DFF<Bits<SEQUENCE_BITS>>,
    first_slot: DFF<Bit>,
    target: DFF<Bits<64>>,
    target_beats: DFF<Bits<8>>,
    stale: DFF<Bit>,
    /// The packet is on the memory's output, or all of it has been.
    there: DFF<Bit>,
    /// Words of a user packet that were asked for, and those asked for one clock ago.
    asked: DFF<Bits<3>>,
    arriving: DFF<Bit>,
    arriving_word: DFF<Bits<2>>,
    user_first: DFF<Bits<128>>,
    user_second: DFF<Bits<128>>,
    user_third: DFF<Bits<128>>,

    // What is told of the packet that was read.
    told: DFF<Bit>,
    told_info: DFF<Packet>,
    freed: DFF<Bit>,
    freed_port: DFF<Bits<4>>,

    // The slot that goes out.
    staged: DFF<Bit>,
    stage: DFF<Stage>,
    stage_user: DFF<Bit>,
    stage_first: DFF<Bit>,
    stage_last: DFF<Bit>,
    beat: DFF<Bits<3>>,
    check: DFF<Bits<16>>,

    // The beat that stands.
    out_valid: DFF<Bit>,
    out_first: DFF<Bit>,
    out_last: DFF<Bit>,
    out_address: DFF<Bits<64>>,
    out_beats: DFF<Bits<8>>,
    out_data: DFF<Bits<64>>,

    moves: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
    loads: Signal<Local, Bit>,
    asks: Signal<Local, Bit>,
    line: Signal<Local, Bits<10>>,
    header: Signal<Local, Bits<32>>,
    first_words: Signal<Local, Bits<32>>,
    second_words: Signal<Local, Bits<32>>,
    third_words: Signal<Local, Bits<32>>,
    ticks: Signal<Local, Bits<64>>,
    counted: Signal<Local, Bits<64>>,
    staged_slot: Signal<Local, Stage>,
    user_fold: Signal<Local, Bits<128>>,
    fold: Signal<Local, Bits<128>>,
    fold_half: Signal<Local, Bits<64>>,
    fold_pair: Signal<Local, Bits<32>>,
    all: Signal<Local, Bits<512>>,
    half: Signal<Local, Bits<256>>,
    quarter: Signal<Local, Bits<128>>,
    one_beat: Signal<Local, Bits<64>>,
    wide_slots: Signal<Local, Bits<8>>,
}

impl Logic for Load {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, reading, is_user, port_kept, place_kept, left, next, first_slot, target);
        dff_setup!(self, clock, target_beats, stale, there, asked, arriving, arriving_word);
        dff_setup!(self, clock, user_first, user_second, user_third);
        dff_setup!(self, clock, staged, stage, stage_user, stage_first, stage_last, beat);
        dff_setup!(self, clock, check, told, told_info, freed, freed_port);
        dff_setup!(self, clock, out_valid, out_first, out_last, out_address, out_beats, out_data);

        self.moves.next = self.staged.q.val() & (!self.out_valid.q.val() | self.ready.val());
        self.ends.next = self.moves.val() & self.beat.q.val().all();
        self.loads.next = self.there.q.val() & (!self.staged.q.val() | self.ends.val());

        // Read. An interrupt packet stays on the memory's output until it is loaded, unless somebody else
        // reads; a user packet is gathered from four reads.
        self.read_port.next = self.port_kept.q.val();
        self.read_place.next = self.place_kept.q.val();
        self.read_word.next = self.asked.q.val().get_bits::<2>(0);
        self.asks.next = self.reading.q.val() & !self.taken.val() & !self.asked.q.val().get_bit(2);
        self.arriving.d.next = self.asks.val() & self.is_user.q.val();
        self.arriving_word.d.next = self.asked.q.val().get_bits::<2>(0);
        if self.asks.val() & self.is_user.q.val() {
            self.asked.d.next = self.asked.q.val() + 1;
        }
        self.there.d.next = self.asks.val();
        if self.is_user.q.val() {
            self.there.d.next =
                self.there.q.val() | (self.arriving.q.val() & self.arriving_word.q.val().all());
        }
        // Words come in order, so each bank's are shifted in.
        self.first_words.next = self.words.val().get_bits::<32>(0);
        self.second_words.next = self.words.val().get_bits::<32>(32);
        self.third_words.next = self.words.val().get_bits::<32>(64);
        if self.arriving.q.val() {
            self.user_first.d.next =
                (self.user_first.q.val() >> 32) | (bit_cast::<128, 32>(self.first_words.val()) << 96);
            self.user_second.d.next =
                (self.user_second.q.val() >> 32) | (bit_cast::<128, 32>(self.second_words.val()) << 96);
            self.user_third.d.next =
                (self.user_third.q.val() >> 32) | (bit_cast::<128, 32>(self.third_words.val()) << 96);
        }
        self.stale.d.next = self.stale.q.val() | self.hold.val();
        if self.loads.val() {
            self.there.d.next = false;
            self.asked.d.next = 0.into();
            self.place_kept.d.next = self.place_kept.q.val() + 1;
            self.next.d.next = self.next.q.val() + 1;
            self.left.d.next = self.left.q.val() - 1;
            self.first_slot.d.next = false;
            if self.left.q.val() == 1 {
                self.reading.d.next = false;
            }
        }
        // Told a clock later. A slot takes four beats, so nothing else is to be told meanwhile.
        self.told.d.next = self.loads.val() & !self.is_user.q.val();
        self.told_info.d.next.line = self.packet.val().line;
        self.told_info.d.next.gap = self.packet.val().gap;
        self.told_info.d.next.shared = self.packet.val().shared;
        self.loaded.next = self.told.q.val();
        self.info.next = self.told_info.q.val();
        self.freed.d.next = self.freed.q.val() & self.pause.val();
        if self.loads.val() & self.is_user.q.val() {
            self.freed.d.next = !self.stale.q.val() & !self.hold.val();
            self.freed_port.d.next = self.port_kept.q.val();
        }
        self.loaded_user.next = self.freed.q.val() & !self.pause.val();
        self.user_port.next = self.freed_port.q.val();

        // The next burst. Its address must not replace one that did not go out yet.
        self.free.next = !self.reading.q.val() & !self.stage_first.q.val();
        self.wide_slots.next = bit_cast::<8, BURST_BITS>(self.slots.val());
        if self.issue.val() {
            self.reading.d.next = true;
            self.is_user.d.next = self.user.val();
            self.port_kept.d.next = self.port.val();
            self.place_kept.d.next = self.place.val();
            self.left.d.next = self.slots.val();
            self.next.d.next = self.first_slot_number.val();
            self.first_slot.d.next = true;
            self.stale.d.next = false;
            self.target.d.next = self.address.val();
            self.target_beats.d.next = self.wide_slots.val() << 2;
            if self.user.val() {
                self.target_beats.d.next = self.wide_slots.val() << 3;
            }
        }

        // Stage.
        self.line.next = self.packet.val().line;
        self.ticks.next = self.packet.val().ticks;
        self.counted.next = self.packet.val().before;
        self.header.next = bit_cast::<32, 10>(self.line.val());
        self.header.next = self.header.val().replace_bit(16, self.packet.val().gap);
        self.header.next = self.header.val().replace_bit(24, self.packet.val().level);
        self.header.next = self.header.val().replace_bit(25, self.packet.val().saturated);
        if self.moves.val() {
            self.beat.d.next = self.beat.q.val() + 1;
            self.stage_first.d.next = false;
        }
        if self.ends.val() {
            self.staged.d.next = false;
        }
        if self.loads.val() {
            self.staged.d.next = true;
            self.stage_user.d.next = self.is_user.q.val();
            self.stage.d.next.sequence = self.next.q.val();
            self.stage_first.d.next = self.first_slot.q.val();
            self.stage_last.d.next = self.left.q.val() == 1;
            self.stage.d.next.check = 0.into();
            if self.is_user.q.val() {
                self.beat.d.next = 0.into();
                self.stage.d.next.first = self.user_first.q.val();
                self.stage.d.next.second = self.user_second.q.val();
                self.stage.d.next.third = self.user_third.q.val();
                self.stage.d.next.header = 0.into();
                self.stage.d.next.generation = 0.into();
                self.stage.d.next.count = 0.into();
            } else {
                self.beat.d.next = 4.into();
                self.stage.d.next.third =
                    bit_cast::<128, 64>(self.ticks.val()) | (bit_cast::<128, 64>(self.counted.val()) << 64);
                self.stage.d.next.header = self.header.val();
                self.stage.d.next.generation = self.packet.val().generation;
                self.stage.d.next.count = self.packet.val().count;
            }
        }

        // The check: two clocks after the slot was staged, when its beat comes at the earliest. What was
        // left of a user packet is no part of an interrupt slot.
        self.all.next = self.stage.q.val().into();
        self.user_fold.next = 0.into();
        if self.stage_user.q.val() {
            self.user_fold.next = self.all.val().get_bits::<128>(0) ^ self.all.val().get_bits::<128>(128);
        }
        self.fold.next =
            self.user_fold.val() ^ self.all.val().get_bits::<128>(256) ^ self.all.val().get_bits::<128>(384);
        self.fold_half.next = self.fold.val().get_bits::<64>(0) ^ self.fold.val().get_bits::<64>(64);
        self.fold_pair.next =
            self.fold_half.val().get_bits::<32>(0) ^ self.fold_half.val().get_bits::<32>(32);
        self.check.d.next = self.fold_pair.val().get_bits::<16>(0) ^ self.fold_pair.val().get_bits::<16>(16);

        // The beat.
        self.staged_slot.next = self.stage.q.val();
        self.staged_slot.next.check = self.check.q.val();
        self.all.next = self.staged_slot.val().into();
        self.half.next = self.all.val().get_bits::<256>(0);
        if self.beat.q.val().get_bit(2) {
            self.half.next = self.all.val().get_bits::<256>(256);
        }
        self.quarter.next = self.half.val().get_bits::<128>(0);
        if self.beat.q.val().get_bit(1) {
            self.quarter.next = self.half.val().get_bits::<128>(128);
        }
        self.one_beat.next = self.quarter.val().get_bits::<64>(0);
        if self.beat.q.val().get_bit(0) {
            self.one_beat.next = self.quarter.val().get_bits::<64>(64);
        }
        if self.ready.val() {
            self.out_valid.d.next = false;
        }
        if self.moves.val() {
            self.out_valid.d.next = true;
            self.out_data.d.next = self.one_beat.val();
            self.out_first.d.next = self.stage_first.q.val();
            self.out_last.d.next = self.stage_last.q.val() & self.beat.q.val().all();
            if self.stage_first.q.val() {
                self.out_address.d.next = self.target.q.val();
                self.out_beats.d.next = self.target_beats.q.val();
            }
        }
        if self.reset.val() {
            self.reading.d.next = false;
            self.there.d.next = false;
            self.told.d.next = false;
            self.freed.d.next = false;
            self.asked.d.next = 0.into();
            self.arriving.d.next = false;
            self.staged.d.next = false;
            self.stage_first.d.next = false;
            self.out_valid.d.next = false;
        }
        self.valid.next = self.out_valid.q.val();
        self.first.next = self.out_first.q.val();
        self.last.next = self.out_last.q.val();
        self.burst_address.next = self.out_address.q.val();
        self.beats.next = self.out_beats.q.val();
        self.data.next = self.out_data.q.val();
        self.quiet.next = !self.reading.q.val() & !self.staged.q.val() & !self.out_valid.q.val();
    }
}

const _: () = {
    use portolan_regs::slot;
    assert!(slot::TICKS == 0 && slot::COUNTED_BEFORE == 2 && slot::HEADER == 4 && slot::BINDING == 5);
    assert!(slot::COUNT == 6 && slot::SEQUENCE == 7 && slot::INTERRUPT_WORDS == 8 && slot::USER_WORDS == 16);
    assert!(slot::KIND.low == 16 && slot::kind::GAP == 1 && slot::FLAGS.low == 24);
    assert!(slot::flag::LEVEL == 1 && slot::flag::SATURATED == 2);
    assert!(slot::GENERATION.low == 0 && slot::CHECK.low == 16);
};
