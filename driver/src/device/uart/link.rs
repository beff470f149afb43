//! One serial line with a bridge at its other end: requests and their answers, and what comes unasked.
//!
//! Promises
//! - One request is under way at a time. It is sent again, under the same sequence number, when no answer comes in time or
//!   one of the two was damaged; the bridge carries it out once (docs/uart.md).
//! - Whatever the other end does, [`Link::ask`] returns within [`ATTEMPTS`] × [`PATIENCE`], and at once when the port fails.
//! - Whoever waits in [`Link::wait`] is woken by whatever tells of the interrupt.
//!
//! A thread reads, so that a notice is heard whoever is waiting for what.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use portolan_regs::uart::kind;
use serialport::{ClearBuffer, SerialPort, TTYPort};

use super::UartError;
use super::address::UartAddress;
use super::frame::{Answer, Frames, Request};
use crate::device::Wake;
use crate::sys;

/// How long an answer is waited for before its request is sent again. An access takes 0.2 ms at 921,600 baud, adapters keep
/// bytes for up to 16 ms.
pub(super) const PATIENCE: Duration = Duration::from_millis(110);
/// So many times that, and the board counts as gone.
pub(super) const ATTEMPTS: u32 = 8;
/// A request is sent again at once, so often at most, when a frame came damaged.
const HURRIED: u32 = 8;
/// How soon the reading thread sees that it shall end, at most.
const TURN: Duration = Duration::from_millis(50);

/// What was counted on this side of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UartCounts {
    /// Requests, each counted once.
    pub requests: u64,
    /// Requests that were sent again.
    pub repeats: u64,
    /// Of these, because no answer came in time.
    pub timeouts: u64,
    /// Frames that came damaged.
    pub damaged: u64,
    /// Frames that the board says came damaged to it.
    pub naks: u64,
    /// Notices of the interrupt.
    pub notices: u64,
}

/// What the reading thread tells.
#[derive(Debug, Default)]
struct State {
    /// What is waited for: sequence number and kind.
    expected: Option<(u8, u8)>,
    answer: Option<Answer>,
    /// A frame was damaged on its way: whatever was asked is to be asked again.
    again: bool,
    irq: bool,
    kicked: bool,
    failed: Option<Arc<io::Error>>,
    counts: UartCounts,
}

struct Shared {
    state: Mutex<State>,
    /// The answer may be there.
    answered: Condvar,
    /// The interrupt, a kick, or the port's end.
    woken: Condvar,
    stop: AtomicBool,
}

/// A line and its reading thread.
pub(super) struct Link {
    address: UartAddress,
    shared: Arc<Shared>,
    /// The port, and the sequence number of the last request.
    port: Mutex<(TTYPort, u8)>,
    reader: Option<JoinHandle<()>>,
}

impl Link {
    /// Opens the port. Nothing is sent.
    pub(super) fn open(address: UartAddress) -> Result<Link, UartError> {
        let UartAddress { path, baud } = &address;
        let failed = |error| UartError::open(path, *baud, error);
        let port = serialport::new(path, *baud).timeout(PATIENCE).open_native().map_err(failed)?;
        let mut incoming = port.try_clone_native().map_err(failed)?;
        incoming.set_timeout(TURN).map_err(failed)?;
        // What came before is of no meaning.
        port.clear(ClearBuffer::All).map_err(failed)?;
        let (answered, woken, stop) = (Condvar::new(), Condvar::new(), AtomicBool::new(false));
        let shared = Arc::new(Shared { state: Mutex::default(), answered, woken, stop });
        let reader = thread::Builder::new().name("portolan-uart".into()).spawn({
            let shared = shared.clone();
            move || shared.listen(incoming)
        });
        let reader = Some(reader.map_err(|error| failed(error.into()))?);
        Ok(Link { address, shared, port: Mutex::new((port, sys::random() as u8)), reader })
    }

    pub(super) fn address(&self) -> &UartAddress {
        &self.address
    }

    pub(super) fn counts(&self) -> UartCounts {
        self.shared.state.lock().counts
    }

    /// Asks, and gives the answer; gives up when it has waited for one so many times.
    ///
    /// Times are counted, not the clock: a program that is kept from its processor has waited for nothing.
    pub(super) fn ask(&self, request: Request, patience: u32) -> Result<Answer, UartError> {
        let mut port = self.port.lock();
        let (port, sequence) = &mut *port;
        *sequence = sequence.wrapping_add(1);
        let frame = request.frame(*sequence);
        let mut state = self.shared.state.lock();
        state.expected = Some((*sequence, request.command()));
        state.answer = None;
        state.counts.requests += 1;
        let (damaged, mut sent, mut missed) = (state.counts.damaged, 0, 0);
        while missed < patience {
            state.counts.repeats += u64::from(sent > 0);
            sent += 1;
            state.again = false;
            drop(state);
            let written = port.write_all(&frame);
            state = self.shared.state.lock();
            // A port that takes nothing is treated as a board that does not answer.
            if let Err(error) = written
                && error.kind() != io::ErrorKind::TimedOut
            {
                state.failed.get_or_insert(Arc::new(error));
            }
            let until = Instant::now() + PATIENCE;
            // Endless noise must not be answered with endless repeats.
            let hurries = sent <= HURRIED;
            while state.answer.is_none() && state.failed.is_none() && !(state.again && hurries) {
                if self.shared.answered.wait_until(&mut state, until).timed_out() {
                    state.counts.timeouts += 1;
                    missed += 1;
                    break;
                }
            }
            if let Some(answer) = state.answer.take() {
                state.expected = None;
                return Ok(answer);
            }
            if let Some(error) = &state.failed {
                return Err(UartError::Port(error.clone()));
            }
        }
        state.expected = None;
        let UartAddress { path, baud } = self.address.clone();
        Err(UartError::Silent { path, baud, sent, damaged: state.counts.damaged - damaged })
    }

    /// Sleeps until the interrupt is told, a kick, or that moment.
    pub(super) fn wait(&self, until: Option<Instant>) -> Result<Wake, UartError> {
        let mut state = self.shared.state.lock();
        loop {
            if let Some(error) = &state.failed {
                return Err(UartError::Port(error.clone()));
            }
            if std::mem::take(&mut state.kicked) {
                return Ok(Wake::Kicked);
            }
            if state.irq {
                return Ok(Wake::Interrupt);
            }
            match until {
                Some(until) if Instant::now() >= until => return Ok(Wake::Deadline),
                Some(until) => {
                    self.shared.woken.wait_until(&mut state, until);
                }
                None => self.shared.woken.wait(&mut state),
            }
        }
    }

    /// Ends the present wait, or else the next one.
    pub(super) fn kick(&self) {
        self.shared.state.lock().kicked = true;
        self.shared.woken.notify_all();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            // A panic of that thread was printed already.
            let _ = reader.join();
        }
    }
}

impl Shared {
    /// The reading thread.
    fn listen(&self, mut port: TTYPort) {
        let mut frames = Frames::default();
        let mut bytes = [0; 256];
        while !self.stop.load(Ordering::Relaxed) {
            match port.read(&mut bytes) {
                // The other end of a pseudo-terminal is gone.
                Ok(0) => return self.fail(io::ErrorKind::BrokenPipe.into()),
                Ok(length) => {
                    let mut state = self.state.lock();
                    for frame in bytes[..length].iter().filter_map(|byte| frames.push(*byte)) {
                        match frame {
                            Ok(answer) => state.hear(answer),
                            Err(_) => state.miss(),
                        }
                    }
                    if state.irq {
                        self.woken.notify_all();
                    }
                    if state.answer.is_some() || state.again {
                        self.answered.notify_all();
                    }
                }
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::Interrupted) => {}
                Err(error) => return self.fail(error),
            }
        }
    }

    fn fail(&self, error: io::Error) {
        self.state.lock().failed.get_or_insert(Arc::new(error));
        self.answered.notify_all();
        self.woken.notify_all();
    }
}

impl State {
    fn hear(&mut self, answer: Answer) {
        self.irq = answer.irq;
        match answer.kind {
            kind::NOTICE => self.counts.notices += 1,
            kind::NAK => {
                self.counts.naks += 1;
                self.again = true;
            }
            // One that was given up, or was answered before, is of no use any more.
            _ if self.expected != Some((answer.sequence, answer.kind)) => {}
            _ => self.answer = Some(answer),
        }
    }

    /// A frame came damaged: it may have been the answer.
    fn miss(&mut self) {
        self.counts.damaged += 1;
        self.again = self.expected.is_some();
    }
}
