//! The tick counter: 64 bits, one per clock, since power-up. Nothing resets it.
//!
//! Ticks, not nanoseconds: the host converts. Around 5,800 years at 100 MHz until it wraps.

use rust_hdl::prelude::*;

/// The tick counter.
#[derive(LogicBlock, Default)]
pub struct Timebase {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Ticks since power-up.
    pub now: Signal<Out, Bits<64>>,
    ticks: DFF<Bits<64>>,
}

impl Logic for Timebase {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, ticks);
        self.ticks.d.next = self.ticks.q.val() + 1;
        self.now.next = self.ticks.q.val();
    }
}
