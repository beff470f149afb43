//! Stamps of what a line holds: of the held edge, and of the first and last edge of the gap.
//!
//! Follows a visit of the server: the stamps are read with the line's row and kept for a clock; what the
//! visit decided to keep is written while the row is written back. A stamp is the time of the decision
//! less the edge's age.

use rust_hdl::prelude::*;

use crate::age::{AGE_BITS, Ages};
use crate::edges::Edges;
use crate::memory::BlockRam;
use crate::row::Decision;

/// Stamps of lines that are numbered by `LW` bits.
#[derive(LogicBlock, Default)]
pub struct Stamps<const LW: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Ticks.
    pub now: Signal<In, Bits<64>>,
    /// Line to read; two clocks later it is `line`.
    pub index: Signal<In, Bits<LW>>,
    /// What it remembers, one clock after `index`.
    pub edges: Signal<In, Edges>,
    /// Its filter, beside `edges`.
    pub filter: Signal<In, Bits<8>>,
    /// What its visit decided.
    pub decision: Signal<In, Decision>,
    /// The line.
    pub line: Signal<In, Bits<LW>>,
    /// There is such a visit.
    pub adds: Signal<In, Bit>,

    /// Stamp of the first new edge.
    pub first: Signal<Out, Bits<64>>,
    /// Stamp of the edge that was held before this visit.
    pub held: Signal<Out, Bits<64>>,
    /// First stamp of the gap that there was.
    pub gap_first: Signal<Out, Bits<64>>,
    /// Its last stamp.
    pub gap_last: Signal<Out, Bits<64>>,

    ages: Ages,
    decided_at: DFF<Bits<64>>,
    first_age: DFF<Bits<AGE_BITS>>,
    extra_age: DFF<Bits<AGE_BITS>>,
    last_age: DFF<Bits<AGE_BITS>>,
    old_held: DFF<Bits<64>>,
    old_gap_first: DFF<Bits<64>>,
    old_gap_last: DFF<Bits<64>>,
    gap_first_age: Signal<Local, Bits<AGE_BITS>>,
    gap_last_age: Signal<Local, Bits<AGE_BITS>>,
    first_stamp: Signal<Local, Bits<64>>,
    gap_first_stamp: Signal<Local, Bits<64>>,
    gap_last_stamp: Signal<Local, Bits<64>>,
    held_stamps: BlockRam<Bits<64>, LW>,
    gap_firsts: BlockRam<Bits<64>, LW>,
    gap_lasts: BlockRam<Bits<64>, LW>,
}

impl<const LW: usize> Logic for Stamps<LW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, decided_at, first_age, extra_age, last_age);
        dff_setup!(self, clock, old_held, old_gap_first, old_gap_last);
        clock!(self, clock, held_stamps, gap_firsts, gap_lasts);

        // Read.
        self.held_stamps.read_address.next = self.index.val();
        self.gap_firsts.read_address.next = self.index.val();
        self.gap_lasts.read_address.next = self.index.val();
        self.old_held.d.next = self.held_stamps.read_data.val();
        self.old_gap_first.d.next = self.gap_firsts.read_data.val();
        self.old_gap_last.d.next = self.gap_lasts.read_data.val();
        self.held.next = self.old_held.q.val();
        self.gap_first.next = self.old_gap_first.q.val();
        self.gap_last.next = self.old_gap_last.q.val();
        self.ages.now.next = self.now.val();
        self.ages.edges.next = self.edges.val();
        self.ages.filter.next = self.filter.val();
        self.first_age.d.next = self.ages.first.val();
        self.extra_age.d.next = self.ages.extra.val();
        self.last_age.d.next = self.ages.extra_last.val();
        self.decided_at.d.next = self.now.val();

        // Subtract. The edge after the first one may begin the gap or be held, never beside a gap that
        // begins with the first; so one difference serves for both.
        self.gap_first_age.next = self.extra_age.q.val();
        if self.decision.val().gap_from_first {
            self.gap_first_age.next = self.first_age.q.val();
        }
        self.gap_last_age.next = self.last_age.q.val();
        if self.decision.val().gap_to_first {
            self.gap_last_age.next = self.first_age.q.val();
        }
        self.first_stamp.next = self.decided_at.q.val() - bit_cast::<64, AGE_BITS>(self.first_age.q.val());
        self.gap_first_stamp.next =
            self.decided_at.q.val() - bit_cast::<64, AGE_BITS>(self.gap_first_age.val());
        self.gap_last_stamp.next =
            self.decided_at.q.val() - bit_cast::<64, AGE_BITS>(self.gap_last_age.val());
        self.first.next = self.first_stamp.val();

        // Write.
        self.held_stamps.write_enable.next =
            self.adds.val() & (self.decision.val().hold_first | self.decision.val().hold_extra);
        self.held_stamps.write_address.next = self.line.val();
        self.held_stamps.write_data.next = self.first_stamp.val();
        if self.decision.val().hold_extra {
            self.held_stamps.write_data.next = self.gap_first_stamp.val();
        }
        self.gap_firsts.write_enable.next =
            self.adds.val() & (self.decision.val().gap_from_first | self.decision.val().gap_from_extra);
        self.gap_firsts.write_address.next = self.line.val();
        self.gap_firsts.write_data.next = self.gap_first_stamp.val();
        self.gap_lasts.write_enable.next =
            self.adds.val() & (self.decision.val().gap_to_first | self.decision.val().gap_to_last);
        self.gap_lasts.write_address.next = self.line.val();
        self.gap_lasts.write_data.next = self.gap_last_stamp.val();
    }
}
