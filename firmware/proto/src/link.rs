//! A reliable line between two ends that are in a session: messages arrive once, and in order, whatever happens to bytes.
//!
//! It knows no clock and no line: `now` is in microseconds of any clock that does not go backwards, and frames are handed over
//! when there is room for one on the line.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::frame::{Damage, Frame, Received};
use crate::incoming::{Arrival, Incoming};
use crate::outgoing::Outgoing;

/// How long an acknowledge waits for a message that takes it along, in µs: a request is answered sooner.
pub(crate) const ACK_DELAY: u64 = 2_000;
/// It waits no longer when so many messages were taken.
const ACK_EVERY: u8 = 8;

/// What one end of a line has counted. Everything is modulo 2^32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCounts {
    /// Messages sent again.
    pub resent: u32,
    /// Frames that ended too early.
    pub cut: u32,
    /// Frames whose CRC was wrong, or too long, or of another session.
    pub garbled: u32,
    /// Messages that were missing when a later one came. All of them came in the end.
    pub lost: u32,
    /// Messages that came once more.
    pub doubled: u32,
    /// Frames that came whole and made no sense: the other end's programs are not what they say.
    pub strange: u32,
}

impl LinkCounts {
    pub(crate) fn count(&mut self, damage: Damage) {
        let count = match damage {
            Damage::Cut => &mut self.cut,
            Damage::Garbled => &mut self.garbled,
            Damage::Strange => &mut self.strange,
        };
        *count = count.wrapping_add(1);
    }
}

pub(crate) struct Link {
    outgoing: Outgoing,
    incoming: Incoming,
    /// What the other end was told last.
    told: Received,
    /// When it is to be told again.
    owed: Option<u64>,
    counts: LinkCounts,
}

impl Link {
    pub(crate) const fn new() -> Link {
        Link {
            outgoing: Outgoing::new(),
            incoming: Incoming::new(),
            told: Received { next: 0, arrived: 0 },
            owed: None,
            counts: LinkCounts { resent: 0, cut: 0, garbled: 0, lost: 0, doubled: 0, strange: 0 },
        }
    }

    pub(crate) fn counts(&self) -> LinkCounts {
        LinkCounts { resent: self.outgoing.resent, ..self.counts }
    }

    pub(crate) fn count(&mut self, damage: Damage) {
        self.counts.count(damage);
    }

    /// Whether the other end has everything that was sent.
    pub(crate) fn is_settled(&self) -> bool {
        self.outgoing.is_empty()
    }

    /// For how many messages there is room.
    pub(crate) fn room(&self) -> usize {
        self.outgoing.room()
    }

    /// Sends a message, later. False when there is no room.
    pub(crate) fn send<M: Serialize>(&mut self, message: &M) -> bool {
        self.outgoing.push(|bytes| postcard::to_slice(message, bytes).ok().map(|used| used.len()))
    }

    /// The next message of the other end.
    pub(crate) fn take<M: DeserializeOwned>(&mut self, now: u64) -> Option<M> {
        loop {
            let message = postcard::take_from_bytes::<M>(self.incoming.take()?);
            let message = message.ok().filter(|(_, rest)| rest.is_empty()).map(|(message, _)| message);
            let taken = self.incoming.received().next.wrapping_sub(self.told.next);
            self.owe(if taken >= ACK_EVERY { now } else { now.saturating_add(ACK_DELAY) });
            if message.is_some() {
                return message;
            }
            self.counts.count(Damage::Strange);
        }
    }

    fn owe(&mut self, when: u64) {
        self.owed = Some(self.owed.map_or(when, |owed| owed.min(when)));
    }

    /// What the other end has received.
    pub(crate) fn received(&mut self, received: Received, now: u64) {
        if !self.outgoing.received(received, now) {
            self.counts.count(Damage::Strange);
        }
    }

    /// A message came.
    pub(crate) fn arrive(&mut self, sequence: u8, message: &[u8], now: u64) {
        match self.incoming.arrive(sequence, message) {
            Arrival::New { skipped } => {
                self.counts.lost = self.counts.lost.wrapping_add(skipped.into());
                let hurry = self.incoming.has_hole();
                self.owe(if hurry { now } else { now.saturating_add(ACK_DELAY) });
            }
            // The other end does not know that it is here.
            Arrival::Doubled => {
                self.counts.doubled = self.counts.doubled.wrapping_add(1);
                self.owe(now);
            }
            Arrival::Strange => self.counts.count(Damage::Strange),
        }
    }

    /// The frame that is to be sent now, if there is one.
    pub(crate) fn frame(&mut self, now: u64) -> Option<Frame<'_>> {
        let received = self.incoming.received();
        let owed = self.owed.is_some_and(|owed| now >= owed);
        let due = self.outgoing.due(now);
        if due.is_none() && !owed {
            return None;
        }
        (self.told, self.owed) = (received, None);
        Some(match due {
            Some((sequence, message)) => Frame::Data { received, sequence, message },
            None => Frame::Received(received),
        })
    }

    /// The time from which [`frame`](Link::frame) has one, if nothing comes before.
    pub(crate) fn alarm(&self) -> Option<u64> {
        [self.owed, self.outgoing.alarm()].into_iter().flatten().min()
    }
}
