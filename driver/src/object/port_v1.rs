//! Magenta's first generation of ports: packets of any size up to 128 bytes, and channels that are bound for good
//! (ports.md L1–L5).
//!
//! A packet is a header of 16 bytes, which are key, type and `extra`, and what its sender put behind. What a channel
//! reports is counted, not listed: each of its signals has one *node* in the queue with a count of packets, and
//! whoever takes one puts the node at the end of the queue while there are more (L5). So bound channels take turns,
//! and a channel that is flooded costs no memory here.
//!
//! There is no limit to packets of programs. Waiters are woken one per packet, the longest sleeper first.
//! Locks: a channel's before the port's.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use super::base::Base;
use super::observe::Observable;
use super::wait::sleep;
use super::{Dispatch, Signals, ThreadState};
use crate::sync::{Lock, Token, Waiter};
use crate::{Deadline, Status};

/// The most bytes of a packet, its header among them (MX_PORT_MAX_PKT_SIZE).
pub const MAX_PACKET_V1: usize = 128;
/// The bytes of a packet's header.
pub const HEADER_V1: usize = 16;

/// The type of a packet that a program queued (MX_PORT_PKT_TYPE_USER).
const TYPE_USER: u32 = 2;
/// The type of a packet that a bound channel queued (MX_PORT_PKT_TYPE_IOSN).
const TYPE_SIGNAL: u32 = 1;

/// Signals that a channel can be bound for.
const BOUND: [Signals; 2] = [Signals::READABLE, Signals::PEER_CLOSED];

/// One signal of one bound channel.
struct Node {
    key: u64,
    signal: Signals,
    /// Packets that are still to be taken. The node is in the queue when there are any; only changed under the port's
    /// lock.
    count: AtomicU64,
}

impl Node {
    /// Its packet (mx_io_packet_t): key, type, extra; time stamp and bytes, which Magenta's kernel leaves 0; the signal.
    fn packet(&self) -> Vec<u8> {
        let mut bytes = vec![0; 40];
        bytes[..8].copy_from_slice(&self.key.to_le_bytes());
        bytes[8..12].copy_from_slice(&TYPE_SIGNAL.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.signal.bits().to_le_bytes());
        bytes
    }
}

enum Entry {
    /// Of a program.
    Packet(Box<[u8]>),
    /// Of a channel.
    Signal(Arc<Node>),
}

#[derive(Default)]
struct State {
    /// The last handle is closed.
    closed: bool,
    entries: VecDeque<Entry>,
    /// Threads that sleep, the longest sleeper first.
    waiters: VecDeque<Arc<Waiter>>,
}

impl State {
    /// One packet has come: the thread to rouse for it when the lock is released.
    #[must_use]
    fn post(&mut self) -> Option<Arc<Waiter>> {
        let waiter = self.waiters.pop_front()?;
        waiter.mark(Token::POSTED);
        Some(waiter)
    }

    /// Takes the next packet, if there is one of no more than `room` bytes. INVALID_ARGS for a larger one, which stays.
    fn take(&mut self, room: usize) -> Option<Result<Vec<u8>, Status>> {
        match self.entries.pop_front()? {
            Entry::Packet(bytes) if bytes.len() <= room => Some(Ok(bytes.into_vec())),
            Entry::Signal(node) if node.packet().len() <= room => {
                let left = node.count.fetch_sub(1, Ordering::Relaxed) - 1;
                let packet = node.packet();
                if left > 0 {
                    self.entries.push_back(Entry::Signal(node));
                }
                Some(Ok(packet))
            }
            large => {
                self.entries.push_front(large);
                Some(Err(Status::INVALID_ARGS))
            }
        }
    }
}

fn rouse(waiter: Option<Arc<Waiter>>) {
    if let Some(waiter) = waiter {
        waiter.rouse();
    }
}

/// A port of the first generation, whatever handle it is reached by.
pub struct PortV1Object {
    base: Base,
    state: Lock<State>,
}

impl PortV1Object {
    pub(super) fn new() -> PortV1Object {
        PortV1Object { base: Base::new(), state: Lock::default() }
    }

    /// Queues a packet of a program and wakes one waiter. Its type becomes USER, all else is kept (L2). BUFFER_TOO_SMALL
    /// for more than [`MAX_PACKET_V1`] bytes, INVALID_ARGS for fewer than [`HEADER_V1`], UNAVAILABLE when the last
    /// handle is closed (H4).
    pub fn queue(&self, packet: &[u8]) -> Result<(), Status> {
        if packet.len() > MAX_PACKET_V1 {
            return Err(Status::BUFFER_TOO_SMALL);
        }
        let mut packet: Box<[u8]> = packet.into();
        packet.get_mut(8..HEADER_V1).ok_or(Status::INVALID_ARGS)?[..4]
            .copy_from_slice(&TYPE_USER.to_le_bytes());
        let woken = {
            let mut state = self.state.lock();
            if state.closed {
                return Err(Status::UNAVAILABLE);
            }
            state.entries.push_back(Entry::Packet(packet));
            state.post()
        };
        rouse(woken);
        Ok(())
    }

    /// Takes the next packet; sleeps until `deadline`, on CLOCK_MONOTONIC: TIMED_OUT. One that is there wins over a
    /// deadline that has passed. INVALID_ARGS when it has more than `room` bytes; it stays (L3).
    pub fn wait(&self, room: usize, deadline: Deadline) -> Result<Vec<u8>, Status> {
        self.wait_by(room, |waiter| sleep(waiter, deadline, ThreadState::BlockedPort))
    }

    /// As [`wait`](Self::wait), with what puts a thread to sleep until it is roused or the deadline has passed.
    fn wait_by(&self, room: usize, sleep: impl Fn(&Waiter)) -> Result<Vec<u8>, Status> {
        if let Some(taken) = self.take(room) {
            return taken;
        }
        Waiter::with(|waiter| {
            loop {
                let slept = self.enlist(waiter);
                if slept {
                    sleep(waiter);
                    self.state.lock().waiters.retain(|other| !Arc::ptr_eq(other, waiter));
                }
                let posted = waiter.take().has(Token::POSTED);
                match self.take(room) {
                    Some(taken) => return taken,
                    // Another thread was faster: sleeps on, with the same deadline.
                    None if posted || !slept => {}
                    None => return Err(Status::TIMED_OUT),
                }
            }
        })
    }

    /// The next packet, if there is one. When it stays because it is too large, another waiter learns of it.
    fn take(&self, room: usize) -> Option<Result<Vec<u8>, Status>> {
        let (taken, woken) = {
            let mut state = self.state.lock();
            let taken = state.take(room);
            let stays = matches!(taken, Some(Err(_)));
            (taken, if stays { state.post() } else { None })
        };
        rouse(woken);
        taken
    }

    /// A thread begins to sleep: false when there is a packet, so that it must not.
    fn enlist(&self, waiter: &Arc<Waiter>) -> bool {
        let mut state = self.state.lock();
        let sleeps = state.entries.is_empty();
        if sleeps {
            state.waiters.push_back(waiter.clone());
        }
        sleeps
    }

    /// A bound channel has one more packet. Nothing when the port is closed.
    fn signal(&self, node: &Arc<Node>) {
        let woken = {
            let mut state = self.state.lock();
            if state.closed {
                return;
            }
            if node.count.fetch_add(1, Ordering::Relaxed) == 0 {
                state.entries.push_back(Entry::Signal(node.clone()));
            }
            state.post()
        };
        rouse(woken);
    }
}

impl Dispatch for PortV1Object {
    fn base(&self) -> &Base {
        &self.base
    }

    /// A port cannot be waited for.
    fn observable(&self) -> Option<&Observable> {
        None
    }

    /// What is queued goes. Who sleeps in a wait sleeps on, as on Magenta.
    fn end(&self) {
        let entries = {
            let mut state = self.state.lock();
            state.closed = true;
            std::mem::take(&mut state.entries)
        };
        drop(entries);
    }
}

/// What binds a channel to a port, as long as the channel lives (L4).
pub(super) struct Binding {
    port: Weak<PortV1Object>,
    key: u64,
    signals: Signals,
    nodes: [OnceLock<Arc<Node>>; BOUND.len()],
}

impl Binding {
    /// INVALID_ARGS for other signals than READABLE and PEER_CLOSED.
    pub(super) fn new(port: &Arc<PortV1Object>, key: u64, signals: Signals) -> Result<Binding, Status> {
        if !(BOUND[0] | BOUND[1]).contains(signals) {
            return Err(Status::INVALID_ARGS);
        }
        Ok(Binding { port: Arc::downgrade(port), key, signals, nodes: Default::default() })
    }

    /// This signal of the channel's has come once more.
    pub(super) fn signal(&self, signal: Signals) {
        let Some(index) = BOUND.iter().position(|bound| *bound == signal && self.signals.intersects(signal))
        else {
            return;
        };
        let node = self.nodes[index]
            .get_or_init(|| Arc::new(Node { key: self.key, signal, count: AtomicU64::new(0) }));
        if let Some(port) = self.port.upgrade() {
            port.signal(node);
        }
    }
}

#[cfg(all(test, loom))]
#[path = "port_v1_models.rs"]
mod models;
#[cfg(test)]
#[path = "port_v1_tests.rs"]
mod tests;
