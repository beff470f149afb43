//! The read side of the register bus.
//!
//! Decode, fetch (queue heads are addressed; waits while a write uses them), gather (each area
//! picks its word), answer. Reads change nothing. A hole reads zero, with an error.

use portolan_regs::map::{bank, control, line, port, port_control};
use portolan_regs::{ID, LAYOUT_HASH, VERSION};
use rust_hdl::prelude::*;

use crate::decode::{ADDRESS_BITS, Decode};
use crate::latch::Latched;
use crate::macros::block;
use crate::pick::Pick;
use crate::slot::Slot;
use crate::snapshot::Snapshot;
use crate::words::{self, Counts, HeadWords, Identity, PortWords};

/// Where a read is.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum State {
    /// Nothing to do.
    Idle,
    /// A read came.
    Decode,
    /// The heads are addressed.
    Fetch,
    /// The words are there.
    Gather,
    /// Answer.
    Answer,
}

/// The area in which a word was asked for; none set is a hole.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Place {
    control: Bit,
    bank: Bit,
    line: Bit,
    port_control: Bit,
    port: Bit,
}

fn value(value: u32) -> Constant<Bits<32>> {
    Constant::new(u64::from(value).into())
}

block! {
    /// The read side for `LINES` lines and `PORTS` ports at `hertz` ticks per second, which says that there are so
    /// many MSI-X vectors.
    pub struct ReadBus<const LINES: usize, const PORTS: usize>
    new(hertz: u32, depth: usize, user_depth: usize, rings: usize, vectors: usize) {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// Forgets the read under way.
        pub reset: Signal<In, Bit>,
        /// One clock: a read starts.
        pub read_valid: Signal<In, Bit>,
        /// Its address, until done.
        pub read_address: Signal<In, Bits<ADDRESS_BITS>>,
        /// One clock: `read_data` is there.
        pub read_done: Signal<Out, Bit>,
        /// Beside it: the word.
        pub read_data: Signal<Out, Bits<32>>,
        /// Beside it: there is no such word.
        pub read_error: Signal<Out, Bit>,
        /// The queues show the port addressed by a write.
        pub port_taken: Signal<In, Bit>,

        /// Ticks.
        pub now: Signal<In, Bits<64>>,
        /// STATUS.IDLE.
        pub idle: Signal<In, Bit>,
        /// STATUS.RESETTING.
        pub resetting: Signal<In, Bit>,
        /// STATUS.IRQ.
        pub irq: Signal<In, Bit>,
        /// STATUS.ERROR.
        pub error: Signal<In, Bit>,
        /// EPOCH.
        pub epoch: Signal<In, Bits<16>>,
        /// SCRATCH.
        pub scratch: Signal<In, Bits<32>>,
        /// IRQ_ENABLE.
        pub irq_enable: Signal<In, Bit>,
        /// STALE.
        pub stale: Signal<In, Bits<16>>,
        /// BAD_TAGS.
        pub bad_tags: Signal<In, Bits<16>>,
        /// PARTIAL_WRITES.
        pub partial_writes: Signal<In, Bits<16>>,
        /// HOLES.
        pub holes: Signal<In, Bits<16>>,
        /// POST_DROPS.
        pub post_drops: Signal<In, Bits<16>>,
        /// The last snapshot.
        pub snapshot: Signal<In, Snapshot>,
        /// LEVEL.
        pub level: Signal<In, Bits<LINES>>,
        /// IN_FLIGHT.
        pub in_flight: Signal<In, Bits<LINES>>,
        /// FIRED.
        pub fired: Signal<In, Bits<16>>,
        /// Line addressed.
        pub line: Signal<Out, Bits<10>>,
        /// Its CONFIG, one clock later.
        pub settings: Signal<In, Bits<16>>,
        /// Port addressed.
        pub port: Signal<Out, Bits<4>>,
        /// Its MODERATION, one clock later.
        pub moderation: Signal<In, Bits<32>>,
        /// Its ring addressed is that of user packets.
        pub ring_user: Signal<Out, Bit>,
        /// That ring's STATUS, one clock later.
        pub ring_status: Signal<In, Bits<32>>,
        /// The queues' memories are read for this side.
        pub reads_memory: Signal<Out, Bit>,
        /// What it has latched, one clock later.
        pub latched: Signal<In, Latched>,
        /// Its interrupt head, one clock later.
        pub head: Signal<In, Slot>,
        /// Word of its user head to show.
        pub head_word: Signal<Out, Bits<4>>,
        /// That word, one clock later.
        pub user_head: Signal<In, Bits<32>>,
        /// Packets in its interrupt class, one clock later.
        pub queued: Signal<In, Bits<8>>,
        /// Packets in its user class, one clock later.
        pub user_queued: Signal<In, Bits<8>>,
        /// A hole was read.
        pub hole: Signal<Out, Bit>,
        /// No read is under way.
        pub quiet: Signal<Out, Bit>,

        decode: Decode = Decode::new(LINES, PORTS),
        identity_pick: Pick,
        counts_pick: Pick,
        snapshot_pick: Pick,
        port_pick: Pick,
        head_pick: Pick,
        state: DFF<State>,
        place: DFF<Place>,
        line_number: DFF<Bits<10>>,
        port_number: DFF<Bits<4>>,
        word_number: DFF<Bits<6>>,
        vector: DFF<Bits<5>>,
        upper: DFF<Bit>,
        control_word: DFF<Bits<32>>,
        port_word: DFF<Bits<32>>,
        other_word: DFF<Bits<32>>,

        needs_port: Signal<Local, Bit>,
        word: Signal<Local, Bits<6>>,
        high_word: Signal<Local, Bit>,
        group: Signal<Local, Bits<2>>,
        index: Signal<Local, Bits<4>>,
        identity: Signal<Local, Identity>,
        counts: Signal<Local, Counts>,
        port_words: Signal<Local, PortWords>,
        head_words: Signal<Local, HeadWords>,
        head_line: Signal<Local, Bits<10>>,
        wide_snapshot: Signal<Local, Bits<448>>,
        free: Signal<Local, Bits<8>>,
        bank_bits: Signal<Local, Bits<64>>,
        settings_word: Signal<Local, Bits<32>>,

        control_exists: Constant<Bits<64>> = Constant::new(words::exist_in_control()),
        line_exists: Constant<Bits<64>> = Constant::new(words::exist(&line::AREA)),
        port_control_exists: Constant<Bits<64>> = Constant::new(words::exist_in_port_control(rings)),
        port_exists: Constant<Bits<64>> = Constant::new(words::exist(&port::AREA)),
        level_vector: Constant<Bits<5>> = Constant::new(u64::from(bank::LEVEL >> 7).into()),
        in_flight_vector: Constant<Bits<5>> = Constant::new(u64::from(bank::IN_FLIGHT >> 7).into()),
        fired_vector: Constant<Bits<5>> = Constant::new(u64::from(bank::FIRED >> 7).into()),
        at_settings: Constant<Bits<6>> = Constant::new(u64::from(line::CONFIG / 4).into()),
        id: Constant<Bits<32>> = value(ID),
        version: Constant<Bits<32>> = value(VERSION),
        hash: Constant<Bits<32>> = value(LAYOUT_HASH),
        size: Constant<Bits<32>> =
            value(control::CAP_SIZE::LINES.put(LINES as u32) | control::CAP_SIZE::PORTS.put(PORTS as u32)),
        depths: Constant<Bits<32>> = value(
            control::CAP_DEPTH::INTERRUPT.put(depth as u32) | control::CAP_DEPTH::USER.put(user_depth as u32),
        ),
        hertz: Constant<Bits<32>> = value(hertz),
        features: Constant<Bits<32>> = value(
            control::CAP_FEATURES::PULL.put(1)
                | control::CAP_FEATURES::POST.put(1)
                | control::CAP_FEATURES::RINGS.put(rings as u32)
                | control::CAP_FEATURES::MSIX.put((vectors != 0).into())
                | control::CAP_FEATURES::ADDRESS.put(64 * rings as u32)
                | control::CAP_FEATURES::STRIDE.put(port::AREA.stride.ilog2()),
        ),
        vectors: Constant<Bits<32>> = value(control::CAP_VECTORS::VECTORS.put(vectors as u32)),
        at_moderation: Constant<Bits<6>> = Constant::new(u64::from(port_control::MODERATION / 4).into()),
        at_ring_status: Constant<Bits<6>> = Constant::new(u64::from(port_control::RING_STATUS / 4).into()),
        at_user_status: Constant<Bits<6>> = Constant::new(u64::from(port_control::USER_RING_STATUS / 4).into()),
        user_places: Constant<Bits<8>> = Constant::new((user_depth as u64).into()),
    }
}

impl<const LINES: usize, const PORTS: usize> Logic for ReadBus<LINES, PORTS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, place, line_number, port_number, word_number, vector, upper);
        dff_setup!(self, clock, control_word, port_word, other_word);

        // Decode.
        self.decode.address.next = self.read_address.val();
        self.word.next = self.decode.word.val().get_bits::<6>(0);
        self.high_word.next = self.decode.word.val().get_bits::<4>(6).any();
        self.place.d.next.control = self.decode.control.val()
            & !self.high_word.val()
            & self.control_exists.val().get_bit(self.word.val().index());
        self.place.d.next.bank = self.decode.bank.val();
        self.place.d.next.line =
            self.decode.line.val() & self.line_exists.val().get_bit(self.word.val().index());
        self.place.d.next.port_control =
            self.decode.port_control.val() & self.port_control_exists.val().get_bit(self.word.val().index());
        self.place.d.next.port = self.decode.port.val()
            & !self.high_word.val()
            & self.port_exists.val().get_bit(self.word.val().index());
        self.line_number.d.next = self.decode.line_index.val();
        self.port_number.d.next = self.decode.port_index.val();
        self.word_number.d.next = self.word.val();
        self.vector.d.next = self.decode.vector.val();
        self.upper.d.next = self.decode.vector_word.val().any();
        self.port.next = self.port_number.q.val();
        self.line.next = self.line_number.q.val();
        self.ring_user.next = self.word_number.q.val() == self.at_user_status.val();
        self.reads_memory.next = (self.state.q.val() == State::Fetch) & self.place.q.val().port;

        // The answer, when the areas have been gathered.
        self.read_data.next = self.control_word.q.val() | self.port_word.q.val() | self.other_word.q.val();
        self.read_error.next = !(self.place.q.val().control
            | self.place.q.val().bank
            | self.place.q.val().line
            | self.place.q.val().port_control
            | self.place.q.val().port);

        self.needs_port.next = self.place.q.val().port | self.place.q.val().port_control;
        self.read_done.next = false;
        self.hole.next = false;
        match self.state.q.val() {
            State::Idle => {
                if self.read_valid.val() {
                    self.state.d.next = State::Decode;
                }
            }
            State::Decode => {
                self.state.d.next = State::Fetch;
            }
            State::Fetch => {
                if !self.port_taken.val() | !self.needs_port.val() {
                    self.state.d.next = State::Gather;
                }
            }
            State::Gather => {
                self.state.d.next = State::Answer;
            }
            State::Answer => {
                self.read_done.next = true;
                self.hole.next = self.read_error.val();
                self.state.d.next = State::Idle;
            }
            _ => {
                self.state.d.next = State::Idle;
            }
        }
        if self.reset.val() {
            self.state.d.next = State::Idle;
        }
        self.quiet.next = self.state.q.val() == State::Idle;

        // Gather. What depends on the port answers in the clock after Fetch.
        self.group.next = self.word_number.q.val().get_bits::<2>(4);
        self.index.next = self.word_number.q.val().get_bits::<4>(0);
        self.identity.next.id = self.id.val();
        self.identity.next.version = self.version.val();
        self.identity.next.hash = self.hash.val();
        self.identity.next.idle = self.idle.val();
        self.identity.next.resetting = self.resetting.val();
        self.identity.next.irq = self.irq.val();
        self.identity.next.error = self.error.val();
        self.identity.next.status_spare = 0.into();
        self.identity.next.alive = self.now.val().get_bits::<31>(0);
        self.identity.next.alive_spare = false;
        self.identity.next.epoch = self.epoch.val();
        self.identity.next.epoch_spare = 0.into();
        self.identity.next.size = self.size.val();
        self.identity.next.depth = self.depths.val();
        self.identity.next.hertz = self.hertz.val();
        self.identity.next.features = self.features.val();
        self.identity.next.vectors = self.vectors.val();
        self.identity.next.vectors_spare = 0.into();
        self.identity.next.ticks = self.now.val();
        self.identity.next.scratch = self.scratch.val();
        self.identity.next.scratch_spare = 0.into();
        self.identity_pick.words.next = self.identity.val().into();
        self.identity_pick.index.next = self.index.val();
        self.counts.next.reset = 0.into();
        self.counts.next.irq_enable = self.irq_enable.val();
        self.counts.next.irq_spare = 0.into();
        self.counts.next.snapshot = 0.into();
        self.counts.next.stale = bit_cast::<32, 16>(self.stale.val());
        self.counts.next.bad_tags = bit_cast::<32, 16>(self.bad_tags.val());
        self.counts.next.partial_writes = bit_cast::<32, 16>(self.partial_writes.val());
        self.counts.next.holes = bit_cast::<32, 16>(self.holes.val());
        self.counts.next.post_drops = bit_cast::<32, 16>(self.post_drops.val());
        self.counts.next.spare = 0.into();
        self.counts_pick.words.next = self.counts.val().into();
        self.counts_pick.index.next = self.index.val();
        self.wide_snapshot.next = self.snapshot.val().into();
        self.snapshot_pick.words.next = bit_cast::<512, 448>(self.wide_snapshot.val());
        self.snapshot_pick.index.next = self.index.val();
        self.control_word.d.next = 0.into();
        if self.place.q.val().control {
            self.control_word.d.next = self.snapshot_pick.word.val();
            if self.group.val() == 0 {
                self.control_word.d.next = self.identity_pick.word.val();
            }
            if self.group.val() == 1 {
                self.control_word.d.next = self.counts_pick.word.val();
            }
        }

        self.free.next = self.user_places.val() - self.user_queued.val();
        self.port_words.next.commands = 0.into();
        self.port_words.next.tag = self.latched.val().tag;
        self.port_words.next.valid = self.latched.val().valid;
        self.port_words.next.user = self.latched.val().user;
        self.port_words.next.status_spare = 0.into();
        self.port_words.next.level = bit_cast::<16, 8>(self.queued.val());
        self.port_words.next.user_level = bit_cast::<16, 8>(self.user_queued.val());
        self.port_words.next.credits = bit_cast::<32, 8>(self.free.val());
        self.port_words.next.spare = 0.into();
        self.port_pick.words.next = self.port_words.val().into();
        self.port_pick.index.next = self.index.val();
        self.head_line.next = self.head.val().line;
        self.head_words.next.ticks = self.head.val().ticks;
        self.head_words.next.before = self.head.val().before;
        self.head_words.next.line = bit_cast::<16, 10>(self.head_line.val());
        self.head_words.next.gap = self.head.val().gap;
        self.head_words.next.kind_spare = 0.into();
        self.head_words.next.level = self.head.val().level;
        self.head_words.next.saturated = self.head.val().saturated;
        self.head_words.next.flags_spare = 0.into();
        self.head_words.next.generation = self.head.val().generation;
        self.head_words.next.check = 0.into();
        self.head_words.next.count = self.head.val().count;
        self.head_words.next.sequence = 0.into();
        self.head_words.next.spare = 0.into();
        self.head_pick.words.next = self.head_words.val().into();
        self.head_pick.index.next = self.index.val();
        self.head_word.next = self.index.val();
        self.port_word.d.next = 0.into();
        if self.place.q.val().port {
            if self.group.val() == 0 {
                self.port_word.d.next = self.port_pick.word.val();
            }
            if (self.group.val() == 1) & self.latched.val().valid {
                self.port_word.d.next = self.head_pick.word.val();
                if self.latched.val().user {
                    self.port_word.d.next = self.user_head.val();
                }
            }
        }

        self.bank_bits.next = 0.into();
        if self.vector.q.val() == self.level_vector.val() {
            self.bank_bits.next = bit_cast::<64, LINES>(self.level.val());
        }
        if self.vector.q.val() == self.in_flight_vector.val() {
            self.bank_bits.next = bit_cast::<64, LINES>(self.in_flight.val());
        }
        if self.vector.q.val() == self.fired_vector.val() {
            self.bank_bits.next = bit_cast::<64, 16>(self.fired.val());
        }
        self.settings_word.next = 0.into();
        if self.word_number.q.val() == self.at_settings.val() {
            self.settings_word.next = bit_cast::<32, 16>(self.settings.val());
        }
        self.other_word.d.next = 0.into();
        if self.place.q.val().bank {
            self.other_word.d.next = self.bank_bits.val().get_bits::<32>(0);
            if self.upper.q.val() {
                self.other_word.d.next = self.bank_bits.val().get_bits::<32>(32);
            }
        }
        if self.place.q.val().line {
            self.other_word.d.next = self.settings_word.val();
        }
        if self.place.q.val().port_control {
            if self.word_number.q.val() == self.at_moderation.val() {
                self.other_word.d.next = self.moderation.val();
            }
            if (self.word_number.q.val() == self.at_ring_status.val())
                | (self.word_number.q.val() == self.at_user_status.val())
            {
                self.other_word.d.next = self.ring_status.val();
            }
        }
    }
}
