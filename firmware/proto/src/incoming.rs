//! The other end's messages until they are taken: each once, and in order.

use crate::frame::Received;
use crate::{MESSAGE, WINDOW};

/// What became of a message that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It is kept. So many before it were skipped: they are lost, for now.
    New { skipped: u8 },
    /// It was there before.
    Doubled,
    /// Its number is none that can come now, or it is longer than any.
    Strange,
}

pub(crate) struct Incoming {
    /// By sequence number, modulo their count: length and bytes.
    slots: [(u8, [u8; MESSAGE]); WINDOW],
    /// The first that was not taken, and what has arrived from there on.
    received: Received,
    /// Behind the furthest that has arrived.
    end: u8,
}

impl Incoming {
    pub(crate) const fn new() -> Incoming {
        Incoming { slots: [(0, [0; MESSAGE]); WINDOW], received: Received { next: 0, arrived: 0 }, end: 0 }
    }

    /// What the other end is told.
    pub(crate) fn received(&self) -> Received {
        self.received
    }

    /// Whether something is missing before what has arrived.
    pub(crate) fn has_hole(&self) -> bool {
        let arrived = self.received.arrived;
        arrived & arrived.wrapping_add(1) != 0
    }

    pub(crate) fn arrive(&mut self, sequence: u8, message: &[u8]) -> Arrival {
        let ahead = sequence.wrapping_sub(self.received.next);
        if usize::from(ahead) >= WINDOW {
            let behind = usize::from(self.received.next.wrapping_sub(sequence));
            return if behind <= WINDOW { Arrival::Doubled } else { Arrival::Strange };
        }
        if self.received.arrived >> ahead & 1 != 0 {
            return Arrival::Doubled;
        }
        let (length, bytes) = &mut self.slots[usize::from(sequence) % WINDOW];
        let Some(place) = bytes.get_mut(..message.len()) else { return Arrival::Strange };
        place.copy_from_slice(message);
        *length = message.len() as u8;
        self.received.arrived |= 1 << ahead;
        // Beyond the end, or filling a hole before it.
        let beyond = usize::from(sequence.wrapping_sub(self.end));
        if beyond >= WINDOW {
            return Arrival::New { skipped: 0 };
        }
        self.end = sequence.wrapping_add(1);
        Arrival::New { skipped: beyond as u8 }
    }

    /// The next message in order, once.
    pub(crate) fn take(&mut self) -> Option<&[u8]> {
        if self.received.arrived & 1 == 0 {
            return None;
        }
        let (length, bytes) = &self.slots[usize::from(self.received.next) % WINDOW];
        self.received.next = self.received.next.wrapping_add(1);
        self.received.arrived >>= 1;
        Some(&bytes[..usize::from(*length)])
    }
}
