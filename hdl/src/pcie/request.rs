//! What a received header says. Combinational.
//!
//! Fields, the legality of a memory request, and how many bytes its completion counts (PCI Express Base
//! Specification 3.0, 2.2.1, 2.2.5, 2.2.7, 2.2.9). The integrated block has checked a TLP before it comes
//! here; what is checked again is what would otherwise be read or written wrongly.

use rust_hdl::prelude::*;

use crate::macros::block;

/// What kind of TLP it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Kind {
    /// A memory write.
    pub write: Bit,
    /// A memory read.
    pub read: Bit,
    /// A locked memory read.
    pub locked: Bit,
    /// A completion.
    pub completion: Bit,
    /// A message.
    pub message: Bit,
    /// Keeps the rules for memory requests.
    pub legal: Bit,
    /// No byte is enabled.
    pub nothing: Bit,
}

block! {
    /// Reads a header.
    pub struct Request new() {
        /// First doubleword.
        pub first: Signal<In, Bits<32>>,
        /// Second doubleword.
        pub second: Signal<In, Bits<32>>,
        /// Bits 11..2 of the address.
        pub page_word: Signal<In, Bits<10>>,
        /// The kind.
        pub kind: Signal<Out, Kind>,
        /// Doublewords asked for, 1 to 1,024.
        pub words: Signal<Out, Bits<11>>,
        /// Bytes from the first one enabled to the last one enabled; 1 when there is none.
        pub bytes: Signal<Out, Bits<13>>,
        /// Where in its doubleword the first one lies.
        pub lead: Signal<Out, Bits<2>>,

        format: Signal<Local, Bits<2>>,
        tlp_type: Signal<Local, Bits<5>>,
        first_enable: Signal<Local, Bits<4>>,
        last_enable: Signal<Local, Bits<4>>,
        ending: Signal<Local, Bits<4>>,
        length: Signal<Local, Bits<10>>,
        has_data: Signal<Local, Bit>,
        one: Signal<Local, Bit>,
        page_end: Signal<Local, Bits<12>>,
        trail: Signal<Local, Bits<2>>,
        all_bytes: Signal<Local, Bits<13>>,
        page: Constant<Bits<12>> = Constant::new(1024_u64.into()),
    }
}

impl Logic for Request {
    #[hdl_gen]
    fn update(&mut self) {
        self.format.next = self.first.val().get_bits::<2>(29);
        self.tlp_type.next = self.first.val().get_bits::<5>(24);
        self.length.next = self.first.val().get_bits::<10>(0);
        self.first_enable.next = self.second.val().get_bits::<4>(0);
        self.last_enable.next = self.second.val().get_bits::<4>(4);
        self.has_data.next = self.format.val().get_bit(1);

        self.words.next = bit_cast::<11, 10>(self.length.val());
        if !self.length.val().any() {
            self.words.next = 1024.into();
        }
        self.one.next = self.words.val() == 1;
        self.page_end.next = bit_cast::<12, 10>(self.page_word.val()) + bit_cast::<12, 11>(self.words.val());

        // Byte count and lower address (2.2.9).
        self.lead.next = 0.into();
        if !self.first_enable.val().get_bit(0) {
            self.lead.next = 1.into();
            if !self.first_enable.val().get_bit(1) {
                self.lead.next = 2.into();
                if !self.first_enable.val().get_bit(2) {
                    self.lead.next = 3.into();
                }
            }
        }
        if !self.first_enable.val().any() {
            self.lead.next = 0.into();
        }
        self.ending.next = self.last_enable.val();
        if self.one.val() {
            self.ending.next = self.first_enable.val();
        }
        self.trail.next = 0.into();
        if !self.ending.val().get_bit(3) {
            self.trail.next = 1.into();
            if !self.ending.val().get_bit(2) {
                self.trail.next = 2.into();
                if !self.ending.val().get_bit(1) {
                    self.trail.next = 3.into();
                }
            }
        }
        self.all_bytes.next = bit_cast::<13, 11>(self.words.val()) << 2;
        self.bytes.next =
            self.all_bytes.val() - bit_cast::<13, 2>(self.lead.val()) - bit_cast::<13, 2>(self.trail.val());

        self.kind.next.write = self.has_data.val() & (self.tlp_type.val() == 0);
        self.kind.next.read = (!self.has_data.val()) & (self.tlp_type.val() == 0);
        self.kind.next.locked = (!self.has_data.val()) & (self.tlp_type.val() == 1);
        self.kind.next.completion = self.tlp_type.val().get_bits::<4>(1) == 5;
        self.kind.next.message = self.tlp_type.val().get_bits::<2>(3) == 2;
        self.kind.next.nothing = self.one.val() & !self.first_enable.val().any();
        // No request crosses 4 KiB (2.2.7); byte enables of one doubleword and of several (2.2.5).
        self.kind.next.legal = (self.page_end.val() <= self.page.val())
            & ((self.one.val() & !self.last_enable.val().any())
                | ((!self.one.val()) & self.first_enable.val().any() & self.last_enable.val().any()));
    }
}
