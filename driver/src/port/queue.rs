//! What a port holds: packets, registrations, and the threads that wait.
//!
//! Packets of programs go through a [`Ring`], which they enter without a lock; all else is a list under the
//! lock of the ring's readers. Interrupts stand in the driver's acceptance order and leave before all
//! other packets (E5). A signal's packet remembers the position of the ring that was next when it was queued
//! and leaves just before that one, so that both kinds keep one order. Nothing here allocates once the
//! lists have grown to their working size.
//!
//! Whoever changes a list ends with [`Queue::settle`], by which a reader sees without looking that there is
//! nothing but the ring.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::observer::{Canceled, Fired, Observer};
use super::posted::Posted;
use super::registry::Registry;
use super::source::{Entry, Source, What};
use crate::board::Lane;
use crate::event::{Event, Gap};
use crate::packet::Signals;
use crate::sync::{Held, Refused, Ring, Shape, Token, Waiter};
use crate::{Packet, Status};

/// Sizes of a port's ring.
pub(crate) struct Sizes;

#[cfg(loom)]
impl Shape for Sizes {
    const LIMIT: u64 = 2;
    const CAPACITIES: [u64; 4] = [1, 2, 4, 8];
}

#[cfg(not(loom))]
impl Shape for Sizes {
    /// User packets beyond which `queue` answers SHOULD_WAIT. The comparison is "more than", so one more
    /// than this fits (D4).
    const LIMIT: u64 = 4096;
    /// A port that nobody lets pile up stays within 512 bytes.
    const CAPACITIES: [u64; 4] = [8, 64, 512, 8192];
}

/// A port's contents.
pub(crate) type Contents = Ring<Packet, Lists, Sizes>;

/// The same, locked.
pub(crate) type Queue<'a> = Held<'a, Packet, Lists, Sizes>;

/// What a port holds beside the packets of programs.
#[derive(Default)]
pub(crate) struct Lists {
    interrupts: VecDeque<Entry>,
    signals: VecDeque<Signal>,
    waiters: VecDeque<Arc<Waiter>>,
    pub(super) registry: Registry,
    /// Hardware queues that lines of this port report to.
    pub(super) lanes: Option<Arc<[Arc<Lane>]>>,
    /// What other bus masters have posted, as far as it was accepted.
    pub(super) posted: Posted,
    /// The last handle is closed.
    pub(super) closed: bool,
    /// How many boards of the port have died.
    deaths: u64,
    /// Nobody was told of the last one.
    untold: bool,
}

/// A queued signal packet.
pub(super) struct Signal {
    /// The position of the ring that it leaves before.
    before: u64,
    observer: Arc<Observer>,
    signals: Signals,
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Status {
        match refused {
            Refused::Full => Status::SHOULD_WAIT,
            Refused::Closed => Status::BAD_HANDLE,
            Refused::NoMemory => Status::NO_MEMORY,
        }
    }
}

/// What [`Queue::pop_interrupt`] found.
pub(crate) enum Popped {
    /// This.
    Event(Event),
    /// The next entry's line must be settled first.
    Settle(Arc<Source>),
    /// Nothing.
    Empty,
}

impl Queue<'_> {
    /// A list has changed.
    pub(super) fn settle(&self) {
        self.set_sleepers(self.waiters.len());
        let is_plain = self.interrupts.is_empty() && self.signals.is_empty() && self.posted.is_empty();
        self.set_attention(!is_plain || self.lanes.is_some());
    }

    /// Takes the next packet, if it is ready and no board has to be asked for it nor a line be settled.
    #[inline]
    pub(crate) fn pop_ready(&mut self) -> Option<Packet> {
        if self.attention() { self.pop_listed() } else { self.pop_published() }
    }

    fn pop_listed(&mut self) -> Option<Packet> {
        if self.lanes.is_some() {
            return None;
        }
        if self.interrupts.is_empty() {
            return self.pop_regular();
        }
        match self.pop_interrupt() {
            // A gap is only there on ports that want to hear of them, and is no packet.
            Popped::Event(event) => event.packet().copied(),
            Popped::Settle(_) | Popped::Empty => None,
        }
    }

    /// Takes the oldest packet of a program or of signals, or one that was posted and is held here.
    pub(crate) fn pop_regular(&mut self) -> Option<Packet> {
        if let Some(packet) = self.pop_held() {
            return Some(packet);
        }
        match self.signals.front() {
            Some(signal) if signal.before <= self.head() => {
                let Signal { observer, signals, .. } = self.signals.pop_front()?;
                self.posted.forget_signals(1);
                self.settle();
                observer.queued.store(false, Ordering::Relaxed);
                Some(observer.packet(signals))
            }
            _ => self.pop(),
        }
    }

    /// Adds a registration and reserves the place of its packet.
    pub(super) fn register(&mut self, observer: &Arc<Observer>) -> Result<(), Status> {
        if self.closed {
            return Err(Status::BAD_HANDLE);
        }
        let places = self.registry.len() + 1;
        self.signals.try_reserve(places).map_err(|_| Status::NO_MEMORY)?;
        self.registry.insert(observer)
    }

    /// A registration's signals match: what that did, and the thread to rouse.
    pub(super) fn fire(
        &mut self,
        observer: &Arc<Observer>,
        signals: Signals,
    ) -> (Fired, Option<Arc<Waiter>>) {
        if !observer.is_registered() {
            return (Fired::Late, None);
        }
        let (fired, queued) = if observer.is_repeating() {
            if observer.queued.swap(true, Ordering::Relaxed) {
                // Coalesced: the packet that is queued stays as it is (L9).
                return (Fired::Stays, None);
            }
            (Fired::Stays, Some(observer.clone()))
        } else {
            (Fired::Once, self.registry.remove(observer))
        };
        let Some(observer) = queued else { return (Fired::Late, None) };
        let before = self.tail();
        self.signals.push_back(Signal { before, observer, signals });
        self.settle();
        (fired, self.post())
    }

    /// Removes registrations and packets of a handle and key.
    pub(super) fn cancel(&mut self, handle: u64, key: u64) -> Canceled {
        let observers = self.registry.take(key, |observer| observer.handle() == handle);
        let count = observers.len()
            + self.remove_signals(|observer| observer.handle() == handle && observer.key() == key);
        Canceled { count, observers }
    }

    /// Removes registrations and packets of a key.
    pub(super) fn cancel_key(&mut self, key: u64) -> Canceled {
        let observers = self.registry.take(key, |_| true);
        let count = observers.len()
            + self.remove_signals(|observer| observer.key() == key)
            + self.remove_user(|packet| packet.key() == key)
            + self.remove_held(|packet| packet.key() == key);
        Canceled { count, observers }
    }

    /// Closes the port.
    pub(super) fn close_port(&mut self) -> Canceled {
        self.closed = true;
        self.close();
        let observers = self.registry.take_all();
        let count = observers.len() + self.remove_signals(|_| true) + self.remove_user(|_| true);
        Canceled { count, observers }
    }

    fn remove_signals(&mut self, matches: impl Fn(&Observer) -> bool) -> usize {
        let before = self.signals.len();
        let (mut place, ahead, mut gone) = (0, self.posted.signals(), 0);
        self.signals.retain(|signal| {
            let keep = !matches(&signal.observer);
            if !keep {
                signal.observer.queued.store(false, Ordering::Relaxed);
                gone += usize::from(place < ahead);
            }
            place += 1;
            keep
        });
        self.posted.forget_signals(gone);
        self.settle();
        before - self.signals.len()
    }

    fn remove_user(&mut self, matches: impl Fn(&Packet) -> bool) -> usize {
        // From the youngest signal on: those that stand before the packet at hand.
        let mut youngest = self.signals.len();
        self.remove(matches, |lists, from, to| {
            while let Some(signal) = youngest.checked_sub(1).and_then(|index| lists.signals.get_mut(index))
                && signal.before >= from
            {
                if signal.before == from {
                    signal.before = to;
                }
                youngest -= 1;
            }
            lists.posted.moved(from, to);
        })
    }

    /// Adds an entry to the interrupt list.
    pub(crate) fn push_interrupt(&mut self, entry: Entry) {
        if matches!(entry.what, What::Interrupt { .. }) {
            entry.source.queued.fetch_add(1, Ordering::SeqCst);
        }
        self.interrupts.push_back(entry);
        self.settle();
    }

    /// Takes the oldest entry of the interrupt list.
    pub(crate) fn pop_interrupt(&mut self) -> Popped {
        match self.interrupts.front() {
            None => return Popped::Empty,
            Some(entry) if entry.source.early.load(Ordering::SeqCst) => {
                return Popped::Settle(entry.source.clone());
            }
            Some(_) => {}
        }
        let Some(Entry { source, what }) = self.interrupts.pop_front() else { return Popped::Empty };
        self.settle();
        if matches!(what, What::Interrupt { .. }) {
            source.queued.fetch_sub(1, Ordering::SeqCst);
            source.handed.fetch_add(1, Ordering::SeqCst);
        }
        Popped::Event(what.event())
    }

    /// Removes every entry of an interrupt: the oldest packet, and how many packets there were.
    pub(crate) fn remove_interrupt(&mut self, source: &Arc<Source>) -> (Option<What>, u64) {
        let mut first = None;
        self.interrupts.retain(|entry| {
            let keep = !Arc::ptr_eq(&entry.source, source);
            if !keep && first.is_none() && matches!(entry.what, What::Interrupt { .. }) {
                first = Some(entry.what);
            }
            keep
        });
        self.settle();
        source.early.store(false, Ordering::SeqCst);
        (first, source.queued.swap(0, Ordering::SeqCst))
    }

    /// Adds lost edges: to the gap that is the source's newest entry, or as a gap of their own. True
    /// when an entry was added.
    pub(crate) fn push_gap(&mut self, source: &Arc<Source>, gap: Gap) -> bool {
        let newest = self.interrupts.iter_mut().rev().find(|entry| Arc::ptr_eq(&entry.source, source));
        if let Some(Entry { what: What::Gap(open), .. }) = newest {
            open.count += gap.count;
            open.saturated |= gap.saturated;
            (open.last_ticks, open.last_ns) = (gap.last_ticks, gap.last_ns);
            return false;
        }
        self.push_interrupt(Entry { source: source.clone(), what: What::Gap(gap) });
        true
    }

    /// An interrupt's packet finds no room: it becomes part of a gap. True when an entry was added.
    pub(crate) fn lose(&mut self, entry: &Entry) -> bool {
        let What::Interrupt { key, timestamp, detail: Some(detail) } = entry.what else { return false };
        let (ticks, line) = (detail.ticks, detail.line);
        let gap = Gap {
            key,
            line,
            count: 1,
            saturated: false,
            first_ticks: ticks,
            last_ticks: ticks,
            first_ns: timestamp,
            last_ns: timestamp,
        };
        self.push_gap(&entry.source, gap)
    }

    /// Signal packets that are queued.
    pub(super) fn signals(&self) -> usize {
        self.signals.len()
    }

    /// Entries in the interrupt list.
    pub(crate) fn interrupts(&self) -> usize {
        self.interrupts.len()
    }

    /// Nothing is queued here (hardware queues not asked).
    pub(crate) fn is_empty(&self) -> bool {
        self.interrupts.is_empty() && self.signals.is_empty() && self.posted.is_empty() && self.is_vacant()
    }

    /// A thread begins to sleep: false when there is something, so that it must not.
    pub(crate) fn enlist(&mut self, waiter: &Arc<Waiter>) -> bool {
        self.waiters.push_back(waiter.clone());
        self.settle();
        // After it said that it sleeps: a packet that comes later finds it.
        let sleeps = self.is_empty();
        if !sleeps {
            self.waiters.pop_back();
            self.settle();
        }
        sleeps
    }

    /// A thread does not sleep any more. Nothing when it was taken out by a wake.
    pub(crate) fn delist(&mut self, waiter: &Arc<Waiter>) {
        self.waiters.retain(|other| !Arc::ptr_eq(other, waiter));
        self.settle();
    }

    /// Threads that sleep.
    pub(crate) fn waiters(&self) -> usize {
        self.waiters.len()
    }

    /// One packet was queued: the thread to rouse for it after the lock is released. The longest
    /// sleeper, but rather one that sleeps on the futex than the leader of a vector, so that the
    /// leader can go on leading.
    #[must_use]
    pub(crate) fn post(&mut self) -> Option<Arc<Waiter>> {
        let index = self.waiters.iter().position(|waiter| !waiter.is_leading()).unwrap_or(0);
        let waiter = self.waiters.remove(index)?;
        self.settle();
        waiter.mark(Token::POSTED);
        Some(waiter)
    }

    /// Takes out every sleeping thread with this token, to be roused after the lock is released.
    #[must_use]
    pub(crate) fn post_all(&mut self, token: Token) -> Vec<Arc<Waiter>> {
        let waiters: Vec<_> = self.waiters.drain(..).collect();
        self.settle();
        waiters.iter().for_each(|waiter| waiter.mark(token));
        waiters
    }

    /// A board of the port has died: takes out every sleeping thread, to be told of it after the lock is released.
    #[must_use]
    pub(crate) fn bereave(&mut self, keep: impl Fn(&Lane) -> bool) -> Vec<Arc<Waiter>> {
        self.retain_lanes(keep);
        self.deaths += 1;
        let told = self.post_all(Token::DEAD);
        self.untold = told.is_empty();
        told
    }

    /// How many boards of the port have died.
    pub(crate) fn deaths(&self) -> u64 {
        self.deaths
    }

    /// Whether one has died since there were so many deaths, or nobody was told of it yet.
    pub(crate) fn is_bereaved(&self, deaths: u64) -> bool {
        self.untold || self.deaths != deaths
    }

    /// Somebody was told that a board has died.
    pub(crate) fn tell(&mut self) {
        self.untold = false;
    }

    /// The hardware queues of the port's lines; `None` if there is none.
    pub(crate) fn lanes(&self) -> Option<Arc<[Arc<Lane>]>> {
        self.lanes.clone()
    }

    /// Adds a hardware queue.
    pub(crate) fn add_lane(&mut self, lane: Arc<Lane>) {
        let lanes = self.lanes.iter().flat_map(|lanes| lanes.iter().cloned()).chain([lane]);
        self.lanes = Some(lanes.collect());
        // Who waits now waits for another board.
        self.untold = false;
        self.settle();
    }

    /// Keeps the hardware queues of which `keep` holds.
    pub(crate) fn retain_lanes(&mut self, keep: impl Fn(&Lane) -> bool) {
        let lanes = self.lanes.iter().flat_map(|lanes| lanes.iter().filter(|lane| keep(lane)).cloned());
        let lanes: Arc<[_]> = lanes.collect();
        self.lanes = (!lanes.is_empty()).then_some(lanes);
        self.posted.lanes_changed();
        self.settle();
    }
}

#[cfg(all(test, not(loom)))]
#[path = "queue_tests.rs"]
mod tests;
