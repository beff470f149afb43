//! Interrupts as Magenta had them: an event that the line sets and that stays set until the interrupt is *completed*
//! (ports.md L11).
//!
//! Magenta's kernel of May 2017 (interrupt_dispatcher.h and interrupt_event_dispatcher.cpp in its kernel/lib/magenta) did
//! this. An interrupt masks its line and signals an event that does not clear itself. `wait` waits for that event, any
//! number of threads at once, and returns NO_ERROR again and again until `complete` clears the event and unmasks the
//! line. `signal` masks the line and signals the event as the line would: a wait that it ends returns NO_ERROR, too.
//! Closing the last handle ends waits with ERR_CANCELED. There are no ports and no time stamps.
//!
//! Here an [`Interrupt`] that is not bound listens to the line. While the event is set, edges are kept there, the first
//! of them, and set the event again after `complete`: as with an interrupt controller that latches edges of a masked
//! line. Of several threads in `wait` one, the *leader*, waits for the interrupt, the others for what it finds.
//!
//! Locks: this object's before the interrupt's.

use std::sync::Arc;

use super::base::Base;
use super::observe::Observable;
use super::{Dispatch, ThreadState, blocked};
use crate::sync::{Lock, Token, Waiter};
use crate::{Board, BoardError, Interrupt, LineConfig, Status};

/// An interrupt of Magenta's, whatever handle it is reached by.
pub struct InterruptEventObject {
    base: Base,
    interrupt: Interrupt,
    state: Lock<State>,
}

#[derive(Default)]
struct State {
    /// The event.
    set: bool,
    /// The last handle is closed.
    closed: bool,
    /// A thread waits for the interrupt.
    leads: bool,
    /// Leaders that there have been, the present one among them; the last of them that the event was set for.
    turn: u64,
    released: u64,
    /// Threads that wait besides the leader.
    followers: Vec<Arc<Waiter>>,
}

impl State {
    /// Wakes every follower with this token.
    fn wake(&mut self, token: Token) {
        for waiter in self.followers.drain(..) {
            waiter.mark(token);
            waiter.rouse();
        }
    }
}

impl InterruptEventObject {
    pub(super) fn new(board: &Board, line: u32) -> Result<InterruptEventObject, BoardError> {
        Ok(InterruptEventObject::of(Interrupt::line(board, line, LineConfig::default())?))
    }

    fn of(interrupt: Interrupt) -> InterruptEventObject {
        InterruptEventObject { base: Base::new(), interrupt, state: Lock::default() }
    }

    /// Sleeps until the event is set. CANCELED when the last handle is closed or the board has died; IO for the thread that
    /// notices the death.
    pub fn wait(&self) -> Result<(), Status> {
        loop {
            let turn = {
                let mut state = self.state.lock();
                if state.closed {
                    return Err(Status::CANCELED);
                }
                if state.set {
                    return Ok(());
                }
                let first = !state.leads;
                state.leads = true;
                state.turn += u64::from(first);
                first.then_some(state.turn)
            };
            match turn {
                Some(turn) => return self.lead(turn),
                None if self.follow() => return Ok(()),
                None => {}
            }
        }
    }

    /// Sleeps beside the leader: whether the event was set; otherwise it is for the caller to look again.
    fn follow(&self) -> bool {
        Waiter::with(|waiter| {
            {
                let mut state = self.state.lock();
                if !state.leads || state.set || state.closed {
                    return false;
                }
                state.followers.push(waiter.clone());
            }
            let _blocked = blocked(ThreadState::BlockedInterrupt);
            waiter.sleep(i64::MAX);
            waiter.take().has(Token::POSTED)
        })
    }

    /// Waits for the interrupt.
    fn lead(&self, turn: u64) -> Result<(), Status> {
        loop {
            let result = self.interrupt.wait();
            let mut state = self.state.lock();
            let (result, token) = match result {
                Ok(_) => {
                    state.set = true;
                    (Ok(()), Token::POSTED)
                }
                Err(_) if state.closed => (Err(Status::CANCELED), Token::RETRY),
                // By `signal`, which has woken those that were there then.
                Err(Status::CANCELED) if state.released == turn => (Ok(()), Token::RETRY),
                // Meant for a leader before this one.
                Err(Status::CANCELED) if !self.interrupt.is_destroyed() => continue,
                Err(status) => (Err(status), Token::RETRY),
            };
            state.leads = false;
            state.wake(token);
            return result;
        }
    }

    /// Sets the event, as the line does: every wait returns.
    pub fn signal(&self) {
        let mut state = self.state.lock();
        if state.set {
            return;
        }
        self.discard(&state);
        state.set = true;
        state.wake(Token::POSTED);
        self.send_leader_away(&mut state);
    }

    /// Clears the event. An edge that came while it was set sets it again.
    pub fn complete(&self) {
        let mut state = self.state.lock();
        if !state.set {
            self.discard(&state);
        }
        state.set = false;
    }

    /// Takes an edge that came while the event was clear, and that no wait has seen: it had set the event already.
    fn discard(&self, state: &State) {
        // A leader is about to see it.
        if !state.leads {
            // Nothing comes from a board that has died.
            let _ = self.interrupt.take();
        }
    }

    fn send_leader_away(&self, state: &mut State) {
        if state.leads {
            state.released = state.turn;
            self.interrupt.release();
        }
    }
}

impl Dispatch for InterruptEventObject {
    fn base(&self) -> &Base {
        &self.base
    }

    /// Magenta's interrupts have no signals.
    fn observable(&self) -> Option<&Observable> {
        None
    }

    fn end(&self) {
        {
            let mut state = self.state.lock();
            state.closed = true;
            state.wake(Token::RETRY);
            self.send_leader_away(&mut state);
        }
        let _ = self.interrupt.destroy();
    }
}

#[cfg(test)]
#[path = "interrupt_event_tests.rs"]
mod tests;
