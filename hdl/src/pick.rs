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

    number: Signal<Local, Bits<4>>,
}

impl Logic for Pick {
    #[hdl_gen]
    fn update(&mut self) {
        self.number.next = 0.into();
        self.word.next = 0.into();
        for i in 0..16 {
            if self.index.val() == self.number.val() {
                self.word.next = self.word.val() | self.words.val().get_bits::<32>(i * 32);
            }
            self.number.next = self.number.val() + 1;
        }
    }
}
