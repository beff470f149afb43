//! Waiting for a port in async code, on whatever runs the tasks.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::standby::Standby;
use super::{Port, PortInner};
use crate::event::Event;
use crate::sync::{Bed, Lock};
use crate::{Packet, Status};

/// A [`Packet`] or an [`Event`] to come: see [`Port::next`] and [`Port::next_event`].
///
/// A task that waits is one waiter among the port's threads: each packet wakes one of them (E7). Dropping it loses
/// nothing; if it was its turn, the turn is passed on.
#[must_use = "a future does nothing until it is awaited"]
pub struct Next<'p, T> {
    port: &'p Port,
    take: fn(&Arc<PortInner>) -> Result<Option<T>, Status>,
    /// Made when there is nothing to be taken at once.
    sleep: Option<(Standby, Arc<Alarm>)>,
}

/// Wakes a task.
#[derive(Default)]
struct Alarm(Lock<Option<Waker>>);

impl Bed for Alarm {
    fn kick(&self) {
        let waker = self.0.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Port {
    /// The next packet, for async code: as [`wait`](Self::wait) without a deadline. IO, once, when a board of this port
    /// dies meanwhile; NO_RESOURCES when it has lines of a board and the thread that leads for tasks cannot be started.
    ///
    /// It runs on any runtime, whose own time limits go around it. The crate's feature `tokio` lets it take part in
    /// tokio's cooperative scheduling: a task that takes packet after packet then gives way to others.
    pub fn next(&self) -> Next<'_, Packet> {
        Next { port: self, take: |port| port.next_packet(), sleep: None }
    }

    /// As [`next`](Self::next), with what Portolan knows beyond the packet.
    pub fn next_event(&self) -> Next<'_, Event> {
        Next { port: self, take: |port| port.next_event(), sleep: None }
    }
}

impl<T> Next<'_, T> {
    fn ask(&mut self, context: &Context<'_>) -> Result<Option<T>, Status> {
        let (standby, alarm) = match &mut self.sleep {
            Some(sleep) => sleep,
            None => {
                if let Some(found) = (self.take)(&self.port.inner)? {
                    return Ok(Some(found));
                }
                let alarm = Arc::new(Alarm::default());
                self.sleep.insert((Standby::new(self.port.inner.clone(), alarm.clone()), alarm))
            }
        };
        // Before it asks: a kick that comes later finds it.
        let before = alarm.0.lock().replace(context.waker().clone());
        drop(before);
        standby.ask(self.take)
    }
}

impl<T> Future for Next<'_, T> {
    type Output = Result<T, Status>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Ports that are never empty must not keep a task from letting others run.
        #[cfg(feature = "tokio")]
        let budget = std::task::ready!(tokio::task::coop::poll_proceed(context));
        let Some(result) = self.ask(context).transpose() else { return Poll::Pending };
        #[cfg(feature = "tokio")]
        budget.made_progress();
        Poll::Ready(result)
    }
}

impl<T> fmt::Debug for Next<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Next(of {:?})", self.port)
    }
}
