//! A multiplexer: one of sixteen words.

use rust_hdl::prelude::*;

/// Picks a word of 32 bits; combinational.
#[derive(LogicBlock, Default)]
pub struct Pick {
    /// Sixteen words, the first one lowest.
    pub words: Signal<In, Bits<512>>,
    /// Which one.
    pub index: Signal<In, Bits<4>>,
    /// That word.
    pub word: Signal<Out, Bits<32>>,

    half: Signal<Local, Bits<256>>,
    quarter: Signal<Local, Bits<128>>,
    pair: Signal<Local, Bits<64>>,
}

impl Logic for Pick {
    #[hdl_gen]
    fn update(&mut self) {
        // A tree of halves: two levels of it fit one six-input LUT.
        self.half.next = self.words.val().get_bits::<256>(0);
        if self.index.val().get_bit(3) {
            self.half.next = self.words.val().get_bits::<256>(256);
        }
        self.quarter.next = self.half.val().get_bits::<128>(0);
        if self.index.val().get_bit(2) {
            self.quarter.next = self.half.val().get_bits::<128>(128);
        }
        self.pair.next = self.quarter.val().get_bits::<64>(0);
        if self.index.val().get_bit(1) {
            self.pair.next = self.quarter.val().get_bits::<64>(64);
        }
        self.word.next = self.pair.val().get_bits::<32>(0);
        if self.index.val().get_bit(0) {
            self.word.next = self.pair.val().get_bits::<32>(32);
        }
    }
}
