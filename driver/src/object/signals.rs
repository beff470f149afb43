//! Signals: the bits of an object that can be waited for (ports.md A5).

use std::fmt;

/// A set of signals.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Signals(u32);

impl Signals {
    /// None.
    pub const NONE: Signals = Signals(0);
    /// Channel: a message is there.
    pub const READABLE: Signals = Signals(1 << 0);
    /// Channel: the peer is open.
    pub const WRITABLE: Signals = Signals(1 << 1);
    /// Channel and event pair: the peer is closed.
    pub const PEER_CLOSED: Signals = Signals(1 << 2);
    /// Event, event pair and timer: set; task: terminated.
    pub const SIGNALED: Signals = Signals(1 << 3);
    /// Virtual interrupt: not triggered (ZX_VIRTUAL_INTERRUPT_UNTRIGGERED).
    pub const UNTRIGGERED: Signals = Signals(1 << 4);
    /// Thread: runs.
    pub const THREAD_RUNNING: Signals = Signals(1 << 4);
    /// Job: has no jobs.
    pub const NO_JOBS: Signals = Signals(1 << 4);
    /// Job: has no processes.
    pub const NO_PROCESSES: Signals = Signals(1 << 5);
    /// In what a canceled wait saw: the handle that it was made through is closed.
    pub const HANDLE_CLOSED: Signals = Signals(1 << 23);
    /// Those that programs use as they like.
    pub const USER_ALL: Signals = Signals(0xff00_0000);
    /// Every bit.
    pub const ALL: Signals = Signals(u32::MAX);

    /// User signal `n`, 0 to 7.
    ///
    /// # Panics
    ///
    /// When `n` is greater.
    pub const fn user(n: u32) -> Signals {
        assert!(n < 8, "there are eight user signals");
        Signals(1 << (24 + n))
    }

    /// The signals with these bits.
    pub const fn from_bits(bits: u32) -> Signals {
        Signals(bits)
    }

    /// The bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether any of `other` is there.
    pub const fn intersects(self, other: Signals) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all of `other` are there.
    pub const fn contains(self, other: Signals) -> bool {
        self.0 & other.0 == other.0
    }

    /// Without those of `other`.
    pub const fn without(self, other: Signals) -> Signals {
        Signals(self.0 & !other.0)
    }
}

impl std::ops::BitOr for Signals {
    type Output = Signals;
    fn bitor(self, other: Signals) -> Signals {
        Signals(self.0 | other.0)
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signals({:#x})", self.0)
    }
}
