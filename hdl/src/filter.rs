//! One line's glitch filter: for how many clocks a new level must hold, and for how many it has.
//!
//! Leaves to `lines`: what the level is, and what becomes of a pulse that was too short.

use rust_hdl::prelude::*;

use crate::register::Register;

/// A count of clocks, and the length it is compared with.
#[derive(LogicBlock, Default)]
pub struct Filter {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Clears the length.
    pub reset: Signal<In, Bit>,
    /// Writes the length.
    pub write: Signal<In, Bit>,
    /// What.
    pub length: Signal<In, Bits<8>>,
    /// Counts; otherwise the count starts again.
    pub counts: Signal<In, Bit>,
    /// The count has reached the length.
    pub reached: Signal<Out, Bit>,

    limit: Register<Bits<8>>,
    count: DFF<Bits<8>>,
}

impl Logic for Filter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, count);
        self.limit.clock.next = self.clock.val();
        self.limit.enable.next = self.write.val() | self.reset.val();
        self.limit.d.next = self.length.val();
        if self.reset.val() {
            self.limit.d.next = 0.into();
        }
        self.count.d.next = self.count.q.val() + 1;
        if !self.counts.val() {
            self.count.d.next = 0.into();
        }
        self.reached.next = self.count.q.val() == self.limit.q.val();
    }
}
