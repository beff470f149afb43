//! The signals of an object, and who watches them (ports.md sections F and J).
//!
//! Whoever changes signals carries the change to every watcher before the call returns, under the lock
//! of the object's signals: so a set and clear in quick succession is never missed (F8), and a watcher
//! that was removed hears nothing any more. A registration's packet is queued from here, so the lock
//! of a port comes after this one; no other lock does.

use std::sync::Arc;

use super::Signals;
use crate::port::{Fired, Observer};
use crate::sync::{Lock, Token, Waiter};
use crate::sys;

/// The identity of a handle: what waits remember of the handle that they were made through (B7, G3).
pub(crate) type HandleId = u64;

/// The clock of a registration's time stamp (F6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timestamp {
    /// None: the field is 0.
    #[default]
    None,
    /// CLOCK_MONOTONIC.
    Monotonic,
    /// CLOCK_BOOTTIME.
    Boot,
}

impl Timestamp {
    fn now(self) -> i64 {
        match self {
            Timestamp::None => 0,
            Timestamp::Monotonic => sys::monotonic(),
            Timestamp::Boot => sys::boot(),
        }
    }
}

/// Signals and their watchers.
#[derive(Default)]
pub(crate) struct Observable {
    state: Lock<State>,
}

#[derive(Default)]
struct State {
    active: Signals,
    /// In the order in which they were added; told in the reverse order (F7).
    watchers: Vec<Watcher>,
}

enum Watcher {
    /// A thread in wait_one or wait_many, which takes itself out.
    Thread {
        handle: HandleId,
        wanted: Signals,
        waiter: Arc<Waiter>,
        item: u32,
        /// What it was woken for.
        seen: Option<Signals>,
    },
    /// A wait_async.
    Async(Arc<Observer>, Timestamp),
}

/// Who is told of a change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// A signal rose.
    Everybody,
    /// Signals fell, and none rose: of that only Magenta's repeating registrations hear.
    Repeating,
}

/// Tells a waiting thread, unless it has been told.
fn tell(seen: &mut Option<Signals>, waiter: &Waiter, signals: Signals) {
    if seen.is_none() {
        *seen = Some(signals);
        waiter.mark(Token::POSTED);
        waiter.rouse();
    }
}

impl State {
    /// Tells everybody who wants one of these signals, or only those who stay registered, the latest comer first.
    fn notify(&mut self, signals: Signals, told: Told) {
        let mut index = self.watchers.len();
        while index > 0 {
            index -= 1;
            let over = match &mut self.watchers[index] {
                Watcher::Thread { wanted, waiter, seen, .. } => {
                    if told == Told::Everybody && wanted.intersects(signals) {
                        tell(seen, waiter, signals);
                    }
                    false
                }
                Watcher::Async(observer, timestamp) => {
                    (told == Told::Everybody || observer.is_repeating())
                        && Signals::from_bits(observer.trigger()).intersects(signals)
                        && observer.fire(signals.bits(), 1, timestamp.now()) != Fired::Stays
                }
            };
            if over {
                self.watchers.remove(index);
            }
        }
    }
}

impl Observable {
    pub(crate) fn new(active: Signals) -> Observable {
        Observable { state: Lock::new(State { active, watchers: Vec::new() }) }
    }

    /// Clears, then sets, in one step. Only a signal that rises is told (J5); to those who stay registered, every change
    /// while theirs is active (L9).
    pub(crate) fn update(&self, clear: Signals, set: Signals) {
        self.change(clear, set, Signals::NONE);
    }

    /// Sets signals for a moment: who waits for them is told, though they are clear afterwards (I30).
    pub(crate) fn strobe(&self, signals: Signals) {
        self.change(Signals::NONE, Signals::NONE, signals);
    }

    fn change(&self, clear: Signals, set: Signals, strobe: Signals) {
        let mut state = self.state.lock();
        let before = state.active;
        state.active = before.without(clear) | set;
        let shown = state.active | strobe;
        if shown.without(before) != Signals::NONE {
            state.notify(shown, Told::Everybody);
        } else if shown != before {
            state.notify(shown, Told::Repeating);
        }
    }

    /// A thread begins to wait. It is told at once if a signal that it wants is active.
    pub(crate) fn watch(&self, handle: HandleId, wanted: Signals, waiter: &Arc<Waiter>, item: u32) {
        let mut state = self.state.lock();
        let active = state.active;
        let mut seen = None;
        if active.intersects(wanted) {
            tell(&mut seen, waiter, active);
        }
        state.watchers.push(Watcher::Thread { handle, wanted, waiter: waiter.clone(), item, seen });
    }

    /// A thread ends its wait: what it was told, or else the signals of now.
    pub(crate) fn unwatch(&self, own: &Arc<Waiter>, own_item: u32) -> Signals {
        let mut state = self.state.lock();
        let index = state.watchers.iter().position(|watcher| {
            matches!(watcher, Watcher::Thread { waiter, item, .. }
                if *item == own_item && Arc::ptr_eq(waiter, own))
        });
        match index.map(|index| state.watchers.remove(index)) {
            Some(Watcher::Thread { seen: Some(seen), .. }) => seen,
            _ => state.active,
        }
    }

    /// Adds a registration. Unless `edge` is set it fires at once if a signal that it wants is active (F3,
    /// F4).
    pub(crate) fn register(&self, observer: Arc<Observer>, edge: bool, timestamp: Timestamp) {
        let mut state = self.state.lock();
        let active = state.active;
        if !edge && Signals::from_bits(observer.trigger()).intersects(active) {
            if observer.fire(active.bits(), 1, timestamp.now()) != Fired::Stays {
                return;
            }
        } else if !observer.is_registered() {
            // Canceled since the port took it: `forget` has been here and found nothing.
            return;
        }
        if state.watchers.is_empty() {
            // Most objects have one watcher, and there may be many objects.
            state.watchers.reserve_exact(1);
        }
        state.watchers.push(Watcher::Async(observer, timestamp));
    }

    /// Drops a registration that is over.
    pub(crate) fn forget(&self, observer: &Arc<Observer>) {
        let mut state = self.state.lock();
        let found =
            |watcher: &Watcher| matches!(watcher, Watcher::Async(own, _) if Arc::ptr_eq(own, observer));
        if let Some(index) = state.watchers.iter().rposition(found) {
            state.watchers.remove(index);
        }
    }

    /// The handle was closed, or read from a channel: threads that wait through it wake with
    /// HANDLE_CLOSED, registrations made through it are gone (B7, B8).
    pub(crate) fn cancel(&self, id: HandleId) {
        let mut state = self.state.lock();
        let closed = state.active | Signals::HANDLE_CLOSED;
        state.watchers.retain_mut(|watcher| match watcher {
            Watcher::Thread { handle, waiter, seen, .. } => {
                if *handle == id {
                    tell(seen, waiter, closed);
                }
                true
            }
            Watcher::Async(observer, _) if observer.handle() == id => {
                observer.withdraw();
                false
            }
            Watcher::Async(..) => true,
        });
    }

    /// Removes the registrations made through a handle with this key, with whatever port. Packets that are queued stay, and
    /// who had none is not told (G7).
    pub(crate) fn withdraw(&self, id: HandleId, key: u64) {
        self.state.lock().watchers.retain(|watcher| {
            let Watcher::Async(observer, _) = watcher else { return true };
            let keep = observer.handle() != id || observer.key() != key;
            if !keep {
                observer.withdraw();
            }
            keep
        });
    }

    /// How many watch.
    #[cfg(test)]
    pub(crate) fn watchers(&self) -> usize {
        self.state.lock().watchers.len()
    }
}
