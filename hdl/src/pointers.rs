//! The pointers of one port's queue.
//!
//! Positions count packets since reset; their low bits are the place in the queue's memory.

use rust_hdl::prelude::*;

/// Bits of a position (`portolan_regs::POSITION_BITS`).
pub const POSITION_BITS: usize = 20;
const _: () = assert!(POSITION_BITS as u32 == portolan_regs::POSITION_BITS);

/// Write and read position of a queue.
#[derive(LogicBlock, Default)]
pub struct Pointers {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Empties the queue.
    pub reset: Signal<In, Bit>,
    /// A packet was written.
    pub push: Signal<In, Bit>,
    /// A packet was removed.
    pub pop: Signal<In, Bit>,
    /// Packets written since reset.
    pub completed: Signal<Out, Bits<POSITION_BITS>>,
    /// Packets removed since reset, low bits.
    pub removed: Signal<Out, Bits<8>>,

    write: DFF<Bits<POSITION_BITS>>,
    read: DFF<Bits<8>>,
}

impl Logic for Pointers {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, write, read);
        if self.push.val() {
            self.write.d.next = self.write.q.val() + 1;
        }
        if self.pop.val() {
            self.read.d.next = self.read.q.val() + 1;
        }
        if self.reset.val() {
            self.write.d.next = 0.into();
            self.read.d.next = 0.into();
        }
        self.completed.next = self.write.q.val();
        self.removed.next = self.read.q.val();
    }
}
