//! Interrupts: virtual ones, and lines of boards, by one state machine (ports.md section I).

pub(crate) mod line;
mod software;
pub(crate) mod state;

use std::fmt;
use std::sync::Arc;

use portolan_regs::mode;

use crate::error::BoardError;
use crate::object::{Observable, Signals, ThreadState, blocked};
use crate::{Board, Port, Status};
use line::{Failure, LineInner};
use software::VirtualInner;
use state::State;

/// Which edges or levels of a line count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineMode {
    /// Rising edges.
    #[default]
    Rising,
    /// Falling edges.
    Falling,
    /// Both edges.
    Both,
    /// High level: fires again after each acknowledge, as long as the line is high.
    High,
    /// Low level.
    Low,
}

impl LineMode {
    /// The value of the line's MODE field.
    pub(crate) fn bits(self) -> u32 {
        match self {
            LineMode::Rising => mode::RISING,
            LineMode::Falling => mode::FALLING,
            LineMode::Both => mode::BOTH,
            LineMode::High => mode::HIGH,
            LineMode::Low => mode::LOW,
        }
    }

    /// Whether it is a level.
    pub(crate) fn is_level(self) -> bool {
        matches!(self, LineMode::High | LineMode::Low)
    }
}

/// How a line's edges become packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// As on Zircon: one packet, then nothing until [`Interrupt::ack`]; the first edge meanwhile is kept,
    /// further ones are coalesced.
    #[default]
    Ack,
    /// Portolan's own: while bound to a port, every edge is a packet, [`Interrupt::ack`] does nothing and
    /// succeeds. Unbound, a line keeps its first edge as with `Ack`; unbinding puts back the oldest
    /// unread packet, the others count as lost.
    Stream,
}

/// How a line listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineConfig {
    /// Which edges or levels count.
    pub mode: LineMode,
    /// How they become packets.
    pub delivery: Delivery,
    /// Pulses of this many ticks or fewer are rejected; 0 lets everything pass.
    pub filter: u8,
}

/// An interrupt object. Dropping it destroys it (I28).
///
/// ```
/// use portolan::{Deadline, Interrupt, Port, PortOptions, Status};
///
/// let port = Port::new(PortOptions { bind_to_interrupt: true, ..PortOptions::default() });
/// let interrupt = Interrupt::virtual_interrupt();
/// interrupt.bind(&port, 5)?;
/// interrupt.trigger(1_000)?;
/// let packet = port.wait(Deadline::INFINITE)?;
/// assert_eq!((packet.key(), packet.timestamp()), (5, Some(1_000)));
/// interrupt.ack()?;
/// # Ok::<(), Status>(())
/// ```
pub struct Interrupt {
    kind: Kind,
    signals: Observable,
}

enum Kind {
    Virtual(VirtualInner),
    Line(Board, Arc<LineInner>),
}

impl Interrupt {
    /// An interrupt that programs trigger.
    pub fn virtual_interrupt() -> Interrupt {
        let signals = Observable::new(Signals::UNTRIGGERED);
        Interrupt { kind: Kind::Virtual(VirtualInner::default()), signals }
    }

    /// The interrupt of a board's line, which begins to listen.
    pub fn line(board: &Board, line: u32, config: LineConfig) -> Result<Interrupt, BoardError> {
        let info = board.info();
        let name = || info.name.clone();
        if line >= info.lines {
            return Err(BoardError::NoSuchLine { board: name(), line, last: info.lines - 1 });
        }
        if config.mode.is_level() && config.delivery == Delivery::Stream {
            return Err(BoardError::LevelStream { board: name(), line });
        }
        let made = LineInner::new(&board.inner, line, config);
        match board.inner.outcome(made) {
            Ok(Some(inner)) => {
                let signals = Observable::default();
                Ok(Interrupt { kind: Kind::Line(board.clone(), inner), signals })
            }
            Ok(None) => Err(BoardError::LineTaken { board: name(), line }),
            Err(_) => Err(board.inner.gone()),
        }
    }

    /// Binds it to a port, under a key that its packets will carry. An edge that nobody has seen yet is
    /// queued at once (I8). WRONG_TYPE for a port made without `bind_to_interrupt`, CANCELED when
    /// destroyed, BAD_STATE while a thread is in [`wait`](Self::wait), ALREADY_BOUND (I7).
    pub fn bind(&self, port: &Port, key: u64) -> Result<(), Status> {
        if !port.options().bind_to_interrupt {
            return Err(Status::WRONG_TYPE);
        }
        match &self.kind {
            Kind::Virtual(inner) => inner.bind(&port.inner, key),
            Kind::Line(board, inner) => outcome(board, inner.bind(&port.inner, key)),
        }
    }

    /// Unbinds it from the port. Its unread packet is taken out and the interrupt is triggered again, so
    /// that the next bind or wait gets it (I10). WRONG_TYPE as [`bind`](Self::bind), NOT_FOUND when it
    /// is not bound to this port, CANCELED when destroyed (I9).
    pub fn unbind(&self, port: &Port) -> Result<(), Status> {
        if !port.options().bind_to_interrupt {
            return Err(Status::WRONG_TYPE);
        }
        match &self.kind {
            Kind::Virtual(inner) => inner.unbind(&port.inner),
            Kind::Line(board, inner) => outcome(board, inner.unbind(&port.inner)),
        }
    }

    /// Acknowledges its packet: an edge that came since is queued, else the next one will be. BAD_STATE
    /// when not bound, CANCELED when destroyed (I18); BAD_STATE also when such an edge could not be
    /// queued because the packet is unread (I20).
    pub fn ack(&self) -> Result<(), Status> {
        match &self.kind {
            Kind::Virtual(inner) => inner.ack(&self.signals),
            Kind::Line(board, inner) => outcome(board, inner.ack()),
        }
    }

    /// How the line listens now; `None` for a virtual interrupt.
    pub fn config(&self) -> Option<LineConfig> {
        match &self.kind {
            Kind::Virtual(_) => None,
            Kind::Line(_, inner) => Some(inner.listening().0),
        }
    }

    /// Lets no edge of the line count from now on, or lets them count again; a test edge neither. What came before
    /// stays. NOT_SUPPORTED for a virtual interrupt, CANCELED when destroyed, IO when the board is gone.
    pub fn set_masked(&self, masked: bool) -> Result<(), Status> {
        self.listen(|_, was| *was = masked)
    }

    /// Changes which edges or levels count; a change of it is no edge. INVALID_ARGS for a level in stream delivery; else as
    /// [`set_masked`](Self::set_masked).
    pub fn set_mode(&self, mode: LineMode) -> Result<(), Status> {
        self.listen(|config, _| config.mode = mode)
    }

    /// Changes the glitch filter: pulses of `ticks` ticks or fewer are rejected. The line is masked for the moment of the
    /// change, so that no stamp is off. Errors as [`set_masked`](Self::set_masked).
    pub fn set_filter(&self, ticks: u8) -> Result<(), Status> {
        self.listen(|config, _| config.filter = ticks)
    }

    fn listen(&self, change: impl FnOnce(&mut LineConfig, &mut bool)) -> Result<(), Status> {
        match &self.kind {
            Kind::Virtual(_) => Err(Status::NOT_SUPPORTED),
            Kind::Line(board, inner) => outcome(board, inner.listen(change)),
        }
    }

    /// Triggers a virtual interrupt; the time stamp is passed through as it is (I14). BAD_STATE for a line
    /// (I13; see [`Board::fire`]), CANCELED when destroyed.
    pub fn trigger(&self, timestamp: i64) -> Result<(), Status> {
        match &self.kind {
            Kind::Virtual(inner) => inner.trigger(timestamp, &self.signals),
            Kind::Line(..) => Err(Status::BAD_STATE),
        }
    }

    /// Sleeps until it is triggered; the time stamp, in ns. Waiting again acknowledges (I23). BAD_STATE when
    /// bound or while another thread waits, CANCELED when destroyed, also meanwhile (I22, I24).
    pub fn wait(&self) -> Result<i64, Status> {
        match &self.kind {
            Kind::Virtual(inner) => inner.wait(&self.signals),
            Kind::Line(board, inner) => {
                // Shown from the look at the board on, which a program cannot tell from the sleep.
                let _blocked = blocked(ThreadState::BlockedInterrupt);
                outcome(board, inner.wait())
            }
        }
    }

    /// Sends the thread that sleeps in [`wait`](Self::wait) away with CANCELED, or else the next one that would sleep.
    pub(crate) fn release(&self) {
        match &self.kind {
            Kind::Virtual(inner) => inner.release(),
            Kind::Line(_, inner) => inner.release(),
        }
    }

    /// What [`wait`](Self::wait) would return at once, if anything: BAD_STATE when bound, CANCELED when destroyed.
    pub(crate) fn take(&self) -> Result<Option<i64>, Status> {
        match &self.kind {
            Kind::Virtual(inner) => inner.take(),
            Kind::Line(board, inner) => outcome(board, inner.take()),
        }
    }

    /// Its signals: UNTRIGGERED of a virtual interrupt (I30), and the user signals (I6).
    pub(crate) fn signals(&self) -> &Observable {
        &self.signals
    }

    /// Whether a thread is in [`wait`](Self::wait).
    pub fn is_waited_for(&self) -> bool {
        self.state() == State::Waiting
    }

    /// Whether it was destroyed, or its board has died.
    pub(crate) fn is_destroyed(&self) -> bool {
        self.state() == State::Destroyed
    }

    fn state(&self) -> State {
        match &self.kind {
            Kind::Virtual(inner) => inner.state(),
            Kind::Line(_, inner) => inner.state(),
        }
    }

    /// Destroys it: its unread packet is dropped, its waiter released with CANCELED, its line free.
    /// NOT_FOUND when a packet was read but not acknowledged; it is destroyed nevertheless (I26).
    pub fn destroy(&self) -> Result<(), Status> {
        match &self.kind {
            Kind::Virtual(inner) => inner.destroy(&self.signals),
            Kind::Line(board, inner) => outcome(board, inner.destroy()),
        }
    }
}

/// The result of a line's operation, all its locks released.
fn outcome<T>(board: &Board, result: Result<T, Failure>) -> Result<T, Status> {
    match result {
        Ok(value) => Ok(value),
        Err(Failure::Status(status)) => Err(status),
        Err(Failure::Dead) => board.inner.outcome(Err(crate::board::Dead)),
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        let _ = self.destroy();
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Virtual(_) => f.write_str("Interrupt(virtual)"),
            Kind::Line(board, inner) => {
                write!(f, "Interrupt(line {} of {})", inner.line(), board.info().name)
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
