//! A burst on its address channel: taken, kept, and walked beat by beat, with what AXI3 says of addresses.
//!
//! Promises
//! - `ready` is a register. One burst is kept at a time: `ready` falls when one is taken and rises in the clock after
//!   the one in which its last beat is over. `held` is up in between.
//! - `beat_address` is that of the beat to be carried out now: the burst's own for the first beat; then FIXED repeats
//!   it, INCR goes on at the next multiple of the beat's size, WRAP the same within the block of memory that is as long
//!   as the burst and aligned to its own length (IHI 0022H, A3.4.1).
//! - `legal` says that the burst is one that a master of a 32-bit bus may make (A3.4.1): beats of at most four bytes;
//!   no reserved burst type; INCR within its page of 4 KiB; WRAP of 2, 4, 8 or 16 beats from an aligned address.
//! - `reset` forgets the burst, at any beat. `ready` and `held` are low in reset.
//!
//! Left to others: what a beat does, and that its data is there.

use rust_hdl::prelude::*;

/// Bits of an address within a page, which no burst leaves (IHI 0022H, A3.4.1).
const PAGE_BITS: usize = 12;

/// One burst with byte addresses of `AW` bits, at least twelve, and an ID of `IW` bits.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct AxiBurst<const AW: usize, const IW: usize> {
    /// ACLK.
    pub clock: Signal<In, Clock>,
    /// Synchronous, active high.
    pub reset: Signal<In, Bit>,

    /// AxID.
    pub id: Signal<In, Bits<IW>>,
    /// AxADDR, in bytes.
    pub address: Signal<In, Bits<AW>>,
    /// AxLEN: beats less one.
    pub length: Signal<In, Bits<4>>,
    /// AxSIZE: log2 of the bytes in a beat.
    pub size: Signal<In, Bits<3>>,
    /// AxBURST: 0 FIXED, 1 INCR, 2 WRAP.
    pub burst: Signal<In, Bits<2>>,
    /// AxVALID.
    pub valid: Signal<In, Bit>,
    /// AxREADY.
    pub ready: Signal<Out, Bit>,

    /// The beat is over. Only while `held`.
    pub step: Signal<In, Bit>,
    /// A burst is kept; what follows is about its beat.
    pub held: Signal<Out, Bit>,
    /// The burst's ID.
    pub beat_id: Signal<Out, Bits<IW>>,
    /// Where the beat goes, in bytes.
    pub beat_address: Signal<Out, Bits<AW>>,
    /// It is the last one.
    pub last: Signal<Out, Bit>,
    /// The burst may be made.
    pub legal: Signal<Out, Bit>,

    is_ready: DFF<Bit>,
    is_held: DFF<Bit>,
    kept_id: DFF<Bits<IW>>,
    /// The address without its place in the page, which is kept beside it.
    page: DFF<Bits<AW>>,
    offset: DFF<Bits<PAGE_BITS>>,
    kept_length: DFF<Bits<4>>,
    kept_size: DFF<Bits<2>>,
    kept_burst: DFF<Bits<2>>,
    is_legal: DFF<Bit>,
    /// Beats after this one.
    left: DFF<Bits<4>>,

    keep: Signal<Local, Bit>,
    is_last: Signal<Local, Bit>,
    // Of the burst that is offered.
    place: Signal<Local, Bits<PAGE_BITS>>,
    below_offered: Signal<Local, Bits<PAGE_BITS>>,
    first: Signal<Local, Bits<PAGE_BITS>>,
    run: Signal<Local, Bits<PAGE_BITS>>,
    reach: Signal<Local, Bits<13>>,
    begins_unaligned: Signal<Local, Bit>,
    wraps_evenly: Signal<Local, Bit>,
    may_be: Signal<Local, Bit>,
    // Of the beat after this one.
    bytes: Signal<Local, Bits<PAGE_BITS>>,
    below: Signal<Local, Bits<PAGE_BITS>>,
    span: Signal<Local, Bits<PAGE_BITS>>,
    aligned: Signal<Local, Bits<PAGE_BITS>>,
    onward: Signal<Local, Bits<PAGE_BITS>>,
    following: Signal<Local, Bits<PAGE_BITS>>,
}

impl<const AW: usize, const IW: usize> Logic for AxiBurst<AW, IW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, is_ready, is_held, kept_id, page, offset, kept_length, kept_size, kept_burst);
        dff_setup!(self, clock, is_legal, left);

        self.is_last.next = !self.left.q.val().any();
        self.ready.next = self.is_ready.q.val();
        self.held.next = self.is_held.q.val();
        self.beat_id.next = self.kept_id.q.val();
        self.beat_address.next = self.page.q.val() | bit_cast::<AW, PAGE_BITS>(self.offset.q.val());
        self.last.next = self.is_last.val();
        self.legal.next = self.is_legal.q.val();

        // What is offered: the bits below a beat's size, and how far behind the first beat the last one begins.
        self.place.next = self.address.val().get_bits::<PAGE_BITS>(0);
        self.below_offered.next = 0.into();
        self.run.next = bit_cast::<PAGE_BITS, 4>(self.length.val());
        if self.size.val() == 1 {
            self.below_offered.next = 1.into();
            self.run.next = bit_cast::<PAGE_BITS, 4>(self.length.val()) << 1;
        }
        if self.size.val() == 2 {
            self.below_offered.next = 3.into();
            self.run.next = bit_cast::<PAGE_BITS, 4>(self.length.val()) << 2;
        }
        self.first.next = self.place.val() & !self.below_offered.val();
        self.reach.next =
            bit_cast::<13, PAGE_BITS>(self.first.val()) + bit_cast::<13, PAGE_BITS>(self.run.val());
        self.begins_unaligned.next = (self.place.val() & self.below_offered.val()).any();
        self.wraps_evenly.next = (self.length.val() == 1)
            | (self.length.val() == 3)
            | (self.length.val() == 7)
            | (self.length.val() == 15);
        self.may_be.next = (self.size.val() < 3) & (self.burst.val() != 3);
        if (self.burst.val() == 1) & self.reach.val().get_bit(12) {
            self.may_be.next = false;
        }
        if (self.burst.val() == 2) & (self.begins_unaligned.val() | !self.wraps_evenly.val()) {
            self.may_be.next = false;
        }

        // Where the beat after this one goes.
        self.bytes.next = 1.into();
        self.below.next = 0.into();
        self.span.next = bit_cast::<PAGE_BITS, 4>(self.kept_length.q.val());
        if self.kept_size.q.val() == 1 {
            self.bytes.next = 2.into();
            self.below.next = 1.into();
            self.span.next = (bit_cast::<PAGE_BITS, 4>(self.kept_length.q.val()) << 1) | 1;
        }
        if self.kept_size.q.val() == 2 {
            self.bytes.next = 4.into();
            self.below.next = 3.into();
            self.span.next = (bit_cast::<PAGE_BITS, 4>(self.kept_length.q.val()) << 2) | 3;
        }
        self.aligned.next = self.offset.q.val() & !self.below.val();
        self.onward.next = self.aligned.val() + self.bytes.val();
        self.following.next = self.onward.val();
        if self.kept_burst.q.val() == 0 {
            self.following.next = self.offset.q.val();
        }
        if self.kept_burst.q.val() == 2 {
            self.following.next =
                (self.offset.q.val() & !self.span.val()) | (self.onward.val() & self.span.val());
        }

        self.keep.next = self.is_held.q.val();
        if self.step.val() {
            self.offset.d.next = self.following.val();
            self.left.d.next = self.left.q.val() - 1;
            if self.is_last.val() {
                self.keep.next = false;
            }
        }
        if self.valid.val() & self.is_ready.q.val() {
            self.keep.next = true;
            self.kept_id.d.next = self.id.val();
            self.page.d.next = self.address.val() ^ bit_cast::<AW, PAGE_BITS>(self.place.val());
            self.offset.d.next = self.place.val();
            self.kept_length.d.next = self.length.val();
            self.kept_size.d.next = self.size.val().get_bits::<2>(0);
            self.kept_burst.d.next = self.burst.val();
            self.is_legal.d.next = self.may_be.val();
            self.left.d.next = self.length.val();
        }
        self.is_held.d.next = self.keep.val();
        self.is_ready.d.next = !self.keep.val();
        if self.reset.val() {
            self.is_ready.d.next = false;
            self.is_held.d.next = false;
        }
    }
}
