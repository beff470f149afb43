//! How many shared places of one port's interrupt queue are taken.
//!
//! A line's first packet in a queue takes the place reserved for that line; only further ones take
//! shared places, of which there are the queue's depth less one per line.

use rust_hdl::prelude::*;

use crate::macros::block;

block! {
    /// Shared places of one port, `shared` of them.
    pub struct Places new(shared: usize) {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// Frees all.
        pub reset: Signal<In, Bit>,
        /// One is taken.
        pub claim: Signal<In, Bit>,
        /// One becomes free.
        pub free: Signal<In, Bit>,
        /// None is left.
        pub full: Signal<Out, Bit>,
        /// One is left.
        pub last: Signal<Out, Bit>,

        taken: DFF<Bits<8>>,
        all: Constant<Bits<8>> = Constant::new((shared as u64).into()),
        all_but_one: Constant<Bits<8>> = Constant::new((shared as u64 - 1).into()),
    }
}

impl Logic for Places {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, taken);
        if self.claim.val() & !self.free.val() {
            self.taken.d.next = self.taken.q.val() + 1;
        }
        if self.free.val() & !self.claim.val() {
            self.taken.d.next = self.taken.q.val() - 1;
        }
        if self.reset.val() {
            self.taken.d.next = 0.into();
        }
        self.full.next = self.taken.q.val() == self.all.val();
        self.last.next = self.taken.q.val() == self.all_but_one.val();
    }
}
