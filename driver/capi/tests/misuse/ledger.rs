//! Counts what is allocated, to tell whether a run leaves something behind.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};

struct Counting;

static PIECES: AtomicIsize = AtomicIsize::new(0);
static BYTES: AtomicIsize = AtomicIsize::new(0);

// SAFETY: everything is the system's; counting takes no memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PIECES.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        PIECES.fetch_sub(1, Ordering::Relaxed);
        BYTES.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What is allocated now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outstanding {
    pub pieces: isize,
    pub bytes: isize,
}

/// Lists of what lives as long as the process (the job, the table) may double.
const GROWTH: isize = 4096;

impl Outstanding {
    /// Whether nothing was left behind since `before` but so many lists: whatever is, is a piece.
    pub fn fits(self, before: Outstanding, lists: isize) -> bool {
        self.pieces <= before.pieces + lists && self.bytes <= before.bytes + GROWTH
    }
}

pub fn outstanding() -> Outstanding {
    Outstanding { pieces: PIECES.load(Ordering::SeqCst), bytes: BYTES.load(Ordering::SeqCst) }
}
