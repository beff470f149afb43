//! What time, stimulus and threads need of a simulated block, whatever its host hangs on: pins on one side, registers
//! and an interrupt on the other, cycle by cycle of its core clock.
//!
//! Behind it stand [`AxiDoor`](crate::axi::AxiDoor), with or without rings, and [`PcieDoor`](crate::pcie::PcieDoor).
//! Leaves to others: what comes when ([`crate::sim`]), and who waits ([`crate::runner`]).

use crate::axi::Response;
use crate::error::SimError;
use crate::memory::HostMemory;
use crate::pcie::root::Root;

/// When [`Door::run`] ends early.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Early {
    /// At the first cycle that leaves one of these interrupts asserted, as in [`Door::irq`].
    pub irq: u64,
    /// As soon as the block is [settled](Door::is_settled); it may end a little before.
    pub settled: bool,
}

/// How an interrupt packet came to its ring. Times are ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The packet's stamp; of a write with several packets that of the first.
    pub stamp: u64,
    /// The first beat of the write that brought it stood on the bus.
    pub shown: u64,
    /// The packet was in memory.
    pub stored: u64,
}

/// A block and what stands between it and its host. At most one read and one write are under way.
pub trait Door: Send {
    /// The levels on the pins.
    fn pins(&self) -> u64;
    /// Sets the pins before the coming edge of the core clock.
    fn set_pins(&mut self, pins: u64);
    /// The tick register: the number of the coming edge.
    fn ticks(&self) -> u64;
    /// Interrupt vectors, numbered from 0; at most 64.
    fn vectors(&self) -> u32 {
        1
    }
    /// The interrupts as the host sees them: a bit for each vector.
    fn irq(&self) -> u64;
    /// The host has seen a vector's interrupt: a message is gone, a level stays.
    fn take_irq(&mut self, _vector: u32) {}
    /// True when nothing but the tick register moves, and nothing will until somebody does something.
    fn is_settled(&self) -> bool;

    /// One cycle.
    fn cycle(&mut self) -> Result<(), SimError>;
    /// At most `cycles` whole cycles, at least one. How many there were.
    fn run(&mut self, cycles: u64, early: Early) -> Result<u64, SimError> {
        run_by_cycles(self, cycles, early)
    }
    /// Lets so many cycles go by without running them. The block is settled, and stays so.
    fn skip(&mut self, cycles: u64);

    /// Begins to read the register at this offset.
    fn begin_read(&mut self, offset: u32) -> Result<(), SimError>;
    /// What the read gave, once, when it is over.
    fn take_read(&mut self) -> Result<Option<(Response, u32)>, SimError>;
    /// Begins to write the bytes that `strobes` names of the register at this offset.
    fn begin_write(&mut self, offset: u32, value: u32, strobes: u8) -> Result<(), SimError>;
    /// Begins to write all of the register at this offset; the host need not wait for what it does.
    fn begin_post(&mut self, offset: u32, value: u32) -> Result<(), SimError> {
        self.begin_write(offset, value, 0b1111)
    }
    /// What became of the write, once, when the host need not wait for it any more.
    fn take_written(&mut self) -> Result<Option<Response>, SimError>;

    /// The memory that the block writes to; none when it cannot reach any.
    fn host_memory(&mut self) -> Option<&mut HostMemory> {
        None
    }
    /// Asserts the reset of the block, which leaves its time alone; what is under way gets no answer. Cycles that go by
    /// are cycles of the reset.
    fn begin_reset(&mut self);
    /// Takes the reset back.
    fn end_reset(&mut self);
    /// The root complex, of a block behind one.
    fn root(&mut self) -> Option<&mut Root> {
        None
    }
    /// The packets that came to their rings since this was asked last; none at first, and without rings.
    fn written(&mut self) -> Vec<Written> {
        Vec::new()
    }
}

/// [`Door::run`], one cycle after the other.
pub(crate) fn run_by_cycles(
    door: &mut (impl Door + ?Sized),
    cycles: u64,
    early: Early,
) -> Result<u64, SimError> {
    for done in 1..=cycles {
        door.cycle()?;
        if early.irq & door.irq() != 0 || (early.settled && door.is_settled()) {
            return Ok(done);
        }
    }
    Ok(cycles)
}
