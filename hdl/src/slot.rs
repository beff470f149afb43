//! A packet on its way from the server to a port queue.

use rust_hdl::prelude::*;

/// What the interrupt queue stores; the fields are those of a ring slot (`portolan_regs::slot`).
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Slot {
    /// Stamp; of a gap, the first.
    pub ticks: Bits<64>,
    /// Edges coalesced or lost so far; of a gap, the last stamp.
    pub before: Bits<64>,
    /// Edges coalesced into this one; of a gap, how many.
    pub count: Bits<32>,
    /// Generation of the binding.
    pub generation: Bits<16>,
    /// Line.
    pub line: Bits<10>,
    /// A gap record.
    pub gap: Bit,
    /// Level after the edge.
    pub level: Bit,
    /// The count stopped at its largest value.
    pub saturated: Bit,
    /// It took a shared place of the queue, not its line's reserved one.
    pub shared: Bit,
}
