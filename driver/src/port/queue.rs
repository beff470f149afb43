//! What a port holds, under its lock: packets and the threads that wait for them.
//!
//! Interrupts stand in a list of their own, in the driver's acceptance order, and leave before all
//! other packets (E5). Nothing here allocates once the queues have grown to their working size.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::observer::{Canceled, Fired, Observer};
use super::registry::Registry;
use crate::board::Lane;
use crate::event::{Detail, Event, Gap};
use crate::interrupt::line::LineInner;
use crate::packet::Signals;
use crate::sync::{Token, Waiter};
use crate::{Packet, Status};

/// User packets beyond which `queue` answers SHOULD_WAIT. The comparison is "more than", so one
/// more than this fits (D4).
pub(crate) const LIMIT: usize = 4096;

/// The part of an interrupt that its port touches when one of its packets is read.
#[derive(Default)]
pub(crate) struct Source {
    /// Its unread packets in the port's list; only changed under the port's lock.
    queued: AtomicU64,
    /// A line's packet was acknowledged before it was read (I20).
    early: AtomicBool,
    /// Packets that were handed to a reader.
    handed: Arc<AtomicU64>,
    /// The line, if it is one's.
    line: Weak<LineInner>,
}

impl Source {
    /// That of a line; counts packets that are handed to a reader in `handed`.
    pub(crate) fn of_line(line: Weak<LineInner>, handed: Arc<AtomicU64>) -> Self {
        Source { line, handed, ..Source::default() }
    }

    /// Whether a packet of it is unread in the port's list.
    pub(crate) fn queued(&self) -> bool {
        self.queued.load(Ordering::SeqCst) > 0
    }

    /// The packet was acknowledged unread: before it is read, the line must be
    /// [settled](LineInner::settle).
    pub(crate) fn acknowledged_early(&self) {
        self.early.store(true, Ordering::SeqCst);
    }

    /// The line, while its interrupt exists.
    pub(crate) fn line(&self) -> Option<Arc<LineInner>> {
        self.line.upgrade()
    }

    /// The line was settled.
    pub(crate) fn settled(&self) {
        self.early.store(false, Ordering::SeqCst);
    }
}

/// An entry of the interrupt list.
pub(crate) struct Entry {
    pub(crate) source: Arc<Source>,
    pub(crate) what: What,
}

/// What an entry is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// A packet: key, ns, and what a board knows of it.
    Interrupt { key: u64, timestamp: i64, detail: Option<Detail> },
    /// Lost edges.
    Gap(Gap),
}

impl What {
    fn event(self) -> Event {
        match self {
            What::Interrupt { key, timestamp, detail } => {
                let packet = Packet::interrupt(key, timestamp);
                match detail {
                    Some(detail) => Event::Interrupt { packet, detail },
                    None => Event::Packet(packet),
                }
            }
            What::Gap(gap) => Event::Gap(gap),
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

/// An entry of the regular list.
enum Regular {
    User(Packet),
    Signal(Arc<Observer>, Signals),
}

impl Regular {
    fn key(&self) -> u64 {
        match self {
            Regular::User(packet) => packet.key(),
            Regular::Signal(observer, _) => observer.key(),
        }
    }
}

/// A port's contents.
#[derive(Default)]
pub(crate) struct Queue {
    interrupts: VecDeque<Entry>,
    /// Packets of programs and of signals, in their order.
    regular: VecDeque<Regular>,
    /// How many of them are programs' (D3).
    user: usize,
    waiters: VecDeque<Arc<Waiter>>,
    pub(super) registry: Registry,
    /// The last handle is closed.
    closed: bool,
    /// Hardware queues that lines of this port report to.
    pub(crate) lanes: Vec<Arc<Lane>>,
}

impl Queue {
    /// Adds a user packet. SHOULD_WAIT (D4), BAD_HANDLE (H4), NO_MEMORY.
    pub(crate) fn push_user(&mut self, packet: &Packet) -> Result<(), Status> {
        if self.closed {
            return Err(Status::BAD_HANDLE);
        }
        if self.user > LIMIT {
            return Err(Status::SHOULD_WAIT);
        }
        // Beyond this packet's there is always a place for the packet of every registration.
        self.regular.try_reserve(self.registry.len() + 1).map_err(|_| Status::NO_MEMORY)?;
        self.user += 1;
        self.regular.push_back(Regular::User(packet.as_user()));
        Ok(())
    }

    /// Takes the oldest packet of a program or of signals.
    pub(crate) fn pop_regular(&mut self) -> Option<Packet> {
        Some(match self.regular.pop_front()? {
            Regular::User(packet) => {
                self.user -= 1;
                packet
            }
            Regular::Signal(observer, signals) => {
                observer.queued.store(false, Ordering::Relaxed);
                observer.packet(signals)
            }
        })
    }

    /// Adds a registration and reserves the place of its packet.
    pub(super) fn register(&mut self, observer: &Arc<Observer>) -> Result<(), Status> {
        if self.closed {
            return Err(Status::BAD_HANDLE);
        }
        self.regular.try_reserve(self.registry.len() + 1).map_err(|_| Status::NO_MEMORY)?;
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
        let fired = if observer.is_repeating() {
            if observer.queued.swap(true, Ordering::Relaxed) {
                self.coalesce(observer, signals);
                return (Fired::Stays, None);
            }
            Fired::Stays
        } else {
            self.registry.remove(observer);
            Fired::Once
        };
        self.regular.push_back(Regular::Signal(observer.clone(), signals));
        (fired, self.post())
    }

    /// Adds to a packet that is still queued (L9).
    fn coalesce(&mut self, observer: &Arc<Observer>, signals: Signals) {
        for entry in &mut self.regular {
            if let Regular::Signal(other, queued) = entry
                && Arc::ptr_eq(other, observer)
            {
                queued.count = queued.count.saturating_add(signals.count);
                return;
            }
        }
    }

    /// Removes registrations and packets of a handle and key.
    pub(super) fn cancel(&mut self, handle: u64, key: u64) -> Canceled {
        let observers = self.registry.take(key, |observer| observer.handle() == handle);
        let removed = self.remove_regular(|entry| match entry {
            Regular::User(_) => false,
            Regular::Signal(observer, _) => observer.handle() == handle && observer.key() == key,
        });
        Canceled { count: observers.len() + removed, observers }
    }

    /// Removes registrations and packets of a key.
    pub(super) fn cancel_key(&mut self, key: u64) -> Canceled {
        let observers = self.registry.take(key, |_| true);
        let removed = self.remove_regular(|entry| entry.key() == key);
        Canceled { count: observers.len() + removed, observers }
    }

    /// Closes the port.
    pub(super) fn close(&mut self) -> Canceled {
        self.closed = true;
        let observers = self.registry.take_all();
        let removed = self.remove_regular(|_| true);
        Canceled { count: observers.len() + removed, observers }
    }

    fn remove_regular(&mut self, matches: impl Fn(&Regular) -> bool) -> usize {
        let before = self.regular.len();
        self.regular.retain(|entry| {
            let keep = !matches(entry);
            match entry {
                Regular::User(_) if !keep => self.user -= 1,
                Regular::Signal(observer, _) if !keep => observer.queued.store(false, Ordering::Relaxed),
                _ => {}
            }
            keep
        });
        before - self.regular.len()
    }

    /// Adds an entry to the interrupt list.
    pub(crate) fn push_interrupt(&mut self, entry: Entry) {
        if matches!(entry.what, What::Interrupt { .. }) {
            entry.source.queued.fetch_add(1, Ordering::SeqCst);
        }
        self.interrupts.push_back(entry);
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
        if matches!(what, What::Interrupt { .. }) {
            source.queued.fetch_sub(1, Ordering::SeqCst);
            source.handed.fetch_add(1, Ordering::SeqCst);
        }
        Popped::Event(what.event())
    }

    /// Removes every entry of an interrupt: the oldest packet, and how many packets there were.
    pub(crate) fn remove(&mut self, source: &Arc<Source>) -> (Option<What>, u64) {
        let mut first = None;
        self.interrupts.retain(|entry| {
            let keep = !Arc::ptr_eq(&entry.source, source);
            if !keep && first.is_none() && matches!(entry.what, What::Interrupt { .. }) {
                first = Some(entry.what);
            }
            keep
        });
        source.early.store(false, Ordering::SeqCst);
        (first, source.queued.swap(0, Ordering::SeqCst))
    }

    /// Adds lost edges: to the gap that is the source's newest entry, or as a gap of their own. True
    /// when an entry was added.
    pub(crate) fn push_gap(&mut self, source: &Arc<Source>, gap: Gap) -> bool {
        let newest = self.interrupts.iter_mut().rev().find(|entry| Arc::ptr_eq(&entry.source, source));
        if let Some(Entry { what: What::Gap(open), .. }) = newest {
            open.count += gap.count;
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
            first_ticks: ticks,
            last_ticks: ticks,
            first_ns: timestamp,
            last_ns: timestamp,
        };
        self.push_gap(&entry.source, gap)
    }

    /// Entries in the interrupt list.
    pub(crate) fn interrupts(&self) -> usize {
        self.interrupts.len()
    }

    /// Nothing is queued here (hardware queues not asked).
    pub(crate) fn is_empty(&self) -> bool {
        self.interrupts.is_empty() && self.regular.is_empty()
    }

    /// A thread begins to sleep.
    pub(crate) fn enlist(&mut self, waiter: &Arc<Waiter>) {
        self.waiters.push_back(waiter.clone());
    }

    /// A thread does not sleep any more. Nothing when it was taken out by a wake.
    pub(crate) fn delist(&mut self, waiter: &Arc<Waiter>) {
        self.waiters.retain(|other| !Arc::ptr_eq(other, waiter));
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
        waiter.mark(Token::POSTED);
        Some(waiter)
    }

    /// Takes out every sleeping thread with this token, to be roused after the lock is released.
    #[must_use]
    pub(crate) fn post_all(&mut self, token: Token) -> Vec<Arc<Waiter>> {
        let waiters: Vec<_> = self.waiters.drain(..).collect();
        waiters.iter().for_each(|waiter| waiter.mark(token));
        waiters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(key: u64) -> Packet {
        Packet::user(key, 0, [0; 32])
    }

    #[test]
    fn one_more_user_packet_than_the_limit_fits() {
        let mut queue = Queue::default();
        for key in 0..=LIMIT as u64 {
            assert_eq!(queue.push_user(&packet(key)), Ok(()), "packet {key}");
        }
        assert_eq!(queue.push_user(&packet(0)), Err(Status::SHOULD_WAIT));
        assert_eq!(queue.pop_regular().map(|p| p.key()), Some(0));
        assert_eq!(queue.push_user(&packet(0)), Ok(()), "D7: space is free at once");
    }

    #[test]
    fn interrupts_do_not_count_towards_the_limit() {
        let mut queue = Queue::default();
        let source = Arc::new(Source::default());
        for _ in 0..3 {
            let what = What::Interrupt { key: 1, timestamp: 1, detail: None };
            queue.push_interrupt(Entry { source: source.clone(), what });
        }
        (0..=LIMIT).for_each(|_| queue.push_user(&packet(1)).unwrap());
        assert_eq!(source.queued.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn a_post_takes_the_longest_sleeper_that_does_not_lead() {
        struct Nowhere;
        impl crate::sync::Bed for Nowhere {
            fn kick(&self) {}
        }
        let [a, b, c]: [Arc<Waiter>; 3] = std::array::from_fn(|_| Arc::default());
        a.lead(Arc::new(Nowhere));
        let mut queue = Queue::default();
        for waiter in [&a, &b, &c] {
            queue.enlist(waiter);
        }
        for expected in [&b, &c, &a] {
            assert!(Arc::ptr_eq(&queue.post().unwrap(), expected));
        }
        assert!(queue.post().is_none());
    }
}
