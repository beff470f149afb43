//! What the owner of a line's interrupt calls. Each runs the machine's operation, with as much syncing
//! before it as its outcome needs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Failure, LineInner, wake};
use crate::Status;
use crate::board::{Dead, Until};
use crate::event::Detail;
use crate::interrupt::LineConfig;
use crate::interrupt::state::{Acked, Stamp, State, Wait};
use crate::port::PortInner;
use crate::sync::{Token, Waiter};

impl LineInner {
    pub(crate) fn bind(&self, port: &Arc<PortInner>, key: u64) -> Result<(), Failure> {
        let _operation = self.operation.lock();
        self.state.lock().machine.can_bind()?;
        let index = self.board.attach(port)?;
        // Under the lanes' locks, so that no packet of the new binding passes the one sent here.
        let mut lanes = self.board.lock_lanes(0, index);
        self.move_board(&mut lanes.from, index)?;
        let mut state = self.state.lock();
        let sends = state.machine.bind()?;
        state.port = Some((port.clone(), key));
        if let Some(stamp) = sends {
            self.send(&state, stamp, None);
        }
        if !state.machine.is_streaming() {
            return Ok(self.follow_up(&mut state)?);
        }
        // Until it streams it may have sent a packet, and would send no more.
        self.configure(&mut state, true, true)?;
        Ok(self.rearm(&mut state)?)
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
        {
            let mut lanes = self.board.lock_lanes(self.lane(), 0);
            self.move_board(&mut lanes.from, 0)?;
            let mut state = self.state.lock();
            let (first, removed) = port.remove(&self.source);
            let restored =
                first.map(|(timestamp, detail)| Stamp { timestamp, detail: detail.unwrap_or_default() });
            let overwritten = state.machine.unbind(restored)?;
            let lost = removed.saturating_sub(1) + u64::from(overwritten);
            self.tally.lost.fetch_add(lost, Ordering::SeqCst);
            state.port = None;
            self.follow_up(&mut state)?;
        }
        Ok(self.board.detach(port)?)
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

    /// How the line listens, and whether it is masked.
    pub(crate) fn listening(&self) -> (LineConfig, bool) {
        let state = self.state.lock();
        (state.config, state.masked)
    }

    /// Changes how the line listens. What came before is told to the machine first: it is of the old way.
    pub(crate) fn listen(&self, change: impl FnOnce(&mut LineConfig, &mut bool)) -> Result<(), Failure> {
        let _operation = self.operation.lock();
        let (mut config, mut masked) = self.listening();
        change(&mut config, &mut masked);
        let mut lane = self.board.lane(self.lane()).lock();
        {
            let mut state = self.state.lock();
            if state.machine.state() == State::Destroyed {
                return Err(Status::CANCELED.into());
            }
            if config.mode.is_level() && state.machine.is_streaming() {
                return Err(Status::INVALID_ARGS.into());
            }
            // The filter is taken off the stamps, of edges too that are still in the line.
            if config.filter != state.config.filter {
                let streams = state.streams;
                self.configure(&mut state, streams, false)?;
            }
        }
        self.sync(&mut lane)?;
        let mut state = self.state.lock();
        (state.config, state.masked) = (config, masked);
        let streams = state.streams;
        self.configure(&mut state, streams, true)?;
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
            let mut woken = false;
            loop {
                if let Some(timestamp) = self.begin_wait(waiter, woken)? {
                    return Ok(timestamp);
                }
                // Until somebody takes it off the list; then it looks anew, since another may have been faster.
                while self.is_enlisted(waiter) {
                    self.board.vector(0).stay(waiter, Until { deadline: i64::MAX, simulated: false });
                    if self.board.is_dead() {
                        self.board.attend_death();
                    }
                    waiter.take();
                }
                woken = true;
            }
        })
    }

    fn is_enlisted(&self, waiter: &Arc<Waiter>) -> bool {
        self.state.lock().waiter.as_ref().is_some_and(|own| Arc::ptr_eq(own, waiter))
    }

    /// The time stamp that is there already, or `None`: then the thread is on the list, and sleeps until it is taken off.
    fn begin_wait(&self, waiter: &Arc<Waiter>, woken: bool) -> Result<Option<i64>, Failure> {
        let _operation = self.operation.lock();
        {
            let mut state = self.state.lock();
            match state.machine.state() {
                _ if state.machine.is_bound() => return Err(Status::BAD_STATE.into()),
                State::Waiting => return Err(Status::BAD_STATE.into()),
                State::Destroyed => return Err(Status::CANCELED.into()),
                // What woke it. What the board has seen since is for the next wait.
                State::Triggered if woken => {
                    if let Wait::Ready(stamp) = state.machine.wait()? {
                        return Ok(Some(self.hand(stamp)));
                    }
                }
                _ => {}
            }
        }
        let mut lane = self.board.lane(0).lock();
        self.sync(&mut lane)?;
        let mut state = self.state.lock();
        if let Wait::Ready(stamp) = state.machine.wait()? {
            return Ok(Some(self.hand(stamp)));
        }
        if std::mem::take(&mut state.released) {
            state.machine.release();
            return Err(Status::CANCELED.into());
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
        Ok(None)
    }

    pub(crate) fn release(&self) {
        let mut state = self.state.lock();
        state.released = true;
        if state.machine.release() {
            wake(&mut state, Token::RETRY);
        }
    }

    pub(crate) fn take(&self) -> Result<Option<i64>, Failure> {
        let _operation = self.operation.lock();
        {
            let state = self.state.lock();
            if state.machine.is_bound() {
                return Err(Status::BAD_STATE.into());
            }
            if state.machine.state() == State::Destroyed {
                return Err(Status::CANCELED.into());
            }
        }
        let mut lane = self.board.lane(0).lock();
        self.sync(&mut lane)?;
        let taken = self.state.lock().machine.take()?;
        Ok(taken.map(|stamp| self.hand(stamp)))
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
        let left = self.leave_board();
        let (result, port) = self.end();
        if let Some(port) = port {
            let _ = self.board.detach(&port);
        }
        self.board.release_line(self.line);
        left?;
        Ok(result?)
    }

    /// Syncs the line, unbinds it on the board and masks it.
    fn leave_board(&self) -> Result<(), Dead> {
        let mut lane = self.board.lane(self.lane()).lock();
        self.sync(&mut lane)?;
        self.unbind_board(&mut lane)?;
        self.configure(&mut self.state.lock(), false, false)
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
