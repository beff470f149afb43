//! What a case about interrupts is about: a virtual interrupt, or a line of a simulated board.

use crate::Zx;
use crate::abi::*;

/// Ticks after which an edge is where a look at its port finds it, on any board.
pub const SETTLED: u64 = 200;
/// Lines of the board; each interrupt takes the next.
const LINES: u32 = 32;

/// Which kind.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Virtual.
    Virtual,
    /// Of a board.
    Line {
        /// The board.
        resource: u32,
    },
}

/// An interrupt, and how it is triggered.
#[derive(Clone, Copy)]
pub struct Subject {
    z: Zx,
    /// Its handle.
    pub handle: u32,
    kind: Kind,
    line: u32,
}

/// When it was triggered, in ns: from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When(i64, i64);

impl When {
    /// Whether a packet's or a wait's time stamp is of this trigger.
    pub fn is(self, timestamp: i64) -> bool {
        self.0 <= timestamp && timestamp <= self.1
    }
}

impl Subject {
    /// A new one.
    pub fn new(z: Zx, kind: Kind) -> Subject {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let line = NEXT.fetch_add(1, Ordering::Relaxed) % LINES;
        let handle = match kind {
            Kind::Virtual => z.interrupt_create(0, 0, VIRTUAL),
            Kind::Line { resource } => z.interrupt_create(resource, line, 4),
        };
        Subject { z, handle: handle.expect("an interrupt"), kind, line }
    }

    /// Whether it is virtual.
    pub fn is_virtual(&self) -> bool {
        matches!(self.kind, Kind::Virtual)
    }

    /// The same interrupt by another handle.
    pub fn by(self, handle: u32) -> Subject {
        Subject { handle, ..self }
    }

    /// Binds it. What it has for the port is there then.
    pub fn bind(&self, port: u32, key: u64) {
        assert_eq!(self.z.interrupt_bind(self.handle, port, key, BIND), Ok(()), "bind");
        self.settle();
    }

    /// Unbinds it.
    pub fn unbind(&self, port: u32) {
        assert_eq!(self.z.interrupt_bind(self.handle, port, 0, UNBIND), Ok(()), "unbind");
    }

    /// Acknowledges it. What it has for the port is there then.
    pub fn ack(&self) {
        assert_eq!(self.z.interrupt_ack(self.handle), Ok(()), "ack");
        self.settle();
    }

    /// Lets a line's packet, if there is one, come to where a look at the port finds it.
    fn settle(&self) {
        if let Kind::Line { resource } = self.kind {
            self.z.settle(resource, SETTLED);
        }
    }

    /// Triggers it.
    pub fn fire(&self) -> When {
        match self.kind {
            Kind::Virtual => {
                let now = self.z.now();
                assert_eq!(self.z.interrupt_trigger(self.handle, 0, now), Ok(()), "trigger");
                When(now, now)
            }
            Kind::Line { resource } => {
                let slack = self.z.clock_slack(resource);
                let before = self.z.board_time(resource);
                assert_eq!(self.z.board_fire(resource, self.line), Ok(()), "fire");
                self.settle();
                When(before - slack, self.z.board_time(resource) + slack)
            }
        }
    }

    /// Triggers it if it exists: after it was destroyed.
    pub fn fire_destroyed(&self) {
        match self.kind {
            Kind::Virtual => {
                assert_eq!(self.z.interrupt_trigger(self.handle, 0, 1), Err(CANCELED), "trigger");
            }
            // Edges of a line without an interrupt go nowhere.
            Kind::Line { resource } => {
                self.z.board_fire(resource, self.line).expect("the line is there");
                self.settle();
            }
        }
    }

    /// The next packet is of this trigger, under this key.
    pub fn expect(&self, port: u32, key: u64, when: When) {
        let packet = self.z.poll(port).expect("a packet");
        assert_eq!((packet.key, packet.kind, packet.status), (key, PKT_INTERRUPT, 0));
        assert!(when.is(packet.interrupt_time()), "{when:?}, not {}", packet.interrupt_time());
    }

    /// Closes its handle.
    pub fn close(self) {
        self.z.close(self.handle).expect("a live handle");
    }
}
