//! The Zynq-7000 top: the block behind an AXI3 slave for PS7's M_AXI_GP0 (or GP1), its rings behind an AXI3 write
//! master for an S_AXI_HP port or S_AXI_ACP, in one clock domain.
//!
//! Connect the slave's signals by their names (UG585, chapter 5); its CACHE, PROT and QOS are not there, because nothing
//! depends on them. The processor's address bits above the block's window are the interconnect's: GP0 has 0x4000_0000
//! to 0x7fff_ffff, in which the block's 256 KiB repeat unless something else lives there.
//!
//! The master's signals that never change are constants here; QOS is not there. Its IDs have the six bits of a HP
//! port, of which the ACP has three. On the ACP a write is coherent when AWCACHE bit 1 and AWUSER bit 0 are set: the
//! former is, the latter is for the design to tie. On a HP port it is not coherent, and the host keeps its caches
//! away from the rings. PS7 has 32 address bits; the host must not use more.
//!
//! `s_axi_aresetn` goes through a register, so it must be low for two clocks at least (AMD asks for
//! sixteen, UG1037) for the VALIDs to be low when it rises. A reset of the slave is one of the master: both begin anew.

use rust_hdl::prelude::*;

use super::axi3_slave::Axi3Slave;
use super::writer::AxiWriter;
use crate::block::Block;
use crate::decode::ADDRESS_BITS;
use crate::macros::block;

/// Bits of an ID on M_AXI_GP0 (UG585, chapter 5).
pub const GP_ID_BITS: usize = 12;
/// Bits of an ID on an S_AXI_HP port.
pub const HP_ID_BITS: usize = 6;

block! {
    /// The block with rings between PS7's GP0 and one of its slave ports. Parameters as those of `Block`; ports are flat
    /// and carry the usual names, so that tools recognise the bus.
    pub struct ZynqTop<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize>
    new(hertz: u32, depth: usize, user_depth: usize) {
        /// Clock of bus and block.
        pub s_axi_aclk: Signal<In, Clock>,
        /// Synchronous, active low.
        pub s_axi_aresetn: Signal<In, Bit>,
        /// Write ID.
        pub s_axi_awid: Signal<In, Bits<GP_ID_BITS>>,
        /// Write address, in bytes.
        pub s_axi_awaddr: Signal<In, Bits<ADDRESS_BITS>>,
        /// Beats less one.
        pub s_axi_awlen: Signal<In, Bits<4>>,
        /// log2 of the bytes in a beat, at most 2.
        pub s_axi_awsize: Signal<In, Bits<3>>,
        /// 0 FIXED, 1 INCR, 2 WRAP.
        pub s_axi_awburst: Signal<In, Bits<2>>,
        /// 1 exclusive, 2 locked; all the same.
        pub s_axi_awlock: Signal<In, Bits<2>>,
        /// The write address is there.
        pub s_axi_awvalid: Signal<In, Bit>,
        /// The write address is taken.
        pub s_axi_awready: Signal<Out, Bit>,
        /// ID of the write data: that of its address.
        pub s_axi_wid: Signal<In, Bits<GP_ID_BITS>>,
        /// Write data.
        pub s_axi_wdata: Signal<In, Bits<32>>,
        /// Which bytes to write.
        pub s_axi_wstrb: Signal<In, Bits<4>>,
        /// The last beat of its burst.
        pub s_axi_wlast: Signal<In, Bit>,
        /// The write data is there.
        pub s_axi_wvalid: Signal<In, Bit>,
        /// The write data is taken.
        pub s_axi_wready: Signal<Out, Bit>,
        /// ID of the write that this answers.
        pub s_axi_bid: Signal<Out, Bits<GP_ID_BITS>>,
        /// 0 OKAY, 2 SLVERR.
        pub s_axi_bresp: Signal<Out, Bits<2>>,
        /// The write's response is there.
        pub s_axi_bvalid: Signal<Out, Bit>,
        /// The master takes it.
        pub s_axi_bready: Signal<In, Bit>,
        /// Read ID.
        pub s_axi_arid: Signal<In, Bits<GP_ID_BITS>>,
        /// Read address, in bytes.
        pub s_axi_araddr: Signal<In, Bits<ADDRESS_BITS>>,
        /// Beats less one.
        pub s_axi_arlen: Signal<In, Bits<4>>,
        /// log2 of the bytes in a beat, at most 2.
        pub s_axi_arsize: Signal<In, Bits<3>>,
        /// 0 FIXED, 1 INCR, 2 WRAP.
        pub s_axi_arburst: Signal<In, Bits<2>>,
        /// 1 exclusive, 2 locked; all the same.
        pub s_axi_arlock: Signal<In, Bits<2>>,
        /// The read address is there.
        pub s_axi_arvalid: Signal<In, Bit>,
        /// The read address is taken.
        pub s_axi_arready: Signal<Out, Bit>,
        /// ID of the read that this answers.
        pub s_axi_rid: Signal<Out, Bits<GP_ID_BITS>>,
        /// Read data.
        pub s_axi_rdata: Signal<Out, Bits<32>>,
        /// 0 OKAY, 2 SLVERR.
        pub s_axi_rresp: Signal<Out, Bits<2>>,
        /// The last beat of its burst.
        pub s_axi_rlast: Signal<Out, Bit>,
        /// A beat of read data is there.
        pub s_axi_rvalid: Signal<Out, Bit>,
        /// The master takes it.
        pub s_axi_rready: Signal<In, Bit>,
        /// Always 0.
        pub m_axi_awid: Signal<Out, Bits<HP_ID_BITS>>,
        /// Ring write address, in bytes.
        pub m_axi_awaddr: Signal<Out, Bits<64>>,
        /// Beats less one: 3 to 15.
        pub m_axi_awlen: Signal<Out, Bits<4>>,
        /// Always 3: eight bytes a beat.
        pub m_axi_awsize: Signal<Out, Bits<3>>,
        /// Always 1: INCR.
        pub m_axi_awburst: Signal<Out, Bits<2>>,
        /// Always 0: no exclusive or locked access.
        pub m_axi_awlock: Signal<Out, Bits<2>>,
        /// Always 2: modifiable, not bufferable, so that the response comes from memory; no allocation.
        pub m_axi_awcache: Signal<Out, Bits<4>>,
        /// Always 0: unprivileged secure data.
        pub m_axi_awprot: Signal<Out, Bits<3>>,
        /// The address is there.
        pub m_axi_awvalid: Signal<Out, Bit>,
        /// The address is taken.
        pub m_axi_awready: Signal<In, Bit>,
        /// Always 0.
        pub m_axi_wid: Signal<Out, Bits<HP_ID_BITS>>,
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

        slave: Axi3Slave<ADDRESS_BITS, GP_ID_BITS>,
        core: Block<LINES, LW, PORTS, IA, UA, 1> = Block::new(hertz, depth, user_depth, 0),
        writer: AxiWriter,
        longest: Constant<Bits<8>> = Constant::new(16_u64.into()),
        /// Beats less one in the four bits of AXI3.
        length: Signal<Local, Bits<8>>,
        reset: DFF<Bit>,
        accepting: Signal<Local, Bit>,
        quiet: DFF<Bit>,
    }
}

impl<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize> Logic
    for ZynqTop<LINES, LW, PORTS, IA, UA>
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

        self.slave.awid.next = self.s_axi_awid.val();
        self.slave.awaddr.next = self.s_axi_awaddr.val();
        self.slave.awlen.next = self.s_axi_awlen.val();
        self.slave.awsize.next = self.s_axi_awsize.val();
        self.slave.awburst.next = self.s_axi_awburst.val();
        self.slave.awlock.next = self.s_axi_awlock.val();
        self.slave.awvalid.next = self.s_axi_awvalid.val();
        self.s_axi_awready.next = self.slave.awready.val();
        self.slave.wid.next = self.s_axi_wid.val();
        self.slave.wdata.next = self.s_axi_wdata.val();
        self.slave.wstrb.next = self.s_axi_wstrb.val();
        self.slave.wlast.next = self.s_axi_wlast.val();
        self.slave.wvalid.next = self.s_axi_wvalid.val();
        self.s_axi_wready.next = self.slave.wready.val();
        self.s_axi_bid.next = self.slave.bid.val();
        self.s_axi_bresp.next = self.slave.bresp.val();
        self.s_axi_bvalid.next = self.slave.bvalid.val();
        self.slave.bready.next = self.s_axi_bready.val();
        self.slave.arid.next = self.s_axi_arid.val();
        self.slave.araddr.next = self.s_axi_araddr.val();
        self.slave.arlen.next = self.s_axi_arlen.val();
        self.slave.arsize.next = self.s_axi_arsize.val();
        self.slave.arburst.next = self.s_axi_arburst.val();
        self.slave.arlock.next = self.s_axi_arlock.val();
        self.slave.arvalid.next = self.s_axi_arvalid.val();
        self.s_axi_arready.next = self.slave.arready.val();
        self.s_axi_rid.next = self.slave.rid.val();
        self.s_axi_rdata.next = self.slave.rdata.val();
        self.s_axi_rresp.next = self.slave.rresp.val();
        self.s_axi_rlast.next = self.slave.rlast.val();
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
        self.m_axi_awid.next = 0.into();
        self.m_axi_awaddr.next = self.writer.awaddr.val();
        self.length.next = self.writer.awlen.val();
        self.m_axi_awlen.next = self.length.val().get_bits::<4>(0);
        self.m_axi_awsize.next = 3.into();
        self.m_axi_awburst.next = 1.into();
        self.m_axi_awlock.next = 0.into();
        self.m_axi_awcache.next = 2.into();
        self.m_axi_awprot.next = 0.into();
        self.m_axi_awvalid.next = self.writer.awvalid.val();
        self.writer.awready.next = self.m_axi_awready.val();
        self.m_axi_wid.next = 0.into();
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
