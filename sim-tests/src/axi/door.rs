//! A block on AXI: its AXI4-Lite master, and with rings the memory that it writes to. On AXI3 each access is a burst of
//! one beat.

use std::path::Path;

use portolan_regs::slot;

use super::channel::rule;
use super::memory::Memory;
use super::{BusError, Master, Response, Timing};
use crate::door::{Door, Early, Written, run_by_cycles};
use crate::error::SimError;
use crate::memory::HostMemory;
use crate::model::{Inputs, Model, Outputs, Until};
use crate::sim::IDLE_SETTLE;
use crate::size::Size;

/// On AXI3: the IDs of writes, and of reads.
const IDS: [u16; 2] = [0x5a3, 0xc96];

/// The block and its bus.
pub struct AxiDoor {
    model: Model,
    inputs: Inputs,
    outputs: Outputs,
    master: Master,
    /// The memory that the rings are in, of a block with rings.
    memory: Option<Memory>,
    /// The block has an AXI3 slave.
    axi3: bool,
    /// Cycles since the pins changed or the bus moved.
    settled: u64,
    /// Coming cycles in which the master does not look at the slave.
    blind: u64,
    /// Pulses of each credit output.
    credits: [u64; 64],
}

impl AxiDoor {
    /// A block at power-up, in reset, with these levels on its pins. One that is traced is slower.
    pub(crate) fn new(
        size: Size,
        pins: u64,
        timing: Timing,
        trace: Option<&Path>,
    ) -> Result<AxiDoor, SimError> {
        let model = if trace.is_some() { Model::traceable(size) } else { Model::new(size) };
        let mut door = AxiDoor::of(model, pins, timing, None);
        if let Some(path) = trace {
            let failed = |source| SimError::Trace { path: path.into(), source };
            door.model.trace(path).map_err(failed)?;
        }
        Ok(door)
    }

    /// The same with rings, in that memory.
    pub(crate) fn with_rings(size: Size, pins: u64, timing: Timing, memory: Memory) -> AxiDoor {
        AxiDoor::of(Model::with_rings(size), pins, timing, Some(memory))
    }

    /// The default size with rings behind an AXI3 slave, as on a Zynq-7000, in that memory.
    pub fn zynq(pins: u64, timing: Timing, memory: Memory) -> AxiDoor {
        AxiDoor { axi3: true, ..AxiDoor::of(Model::zynq(), pins, timing, Some(memory)) }
    }

    fn of(mut model: Model, pins: u64, timing: Timing, memory: Option<Memory>) -> AxiDoor {
        let inputs = Inputs { lines: pins, ..Inputs::default() };
        let outputs = model.low(&inputs);
        let master = Master::new(timing);
        AxiDoor {
            model,
            inputs,
            outputs,
            master,
            memory,
            axi3: false,
            settled: 0,
            blind: 0,
            credits: [0; 64],
        }
    }

    /// The outputs after the last edge.
    pub(crate) fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// The bus master.
    pub(crate) fn master(&mut self) -> &mut Master {
        &mut self.master
    }

    /// The memory that the rings are in.
    pub(crate) fn memory(&mut self) -> Option<&mut Memory> {
        self.memory.as_mut()
    }

    /// The master's signals of the coming cycle.
    fn drive(&mut self) {
        self.master.drive(&mut self.inputs);
        if self.axi3 {
            self.inputs.as_single_beats(IDS);
        }
        if let Some(memory) = &mut self.memory {
            memory.drive(&mut self.inputs, self.model.ticks());
        }
    }

    /// A response bears the ID of what it answers, and one beat of read data is the last one (ARM IHI 0022, A5.3).
    fn check_axi3(&self, found: &Outputs) -> Result<(), BusError> {
        rule(!self.axi3 || found.bvalid == 0 || found.bid == IDS[0], "BID is not AWID", "A5.3")?;
        rule(!self.axi3 || found.rvalid == 0 || found.rid == IDS[1], "RID is not ARID", "A5.3")?;
        rule(!self.axi3 || found.rvalid == 0 || found.rlast == 1, "RLAST is not at the last beat", "A3.4.1")
    }

    fn count_credits(&mut self) {
        if self.outputs.post_credits != 0 {
            for (port, credits) in self.credits.iter_mut().enumerate() {
                *credits += self.outputs.post_credits >> port & 1;
            }
        }
    }

    /// Pulses of each credit output so far.
    pub(crate) fn credits(&self) -> &[u64; 64] {
        &self.credits
    }
}

impl Door for AxiDoor {
    fn pins(&self) -> u64 {
        self.inputs.lines
    }

    fn set_pins(&mut self, pins: u64) {
        self.inputs.lines = pins;
        self.settled = 0;
    }

    fn ticks(&self) -> u64 {
        self.model.ticks()
    }

    fn irq(&self) -> u64 {
        u64::from(self.outputs.irq != 0)
    }

    fn is_settled(&self) -> bool {
        self.settled >= IDLE_SETTLE && self.outputs.idle != 0
    }

    fn cycle(&mut self) -> Result<(), SimError> {
        self.drive();
        let found = self.model.low(&self.inputs);
        match self.blind.checked_sub(1) {
            Some(left) => self.blind = left,
            None => {
                self.master.observe(&self.outputs, &found)?;
                self.check_axi3(&found)?;
            }
        }
        if let Some(memory) = &mut self.memory {
            memory.observe(&self.inputs, &found)?;
        }
        self.outputs = self.model.high();
        self.count_credits();
        self.settled = if self.master.busy() { 0 } else { self.settled + 1 };
        Ok(())
    }

    /// In one call of C++, as long as no memory must be served.
    fn run(&mut self, cycles: u64, early: Early) -> Result<u64, SimError> {
        debug_assert!(!self.master.busy());
        let serves = self.memory.as_ref().is_some_and(|memory| !memory.is_quiet());
        if serves || self.outputs.m_awvalid != 0 || self.outputs.m_wvalid != 0 {
            return run_by_cycles(self, 1, early);
        }
        self.drive();
        let settling = if early.settled { IDLE_SETTLE.saturating_sub(self.settled) } else { 0 };
        let stretch = if settling > 0 { settling.min(cycles) } else { cycles };
        let until = Until { irq: early.irq & 1 != 0, idle: early.settled && settling == 0 };
        let (done, outputs) = self.model.run(&self.inputs, stretch, until);
        self.outputs = outputs;
        self.count_credits();
        self.settled += done;
        Ok(done)
    }

    fn skip(&mut self, cycles: u64) {
        self.model.set_ticks(self.model.ticks() + cycles);
    }

    fn begin_read(&mut self, offset: u32) -> Result<(), SimError> {
        self.master.begin_read(offset);
        Ok(())
    }

    fn take_read(&mut self) -> Result<Option<(Response, u32)>, SimError> {
        let answer = self.master.take_fetched();
        self.settled = if answer.is_some() { 0 } else { self.settled };
        Ok(answer)
    }

    fn begin_write(&mut self, offset: u32, value: u32, strobes: u8) -> Result<(), SimError> {
        self.master.begin_write(offset, value, strobes);
        Ok(())
    }

    fn take_written(&mut self) -> Result<Option<Response>, SimError> {
        let answer = self.master.take_written();
        self.settled = if answer.is_some() { 0 } else { self.settled };
        Ok(answer)
    }

    fn host_memory(&mut self) -> Option<&mut HostMemory> {
        self.memory.as_mut().map(Memory::host_mut)
    }

    /// No response may be valid after the second edge, because the block registers its reset (ARM IHI 0022, A3.1.2).
    fn begin_reset(&mut self) {
        self.master.abort();
        self.inputs.aresetn = 0;
        self.blind = 2;
    }

    fn end_reset(&mut self) {
        self.inputs.aresetn = 1;
    }

    fn written(&mut self) -> Vec<Written> {
        let log = self.memory.as_mut().and_then(|memory| memory.log.replace(Vec::new())).unwrap_or_default();
        let slots = log.iter().flat_map(|record| {
            record.burst.data.chunks(slot::INTERRUPT_WORDS / 2).map(|beats| Written {
                stamp: beats[slot::TICKS / 2],
                shown: record.shown,
                stored: record.answered,
            })
        });
        slots.collect()
    }
}
