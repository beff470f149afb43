//! How two sides with clocks of their own restart together: one side of it.
//!
//! A FIFO between two clocks loses or repeats words when one side's pointer is cleared and the other's is
//! not, and so it does when one side's pointer goes to zero before the other side looks away. So a reset
//! on either side stops that side and is a request to the other, by a four-phase handshake:
//!
//! ```text
//! request  ──┐ of the side that was reset: I have stopped, where I was
//! acknowledge ──┐ of the other side: I have stopped too, my pointers are zero
//! request  ──┘ mine are zero as well, and my reset is over
//! acknowledge ──┘ I go on; when that is seen, the first side goes on too
//! ```
//!
//! Promises
//! - Pointers change to zero only while both sides have stopped, and neither goes on before both are zero.
//! - Every step waits for the other side, so nothing depends on the ratio of the clocks, and a clock may
//!   stand still at any point: the other side then waits, stopped.
//! - A reset during the last phase begins the handshake again.
//!
//! Both sides may ask at once; the two handshakes do not know of each other.

use rust_hdl::prelude::*;

use crate::synchroniser::Synchroniser;

/// One side. `request` and `acknowledge` are flip-flops and go to the other side as they are.
#[derive(LogicBlock, Default)]
pub struct Restart {
    /// This side's clock.
    pub clock: Signal<In, Clock>,
    /// Resets this side, and through it the other.
    pub reset: Signal<In, Bit>,
    /// The other side's `request`, of its clock.
    pub other_request: Signal<In, Bit>,
    /// The other side's `acknowledge`, of its clock.
    pub other_acknowledge: Signal<In, Bit>,
    /// This side was reset.
    pub request: Signal<Out, Bit>,
    /// This side holds, because the other was reset.
    pub acknowledge: Signal<Out, Bit>,
    /// Nothing moves.
    pub hold: Signal<Out, Bit>,
    /// Pointers become zero; never without `hold`.
    pub clear: Signal<Out, Bit>,

    across: Synchroniser<2>,
    asks: DFF<Bit>,
    clears: DFF<Bit>,
    releases: DFF<Bit>,
    again: DFF<Bit>,
    acknowledges: DFF<Bit>,
    wires: Signal<Local, Bits<2>>,
    asked: Signal<Local, Bit>,
    acknowledged: Signal<Local, Bit>,
}

impl Logic for Restart {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, asks, clears, releases, again, acknowledges);
        self.across.clock.next = self.clock.val();
        self.wires.next = 0.into();
        self.wires.next = self.wires.val().replace_bit(0, self.other_request.val());
        self.wires.next = self.wires.val().replace_bit(1, self.other_acknowledge.val());
        self.across.pins.next = self.wires.val();
        self.asked.next = self.across.level.val().get_bit(0);
        self.acknowledged.next = self.across.level.val().get_bit(1);

        if self.asks.q.val() {
            // Pointers are zero for a clock before the request falls.
            self.clears.d.next = self.acknowledged.val() & (!self.reset.val()) & !self.clears.q.val();
            if self.clears.q.val() & !self.reset.val() {
                self.asks.d.next = false;
                self.releases.d.next = true;
            }
        } else {
            if self.releases.q.val() {
                if self.reset.val() {
                    self.again.d.next = true;
                }
                if !self.acknowledged.val() {
                    self.releases.d.next = false;
                    self.asks.d.next = self.again.q.val() | self.reset.val();
                    self.again.d.next = false;
                }
            } else {
                if self.reset.val() {
                    self.asks.d.next = true;
                }
            }
        }
        self.acknowledges.d.next = self.asked.val();

        self.request.next = self.asks.q.val();
        self.acknowledge.next = self.acknowledges.q.val();
        self.clear.next =
            self.clears.q.val() | self.releases.q.val() | self.asked.val() | self.acknowledges.q.val();
        self.hold.next = self.reset.val() | self.asks.q.val() | self.clear.val();
    }
}
