//! How far each ring is completed, and which of its completed slots its doorbell fires for: those beyond the
//! position that the host told.
//!
//! A slot is in host memory before it is completed: its write has to be answered, and the server has to be told
//! of each packet. So a host that is fast consumes slots, and tells a position, that are ahead of what is
//! completed. Completions up to that position are no news.
//!
//! Positions are compared by the sign of their difference, modulo 2^20. A ring has 2^16 slots at most and the
//! host tells what it has consumed, so neither side is ever half of that ahead of the other.
//!
//! Contract: no slot is completed in the clock in which a position is told. So each one is either completed
//! before, and compared by `behind`, or after it, and compared by `beyond`: never by both, never by none.

use rust_hdl::prelude::*;

use super::BURST_BITS;
use crate::queue::POSITION_BITS;
use crate::table::Table;

/// Two rings of each of sixteen ports: the port's number, and above it a bit for that of user packets.
#[derive(LogicBlock, Default)]
pub struct Progress {
    /// Clock.
    pub clock: Signal<In, Clock>,

    /// The ring that the bus looks at.
    pub here: Signal<In, Bits<5>>,
    /// A position in it.
    pub position: Signal<In, Bits<POSITION_BITS>>,
    /// The ring begins there; nothing of it is under way.
    pub begins: Signal<In, Bit>,
    /// The ring's doorbell tells that position.
    pub tells: Signal<In, Bit>,
    /// Sequence number, low bits, of the ring's next slot to be completed.
    pub completed: Signal<Out, Bits<POSITION_BITS>>,
    /// Slots beyond `position` are completed already.
    pub behind: Signal<Out, Bit>,

    /// The ring whose slots are completed.
    pub there: Signal<In, Bits<5>>,
    /// So many of its slots are: not beside `begins` or `tells`.
    pub completes: Signal<In, Bit>,
    /// How many.
    pub slots: Signal<In, Bits<BURST_BITS>>,
    /// The first of them is beyond the position that was told last.
    pub beyond: Signal<Out, Bit>,

    /// Once for each reader.
    completed_here: Table<Bits<POSITION_BITS>, 5>,
    completed_there: Table<Bits<POSITION_BITS>, 5>,
    told: Table<Bits<POSITION_BITS>, 5>,

    next: Signal<Local, Bits<POSITION_BITS>>,
    ring: Signal<Local, Bits<5>>,
    writes: Signal<Local, Bit>,
    ahead: Signal<Local, Bits<POSITION_BITS>>,
    distance: Signal<Local, Bits<POSITION_BITS>>,
}

// `update` takes the sign of a distance by number.
const _: () = assert!(POSITION_BITS == 20 && 1 << portolan_regs::MAX_RING_SIZE < 1 << (POSITION_BITS - 1));

impl Logic for Progress {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, completed_here, completed_there, told);

        // The bus.
        self.completed_here.read_address.next = self.here.val();
        self.completed.next = self.completed_here.read_data.val();
        self.ahead.next = self.position.val() - self.completed_here.read_data.val();
        self.behind.next = self.ahead.val().get_bit(19);
        self.told.write_enable.next = self.begins.val() | self.tells.val();
        self.told.write_address.next = self.here.val();
        self.told.write_data.next = self.position.val();

        // Completions.
        self.completed_there.read_address.next = self.there.val();
        self.told.read_address.next = self.there.val();
        self.distance.next = self.completed_there.read_data.val() - self.told.read_data.val();
        self.beyond.next = !self.distance.val().get_bit(19);
        self.next.next =
            self.completed_there.read_data.val() + bit_cast::<POSITION_BITS, BURST_BITS>(self.slots.val());
        self.writes.next = self.completes.val() | self.begins.val();
        self.ring.next = self.there.val();
        if self.begins.val() {
            self.ring.next = self.here.val();
            self.next.next = self.position.val();
        }
        self.completed_there.write_enable.next = self.writes.val();
        self.completed_there.write_address.next = self.ring.val();
        self.completed_there.write_data.next = self.next.val();
        self.completed_here.write_enable.next = self.writes.val();
        self.completed_here.write_address.next = self.ring.val();
        self.completed_here.write_data.next = self.next.val();
    }
}
