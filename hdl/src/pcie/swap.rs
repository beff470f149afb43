//! A doubleword of a TLP's payload as a little-endian word, and back.
//!
//! The integrated block shows byte 0 of each doubleword in its upper eight bits (docs/pcie.md), which is how
//! headers are written; registers have their byte 0 in the lower eight.

use rust_hdl::prelude::*;

/// Turns the four bytes round.
#[derive(LogicBlock, Default)]
pub struct Swap {
    /// A doubleword.
    pub word: Signal<In, Bits<32>>,
    /// Its bytes in the other order.
    pub swapped: Signal<Out, Bits<32>>,
    first: Signal<Local, Bits<8>>,
    second: Signal<Local, Bits<8>>,
    third: Signal<Local, Bits<8>>,
    fourth: Signal<Local, Bits<8>>,
}

impl Logic for Swap {
    #[hdl_gen]
    fn update(&mut self) {
        self.first.next = self.word.val().get_bits::<8>(0);
        self.second.next = self.word.val().get_bits::<8>(8);
        self.third.next = self.word.val().get_bits::<8>(16);
        self.fourth.next = self.word.val().get_bits::<8>(24);
        self.swapped.next = (bit_cast::<32, 8>(self.first.val()) << 24)
            | (bit_cast::<32, 8>(self.second.val()) << 16)
            | (bit_cast::<32, 8>(self.third.val()) << 8)
            | bit_cast::<32, 8>(self.fourth.val());
    }
}
