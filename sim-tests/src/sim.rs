//! A block with its clock, its stimulus and its bus master: one thread's view of time.
//!
//! Promises: a change reaches the pins before the edge at tick start + its cycle. Skipped time is time in
//! which nothing but the tick register would have moved, so it cannot be told from time that was run.
//! Leaves to others: threads, deadlines in ns ([`crate::runner`]), names and errors of the driver.

use crate::axi::memory::Memory;
use crate::axi::{BusError, Master, Response, Timing};
use crate::error::{Shared, SimError, StimulusError};
use crate::model::{Inputs, Model, Outputs, Until};
use crate::size::Size;
use crate::stimulus::{Change, Stimulus};
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

/// A running stimulus: the next change is known.
struct Running {
    source: Box<dyn Stimulus>,
    start: u64,
    next: Change,
}

/// The block and its time.
pub struct Sim {
    model: Model,
    inputs: Inputs,
    outputs: Outputs,
    master: Master,
    size: Size,
    tick: u64,
    cycles_run: u64,
    /// Cycles since the pins changed or the bus moved.
    settled: u64,
    skip_idle: bool,
    running: Option<Running>,
    stimulus_error: Option<StimulusError>,
    /// The memory that the rings are in, of a block with rings.
    memory: Option<Memory>,
    /// Pulses of each credit output.
    pub credits: [u64; 64],
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
        let model = if trace.is_some() { Model::traceable(size) } else { Model::new(size) };
        Sim::of(model, size, pins, skip_idle, timing, trace, None)
    }

    /// The same with rings, in that memory.
    pub fn with_rings(
        size: Size,
        pins: u64,
        skip_idle: bool,
        timing: Timing,
        memory: Memory,
    ) -> Result<Sim, SimError> {
        Sim::of(Model::with_rings(size), size, pins, skip_idle, timing, None, Some(memory))
    }

    fn of(
        mut model: Model,
        size: Size,
        pins: u64,
        skip_idle: bool,
        timing: Timing,
        trace: Option<&Path>,
        memory: Option<Memory>,
    ) -> Result<Sim, SimError> {
        let inputs = Inputs { lines: pins, ..Inputs::default() };
        let outputs = model.low(&inputs);
        if let Some(path) = trace {
            model.trace(path).map_err(|source| SimError::Trace { path: path.into(), source })?;
        }
        let mut sim = Sim {
            model,
            inputs,
            outputs,
            master: Master::new(timing),
            size,
            tick: 0,
            cycles_run: 0,
            settled: 0,
            skip_idle,
            running: None,
            stimulus_error: None,
            memory,
            credits: [0; 64],
        };
        sim.reset(RESET_CYCLES)?;
        Ok(sim)
    }

    /// Holds the reset input for so many cycles, at least two, whatever is under way on the bus, then waits
    /// until the block has walked through its reset. No response may be valid after the second edge, because
    /// the block registers its reset, and the master is quiet until an edge has seen the end of the reset
    /// (ARM IHI 0022, A3.1.2).
    pub fn reset(&mut self, cycles: u64) -> Result<(), SimError> {
        self.master.abort();
        self.inputs.aresetn = 0;
        for cycle in 0..cycles.max(2) {
            self.cycle_if(cycle >= 2)?;
        }
        self.inputs.aresetn = 1;
        self.cycle()?;
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
    /// The outputs after the last edge.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }
    /// The block's size.
    pub fn size(&self) -> Size {
        self.size
    }
    /// The bus master.
    pub fn master(&mut self) -> &mut Master {
        &mut self.master
    }
    /// The memory that the rings are in.
    ///
    /// # Panics
    /// When the block has no rings.
    pub fn memory(&mut self) -> &mut Memory {
        self.memory.as_mut().expect("a block with rings")
    }
    /// The levels on the pins.
    pub fn pins(&self) -> u64 {
        self.inputs.lines
    }
    /// The tick register itself, which must equal [`Sim::tick`].
    pub fn tick_register(&self) -> u64 {
        self.model.ticks()
    }
    /// The interrupt output.
    pub fn irq(&self) -> bool {
        self.outputs.irq != 0
    }
    /// Why the last stimulus ended early.
    pub fn stimulus_error(&self) -> Option<&StimulusError> {
        self.stimulus_error.as_ref()
    }
    /// True when every change of the stimulus has been on the pins at an edge, or it failed.
    pub fn stimulus_ended(&self) -> bool {
        self.running.is_none()
    }
    /// True when nothing will happen until somebody does something: no stimulus, and an idle block.
    pub fn quiet(&self) -> bool {
        self.running.is_none() && self.settled()
    }
    fn settled(&self) -> bool {
        self.settled >= IDLE_SETTLE && self.outputs.idle != 0
    }

    /// Sets the pins before the coming edge.
    pub fn set_pins(&mut self, pins: u64) {
        self.inputs.lines = pins;
        self.settled = 0;
    }

    /// Begins a stimulus in place of the one that runs; returns the tick of its cycle 0, which is now.
    pub fn start(&mut self, source: Box<dyn Stimulus>) -> Result<u64, StimulusError> {
        self.stimulus_error = None;
        self.running = Some(Running { source, start: self.tick, next: Change { cycle: 0, pins: 0 } });
        self.fetch(None);
        match &self.stimulus_error {
            None => Ok(self.tick),
            Some(error) => Err(error.clone()),
        }
    }

    /// Asks the stimulus for the change after the one at cycle `previous`.
    fn fetch(&mut self, previous: Option<u64>) {
        let Some(running) = &mut self.running else { return };
        let result = running.source.next().map_err(|error| StimulusError::Source(Shared(Arc::from(error))));
        let result = result.and_then(|change| match change {
            Some(change) => check(change, previous, self.size).map(Some),
            None => Ok(None),
        });
        match result {
            Ok(Some(change)) => running.next = change,
            Ok(None) => self.running = None,
            Err(error) => {
                self.running = None;
                self.stimulus_error = Some(error);
            }
        }
    }

    /// Puts the change that is due on the pins.
    fn apply_due(&mut self) {
        while let Some(&Running { start, next, .. }) = self.running.as_ref()
            && start.saturating_add(next.cycle) == self.tick
        {
            self.set_pins(next.pins);
            self.fetch(Some(next.cycle));
        }
    }

    /// One cycle, with the bus.
    pub fn cycle(&mut self) -> Result<(), BusError> {
        self.cycle_if(true)
    }

    /// One cycle; the master looks at the slave, or not.
    fn cycle_if(&mut self, observed: bool) -> Result<(), BusError> {
        self.apply_due();
        self.master.drive(&mut self.inputs);
        if let Some(memory) = &mut self.memory {
            memory.drive(&mut self.inputs, self.tick);
        }
        let found = self.model.low(&self.inputs);
        if observed {
            self.master.observe(&self.outputs, &found)?;
        }
        if let Some(memory) = &mut self.memory {
            memory.observe(&self.inputs, &found)?;
        }
        self.outputs = self.model.high();
        self.count_credits();
        self.tick += 1;
        self.cycles_run += 1;
        self.settled = if self.master.busy() { 0 } else { self.settled + 1 };
        Ok(())
    }

    fn count_credits(&mut self) {
        if self.outputs.post_credits != 0 {
            for (port, credits) in self.credits.iter_mut().enumerate() {
                *credits += self.outputs.post_credits >> port & 1;
            }
        }
    }

    /// Reads a register.
    pub fn read(&mut self, address: u32) -> Result<(Response, u32), BusError> {
        self.master.begin_read(address);
        loop {
            self.cycle()?;
            if let Some(answer) = self.master.take_fetched() {
                self.settled = 0;
                return Ok(answer);
            }
        }
    }

    /// Writes the bytes of a register that `strobes` names.
    pub fn write(&mut self, address: u32, value: u32, strobes: u8) -> Result<Response, BusError> {
        self.master.begin_write(address, value, strobes);
        loop {
            self.cycle()?;
            if let Some(answer) = self.master.take_written() {
                self.settled = 0;
                return Ok(answer);
            }
        }
    }

    /// Lets time go by, without the bus, until tick `limit`, or until `budget` cycles were run; with
    /// `until_irq` it ends at the first tick at which the interrupt output is set. An error of the stimulus
    /// ends it too, and so does a quiet board when `limit` is the end of time (and idle time is skipped).
    ///
    /// # Panics
    /// When the rings break a rule of AXI: then nothing that follows means anything.
    pub fn advance(&mut self, limit: u64, until_irq: bool, budget: u64) {
        debug_assert!(!self.master.busy());
        let last = self.cycles_run.saturating_add(budget);
        while self.tick < limit && self.cycles_run < last && !(until_irq && self.irq()) {
            self.apply_due();
            if self.stimulus_error.is_some() {
                break;
            }
            let change = self.running.as_ref().map(|r| r.start.saturating_add(r.next.cycle));
            let next = change.map_or(limit, |change| limit.min(change));
            if self.skip_idle && self.settled() {
                if next == u64::MAX {
                    break;
                }
                self.tick = next;
                self.model.set_ticks(next);
                continue;
            }
            if self.memory.as_ref().is_some_and(|memory| !memory.is_quiet()) || self.writes() {
                self.cycle().unwrap_or_else(|error| panic!("tick {}: {error}", self.tick));
                continue;
            }
            self.master.drive(&mut self.inputs);
            if let Some(memory) = &mut self.memory {
                memory.drive(&mut self.inputs, self.tick);
            }
            let settling = if self.skip_idle { IDLE_SETTLE.saturating_sub(self.settled) } else { 0 };
            let stretch = if settling > 0 { settling } else { u64::MAX };
            let until = Until { irq: until_irq, idle: self.skip_idle && settling == 0 };
            let cycles = stretch.min(next - self.tick).min(last - self.cycles_run);
            let (done, outputs) = self.model.run(&self.inputs, cycles, until);
            self.outputs = outputs;
            self.count_credits();
            self.tick += done;
            self.cycles_run += done;
            self.settled += done;
        }
    }

    /// The AXI master wants something of the memory.
    fn writes(&self) -> bool {
        self.outputs.m_awvalid != 0 || self.outputs.m_wvalid != 0
    }
}

fn check(change: Change, previous: Option<u64>, size: Size) -> Result<Change, StimulusError> {
    let Change { cycle, pins } = change;
    if let Some(previous) = previous.filter(|&previous| previous >= cycle) {
        return Err(StimulusError::Order { previous, cycle });
    }
    let beyond = pins & !size.mask();
    if beyond != 0 {
        let line = beyond.trailing_zeros();
        return Err(StimulusError::NoSuchLine { cycle, line, lines: size.lines() });
    }
    Ok(change)
}
