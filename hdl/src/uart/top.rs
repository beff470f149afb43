//! The UART top: the block behind a serial line, with nothing but a clock around it. In one clock domain.
//!
//! It is the AXI top behind the bridge. Nobody else is on that bus who could post packets, so credits go nowhere. `resetn` is synchronous; tie it high where there is none: flip-flops have their
//! values from the bitstream.

use portolan_regs::uart::NOTICE_HERTZ;
use rust_hdl::prelude::*;

use super::bridge::Bridge;
use super::rate::clocks_per_bit;
use crate::axi::AxiTop;
use crate::emit::Rates;
use crate::macros::block;

/// Clocks of a bit.
///
/// # Panics
/// When that rate cannot be made from that clock ([`clocks_per_bit`] tells beforehand).
fn clocks(rates: Rates) -> u32 {
    clocks_per_bit(rates.hertz, rates.baud).unwrap_or_else(|error| panic!("{error}"))
}

block! {
    /// The block behind a UART, eight data bits, no parity, one stop bit. Parameters as those of `Block`.
    pub struct UartTop<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize>
    new(rates: Rates, depth: usize, user_depth: usize) {
        /// Clock.
        pub clk: Signal<In, Clock>,
        /// Synchronous, active low.
        pub resetn: Signal<In, Bit>,
        /// From the host, asynchronous.
        pub rx: Signal<In, Bit>,
        /// To the host.
        pub tx: Signal<Out, Bit>,
        /// The lines' pins, asynchronous.
        pub lines: Signal<In, Bits<LINES>>,
        /// The interrupt, a level; the host is told of it on the line.
        pub irq: Signal<Out, Bit>,
        /// Nothing but the tick counter moves.
        pub idle: Signal<Out, Bit>,

        bridge: Bridge = Bridge::new(clocks(rates), rates.hertz / NOTICE_HERTZ),
        core: AxiTop<LINES, LW, PORTS, IA, UA> = AxiTop::new(rates.hertz, depth, user_depth),
        reset: DFF<Bit>,
        quiet: DFF<Bit>,
    }
}

impl<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize> Logic
    for UartTop<LINES, LW, PORTS, IA, UA>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clk, reset, quiet);
        self.bridge.clock.next = self.clk.val();
        self.core.s_axi_aclk.next = self.clk.val();
        // The AXI top registers its reset as well, so both sides of the bus are reset in the same clock.
        self.reset.d.next = !self.resetn.val();
        self.bridge.reset.next = self.reset.q.val();
        self.core.s_axi_aresetn.next = self.resetn.val();

        self.bridge.rx.next = self.rx.val();
        self.tx.next = self.bridge.tx.val();
        self.bridge.irq.next = self.core.irq.val();

        self.core.s_axi_awaddr.next = self.bridge.awaddr.val();
        self.core.s_axi_awvalid.next = self.bridge.awvalid.val();
        self.bridge.awready.next = self.core.s_axi_awready.val();
        self.core.s_axi_wdata.next = self.bridge.wdata.val();
        self.core.s_axi_wstrb.next = 0xf.into();
        self.core.s_axi_wvalid.next = self.bridge.wvalid.val();
        self.bridge.wready.next = self.core.s_axi_wready.val();
        self.bridge.bresp.next = self.core.s_axi_bresp.val();
        self.bridge.bvalid.next = self.core.s_axi_bvalid.val();
        self.core.s_axi_bready.next = self.bridge.bready.val();
        self.core.s_axi_araddr.next = self.bridge.araddr.val();
        self.core.s_axi_arvalid.next = self.bridge.arvalid.val();
        self.bridge.arready.next = self.core.s_axi_arready.val();
        self.bridge.rdata.next = self.core.s_axi_rdata.val();
        self.bridge.rresp.next = self.core.s_axi_rresp.val();
        self.bridge.rvalid.next = self.core.s_axi_rvalid.val();
        self.core.s_axi_rready.next = self.bridge.rready.val();

        self.core.lines.next = self.lines.val();
        self.irq.next = self.core.irq.val();
        self.quiet.d.next = self.core.idle.val() & self.bridge.quiet.val();
        self.idle.next = self.quiet.q.val();
    }
}
