//! The port queues: per port an interrupt class and a user class, in memories that all ports share.
//!
//! A class is a FIFO. Its head stays until it is popped, so whoever reads it needs no copy. The
//! interrupt class never overflows: the server asks for room (see `places`) before it pushes. The
//! user class refuses what does not fit.

use rust_hdl::prelude::*;

use crate::macros::block;
use crate::memory::BlockRam;
use crate::places::Places;
use crate::pointers::{POSITION_BITS, Pointers};
use crate::slot::Slot;

/// Words of a user packet.
pub const USER_WORDS: usize = 12;
const _: () = assert!(USER_WORDS * 4 == portolan_regs::packet::SIZE);

block! {
/// The queues of `PORTS` ports. An address into the interrupt memory has `IA` bits, the port's
/// number above the place; `UA` bits likewise for the user memory. `depth` interrupt packets per port,
/// one reserved for each of `lines` lines, and `user_depth` user packets.
pub struct Queue<const PORTS: usize, const IA: usize, const UA: usize>
    new(lines: usize, depth: usize, user_depth: usize) {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Empties all queues.
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
    /// Writes a word of a user packet; when the queue is full, nothing is written.
    pub post: Signal<In, Bit>,
    /// Port of the write under way on the bus.
    pub bus_port: Signal<In, Bits<4>>,
    /// Which word.
    pub post_word: Signal<In, Bits<4>>,
    /// The word.
    pub post_data: Signal<In, Bits<32>>,
    /// Also queues the packet.
    pub post_commit: Signal<In, Bit>,
    /// Port whose heads are read.
    pub head_port: Signal<In, Bits<4>>,
    /// Removes the head of the interrupt class of `head_port`.
    pub pop: Signal<In, Bit>,
    /// That head took a shared place.
    pub pop_shared: Signal<In, Bit>,
    /// Removes the head of the user class of `head_port`.
    pub pop_user: Signal<In, Bit>,

    /// Ports whose shared places are all taken.
    pub full: Signal<Out, Bits<16>>,
    /// The user class of `bus_port` is full.
    pub user_full: Signal<Out, Bit>,
    /// Head of the interrupt class of `head_port`, one clock later.
    pub head: Signal<Out, Slot>,
    /// Head of the user class of `head_port`, one clock later.
    pub user_head: Signal<Out, Bits<384>>,
    /// Packets in the interrupt class of `head_port`.
    pub level: Signal<Out, Bits<8>>,
    /// Packets in the user class of `head_port`.
    pub user_level: Signal<Out, Bits<8>>,
    /// Interrupt packets completed since reset, of `bus_port`.
    pub completed: Signal<Out, Bits<POSITION_BITS>>,
    /// User packets completed since reset, of `bus_port`.
    pub user_completed: Signal<Out, Bits<POSITION_BITS>>,
    /// Ports to whose interrupt class a packet was added now.
    pub added: Signal<Out, Bits<16>>,
    /// Ports to whose user class a packet was added now.
    pub user_added: Signal<Out, Bits<16>>,
    /// Ports from whose user class a packet was removed now.
    pub user_removed: Signal<Out, Bits<16>>,

    pointers: [Pointers; PORTS] = std::array::from_fn(|_| Default::default()),
    user_pointers: [Pointers; PORTS] = std::array::from_fn(|_| Default::default()),
    places: [Places; PORTS] = std::array::from_fn(|_| Places::new(depth - lines)),
    interrupts: BlockRam<Slot, IA>,
    user: [BlockRam<Bits<32>, UA>; USER_WORDS] = std::array::from_fn(|_| Default::default()),

    number: Signal<Local, Bits<4>>,
    position: Signal<Local, Bits<POSITION_BITS>>,
    user_position: Signal<Local, Bits<POSITION_BITS>>,
    head_end: Signal<Local, Bits<8>>,
    user_head_end: Signal<Local, Bits<8>>,
    post_start: Signal<Local, Bits<8>>,
    word: Signal<Local, Bits<4>>,
    user_word: Signal<Local, Bits<32>>,
    push_place: Signal<Local, Bits<8>>,
    head_place: Signal<Local, Bits<8>>,
    post_place: Signal<Local, Bits<8>>,
    post_level: Signal<Local, Bits<8>>,
    user_head_place: Signal<Local, Bits<8>>,
    place_mask: Signal<Local, Bits<8>>,
    posts: Signal<Local, Bit>,
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
        clock!(self, clock, interrupts);
        // Selected by port number.
        self.number.next = 0.into();
        self.push_place.next = 0.into();
        self.head_place.next = 0.into();
        self.head_end.next = 0.into();
        self.user_head_place.next = 0.into();
        self.user_head_end.next = 0.into();
        self.post_start.next = 0.into();
        self.completed.next = 0.into();
        self.user_completed.next = 0.into();
        self.full.next = 0.into();
        for i in 0..PORTS {
            self.position.next = self.pointers[i].completed.val();
            self.user_position.next = self.user_pointers[i].completed.val();
            if self.push_port.val() == self.number.val() {
                self.push_place.next = self.push_place.val() | self.position.val().get_bits::<8>(0);
            }
            if self.head_port.val() == self.number.val() {
                self.head_place.next = self.head_place.val() | self.pointers[i].removed.val();
                self.head_end.next = self.head_end.val() | self.position.val().get_bits::<8>(0);
                self.user_head_place.next = self.user_head_place.val() | self.user_pointers[i].removed.val();
                self.user_head_end.next =
                    self.user_head_end.val() | self.user_position.val().get_bits::<8>(0);
            }
            if self.bus_port.val() == self.number.val() {
                self.post_start.next = self.post_start.val() | self.user_pointers[i].removed.val();
                self.completed.next = self.completed.val() | self.position.val();
                self.user_completed.next = self.user_completed.val() | self.user_position.val();
            }
            self.full.next = self.full.val().replace_bit(i, self.places[i].full.val());
            self.number.next = self.number.val() + 1;
        }
        self.level.next = self.head_end.val() - self.head_place.val();
        self.user_level.next = self.user_head_end.val() - self.user_head_place.val();
        self.post_place.next = self.user_completed.val().get_bits::<8>(0);
        self.post_level.next = self.post_place.val() - self.post_start.val();
        self.user_full.next = self.post_level.val() == self.user_places.val();
        self.posts.next = self.post.val() & !self.user_full.val();

        // Pushes and pops.
        self.number.next = 0.into();
        self.added.next = 0.into();
        self.user_added.next = 0.into();
        self.user_removed.next = 0.into();
        for i in 0..PORTS {
            self.pointers[i].clock.next = self.clock.val();
            self.pointers[i].reset.next = self.reset.val();
            self.pointers[i].push.next = self.push.val() & (self.push_port.val() == self.number.val());
            self.pointers[i].pop.next = self.pop.val() & (self.head_port.val() == self.number.val());
            self.user_pointers[i].clock.next = self.clock.val();
            self.user_pointers[i].reset.next = self.reset.val();
            self.user_pointers[i].push.next =
                self.posts.val() & self.post_commit.val() & (self.bus_port.val() == self.number.val());
            self.user_pointers[i].pop.next =
                self.pop_user.val() & (self.head_port.val() == self.number.val());
            self.places[i].clock.next = self.clock.val();
            self.places[i].reset.next = self.reset.val();
            self.places[i].claim.next = self.claim.val() & (self.claim_port.val() == self.number.val());
            self.places[i].free.next =
                self.pop.val() & self.pop_shared.val() & (self.head_port.val() == self.number.val());
            self.added.next = self.added.val().replace_bit(i, self.pointers[i].push.val());
            self.user_added.next = self.user_added.val().replace_bit(i, self.user_pointers[i].push.val());
            self.user_removed.next = self.user_removed.val().replace_bit(i, self.user_pointers[i].pop.val());
            self.number.next = self.number.val() + 1;
        }

        // Memories: the port's number above the place.
        self.place_mask.next = self.push_place.val() & self.low_mask.val();
        self.push_address.next = bit_cast::<IA, 4>(self.push_port.val());
        self.push_address.next = self.push_address.val() << self.shift.val();
        self.push_address.next = self.push_address.val() | bit_cast::<IA, 8>(self.place_mask.val());
        self.place_mask.next = self.head_place.val() & self.low_mask.val();
        self.head_address.next = bit_cast::<IA, 4>(self.head_port.val());
        self.head_address.next = self.head_address.val() << self.shift.val();
        self.head_address.next = self.head_address.val() | bit_cast::<IA, 8>(self.place_mask.val());
        self.place_mask.next = self.post_place.val() & self.user_low_mask.val();
        self.post_address.next = bit_cast::<UA, 4>(self.bus_port.val());
        self.post_address.next = self.post_address.val() << self.user_shift.val();
        self.post_address.next = self.post_address.val() | bit_cast::<UA, 8>(self.place_mask.val());
        self.place_mask.next = self.user_head_place.val() & self.user_low_mask.val();
        self.user_head_address.next = bit_cast::<UA, 4>(self.head_port.val());
        self.user_head_address.next = self.user_head_address.val() << self.user_shift.val();
        self.user_head_address.next = self.user_head_address.val() | bit_cast::<UA, 8>(self.place_mask.val());
        self.interrupts.write_address.next = self.push_address.val();
        self.interrupts.write_data.next = self.slot.val();
        self.interrupts.write_enable.next = self.push.val();
        self.interrupts.read_address.next = self.head_address.val();
        self.head.next = self.interrupts.read_data.val();
        self.word.next = 0.into();
        self.user_word.next = 0.into();
        self.user_head.next = 0.into();
        for i in 0..12 {
            self.user[i].clock.next = self.clock.val();
            self.user[i].write_address.next = self.post_address.val();
            self.user[i].write_data.next = self.post_data.val();
            self.user[i].write_enable.next = self.posts.val() & (self.post_word.val() == self.word.val());
            self.user[i].read_address.next = self.user_head_address.val();
            // Word 0 ends up lowest.
            self.user_word.next = self.user[i].read_data.val();
            self.user_head.next = self.user_head.val() >> 32;
            self.user_head.next = self.user_head.val() | (bit_cast::<384, 32>(self.user_word.val()) << 352);
            self.word.next = self.word.val() + 1;
        }
    }
}
