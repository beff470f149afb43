//! Virtual interrupts: the machine, a port and a waiter, and the signal UNTRIGGERED (I30).
//!
//! The signal changes under the interrupt's lock, so in the order of the operations.

use std::sync::Arc;

use super::state::{Acked, Fate, Machine, Stamp, State, Wait};
use crate::Status;
use crate::object::{Observable, Signals, ThreadState, blocked};
use crate::port::{Entry, PortInner, Source, What};
use crate::sync::{Lock, Token, Waiter};

/// The inner part of a virtual interrupt.
#[derive(Default)]
pub(crate) struct VirtualInner {
    source: Arc<Source>,
    state: Lock<VirtualState>,
}

struct VirtualState {
    machine: Machine<()>,
    /// The port it is, or was when it was destroyed, bound to, and the key.
    port: Option<(Arc<PortInner>, u64)>,
    /// The thread in `wait`.
    waiter: Option<Arc<Waiter>>,
    /// The thread in `wait` is sent away, or else the next one that would sleep there.
    released: bool,
}

impl Default for VirtualState {
    fn default() -> Self {
        VirtualState { machine: Machine::new(false), port: None, waiter: None, released: false }
    }
}

impl VirtualState {
    fn send(&self, source: &Arc<Source>, stamp: Stamp<()>) {
        let Some((port, key)) = &self.port else { return };
        let what = What::Interrupt { key: *key, timestamp: stamp.timestamp, detail: None };
        port.push_interrupt(Entry { source: source.clone(), what }, usize::MAX, None);
    }

    /// Wakes the thread in `wait`.
    fn wake(&mut self, token: Token) {
        if let Some(waiter) = self.waiter.take() {
            waiter.mark(token);
            waiter.rouse();
        }
    }
}

impl VirtualInner {
    pub(crate) fn state(&self) -> State {
        self.state.lock().machine.state()
    }

    pub(crate) fn trigger(&self, timestamp: i64, signals: &Observable) -> Result<(), Status> {
        let mut state = self.state.lock();
        match state.machine.trigger(Stamp { timestamp, detail: () }, self.source.queued())? {
            Fate::Send(stamp) => state.send(&self.source, stamp),
            Fate::Wake => state.wake(Token::POSTED),
            Fate::Kept | Fate::Lost => {}
        }
        signals.update(Signals::UNTRIGGERED, Signals::NONE);
        Ok(())
    }

    pub(crate) fn ack(&self, signals: &Observable) -> Result<(), Status> {
        let mut state = self.state.lock();
        match state.machine.ack(self.source.queued())? {
            Acked::Send(stamp) => {
                state.send(&self.source, stamp);
                signals.strobe(Signals::UNTRIGGERED);
            }
            Acked::Dropped => return Err(Status::BAD_STATE),
            Acked::Idle => signals.update(Signals::NONE, Signals::UNTRIGGERED),
            Acked::Nothing => {}
        }
        Ok(())
    }

    pub(crate) fn bind(&self, port: &Arc<PortInner>, key: u64) -> Result<(), Status> {
        let mut state = self.state.lock();
        let sends = state.machine.bind()?;
        state.port = Some((port.clone(), key));
        if let Some(stamp) = sends {
            state.send(&self.source, stamp);
        }
        Ok(())
    }

    pub(crate) fn unbind(&self, port: &Arc<PortInner>) -> Result<(), Status> {
        let mut state = self.state.lock();
        if !state.port.as_ref().is_some_and(|(bound, _)| Arc::ptr_eq(bound, port)) {
            return Err(Status::NOT_FOUND);
        }
        state.machine.can_unbind()?;
        let (removed, _) = port.remove(&self.source);
        state.machine.unbind(removed.map(|(timestamp, _)| Stamp { timestamp, detail: () }))?;
        state.port = None;
        Ok(())
    }

    pub(crate) fn wait(&self, signals: &Observable) -> Result<i64, Status> {
        Waiter::with(|waiter| {
            let mut blocked_since = None;
            loop {
                {
                    let mut state = self.state.lock();
                    let enlisted = state.waiter.as_ref().is_some_and(|own| Arc::ptr_eq(own, waiter));
                    if let Wait::Ready(stamp) = state.machine.resume(enlisted)? {
                        return Ok(stamp.timestamp);
                    }
                    if std::mem::take(&mut state.released) {
                        state.machine.release();
                        return Err(Status::CANCELED);
                    }
                    state.waiter = Some(waiter.clone());
                    signals.update(Signals::NONE, Signals::UNTRIGGERED);
                }
                blocked_since.get_or_insert_with(|| blocked(ThreadState::BlockedInterrupt));
                waiter.sleep(i64::MAX);
                waiter.take();
            }
        })
    }

    pub(crate) fn release(&self) {
        let mut state = self.state.lock();
        state.released = true;
        if state.machine.release() {
            state.wake(Token::RETRY);
        }
    }

    pub(crate) fn take(&self) -> Result<Option<i64>, Status> {
        Ok(self.state.lock().machine.take()?.map(|stamp| stamp.timestamp))
    }

    pub(crate) fn destroy(&self, signals: &Observable) -> Result<(), Status> {
        let mut state = self.state.lock();
        let removed = state.port.as_ref().map_or(0, |(port, _)| port.remove(&self.source).1);
        let result = state.machine.destroy(removed > 0);
        state.wake(Token::RETRY);
        signals.update(Signals::NONE, Signals::UNTRIGGERED);
        result
    }
}
