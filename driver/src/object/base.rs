//! What every object has: a koid and a count of its handles.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The first koid that is given out (ZX_KOID_FIRST).
const FIRST: u64 = 1024;

/// A number that no other object of this process has, or will have.
pub type Koid = u64;

/// The head of every object.
#[derive(Debug)]
pub(crate) struct Base {
    koid: Koid,
    handles: AtomicU32,
}

impl Base {
    pub(crate) fn new() -> Base {
        Base { koid: koids(1), handles: AtomicU32::new(0) }
    }

    /// Two, with neighbouring koids.
    pub(crate) fn pair() -> [Base; 2] {
        let first = koids(2);
        [first, first + 1].map(|koid| Base { koid, handles: AtomicU32::new(0) })
    }

    pub(crate) fn koid(&self) -> Koid {
        self.koid
    }

    /// Handles that are open.
    pub(crate) fn handles(&self) -> u32 {
        self.handles.load(Ordering::SeqCst)
    }

    /// One more handle.
    pub(crate) fn acquire(&self) {
        self.handles.fetch_add(1, Ordering::SeqCst);
    }

    /// One handle less; true when that was the last.
    pub(crate) fn release(&self) -> bool {
        self.handles.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

fn koids(count: u64) -> Koid {
    static NEXT: AtomicU64 = AtomicU64::new(FIRST);
    NEXT.fetch_add(count, Ordering::Relaxed)
}
