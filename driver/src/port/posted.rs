//! Packets that other bus masters have posted, beside those of programs and signals: whose turn it is.
//!
//! Posted packets wait in the hardware, so they have no place in the port's queue. A reader who finds some *accepts* all
//! that are there, at the end of the queue, by remembering that place and how many they are: a *run*. What was queued
//! before leaves before them, what is queued from then on behind them, and those that are posted meanwhile are the next
//! run. So neither a program nor a bus master that never stops keeps the other one's packets from leaving.
//!
//! Only a cancel takes posted packets into the port's own hands, because it looks for one among them. They are *held*
//! here then, and leave before those that are still in the hardware.

use std::collections::VecDeque;

use super::queue::{Queue, Sizes};
use super::{PortInner, rouse};
use crate::board::Lane;
use crate::sync::Shape;
use crate::{Packet, Status};

/// What a port knows of posted packets.
#[derive(Default)]
pub(super) struct Posted {
    /// The run: how many of it are left, those that are held included.
    count: usize,
    /// The position of the ring that the run leaves before.
    before: u64,
    /// Signals that leave before the run.
    signals: usize,
    held: VecDeque<Packet>,
    /// So many were taken: boards take turns.
    taken: usize,
}

/// What a reader found who looked for a posted packet.
pub(crate) enum Taken {
    /// This, or what was queued before it.
    Packet(Packet),
    /// An interrupt has come meanwhile.
    Overtaken,
    /// No posted packet.
    Nothing,
}

/// Whose turn it is, of a port for which posted packets wait.
pub(crate) enum Turn {
    /// That of the oldest posted packet.
    Post,
    /// That of this one, which was taken.
    Packet(Packet),
    /// That of an interrupt.
    Interrupt,
    /// Nobody's: the port is closed.
    Closed,
}

impl Posted {
    /// Nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// How many signals leave before the run.
    pub(super) fn signals(&self) -> usize {
        self.signals
    }

    /// So many of these have left, or were canceled.
    pub(super) fn forget_signals(&mut self, signals: usize) {
        self.signals = self.signals.saturating_sub(signals);
    }

    /// What was just before a position of the ring is just before another one now.
    pub(super) fn moved(&mut self, from: u64, to: u64) {
        if self.before == from {
            self.before = to;
        }
    }

    /// A board has left the port, and with it what was accepted there.
    pub(super) fn lanes_changed(&mut self) {
        self.count = self.held.len();
    }
}

impl Queue<'_> {
    /// Accepts so many, if the last run is over.
    fn accept(&mut self, packets: usize) {
        if self.posted.count == 0 {
            (self.posted.before, self.posted.signals) = (self.tail(), self.signals());
            self.posted.count = packets;
        }
    }

    /// Nothing is before the run any more.
    fn is_run_due(&self) -> bool {
        self.posted.count > 0 && self.posted.signals == 0 && self.posted.before <= self.head()
    }

    /// Whose turn it is, while so many wait in the hardware.
    pub(crate) fn turn(&mut self, waiting: u32) -> Turn {
        if self.closed {
            return Turn::Closed;
        }
        if self.interrupts() > 0 {
            return Turn::Interrupt;
        }
        self.accept(waiting as usize);
        // What is not due has something before it.
        if let Some(packet) = self.pop_held() {
            Turn::Packet(packet)
        } else if self.is_run_due() {
            self.posted.count -= 1;
            self.posted.taken = self.posted.taken.wrapping_add(1);
            Turn::Post
        } else {
            self.pop_regular().map_or(Turn::Post, Turn::Packet)
        }
    }

    /// Takes the oldest one that is held, if it is due.
    #[inline]
    pub(super) fn pop_held(&mut self) -> Option<Packet> {
        if self.posted.held.is_empty() || !self.is_run_due() {
            return None;
        }
        let packet = self.posted.held.pop_front();
        self.posted.count -= 1;
        self.settle();
        packet
    }

    /// Removes those that are held and of which `matches` holds: how many.
    pub(super) fn remove_held(&mut self, matches: impl Fn(&Packet) -> bool) -> usize {
        let before = self.posted.held.len();
        self.posted.held.retain(|packet| !matches(packet));
        let gone = before - self.posted.held.len();
        self.posted.count = self.posted.count.saturating_sub(gone);
        self.settle();
        gone
    }
}

impl PortInner {
    /// The next packet, if posted packets wait on one of these: see [`Lane::take_post`]. Boards take turns.
    pub(super) fn take_post(&self, lanes: &[std::sync::Arc<Lane>], tired: bool) -> Result<Taken, Status> {
        let first = match lanes {
            [] | [_] => 0,
            lanes => self.locked(|queue| queue.posted.taken) % lanes.len(),
        };
        for lane in lanes[first..].iter().chain(&lanes[..first]) {
            match lane.board.outcome(lane.take_post(self, tired))? {
                Taken::Nothing => {}
                found => return Ok(found),
            }
        }
        Ok(Taken::Nothing)
    }

    /// Takes posted packets into the port's own hands, as many as it may hold.
    pub(super) fn hold_posts(&self) {
        let lanes = self.locked(|queue| queue.lanes());
        let Some(lanes) = lanes.as_deref() else { return };
        for lane in lanes {
            // A board that is dead has nothing more to be held.
            let _ = lane.board.outcome(lane.hold_posts(self));
        }
        // Nothing of the run is left in the hardware, or else it is the next one.
        self.locked(|queue| queue.posted.count = queue.posted.held.len());
    }

    /// The port was closed: what was posted goes too, and is counted.
    pub(super) fn discard_posts(&self) {
        let (lanes, mut held) = self.locked(|queue| {
            let held = queue.remove_held(|_| true) as u64;
            (queue.lanes(), held)
        });
        for lane in lanes.as_deref().unwrap_or_default() {
            // A board that is dead has nothing more to count.
            let _ = lane.board.outcome(lane.discard_posts(std::mem::take(&mut held)));
        }
    }

    /// Whether one more can be held.
    pub(crate) fn can_hold(&self) -> bool {
        self.locked(|queue| queue.posted.held.len() as u64 <= Sizes::LIMIT)
    }

    /// Holds a posted packet. Wakes a waiter: its doorbell may not have told of it, and will not now. If it has, one too
    /// many looks, and sleeps on.
    pub(crate) fn hold(&self, packet: Packet) {
        let woken = self.locked(|queue| {
            queue.accept(1);
            queue.posted.held.push_back(packet);
            queue.posted.count = queue.posted.count.max(queue.posted.held.len());
            queue.settle();
            queue.post()
        });
        rouse(woken);
    }

    /// Whether the last handle is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.locked(|queue| queue.closed)
    }
}

#[cfg(all(test, not(loom)))]
#[path = "posted_tests.rs"]
mod tests;
