//! From a pin to bytes: eight data bits, low bit first, no parity, one stop bit.
//!
//! Promises
//! - The pin is looked at in the middle of each bit. A start bit that is not low in its middle was a glitch, and none.
//! - `valid` is up for one clock for each byte whose stop bit was high, `broken` for each other one. After a broken one,
//!   and at power-up, the line must be high before a byte can begin: a line that is held low is one broken byte.
//! - A byte may begin in the second half of the stop bit before it, so the sender may be a little faster.

use rust_hdl::prelude::*;

use crate::macros::block;
use crate::synchroniser::Synchroniser;

block! {
    /// A receiver of so many clocks per bit, at least four.
    pub struct Receiver new(clocks: u32) {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// Synchronous, active high.
        pub reset: Signal<In, Bit>,
        /// The pin, asynchronous.
        pub rx: Signal<In, Bit>,
        /// The byte.
        pub data: Signal<Out, Bits<8>>,
        /// One clock: `data` came.
        pub valid: Signal<Out, Bit>,
        /// One clock: something came that is no byte.
        pub broken: Signal<Out, Bit>,
        /// No byte is under way.
        pub quiet: Signal<Out, Bit>,

        synchroniser: Synchroniser<1>,
        was_high: DFF<Bit>,
        busy: DFF<Bit>,
        count: DFF<Bits<16>>,
        place: DFF<Bits<4>>,
        shift: DFF<Bits<8>>,
        is_valid: DFF<Bit>,
        is_broken: DFF<Bit>,
        pin: Signal<Local, Bits<1>>,
        level: Signal<Local, Bit>,
        incoming: Signal<Local, Bits<8>>,
        whole: Constant<Bits<16>> = Constant::new(u64::from(clocks - 1).into()),
        half: Constant<Bits<16>> = Constant::new(u64::from(clocks / 2 - 1).into()),
        stop: Constant<Bits<4>> = Constant::new(9_u64.into()),
    }
}

impl Logic for Receiver {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, was_high, busy, count, place, shift, is_valid, is_broken);
        self.synchroniser.clock.next = self.clock.val();
        self.pin.next = 0.into();
        if self.rx.val() {
            self.pin.next = 1.into();
        }
        self.synchroniser.pins.next = self.pin.val();
        self.level.next = self.synchroniser.level.val().any();
        self.was_high.d.next = self.level.val();

        self.incoming.next = 0.into();
        if self.level.val() {
            self.incoming.next = 0x80.into();
        }
        self.is_valid.d.next = false;
        self.is_broken.d.next = false;
        if self.busy.q.val() {
            if self.count.q.val().any() {
                self.count.d.next = self.count.q.val() - 1;
            } else {
                self.count.d.next = self.whole.val();
                self.place.d.next = self.place.q.val() + 1;
                self.shift.d.next = (self.shift.q.val() >> 1) | self.incoming.val();
                if !self.place.q.val().any() & self.level.val() {
                    self.busy.d.next = false;
                }
                if self.place.q.val() == self.stop.val() {
                    self.shift.d.next = self.shift.q.val();
                    self.busy.d.next = false;
                    self.is_valid.d.next = self.level.val();
                    self.is_broken.d.next = !self.level.val();
                }
            }
        } else {
            if self.was_high.q.val() & !self.level.val() {
                self.busy.d.next = true;
                self.count.d.next = self.half.val();
                self.place.d.next = 0.into();
            }
        }
        if self.reset.val() {
            self.busy.d.next = false;
            self.is_valid.d.next = false;
            self.is_broken.d.next = false;
        }

        self.data.next = self.shift.q.val();
        self.valid.next = self.is_valid.q.val();
        self.broken.next = self.is_broken.q.val();
        self.quiet.next = (!self.busy.q.val()) & (!self.is_valid.q.val()) & (!self.is_broken.q.val());
    }
}
