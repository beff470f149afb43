//! One end's messages until the other end has them.
//!
//! Promises
//! - A message is kept until the other end says that it arrived, and is sent again until then.
//! - A lost one is known by what was sent behind it and arrived: a serial line does not reorder. Only the last ones need a timer.
//! - At most [`WINDOW`] are under way; the other end never gets one that it has no room for.

use crate::frame::Received;
use crate::pace::Pace;
use crate::{MESSAGE, WINDOW};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be sent, for the first time or again.
    Waiting,
    /// On its way: the transmission of this number, begun then (µs).
    Sent { order: u32, at: u64 },
    /// The other end has it.
    Arrived,
}

#[derive(Clone, Copy)]
struct Slot {
    state: State,
    /// How often it was sent. More than once, its time to the acknowledge says nothing (Karn and Partridge, 1987).
    sends: u8,
    length: u8,
    bytes: [u8; MESSAGE],
}

/// The later of two transmissions, which are far less than 2^31 apart.
fn later(one: u32, other: u32) -> u32 {
    if one.wrapping_sub(other) < 1 << 31 { one } else { other }
}

pub(crate) struct Outgoing {
    /// By sequence number, modulo their count.
    slots: [Slot; WINDOW],
    /// The oldest that is kept.
    first: u8,
    /// The number of the next message.
    next: u8,
    /// Transmissions so far.
    order: u32,
    pace: Pace,
    /// Messages that were sent again.
    pub(crate) resent: u32,
}

impl Outgoing {
    pub(crate) const fn new() -> Outgoing {
        let slot = Slot { state: State::Arrived, sends: 0, length: 0, bytes: [0; MESSAGE] };
        Outgoing { slots: [slot; WINDOW], first: 0, next: 0, order: 0, pace: Pace::new(), resent: 0 }
    }

    fn kept(&self) -> usize {
        usize::from(self.next.wrapping_sub(self.first))
    }

    fn slot(&mut self, sequence: u8) -> &mut Slot {
        &mut self.slots[usize::from(sequence) % WINDOW]
    }

    /// For how many messages there is room.
    pub(crate) fn room(&self) -> usize {
        WINDOW - self.kept()
    }

    /// Whether the other end has everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.first == self.next
    }

    /// Adds the message that `write` puts into a buffer, giving its length. False when there is no room, or it is too long.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut [u8; MESSAGE]) -> Option<usize>) -> bool {
        if self.room() == 0 {
            return false;
        }
        let slot = self.slot(self.next);
        let Some(length) = write(&mut slot.bytes) else { return false };
        (slot.state, slot.sends, slot.length) = (State::Waiting, 0, length as u8);
        self.next = self.next.wrapping_add(1);
        true
    }

    /// What the other end has. False when that cannot be.
    pub(crate) fn received(&mut self, received: Received, now: u64) -> bool {
        let passed = usize::from(received.next.wrapping_sub(self.first));
        if passed > self.kept() {
            // One from before, whose frame came doubled, or nonsense.
            return usize::from(self.first.wrapping_sub(received.next)) <= WINDOW;
        }
        let left = self.kept() - passed;
        if left < WINDOW && received.arrived >> left != 0 {
            return false;
        }
        // The last transmission that is known to have arrived: whatever was sent before it and is not here is lost.
        let mut newest = None;
        for n in 0..self.kept() {
            let arrived = n < passed || received.arrived >> (n - passed) & 1 != 0;
            let slot = self.slot(self.first.wrapping_add(n as u8));
            let (state, sends) = (slot.state, slot.sends);
            if !arrived || state == State::Arrived {
                continue;
            }
            slot.state = State::Arrived;
            if let State::Sent { order, at } = state {
                newest = Some(newest.map_or(order, |newest| later(newest, order)));
                if sends == 1 {
                    self.pace.measured(now.saturating_sub(at));
                }
            }
            self.pace.progress(now);
        }
        self.first = received.next;
        if let Some(newest) = newest {
            for n in 0..self.kept() {
                let slot = self.slot(self.first.wrapping_add(n as u8));
                if matches!(slot.state, State::Sent { order, .. } if order != later(order, newest)) {
                    slot.state = State::Waiting;
                }
            }
        }
        true
    }

    /// The oldest message that was sent and has not arrived, and when it was sent. When all have arrived and some were not
    /// taken, the oldest of these: it is sent again to ask whether that is still so. None while one waits to be sent.
    fn timed(&self) -> Option<(u8, u64)> {
        let mut oldest = None;
        for n in 0..self.kept() {
            let sequence = self.first.wrapping_add(n as u8);
            match self.slots[usize::from(sequence) % WINDOW].state {
                State::Waiting => return None,
                State::Sent { at, .. } => oldest = oldest.or(Some((sequence, at))),
                State::Arrived => {}
            }
        }
        oldest.or_else(|| (!self.is_empty()).then_some((self.first, self.pace.last_progress())))
    }

    /// When [`due`](Outgoing::due) has one by the passing of time alone.
    pub(crate) fn alarm(&self) -> Option<u64> {
        let waiting = (0..self.kept())
            .any(|n| self.slots[(usize::from(self.first) + n) % WINDOW].state == State::Waiting);
        if waiting { Some(0) } else { self.timed().map(|(_, at)| at + self.pace.patience()) }
    }

    /// The message to be sent now, with its number.
    pub(crate) fn due(&mut self, now: u64) -> Option<(u8, &[u8])> {
        if let Some((sequence, at)) = self.timed()
            && now >= at + self.pace.patience()
        {
            self.pace.silence(now);
            self.slot(sequence).state = State::Waiting;
        }
        let waiting =
            |n: &u8| self.slots[usize::from(self.first.wrapping_add(*n)) % WINDOW].state == State::Waiting;
        let sequence = self.first.wrapping_add((0..self.kept() as u8).find(waiting)?);
        self.order = self.order.wrapping_add(1);
        let order = self.order;
        let slot = self.slot(sequence);
        slot.state = State::Sent { order, at: now };
        slot.sends = slot.sends.saturating_add(1);
        if slot.sends > 1 {
            self.resent = self.resent.wrapping_add(1);
        }
        let slot = &self.slots[usize::from(sequence) % WINDOW];
        Some((sequence, &slot.bytes[..usize::from(slot.length)]))
    }
}
