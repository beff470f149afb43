//! A line of a board as an interrupt.
//!
//! The [`Machine`] on the host is the authority; the board is where edges come from. A packet that is
//! pulled off the board is a trigger of the machine, and only the machine decides whether it is
//! queued, kept or dropped. The board may send one packet after each acknowledge (every one, in
//! stream delivery), so it can be *spent*: then it sends nothing more until it is acknowledged again,
//! holds the first further edge and coalesces the rest.
//!
//! Before an operation whose outcome depends on what the board has seen, the line is *synced*: its
//! packets are taken out of the lane and, if it is spent, an acknowledge makes the board send the
//! edge it holds, which is taken out as well. After that the machine knows all that had happened, so
//! every operation is that of a virtual interrupt. In the common order, read then acknowledge, nothing
//! needs to be synced and an acknowledge is one register write.
//!
//! `wire` has the register accesses and syncing, `operations` what the owner of the interrupt calls;
//! here is what comes the other way, from the board to the port.
//!
//! An unbound line is bound to lane 0 on the board, where the driver itself reads. Bind and unbind *move*
//! it under a new generation, which the board does from one clock to the next: an edge before that is
//! one before the operation, an edge after it one after. Both lanes are locked meanwhile, so that nobody
//! meets packets of the new binding before the machine knows of it.

mod operations;
mod wire;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::state::{Fate, Machine, Stamp, State};
use super::{Delivery, LineConfig};
use crate::Status;
use crate::board::{BoardInner, Dead, Slot, Tally};
use crate::event::{Detail, Gap};
use crate::port::{Entry, PortInner, Source, What};
use crate::sync::{Lock, Token, Waiter};

/// The inner part of a line's interrupt.
pub(crate) struct LineInner {
    board: Arc<BoardInner>,
    line: u32,
    tally: Arc<Tally>,
    source: Arc<Source>,
    /// Held through each operation of the interrupt; the binding changes only under it.
    pub(crate) operation: Lock<()>,
    state: Lock<LineState>,
}

struct LineState {
    machine: Machine<Detail>,
    config: LineConfig,
    /// The owner lets no edge count.
    masked: bool,
    /// The port it is, or was when it was destroyed, bound to.
    port: Option<(Arc<PortInner>, u64)>,
    lane: u32,
    generation: u16,
    /// While it moves: the generation that it had.
    former: Option<u16>,
    /// The board sends nothing more until it is acknowledged, unless it streams.
    spent: bool,
    /// The board streams.
    streams: bool,
    /// The thread in `wait`.
    waiter: Option<Arc<Waiter>>,
    /// The thread in `wait` is sent away, or else the next one that would sleep there.
    released: bool,
}

/// An operation's failure.
pub(crate) enum Failure {
    /// Zircon's answer.
    Status(Status),
    /// The board is dead.
    Dead,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Failure::Status(status)
    }
}

impl From<Dead> for Failure {
    fn from(Dead: Dead) -> Self {
        Failure::Dead
    }
}

impl LineInner {
    /// Sets the line up and binds it to lane 0; `None` when it has an interrupt already.
    pub(crate) fn new(
        board: &Arc<BoardInner>,
        line: u32,
        config: LineConfig,
    ) -> Result<Option<Arc<Self>>, Dead> {
        let inner = Arc::new_cyclic(|this: &Weak<LineInner>| LineInner {
            board: board.clone(),
            line,
            tally: board.tally(line).clone(),
            source: Arc::new(Source::of_line(this.clone(), board.tally(line).handed.clone())),
            operation: Lock::default(),
            state: Lock::new(LineState {
                machine: Machine::new(config.delivery == Delivery::Stream),
                config,
                masked: false,
                port: None,
                lane: 0,
                generation: board.next_generation(line),
                former: None,
                spent: false,
                streams: false,
                waiter: None,
                released: false,
            }),
        });
        if !board.take_line(line, &inner) {
            return Ok(None);
        }
        let set_up = || {
            let mut lane = board.lane(0).lock();
            inner.drain(&mut lane, 0)?;
            let mut state = inner.state.lock();
            inner.configure(&mut state, false, false)?;
            inner.bind_board(&mut state, 0)?;
            inner.configure(&mut state, false, true)
        };
        match set_up() {
            Ok(()) => Ok(Some(inner)),
            Err(Dead) => {
                board.release_line(line);
                Err(Dead)
            }
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state.lock().machine.state()
    }

    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    /// The lane that it reports to.
    pub(crate) fn lane(&self) -> u32 {
        self.state.lock().lane
    }

    /// Runs `count` with how many edges of the line the driver holds for readers: in its port's list, or
    /// kept as pending. None can be read meanwhile; the caller holds the operation's and the lane's lock.
    pub(crate) fn counted<R>(&self, count: impl FnOnce(u64) -> R) -> R {
        let state = self.state.lock();
        let pending = u64::from(state.machine.is_pending());
        match &state.port {
            Some((port, _)) => port.locked(|_| count(pending + self.source.unread())),
            None => count(pending),
        }
    }

    /// A packet of the line came off the board. False when it is not of the present binding.
    pub(crate) fn accept(&self, slot: &Slot, reader: Option<&Arc<PortInner>>) -> Result<bool, Dead> {
        let mut state = self.state.lock();
        let current = slot.generation == state.generation || Some(slot.generation) == state.former;
        if !current || state.machine.state() == State::Destroyed {
            return Ok(false);
        }
        if slot.gap {
            self.gap(&state, slot, reader)?;
            return Ok(true);
        }
        let time = self.board.time(slot.ticks)?;
        let detail = Detail {
            line: slot.line,
            ticks: slot.ticks,
            level: slot.level,
            coalesced: slot.count,
            saturated: slot.saturated,
            counted_before: slot.counted_before,
            error_bound_ns: time.error_bound_ns,
        };
        // A stamp of 0 would mean "none" (I16).
        let stamp = Stamp { timestamp: time.ns.max(1), detail };
        state.spent = !state.streams;
        self.trigger(&mut state, stamp, reader);
        Ok(true)
    }

    fn trigger(&self, state: &mut LineState, stamp: Stamp<Detail>, reader: Option<&Arc<PortInner>>) {
        let masked = state.config.mode.is_level() && state.machine.state() == State::NeedAck;
        let queued = self.source.queued();
        let fate = match masked {
            true => Ok(Fate::Lost),
            false => state.machine.trigger(stamp, queued),
        };
        match fate {
            Ok(Fate::Send(stamp)) => self.send(state, stamp, reader),
            Ok(Fate::Kept) => {}
            Ok(Fate::Wake) => wake(state, Token::POSTED),
            Ok(Fate::Lost) => self.lose(),
            Err(_) => {
                self.tally.discarded.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    fn lose(&self) {
        self.tally.lost.fetch_add(1, Ordering::SeqCst);
    }

    /// Queues a packet at the port.
    fn send(&self, state: &LineState, stamp: Stamp<Detail>, reader: Option<&Arc<PortInner>>) {
        let Some((port, key)) = &state.port else { return };
        let what = What::Interrupt { key: *key, timestamp: stamp.timestamp, detail: Some(stamp.detail) };
        let entry = Entry { source: self.source.clone(), what };
        let room = match state.machine.is_streaming() {
            true => self.board.info.interrupt_depth as usize,
            false => usize::MAX,
        };
        if !port.push_interrupt(entry, room, reader) {
            self.lose();
        }
    }

    fn gap(&self, state: &LineState, slot: &Slot, reader: Option<&Arc<PortInner>>) -> Result<(), Dead> {
        let Some((port, key)) = &state.port else { return Ok(()) };
        // In a gap record the second field is the last stamp.
        let (first_ticks, last_ticks) = (slot.ticks, slot.counted_before);
        let gap = Gap {
            key: *key,
            line: slot.line,
            count: u64::from(slot.count),
            saturated: slot.saturated,
            first_ticks,
            last_ticks,
            first_ns: self.board.time(first_ticks)?.ns,
            last_ns: self.board.time(last_ticks)?.ns,
        };
        port.push_gap(&self.source, gap, reader);
        Ok(())
    }
}

/// Wakes the thread in `wait`, if there is one.
fn wake(state: &mut LineState, token: Token) {
    if let Some(waiter) = state.waiter.take() {
        waiter.mark(token);
        waiter.rouse();
    }
}
