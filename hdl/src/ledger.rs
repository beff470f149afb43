//! The ledger: 64-bit counters of every line, in LUT RAM.
//!
//! Follows a visit of the server: the counters are read with the line's row, kept for a clock, and what
//! the visit decided is added while the row is written back. All sums are of one moment, and
//! edges = delivered + coalesced + lost + discarded + what is queued or held.

use rust_hdl::prelude::*;

use crate::memory::LutRam;
use crate::row::Decision;

/// Counters of lines that are numbered by `LW` bits.
#[derive(LogicBlock, Default)]
pub struct Ledger<const LW: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Line to read; two clocks later it is `line`.
    pub index: Signal<In, Bits<LW>>,
    /// What its visit decided.
    pub decision: Signal<In, Decision>,
    /// The line.
    pub line: Signal<In, Bits<LW>>,
    /// There is such a visit.
    pub adds: Signal<In, Bit>,

    /// Edges, with those of this visit.
    pub edges: Signal<Out, Bits<64>>,
    /// Edges whose packet was popped or written.
    pub delivered: Signal<Out, Bits<64>>,
    /// Edges merged into a held one.
    pub coalesced: Signal<Out, Bits<64>>,
    /// Edges merged into a gap.
    pub lost: Signal<Out, Bits<64>>,
    /// Edges that nobody will be told of.
    pub discarded: Signal<Out, Bits<64>>,
    /// Pulses that the filter rejected.
    pub rejected: Signal<Out, Bits<32>>,
    /// Edges coalesced or lost before this visit: a packet says how many were before it.
    pub missed: Signal<Out, Bits<64>>,

    edge_counts: LutRam<Bits<64>, LW>,
    delivered_counts: LutRam<Bits<64>, LW>,
    coalesced_counts: LutRam<Bits<64>, LW>,
    lost_counts: LutRam<Bits<64>, LW>,
    discarded_counts: LutRam<Bits<64>, LW>,
    rejected_counts: LutRam<Bits<32>, LW>,
    missed_counts: LutRam<Bits<64>, LW>,
    old_edges: DFF<Bits<64>>,
    old_delivered: DFF<Bits<64>>,
    old_coalesced: DFF<Bits<64>>,
    old_lost: DFF<Bits<64>>,
    old_discarded: DFF<Bits<64>>,
    old_rejected: DFF<Bits<32>>,
    old_missed: DFF<Bits<64>>,
    seen: Signal<Local, Bits<64>>,
    merged: Signal<Local, Bits<64>>,
    coalesced_more: Signal<Local, Bits<64>>,
    lost_more: Signal<Local, Bits<64>>,
    dropped: Signal<Local, Bits<10>>,
    dropped_old: Signal<Local, Bits<10>>,
    discarded_more: Signal<Local, Bits<64>>,
    rejected_more: Signal<Local, Bits<32>>,
    edges_sum: Signal<Local, Bits<64>>,
    delivered_sum: Signal<Local, Bits<64>>,
    coalesced_sum: Signal<Local, Bits<64>>,
    lost_sum: Signal<Local, Bits<64>>,
    discarded_sum: Signal<Local, Bits<64>>,
    rejected_sum: Signal<Local, Bits<32>>,
    missed_sum: Signal<Local, Bits<64>>,
}

impl<const LW: usize> Logic for Ledger<LW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, old_edges, old_delivered, old_coalesced, old_lost, old_discarded);
        dff_setup!(self, clock, old_rejected, old_missed);
        clock!(self, clock, edge_counts, delivered_counts, coalesced_counts, lost_counts);
        clock!(self, clock, discarded_counts, rejected_counts, missed_counts);

        // Read.
        self.edge_counts.read_address.next = self.index.val();
        self.delivered_counts.read_address.next = self.index.val();
        self.coalesced_counts.read_address.next = self.index.val();
        self.lost_counts.read_address.next = self.index.val();
        self.discarded_counts.read_address.next = self.index.val();
        self.rejected_counts.read_address.next = self.index.val();
        self.missed_counts.read_address.next = self.index.val();
        self.old_edges.d.next = self.edge_counts.read_data.val();
        self.old_delivered.d.next = self.delivered_counts.read_data.val();
        self.old_coalesced.d.next = self.coalesced_counts.read_data.val();
        self.old_lost.d.next = self.lost_counts.read_data.val();
        self.old_discarded.d.next = self.discarded_counts.read_data.val();
        self.old_rejected.d.next = self.rejected_counts.read_data.val();
        self.old_missed.d.next = self.missed_counts.read_data.val();

        // Add up.
        self.seen.next = bit_cast::<64, 8>(self.decision.val().seen);
        self.merged.next = bit_cast::<64, 8>(self.decision.val().merged);
        self.coalesced_more.next = 0.into();
        self.lost_more.next = 0.into();
        if self.decision.val().lost {
            self.lost_more.next = self.merged.val();
        } else {
            self.coalesced_more.next = self.merged.val();
        }
        // Discarded: the new edges, and what was there before.
        self.dropped.next = 0.into();
        if self.decision.val().discard {
            self.dropped.next = bit_cast::<10, 8>(self.decision.val().seen);
        }
        self.dropped_old.next = bit_cast::<10, 9>(self.decision.val().dropped);
        self.dropped.next = self.dropped.val() + self.dropped_old.val();
        self.discarded_more.next = bit_cast::<64, 10>(self.dropped.val());
        self.rejected_more.next = bit_cast::<32, 6>(self.decision.val().rejected);
        self.edges_sum.next = self.old_edges.q.val() + self.seen.val();
        self.delivered_sum.next = self.old_delivered.q.val();
        if self.decision.val().popped_edge & !self.decision.val().failed {
            self.delivered_sum.next = self.delivered_sum.val() + 1;
        }
        self.coalesced_sum.next = self.old_coalesced.q.val() + self.coalesced_more.val();
        self.lost_sum.next = self.old_lost.q.val() + self.lost_more.val();
        self.discarded_sum.next = self.old_discarded.q.val() + self.discarded_more.val();
        self.rejected_sum.next = self.old_rejected.q.val() + self.rejected_more.val();
        self.missed_sum.next = self.old_missed.q.val() + self.merged.val();
        self.edges.next = self.edges_sum.val();
        self.delivered.next = self.delivered_sum.val();
        self.coalesced.next = self.coalesced_sum.val();
        self.lost.next = self.lost_sum.val();
        self.discarded.next = self.discarded_sum.val();
        self.rejected.next = self.rejected_sum.val();
        self.missed.next = self.old_missed.q.val();

        // Write back.
        self.edge_counts.write_enable.next = self.adds.val();
        self.edge_counts.write_address.next = self.line.val();
        self.edge_counts.write_data.next = self.edges_sum.val();
        self.delivered_counts.write_enable.next = self.adds.val();
        self.delivered_counts.write_address.next = self.line.val();
        self.delivered_counts.write_data.next = self.delivered_sum.val();
        self.coalesced_counts.write_enable.next = self.adds.val();
        self.coalesced_counts.write_address.next = self.line.val();
        self.coalesced_counts.write_data.next = self.coalesced_sum.val();
        self.lost_counts.write_enable.next = self.adds.val();
        self.lost_counts.write_address.next = self.line.val();
        self.lost_counts.write_data.next = self.lost_sum.val();
        self.discarded_counts.write_enable.next = self.adds.val();
        self.discarded_counts.write_address.next = self.line.val();
        self.discarded_counts.write_data.next = self.discarded_sum.val();
        self.rejected_counts.write_enable.next = self.adds.val();
        self.rejected_counts.write_address.next = self.line.val();
        self.rejected_counts.write_data.next = self.rejected_sum.val();
        self.missed_counts.write_enable.next = self.adds.val();
        self.missed_counts.write_address.next = self.line.val();
        self.missed_counts.write_data.next = self.missed_sum.val();
    }
}
