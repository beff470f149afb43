//! The reset walk: how the block forgets everything but time and counts.
//!
//! First only what is under way is finished, then queues, doorbells and line configuration are
//! cleared, then the server is told line by line to forget its binding and to count what was queued
//! as discarded. While the bus's reset input is up the walk waits before its last step.

use rust_hdl::prelude::*;

/// Resets a block of `LINES` lines.
#[derive(LogicBlock, Default)]
pub struct ResetWalk<const LINES: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The bus's reset; any clock of it starts a walk.
    pub bus_reset: Signal<In, Bit>,
    /// Starts a walk.
    pub start: Signal<In, Bit>,
    /// The server took a command of the walk.
    pub taken: Signal<In, Bit>,

    /// A walk is under way; the register bus waits.
    pub active: Signal<Out, Bit>,
    /// Clear queues, doorbells and configuration.
    pub clear: Signal<Out, Bit>,
    /// The line that shall forget, one-hot, or none.
    pub line: Signal<Out, Bits<LINES>>,
    /// Walks since power-up.
    pub epoch: Signal<Out, Bits<16>>,

    /// Clocks until what was under way is finished: the server's pipeline is shorter.
    draining: DFF<Bits<3>>,
    walking: DFF<Bit>,
    walk: DFF<Bits<LINES>>,
    epochs: DFF<Bits<16>>,
}

impl<const LINES: usize> Logic for ResetWalk<LINES> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, draining, walking, walk, epochs);
        self.clear.next = false;
        if self.walking.q.val() {
            if self.draining.q.val().any() {
                self.draining.d.next = self.draining.q.val() - 1;
                if self.draining.q.val() == 1 {
                    self.clear.next = true;
                    self.walk.d.next = 1.into();
                }
            } else {
                if self.taken.val() {
                    self.walk.d.next = self.walk.q.val() << 1;
                }
                if !self.walk.q.val().any() & !self.bus_reset.val() {
                    self.walking.d.next = false;
                }
            }
        } else {
            if self.start.val() | self.bus_reset.val() {
                self.walking.d.next = true;
                self.draining.d.next = 7.into();
                self.epochs.d.next = self.epochs.q.val() + 1;
            }
        }
        self.active.next = self.walking.q.val();
        self.line.next = self.walk.q.val();
        self.epoch.next = self.epochs.q.val();
    }
}
