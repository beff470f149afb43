//! From bytes to a pin: eight data bits, low bit first, no parity, one stop bit.
//!
//! Promises: the pin is high at power-up and between bytes; `ready` comes back when the stop bit is over.

use rust_hdl::prelude::*;

use crate::macros::block;

block! {
    /// A transmitter of so many clocks per bit.
    pub struct Transmitter new(clocks: u32) {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// Synchronous, active high: ends a byte in the middle.
        pub reset: Signal<In, Bit>,
        /// The byte.
        pub data: Signal<In, Bits<8>>,
        /// Sends it, while `ready` is up.
        pub send: Signal<In, Bit>,
        /// Nothing is under way.
        pub ready: Signal<Out, Bit>,
        /// The pin.
        pub tx: Signal<Out, Bit>,

        // Upside down, so that zeros, as flip-flops have them at power-up, are an idle line.
        low: DFF<Bit>,
        shift: DFF<Bits<8>>,
        left: DFF<Bits<4>>,
        count: DFF<Bits<16>>,
        whole: Constant<Bits<16>> = Constant::new(u64::from(clocks - 1).into()),
        places: Constant<Bits<4>> = Constant::new(10_u64.into()),
    }
}

impl Logic for Transmitter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, low, shift, left, count);
        self.ready.next = !self.left.q.val().any();
        self.tx.next = !self.low.q.val();
        if self.left.q.val().any() {
            if self.count.q.val().any() {
                self.count.d.next = self.count.q.val() - 1;
            } else {
                self.left.d.next = self.left.q.val() - 1;
                self.count.d.next = self.whole.val();
                // Behind the data zeros come in: the stop bit, which stays.
                self.low.d.next = self.shift.q.val().get_bit(0);
                self.shift.d.next = self.shift.q.val() >> 1;
            }
        } else {
            if self.send.val() {
                self.low.d.next = true;
                self.shift.d.next = !self.data.val();
                self.left.d.next = self.places.val();
                self.count.d.next = self.whole.val();
            }
        }
        if self.reset.val() {
            self.low.d.next = false;
            self.left.d.next = 0.into();
        }
    }
}
