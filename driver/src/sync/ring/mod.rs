//! A bounded queue that any thread fills without a lock, read under a lock that guards more than it.
//!
//! Writers claim a place by moving the *tail* and then publish what they wrote there; they never wait for
//! each other nor for a reader. Readers hold the lock ([`Ring::lock`]), so what else is under it (`S`) and
//! the queue change together: while somebody holds it nothing leaves, nothing is canceled, and what a
//! thread put into `S` before it pushed here is seen before that push is. That is what makes the exact
//! rules of a port possible: interrupts first, one order of two kinds of packets, a cancel that
//! misses nothing and takes nothing twice.
//!
//! Promises: first in, first out by the order of claims; the limit holds exactly; after
//! [`close`](Held::close) nothing comes in; a push that found a thread [asleep](Held::set_sleepers) says
//! so, and a thread that saw [nothing claimed](Held::is_vacant) after it said that it sleeps is told.
//!
//! Memory: none until the first push, then blocks that grow from [`Shape::CAPACITIES`] to the next; old
//! blocks stay until the ring is dropped, because a glance without the lock may still look at them.
//!
//! A writer that is descheduled between claim and publication, a few instructions, holds up those who
//! want to read behind it; they spin, then yield, then nap.

mod held;

use std::fmt;
use std::marker::PhantomData;

pub(crate) use held::Held;

use super::latch::Latch;
use super::primitive::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Cell, Ordering, fence_after_exchange, pause, yield_now,
};
use crate::sys;

/// Blocks that a ring may have.
const BLOCKS: usize = 4;

/// Pauses of a writer before it says that the ring is full. Each look at the head takes its line from the
/// readers; with room for several packets one look serves them all.
const GRACE: u32 = if cfg!(loom) { 1 } else { 32 };

/// Sizes of a ring.
pub(crate) trait Shape {
    /// A push fails when so many are there and one more.
    const LIMIT: u64;
    /// Places of the blocks, in the order in which they are taken: powers of two, the last one above the
    /// limit.
    const CAPACITIES: [u64; BLOCKS];

    /// The places before and after having taken so many blocks.
    fn capacity(blocks: usize) -> u64 {
        if blocks == 0 { 0 } else { Self::CAPACITIES[blocks - 1] }
    }
}

/// Why a push failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// More than [`Shape::LIMIT`] are there.
    Full,
    /// The ring is closed.
    Closed,
    /// No memory for a larger block.
    NoMemory,
}

/// A place. A line of the cache by itself, so that a writer and a reader one place apart do not disturb
/// each other.
#[repr(align(64))]
struct Slot<T> {
    value: Cell<T>,
    /// The position, plus one, that was published here last.
    turn: AtomicU64,
}

/// The tail: what writers change. In one word, so that a claim fails when anything of it has changed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tail(u64);

impl Tail {
    const CLOSED: u64 = 1;
    const BLOCK: u64 = 2;
    const STEP: u64 = 16;

    fn is_closed(self) -> bool {
        self.0 & Self::CLOSED != 0
    }

    /// How many blocks the ring has: the last one is in use.
    fn blocks(self) -> usize {
        ((self.0 / Self::BLOCK) & 7) as usize
    }

    /// Claims since the ring was made.
    fn position(self) -> u64 {
        self.0 / Self::STEP
    }
}

/// The ring. `T` is what is queued, `S` what else the lock guards.
#[repr(C)]
pub(crate) struct Ring<T, S, H: Shape> {
    writers: Writers<T>,
    /// The position of the oldest; written under the lock.
    head: AtomicU64,
    /// See [`Held::set_attention`].
    attention: AtomicBool,
    readers: Latch<Readers<T, S>>,
    shape: PhantomData<fn() -> H>,
}

/// What writers touch.
#[repr(C, align(64))]
struct Writers<T> {
    tail: AtomicU64,
    /// The head as some writer last saw it: never ahead of the head.
    seen: AtomicU64,
    sleepers: AtomicU32,
    blocks: [AtomicPtr<Slot<T>>; BLOCKS],
}

/// What the lock guards.
#[repr(C)]
struct Readers<T, S> {
    /// The block in use and its capacity - 1; null before there is one.
    block: *const Slot<T>,
    mask: u64,
    rest: S,
}

// SAFETY: the pointers are to blocks that the ring owns; a place is written by the one thread that claimed
// it, until it publishes it, and then only touched under the lock.
unsafe impl<T: Send, S: Send, H: Shape> Send for Ring<T, S, H> {}
// SAFETY: as above; `S` is only reached through the lock.
unsafe impl<T: Send, S: Send, H: Shape> Sync for Ring<T, S, H> {}
// SAFETY: as above; it lies in the lock, whose thread may change.
unsafe impl<T: Send, S: Send> Send for Readers<T, S> {}

impl<T: Copy, S: Default, H: Shape> Default for Ring<T, S, H> {
    fn default() -> Self {
        Ring {
            writers: Writers {
                tail: AtomicU64::new(0),
                seen: AtomicU64::new(0),
                sleepers: AtomicU32::new(0),
                blocks: std::array::from_fn(|_| AtomicPtr::new(std::ptr::null_mut())),
            },
            head: AtomicU64::new(0),
            attention: AtomicBool::new(false),
            readers: Latch::new(Readers { block: std::ptr::null(), mask: 0, rest: S::default() }),
            shape: PhantomData,
        }
    }
}

impl<T: Copy, S, H: Shape> Ring<T, S, H> {
    /// Adds one. True when threads sleep: then the caller takes the lock and wakes one.
    #[inline]
    pub(crate) fn push(&self, value: T) -> Result<bool, Refused> {
        loop {
            let mut tail = Tail(self.writers.tail.load(Ordering::Acquire));
            while self.has_room(tail)? {
                let claim = tail.0.wrapping_add(Tail::STEP);
                match self.writers.tail.compare_exchange_weak(
                    tail.0,
                    claim,
                    Ordering::SeqCst,
                    Ordering::Acquire,
                ) {
                    Ok(_) => return Ok(self.publish(tail, value)),
                    Err(now) => tail = Tail(now),
                }
            }
            self.lock().grow()?;
        }
    }

    /// Whether there is a place for one more behind `tail`; if not, the block is full.
    #[inline]
    fn has_room(&self, tail: Tail) -> Result<bool, Refused> {
        if tail.is_closed() {
            return Err(Refused::Closed);
        }
        let room = H::capacity(tail.blocks()).min(H::LIMIT + 1);
        // Signed: what is behind an old tail may be gone already. Then the claim fails.
        let beyond = |head: u64| tail.position().wrapping_sub(head).cast_signed() >= room.cast_signed();
        if !beyond(self.writers.seen.load(Ordering::Acquire)) {
            return Ok(true);
        }
        let is_limit = room == H::LIMIT + 1;
        let mut head = self.head.load(Ordering::Acquire);
        if is_limit && beyond(head) {
            (0..GRACE).for_each(|_| pause());
            head = self.head.load(Ordering::Acquire);
        }
        self.writers.seen.store(head, Ordering::Release);
        match beyond(head) {
            false => Ok(true),
            // Exact: when the head was loaded, at least so many were there.
            true if is_limit => Err(Refused::Full),
            true => Ok(false),
        }
    }

    /// Writes what was claimed. True when threads sleep.
    #[inline]
    fn publish(&self, claimed: Tail, value: T) -> bool {
        // Claim, then look for sleepers; those say that they sleep, then look for claims.
        fence_after_exchange();
        let sleepers = self.writers.sleepers.load(Ordering::Relaxed) != 0;
        let blocks = claimed.blocks();
        let block = self.writers.blocks[blocks - 1].load(Ordering::Relaxed);
        let position = claimed.position();
        let index = position & (H::capacity(blocks) - 1);
        // SAFETY: a tail with this number of blocks was stored after the block's pointer, and the block
        // stays. The place is this thread's alone: the claim is, and the head, which was acquired, had
        // passed what was here before.
        let slot = unsafe { &*block.add(index as usize) };
        // SAFETY: as above.
        slot.value.with_mut(|place| unsafe { place.write(value) });
        slot.turn.store(position.wrapping_add(1), Ordering::Release);
        sleepers
    }

    /// Takes the lock of the readers.
    #[inline]
    pub(crate) fn lock(&self) -> Held<'_, T, S, H> {
        Held { ring: self, readers: self.readers.lock() }
    }

    /// Whether somebody asked for [attention](Held::set_attention), seen without the lock.
    #[inline]
    pub(crate) fn wants_attention(&self) -> bool {
        self.attention.load(Ordering::Relaxed)
    }

    /// Spins until something may be there to be read: after how many pauses; `None` when nothing came. Looks
    /// only at the place where the next one will be published, which no writer touches before.
    pub(crate) fn spin(&self, place: &Place<'_, T>, spin: Spin) -> Option<u32> {
        /// Looks, after which it lets others run.
        const YIELD: u32 = 8;
        /// Looks, after which it looks at the tail too: the place may be another by now.
        const AGAIN: u32 = 16;
        let (mut spent, mut step) = (0, spin.first);
        for looks in 1u32.. {
            if looks % YIELD == 0 {
                // The writer may be waiting for this very processor. If somebody else was: then it is better
                // to sleep, because the kernel lets one run soon whom a packet wakes.
                if yield_is_long() {
                    return place.is_ready().then_some(spent);
                }
            } else {
                (0..step).for_each(|_| pause());
            }
            spent += step;
            let moved = || self.writers.tail.load(Ordering::Relaxed) / Tail::STEP != place.position();
            if place.is_ready() || self.wants_attention() || (looks % AGAIN == 0 && moved()) {
                return Some(spent);
            }
            if spent >= spin.pauses {
                return None;
            }
            step = (2 * step).min(spin.seldom);
        }
        None
    }
}

/// How to spin, in pauses of the processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spin {
    /// Before the first look.
    pub(crate) first: u32,
    /// Between two looks, at most: each time it is twice as long.
    pub(crate) seldom: u32,
    /// Altogether.
    pub(crate) pauses: u32,
}

/// Where the next one will be published.
pub(crate) struct Place<'a, T> {
    slot: Option<&'a Slot<T>>,
    turn: u64,
}

impl<T> Place<'_, T> {
    /// Its position.
    pub(crate) fn position(&self) -> u64 {
        self.turn.wrapping_sub(1)
    }

    /// It was published, or somebody else has taken it.
    pub(crate) fn is_ready(&self) -> bool {
        self.slot.is_some_and(|slot| slot.turn.load(Ordering::Relaxed) == self.turn)
    }
}

impl<T, S, H: Shape> Drop for Ring<T, S, H> {
    fn drop(&mut self) {
        for (block, capacity) in self.writers.blocks.iter().zip(H::CAPACITIES) {
            let block = block.load(Ordering::Relaxed);
            if !block.is_null() {
                // SAFETY: made in `add_block` from a boxed slice of that length; freed nowhere else.
                drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(block, capacity as usize)) });
            }
        }
    }
}

/// Lets others run: whether that took long.
fn yield_is_long() -> bool {
    /// In ns.
    const LONG: i64 = 50_000;
    let begun = sys::monotonic();
    yield_now();
    sys::monotonic() - begun > LONG
}

impl<T, S, H: Shape> fmt::Debug for Ring<T, S, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = Tail(self.writers.tail.load(Ordering::Relaxed));
        write!(f, "Ring({} to {})", self.head.load(Ordering::Relaxed), tail.position())
    }
}
