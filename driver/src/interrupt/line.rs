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
//! An unbound line is bound to lane 0 on the board, where the driver itself reads. Binding it to a
//! port rebinds it there under a new generation; edges in the few register accesses in between are
//! counted as discarded.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use portolan_regs::{bank, line as regs};

use super::state::{Acked, Fate, Machine, Stamp, State, Wait};
use super::{Delivery, LineConfig};
use crate::Status;
use crate::board::{BoardInner, Dead, LaneState, Slot, Tally, Until};
use crate::event::{Detail, Gap};
use crate::port::{Entry, PortInner, Source, What};
use crate::sync::{Lock, Token, Waiter};

/// The inner part of a line's interrupt.
pub(crate) struct LineInner {
    board: Arc<BoardInner>,
    line: u32,
    config: LineConfig,
    tally: Arc<Tally>,
    source: Arc<Source>,
    /// Held through each operation of the interrupt; the binding changes only under it.
    pub(crate) operation: Lock<()>,
    state: Lock<LineState>,
}

struct LineState {
    machine: Machine<Detail>,
    /// The port it is, or was when it was destroyed, bound to.
    port: Option<(Arc<PortInner>, u64)>,
    lane: u32,
    generation: u16,
    /// The board sends nothing more until it is acknowledged.
    spent: bool,
    /// The thread in `wait`.
    waiter: Option<Arc<Waiter>>,
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
            config,
            tally: board.tally(line).clone(),
            source: Arc::new(Source::of_line(this.clone(), board.tally(line).handed.clone())),
            operation: Lock::default(),
            state: Lock::new(LineState {
                machine: Machine::new(config.delivery == Delivery::Stream),
                port: None,
                lane: 0,
                generation: board.next_generation(line),
                spent: false,
                waiter: None,
            }),
        });
        if !board.take_line(line, &inner) {
            return Ok(None);
        }
        let set_up = || {
            let mut lane = board.lane(0).lock();
            inner.drain(&mut lane, 0)?;
            inner.configure(false, false)?;
            inner.bind_board(&mut inner.state.lock(), 0)?;
            inner.configure(false, true)
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

    fn register(&self, register: u32) -> u32 {
        portolan_regs::map::line(self.line) + register
    }

    /// Writes the line's configuration.
    fn configure(&self, stream: bool, unmask: bool) -> Result<(), Dead> {
        let word = regs::CONFIG::MODE.put(self.config.mode.bits())
            | regs::CONFIG::STREAM.put(u32::from(stream))
            | regs::CONFIG::UNMASK.put(u32::from(unmask))
            | regs::CONFIG::FILTER.put(u32::from(self.config.filter));
        self.board.registers.write(self.register(regs::CONFIG), word)
    }

    /// Binds the line on the board, under a new generation.
    fn bind_board(&self, state: &mut LineState, lane: u32) -> Result<(), Dead> {
        state.generation = self.board.next_generation(self.line);
        state.lane = lane;
        state.spent = false;
        let word = regs::BIND::PORT.put(lane)
            | regs::BIND::BIND.put(1)
            | regs::BIND::GENERATION.put(u32::from(state.generation));
        self.board.registers.write(self.register(regs::BIND), word)
    }

    /// Unbinds the line on the board and takes out what it had queued.
    fn unbind_board(&self, lane: &mut LaneState) -> Result<(), Dead> {
        let (index, generation) = {
            let state = self.state.lock();
            (state.lane, state.generation)
        };
        let word = regs::BIND::GENERATION.put(u32::from(generation));
        self.board.registers.write(self.register(regs::BIND), word)?;
        self.drain(lane, index)
    }

    /// Lets the board send again, or send what it holds.
    fn rearm(&self, state: &mut LineState) -> Result<(), Dead> {
        state.spent = false;
        let word = regs::ACK::GENERATION.put(u32::from(state.generation));
        self.board.registers.write(self.register(regs::ACK), word)
    }

    /// Takes packets out of the lane until none of this line is left there.
    fn drain(&self, lane: &mut LaneState, index: u32) -> Result<(), Dead> {
        if !self.board.bit(bank::IN_FLIGHT, self.line)? {
            return Ok(());
        }
        // What comes in from now on is behind what the line has there.
        for _ in 0..lane.levels(&self.board.registers, index)? {
            let Some(slot) = lane.pull(&self.board.registers, index)? else { break };
            self.board.route(&slot, None)?;
            if u32::from(slot.line) == self.line && !self.board.bit(bank::IN_FLIGHT, self.line)? {
                break;
            }
        }
        Ok(())
    }

    /// Tells the machine all that has happened on the line. See the module's documentation.
    fn sync(&self, lane: &mut LaneState) -> Result<(), Dead> {
        let index = self.lane();
        self.drain(lane, index)?;
        let mut state = self.state.lock();
        if state.spent && !self.config.mode.is_level() {
            self.rearm(&mut state)?;
            drop(state);
            self.drain(lane, index)?;
        }
        Ok(())
    }

    /// A packet of the line came off the board. False when it is not of the present binding.
    pub(crate) fn accept(&self, slot: &Slot, reader: Option<&Arc<PortInner>>) -> Result<bool, Dead> {
        let mut state = self.state.lock();
        if slot.generation != state.generation || state.machine.state() == State::Destroyed {
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
            counted_before: slot.counted_before,
            error_bound_ns: time.error_bound_ns,
        };
        // A stamp of 0 would mean "none" (I16).
        let stamp = Stamp { timestamp: time.ns.max(1), detail };
        state.spent = !state.machine.is_streaming();
        self.trigger(&mut state, stamp, reader);
        Ok(true)
    }

    fn trigger(&self, state: &mut LineState, stamp: Stamp<Detail>, reader: Option<&Arc<PortInner>>) {
        let masked = self.config.mode.is_level() && state.machine.state() == State::NeedAck;
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
            first_ticks,
            last_ticks,
            first_ns: self.board.time(first_ticks)?.ns,
            last_ns: self.board.time(last_ticks)?.ns,
        };
        port.push_gap(&self.source, gap, reader);
        Ok(())
    }

    /// Lets the board send again if the machine is ready for it.
    fn follow_up(&self, state: &mut LineState) -> Result<(), Dead> {
        let ready = matches!(state.machine.state(), State::Idle | State::Waiting);
        if ready && state.spent { self.rearm(state) } else { Ok(()) }
    }

    pub(crate) fn bind(&self, port: &Arc<PortInner>, key: u64) -> Result<(), Failure> {
        let _operation = self.operation.lock();
        self.state.lock().machine.can_bind()?;
        {
            let mut lane = self.board.lane(0).lock();
            self.sync(&mut lane)?;
            self.unbind_board(&mut lane)?;
        }
        let index = self.board.attach(port);
        // Under the lane's lock, so that no packet of the new binding passes the one sent here.
        let _lane = self.board.lane(index).lock();
        let mut state = self.state.lock();
        let sends = state.machine.bind()?;
        state.port = Some((port.clone(), key));
        if let Some(stamp) = sends {
            self.send(&state, stamp, None);
        }
        self.configure(state.machine.is_streaming(), true)?;
        Ok(self.bind_board(&mut state, index)?)
    }

    /// Whether it is bound to this port.
    fn is_bound_to(&self, port: &Arc<PortInner>) -> bool {
        let state = self.state.lock();
        state.machine.is_bound() && state.port.as_ref().is_some_and(|(bound, _)| Arc::ptr_eq(bound, port))
    }

    pub(crate) fn unbind(&self, port: &Arc<PortInner>) -> Result<(), Failure> {
        let _operation = self.operation.lock();
        if !self.is_bound_to(port) {
            return Err(Status::NOT_FOUND.into());
        }
        self.state.lock().machine.can_unbind()?;
        self.leave_lane()?;
        {
            let mut state = self.state.lock();
            let (first, removed) = port.remove(&self.source);
            let restored =
                first.map(|(timestamp, detail)| Stamp { timestamp, detail: detail.unwrap_or_default() });
            let overwritten = state.machine.unbind(restored)?;
            let lost = removed.saturating_sub(1) + u64::from(overwritten);
            self.tally.lost.fetch_add(lost, Ordering::SeqCst);
            state.port = None;
        }
        self.board.detach(port)?;
        let _lane = self.board.lane(0).lock();
        self.configure(false, true)?;
        Ok(self.bind_board(&mut self.state.lock(), 0)?)
    }

    /// Syncs the line and unbinds it on the board.
    fn leave_lane(&self) -> Result<(), Dead> {
        let mut lane = self.board.lane(self.lane()).lock();
        self.sync(&mut lane)?;
        self.unbind_board(&mut lane)
    }

    pub(crate) fn ack(&self) -> Result<(), Failure> {
        let _operation = self.operation.lock();
        {
            let mut state = self.state.lock();
            if !state.machine.is_bound() || state.machine.state() == State::Destroyed {
                state.machine.ack(false)?;
            }
            if state.machine.is_streaming() {
                return Ok(());
            }
            // The packet was read, nothing else is known, and the board keeps what came since.
            let plain = state.spent && state.machine.state() == State::NeedAck;
            if plain && !state.machine.is_pending() && !self.source.queued() {
                state.machine.ack(false)?;
                return Ok(self.rearm(&mut state)?);
            }
        }
        let mut lane = self.board.lane(self.lane()).lock();
        self.sync(&mut lane)?;
        let mut state = self.state.lock();
        // A reader may take the packet meanwhile: then the acknowledge came first.
        let queued = self.source.queued();
        let acked = state.machine.ack(queued)?;
        match acked {
            Acked::Send(stamp) => self.send(&state, stamp, None),
            Acked::Idle if queued => self.source.acknowledged_early(),
            Acked::Idle | Acked::Nothing => {}
            Acked::Dropped => {
                self.lose();
                return Err(Status::BAD_STATE.into());
            }
        }
        Ok(self.follow_up(&mut state)?)
    }

    /// The next packet in the port's list was acknowledged before it was read: what the board has
    /// sent since is dropped by I20, so the machine must be told before the packet is gone.
    pub(crate) fn settled(&self) -> Result<(), Status> {
        let settle = || {
            let index = self.lane();
            let mut lane = self.board.lane(index).lock();
            if self.lane() == index {
                self.drain(&mut lane, index)?;
            }
            self.source.settled();
            Ok(())
        };
        self.board.outcome(settle())
    }

    pub(crate) fn wait(&self) -> Result<i64, Failure> {
        Waiter::with(|waiter| {
            let operation = self.operation.lock();
            {
                let state = self.state.lock();
                if state.machine.is_bound() || matches!(state.machine.state(), State::Waiting) {
                    return Err(Status::BAD_STATE.into());
                }
                if state.machine.state() == State::Destroyed {
                    return Err(Status::CANCELED.into());
                }
            }
            {
                let mut lane = self.board.lane(0).lock();
                self.sync(&mut lane)?;
                let mut state = self.state.lock();
                if let Wait::Ready(stamp) = state.machine.wait()? {
                    return Ok(self.hand(stamp));
                }
                state.waiter = Some(waiter.clone());
                let begun = self.follow_up(&mut state).and_then(|()| {
                    drop(state);
                    lane.arm(&self.board.registers, 0)
                });
                if begun.is_err() {
                    self.state.lock().waiter = None;
                    return Err(Failure::Dead);
                }
            }
            drop(operation);
            loop {
                self.board.vector().stay(waiter, Until { deadline: i64::MAX, simulated: false });
                if self.board.registers.obituary().is_some() {
                    self.board.attend_death();
                }
                waiter.take();
                let mut state = self.state.lock();
                match state.machine.resume()? {
                    Wait::Ready(stamp) => {
                        state.waiter = None;
                        return Ok(self.hand(stamp));
                    }
                    Wait::Block => {}
                }
            }
        })
    }

    fn hand(&self, stamp: Stamp<Detail>) -> i64 {
        self.tally.handed.fetch_add(1, Ordering::SeqCst);
        stamp.timestamp
    }

    pub(crate) fn destroy(&self) -> Result<(), Failure> {
        let _operation = self.operation.lock();
        let destroyed = self.state.lock().machine.state() == State::Destroyed;
        if destroyed {
            return Ok(());
        }
        // A board that dies here takes the interrupt with it; what remains is the host's part.
        let left = self.leave_lane().and_then(|()| self.configure(false, false));
        let (result, port) = self.end();
        if let Some(port) = port {
            let _ = self.board.detach(&port);
        }
        self.board.release_line(self.line);
        left?;
        Ok(result?)
    }

    /// The board died.
    pub(crate) fn perish(&self) {
        let _ = self.end();
    }

    /// The host's part of destroy.
    fn end(&self) -> (Result<(), Status>, Option<Arc<PortInner>>) {
        let mut state = self.state.lock();
        if state.machine.state() == State::Destroyed {
            return (Ok(()), None);
        }
        let port = state.machine.is_bound().then(|| state.port.as_ref().map(|(port, _)| port.clone()));
        let port = port.flatten();
        let removed = port.as_ref().map_or(0, |port| port.remove(&self.source).1);
        let discarded = removed + u64::from(state.machine.is_pending());
        self.tally.discarded.fetch_add(discarded, Ordering::SeqCst);
        let result = state.machine.destroy(removed > 0);
        wake(&mut state, Token::RETRY);
        (result, port)
    }
}

/// Wakes the thread in `wait`, if there is one.
fn wake(state: &mut LineState, token: Token) {
    if let Some(waiter) = state.waiter.take() {
        waiter.mark(token);
        waiter.rouse();
    }
}
