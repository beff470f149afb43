//! Registrations: what `wait_async` leaves with a port until its signals match.
//!
//! An [`Observer`] is one registration. Two sides hold it: the *source*, the object whose signals it
//! watches, which calls [`Observer::fire`] when they match, and the port, which can cancel it. Everything
//! that decides what becomes of it happens under the port's lock, so each registration ends in exactly
//! one way (G5): its packet is delivered, or one cancel call counts it, or its source's handle or the port
//! is closed.
//!
//! Locks: a source's before the port's. So `observe`, `fire` and `withdraw` may be called under the
//! source's lock, and [`Source::forget`](SignalSource::forget) is called with no lock held; until then
//! the source may still hold a registration that is over, which does nothing.
//!
//! The place for a signal packet is reserved when it is registered: firing takes no memory and cannot
//! fail (F10).

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use portolan_regs::packet::kind;

use super::registry::NOWHERE;
use super::{PortInner, rouse};
use crate::packet::Signals;
use crate::{Packet, Status};

/// An object whose signals are observed.
pub(crate) trait SignalSource: Send + Sync {
    /// The registration is over without having fired: it may be taken off the list of observers. Called
    /// with no lock of a port held, perhaps after the source has dropped it itself.
    fn forget(&self, observer: &Arc<Observer>);
}

/// What a registration is, for its life.
pub(crate) struct Registration {
    /// Identity of the *handle* through which it was made: no other handle, nor a later one of the same
    /// value, may have it (G3).
    pub(crate) handle: u64,
    /// The packet's key.
    pub(crate) key: u64,
    /// The signals that are waited for: the packet's `trigger`.
    pub(crate) trigger: u32,
    /// Stays registered when it fires, and sends SIGNAL_REP (L9); otherwise SIGNAL_ONE, once (F3).
    pub(crate) repeating: bool,
    /// Whose signals.
    pub(crate) source: Weak<dyn SignalSource>,
}

/// What [`Observer::fire`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fired {
    /// The packet is queued and the registration over: the source drops it.
    Once,
    /// The packet is queued, or coalesced with one that is still queued; the registration stays.
    Stays,
    /// The registration was canceled or its port closed before (F12): nothing is queued and the source
    /// drops it.
    Late,
}

/// A registration with a port.
pub(crate) struct Observer {
    port: Arc<PortInner>,
    registration: Registration,
    /// Where it stands in the port's registry; only changed under the port's lock.
    pub(super) place: AtomicU32,
    /// A repeating one's packet is queued; only changed under the port's lock.
    pub(super) queued: AtomicBool,
}

impl Observer {
    /// The signals that it waits for.
    pub(crate) fn trigger(&self) -> u32 {
        self.registration.trigger
    }

    /// The packet's key.
    pub(crate) fn key(&self) -> u64 {
        self.registration.key
    }

    /// Identity of the handle through which it was made.
    pub(crate) fn handle(&self) -> u64 {
        self.registration.handle
    }

    /// Whether it stays when it fires.
    pub(crate) fn is_repeating(&self) -> bool {
        self.registration.repeating
    }

    /// The port that it reports to.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn port(&self) -> &Arc<PortInner> {
        &self.port
    }

    /// Its signals match: queues its packet and wakes one waiter. `observed`, `count` and `timestamp` are
    /// the packet's (F6). A repeating one whose packet is still queued leaves that as it is (L9).
    pub(crate) fn fire(self: &Arc<Self>, observed: u32, count: u64, timestamp: i64) -> Fired {
        let trigger = self.registration.trigger;
        let signals = Signals { trigger, observed, count, timestamp };
        let (fired, woken) = self.port.locked(|queue| queue.fire(self, signals));
        rouse(woken);
        fired
    }

    /// Its handle was closed or moved away (B7, B8): it is removed without a packet; one that is queued
    /// already stays. False when it was over before.
    pub(crate) fn withdraw(&self) -> bool {
        self.port.locked(|queue| queue.registry.remove(self).is_some())
    }

    /// Whether it would still fire.
    pub(crate) fn is_registered(&self) -> bool {
        self.place.load(Ordering::Relaxed) != NOWHERE
    }

    /// Its packet.
    pub(super) fn packet(&self, signals: Signals) -> Packet {
        let kind = if self.registration.repeating { kind::SIGNAL_REP } else { kind::SIGNAL_ONE };
        Packet::signal(self.registration.key, kind, signals)
    }

    /// It was canceled: the source may drop it. No lock of a port is held.
    fn forgotten(self: &Arc<Self>) {
        if let Some(source) = self.registration.source.upgrade() {
            source.forget(self);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observer(key {} at {:p})", self.registration.key, Arc::as_ptr(&self.port))
    }
}

impl PortInner {
    /// Registers. BAD_HANDLE when the port is closed (H4), NO_MEMORY when there is no room for it and
    /// its packet. There is no limit (F10).
    pub(crate) fn observe(self: &Arc<Self>, registration: Registration) -> Result<Arc<Observer>, Status> {
        let observer = Arc::new(Observer {
            port: self.clone(),
            registration,
            place: AtomicU32::new(NOWHERE),
            queued: AtomicBool::new(false),
        });
        self.locked(|queue| queue.register(&observer))?;
        Ok(observer)
    }

    /// Removes the registrations made through this handle under this key, and their queued packets, never
    /// those of programs or interrupts (G2, G3, G6). NOT_FOUND when there is none.
    pub(crate) fn cancel(&self, handle: u64, key: u64) -> Result<(), Status> {
        let canceled = self.locked(|queue| queue.cancel(handle, key));
        canceled.finish()
    }

    /// Removes the registrations and the packets with this key, those of programs too, never an
    /// interrupt's (G4, G6). NOT_FOUND when there is none.
    pub(crate) fn cancel_key(&self, key: u64) -> Result<(), Status> {
        // What other bus masters have posted with this key may be on a board.
        self.hold_posts();
        let canceled = self.locked(|queue| queue.cancel_key(key));
        canceled.finish()
    }

    /// The last handle was closed: removes registrations and all packets but those of interrupts, which
    /// go on (H1, H3). Whoever sleeps in a wait sleeps on (H2). From now on `queue` and `observe` fail
    /// with BAD_HANDLE and registrations fire in vain (H4, F12).
    pub(crate) fn close(&self) {
        let canceled = self.locked(|queue| queue.close_port());
        let _ = canceled.finish();
        self.discard_posts();
    }
}

/// What a cancel took out of a port, to be finished when its lock is released.
#[must_use]
pub(crate) struct Canceled {
    /// Packets and registrations, a registration whose packet was queued counted once or twice.
    pub(super) count: usize,
    /// Registrations that had not fired.
    pub(super) observers: Vec<Arc<Observer>>,
}

impl Canceled {
    fn finish(self) -> Result<(), Status> {
        self.observers.iter().for_each(Observer::forgotten);
        if self.count == 0 { Err(Status::NOT_FOUND) } else { Ok(()) }
    }
}
