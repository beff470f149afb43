//! MSI-X: the table, the pending bits, whose vector is which, and what messages are to be sent.
//!
//! Runs on the core clock, beside the block: the completer's accesses of the MSI-X area, and of VECTOR and ERROR_VECTOR
//! in the block's own pages, end here. Sources of messages are the ports, by number, and behind them the errors of
//! rings. PCI Express Base Specification 3.0, 6.1.4, and PCI Local Bus Specification 3.0, 6.8.2 and 6.8.3.
//!
//! Promises
//! - Each time a source fires a message of its vector is sent, once, or the source is pending until its vector, the
//!   function and the host let it. What fires again before its message has left has that one message.
//! - A source whose reason is gone, because its doorbell was written, is not pending any more (6.8.3.5).
//! - No message begins while its vector or the function is masked, MSI-X or bus mastering is off, or IRQ_ENABLE is
//!   clear. A message goes by an entry as it was at one moment.
//! - After `hold` every entry is masked and nothing is pending; VECTORs are as at power-up, as they are after `clear`.
//! - `quiet` says that nothing moves here until something fires or is written, or a setting changes.
//!
//! Sources are visited one after the other, two clocks each, while there may be something to send.

use portolan_regs::{control, map, pending, port_control, vector};
use rust_hdl::prelude::*;

use crate::decode::ADDRESS_BITS;
use crate::macros::block;
use crate::table::Table;

/// Most vectors that are numbered here, and most sources.
const NUMBERED: usize = 32;

/// What is being done about messages.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum Messaging {
    /// Looks at a source.
    Look,
    /// Is there something to be sent for it?
    Check,
    /// Reads the entry.
    Load,
    /// Offers a message.
    Offer,
    /// It is being sent.
    Send,
}

/// What a read does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum Reading {
    /// Nothing.
    Idle,
    /// Adds the pending bits of the sources up, vector by vector.
    Collect,
    /// Answers.
    Answer,
}

// What `update` takes apart by number.
const _: () = {
    assert!(vector::AREA.base == 1 << 16 && vector::AREA.stride == 16 && map::MSIX_BYTES == 1 << 12);
    assert!(pending::AREA.base - vector::AREA.base == 1 << 11 && pending::AREA.stride == 4);
    assert!(
        vector::ADDRESS == 0 && vector::DATA == 8 && vector::CONTROL == 12 && vector::CONTROL::MASK.low == 0
    );
    assert!(port_control::AREA.base == 1 << 14 && port_control::AREA.stride == 1 << 6);
    assert!(port_control::VECTOR::VECTOR.low == 0 && port_control::VECTOR::VECTOR.high == 7);
    assert!(control::ERROR_VECTOR::VECTOR.low == 0 && control::ERROR_VECTOR::VECTOR.high == 7);
};

block! {
    /// The messages of a block with so many ports, which has a vector for each and one more for errors.
    pub struct Msix new(ports: usize) {
        /// The core clock.
        pub clock: Signal<In, Clock>,
        /// Resets everything.
        pub hold: Signal<In, Bit>,
        /// Resets VECTORs.
        pub clear: Signal<In, Bit>,

        /// Address of the access, until it is done.
        pub address: Signal<In, Bits<ADDRESS_BITS>>,
        /// A read there is ours.
        pub reads_here: Signal<Out, Bit>,
        /// A write there is ours.
        pub writes_here: Signal<Out, Bit>,
        /// One clock: a write starts.
        pub write_valid: Signal<In, Bit>,
        /// Its data.
        pub write_data: Signal<In, Bits<32>>,
        /// Its strobes.
        pub write_strobe: Signal<In, Bits<4>>,
        /// One clock: a read starts.
        pub read_valid: Signal<In, Bit>,
        /// One clock: a write or read of ours is done.
        pub done: Signal<Out, Bit>,
        /// Beside it: the word.
        pub read_data: Signal<Out, Bits<32>>,

        /// Messages may be sent.
        pub enabled: Signal<In, Bit>,
        /// These sources fire.
        pub fires: Signal<In, Bits<NUMBERED>>,
        /// Why they fired still holds.
        pub stands: Signal<In, Bits<NUMBERED>>,

        /// A message is to be sent; it may be taken back until it is taken.
        pub message_valid: Signal<Out, Bit>,
        /// Where it goes; a multiple of four.
        pub message_address: Signal<Out, Bits<64>>,
        /// What it writes.
        pub message_data: Signal<Out, Bits<32>>,
        /// It is being sent.
        pub message_taken: Signal<In, Bit>,
        /// It is sent.
        pub message_done: Signal<In, Bit>,
        /// Nothing moves here.
        pub quiet: Signal<Out, Bit>,

        low: Table<Bits<32>, 5>,
        high: Table<Bits<32>, 5>,
        payload: Table<Bits<32>, 5>,
        /// A source's VECTOR, once for each reader.
        vector_here: Table<Bits<8>, 5>,
        vector_there: Table<Bits<8>, 5>,
        /// VECTOR was written; until then it is the source's own number.
        written: DFF<Bits<NUMBERED>>,
        unmasked: DFF<Bits<NUMBERED>>,
        waiting: DFF<Bits<NUMBERED>>,

        // The access, a clock after it began, and whose it is.
        write_began: DFF<Bit>,
        read_began: DFF<Bit>,
        table_hit: DFF<Bit>,
        pending_hit: DFF<Bit>,
        assigned_hit: DFF<Bit>,
        numbered: DFF<Bits<5>>,

        reading: DFF<Reading>,
        write_ends: DFF<Bit>,
        word: DFF<Bits<32>>,
        collecting: DFF<Bits<5>>,

        messaging: DFF<Messaging>,
        source: DFF<Bits<5>>,
        looks: DFF<Bit>,
        looks_again: DFF<Bit>,
        was_enabled: DFF<Bit>,
        /// The source's vector, and whether it waits.
        vector: DFF<Bits<8>>,
        waits: DFF<Bit>,
        offered: DFF<Bit>,
        chosen: DFF<Bits<5>>,
        target: DFF<Bits<64>>,
        content: DFF<Bits<32>>,

        in_area: Signal<Local, Bit>,
        in_table: Signal<Local, Bit>,
        in_pending: Signal<Local, Bit>,
        in_port: Signal<Local, Bit>,
        in_errors: Signal<Local, Bit>,
        entry: Signal<Local, Bits<7>>,
        port_number: Signal<Local, Bits<8>>,
        register: Signal<Local, Bits<4>>,
        page_word: Signal<Local, Bits<16>>,
        quadword: Signal<Local, Bits<8>>,
        part: Signal<Local, Bits<2>>,
        index: Signal<Local, Bits<5>>,
        assigned: Signal<Local, Bit>,
        starts: Signal<Local, Bit>,
        access: Signal<Local, Bit>,
        own: Signal<Local, Bits<8>>,
        old: Signal<Local, Bits<32>>,
        mask: Signal<Local, Bits<32>>,
        changed: Signal<Local, Bits<32>>,
        ours: Signal<Local, Bit>,
        one: Signal<Local, Bits<NUMBERED>>,
        entry_bit: Signal<Local, Bits<NUMBERED>>,
        index_bit: Signal<Local, Bits<NUMBERED>>,
        found_bit: Signal<Local, Bits<NUMBERED>>,
        source_bit: Signal<Local, Bits<NUMBERED>>,
        looked_bit: Signal<Local, Bits<NUMBERED>>,
        chosen_bit: Signal<Local, Bits<NUMBERED>>,
        taken_bit: Signal<Local, Bits<NUMBERED>>,
        found: Signal<Local, Bits<8>>,
        sendable: Signal<Local, Bit>,
        offers: Signal<Local, Bit>,
        stirs: Signal<Local, Bit>,

        vectors: Constant<Bits<7>> = Constant::new((ports as u64 + 1).into()),
        ports: Constant<Bits<8>> = Constant::new((ports as u64).into()),
        errors: Constant<Bits<5>> = Constant::new((ports as u64).into()),
        at_vector: Constant<Bits<4>> = Constant::new(u64::from(port_control::VECTOR / 4).into()),
        at_errors: Constant<Bits<16>> = Constant::new(u64::from(control::ERROR_VECTOR / 4).into()),
        /// Of the address's lower word: it is a multiple of four.
        whole_words: Constant<Bits<32>> = Constant::new(0xffff_fffc_u64.into()),
    }
}

impl Logic for Msix {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, written, unmasked, waiting, reading, write_ends, word, collecting);
        dff_setup!(self, clock, messaging, source, looks, looks_again, was_enabled, chosen, target, content);
        dff_setup!(self, clock, write_began, read_began, table_hit, pending_hit, assigned_hit, numbered);
        dff_setup!(self, clock, vector, waits, offered);
        clock!(self, clock, low, high, payload, vector_here, vector_there);
        self.one.next = 1.into();

        // Whose address it is.
        self.in_area.next = self.address.val().get_bits::<6>(12) == 16;
        self.entry.next = self.address.val().get_bits::<7>(4);
        self.quadword.next = self.address.val().get_bits::<8>(3);
        self.part.next = self.address.val().get_bits::<2>(2);
        self.in_table.next =
            self.in_area.val() & (!self.address.val().get_bit(11)) & (self.entry.val() < self.vectors.val());
        self.in_pending.next =
            self.in_area.val() & self.address.val().get_bit(11) & (!self.quadword.val().any());
        self.port_number.next = self.address.val().get_bits::<8>(6);
        self.register.next = self.address.val().get_bits::<4>(2);
        self.in_port.next = (self.address.val().get_bits::<4>(14) == 1)
            & (self.register.val() == self.at_vector.val())
            & (self.port_number.val() < self.ports.val());
        self.page_word.next = self.address.val().get_bits::<16>(2);
        self.in_errors.next = self.page_word.val() == self.at_errors.val();
        self.assigned.next = self.in_port.val() | self.in_errors.val();
        self.ours.next = self.in_table.val() | self.assigned.val();
        self.writes_here.next = self.ours.val();
        self.reads_here.next = self.ours.val() | self.in_pending.val();
        self.write_began.d.next = self.write_valid.val() & self.ours.val();
        self.read_began.d.next = self.read_valid.val() & (self.ours.val() | self.in_pending.val());
        self.table_hit.d.next = self.in_table.val();
        self.pending_hit.d.next = self.in_pending.val();
        self.assigned_hit.d.next = self.assigned.val();
        self.numbered.d.next = self.port_number.val().get_bits::<5>(0);
        if self.in_errors.val() {
            self.numbered.d.next = self.errors.val();
        }
        self.starts.next = self.write_began.q.val() | self.read_began.q.val();

        // The words there.
        self.index.next = self.numbered.q.val();
        if self.reading.q.val() == Reading::Collect {
            self.index.next = self.collecting.q.val();
        }
        self.index_bit.next = self.one.val() << self.index.val();
        self.vector_here.read_address.next = self.index.val();
        self.own.next = self.vector_here.read_data.val();
        if !(self.written.q.val() & self.index_bit.val()).any() {
            self.own.next = bit_cast::<8, 5>(self.index.val());
        }
        self.entry_bit.next = self.one.val() << self.entry.val();
        self.access.next = self.starts.val() & self.table_hit.q.val();
        self.low.read_address.next = self.chosen.q.val();
        self.high.read_address.next = self.chosen.q.val();
        self.payload.read_address.next = self.chosen.q.val();
        if self.access.val() {
            self.low.read_address.next = bit_cast::<5, 7>(self.entry.val());
            self.high.read_address.next = bit_cast::<5, 7>(self.entry.val());
            self.payload.read_address.next = bit_cast::<5, 7>(self.entry.val());
        }
        self.old.next = 0.into();
        if self.table_hit.q.val() {
            self.old.next = self.low.read_data.val();
            if self.part.val() == 1 {
                self.old.next = self.high.read_data.val();
            }
            if self.part.val() == 2 {
                self.old.next = self.payload.read_data.val();
            }
            if self.part.val() == 3 {
                self.old.next = 1.into();
                if (self.unmasked.q.val() & self.entry_bit.val()).any() {
                    self.old.next = 0.into();
                }
            }
        }
        if self.assigned_hit.q.val() {
            self.old.next = bit_cast::<32, 8>(self.own.val());
        }

        // Writes, byte by byte.
        self.mask.next = 0.into();
        if self.write_strobe.val().get_bit(0) {
            self.mask.next = self.mask.val() | 0x0000_00ff_u64;
        }
        if self.write_strobe.val().get_bit(1) {
            self.mask.next = self.mask.val() | 0x0000_ff00_u64;
        }
        if self.write_strobe.val().get_bit(2) {
            self.mask.next = self.mask.val() | 0x00ff_0000_u64;
        }
        if self.write_strobe.val().get_bit(3) {
            self.mask.next = self.mask.val() | 0xff00_0000_u64;
        }
        self.changed.next = (self.old.val() & (!self.mask.val())) | (self.write_data.val() & self.mask.val());
        self.access.next = self.write_began.q.val() & self.table_hit.q.val();
        self.low.write_enable.next = self.access.val() & (self.part.val() == 0);
        self.low.write_address.next = bit_cast::<5, 7>(self.entry.val());
        self.low.write_data.next = self.changed.val() & self.whole_words.val();
        self.high.write_enable.next = self.access.val() & (self.part.val() == 1);
        self.high.write_address.next = bit_cast::<5, 7>(self.entry.val());
        self.high.write_data.next = self.changed.val();
        self.payload.write_enable.next = self.access.val() & (self.part.val() == 2);
        self.payload.write_address.next = bit_cast::<5, 7>(self.entry.val());
        self.payload.write_data.next = self.changed.val();
        if self.access.val() & (self.part.val() == 3) {
            self.unmasked.d.next = self.unmasked.q.val() & (!self.entry_bit.val());
            if !self.changed.val().get_bit(0) {
                self.unmasked.d.next = self.unmasked.q.val() | self.entry_bit.val();
            }
        }
        self.access.next = self.write_began.q.val() & self.assigned_hit.q.val();
        self.vector_here.write_enable.next = self.access.val();
        self.vector_here.write_address.next = self.index.val();
        self.vector_here.write_data.next = self.changed.val().get_bits::<8>(0);
        self.vector_there.write_enable.next = self.access.val();
        self.vector_there.write_address.next = self.index.val();
        self.vector_there.write_data.next = self.changed.val().get_bits::<8>(0);
        if self.access.val() {
            self.written.d.next = self.written.q.val() | self.index_bit.val();
        }
        if self.clear.val() {
            self.written.d.next = 0.into();
        }

        // Answers. The pending bits are those of a vector's sources.
        self.write_ends.d.next = self.write_began.q.val();
        self.found_bit.next = 0.into();
        if (self.waiting.q.val() & self.index_bit.val()).any() & !self.own.val().get_bits::<3>(5).any() {
            self.found_bit.next = self.one.val() << self.own.val().get_bits::<5>(0);
        }
        match self.reading.q.val() {
            Reading::Idle => {
                if self.read_began.q.val() {
                    self.word.d.next = self.old.val();
                    self.collecting.d.next = 0.into();
                    self.reading.d.next = Reading::Answer;
                    if self.pending_hit.q.val() & !self.part.val().get_bit(0) {
                        self.reading.d.next = Reading::Collect;
                    }
                }
            }
            Reading::Collect => {
                self.word.d.next = self.word.q.val() | self.found_bit.val();
                self.collecting.d.next = self.collecting.q.val() + 1;
                if self.collecting.q.val() == self.errors.val() {
                    self.reading.d.next = Reading::Answer;
                }
            }
            Reading::Answer => {
                self.reading.d.next = Reading::Idle;
            }
            _ => {
                self.reading.d.next = Reading::Idle;
            }
        }
        self.done.next = self.write_ends.q.val() | (self.reading.q.val() == Reading::Answer);
        self.read_data.next = self.word.q.val();

        // What is looked at, and what is offered.
        self.vector_there.read_address.next = self.source.q.val();
        self.source_bit.next = self.one.val() << self.source.q.val();
        self.found.next = self.vector_there.read_data.val();
        if !(self.written.q.val() & self.source_bit.val()).any() {
            self.found.next = bit_cast::<8, 5>(self.source.q.val());
        }
        self.vector.d.next = self.found.val();
        self.waits.d.next = (self.waiting.q.val() & self.source_bit.val()).any();
        self.looked_bit.next = self.one.val() << self.vector.q.val().get_bits::<5>(0);
        self.sendable.next = self.enabled.val()
            & (!self.vector.q.val().get_bits::<3>(5).any())
            & self.waits.q.val()
            & (self.unmasked.q.val() & self.looked_bit.val()).any();
        self.chosen_bit.next = self.one.val() << self.chosen.q.val();
        self.offers.next = self.enabled.val()
            & (self.waiting.q.val() & self.source_bit.val()).any()
            & (self.unmasked.q.val() & self.chosen_bit.val()).any();
        self.offered.d.next = self.offers.val();
        self.message_valid.next = (self.messaging.q.val() == Messaging::Offer) & self.offered.q.val();
        self.message_address.next = self.target.q.val();
        self.message_data.next = self.content.q.val();
        self.taken_bit.next = 0.into();
        self.was_enabled.d.next = self.enabled.val();
        self.stirs.next = self.fires.val().any()
            | self.write_began.q.val()
            | self.clear.val()
            | (self.enabled.val() != self.was_enabled.q.val());
        match self.messaging.q.val() {
            Messaging::Look => {
                if self.looks.q.val() {
                    self.messaging.d.next = Messaging::Check;
                }
            }
            Messaging::Check => {
                if self.sendable.val() {
                    self.chosen.d.next = self.vector.q.val().get_bits::<5>(0);
                    self.messaging.d.next = Messaging::Load;
                } else {
                    self.messaging.d.next = Messaging::Look;
                    self.source.d.next = self.source.q.val() + 1;
                    if self.source.q.val() == self.errors.val() {
                        self.source.d.next = 0.into();
                        self.looks.d.next = self.looks_again.q.val();
                        self.looks_again.d.next = false;
                    }
                }
            }
            Messaging::Load => {
                // The bus goes first.
                if !self.starts.val() {
                    self.target.d.next = (bit_cast::<64, 32>(self.high.read_data.val()) << 32)
                        | bit_cast::<64, 32>(self.low.read_data.val());
                    self.content.d.next = self.payload.read_data.val();
                    self.messaging.d.next = Messaging::Offer;
                }
            }
            Messaging::Offer => {
                if !self.offers.val() {
                    self.messaging.d.next = Messaging::Look;
                }
                if self.message_taken.val() {
                    self.taken_bit.next = self.source_bit.val();
                    self.messaging.d.next = Messaging::Send;
                }
            }
            Messaging::Send => {
                // The other sources come by once more.
                self.looks_again.d.next = true;
                if self.message_done.val() {
                    self.messaging.d.next = Messaging::Look;
                }
            }
            _ => {
                self.messaging.d.next = Messaging::Look;
            }
        }
        // What happens in mid-round may be about a source that has come by.
        if self.stirs.val() {
            self.looks.d.next = true;
            self.looks_again.d.next = true;
        }
        self.waiting.d.next =
            ((self.waiting.q.val() & (!self.taken_bit.val())) | self.fires.val()) & self.stands.val();

        if self.hold.val() {
            self.written.d.next = 0.into();
            self.unmasked.d.next = 0.into();
            self.waiting.d.next = 0.into();
            self.write_began.d.next = false;
            self.read_began.d.next = false;
            self.reading.d.next = Reading::Idle;
            self.write_ends.d.next = false;
            self.messaging.d.next = Messaging::Look;
            self.source.d.next = 0.into();
            self.looks.d.next = false;
            self.looks_again.d.next = false;
        }
        self.quiet.next = (self.messaging.q.val() == Messaging::Look)
            & (!self.looks.q.val())
            & (self.reading.q.val() == Reading::Idle)
            & (!self.starts.val())
            & (!self.fires.val().any());
    }
}
