//! INTx: the block's interrupt level as Assert_INTA and Deassert_INTA messages.
//!
//! Runs on the PCIe clock. The integrated block sends the messages (UG477, legacy interrupt mode): it is
//! asked by `request`, with `assert` beside it, until `ready`. Asserted only while Interrupt Disable is
//! clear and MSI-X is off, and taken back when that ends (PCI Express Base Specification 3.0, 2.2.8.1,
//! 6.1.2, 7.5.1.1); `status` follows the level whatever Interrupt Disable says.

use rust_hdl::prelude::*;

use crate::synchroniser::Synchroniser;

/// The messages.
#[derive(LogicBlock, Default)]
pub struct Interrupt {
    /// The PCIe clock.
    pub clock: Signal<In, Clock>,
    /// The link is down: nothing is asserted.
    pub reset: Signal<In, Bit>,
    /// The level, a flip-flop of another clock.
    pub level: Signal<In, Bit>,
    /// Interrupt Disable of the Command register.
    pub disabled: Signal<In, Bit>,
    /// MSI-X is on.
    pub msix: Signal<In, Bit>,
    /// The message was taken.
    pub ready: Signal<In, Bit>,
    /// Asks for a message.
    pub request: Signal<Out, Bit>,
    /// Assert, else Deassert.
    pub assert_intx: Signal<Out, Bit>,
    /// Interrupt Status of the Status register.
    pub status: Signal<Out, Bit>,

    across: Synchroniser<1>,
    asks: DFF<Bit>,
    asserts: DFF<Bit>,
    asserted: DFF<Bit>,
    pending: DFF<Bit>,
    wires: Signal<Local, Bits<1>>,
    wanted: Signal<Local, Bit>,
}

impl Logic for Interrupt {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, asks, asserts, asserted, pending);
        self.across.clock.next = self.clock.val();
        self.wires.next = 0.into();
        if self.level.val() {
            self.wires.next = 1.into();
        }
        self.across.pins.next = self.wires.val();
        self.pending.d.next = self.across.level.val().any();
        self.wanted.next = self.pending.q.val() & (!self.disabled.val()) & (!self.msix.val());
        if self.asks.q.val() {
            if self.ready.val() {
                self.asks.d.next = false;
                self.asserted.d.next = self.asserts.q.val();
            }
        } else {
            if self.wanted.val() != self.asserted.q.val() {
                self.asks.d.next = true;
                self.asserts.d.next = self.wanted.val();
            }
        }
        if self.reset.val() {
            self.asks.d.next = false;
            self.asserts.d.next = false;
            self.asserted.d.next = false;
        }
        self.request.next = self.asks.q.val();
        self.assert_intx.next = self.asserts.q.val();
        self.status.next = self.pending.q.val();
    }
}
