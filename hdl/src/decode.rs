//! Which area of the register map an address lies in, and which copy of it.
//!
//! Combinational. Areas and strides are those of `portolan_regs::map`; that they can be told by the
//! upper address bits alone is asserted here.

use portolan_regs::map::{bank, control, line, port, port_control};
use rust_hdl::prelude::*;

use crate::macros::block;

/// Bits of an address: 256 KiB, up to 16 ports.
pub const ADDRESS_BITS: usize = 18;

const _: () = {
    assert!(control::AREA.base == 0 && bank::AREA.base == 1 << 12);
    assert!(port_control::AREA.base == 1 << 14 && port_control::AREA.stride == 1 << 6);
    assert!(line::AREA.base == 1 << 15 && line::AREA.stride == 1 << 5);
    assert!(port::AREA.base == 3 << 16 && port::AREA.stride == 1 << 12);
    assert!(bank::TRIGGER == 1 << 7 && bank::IN_FLIGHT == 2 << 7 && bank::FIRED == 3 << 7);
    assert!(portolan_regs::map::window(16) == 1 << ADDRESS_BITS);
};

block! {
    /// Decodes one address of a block with so many lines and ports.
    pub struct Decode new(lines: usize, ports: usize) {
        /// Address in bytes; the low two bits are ignored.
        pub address: Signal<In, Bits<ADDRESS_BITS>>,
        /// In the control page.
        pub control: Signal<Out, Bit>,
        /// In a bit vector, a word that exists.
        pub bank: Signal<Out, Bit>,
        /// Which vector.
        pub vector: Signal<Out, Bits<5>>,
        /// Which word of it.
        pub vector_word: Signal<Out, Bits<5>>,
        /// In the control registers of a port that exists.
        pub port_control: Signal<Out, Bit>,
        /// In the registers of a line that exists.
        pub line: Signal<Out, Bit>,
        /// Which line.
        pub line_index: Signal<Out, Bits<10>>,
        /// In the page of a port that exists.
        pub port: Signal<Out, Bit>,
        /// Which port, by its page or its control registers.
        pub port_index: Signal<Out, Bits<4>>,
        /// Word of the area's copy.
        pub word: Signal<Out, Bits<10>>,

        control_index: Signal<Local, Bits<8>>,
        page_port: Signal<Local, Bits<4>>,
        word_of_port: Signal<Local, Bits<10>>,
        word_of_line: Signal<Local, Bits<3>>,
        word_of_control: Signal<Local, Bits<4>>,
        lines: Constant<Bits<11>> = Constant::new((lines as u64).into()),
        ports: Constant<Bits<9>> = Constant::new((ports as u64).into()),
        line_words: Constant<Bits<5>> = Constant::new((lines.div_ceil(32) as u64).into()),
        fired: Constant<Bits<5>> = Constant::new(u64::from(bank::FIRED >> 7).into()),
        vectors: Constant<Bits<5>> = Constant::new(u64::from((bank::FIRED >> 7) + 1).into()),
    }
}

impl Logic for Decode {
    #[hdl_gen]
    fn update(&mut self) {
        self.control.next = !self.address.val().get_bits::<6>(12).any();
        self.vector.next = self.address.val().get_bits::<5>(7);
        self.vector_word.next = self.address.val().get_bits::<5>(2);
        self.bank.next = (self.address.val().get_bits::<6>(12) == 1)
            & (self.vector.val() < self.vectors.val())
            & ((!self.vector_word.val().any())
                | ((self.vector.val() != self.fired.val())
                    & (self.vector_word.val() < self.line_words.val())));

        self.line_index.next = self.address.val().get_bits::<10>(5);
        self.line.next = (self.address.val().get_bits::<3>(15) == 1)
            & (bit_cast::<11, 10>(self.line_index.val()) < self.lines.val());

        self.control_index.next = self.address.val().get_bits::<8>(6);
        self.port_control.next = (self.address.val().get_bits::<4>(14) == 1)
            & (bit_cast::<9, 8>(self.control_index.val()) < self.ports.val());
        self.page_port.next = self.address.val().get_bits::<4>(12);
        self.port.next = (self.address.val().get_bits::<2>(16) == 3)
            & (bit_cast::<9, 4>(self.page_port.val()) < self.ports.val());
        self.port_index.next = self.page_port.val();
        if self.port_control.val() {
            self.port_index.next = self.control_index.val().get_bits::<4>(0);
        }

        self.word_of_port.next = self.address.val().get_bits::<10>(2);
        self.word_of_line.next = self.address.val().get_bits::<3>(2);
        self.word_of_control.next = self.address.val().get_bits::<4>(2);
        self.word.next = self.word_of_port.val();
        if self.line.val() {
            self.word.next = bit_cast::<10, 3>(self.word_of_line.val());
        }
        if self.port_control.val() {
            self.word.next = bit_cast::<10, 4>(self.word_of_control.val());
        }
    }
}
