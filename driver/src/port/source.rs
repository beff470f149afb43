//! What an interrupt leaves in a port's list, and the part of the interrupt that the port touches.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use crate::Packet;
use crate::event::{Detail, Event, Gap};
use crate::interrupt::line::LineInner;

/// The part of an interrupt that its port touches when one of its packets is read.
#[derive(Default)]
pub(crate) struct Source {
    /// Its unread packets in the port's list; only changed under the port's lock.
    pub(super) queued: AtomicU64,
    /// A line's packet was acknowledged before it was read (I20).
    pub(super) early: AtomicBool,
    /// Packets that were handed to a reader.
    pub(super) handed: Arc<AtomicU64>,
    /// The line, if it is one's.
    line: Weak<LineInner>,
}

impl Source {
    /// That of a line; counts packets that are handed to a reader in `handed`.
    pub(crate) fn of_line(line: Weak<LineInner>, handed: Arc<AtomicU64>) -> Self {
        Source { line, handed, ..Source::default() }
    }

    /// Its unread packets in the port's list.
    pub(crate) fn unread(&self) -> u64 {
        self.queued.load(Ordering::SeqCst)
    }

    /// Whether a packet of it is unread in the port's list.
    pub(crate) fn queued(&self) -> bool {
        self.unread() > 0
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
    pub(super) fn event(self) -> Event {
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
