//! The port: packets of programs and interrupts go in, one wait call takes them out.
//!
//! The rules are those of ports.md sections D, E, G4 and G6. Waiters are woken one per packet (E7), the
//! longest sleeper first; Linux does not tell a library the priority of a sleeping thread, so within
//! that there is no order by priority, and a thread that arrives just then may take the packet first
//! (the woken one then sleeps on, with its old deadline: E8). A packet posted by software wakes the
//! leader of a vector only when nobody else sleeps.

mod next;
mod observer;
mod patience;
mod pollable;
mod posted;
mod queue;
mod registry;
mod source;
mod standby;
mod wait;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use next::Next;
pub(crate) use observer::{Fired, Observer, Registration, SignalSource};
use patience::Patience;
pub use pollable::Pollable;
pub(crate) use posted::{Taken, Turn};
use queue::{Contents, Queue};
pub(crate) use source::{Entry, Source, What};
pub(crate) use wait::Limit;

use crate::board::{BoardInner, Lane};
use crate::event::{Detail, Event, Gap};
use crate::sync::{Token, Waiter};
use crate::{Deadline, Packet, Status};

/// How a port is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortOptions {
    /// Interrupts may be bound to it (ZX_PORT_BIND_TO_INTERRUPT).
    pub bind_to_interrupt: bool,
    /// [`Port::wait_event`] tells of lost edges as [`Event::Gap`].
    pub gaps: bool,
}

/// A port. Clones are the same port; when the last one is gone, what programs have queued goes with it
/// (H1), and interrupts that are still bound go on in vain (H3).
///
/// ```
/// use portolan::{Deadline, Packet, Port, PortOptions, Status};
///
/// let port = Port::new(PortOptions::default());
/// port.queue(&Packet::user(7, 0, [1; 32]))?;
/// assert_eq!(port.wait(Deadline::INFINITE)?.key(), 7);
/// assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
/// # Ok::<(), Status>(())
/// ```
#[derive(Clone)]
pub struct Port {
    pub(crate) inner: Arc<PortInner>,
    /// Closes the port when the last clone is gone.
    _life: Arc<Life>,
}

struct Life(Arc<PortInner>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[repr(C)]
pub(crate) struct PortInner {
    contents: Contents,
    pub(crate) options: PortOptions,
    patience: Patience,
}

impl Port {
    /// A new port.
    pub fn new(options: PortOptions) -> Port {
        let inner =
            Arc::new(PortInner { contents: Contents::default(), options, patience: Patience::default() });
        Port { _life: Arc::new(Life(inner.clone())), inner }
    }

    /// How the port was made.
    pub fn options(&self) -> PortOptions {
        self.inner.options
    }

    /// Queues a user packet and wakes one waiter. Key, status and payload are kept; the type becomes
    /// USER (D2). SHOULD_WAIT when the port holds 4097 user packets (D4).
    #[inline]
    pub fn queue(&self, packet: &Packet) -> Result<(), Status> {
        self.inner.queue(packet)
    }

    /// Takes the next packet: interrupts first, on a port that they can be bound to, then all others
    /// in their order. Sleeps until `deadline`: TIMED_OUT when there is none by then. A packet that is
    /// there wins over a deadline that has passed. IO, once, when a board of this port dies meanwhile, or has
    /// died while nobody waited.
    #[inline]
    pub fn wait(&self, deadline: Deadline) -> Result<Packet, Status> {
        let ready = self.inner.contents.lock().pop_ready();
        match ready {
            Some(packet) => Ok(packet),
            None => self.inner.wait_packet(Limit::Own(deadline)),
        }
    }

    /// Waits for the first packet, then takes as many as there are, `packets.len()` at most; how many
    /// that is. INVALID_ARGS for an empty slice.
    pub fn wait_batch(&self, packets: &mut [Packet], deadline: Deadline) -> Result<usize, Status> {
        if packets.is_empty() {
            return Err(Status::INVALID_ARGS);
        }
        self.inner.wait(Limit::Own(deadline), |port| {
            let mut count = 0;
            while count < packets.len() {
                match port.next_packet() {
                    Ok(Some(packet)) => packets[count] = packet,
                    Ok(None) => break,
                    // What was taken is handed over; the next call meets the error again or goes on.
                    Err(_) if count > 0 => break,
                    Err(status) => return Err(status),
                }
                count += 1;
            }
            Ok((count > 0).then_some(count))
        })
    }

    /// Takes the next packet if there is one: TIMED_OUT otherwise.
    pub fn try_wait(&self) -> Result<Packet, Status> {
        self.wait(Deadline::PAST)
    }

    /// As [`wait`](Self::wait), with what Portolan knows beyond the packet.
    pub fn wait_event(&self, deadline: Deadline) -> Result<Event, Status> {
        self.inner.wait(Limit::Own(deadline), |port| port.next_event())
    }

    /// As [`wait_batch`](Self::wait_batch) for events: appends up to `max` of them to `events`; how many.
    /// INVALID_ARGS when `max` is 0.
    pub fn wait_events(
        &self,
        events: &mut Vec<Event>,
        max: usize,
        deadline: Deadline,
    ) -> Result<usize, Status> {
        if max == 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.inner.wait(Limit::Own(deadline), |port| {
            let mut count = 0;
            while count < max {
                match port.next_event() {
                    Ok(Some(event)) => events.push(event),
                    Ok(None) => break,
                    Err(_) if count > 0 => break,
                    Err(status) => return Err(status),
                }
                count += 1;
            }
            Ok((count > 0).then_some(count))
        })
    }

    /// Removes every registration and every packet with this key, never an interrupt's (G4, G6): NOT_FOUND
    /// when there is none. What other bus masters have posted to a window of the port is taken off the board for this.
    pub fn cancel_key(&self, key: u64) -> Result<(), Status> {
        self.inner.cancel_key(key)
    }

    /// The last handle was closed while clones may still sleep in a wait, which are not woken (H1, H2): see
    /// [`PortInner::close`]. Rust's own callers never need it: dropping the last clone closes.
    pub(crate) fn close(&self) {
        self.inner.close();
    }

    /// Threads that sleep in a wait of this port.
    pub fn waiters(&self) -> usize {
        self.inner.locked(|queue| queue.waiters())
    }

    /// The time, in ns, by which deadlines of a wait that begins now are measured: that of a simulated
    /// board if all lines bound here, and all windows, are of that one board, CLOCK_MONOTONIC otherwise. A wait keeps the
    /// clock that it began with.
    pub fn now(&self) -> i64 {
        self.inner.clock().now()
    }

    /// The deadline so long from [`now`](Self::now).
    pub fn deadline_after(&self, time: Duration) -> Deadline {
        Deadline::from_nanos(self.now()).plus(time)
    }
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Port({:?} at {:p})", self.inner.options, Arc::as_ptr(&self.inner))
    }
}

/// Rouses a waiter that was marked under the queue's lock, which is released now.
fn rouse(waiter: Option<Arc<Waiter>>) {
    if let Some(waiter) = waiter {
        waiter.rouse();
    }
}

impl PortInner {
    /// Queues a user packet and wakes one waiter. SHOULD_WAIT (D4), BAD_HANDLE when closed (D6).
    #[inline]
    pub(crate) fn queue(&self, packet: &Packet) -> Result<(), Status> {
        if self.contents.push(packet.as_user())? {
            self.post();
        }
        Ok(())
    }

    /// Wakes one waiter, if one sleeps.
    #[cold]
    fn post(&self) {
        let woken = self.contents.lock().post();
        rouse(woken);
    }

    /// Queues an interrupt's packet. Wakes a waiter, unless the packet was pulled off a board for a
    /// reader of this port. False when more than `room` entries are there: then the packet is lost,
    /// and told by a gap.
    pub(crate) fn push_interrupt(&self, entry: Entry, room: usize, reader: Option<&Arc<PortInner>>) -> bool {
        let for_reader = self.is(reader);
        let (fits, woken) = {
            let mut queue = self.contents.lock();
            if for_reader || queue.interrupts() < room {
                queue.push_interrupt(entry);
                (true, if for_reader { None } else { queue.post() })
            } else {
                let added = self.options.gaps && queue.lose(&entry);
                (false, if added { queue.post() } else { None })
            }
        };
        rouse(woken);
        fits
    }

    /// Tells of lost edges, if the port was made to hear of them.
    pub(crate) fn push_gap(&self, source: &Arc<Source>, gap: Gap, reader: Option<&Arc<PortInner>>) {
        if !self.options.gaps {
            return;
        }
        let woken = {
            let mut queue = self.contents.lock();
            if queue.push_gap(source, gap) && !self.is(reader) { queue.post() } else { None }
        };
        rouse(woken);
    }

    fn is(&self, reader: Option<&Arc<PortInner>>) -> bool {
        reader.is_some_and(|reader| std::ptr::eq(Arc::as_ptr(reader), self))
    }

    /// Removes an interrupt's packets: time stamp and detail of the oldest, and how many there were.
    pub(crate) fn remove(&self, source: &Arc<Source>) -> (Option<Removed>, u64) {
        let (first, count) = self.contents.lock().remove_interrupt(source);
        let first = first.and_then(|what| match what {
            What::Interrupt { timestamp, detail, .. } => Some((timestamp, detail)),
            What::Gap(_) => None,
        });
        (first, count)
    }

    /// Runs `body` while no packet of the port can come or go.
    pub(crate) fn locked<R>(&self, body: impl FnOnce(&mut Queue<'_>) -> R) -> R {
        body(&mut self.contents.lock())
    }

    /// So many packets have come in on the board: wakes as many waiters. False when there is none, and was none.
    pub(crate) fn wake(&self, packets: usize) -> bool {
        for woken in 0..packets {
            let waiter = self.contents.lock().post();
            match waiter {
                Some(waiter) => waiter.rouse(),
                None => return woken > 0,
            }
        }
        packets > 0 || self.contents.lock().waiters() > 0
    }

    /// The port has its first line on a board. Its sleepers must learn of it: one of them has to lead.
    pub(crate) fn attach(&self, lane: Arc<Lane>) {
        self.locked(|queue| queue.add_lane(lane));
        self.wake_all(Token::RETRY);
    }

    /// The port has no more lines on that board.
    pub(crate) fn detach(&self, board: &Arc<BoardInner>) {
        self.locked(|queue| queue.retain_lanes(|lane| !Arc::ptr_eq(&lane.board, board)));
        self.wake_all(Token::RETRY);
    }

    /// A board of the port died.
    pub(crate) fn bereave(&self, board: &BoardInner) {
        let told = self.locked(|queue| queue.bereave(|lane| !std::ptr::eq(Arc::as_ptr(&lane.board), board)));
        told.iter().for_each(|waiter| waiter.rouse());
    }

    fn wake_all(&self, token: Token) {
        let woken = self.locked(|queue| queue.post_all(token));
        woken.iter().for_each(|waiter| waiter.rouse());
    }
}

/// Time stamp and detail of a packet taken out of a port.
pub(crate) type Removed = (i64, Option<Detail>);

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod observer_tests;
#[cfg(all(test, not(loom)))]
mod stress_tests;
#[cfg(all(test, not(loom)))]
mod tests;
