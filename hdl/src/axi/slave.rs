//! AXI4-Lite slave: turns bus transactions into requests on a plain register bus.
//!
//! Promises
//! - The address and the data of a write may come in either order, or together; each is kept in a
//!   register of its own, and its READY stays low until the write has been carried out and its response can stand.
//! - One write and one read are in flight at once. A read that comes when both halves of a write are there waits until
//!   that is carried out, so it sees the effect of each write that the slave took before it. Nothing else waits for
//!   anything on the other side; not even for a response to be taken.
//! - Every AXI output is a register (the upper response bit with the constant lower one), so no
//!   path leads from an input to an output. A master may hold BREADY and RREADY low for ever.
//! - VALID stays up, and what it covers stays the same, until READY (IHI 0022H, A3.2.1).
//! - While `reset` is up BVALID and RVALID are low (IHI 0022H, A3.1.2), and so are the READYs.
//!
//! The register bus: `write_valid` is up for one cycle; address, data and strobe stand from that
//! cycle until `write_done`, which is up for one cycle, in the same cycle or any time later, with
//! `write_error` beside it. Reads alike. The register bus must forget requests at reset.
//!
//! Left to others: what the address means. Its two low bits are handed on as they came.

use rust_hdl::prelude::*;

/// AXI4-Lite slave with 32-bit data and byte addresses of `AW` bits; see the module.
///
/// Names follow ARM IHI 0022H without the usual `s_axi_`; PROT is not there (B1.1.1 lets a slave
/// ignore it).
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct AxiSlave<const AW: usize> {
    /// ACLK.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,

    /// Write address, in bytes.
    pub awaddr: Signal<In, Bits<AW>>,
    /// The write address is there.
    pub awvalid: Signal<In, Bit>,
    /// The write address is taken.
    pub awready: Signal<Out, Bit>,
    /// Write data.
    pub wdata: Signal<In, Bits<32>>,
    /// Which bytes to write.
    pub wstrb: Signal<In, Bits<4>>,
    /// The write data is there.
    pub wvalid: Signal<In, Bit>,
    /// The write data is taken.
    pub wready: Signal<Out, Bit>,
    /// 0 OKAY, 2 SLVERR (IHI 0022H, A3.4.4).
    pub bresp: Signal<Out, Bits<2>>,
    /// The write's response is there.
    pub bvalid: Signal<Out, Bit>,
    /// The master takes the write's response.
    pub bready: Signal<In, Bit>,
    /// Read address, in bytes.
    pub araddr: Signal<In, Bits<AW>>,
    /// The read address is there.
    pub arvalid: Signal<In, Bit>,
    /// The read address is taken.
    pub arready: Signal<Out, Bit>,
    /// Read data.
    pub rdata: Signal<Out, Bits<32>>,
    /// 0 OKAY, 2 SLVERR.
    pub rresp: Signal<Out, Bits<2>>,
    /// The read's response is there.
    pub rvalid: Signal<Out, Bit>,
    /// The master takes the read's response.
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

    aw_ready: DFF<Bit>,
    aw_held: DFF<Bit>,
    aw_address: DFF<Bits<AW>>,
    w_ready: DFF<Bit>,
    w_held: DFF<Bit>,
    w_data: DFF<Bits<32>>,
    w_strobe: DFF<Bits<4>>,
    write_pulse: DFF<Bit>,
    write_busy: DFF<Bit>,
    /// The write was carried out, and the response before its own still stands.
    executed: DFF<Bit>,
    executed_error: DFF<Bit>,
    b_valid: DFF<Bit>,
    b_error: DFF<Bit>,

    ar_ready: DFF<Bit>,
    ar_held: DFF<Bit>,
    ar_address: DFF<Bits<AW>>,
    read_pulse: DFF<Bit>,
    read_busy: DFF<Bit>,
    r_valid: DFF<Bit>,
    r_error: DFF<Bit>,
    r_data: DFF<Bits<32>>,

    aw_keep: Signal<Local, Bit>,
    w_keep: Signal<Local, Bit>,
    write_start: Signal<Local, Bit>,
    write_end: Signal<Local, Bit>,
    answers: Signal<Local, Bit>,
    answer_error: Signal<Local, Bit>,
    ar_keep: Signal<Local, Bit>,
    read_start: Signal<Local, Bit>,
    read_end: Signal<Local, Bit>,
}

impl<const AW: usize> Logic for AxiSlave<AW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, aw_ready, aw_held, aw_address, w_ready, w_held, w_data, w_strobe);
        dff_setup!(self, clock, write_pulse, write_busy, executed, executed_error, b_valid, b_error);
        dff_setup!(self, clock, ar_ready, ar_held, ar_address);
        dff_setup!(self, clock, read_pulse, read_busy, r_valid, r_error, r_data);

        self.awready.next = self.aw_ready.q.val();
        self.wready.next = self.w_ready.q.val();
        self.bvalid.next = self.b_valid.q.val();
        self.bresp.next = 0.into();
        if self.b_error.q.val() {
            self.bresp.next = 2.into();
        }
        self.arready.next = self.ar_ready.q.val();
        self.rvalid.next = self.r_valid.q.val();
        self.rdata.next = self.r_data.q.val();
        self.rresp.next = 0.into();
        if self.r_error.q.val() {
            self.rresp.next = 2.into();
        }
        self.write_valid.next = self.write_pulse.q.val();
        self.write_address.next = self.aw_address.q.val();
        self.write_data.next = self.w_data.q.val();
        self.write_strobe.next = self.w_strobe.q.val();
        self.read_valid.next = self.read_pulse.q.val();
        self.read_address.next = self.ar_address.q.val();

        // A write: take both halves, start, answer when it is done and the last response is gone.
        self.write_start.next =
            self.aw_held.q.val() & self.w_held.q.val() & !self.write_busy.q.val() & !self.executed.q.val();
        self.write_end.next = self.write_busy.q.val() & self.write_done.val();
        self.aw_keep.next = self.aw_held.q.val();
        self.w_keep.next = self.w_held.q.val();
        if self.awvalid.val() & self.aw_ready.q.val() {
            self.aw_keep.next = true;
            self.aw_address.d.next = self.awaddr.val();
        }
        if self.wvalid.val() & self.w_ready.q.val() {
            self.w_keep.next = true;
            self.w_data.d.next = self.wdata.val();
            self.w_strobe.d.next = self.wstrb.val();
        }
        self.write_pulse.d.next = self.write_start.val();
        if self.write_start.val() {
            self.write_busy.d.next = true;
        }
        if self.bready.val() {
            self.b_valid.d.next = false;
        }
        self.answers.next =
            (self.write_end.val() | self.executed.q.val()) & (!self.b_valid.q.val() | self.bready.val());
        self.answer_error.next = self.write_error.val();
        if self.executed.q.val() {
            self.answer_error.next = self.executed_error.q.val();
        }
        if self.write_end.val() {
            self.write_busy.d.next = false;
            self.executed.d.next = true;
            self.executed_error.d.next = self.write_error.val();
        }
        if self.answers.val() {
            self.executed.d.next = false;
            self.aw_keep.next = false;
            self.w_keep.next = false;
            self.b_valid.d.next = true;
            self.b_error.d.next = self.answer_error.val();
        }
        self.aw_held.d.next = self.aw_keep.val();
        self.aw_ready.d.next = !self.aw_keep.val();
        self.w_held.d.next = self.w_keep.val();
        self.w_ready.d.next = !self.w_keep.val();

        // A read: the same with one half. A write that is there already goes first.
        self.read_start.next = self.ar_held.q.val()
            & !self.read_busy.q.val()
            & !self.r_valid.q.val()
            & (!self.aw_held.q.val() | !self.w_held.q.val() | self.executed.q.val());
        self.read_end.next = self.read_busy.q.val() & self.read_done.val();
        self.ar_keep.next = self.ar_held.q.val();
        if self.arvalid.val() & self.ar_ready.q.val() {
            self.ar_keep.next = true;
            self.ar_address.d.next = self.araddr.val();
        }
        self.read_pulse.d.next = self.read_start.val();
        if self.read_start.val() {
            self.read_busy.d.next = true;
        }
        if self.rready.val() {
            self.r_valid.d.next = false;
        }
        if self.read_end.val() {
            self.read_busy.d.next = false;
            self.ar_keep.next = false;
            self.r_valid.d.next = true;
            self.r_error.d.next = self.read_error.val();
            self.r_data.d.next = self.read_data.val();
        }
        self.ar_held.d.next = self.ar_keep.val();
        self.ar_ready.d.next = !self.ar_keep.val();

        // READY low during reset is allowed, VALID low is demanded (IHI 0022H, A3.1.2).
        if self.reset.val() {
            self.aw_ready.d.next = false;
            self.aw_held.d.next = false;
            self.w_ready.d.next = false;
            self.w_held.d.next = false;
            self.write_pulse.d.next = false;
            self.write_busy.d.next = false;
            self.executed.d.next = false;
            self.b_valid.d.next = false;
            self.ar_ready.d.next = false;
            self.ar_held.d.next = false;
            self.read_pulse.d.next = false;
            self.read_busy.d.next = false;
            self.r_valid.d.next = false;
        }
    }
}
