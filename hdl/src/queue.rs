//! The port queues: per port an interrupt class and a user class, in memories that all ports share.
//!
//! A class is a FIFO. Its head stays until it is popped, so whoever reads it needs no copy. The
//! interrupt class never overflows: the server asks for room (see `places`) before it pushes. The
//! user class refuses what does not fit, and a packet of which it refused a word.
//!
//! Positions count packets since reset; their low bits are the place in the memory. The bus looks at
//! one port at a time, `port`; the server pushes to any; rings look at `ring_port` and take from it.
//!
//! What a ring takes leaves the level at once. Its place is used again only when the ring has read the user
//! packet, or the server knows that the interrupt packet was written.

use rust_hdl::prelude::*;

use crate::macros::block;
use crate::memory::BlockRam;
use crate::places::Places;
use crate::slot::Slot;
use crate::table::Table;
use crate::tally::Tally;

/// Bits of a position (`portolan_regs::POSITION_BITS`).
pub const POSITION_BITS: usize = 20;
const _: () = assert!(POSITION_BITS as u32 == portolan_regs::POSITION_BITS);

/// Words of a user packet.
pub const USER_WORDS: usize = 12;
const _: () = assert!(USER_WORDS * 4 == portolan_regs::packet::SIZE);
/// Memories that share the user packets, four words of a packet each.
const USER_BANKS: usize = USER_WORDS / 4;

block! {
/// The queues of `PORTS` ports. An address into the interrupt memory has `IA` bits, the port's number
/// above the place; into a bank of the user memory `UA` bits, two for the word below them. `depth`
/// interrupt packets per port, one reserved for each of `lines` lines, and `user_depth` user packets;
/// both a power of two.
pub struct Queue<const PORTS: usize, const IA: usize, const UA: usize>
    new(lines: usize, depth: usize, user_depth: usize) {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Empties the queues of `clear_port`.
    pub clear: Signal<In, Bit>,
    /// A port; all come by in a reset.
    pub clear_port: Signal<In, Bits<4>>,
    /// Frees all places, once all ports are empty.
    pub reset: Signal<In, Bit>,
    /// A shared place of the interrupt class of `claim_port` is taken.
    pub claim: Signal<In, Bit>,
    /// Its port.
    pub claim_port: Signal<In, Bits<4>>,
    /// Writes an interrupt packet; there is room.
    pub push: Signal<In, Bit>,
    /// Its port.
    pub push_port: Signal<In, Bits<4>>,
    /// The packet.
    pub slot: Signal<In, Slot>,
    /// The port that the bus looks at.
    pub port: Signal<In, Bits<4>>,
    /// Writes a word of a user packet to `port`, unless it is refused.
    pub post: Signal<In, Bit>,
    /// Which word.
    pub post_word: Signal<In, Bits<4>>,
    /// The word.
    pub post_data: Signal<In, Bits<32>>,
    /// Also queues the packet.
    pub post_commit: Signal<In, Bit>,
    /// Removes the head of the interrupt class of `port`.
    pub pop: Signal<In, Bit>,
    /// That head took a shared place.
    pub pop_shared: Signal<In, Bit>,
    /// Removes the head of the user class of `port`.
    pub pop_user: Signal<In, Bit>,
    /// Word of the user class's head to read.
    pub head_word: Signal<In, Bits<4>>,

    /// A port.
    pub ring_port: Signal<In, Bits<4>>,
    /// Packets in its interrupt class.
    pub ring_level: Signal<Out, Bits<8>>,
    /// Place of the first of them.
    pub ring_place: Signal<Out, Bits<8>>,
    /// Packets in its user class that no ring has taken.
    pub ring_user_level: Signal<Out, Bits<8>>,
    /// Place of the first of them.
    pub ring_user_place: Signal<Out, Bits<8>>,
    /// Takes packets from its interrupt class. Never beside `pop`.
    pub take: Signal<In, Bit>,
    /// Takes packets from its user class. Never beside `pop_user`.
    pub take_user: Signal<In, Bit>,
    /// How many.
    pub take_count: Signal<In, Bits<8>>,
    /// A shared place of the interrupt class of `free_port` becomes free. Never beside `pop`.
    pub free: Signal<In, Bit>,
    /// A port.
    pub free_port: Signal<In, Bits<4>>,
    /// The place of the head of the user class of `free_user_port` becomes free. Never beside `pop_user`.
    pub free_user: Signal<In, Bit>,
    /// A port.
    pub free_user_port: Signal<In, Bits<4>>,
    /// The memories show a packet for a ring, not for the bus.
    pub ring_reads: Signal<In, Bit>,
    /// Of this port.
    pub read_port: Signal<In, Bits<4>>,
    /// At this place.
    pub read_place: Signal<In, Bits<8>>,
    /// This word, and those four and eight behind it, of a user packet.
    pub read_word: Signal<In, Bits<2>>,
    /// These words, one clock later.
    pub user_words: Signal<Out, Bits<96>>,

    /// Ports whose shared places are all taken.
    pub full: Signal<Out, Bits<16>>,
    /// Ports that have one left.
    pub last: Signal<Out, Bits<16>>,
    /// A word for `port` would be refused: its user class is full, or was at an earlier word of the same
    /// packet. So it was one clock ago.
    pub refuses: Signal<Out, Bit>,
    /// Head of the interrupt class of `port`, one clock later.
    pub head: Signal<Out, Slot>,
    /// A word of the head of the user class of `port`, one clock later.
    pub user_head: Signal<Out, Bits<32>>,
    /// Packets in the interrupt class of `port`, one clock later.
    pub level: Signal<Out, Bits<8>>,
    /// Packets in the user class of `port`, one clock later.
    pub user_level: Signal<Out, Bits<8>>,
    /// Interrupt packets completed since reset, of `port`.
    pub completed: Signal<Out, Bits<POSITION_BITS>>,
    /// User packets completed since reset, of `port`.
    pub user_completed: Signal<Out, Bits<POSITION_BITS>>,
    /// Ports to whose interrupt class a packet was added one clock ago.
    pub added: Signal<Out, Bits<16>>,
    /// Ports to whose user class a packet was added one clock ago.
    pub user_added: Signal<Out, Bits<16>>,
    /// Ports from whose user class a packet was removed one clock ago.
    pub user_removed: Signal<Out, Bits<16>>,

    pushed: Tally<POSITION_BITS>,
    pushed_here: Table<Bits<POSITION_BITS>, 4>,
    popped: Tally<8>,
    posted: Tally<POSITION_BITS>,
    taken: Tally<8>,
    /// User packets taken by rings or popped.
    fetched: Tally<8>,
    /// A word of the packet that is being posted was refused.
    spoiled: Table<Bit, 4>,
    spoiled_here: DFF<Bit>,
    places: [Places; PORTS] = std::array::from_fn(|_| Places::new(depth - lines)),
    interrupts: BlockRam<Slot, IA>,
    user: [BlockRam<Bits<32>, UA>; USER_BANKS] = std::array::from_fn(|_| Default::default()),
    queued: DFF<Bits<8>>,
    user_queued: DFF<Bits<8>>,
    bank: DFF<Bits<2>>,
    added_to: DFF<Bits<16>>,
    posted_to: DFF<Bits<16>>,
    taken_from: DFF<Bits<16>>,

    position: Signal<Local, Bits<POSITION_BITS>>,
    number: Signal<Local, Bits<4>>,
    bank_number: Signal<Local, Bits<2>>,
    posts: Signal<Local, Bit>,
    completes: Signal<Local, Bit>,
    adds: Signal<Local, Bits<16>>,
    completions: Signal<Local, Bits<16>>,
    removals: Signal<Local, Bits<16>>,
    ring_position: Signal<Local, Bits<POSITION_BITS>>,
    one: Signal<Local, Bits<8>>,
    bank_word: Signal<Local, Bits<32>>,
    word: Signal<Local, Bits<96>>,
    place: Signal<Local, Bits<8>>,
    push_place: Signal<Local, Bits<8>>,
    push_address: Signal<Local, Bits<IA>>,
    head_address: Signal<Local, Bits<IA>>,
    post_address: Signal<Local, Bits<UA>>,
    user_head_address: Signal<Local, Bits<UA>>,
    low_mask: Constant<Bits<8>> = Constant::new((depth as u64 - 1).into()),
    user_low_mask: Constant<Bits<8>> = Constant::new((user_depth as u64 - 1).into()),
    shift: Constant<Bits<4>> = Constant::new((clog2(depth) as u64).into()),
    user_shift: Constant<Bits<4>> = Constant::new((clog2(user_depth) as u64).into()),
    user_places: Constant<Bits<8>> = Constant::new((user_depth as u64).into()),
}
}

impl<const PORTS: usize, const IA: usize, const UA: usize> Logic for Queue<PORTS, IA, UA> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, spoiled_here, queued, user_queued, bank, added_to, posted_to, taken_from);
        clock!(self, clock, pushed, pushed_here, popped, posted, taken, fetched, spoiled, interrupts);

        // Positions. A class is full when its level has the bit that no smaller level has.
        self.pushed.clear.next = self.clear.val();
        self.pushed.clear_port.next = self.clear_port.val();
        self.pushed.port.next = self.push_port.val();
        self.pushed.step.next = self.push.val();
        self.pushed_here.read_address.next = self.port.val();
        self.pushed_here.write_enable.next = self.pushed.writes.val();
        self.pushed_here.write_address.next = self.pushed.write_port.val();
        self.pushed_here.write_data.next = self.pushed.write_count.val();
        self.completed.next = self.pushed_here.read_data.val();
        self.popped.clear.next = self.clear.val();
        self.popped.clear_port.next = self.clear_port.val();
        self.popped.port.next = self.port.val();
        self.popped.step.next = self.pop.val();
        self.posted.clear.next = self.clear.val();
        self.posted.clear_port.next = self.clear_port.val();
        self.posted.port.next = self.port.val();
        self.user_completed.next = self.posted.count.val();
        self.taken.clear.next = self.clear.val();
        self.taken.clear_port.next = self.clear_port.val();
        self.taken.port.next = self.port.val();
        self.taken.step.next = self.pop_user.val();
        self.fetched.clear.next = self.clear.val();
        self.fetched.clear_port.next = self.clear_port.val();
        self.fetched.port.next = self.port.val();
        self.fetched.step.next = self.pop_user.val();

        // Rings.
        self.one.next = 1.into();
        self.pushed.other_port.next = self.ring_port.val();
        self.pushed.other_step.next = false;
        self.pushed.more.next = 0.into();
        self.popped.other_port.next = self.ring_port.val();
        self.popped.other_step.next = self.take.val();
        self.popped.more.next = self.take_count.val();
        self.posted.other_port.next = self.ring_port.val();
        self.posted.other_step.next = false;
        self.posted.more.next = 0.into();
        self.fetched.other_port.next = self.ring_port.val();
        self.fetched.other_step.next = self.take_user.val();
        self.fetched.more.next = self.take_count.val();
        self.taken.other_port.next = self.free_user_port.val();
        self.taken.other_step.next = self.free_user.val();
        self.taken.more.next = self.one.val();
        self.ring_position.next = self.pushed.other_count.val();
        self.ring_level.next = self.ring_position.val().get_bits::<8>(0) - self.popped.other_count.val();
        self.ring_place.next = self.popped.other_count.val();
        self.ring_position.next = self.posted.other_count.val();
        self.ring_user_level.next =
            self.ring_position.val().get_bits::<8>(0) - self.fetched.other_count.val();
        self.ring_user_place.next = self.fetched.other_count.val();
        self.position.next = self.pushed_here.read_data.val();
        self.queued.d.next = self.position.val().get_bits::<8>(0) - self.popped.count.val();
        self.level.next = self.queued.q.val();
        self.position.next = self.posted.count.val();
        self.user_queued.d.next = self.position.val().get_bits::<8>(0) - self.taken.count.val();
        self.user_level.next = self.user_queued.q.val();
        self.spoiled_here.d.next = self.spoiled.read_data.val();
        self.refuses.next =
            (self.user_queued.q.val() & self.user_places.val()).any() | self.spoiled_here.q.val();
        self.posts.next = self.post.val() & !self.refuses.val();
        self.spoiled.read_address.next = self.port.val();
        self.spoiled.write_enable.next = self.post.val() | self.clear.val();
        self.spoiled.write_address.next = self.port.val();
        if self.clear.val() {
            self.spoiled.write_address.next = self.clear_port.val();
        }
        self.spoiled.write_data.next = self.refuses.val() & !self.post_commit.val() & !self.clear.val();
        self.completes.next = self.posts.val() & self.post_commit.val();
        self.posted.step.next = self.completes.val();

        // Places, and what is told about ports.
        self.number.next = 0.into();
        self.full.next = 0.into();
        self.last.next = 0.into();
        self.adds.next = 0.into();
        self.completions.next = 0.into();
        self.removals.next = 0.into();
        for i in 0..PORTS {
            self.places[i].clock.next = self.clock.val();
            self.places[i].reset.next = self.reset.val();
            self.places[i].claim.next = self.claim.val() & (self.claim_port.val() == self.number.val());
            self.places[i].free.next =
                (self.pop.val() & self.pop_shared.val() & (self.port.val() == self.number.val()))
                    | (self.free.val() & (self.free_port.val() == self.number.val()));
            self.full.next = self.full.val().replace_bit(i, self.places[i].full.val());
            self.last.next = self.last.val().replace_bit(i, self.places[i].last.val());
            self.adds.next =
                self.adds.val().replace_bit(i, self.push.val() & (self.push_port.val() == self.number.val()));
            self.completions.next = self
                .completions
                .val()
                .replace_bit(i, self.completes.val() & (self.port.val() == self.number.val()));
            self.removals.next = self.removals.val().replace_bit(
                i,
                (self.pop_user.val() & (self.port.val() == self.number.val()))
                    | (self.free_user.val() & (self.free_user_port.val() == self.number.val())),
            );
            self.number.next = self.number.val() + 1;
        }
        self.added_to.d.next = self.adds.val();
        self.posted_to.d.next = self.completions.val();
        self.taken_from.d.next = self.removals.val();
        self.added.next = self.added_to.q.val();
        self.user_added.next = self.posted_to.q.val();
        self.user_removed.next = self.taken_from.q.val();

        // The interrupt memory: the port's number above the place.
        self.position.next = self.pushed.count.val();
        self.push_place.next = self.position.val().get_bits::<8>(0);
        self.place.next = self.push_place.val() & self.low_mask.val();
        self.push_address.next = bit_cast::<IA, 4>(self.push_port.val());
        self.push_address.next = self.push_address.val() << self.shift.val();
        self.push_address.next = self.push_address.val() | bit_cast::<IA, 8>(self.place.val());
        self.place.next = self.popped.count.val() & self.low_mask.val();
        self.head_address.next = bit_cast::<IA, 4>(self.port.val());
        self.head_address.next = self.head_address.val() << self.shift.val();
        self.head_address.next = self.head_address.val() | bit_cast::<IA, 8>(self.place.val());
        self.interrupts.write_address.next = self.push_address.val();
        self.interrupts.write_data.next = self.slot.val();
        self.interrupts.write_enable.next = self.push.val();
        if self.ring_reads.val() {
            self.place.next = self.read_place.val() & self.low_mask.val();
            self.head_address.next = bit_cast::<IA, 4>(self.read_port.val());
            self.head_address.next = self.head_address.val() << self.shift.val();
            self.head_address.next = self.head_address.val() | bit_cast::<IA, 8>(self.place.val());
        }
        self.interrupts.read_address.next = self.head_address.val();
        self.head.next = self.interrupts.read_data.val();

        // The user memory: the same, and below it the word; its upper bits choose the bank.
        self.position.next = self.posted.count.val();
        self.push_place.next = self.position.val().get_bits::<8>(0);
        self.place.next = self.push_place.val() & self.user_low_mask.val();
        self.post_address.next = bit_cast::<UA, 4>(self.port.val());
        self.post_address.next = self.post_address.val() << self.user_shift.val();
        self.post_address.next = self.post_address.val() | bit_cast::<UA, 8>(self.place.val());
        self.post_address.next = self.post_address.val() << 2;
        self.post_address.next =
            self.post_address.val() | bit_cast::<UA, 2>(self.post_word.val().get_bits::<2>(0));
        self.place.next = self.taken.count.val() & self.user_low_mask.val();
        self.user_head_address.next = bit_cast::<UA, 4>(self.port.val());
        self.user_head_address.next = self.user_head_address.val() << self.user_shift.val();
        self.user_head_address.next = self.user_head_address.val() | bit_cast::<UA, 8>(self.place.val());
        self.user_head_address.next = self.user_head_address.val() << 2;
        self.user_head_address.next =
            self.user_head_address.val() | bit_cast::<UA, 2>(self.head_word.val().get_bits::<2>(0));
        if self.ring_reads.val() {
            self.place.next = self.read_place.val() & self.user_low_mask.val();
            self.user_head_address.next = bit_cast::<UA, 4>(self.read_port.val());
            self.user_head_address.next = self.user_head_address.val() << self.user_shift.val();
            self.user_head_address.next = self.user_head_address.val() | bit_cast::<UA, 8>(self.place.val());
            self.user_head_address.next = self.user_head_address.val() << 2;
            self.user_head_address.next =
                self.user_head_address.val() | bit_cast::<UA, 2>(self.read_word.val());
        }
        self.bank.d.next = self.head_word.val().get_bits::<2>(2);
        self.bank_number.next = 0.into();
        self.user_head.next = 0.into();
        self.word.next = 0.into();
        for i in 0..3 {
            self.user[i].clock.next = self.clock.val();
            self.user[i].write_address.next = self.post_address.val();
            self.user[i].write_data.next = self.post_data.val();
            self.user[i].write_enable.next =
                self.posts.val() & (self.post_word.val().get_bits::<2>(2) == self.bank_number.val());
            self.user[i].read_address.next = self.user_head_address.val();
            if self.bank.q.val() == self.bank_number.val() {
                self.user_head.next = self.user_head.val() | self.user[i].read_data.val();
            }
            // The last bank's word ends up above the others.
            self.bank_word.next = self.user[i].read_data.val();
            self.word.next = (self.word.val() >> 32) | (bit_cast::<96, 32>(self.bank_word.val()) << 64);
            self.bank_number.next = self.bank_number.val() + 1;
        }
        self.user_words.next = self.word.val();
    }
}
