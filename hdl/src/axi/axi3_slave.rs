//! AXI3 slave: turns bursts of a 32-bit bus into requests on the register bus of `AxiSlave`, for PS7's M_AXI_GP0.
//!
//! Promises
//! - Every beat of a burst is an access of its own, in the order of the beats, at the beat's address and with the
//!   beat's strobes. The next one begins when the register bus has answered.
//! - A write burst has one response, after its last beat: SLVERR when any of its beats was refused. A read burst has
//!   one per beat, RLAST with the last. Both bear the burst's ID.
//! - The address and the first data of a write may come in either order, or together. Whatever is taken is kept in a
//!   register, and further addresses and data wait, so transactions that the master has outstanding go in their order.
//!   Data of two bursts may not be mixed: the interleaving depth is one (IHI 0022E, A5.4).
//! - A burst that no master may make (see `AxiBurst`), and a beat of data whose WID or WLAST is not that of its burst,
//!   reaches no register: it is answered SLVERR. AxLEN says how many beats there are.
//! - Exclusive and locked accesses are plain ones: the answer is never EXOKAY, which says that a slave has no
//!   exclusive accesses (A7.2.5); for a locked sequence the interconnect keeps other masters away (A7.3).
//! - A read waits while a write's beat is there with its address, until that is carried out. So it sees the effect of
//!   each beat that the slave took before it. Nothing else waits for anything on the other side.
//! - Every AXI output is a register (a response's upper bit with the constant lower one), so no path leads from an input
//!   to an output.
//! - VALID stays up, and what it covers stays the same, until READY (A3.2.1). In reset VALIDs and READYs are low (A3.1.2),
//!   and nothing of a burst is left behind it.
//!
//! Left to others: what an address means. Its two low bits are handed on: a narrow beat's are its own.

use rust_hdl::prelude::*;

use super::burst::AxiBurst;

/// AXI3 slave with 32-bit data, byte addresses of `AW` bits and IDs of `IW` bits; see the module.
///
/// Names follow ARM IHI 0022H without the usual `s_axi_`. CACHE, PROT and QOS are not there: nothing depends on them.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct Axi3Slave<const AW: usize, const IW: usize> {
    /// ACLK.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,

    /// Write ID.
    pub awid: Signal<In, Bits<IW>>,
    /// Write address, in bytes.
    pub awaddr: Signal<In, Bits<AW>>,
    /// Beats less one.
    pub awlen: Signal<In, Bits<4>>,
    /// log2 of the bytes in a beat, at most 2.
    pub awsize: Signal<In, Bits<3>>,
    /// 0 FIXED, 1 INCR, 2 WRAP.
    pub awburst: Signal<In, Bits<2>>,
    /// 1 exclusive, 2 locked; all the same.
    pub awlock: Signal<In, Bits<2>>,
    /// The write address is there.
    pub awvalid: Signal<In, Bit>,
    /// The write address is taken.
    pub awready: Signal<Out, Bit>,
    /// ID of the write data: that of its address.
    pub wid: Signal<In, Bits<IW>>,
    /// Write data.
    pub wdata: Signal<In, Bits<32>>,
    /// Which bytes to write.
    pub wstrb: Signal<In, Bits<4>>,
    /// The last beat of its burst.
    pub wlast: Signal<In, Bit>,
    /// The write data is there.
    pub wvalid: Signal<In, Bit>,
    /// The write data is taken.
    pub wready: Signal<Out, Bit>,
    /// ID of the write that this answers.
    pub bid: Signal<Out, Bits<IW>>,
    /// 0 OKAY, 2 SLVERR (IHI 0022H, A3.4.4).
    pub bresp: Signal<Out, Bits<2>>,
    /// The write's response is there.
    pub bvalid: Signal<Out, Bit>,
    /// The master takes the write's response.
    pub bready: Signal<In, Bit>,
    /// Read ID.
    pub arid: Signal<In, Bits<IW>>,
    /// Read address, in bytes.
    pub araddr: Signal<In, Bits<AW>>,
    /// Beats less one.
    pub arlen: Signal<In, Bits<4>>,
    /// log2 of the bytes in a beat, at most 2.
    pub arsize: Signal<In, Bits<3>>,
    /// 0 FIXED, 1 INCR, 2 WRAP.
    pub arburst: Signal<In, Bits<2>>,
    /// 1 exclusive, 2 locked; all the same.
    pub arlock: Signal<In, Bits<2>>,
    /// The read address is there.
    pub arvalid: Signal<In, Bit>,
    /// The read address is taken.
    pub arready: Signal<Out, Bit>,
    /// ID of the read that this answers.
    pub rid: Signal<Out, Bits<IW>>,
    /// Read data.
    pub rdata: Signal<Out, Bits<32>>,
    /// 0 OKAY, 2 SLVERR.
    pub rresp: Signal<Out, Bits<2>>,
    /// The last beat of its burst.
    pub rlast: Signal<Out, Bit>,
    /// A beat of read data is there.
    pub rvalid: Signal<Out, Bit>,
    /// The master takes it.
    pub rready: Signal<In, Bit>,

    /// One cycle: a write starts.
    pub write_valid: Signal<Out, Bit>,
    /// Its address, until done.
    pub write_address: Signal<Out, Bits<AW>>,
    /// Its data, until done.
    pub write_data: Signal<Out, Bits<32>>,
    /// Its strobes, until done.
    pub write_strobe: Signal<Out, Bits<4>>,
    /// One cycle: the write was carried out or refused.
    pub write_done: Signal<In, Bit>,
    /// Beside `write_done`: refused.
    pub write_error: Signal<In, Bit>,
    /// One cycle: a read starts.
    pub read_valid: Signal<Out, Bit>,
    /// Its address, until done.
    pub read_address: Signal<Out, Bits<AW>>,
    /// One cycle: `read_data` is there.
    pub read_done: Signal<In, Bit>,
    /// Beside `read_done`: the word.
    pub read_data: Signal<In, Bits<32>>,
    /// Beside `read_done`: there is no such word.
    pub read_error: Signal<In, Bit>,

    writes: AxiBurst<AW, IW>,
    w_ready: DFF<Bit>,
    w_held: DFF<Bit>,
    w_id: DFF<Bits<IW>>,
    w_data: DFF<Bits<32>>,
    w_strobe: DFF<Bits<4>>,
    w_last: DFF<Bit>,
    write_pulse: DFF<Bit>,
    write_busy: DFF<Bit>,
    /// The burst's last beat was carried out, and the response before the burst's own still stands.
    executed: DFF<Bit>,
    /// A beat of this burst was refused.
    write_failed: DFF<Bit>,
    b_valid: DFF<Bit>,
    b_id: DFF<Bits<IW>>,
    b_error: DFF<Bit>,

    reads: AxiBurst<AW, IW>,
    read_pulse: DFF<Bit>,
    read_busy: DFF<Bit>,
    r_valid: DFF<Bit>,
    r_id: DFF<Bits<IW>>,
    r_error: DFF<Bit>,
    r_last: DFF<Bit>,
    r_data: DFF<Bits<32>>,

    w_keep: Signal<Local, Bit>,
    write_turn: Signal<Local, Bit>,
    write_fits: Signal<Local, Bit>,
    write_end: Signal<Local, Bit>,
    write_over: Signal<Local, Bit>,
    write_bad: Signal<Local, Bit>,
    read_turn: Signal<Local, Bit>,
    read_over: Signal<Local, Bit>,
}

impl<const AW: usize, const IW: usize> Logic for Axi3Slave<AW, IW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, w_ready, w_held, w_id, w_data, w_strobe, w_last);
        dff_setup!(self, clock, write_pulse, write_busy, executed, write_failed, b_valid, b_id, b_error);
        dff_setup!(self, clock, read_pulse, read_busy, r_valid, r_id, r_error, r_last, r_data);
        self.writes.clock.next = self.clock.val();
        self.reads.clock.next = self.clock.val();
        self.writes.reset.next = self.reset.val();
        self.reads.reset.next = self.reset.val();

        self.writes.id.next = self.awid.val();
        self.writes.address.next = self.awaddr.val();
        self.writes.length.next = self.awlen.val();
        self.writes.size.next = self.awsize.val();
        self.writes.burst.next = self.awburst.val();
        self.writes.valid.next = self.awvalid.val();
        self.awready.next = self.writes.ready.val();
        self.wready.next = self.w_ready.q.val();
        self.bid.next = self.b_id.q.val();
        self.bvalid.next = self.b_valid.q.val();
        self.bresp.next = 0.into();
        if self.b_error.q.val() {
            self.bresp.next = 2.into();
        }
        self.reads.id.next = self.arid.val();
        self.reads.address.next = self.araddr.val();
        self.reads.length.next = self.arlen.val();
        self.reads.size.next = self.arsize.val();
        self.reads.burst.next = self.arburst.val();
        self.reads.valid.next = self.arvalid.val();
        self.arready.next = self.reads.ready.val();
        self.rid.next = self.r_id.q.val();
        self.rvalid.next = self.r_valid.q.val();
        self.rdata.next = self.r_data.q.val();
        self.rlast.next = self.r_last.q.val();
        self.rresp.next = 0.into();
        if self.r_error.q.val() {
            self.rresp.next = 2.into();
        }
        self.write_valid.next = self.write_pulse.q.val();
        self.write_address.next = self.writes.beat_address.val();
        self.write_data.next = self.w_data.q.val();
        self.write_strobe.next = self.w_strobe.q.val();
        self.read_valid.next = self.read_pulse.q.val();
        self.read_address.next = self.reads.beat_address.val();

        // A beat of a write: its turn comes when its burst and its data are there. It is over when it is carried out;
        // the last one when, besides, the last response is gone.
        self.write_turn.next =
            self.writes.held.val() & self.w_held.q.val() & !self.write_busy.q.val() & !self.executed.q.val();
        self.write_fits.next = self.writes.legal.val()
            & (self.w_id.q.val() == self.writes.beat_id.val())
            & (self.w_last.q.val() == self.writes.last.val());
        self.write_end.next = (self.write_busy.q.val() & self.write_done.val())
            | (self.write_turn.val() & !self.write_fits.val());
        self.write_over.next = (self.write_end.val() | self.executed.q.val())
            & (!self.writes.last.val() | !self.b_valid.q.val() | self.bready.val());
        // What stands beside `write_done` counts with it alone.
        self.write_bad.next = self.write_failed.q.val()
            | !self.write_fits.val()
            | (self.write_busy.q.val() & self.write_error.val());
        if self.executed.q.val() {
            self.write_bad.next = self.write_failed.q.val();
        }
        self.writes.step.next = self.write_over.val();
        self.w_keep.next = self.w_held.q.val();
        if self.wvalid.val() & self.w_ready.q.val() {
            self.w_keep.next = true;
            self.w_id.d.next = self.wid.val();
            self.w_data.d.next = self.wdata.val();
            self.w_strobe.d.next = self.wstrb.val();
            self.w_last.d.next = self.wlast.val();
        }
        self.write_pulse.d.next = self.write_turn.val() & self.write_fits.val();
        if self.write_turn.val() & self.write_fits.val() {
            self.write_busy.d.next = true;
        }
        if self.bready.val() {
            self.b_valid.d.next = false;
        }
        if self.write_end.val() {
            self.write_busy.d.next = false;
            self.executed.d.next = true;
            self.write_failed.d.next = self.write_bad.val();
        }
        if self.write_over.val() {
            self.executed.d.next = false;
            self.w_keep.next = false;
            if self.writes.last.val() {
                self.write_failed.d.next = false;
                self.b_valid.d.next = true;
                self.b_id.d.next = self.writes.beat_id.val();
                self.b_error.d.next = self.write_bad.val();
            }
        }
        self.w_held.d.next = self.w_keep.val();
        self.w_ready.d.next = !self.w_keep.val();

        // A beat of a read: its turn comes when there is room for what it brings. A write's beat that is there already
        // goes first.
        self.read_turn.next = self.reads.held.val()
            & !self.read_busy.q.val()
            & (!self.r_valid.q.val() | self.rready.val())
            & (!self.writes.held.val() | !self.w_held.q.val() | self.executed.q.val());
        self.read_over.next = (self.read_busy.q.val() & self.read_done.val())
            | (self.read_turn.val() & !self.reads.legal.val());
        self.reads.step.next = self.read_over.val();
        self.read_pulse.d.next = self.read_turn.val() & self.reads.legal.val();
        if self.read_turn.val() & self.reads.legal.val() {
            self.read_busy.d.next = true;
        }
        if self.rready.val() {
            self.r_valid.d.next = false;
        }
        if self.read_over.val() {
            self.read_busy.d.next = false;
            self.r_valid.d.next = true;
            self.r_id.d.next = self.reads.beat_id.val();
            self.r_last.d.next = self.reads.last.val();
            self.r_error.d.next = self.read_error.val();
            self.r_data.d.next = self.read_data.val();
            if !self.reads.legal.val() {
                self.r_error.d.next = true;
                self.r_data.d.next = 0.into();
            }
        }

        // READY low during reset is allowed, VALID low is demanded (IHI 0022H, A3.1.2).
        if self.reset.val() {
            self.w_ready.d.next = false;
            self.w_held.d.next = false;
            self.write_pulse.d.next = false;
            self.write_busy.d.next = false;
            self.executed.d.next = false;
            self.write_failed.d.next = false;
            self.b_valid.d.next = false;
            self.read_pulse.d.next = false;
            self.read_busy.d.next = false;
            self.r_valid.d.next = false;
        }
    }
}
