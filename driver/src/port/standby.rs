//! A place in a port's line for somebody who does not sleep in a wait: a task, or a descriptor that is polled.
//!
//! He asks again and again. Whenever there is nothing he stands in the line of waiters, as a thread would that goes
//! to sleep, and is kicked when it is his turn: one packet, one waiter (E7), whether that is a thread or not. Who
//! is kicked and goes away without asking passes his turn on.

use std::sync::Arc;

use super::PortInner;
use crate::Status;
use crate::board::Lane;
use crate::sync::{Bed, Token, Waiter};

/// A place in a port's line.
pub(crate) struct Standby {
    port: Arc<PortInner>,
    waiter: Arc<Waiter>,
    /// While it stands in line: the hardware queues that it hears of.
    stands: Option<Lanes>,
}

type Lanes = Option<Arc<[Arc<Lane>]>>;

impl Standby {
    /// Nobody has asked yet, so it does not stand in line. `bed` is kicked when it is worth asking again.
    pub(crate) fn new(port: Arc<PortInner>, bed: Arc<dyn Bed>) -> Standby {
        Standby { port, waiter: Arc::new(Waiter::elsewhere(bed)), stands: None }
    }

    /// What `take` takes; `None` when there is nothing, and then it stands in line. IO, once, when a board of the
    /// port has died while it did, or while nobody did; NO_RESOURCES when the thread that leads for it cannot be started.
    pub(crate) fn ask<T>(
        &mut self,
        mut take: impl FnMut(&Arc<PortInner>) -> Result<Option<T>, Status>,
    ) -> Result<Option<T>, Status> {
        loop {
            if self.stands.is_some() && self.waiter.tokens() == Token::NONE {
                return Ok(None);
            }
            let tokens = self.step_out();
            let dead = tokens.has(Token::DEAD);
            // Its turn came before the board died: nobody else was told of that packet.
            if (!dead || tokens.has(Token::POSTED))
                && let Some(found) = take(&self.port)?
            {
                return Ok(Some(found));
            }
            if dead {
                self.port.locked(|queue| queue.tell());
                return Err(Status::IO);
            }
            self.step_in()?;
        }
    }

    /// As [`ask`](Self::ask) for one whose bed stays noisy once it is kicked: `silence` ends that. It is silent when
    /// there is nothing, but for a kick that was late.
    pub(crate) fn ask_and_silence<T>(
        &mut self,
        silence: impl FnOnce(),
        mut take: impl FnMut(&Arc<PortInner>) -> Result<Option<T>, Status>,
    ) -> Result<Option<T>, Status> {
        if let Some(found) = self.ask(&mut take)? {
            return Ok(Some(found));
        }
        silence();
        // A kick that was silenced comes after its reason, which is seen now.
        self.ask(take)
    }

    /// Stands in line, unless there is something to be taken. IO when a board has died while nobody did, NO_RESOURCES
    /// when nobody can lead for it.
    fn step_in(&mut self) -> Result<(), Status> {
        let lanes = self.port.locked(|queue| {
            let lanes = queue.enlist(&self.waiter).then(|| queue.lanes());
            let untold = lanes.is_some() && queue.is_bereaved(queue.deaths());
            if untold {
                queue.delist(&self.waiter);
                queue.tell();
            }
            if untold { Err(Status::IO) } else { Ok(lanes) }
        });
        let Some(lanes) = lanes? else { return Ok(()) };
        let queues = lanes.clone();
        self.stands = Some(lanes);
        let led = queues.as_deref().unwrap_or_default().iter().try_for_each(|lane| {
            // Whoever leads finds out that a board is dead, and says so.
            let _ = lane.arm();
            lane.vector().stand_by(&self.waiter, i64::MAX)
        });
        if led.is_err() && self.step_out().has(Token::POSTED) {
            self.port.pass_on();
        }
        led
    }

    /// Leaves the line, if it stands there: why it was kicked.
    fn step_out(&mut self) -> Token {
        let Some(lanes) = self.stands.take() else { return Token::NONE };
        let lanes = lanes.as_deref().unwrap_or_default();
        for lane in lanes {
            lane.vector().leave(&self.waiter);
        }
        self.port.locked(|queue| queue.delist(&self.waiter));
        let tokens = self.waiter.take();
        tokens.and(PortInner::bereaved(lanes))
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        if self.step_out().has(Token::POSTED) {
            self.port.pass_on();
        }
    }
}

#[cfg(all(test, not(loom)))]
#[path = "standby_tests.rs"]
mod tests;
