//! From the core clock's FIFO to the integrated block's transmit stream and its error inputs.
//!
//! Runs on the PCIe clock. Promises
//! - Every output is a flip-flop; VALID stays up, and what it covers stays the same, until READY, whatever
//!   is restarted meanwhile (but the link itself).
//! - A TLP that a restart cuts in two is ended by a beat with `tlast` and the discontinue flag, so that the
//!   integrated block drops it.
//! - A report that asks for a completion waits for `cfg_err_cpl_rdy`, and the next one looks at it again
//!   only when the block has had time to take it down.

use rust_hdl::prelude::*;

use super::word::Sent;

/// The transmit side.
#[derive(LogicBlock, Default)]
pub struct Send {
    /// The PCIe clock.
    pub clock: Signal<In, Clock>,
    /// The link is down: no TLP is under way.
    pub reset: Signal<In, Bit>,
    /// A restart is under way.
    pub hold: Signal<In, Bit>,
    /// The FIFO has a head.
    pub valid: Signal<In, Bit>,
    /// The head.
    pub head: Signal<In, Sent>,
    /// Removes it.
    pub take: Signal<Out, Bit>,
    /// Two doublewords, the first one low.
    pub tdata: Signal<Out, Bits<64>>,
    /// Which bytes are there.
    pub tkeep: Signal<Out, Bits<8>>,
    /// Last beat of a TLP.
    pub tlast: Signal<Out, Bit>,
    /// A beat is there.
    pub tvalid: Signal<Out, Bit>,
    /// It is taken.
    pub tready: Signal<In, Bit>,
    /// Bit 3: the TLP is to be dropped.
    pub tuser: Signal<Out, Bits<4>>,
    /// An unsupported request was received.
    pub unsupported: Signal<Out, Bit>,
    /// It was posted.
    pub posted: Signal<Out, Bit>,
    /// It was locked.
    pub locked: Signal<Out, Bit>,
    /// An unexpected completion was received.
    pub unexpected: Signal<Out, Bit>,
    /// A malformed TLP was received.
    pub malformed: Signal<Out, Bit>,
    /// What the completion of an unsupported request copies from it.
    pub header: Signal<Out, Bits<48>>,
    /// The block takes reports that ask for a completion.
    pub report_ready: Signal<In, Bit>,

    has_beat: DFF<Bit>,
    data: DFF<Bits<64>>,
    keep: DFF<Bits<8>>,
    last: DFF<Bit>,
    discontinue: DFF<Bit>,
    open: DFF<Bit>,
    pause: DFF<Bits<3>>,
    reports_unsupported: DFF<Bit>,
    reports_posted: DFF<Bit>,
    reports_locked: DFF<Bit>,
    reports_unexpected: DFF<Bit>,
    reports_malformed: DFF<Bit>,
    report_header: DFF<Bits<48>>,
    free: Signal<Local, Bit>,
    wants_completion: Signal<Local, Bit>,
    report: Signal<Local, Bit>,
    bits: Signal<Local, Bits<64>>,
}

impl Logic for Send {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, has_beat, data, keep, last, discontinue, open, pause);
        dff_setup!(self, clock, reports_unsupported, reports_posted, reports_locked, reports_unexpected);
        dff_setup!(self, clock, reports_malformed, report_header);

        // Beats.
        self.take.next = false;
        self.free.next = (!self.has_beat.q.val()) | self.tready.val();
        self.bits.next = self.head.val().data;
        if self.free.val() {
            self.has_beat.d.next = false;
            if self.hold.val() {
                if self.open.q.val() {
                    self.has_beat.d.next = true;
                    self.data.d.next = 0.into();
                    self.keep.d.next = 0xff.into();
                    self.last.d.next = true;
                    self.discontinue.d.next = true;
                    self.open.d.next = false;
                }
            } else {
                if self.valid.val() & !self.head.val().report {
                    self.take.next = true;
                    self.has_beat.d.next = true;
                    self.data.d.next = self.bits.val();
                    self.keep.d.next = 0x0f.into();
                    if self.head.val().both {
                        self.keep.d.next = 0xff.into();
                    }
                    self.last.d.next = self.head.val().last;
                    self.discontinue.d.next = false;
                    self.open.d.next = !self.head.val().last;
                }
            }
        }

        // Reports.
        self.wants_completion.next = self.head.val().unsupported & !self.head.val().posted;
        self.report.next = self.valid.val()
            & self.head.val().report
            & (!self.hold.val())
            & (!self.pause.q.val().any())
            & (self.report_ready.val() | !self.wants_completion.val());
        if self.pause.q.val().any() {
            self.pause.d.next = self.pause.q.val() - 1;
        }
        self.reports_unsupported.d.next = false;
        self.reports_posted.d.next = false;
        self.reports_locked.d.next = false;
        self.reports_unexpected.d.next = false;
        self.reports_malformed.d.next = false;
        if self.report.val() {
            self.take.next = true;
            self.pause.d.next = 7.into();
            self.reports_unsupported.d.next = self.head.val().unsupported;
            self.reports_posted.d.next = self.head.val().posted;
            self.reports_locked.d.next = self.head.val().locked;
            self.reports_unexpected.d.next = self.head.val().unexpected;
            self.reports_malformed.d.next = self.head.val().malformed;
            self.report_header.d.next = self.bits.val().get_bits::<48>(0);
        }
        if self.reset.val() {
            self.has_beat.d.next = false;
            self.open.d.next = false;
        }

        self.tdata.next = self.data.q.val();
        self.tkeep.next = self.keep.q.val();
        self.tlast.next = self.last.q.val();
        self.tvalid.next = self.has_beat.q.val();
        self.tuser.next = 0.into();
        if self.discontinue.q.val() {
            self.tuser.next = 8.into();
        }
        self.unsupported.next = self.reports_unsupported.q.val();
        self.posted.next = self.reports_posted.q.val();
        self.locked.next = self.reports_locked.q.val();
        self.unexpected.next = self.reports_unexpected.q.val();
        self.malformed.next = self.reports_malformed.q.val();
        self.header.next = self.report_header.q.val();
    }
}
