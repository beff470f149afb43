//! Events, and event pairs: objects that are nothing but signals.

use std::sync::{Arc, Weak};

use super::base::Base;
use super::observe::Observable;
use super::{Dispatch, Handle, Koid, Object, Signals, owned};
use crate::Status;

/// What an event is, whatever handle it is reached by.
pub struct EventObject {
    base: Base,
    signals: Observable,
}

impl Dispatch for EventObject {
    fn base(&self) -> &Base {
        &self.base
    }

    fn observable(&self) -> Option<&Observable> {
        Some(&self.signals)
    }
}

owned! {
    /// An event: SIGNALED and the user signals, set and cleared by programs.
    ///
    /// ```
    /// use portolan::Deadline;
    /// use portolan::object::{AsHandle, Event, Signals, WaitResult};
    ///
    /// let event = Event::new();
    /// event.signal(Signals::NONE, Signals::SIGNALED)?;
    /// let seen = event.wait_one(Signals::SIGNALED, Deadline::INFINITE);
    /// assert_eq!(seen, WaitResult::Ok(Signals::SIGNALED));
    /// # Ok::<(), portolan::Status>(())
    /// ```
    Event, EventObject
}

impl Event {
    /// A new event, with no signal active.
    pub fn new() -> Event {
        Event(Handle::new(Arc::new(EventObject { base: Base::new(), signals: Observable::default() })))
    }
}

impl Default for Event {
    fn default() -> Self {
        Event::new()
    }
}

/// An end of an event pair.
pub struct PairObject {
    base: Base,
    signals: Observable,
    peer_koid: Koid,
    peer: Weak<PairObject>,
}

impl PairObject {
    fn open_peer(&self) -> Result<Arc<PairObject>, Status> {
        self.peer.upgrade().filter(|peer| peer.base.handles() > 0).ok_or(Status::PEER_CLOSED)
    }
}

impl Dispatch for PairObject {
    fn base(&self) -> &Base {
        &self.base
    }

    fn observable(&self) -> Option<&Observable> {
        Some(&self.signals)
    }

    fn end(&self) {
        if let Some(peer) = self.peer.upgrade() {
            peer.signals.update(Signals::NONE, Signals::PEER_CLOSED);
        }
    }

    fn related_koid(&self) -> Koid {
        self.peer_koid
    }

    fn peer(&self) -> Option<Result<Object, Status>> {
        Some(self.open_peer().map(Object::EventPair))
    }
}

owned! {
    /// An end of an event pair: as an [`Event`], but signals are set on the other end, which learns when this one is
    /// closed.
    EventPair, PairObject
}

impl EventPair {
    /// Both ends of a new event pair.
    pub fn create() -> (EventPair, EventPair) {
        let [a, b] = Base::pair();
        let (a_koid, b_koid) = (a.koid(), b.koid());
        let end =
            |base, peer_koid, peer| PairObject { base, signals: Observable::default(), peer_koid, peer };
        let mut second = None;
        let first = Arc::new_cyclic(|first| {
            let other = Arc::new(end(b, a_koid, first.clone()));
            let peer = Arc::downgrade(&other);
            second = Some(other);
            end(a, b_koid, peer)
        });
        let second = second.expect("the closure has run");
        (EventPair(Handle::new(first)), EventPair(Handle::new(second)))
    }
}
