//! The reset walk: how the block forgets everything but time and counts.
//!
//! First only what is under way is finished, then what is kept per port is cleared, port by port, then
//! doorbells and line configuration at once. Then the server is told line by line to forget its
//! binding and to count what was queued as discarded. While the bus's reset input is up the walk waits
//! before its last step.

use rust_hdl::prelude::*;

use crate::macros::block;

block! {
    /// Resets a block of `lines` lines.
    pub struct ResetWalk new(lines: usize) {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// The bus's reset; any clock of it starts a walk.
        pub bus_reset: Signal<In, Bit>,
        /// Starts a walk.
        pub start: Signal<In, Bit>,
        /// The walk may not end.
        pub pause: Signal<In, Bit>,
        /// The server took a command of the walk.
        pub taken: Signal<In, Bit>,

        /// A walk is under way; the register bus waits.
        pub active: Signal<Out, Bit>,
        /// Clear what is kept for `clear_port`.
        pub clear_port_valid: Signal<Out, Bit>,
        /// A port; all sixteen come by, the last one beside `clear`.
        pub clear_port: Signal<Out, Bits<4>>,
        /// Clear doorbells and configuration.
        pub clear: Signal<Out, Bit>,
        /// The next line that shall forget.
        pub line: Signal<Out, Bits<6>>,
        /// It shall do so now; `line` has stood for a clock.
        pub line_valid: Signal<Out, Bit>,
        /// Walks since power-up.
        pub epoch: Signal<Out, Bits<16>>,

        /// Clocks until the ports are cleared: seven for what was under way, as the server's pipeline
        /// is shorter, then one per port.
        draining: DFF<Bits<5>>,
        walking: DFF<Bit>,
        number: DFF<Bits<7>>,
        selected: DFF<Bit>,
        epochs: DFF<Bits<16>>,
        remaining: Signal<Local, Bits<5>>,
        all_done: Signal<Local, Bit>,
        lines: Constant<Bits<7>> = Constant::new((lines as u64).into()),
    }
}

impl Logic for ResetWalk {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, draining, walking, number, selected, epochs);
        self.remaining.next = self.draining.q.val() - 1;
        self.clear_port.next = self.remaining.val().get_bits::<4>(0);
        self.clear_port_valid.next = self.walking.q.val() & !self.remaining.val().get_bit(4);
        self.clear.next = self.walking.q.val() & (self.draining.q.val() == 1);
        self.all_done.next = self.number.q.val() == self.lines.val();
        self.selected.d.next = false;
        if self.walking.q.val() {
            if self.draining.q.val().any() {
                self.draining.d.next = self.remaining.val();
                self.number.d.next = 0.into();
            } else {
                self.selected.d.next = !self.all_done.val() & !self.taken.val();
                if self.taken.val() {
                    self.number.d.next = self.number.q.val() + 1;
                }
                if self.all_done.val() & !self.bus_reset.val() & !self.pause.val() {
                    self.walking.d.next = false;
                }
            }
        } else {
            if self.start.val() | self.bus_reset.val() {
                self.walking.d.next = true;
                self.draining.d.next = 23.into();
                self.epochs.d.next = self.epochs.q.val() + 1;
            }
        }
        self.active.next = self.walking.q.val();
        self.line.next = self.number.q.val().get_bits::<6>(0);
        self.line_valid.next = self.selected.q.val();
        self.epoch.next = self.epochs.q.val();
    }
}
