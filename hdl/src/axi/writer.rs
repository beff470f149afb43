//! AXI write master for rings: bursts from the stream of `ring` onto a bus of 64 bits.
//!
//! Promises
//! - Bursts are INCR, of whole 64-bit words, of 4 to 16 beats, so they are legal on AXI3 and AXI4, and stay
//!   in their page of 4 KiB (IHI 0022H, A3.4.1) because the stream's do. All bear the same ID, 0, so they and
//!   their responses stay in order (A5.3).
//! - `ready` and every AXI output is a register or a constant. VALID stays up, and what it covers stays the same, until
//!   READY (A3.2.1). AWVALID and WVALID never wait for each other's READY within a burst, and the slave may
//!   take them in either order; WVALID of a burst does not rise before its AWVALID.
//! - BREADY is always up. Each response is one `done`, or one `failed` when it is not OKAY.
//! - Cacheability is Normal Non-cacheable Non-bufferable (A4.4), so that the response comes from where the
//!   host's reads find the data, and an interrupt may follow it.
//! - While `reset` is up AWVALID and WVALID are low (A3.1.2).
//!
//! Left to others: how many bursts may be under way; the stream's source knows that.

use rust_hdl::prelude::*;

/// AXI write master with 64-bit data; names follow ARM IHI 0022H without the usual `m_axi_`.
#[derive(LogicBlock, Default)]
pub struct AxiWriter {
    /// ACLK.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,

    /// A beat of the stream stands.
    pub valid: Signal<In, Bit>,
    /// It is taken.
    pub ready: Signal<Out, Bit>,
    /// It is the first of its burst.
    pub first: Signal<In, Bit>,
    /// It is the last of its burst.
    pub last: Signal<In, Bit>,
    /// Where the burst goes, from its first beat on and until that of the next one.
    pub address: Signal<In, Bits<64>>,
    /// Its beats, at most 16, likewise.
    pub beats: Signal<In, Bits<8>>,
    /// The beat.
    pub data: Signal<In, Bits<64>>,
    /// One clock: the oldest burst is written.
    pub done: Signal<Out, Bit>,
    /// One clock: the oldest burst was refused.
    pub failed: Signal<Out, Bit>,

    /// Write address, in bytes.
    pub awaddr: Signal<Out, Bits<64>>,
    /// Beats less one.
    pub awlen: Signal<Out, Bits<8>>,
    /// The write address is there.
    pub awvalid: Signal<Out, Bit>,
    /// The write address is taken.
    pub awready: Signal<In, Bit>,
    /// Write data.
    pub wdata: Signal<Out, Bits<64>>,
    /// The last beat.
    pub wlast: Signal<Out, Bit>,
    /// The write data is there.
    pub wvalid: Signal<Out, Bit>,
    /// The write data is taken.
    pub wready: Signal<In, Bit>,
    /// 0 OKAY, else an error.
    pub bresp: Signal<In, Bits<2>>,
    /// A write's response is there.
    pub bvalid: Signal<In, Bit>,

    /// A beat that was taken while the bus was not ready.
    held: DFF<Bit>,
    held_first: DFF<Bit>,
    held_last: DFF<Bit>,
    held_data: DFF<Bits<64>>,
    aw_valid: DFF<Bit>,
    aw_address: DFF<Bits<64>>,
    aw_length: DFF<Bits<8>>,
    w_valid: DFF<Bit>,
    w_last: DFF<Bit>,
    w_data: DFF<Bits<64>>,
    was_done: DFF<Bit>,
    has_failed: DFF<Bit>,
    stands: Signal<Local, Bit>,
    next_first: Signal<Local, Bit>,
    next_last: Signal<Local, Bit>,
    next_data: Signal<Local, Bits<64>>,
    accepts: Signal<Local, Bit>,
}

impl Logic for AxiWriter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, aw_valid, aw_address, aw_length, w_valid, w_last, w_data);
        dff_setup!(self, clock, was_done, has_failed, held, held_first, held_last, held_data);

        // The beat that goes on: the one that is held, or the one that is offered. A burst has four beats at least, so
        // no other burst's address is offered while a first beat is held.
        self.ready.next = !self.held.q.val();
        self.stands.next = self.valid.val();
        self.next_first.next = self.first.val();
        self.next_last.next = self.last.val();
        self.next_data.next = self.data.val();
        if self.held.q.val() {
            self.stands.next = true;
            self.next_first.next = self.held_first.q.val();
            self.next_last.next = self.held_last.q.val();
            self.next_data.next = self.held_data.q.val();
        } else {
            self.held_first.d.next = self.first.val();
            self.held_last.d.next = self.last.val();
            self.held_data.d.next = self.data.val();
        }
        self.accepts.next = (!self.w_valid.q.val() | self.wready.val())
            & (!self.next_first.val() | !self.aw_valid.q.val() | self.awready.val());
        self.held.d.next = self.stands.val() & !self.accepts.val();
        if self.awready.val() {
            self.aw_valid.d.next = false;
        }
        if self.wready.val() {
            self.w_valid.d.next = false;
        }
        if self.stands.val() & self.accepts.val() {
            self.w_valid.d.next = true;
            self.w_data.d.next = self.next_data.val();
            self.w_last.d.next = self.next_last.val();
            if self.next_first.val() {
                self.aw_valid.d.next = true;
                self.aw_address.d.next = self.address.val();
                self.aw_length.d.next = self.beats.val() - 1;
            }
        }
        self.was_done.d.next = self.bvalid.val() & !self.bresp.val().any();
        self.has_failed.d.next = self.bvalid.val() & self.bresp.val().any();
        if self.reset.val() {
            self.held.d.next = false;
            self.aw_valid.d.next = false;
            self.w_valid.d.next = false;
            self.was_done.d.next = false;
            self.has_failed.d.next = false;
        }
        self.awaddr.next = self.aw_address.q.val();
        self.awlen.next = self.aw_length.q.val();
        self.awvalid.next = self.aw_valid.q.val();
        self.wdata.next = self.w_data.q.val();
        self.wlast.next = self.w_last.q.val();
        self.wvalid.next = self.w_valid.q.val();
        self.done.next = self.was_done.q.val();
        self.failed.next = self.has_failed.q.val();
    }
}
