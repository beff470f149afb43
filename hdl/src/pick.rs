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

    group: Signal<Local, Bits<128>>,
}

impl Logic for Pick {
    #[hdl_gen]
    fn update(&mut self) {
        // Two levels of four to one: what a six-input LUT holds.
        self.group.next = self.words.val().get_bits::<128>(0);
        if self.index.val().get_bits::<2>(2) == 1 {
            self.group.next = self.words.val().get_bits::<128>(128);
        }
        if self.index.val().get_bits::<2>(2) == 2 {
            self.group.next = self.words.val().get_bits::<128>(256);
        }
        if self.index.val().get_bits::<2>(2) == 3 {
            self.group.next = self.words.val().get_bits::<128>(384);
        }
        self.word.next = self.group.val().get_bits::<32>(0);
        if self.index.val().get_bits::<2>(0) == 1 {
            self.word.next = self.group.val().get_bits::<32>(32);
        }
        if self.index.val().get_bits::<2>(0) == 2 {
            self.word.next = self.group.val().get_bits::<32>(64);
        }
        if self.index.val().get_bits::<2>(0) == 3 {
            self.word.next = self.group.val().get_bits::<32>(96);
        }
    }
}
