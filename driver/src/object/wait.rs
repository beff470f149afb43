//! Threads that wait for signals of one object or of many (ports.md section J).

use std::sync::Arc;

use super::clockwork::Clockwork;
use super::{Handle, Job, Object, Rights, Signals, ThreadState, blocked};
use crate::sync::Waiter;
use crate::{Deadline, Status};

/// How a wait ended, and the signals that it saw: those at the match, else those at the end (J2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum WaitResult {
    /// A signal that was waited for is active.
    Ok(Signals),
    /// The deadline passed.
    TimedOut(Signals),
    /// The handle was closed meanwhile; HANDLE_CLOSED is among the signals (B7).
    Canceled(Signals),
    /// The wait could not begin: ACCESS_DENIED without WAIT, NOT_SUPPORTED for an object without signals.
    Err(Status),
}

impl WaitResult {
    /// Whether a signal that was waited for is active.
    pub fn is_ok(&self) -> bool {
        matches!(self, WaitResult::Ok(_))
    }

    /// The signals that were seen; `None` when the wait did not begin.
    pub fn observed(&self) -> Option<Signals> {
        match *self {
            WaitResult::Ok(seen) | WaitResult::TimedOut(seen) | WaitResult::Canceled(seen) => Some(seen),
            WaitResult::Err(_) => None,
        }
    }

    /// The status that Zircon's call returns.
    pub fn status(&self) -> Status {
        match *self {
            WaitResult::Ok(_) => Status::OK,
            WaitResult::TimedOut(_) => Status::TIMED_OUT,
            WaitResult::Canceled(_) => Status::CANCELED,
            WaitResult::Err(status) => status,
        }
    }

    pub(super) fn of(wanted: Signals, seen: Signals) -> WaitResult {
        match seen {
            seen if seen.contains(Signals::HANDLE_CLOSED) => WaitResult::Canceled(seen),
            seen if seen.intersects(wanted) => WaitResult::Ok(seen),
            seen => WaitResult::TimedOut(seen),
        }
    }
}

/// An object of a [`wait_many`].
#[derive(Debug)]
pub struct WaitItem<'h> {
    /// Its handle.
    pub handle: &'h Handle,
    /// The signals that are waited for.
    pub wanted: Signals,
    /// The signals that were seen; unchanged by a wait that could not begin.
    pub pending: Signals,
}

/// The watches of a thread that begins to wait; taken back when it is done.
pub(super) struct Watches<'w> {
    waiter: &'w Arc<Waiter>,
    begun: Vec<Object>,
}

impl<'w> Watches<'w> {
    pub(super) fn new(waiter: &'w Arc<Waiter>, room: usize) -> Self {
        Watches { waiter, begun: Vec::with_capacity(room) }
    }

    /// Begins to watch the next object, by a handle with this right.
    pub(super) fn begin(&mut self, handle: &Handle, right: Rights, wanted: Signals) -> Result<(), Status> {
        let item = self.begun.len() as u32;
        handle.signals(right)?.watch(handle.id(), wanted, self.waiter, item);
        self.begun.push(handle.object().clone());
        Ok(())
    }

    /// Ends the next watch, in the order in which they began: what it saw.
    pub(super) fn end(mut self, mut seen: impl FnMut(usize, Signals)) {
        for (item, object) in std::mem::take(&mut self.begun).iter().enumerate() {
            if let Some(observable) = object.observable() {
                seen(item, observable.unwatch(self.waiter, item as u32));
            }
        }
    }
}

impl Drop for Watches<'_> {
    /// An item could not be watched: those before it are taken back.
    fn drop(&mut self) {
        for (item, object) in self.begun.iter().enumerate() {
            if let Some(observable) = object.observable() {
                observable.unwatch(self.waiter, item as u32);
            }
        }
    }
}

/// Sleeps until one of the thread's watches is told, or until the deadline, with the slack of the default job (E11).
pub(super) fn sleep(waiter: &Waiter, deadline: Deadline, state: ThreadState) {
    let (slack, mode) = Job::default_slack();
    let deadline = Clockwork::align(deadline.into_nanos(), mode, slack);
    let _blocked = blocked(state);
    waiter.sleep(deadline);
}

/// One object: `begin` begins the watch.
pub(super) fn wait_one(
    wanted: Signals,
    deadline: Deadline,
    begin: impl FnOnce(&Arc<Waiter>) -> Result<Object, Status>,
) -> WaitResult {
    Waiter::with(|waiter| {
        let object = match begin(waiter) {
            Ok(object) => object,
            Err(status) => return WaitResult::Err(status),
        };
        sleep(waiter, deadline, ThreadState::BlockedWaitOne);
        let seen = object.observable().map_or(Signals::NONE, |observable| observable.unwatch(waiter, 0));
        WaitResult::of(wanted, seen)
    })
}

/// Begins the watch of a [`wait_one`], by a handle with this right.
pub(super) fn begin_one(
    handle: &Handle,
    right: Rights,
    wanted: Signals,
    waiter: &Arc<Waiter>,
) -> Result<Object, Status> {
    handle.signals(right)?.watch(handle.id(), wanted, waiter, 0);
    Ok(handle.object().clone())
}

/// Waits until a signal that is waited for is active on any of the objects, and tells what each shows. With no items
/// it sleeps until the deadline. OUT_OF_RANGE for more than 64 items; the first item that cannot be waited for
/// decides the error, and nothing is written (J3).
///
/// ```
/// use portolan::{Deadline, Status};
/// use portolan::object::{AsHandle, Event, Signals, WaitItem, wait_many};
///
/// let (a, b) = (Event::new(), Event::new());
/// b.signal(Signals::NONE, Signals::SIGNALED)?;
/// let mut items = [&a, &b].map(|event| WaitItem {
///     handle: event.as_handle(),
///     wanted: Signals::SIGNALED,
///     pending: Signals::NONE,
/// });
/// assert_eq!(wait_many(&mut items, Deadline::INFINITE), Ok(()));
/// assert_eq!(items[1].pending, Signals::SIGNALED);
/// # Ok::<(), Status>(())
/// ```
pub fn wait_many(items: &mut [WaitItem<'_>], deadline: Deadline) -> Result<(), Status> {
    if items.len() > MAX_ITEMS {
        return Err(Status::OUT_OF_RANGE);
    }
    wait_all(items.len(), deadline, |watches| {
        items.iter().try_for_each(|item| watches.begin(item.handle, Rights::WAIT, item.wanted))
    })
    .and_then(|seen| settle(items.iter_mut().map(|item| (item.wanted, &mut item.pending)), seen))
}

/// Zircon's ZX_WAIT_MANY_MAX_ITEMS.
const MAX_ITEMS: usize = 64;

/// Waits with what `begin` begins: what each item showed.
pub(super) fn wait_all(
    count: usize,
    deadline: Deadline,
    begin: impl FnOnce(&mut Watches<'_>) -> Result<(), Status>,
) -> Result<Vec<Signals>, Status> {
    Waiter::with(|waiter| {
        let mut watches = Watches::new(waiter, count);
        begin(&mut watches)?;
        sleep(waiter, deadline, ThreadState::BlockedWaitMany);
        let mut seen = vec![Signals::NONE; count];
        watches.end(|item, signals| seen[item] = signals);
        Ok(seen)
    })
}

/// Writes what was seen, and the result of the whole.
pub(super) fn settle<'s>(
    items: impl Iterator<Item = (Signals, &'s mut Signals)>,
    seen: Vec<Signals>,
) -> Result<(), Status> {
    let (mut matched, mut closed) = (false, false);
    for ((wanted, pending), seen) in items.zip(seen) {
        *pending = seen;
        matched |= seen.intersects(wanted);
        closed |= seen.contains(Signals::HANDLE_CLOSED);
    }
    match (closed, matched) {
        (true, _) => Err(Status::CANCELED),
        (false, true) => Ok(()),
        (false, false) => Err(Status::TIMED_OUT),
    }
}

impl Handle {
    pub(super) fn wait_for(&self, signals: Signals, deadline: Deadline) -> WaitResult {
        wait_one(signals, deadline, |waiter| begin_one(self, Rights::WAIT, signals, waiter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{AsHandle, Event};

    #[test]
    fn a_wait_that_cannot_begin_leaves_no_watch_behind() {
        let (good, bad) = (Event::new(), Event::new());
        let bad = Handle::from(bad).replace(Rights::NONE).unwrap();
        let mut items = [good.as_handle(), &bad].map(|handle| WaitItem {
            handle,
            wanted: Signals::SIGNALED,
            pending: Signals::USER_ALL,
        });
        assert_eq!(wait_many(&mut items, Deadline::INFINITE), Err(Status::ACCESS_DENIED));
        assert_eq!(items[0].pending, Signals::USER_ALL, "nothing is written");
        assert_eq!(good.as_handle().signals(Rights::WAIT).unwrap().watchers(), 0);
    }

    #[test]
    fn a_satisfied_wait_wins_over_a_deadline_that_has_passed() {
        let event = Event::new();
        event.signal(Signals::NONE, Signals::user(1)).unwrap();
        assert_eq!(event.wait_one(Signals::user(1), Deadline::PAST), WaitResult::Ok(Signals::user(1)));
        assert_eq!(event.wait_one(Signals::NONE, Deadline::PAST), WaitResult::TimedOut(Signals::user(1)));
        assert_eq!(event.as_handle().signals(Rights::WAIT).unwrap().watchers(), 0);
    }
}
