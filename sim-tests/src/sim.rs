//! A block with its clock, its stimulus and its door: one thread's view of time.
//!
//! Promises: a change reaches the pins before the edge at tick start + its cycle. Skipped time is time in
//! which nothing but the tick register would have moved, so it cannot be told from time that was run.
//! Leaves to others: how a host reaches the block ([`Door`]), threads, deadlines in ns ([`crate::runner`]), names
//! and errors of the driver.

use crate::axi::memory::Memory;
use crate::axi::{AxiDoor, Master, Response, Timing};
use crate::door::{Door, Early};
use crate::error::{Shared, SimError, StimulusError};
use crate::model::Outputs;
use crate::size::Size;
use crate::stimulus::{Playing, Stimulus};
use portolan_regs::control;
use std::path::Path;
use std::sync::Arc;

/// Cycles without a change of the pins or an access before idle time may be skipped: longer than the
/// synchronisers at the lines, whose content the idle output does not know yet.
pub const IDLE_SETTLE: u64 = 16;
/// Cycles of the reset input at power-up.
const RESET_CYCLES: u64 = 8;
/// Most cycles that a block may take to come out of reset: it walks through at most 1,024 lines.
const RESET_LIMIT: u64 = 10_000;

/// The block and its time.
pub struct Sim<D: Door + ?Sized = AxiDoor> {
    size: Size,
    tick: u64,
    cycles_run: u64,
    skip_idle: bool,
    playing: Option<Playing>,
    stimulus_error: Option<StimulusError>,
    fault: Option<Shared>,
    door: D,
}

impl Sim {
    /// Powers a block up, with these levels on its pins, and resets it.
    pub fn new(
        size: Size,
        pins: u64,
        skip_idle: bool,
        timing: Timing,
        trace: Option<&Path>,
    ) -> Result<Sim, SimError> {
        Sim::power_up(AxiDoor::new(size, pins, timing, trace)?, size, skip_idle)
    }

    /// The same with rings, in that memory.
    pub fn with_rings(
        size: Size,
        pins: u64,
        skip_idle: bool,
        timing: Timing,
        memory: Memory,
    ) -> Result<Sim, SimError> {
        Sim::power_up(AxiDoor::with_rings(size, pins, timing, memory), size, skip_idle)
    }

    /// A block of the default size with rings behind an AXI3 slave, as on a Zynq-7000.
    pub fn zynq(pins: u64, skip_idle: bool, timing: Timing, memory: Memory) -> Result<Sim, SimError> {
        Sim::power_up(AxiDoor::zynq(pins, timing, memory), Size::default(), skip_idle)
    }

    fn power_up(door: AxiDoor, size: Size, skip_idle: bool) -> Result<Sim, SimError> {
        let mut sim = Sim::of(door, size, skip_idle);
        sim.reset(RESET_CYCLES)?;
        Ok(sim)
    }

    /// The outputs after the last edge.
    pub fn outputs(&self) -> &Outputs {
        self.door.outputs()
    }
    /// The bus master.
    pub fn master(&mut self) -> &mut Master {
        self.door.master()
    }
    /// The memory that the rings are in.
    ///
    /// # Panics
    /// When the block has no rings.
    pub fn memory(&mut self) -> &mut Memory {
        self.door.memory().expect("a block with rings")
    }
    /// Pulses of each credit output seen by [`Sim::cycle`].
    pub fn credits(&self) -> &[u64; 64] {
        self.door.credits()
    }
}

impl<D: Door> Sim<D> {
    /// A block behind a door that is out of the reset input.
    pub fn behind(door: D, size: Size, skip_idle: bool) -> Result<Sim<D>, SimError> {
        let mut sim = Sim::of(door, size, skip_idle);
        sim.wait_for_reset()?;
        Ok(sim)
    }

    fn of(door: D, size: Size, skip_idle: bool) -> Sim<D> {
        let tick = door.ticks();
        let (playing, stimulus_error, fault) = (None, None, None);
        Sim { size, tick, cycles_run: tick, skip_idle, playing, stimulus_error, fault, door }
    }
}

impl<D: Door + ?Sized> Sim<D> {
    /// Holds the reset of the block for so many cycles, at least two, whatever is under way on the bus, then waits
    /// until it has walked through its reset. The master is quiet until an edge has seen the end of the reset
    /// (ARM IHI 0022, A3.1.2).
    pub fn reset(&mut self, cycles: u64) -> Result<(), SimError> {
        self.door.begin_reset();
        for _ in 0..cycles.max(2) {
            self.cycle()?;
        }
        self.door.end_reset();
        self.cycle()?;
        self.wait_for_reset()
    }

    /// Until the block has walked through its reset.
    fn wait_for_reset(&mut self) -> Result<(), SimError> {
        let end = self.tick + RESET_LIMIT;
        while self.tick < end {
            let (_, status) = self.read(control::STATUS)?;
            if control::STATUS::RESETTING.get(status) == 0 {
                return Ok(());
            }
        }
        Err(SimError::Reset { cycles: RESET_LIMIT })
    }

    /// The number of the coming edge: what the tick register reads.
    pub fn tick(&self) -> u64 {
        self.tick
    }
    /// Cycles that were run, not skipped.
    pub fn cycles_run(&self) -> u64 {
        self.cycles_run
    }
    /// The block's size.
    pub fn size(&self) -> Size {
        self.size
    }
    /// What stands between the block and its host.
    pub fn door(&mut self) -> &mut D {
        &mut self.door
    }
    /// The levels on the pins.
    pub fn pins(&self) -> u64 {
        self.door.pins()
    }
    /// The tick register itself, which must equal [`Sim::tick`].
    pub fn tick_register(&self) -> u64 {
        self.door.ticks()
    }
    /// The interrupts as the host sees them: a bit for each vector.
    pub fn irq(&self) -> u64 {
        self.door.irq()
    }
    /// Interrupt vectors.
    pub fn vectors(&self) -> u32 {
        self.door.vectors()
    }
    /// Why the last stimulus ended early.
    pub fn stimulus_error(&self) -> Option<&StimulusError> {
        self.stimulus_error.as_ref()
    }
    /// What the block did wrong while time went by: nothing that follows means anything.
    pub fn fault(&self) -> Option<&Shared> {
        self.fault.as_ref()
    }
    /// True when every change of the stimulus has been on the pins at an edge, or it failed.
    pub fn stimulus_ended(&self) -> bool {
        self.playing.is_none()
    }
    /// The tick at which the stimulus changes the pins next.
    pub(crate) fn next_change(&self) -> Option<u64> {
        self.playing.as_ref().map(Playing::next)
    }
    /// True when nothing moves in the block but its tick.
    pub(crate) fn settled(&self) -> bool {
        self.door.is_settled()
    }
    /// True when nothing will happen until somebody does something: no stimulus, and an idle block.
    pub fn quiet(&self) -> bool {
        self.playing.is_none() && self.settled()
    }

    /// Sets the pins before the coming edge.
    pub fn set_pins(&mut self, pins: u64) {
        self.door.set_pins(pins);
    }

    /// Begins a stimulus in place of the one that runs; returns the tick of its cycle 0, which is now.
    pub fn start(&mut self, source: Box<dyn Stimulus>) -> Result<u64, StimulusError> {
        self.stimulus_error = None;
        match Playing::begin(source, self.tick, self.size) {
            Ok(playing) => {
                self.playing = playing;
                Ok(self.tick)
            }
            Err(error) => {
                self.fail(error.clone());
                Err(error)
            }
        }
    }

    /// The stimulus ends early.
    fn fail(&mut self, error: StimulusError) {
        self.playing = None;
        self.stimulus_error = Some(error);
    }

    /// Puts the change that is due on the pins.
    fn apply_due(&mut self) {
        while let Some(playing) = &mut self.playing
            && playing.next() == self.tick
        {
            let pins = playing.pins();
            match playing.advance() {
                Ok(true) => {}
                Ok(false) => self.playing = None,
                Err(error) => self.fail(error),
            }
            self.set_pins(pins);
        }
    }

    /// One cycle.
    pub fn cycle(&mut self) -> Result<(), SimError> {
        self.apply_due();
        self.door.cycle()?;
        self.tick += 1;
        self.cycles_run += 1;
        Ok(())
    }

    /// Reads a register.
    pub fn read(&mut self, address: u32) -> Result<(Response, u32), SimError> {
        self.door.begin_read(address)?;
        loop {
            self.cycle()?;
            if let Some(answer) = self.door.take_read()? {
                return Ok(answer);
            }
        }
    }

    /// Writes the bytes of a register that `strobes` names.
    pub fn write(&mut self, address: u32, value: u32, strobes: u8) -> Result<Response, SimError> {
        self.door.begin_write(address, value, strobes)?;
        self.finish_write()
    }

    /// Writes a register, as a host does that need not wait for what that does.
    pub fn post(&mut self, address: u32, value: u32) -> Result<Response, SimError> {
        self.door.begin_post(address, value)?;
        self.finish_write()
    }

    fn finish_write(&mut self) -> Result<Response, SimError> {
        loop {
            self.cycle()?;
            if let Some(answer) = self.door.take_written()? {
                return Ok(answer);
            }
        }
    }

    /// Lets time go by, without accesses, until tick `limit`, or until `budget` cycles were run, or until the first
    /// tick at which one of the interrupts in `awaited` is asserted. An error of the stimulus or of the block ends it too, and so does a quiet board when `limit` is the end of time (and idle time is
    /// skipped).
    pub fn advance(&mut self, limit: u64, awaited: u64, budget: u64) {
        let last = self.cycles_run.saturating_add(budget);
        while self.tick < limit && self.cycles_run < last && self.irq() & awaited == 0 {
            self.apply_due();
            if self.stimulus_error.is_some() || self.fault.is_some() {
                break;
            }
            let next = self.next_change().map_or(limit, |change| limit.min(change));
            if self.skip_idle && self.door.is_settled() {
                if next == u64::MAX {
                    break;
                }
                self.door.skip(next - self.tick);
                self.tick = next;
                continue;
            }
            let cycles = (next - self.tick).min(last - self.cycles_run);
            match self.door.run(cycles, Early { irq: awaited, settled: self.skip_idle }) {
                Ok(done) => {
                    self.tick += done;
                    self.cycles_run += done;
                }
                Err(error) => {
                    self.tick = self.door.ticks();
                    self.fault = Some(Shared(Arc::new(error)));
                }
            }
        }
    }
}
