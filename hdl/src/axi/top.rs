//! The AXI top: the block behind an AXI4-Lite slave, in one clock domain.
//!
//! `s_axi_aresetn` goes through a register, so it must be low for two clocks at least (AMD asks for
//! sixteen, UG1037) for the VALIDs to be low when it rises.

use rust_hdl::prelude::*;

use super::slave::AxiSlave;
use crate::block::Block;
use crate::decode::ADDRESS_BITS;
use crate::macros::block;

block! {
    /// The block behind an AXI4-Lite slave. Parameters as those of `Block`; ports are flat and
    /// carry the usual names, so that tools recognise the bus.
    pub struct AxiTop<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize>
    new(hertz: u32, depth: usize, user_depth: usize) {
        /// Clock of bus and block.
        pub s_axi_aclk: Signal<In, Clock>,
        /// Synchronous, active low.
        pub s_axi_aresetn: Signal<In, Bit>,
        /// Write address, in bytes.
        pub s_axi_awaddr: Signal<In, Bits<ADDRESS_BITS>>,
        /// The write address is there.
        pub s_axi_awvalid: Signal<In, Bit>,
        /// The write address is taken.
        pub s_axi_awready: Signal<Out, Bit>,
        /// Write data.
        pub s_axi_wdata: Signal<In, Bits<32>>,
        /// Which bytes to write.
        pub s_axi_wstrb: Signal<In, Bits<4>>,
        /// The write data is there.
        pub s_axi_wvalid: Signal<In, Bit>,
        /// The write data is taken.
        pub s_axi_wready: Signal<Out, Bit>,
        /// 0 OKAY, 2 SLVERR.
        pub s_axi_bresp: Signal<Out, Bits<2>>,
        /// The write's response is there.
        pub s_axi_bvalid: Signal<Out, Bit>,
        /// The master takes it.
        pub s_axi_bready: Signal<In, Bit>,
        /// Read address, in bytes.
        pub s_axi_araddr: Signal<In, Bits<ADDRESS_BITS>>,
        /// The read address is there.
        pub s_axi_arvalid: Signal<In, Bit>,
        /// The read address is taken.
        pub s_axi_arready: Signal<Out, Bit>,
        /// Read data.
        pub s_axi_rdata: Signal<Out, Bits<32>>,
        /// 0 OKAY, 2 SLVERR.
        pub s_axi_rresp: Signal<Out, Bits<2>>,
        /// The read's response is there.
        pub s_axi_rvalid: Signal<Out, Bit>,
        /// The master takes it.
        pub s_axi_rready: Signal<In, Bit>,
        /// The lines' pins, asynchronous.
        pub lines: Signal<In, Bits<LINES>>,
        /// The interrupt, a level.
        pub irq: Signal<Out, Bit>,
        /// Nothing but the tick counter moves.
        pub idle: Signal<Out, Bit>,
        /// One pulse per user packet that leaves a port's queue.
        pub post_credits: Signal<Out, Bits<PORTS>>,

        slave: AxiSlave<ADDRESS_BITS>,
        core: Block<LINES, LW, PORTS, IA, UA, 0> = Block::new(hertz, depth, user_depth, 0),
        reset: DFF<Bit>,
        accepting: Signal<Local, Bit>,
        quiet: DFF<Bit>,
    }
}

impl<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize> Logic
    for AxiTop<LINES, LW, PORTS, IA, UA>
{
    #[hdl_gen]
    fn update(&mut self) {
        self.reset.clock.next = self.s_axi_aclk.val();
        self.quiet.clock.next = self.s_axi_aclk.val();
        self.slave.clock.next = self.s_axi_aclk.val();
        self.core.clock.next = self.s_axi_aclk.val();
        self.reset.d.next = !self.s_axi_aresetn.val();
        self.slave.reset.next = self.reset.q.val();
        self.core.reset.next = self.reset.q.val();

        self.slave.awaddr.next = self.s_axi_awaddr.val();
        self.slave.awvalid.next = self.s_axi_awvalid.val();
        self.s_axi_awready.next = self.slave.awready.val();
        self.slave.wdata.next = self.s_axi_wdata.val();
        self.slave.wstrb.next = self.s_axi_wstrb.val();
        self.slave.wvalid.next = self.s_axi_wvalid.val();
        self.s_axi_wready.next = self.slave.wready.val();
        self.s_axi_bresp.next = self.slave.bresp.val();
        self.s_axi_bvalid.next = self.slave.bvalid.val();
        self.slave.bready.next = self.s_axi_bready.val();
        self.slave.araddr.next = self.s_axi_araddr.val();
        self.slave.arvalid.next = self.s_axi_arvalid.val();
        self.s_axi_arready.next = self.slave.arready.val();
        self.s_axi_rdata.next = self.slave.rdata.val();
        self.s_axi_rresp.next = self.slave.rresp.val();
        self.s_axi_rvalid.next = self.slave.rvalid.val();
        self.slave.rready.next = self.s_axi_rready.val();

        self.core.write_valid.next = self.slave.write_valid.val();
        self.core.write_address.next = self.slave.write_address.val();
        self.core.write_data.next = self.slave.write_data.val();
        self.core.write_strobe.next = self.slave.write_strobe.val();
        self.slave.write_done.next = self.core.write_done.val();
        self.slave.write_error.next = self.core.write_error.val();
        self.core.read_valid.next = self.slave.read_valid.val();
        self.core.read_address.next = self.slave.read_address.val();
        self.slave.read_done.next = self.core.read_done.val();
        self.slave.read_data.next = self.core.read_data.val();
        self.slave.read_error.next = self.core.read_error.val();

        self.core.pins.next = self.lines.val();
        self.core.ring_limit.next = 0.into();
        self.core.ring_ready.next = false;
        self.core.ring_done.next = false;
        self.core.ring_failed.next = false;
        self.irq.next = self.core.irq.val();
        self.post_credits.next = self.core.post_credits.val();
        // The slave shows no state of its own but its READYs: all up is nothing accepted.
        self.accepting.next = self.slave.awready.val() & self.slave.wready.val() & self.slave.arready.val();
        self.quiet.d.next = self.core.idle.val() & self.accepting.val();
        self.idle.next = self.quiet.q.val();
    }
}
