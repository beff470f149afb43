//! The simulated board as a device: what the driver and the tool open.

use crate::NS_PER_TICK;
use crate::axi::memory::{Memory, Speed};
use crate::axi::{Response, Timing};
use crate::error::{SimError, StimulusError};
use crate::runner::Shared;
use crate::sim::Sim;
use crate::size::Size;
use crate::stimulus::Stimulus;
use portolan::device::{self, Device, DeviceError, TimeBase, Wake};
use portolan_regs::slot;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};

/// Bytes of address space of the block's bus.
const WINDOW: u32 = 1 << 18;
/// What a look at an empty ring takes of a stepped board's time, in cycles: some of a read from main memory.
const LOOK_CYCLES: u64 = 10;

/// Who moves simulated time, and how fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Time moves only in a register access, by the cycles that the bus takes, and while somebody waits.
    /// Two runs are equal to the byte.
    #[default]
    Stepped,
    /// A thread of the board moves it as fast as it can. It stands still while nothing moves in the block,
    /// no change is to come and nobody waits for a time.
    FreeRunning,
    /// The same thread, but never ahead of real time since the board was opened; behind it, it catches up.
    RealTime,
}

/// How a simulated board is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Lines and ports.
    pub size: Size,
    /// The block writes its packets to rings in the driver's memory.
    pub rings: bool,
    /// Who moves time.
    pub pace: Pace,
    /// Levels on the pins at power-up: they are no edges.
    pub initial_pins: u64,
    /// Skip the time in which nothing moves. The result is the same.
    pub skip_idle: bool,
    /// Where to write an FST waveform.
    pub trace: Option<PathBuf>,
    /// Random idle and back-pressure on the bus, from this seed.
    pub bus_seed: Option<u64>,
}

impl Default for Options {
    /// 32 lines, 8 ports, without rings, stepped, all pins low, idle time skipped, no waveform, a fast bus.
    fn default() -> Options {
        Options {
            size: Size::default(),
            rings: false,
            pace: Pace::default(),
            initial_pins: 0,
            skip_idle: true,
            trace: None,
            bus_seed: None,
        }
    }
}

/// How an interrupt packet came to its ring. Times are ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The packet's stamp.
    pub stamp: u64,
    /// The first beat of the write that brought it stood on the bus.
    pub shown: u64,
    /// The write was answered, so that the packet is in memory.
    pub stored: u64,
}

/// A simulated board. Several may live in one process.
pub struct SimBoard {
    shared: Arc<Shared>,
    rings: bool,
    thread: Option<JoinHandle<()>>,
    reads: AtomicU64,
    writes: AtomicU64,
}

impl SimBoard {
    /// Powers a board up and resets it.
    pub fn open(options: Options) -> Result<Arc<SimBoard>, SimError> {
        let timing = match options.bus_seed {
            Some(seed) => Timing::Random { seed, longest: 5 },
            None => Timing::Fast,
        };
        let Options { size, rings, pace, initial_pins, skip_idle, trace, .. } = options;
        let sim = match rings {
            true => Sim::with_rings(size, initial_pins, skip_idle, timing, Memory::new(Speed::FAST))?,
            false => Sim::new(size, initial_pins, skip_idle, timing, trace.as_deref())?,
        };
        let shared = Arc::new(Shared::new(sim, pace));
        let thread = (pace != Pace::Stepped).then(|| {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("portolan-sim".into())
                .spawn(move || shared.run_free())
                .expect("the system can start a thread")
        });
        let (reads, writes) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Arc::new(SimBoard { shared, rings, thread, reads, writes }))
    }

    /// Begins a stimulus, in place of one that still runs. Returns the tick of its cycle 0: a change at
    /// cycle `c` is stamped exactly that + `c`.
    pub fn start(&self, stimulus: impl Stimulus + 'static) -> Result<u64, StimulusError> {
        self.shared.stimulate(|sim| sim.start(Box::new(stimulus)))
    }

    /// True when every change of the stimulus has been on the pins, or it failed.
    pub fn stimulus_ended(&self) -> bool {
        self.shared.look(Sim::stimulus_ended)
    }

    /// Why the stimulus ended early, until the next one starts.
    pub fn stimulus_error(&self) -> Option<StimulusError> {
        self.shared.look(|sim| sim.stimulus_error().cloned())
    }

    /// True when no change is to come and nothing moves in the block: what is not on its way to the host now
    /// will never be.
    pub fn quiet(&self) -> bool {
        self.shared.look(Sim::quiet)
    }

    /// Sets the levels on the pins, line 0 in bit 0, before the next edge.
    pub fn set_pins(&self, pins: u64) {
        self.shared.stimulate(|sim| sim.set_pins(pins));
    }

    /// The levels on the pins.
    pub fn pins(&self) -> u64 {
        self.shared.look(Sim::pins)
    }

    /// Ticks since power-up, with those that were skipped: what the block's tick register reads.
    pub fn cycles(&self) -> u64 {
        self.shared.tick()
    }

    /// Cycles since power-up that were run, not skipped.
    pub fn cycles_run(&self) -> u64 {
        self.shared.look(Sim::cycles_run)
    }

    /// Lets `cycles` ticks go by, whatever the interrupt output says.
    pub fn run(&self, cycles: u64) -> Result<(), SimError> {
        self.shared.run_to(self.shared.tick().saturating_add(cycles))
    }

    /// Register reads since the board was opened.
    pub fn reads(&self) -> u64 {
        self.reads.load(Relaxed)
    }

    /// Register writes since the board was opened.
    pub fn writes(&self) -> u64 {
        self.writes.load(Relaxed)
    }

    /// The packets that came to their rings since this was asked last; none at first, and without rings.
    pub fn written(&self) -> Vec<Written> {
        if !self.rings {
            return Vec::new();
        }
        let log = self.shared.act(|sim| sim.memory().log.replace(Vec::new())).unwrap_or_default();
        let slots = log.iter().flat_map(|record| {
            record.burst.data.chunks(slot::INTERRUPT_WORDS / 2).map(|beats| Written {
                stamp: beats[slot::TICKS / 2],
                shown: record.shown,
                stored: record.answered,
            })
        });
        slots.collect()
    }

    /// One access; whatever lies beyond the block's window, an interconnect answers with DECERR.
    fn access<R>(
        &self,
        offset: u32,
        count: &AtomicU64,
        what: &str,
        access: impl FnOnce(&mut Sim) -> Result<(Response, R), SimError>,
    ) -> Result<R, DeviceError> {
        let refused = || DeviceError::Refused { device: self.name().into(), offset };
        count.fetch_add(1, Relaxed);
        if offset >= WINDOW {
            return Err(refused());
        }
        match self.shared.act(access) {
            Ok((Response::Okay, value)) => Ok(value),
            Ok((Response::SlaveError | Response::DecodeError, _)) => Err(refused()),
            Err(error) => Err(error.into_device(self.name(), &format!("{what} offset {offset:#x}"))),
        }
    }
}

impl Device for SimBoard {
    fn name(&self) -> &str {
        if self.rings { "sim:axi-rings" } else { "sim:axi" }
    }

    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        self.access(offset, &self.reads, "reading the register at", |sim| Ok(sim.read(offset)?))
    }

    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.access(offset, &self.writes, "writing the register at", |sim| {
            Ok((sim.write(offset, value, 0b1111)?, ()))
        })
    }

    fn share(&self, memory: &Arc<device::Memory>) -> Result<Option<u64>, DeviceError> {
        Ok(self.rings.then(|| self.shared.act(|sim| sim.memory().share(memory.clone()))))
    }

    fn unshare(&self, address: u64) {
        self.shared.act(|sim| sim.memory().unshare(address));
    }

    fn relax(&self) {
        // Free-running, time goes on by itself. A stimulus that fails is told by the next access or wait.
        if self.shared.pace() == Pace::Stepped {
            let _ = self.run(LOOK_CYCLES);
        }
    }

    fn vectors(&self) -> u32 {
        1
    }

    fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        assert_eq!(vector, 0, "{} has one vector", self.name());
        self.shared.wait(deadline).map_err(|error| error.into_device(self.name(), "waiting for an interrupt"))
    }

    fn kick(&self, vector: u32) {
        assert_eq!(vector, 0, "{} has one vector", self.name());
        self.shared.kick();
    }

    fn now(&self) -> i64 {
        i64::try_from(self.shared.tick().saturating_mul(NS_PER_TICK)).unwrap_or(i64::MAX)
    }

    fn time_base(&self) -> TimeBase {
        TimeBase::Simulated
    }
}

impl Drop for SimBoard {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.shared.stop();
            // A panic of that thread was printed already.
            let _ = thread.join();
        }
    }
}
