//! The AXI top with rings: the block behind an AXI4-Lite slave, its rings behind an AXI write master, in one
//! clock domain.
//!
//! Signals of the master that never change are constants here: connect them or leave them, as the
//! interconnect asks. To an AXI3 slave (PS7) connect AWLEN's lower four bits, and IDs of zero. A coherent port
//! (ACP) wants AWCACHE and AWUSER of its own. Addresses have 64 bits; what the interconnect does not have, the
//! host must not use. A reset of the slave is one of the master: both begin anew.
//!
//! `s_axi_aresetn` goes through a register, so it must be low for two clocks at least (AMD asks for
//! sixteen, UG1037) for the VALIDs to be low when it rises.

use rust_hdl::prelude::*;

use super::slave::AxiSlave;
use super::writer::AxiWriter;
use crate::block::Block;
use crate::decode::ADDRESS_BITS;
use crate::macros::block;

block! {
    /// The block with rings behind an AXI4-Lite slave and an AXI master. Parameters as those of `Block`; ports are flat and
    /// carry the usual names, so that tools recognise the bus.
    pub struct AxiRingsTop<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize>
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
        /// Ring write address, in bytes.
        pub m_axi_awaddr: Signal<Out, Bits<64>>,
        /// Beats less one: 3 to 15.
        pub m_axi_awlen: Signal<Out, Bits<8>>,
        /// Always 3: eight bytes a beat.
        pub m_axi_awsize: Signal<Out, Bits<3>>,
        /// Always 1: INCR.
        pub m_axi_awburst: Signal<Out, Bits<2>>,
        /// Always 2: Normal Non-cacheable Non-bufferable.
        pub m_axi_awcache: Signal<Out, Bits<4>>,
        /// Always 0: unprivileged secure data.
        pub m_axi_awprot: Signal<Out, Bits<3>>,
        /// The address is there.
        pub m_axi_awvalid: Signal<Out, Bit>,
        /// The address is taken.
        pub m_axi_awready: Signal<In, Bit>,
        /// Ring write data.
        pub m_axi_wdata: Signal<Out, Bits<64>>,
        /// Always all: whole words.
        pub m_axi_wstrb: Signal<Out, Bits<8>>,
        /// The last beat of its burst.
        pub m_axi_wlast: Signal<Out, Bit>,
        /// The data is there.
        pub m_axi_wvalid: Signal<Out, Bit>,
        /// The data is taken.
        pub m_axi_wready: Signal<In, Bit>,
        /// 0 OKAY, else the write failed.
        pub m_axi_bresp: Signal<In, Bits<2>>,
        /// A write's response is there.
        pub m_axi_bvalid: Signal<In, Bit>,
        /// Always 1: it is taken.
        pub m_axi_bready: Signal<Out, Bit>,
        /// The lines' pins, asynchronous.
        pub lines: Signal<In, Bits<LINES>>,
        /// The interrupt, a level.
        pub irq: Signal<Out, Bit>,
        /// Nothing but the tick counter moves.
        pub idle: Signal<Out, Bit>,
        /// One pulse per user packet that leaves a port's queue.
        pub post_credits: Signal<Out, Bits<PORTS>>,

        slave: AxiSlave<ADDRESS_BITS>,
        core: Block<LINES, LW, PORTS, IA, UA, 1> = Block::new(hertz, depth, user_depth, 0),
        writer: AxiWriter,
        longest: Constant<Bits<8>> = Constant::new(16_u64.into()),
        reset: DFF<Bit>,
        accepting: Signal<Local, Bit>,
        quiet: DFF<Bit>,
    }
}

impl<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize> Logic
    for AxiRingsTop<LINES, LW, PORTS, IA, UA>
{
    #[hdl_gen]
    fn update(&mut self) {
        self.reset.clock.next = self.s_axi_aclk.val();
        self.quiet.clock.next = self.s_axi_aclk.val();
        self.slave.clock.next = self.s_axi_aclk.val();
        self.core.clock.next = self.s_axi_aclk.val();
        self.writer.clock.next = self.s_axi_aclk.val();
        self.reset.d.next = !self.s_axi_aresetn.val();
        self.slave.reset.next = self.reset.q.val();
        self.core.reset.next = self.reset.q.val();
        self.writer.reset.next = self.reset.q.val();

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
        self.core.ring_limit.next = self.longest.val();
        self.writer.valid.next = self.core.ring_valid.val();
        self.core.ring_ready.next = self.writer.ready.val();
        self.writer.first.next = self.core.ring_first.val();
        self.writer.last.next = self.core.ring_last.val();
        self.writer.address.next = self.core.ring_address.val();
        self.writer.beats.next = self.core.ring_beats.val();
        self.writer.data.next = self.core.ring_data.val();
        self.core.ring_done.next = self.writer.done.val();
        self.core.ring_failed.next = self.writer.failed.val();
        self.m_axi_awaddr.next = self.writer.awaddr.val();
        self.m_axi_awlen.next = self.writer.awlen.val();
        self.m_axi_awsize.next = 3.into();
        self.m_axi_awburst.next = 1.into();
        self.m_axi_awcache.next = 2.into();
        self.m_axi_awprot.next = 0.into();
        self.m_axi_awvalid.next = self.writer.awvalid.val();
        self.writer.awready.next = self.m_axi_awready.val();
        self.m_axi_wdata.next = self.writer.wdata.val();
        self.m_axi_wstrb.next = 255.into();
        self.m_axi_wlast.next = self.writer.wlast.val();
        self.m_axi_wvalid.next = self.writer.wvalid.val();
        self.writer.wready.next = self.m_axi_wready.val();
        self.writer.bresp.next = self.m_axi_bresp.val();
        self.writer.bvalid.next = self.m_axi_bvalid.val();
        self.m_axi_bready.next = true;
        self.irq.next = self.core.irq.val();
        self.post_credits.next = self.core.post_credits.val();
        // The slave shows no state of its own but its READYs: all up is nothing accepted.
        self.accepting.next = self.slave.awready.val() & self.slave.wready.val() & self.slave.arready.val();
        self.quiet.d.next = self.core.idle.val() & self.accepting.val();
        self.idle.next = self.quiet.q.val();
    }
}
