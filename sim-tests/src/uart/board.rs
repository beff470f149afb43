//! A board on a serial cable: the Verilated UART top in a thread of its own, its line on a pseudo-terminal.
//!
//! Nothing reaches the RTL but through its pins: bits on `rx`, and levels on the lines.
//!
//! Time. While anything moves, on the line, on the pins or in the block, the model is run, as fast as it can; a bit lasts as
//! many cycles as on a board. In silence simulated time goes with the clock on the wall, and nothing is made up for: a
//! board that was slow while it was busy is behind for ever, as if its crystal had been. But first time stands still for
//! [`GRACE`], so that a program which is kept from its processor between two accesses loses no edges that it would not lose
//! on a board.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use portolan::device::UartAddress;

use super::cable::Cable;
use super::model::{Inputs, Model, Outputs, Rate};
use super::sniffer::Sniffer;
use super::terminal::{Terminal, wait};
use crate::NS_PER_TICK;
use crate::error::StimulusError;
use crate::sim::IDLE_SETTLE;
use crate::stimulus::{Playing, Stimulus};

/// The model's clock, in Hz.
const HERTZ: u32 = (1_000_000_000 / NS_PER_TICK) as u32;
/// Most cycles between two looks at the terminal.
const BATCH: u64 = 4_096;
/// How long time stands still after the line has fallen silent.
const GRACE: Duration = Duration::from_millis(5);
/// How long silence is slept through at most, so that new stimuli are seen.
const NAP: Duration = Duration::from_millis(1);
/// Cycles of reset at power-up, and time to walk through it.
const RESET_CYCLES: u64 = 8;
const WALK_CYCLES: u64 = 10_000;

/// How a board on a serial cable is to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Which top.
    pub rate: Rate,
    /// Levels on the pins at power-up: they are no edges.
    pub initial_pins: u64,
}

/// Why a board on a serial cable could not be made, or has stopped.
#[derive(Debug, thiserror::Error)]
pub enum UartSimError {
    /// The system gave no pseudo-terminal.
    #[error("there is no pseudo-terminal to be had for the simulated serial port")]
    Terminal(#[source] io::Error),
}

/// What the board's thread and others share.
struct Shared {
    core: Mutex<Core>,
    stop: AtomicBool,
    /// What programs open.
    path: String,
}

/// The block, its cable and its stimulus.
struct Core {
    model: Model,
    inputs: Inputs,
    outputs: Outputs,
    cable: Cable,
    terminal: Terminal,
    tick: u64,
    /// Cycles since anything moved at the pins.
    settled: u64,
    playing: Option<Playing>,
    /// What begins when the host binds a line.
    waiting: Option<Box<dyn Stimulus>>,
    sniffer: Sniffer,
    stimulus_error: Option<StimulusError>,
    cycles_run: u64,
    rate: Rate,
}

/// A simulated board on a serial cable. Its port is there until it is dropped.
pub struct UartBoard {
    shared: Arc<Shared>,
    rate: Rate,
    thread: Option<JoinHandle<()>>,
}

impl UartBoard {
    /// Powers a board up and plugs it in.
    pub fn open(options: Options) -> Result<UartBoard, UartSimError> {
        let Options { rate, initial_pins } = options;
        let terminal = Terminal::new().map_err(UartSimError::Terminal)?;
        let watch = terminal.watch().map_err(UartSimError::Terminal)?;
        let path = terminal.path().to_owned();
        let core = Mutex::new(Core::power_up(rate, initial_pins, terminal));
        let shared = Arc::new(Shared { core, stop: AtomicBool::new(false), path });
        let thread = thread::Builder::new().name("portolan-uart-sim".into()).spawn({
            let shared = shared.clone();
            move || shared.run(&watch)
        });
        let thread = Some(thread.expect("the system can start a thread"));
        Ok(UartBoard { shared, rate, thread })
    }

    /// What the driver opens.
    pub fn address(&self) -> UartAddress {
        UartAddress { path: self.shared.path.clone(), baud: self.rate.baud() }
    }

    /// Begins a stimulus, in place of one that still runs. Returns the tick of its cycle 0: a change at cycle `c` is
    /// stamped exactly that + `c`.
    pub fn start(&self, stimulus: impl Stimulus + 'static) -> Result<u64, StimulusError> {
        self.shared.core.lock().start(Box::new(stimulus))
    }

    /// Begins a stimulus when the host binds a line for the first time from now on.
    pub fn start_when_bound(&self, stimulus: impl Stimulus + 'static) {
        self.shared.core.lock().waiting = Some(Box::new(stimulus));
    }

    /// True when every change of the stimulus has been on the pins, or it failed.
    pub fn stimulus_ended(&self) -> bool {
        self.shared.core.lock().playing.is_none()
    }

    /// Why the stimulus ended early.
    pub fn stimulus_error(&self) -> Option<StimulusError> {
        self.shared.core.lock().stimulus_error.clone()
    }

    /// Sets the levels on the pins, line 0 in bit 0, before the next edge.
    pub fn set_pins(&self, pins: u64) {
        self.shared.core.lock().set_pins(pins);
    }

    /// The levels on the pins.
    pub fn pins(&self) -> u64 {
        self.shared.core.lock().inputs.lines
    }

    /// Ticks since power-up.
    pub fn cycles(&self) -> u64 {
        self.shared.core.lock().tick
    }

    /// Cycles since power-up that were run, not skipped.
    pub fn cycles_run(&self) -> u64 {
        self.shared.core.lock().cycles_run
    }

    /// Puts bytes on the board's `rx` pin that no program has written: noise on the cable.
    pub fn disturb(&self, bytes: &[u8]) {
        self.shared.core.lock().cable.send(bytes);
    }

    /// Gives the program bytes that the board has not sent.
    pub fn garble(&self, bytes: &[u8]) -> io::Result<()> {
        self.shared.core.lock().terminal.send(bytes)
    }
}

impl Drop for UartBoard {
    fn drop(&mut self) {
        self.shared.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was printed already.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// The board's thread.
    fn run(&self, watch: &std::fs::File) {
        // In silence: up to when simulated time has gone with the clock on the wall.
        let mut moved: Option<Instant> = None;
        while !self.stop.load(Relaxed) {
            let mut core = self.core.lock();
            if core.exchange().is_err() {
                // Nobody can open the port any more.
                return;
            }
            if core.moves() {
                moved = None;
                core.advance(BATCH);
                MutexGuard::bump(&mut core);
                continue;
            }
            let now = Instant::now();
            let moved = moved.get_or_insert(now + GRACE);
            if now > *moved {
                core.skip(now - *moved);
                *moved = now;
            }
            let nap = if core.moves() { Duration::ZERO } else { NAP };
            drop(core);
            if wait(watch, nap).is_err() {
                return;
            }
        }
    }
}

impl Core {
    fn power_up(rate: Rate, pins: u64, terminal: Terminal) -> Core {
        let mut model = Model::new(rate);
        let mut inputs = Inputs { lines: pins, resetn: 0, ..Inputs::default() };
        model.run(&inputs, RESET_CYCLES, false);
        inputs.resetn = 1;
        let (_, outputs) = model.run(&inputs, WALK_CYCLES, false);
        let (tick, cable) = (model.ticks(), Cable::new(HERTZ, rate.baud()));
        let (playing, waiting, stimulus_error) = (None, None, None);
        let sniffer = Sniffer::default();
        let (settled, cycles_run) = (0, tick);
        Core {
            model,
            inputs,
            outputs,
            cable,
            terminal,
            tick,
            settled,
            playing,
            waiting,
            sniffer,
            stimulus_error,
            cycles_run,
            rate,
        }
    }

    fn start(&mut self, stimulus: Box<dyn Stimulus>) -> Result<u64, StimulusError> {
        self.stimulus_error = None;
        self.playing = Playing::begin(stimulus, self.tick, self.rate.size())?;
        Ok(self.tick)
    }

    fn set_pins(&mut self, pins: u64) {
        self.inputs.lines = pins;
        self.settled = 0;
    }

    /// Bytes between the terminal and the cable.
    fn exchange(&mut self) -> io::Result<()> {
        let bytes = self.terminal.receive()?;
        if !bytes.is_empty() {
            self.cable.set_baud(self.terminal.baud()?);
            self.cable.send(&bytes);
            if self.waiting.is_some()
                && self.sniffer.hears_bind(&bytes)
                && let Some(stimulus) = self.waiting.take()
                && let Err(error) = self.start(stimulus)
            {
                self.stimulus_error = Some(error);
            }
        }
        let bytes = self.cable.take();
        if bytes.is_empty() { Ok(()) } else { self.terminal.send(&bytes) }
    }

    /// Whether anything but the tick register moves, or is about to.
    fn moves(&self) -> bool {
        !self.cable.is_quiet()
            || self.outputs.idle == 0
            || self.settled < IDLE_SETTLE
            || self.next_change().is_some_and(|next| next <= self.tick)
    }

    fn next_change(&self) -> Option<u64> {
        self.playing.as_ref().map(Playing::next)
    }

    /// Puts the change that is due on the pins.
    fn apply_due(&mut self) {
        while let Some(playing) = &mut self.playing
            && playing.next() <= self.tick
        {
            let pins = playing.pins();
            match playing.advance() {
                Ok(true) => {}
                Ok(false) => self.playing = None,
                Err(error) => {
                    self.playing = None;
                    self.stimulus_error = Some(error);
                }
            }
            self.set_pins(pins);
        }
    }

    /// At most so many cycles, one after the other, until nothing moves.
    fn advance(&mut self, cycles: u64) {
        let end = self.tick + cycles;
        while self.tick < end && self.moves() {
            self.apply_due();
            let rx = u8::from(self.cable.drive(self.tick));
            if rx != self.inputs.rx {
                self.inputs.rx = rx;
                self.settled = 0;
            }
            let next = [Some(end), self.cable.next(), self.next_change()].into_iter().flatten().min();
            let stretch = next.unwrap_or(end).saturating_sub(self.tick).max(1);
            // An idle block must be seen to be so for a while.
            let stretch = match self.outputs.idle != 0 && self.settled < IDLE_SETTLE {
                true => stretch.min(IDLE_SETTLE - self.settled),
                false => stretch,
            };
            let (done, outputs) = self.model.run(&self.inputs, stretch, self.outputs.idle == 0);
            self.outputs = outputs;
            self.tick += done;
            self.cycles_run += done;
            self.settled += done;
            self.cable.look(self.tick, self.outputs.tx != 0);
        }
    }

    /// Lets silent time go by, up to the next change.
    fn skip(&mut self, time: Duration) {
        let ticks = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX) / NS_PER_TICK;
        let target = self.tick.saturating_add(ticks);
        let target = self.next_change().map_or(target, |next| target.min(next));
        self.tick = target;
        self.model.set_ticks(target);
    }
}
