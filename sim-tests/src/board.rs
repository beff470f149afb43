//! The simulated board as a device: what the driver and the tool open.

use crate::NS_PER_TICK;
use crate::axi::memory::{Memory, Speed};
use crate::axi::{Response, Timing};
use crate::door::{Door, Written};
use crate::error::{SimError, StimulusError};
use crate::pcie::PcieDoor;
use crate::pcie::root::Root;
use crate::runner::{Shared, Watcher};
use crate::sim::Sim;
use crate::size::Size;
use crate::stimulus::Stimulus;
use crate::top::Top;
use portolan::device::{self, Device, DeviceError, TimeBase, Wake};
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
    /// What the block hangs on.
    pub top: Top,
    /// Who moves time.
    pub pace: Pace,
    /// Levels on the pins at power-up: they are no edges.
    pub initial_pins: u64,
    /// Skip the time in which nothing moves. The result is the same.
    pub skip_idle: bool,
    /// Where to write an FST waveform. Of [`Top::Axi`] alone.
    pub trace: Option<PathBuf>,
    /// Random idle, back-pressure and latency on the bus, of the memory behind it or on the link, from this seed; a link
    /// also lets TLPs pass each other where they may.
    pub bus_seed: Option<u64>,
}

impl Default for Options {
    /// 32 lines, 8 ports, on AXI without rings, stepped, all pins low, idle time skipped, no waveform, a fast bus.
    fn default() -> Options {
        Options {
            size: Size::default(),
            top: Top::default(),
            pace: Pace::default(),
            initial_pins: 0,
            skip_idle: true,
            trace: None,
            bus_seed: None,
        }
    }
}

/// A simulated board. Several may live in one process.
pub struct SimBoard {
    shared: Arc<Shared>,
    name: &'static str,
    vectors: u32,
    /// Beyond the block's window all reads are ones, and writes vanish; else both are refused.
    ones_beyond: bool,
    thread: Option<JoinHandle<()>>,
    reads: AtomicU64,
    writes: AtomicU64,
}

impl SimBoard {
    /// Powers a board up and resets it.
    pub fn open(options: Options) -> Result<Arc<SimBoard>, SimError> {
        let (top, pace) = (options.top, options.pace);
        Ok(Arc::new(SimBoard::of(top.name(), power_up(options)?, pace, top == Top::Pcie)))
    }

    /// A board of a block behind a door that is none of the [`Top`]s, by a name for messages.
    pub fn behind(name: &'static str, sim: Sim<impl Door + 'static>, pace: Pace) -> Arc<SimBoard> {
        Arc::new(SimBoard::of(name, Box::new(sim), pace, false))
    }

    fn of(name: &'static str, sim: Box<Sim<dyn Door>>, pace: Pace, ones_beyond: bool) -> SimBoard {
        let vectors = sim.vectors();
        let shared = Arc::new(Shared::new(sim, pace));
        let thread = (pace != Pace::Stepped).then(|| {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("portolan-sim".into())
                .spawn(move || shared.run_free())
                .expect("the system can start a thread")
        });
        let (reads, writes) = (AtomicU64::new(0), AtomicU64::new(0));
        SimBoard { shared, name, vectors, ones_beyond, thread, reads, writes }
    }

    /// Begins a stimulus, in place of one that still runs. Returns the tick of its cycle 0: a change at
    /// cycle `c` is stamped exactly that + `c`.
    pub fn start(&self, stimulus: impl Stimulus + 'static) -> Result<u64, StimulusError> {
        self.shared.stimulate(|sim| sim.start(Box::new(stimulus)))
    }

    /// True when every change of the stimulus has been on the pins, or it failed.
    pub fn stimulus_ended(&self) -> bool {
        self.shared.look(|sim| sim.stimulus_ended())
    }

    /// Why the stimulus ended early, until the next one starts.
    pub fn stimulus_error(&self) -> Option<StimulusError> {
        self.shared.look(|sim| sim.stimulus_error().cloned())
    }

    /// True when no change is to come and nothing moves in the block: what is not on its way to the host now
    /// will never be.
    pub fn quiet(&self) -> bool {
        self.shared.look(|sim| sim.quiet())
    }

    /// Sets the levels on the pins, line 0 in bit 0, before the next edge.
    pub fn set_pins(&self, pins: u64) {
        self.shared.stimulate(|sim| sim.set_pins(pins));
    }

    /// The levels on the pins.
    pub fn pins(&self) -> u64 {
        self.shared.look(|sim| sim.pins())
    }

    /// Ticks since power-up, with those that were skipped: what the block's tick register reads.
    pub fn cycles(&self) -> u64 {
        self.shared.tick()
    }

    /// Cycles since power-up that were run, not skipped.
    pub fn cycles_run(&self) -> u64 {
        self.shared.look(|sim| sim.cycles_run())
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

    /// Does something to the root complex that the board is behind; nothing on another bus.
    pub fn link<R>(&self, what: impl FnOnce(&mut Root) -> R) -> Option<R> {
        self.shared.stimulate(|sim| sim.door().root().map(what))
    }

    /// The packets that came to their rings since this was asked last; none at first, and without rings.
    pub fn written(&self) -> Vec<Written> {
        self.shared.act(|sim| sim.door().written())
    }

    /// Does something to the block and what stands before it.
    pub(crate) fn act<R>(&self, what: impl FnOnce(&mut Sim<dyn Door>) -> R) -> R {
        self.shared.act(what)
    }

    /// From now on interrupts are told to `watcher`.
    pub(crate) fn watch(&self, watcher: Watcher) {
        self.shared.watch(watcher);
    }

    /// Why the board cannot go on, if it cannot.
    pub(crate) fn failure(&self) -> Option<SimError> {
        self.shared.look(|sim| sim.fault().cloned().map(SimError::Failed))
    }

    fn check_vector(&self, vector: u32) -> u32 {
        assert!(vector < self.vectors, "{} has {} vectors", self.name(), self.vectors);
        vector
    }

    /// One access. Whatever lies beyond the block's window, an interconnect answers with DECERR; behind PCIe it is of
    /// no function, so that there are `ones` for an answer.
    fn access<R>(
        &self,
        offset: u32,
        count: &AtomicU64,
        what: &str,
        ones: R,
        access: impl FnOnce(&mut Sim<dyn Door>) -> Result<(Response, R), SimError>,
    ) -> Result<R, DeviceError> {
        let refused = || DeviceError::Refused { device: self.name().into(), offset };
        count.fetch_add(1, Relaxed);
        if offset >= WINDOW {
            return if self.ones_beyond { Ok(ones) } else { Err(refused()) };
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
        self.name
    }

    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        self.access(offset, &self.reads, "reading the register at", u32::MAX, |sim| sim.read(offset))
    }

    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.access(offset, &self.writes, "writing the register at", (), |sim| {
            Ok((sim.write(offset, value, 0b1111)?, ()))
        })
    }

    fn post(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.access(offset, &self.writes, "writing the register at", (), |sim| {
            Ok((sim.post(offset, value)?, ()))
        })
    }

    fn share(&self, memory: &Arc<device::Memory>) -> Result<Option<u64>, DeviceError> {
        Ok(self.shared.act(|sim| sim.door().host_memory().map(|host| host.share(memory.clone()))))
    }

    fn unshare(&self, address: u64) {
        self.shared.act(|sim| sim.door().host_memory().map(|host| host.unmap(address)));
    }

    fn relax(&self) {
        // Free-running, time goes on by itself. A stimulus that fails is told by the next access or wait.
        if self.shared.pace() == Pace::Stepped {
            let _ = self.run(LOOK_CYCLES);
        }
    }

    fn vectors(&self) -> u32 {
        self.vectors
    }

    fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let waited = self.shared.wait(self.check_vector(vector), deadline);
        waited.map_err(|error| error.into_device(self.name(), "waiting for an interrupt"))
    }

    fn kick(&self, vector: u32) {
        self.shared.kick(self.check_vector(vector));
    }

    fn now(&self) -> i64 {
        i64::try_from(self.shared.tick().saturating_mul(NS_PER_TICK)).unwrap_or(i64::MAX)
    }

    fn time_base(&self) -> TimeBase {
        TimeBase::Simulated
    }
}

/// The block behind its door, out of reset.
fn power_up(options: Options) -> Result<Box<Sim<dyn Door>>, SimError> {
    let Options { size, top, initial_pins, skip_idle, trace, bus_seed, .. } = options;
    if trace.is_some() && !top.can_trace() {
        return Err(SimError::NoTrace { top });
    }
    let timing = match bus_seed {
        Some(seed) => Timing::Random { seed, longest: 5 },
        None => Timing::Fast,
    };
    Ok(match top {
        Top::Axi => Box::new(Sim::new(size, initial_pins, skip_idle, timing, trace.as_deref())?),
        Top::AxiRings => {
            let speed = bus_seed.map_or(Speed::FAST, |seed| Speed { ready: 40, latency: (1, 200), seed });
            let memory = Memory::new(speed);
            Box::new(Sim::with_rings(size, initial_pins, skip_idle, timing, memory)?)
        }
        Top::Pcie => {
            let door = PcieDoor::open(size, initial_pins, bus_seed)?;
            Box::new(Sim::behind(door, size, skip_idle)?)
        }
    })
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
