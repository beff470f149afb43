//! The handle table: 32-bit values for handles (ports.md A6, B).
//!
//! A value has, from the low end, two bits that are 1, an index of 18 bits, and a generation of 11; the top bit is 0,
//! so that a value is positive as an `int32_t` too. All but the fixed bits are exclusive-ored with a number that is
//! chosen anew in each process. The generation of a place changes whenever its handle is removed, and places are used
//! again in the order in which they became free: a stale value finds another generation, and so does nearly every
//! guess.
//!
//! Each place has a lock of its own, held for as long as a call needs to take hold of the object, or, for
//! calls that must be atomic against a close (F11), until the call has taken effect. Chunks of places are made when
//! they are first needed and stay; a handle costs no file descriptor.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

#[cfg(doc)]
use super::AsHandle;
use super::handle::{AsyncOptions, Handle, Typed};
use super::wait::{begin_one, settle, wait_all, wait_one};
use super::{Rights, Signals, WaitResult};
use crate::sync::{AtomicU32, Lock};
use crate::{Deadline, Port, Status};

const FIXED_BITS: u32 = 0b11;
const INDEX_BITS: u32 = 18;
const INDEX_SHIFT: u32 = 2;
const GENERATION_SHIFT: u32 = INDEX_SHIFT + INDEX_BITS;
const GENERATION_MASK: u32 = (1 << (31 - GENERATION_SHIFT)) - 1;
const CHUNK: usize = 1024;
const CHUNKS: usize = (1 << INDEX_BITS) / CHUNK;
/// So many places are kept free before one is used again: a stale value is mistaken for a live one only after
/// this many times the number of generations handles.
const RESTING: usize = 256;

/// The 32-bit value of a handle in a [`HandleTable`]; 0 is none.
pub type RawHandle = u32;

/// A place of the table.
#[derive(Default)]
pub(super) struct Place {
    /// The value of the handle in it, or 0: what tells without the lock whether that is still the one.
    value: AtomicU32,
    content: Lock<Content>,
}

#[derive(Default)]
struct Content {
    generation: u32,
    handle: Option<Handle>,
}

impl Content {
    /// The handle of this generation. BAD_HANDLE when there is none.
    fn take(&mut self, generation: u32) -> Result<Handle, Status> {
        match self.generation == generation {
            true => self.handle.take().ok_or(Status::BAD_HANDLE),
            false => Err(Status::BAD_HANDLE),
        }
    }
}

/// The generation after this one.
fn next(generation: u32) -> u32 {
    (generation + 1) & GENERATION_MASK
}

impl Place {
    /// Whether the handle of this value is in it.
    #[inline]
    pub(super) fn holds(&self, raw: RawHandle) -> bool {
        self.value.load(Ordering::Acquire) == raw
    }

    /// Puts a handle into it: its value is `raw(generation)`.
    fn put(&self, handle: Handle, raw: impl FnOnce(u32) -> RawHandle) -> RawHandle {
        let mut content = self.content.lock();
        content.handle = Some(handle);
        let raw = raw(content.generation);
        self.value.store(raw, Ordering::Release);
        raw
    }

    /// Takes the handle of this generation out, for good. BAD_HANDLE.
    fn remove(&self, generation: u32) -> Result<Handle, Status> {
        let mut content = self.content.lock();
        let handle = content.take(generation)?;
        content.generation = next(generation);
        self.value.store(0, Ordering::Release);
        Ok(handle)
    }

    /// Takes the handle of this generation out; the place stays its own. BAD_HANDLE.
    fn take(&self, generation: u32) -> Result<Handle, Status> {
        let mut content = self.content.lock();
        let handle = content.take(generation)?;
        self.value.store(0, Ordering::Release);
        Ok(handle)
    }

    /// Puts a handle that was taken back.
    fn put_back(&self, raw: RawHandle, handle: Handle) {
        let mut content = self.content.lock();
        content.handle = Some(handle);
        // Under the lock: whoever removes the handle next takes the value away after this.
        self.value.store(raw, Ordering::Release);
    }
}

type Chunk = Box<[Place]>;

#[derive(Default)]
struct Free {
    places: VecDeque<u32>,
    /// Places that were ever used.
    used: u32,
}

/// An item of [`HandleTable::wait_many`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct RawWaitItem {
    /// Its handle.
    pub handle: RawHandle,
    /// The signals that are waited for.
    pub wanted: Signals,
    /// The signals that were seen.
    pub pending: Signals,
}

/// Handles by their values.
pub struct HandleTable {
    chunks: [OnceLock<Chunk>; CHUNKS],
    free: Lock<Free>,
    secret: u32,
}

impl Default for HandleTable {
    fn default() -> Self {
        HandleTable::new()
    }
}

impl HandleTable {
    /// An empty table.
    pub fn new() -> HandleTable {
        let secret = RandomState::new().hash_one(0u8) as u32 & (i32::MAX as u32) & !FIXED_BITS;
        HandleTable { chunks: [const { OnceLock::new() }; CHUNKS], free: Lock::default(), secret }
    }

    fn value(&self, index: u32, generation: u32) -> RawHandle {
        ((generation << GENERATION_SHIFT) | (index << INDEX_SHIFT)) ^ self.secret | FIXED_BITS
    }

    /// The place of a value, and its generation.
    pub(super) fn place(&self, raw: RawHandle) -> Option<(u32, u32, &Place)> {
        if raw & FIXED_BITS != FIXED_BITS || raw > i32::MAX as u32 {
            return None;
        }
        let plain = (raw & !FIXED_BITS) ^ self.secret;
        let index = (plain >> INDEX_SHIFT) & ((1 << INDEX_BITS) - 1);
        let chunk = self.chunks[index as usize / CHUNK].get()?;
        Some((index, plain >> GENERATION_SHIFT, &chunk[index as usize % CHUNK]))
    }

    /// Adds a handle: its value. NO_MEMORY, and the handle is closed, when there are 262,144.
    pub fn insert(&self, handle: impl Into<Handle>) -> Result<RawHandle, Status> {
        let handle = handle.into();
        let index = {
            let mut free = self.free.lock();
            if free.used < 1 << INDEX_BITS && free.places.len() < RESTING {
                free.used += 1;
                free.used - 1
            } else {
                free.places.pop_front().ok_or(Status::NO_MEMORY)?
            }
        };
        let chunk = self.chunks[index as usize / CHUNK]
            .get_or_init(|| (0..CHUNK).map(|_| Place::default()).collect());
        Ok(chunk[index as usize % CHUNK].put(handle, |generation| self.value(index, generation)))
    }

    /// Runs `body` with the handle, which nobody can close meanwhile. BAD_HANDLE.
    pub fn with<R>(&self, raw: RawHandle, body: impl FnOnce(&Handle) -> R) -> Result<R, Status> {
        let (_, generation, place) = self.place(raw).ok_or(Status::BAD_HANDLE)?;
        let content = place.content.lock();
        match &content.handle {
            Some(handle) if content.generation == generation => Ok(body(handle)),
            _ => Err(Status::BAD_HANDLE),
        }
    }

    /// The object of a handle: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, in this order (B1).
    pub fn get<T: Typed>(&self, raw: RawHandle, rights: Rights) -> Result<Arc<T>, Status> {
        self.with(raw, |handle| handle.get::<T>(rights).cloned())?
    }

    /// Takes a handle out. BAD_HANDLE.
    pub fn remove(&self, raw: RawHandle) -> Result<Handle, Status> {
        let (index, generation, place) = self.place(raw).ok_or(Status::BAD_HANDLE)?;
        let handle = place.remove(generation)?;
        self.free.lock().places.push_back(index);
        Ok(handle)
    }

    /// Lends handles to `body`, which keeps them, or gives them back: then they have the values that they had. Before that
    /// each must pass `check`. BAD_HANDLE, INVALID_ARGS for one that is named twice, or what `check` or `body` says.
    ///
    /// Meanwhile their values are bad handles.
    pub fn lend(
        &self,
        raws: &[RawHandle],
        check: impl Fn(&Handle) -> Result<(), Status>,
        body: impl FnOnce(Vec<Handle>) -> Result<(), (Status, Vec<Handle>)>,
    ) -> Result<(), Status> {
        raws.iter().try_for_each(|raw| self.with(*raw, &check)?)?;
        let mut lent = Vec::with_capacity(raws.len());
        let mut missing = None;
        for (at, raw) in raws.iter().enumerate() {
            match self.take(*raw) {
                Ok(handle) => lent.push(handle),
                // Taken a moment ago, or closed since it was checked.
                Err(_) if raws[..at].contains(raw) => missing = Some(Status::INVALID_ARGS),
                Err(status) => missing = Some(status),
            }
            if missing.is_some() {
                break;
            }
        }
        let count = lent.len();
        let outcome = match missing {
            Some(status) => Err((status, lent)),
            None => body(lent),
        };
        let (result, given_back) = match outcome {
            Ok(()) => (Ok(()), Vec::new()),
            Err((status, handles)) => (Err(status), handles),
        };
        let mut given_back = given_back.into_iter();
        for raw in &raws[..count] {
            match given_back.next() {
                Some(handle) => self.put_back(*raw, handle),
                None => self.retire(*raw),
            }
        }
        result
    }

    /// Takes a handle out of its place, which stays its own. BAD_HANDLE.
    fn take(&self, raw: RawHandle) -> Result<Handle, Status> {
        let (_, generation, place) = self.place(raw).ok_or(Status::BAD_HANDLE)?;
        place.take(generation)
    }

    /// Puts a handle that was taken back into its place.
    fn put_back(&self, raw: RawHandle, handle: Handle) {
        if let Some((_, _, place)) = self.place(raw) {
            place.put_back(raw, handle);
        }
    }

    /// The place of a handle that was taken is free.
    fn retire(&self, raw: RawHandle) {
        if let Some((index, generation, place)) = self.place(raw) {
            place.content.lock().generation = next(generation);
            self.free.lock().places.push_back(index);
        }
    }

    /// As [`AsHandle::wait_one`], by who has this right; the handle may be closed meanwhile.
    pub fn wait_one(
        &self,
        raw: RawHandle,
        right: Rights,
        signals: Signals,
        deadline: Deadline,
    ) -> WaitResult {
        wait_one(signals, deadline, |waiter| {
            self.with(raw, |handle| begin_one(handle, right, signals, waiter))?
        })
    }

    /// As [`wait_many`](super::wait_many), by who has this right to each, and with any number of items; handles may be
    /// closed meanwhile.
    pub fn wait_many(
        &self,
        items: &mut [RawWaitItem],
        right: Rights,
        deadline: Deadline,
    ) -> Result<(), Status> {
        let seen = wait_all(items.len(), deadline, |watches| {
            items.iter().try_for_each(|item| {
                self.with(item.handle, |handle| watches.begin(handle, right, item.wanted))?
            })
        })?;
        settle(items.iter_mut().map(|item| (item.wanted, &mut item.pending)), seen)
    }

    /// As [`AsHandle::wait_async`], by who has this right, and atomic against a close of the handle (F11).
    pub fn wait_async(
        &self,
        raw: RawHandle,
        right: Rights,
        port: &Port,
        key: u64,
        signals: Signals,
        options: AsyncOptions,
    ) -> Result<(), Status> {
        self.with(raw, |handle| handle.wait_async_by(right, port, key, signals, options))?
    }
}

impl fmt::Debug for HandleTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let free = self.free.lock();
        write!(f, "HandleTable({} handles)", free.used as usize - free.places.len())
    }
}

/// loom models of a place: a handle that is lent, and closed meanwhile.
#[cfg(all(test, loom))]
mod models {
    use loom::thread;

    use super::*;
    use crate::object::Event;

    #[test]
    fn a_handle_that_is_closed_just_when_it_is_given_back_is_gone() {
        loom::model(|| {
            let place = Arc::new(Place::default());
            let raw = place.put(Event::new().into(), |_| 3);
            let handle = place.take(0).unwrap();
            let other = place.clone();
            let lender = thread::spawn(move || other.put_back(raw, handle));
            let closed = place.remove(0).is_ok();
            lender.join().unwrap();
            assert_eq!(place.holds(raw), !closed, "who remembers the value believes it");
            assert_eq!(place.remove(0).is_ok(), !closed);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{AsHandle, Event};

    #[test]
    fn values_have_their_low_bits_set_and_are_positive() {
        let table = HandleTable::new();
        for _ in 0..3000 {
            let raw = table.insert(Event::new()).unwrap();
            assert!(raw & FIXED_BITS == FIXED_BITS && raw as i32 > 0, "{raw:#x}");
            assert_eq!(table.with(raw, |_| ()), Ok(()));
        }
    }

    #[test]
    fn a_stale_value_is_a_bad_handle_though_its_place_is_used_again() {
        let table = HandleTable::new();
        let mut stale = Vec::new();
        for _ in 0..2000 {
            let raw = table.insert(Event::new()).unwrap();
            for old in &stale {
                assert!(table.with(*old, |_| ()).is_err(), "{old:#x} after {} rounds", stale.len());
            }
            table.remove(raw).unwrap();
            assert_eq!(table.remove(raw).unwrap_err(), Status::BAD_HANDLE);
            stale.push(raw);
        }
    }

    #[test]
    fn handles_that_were_lent_and_given_back_have_their_values_and_the_others_are_gone() {
        let table = HandleTable::new();
        let raws = [(); 3].map(|()| table.insert(Event::new()).unwrap());
        let koid = |raw| table.with(raw, |handle| handle.basic_info().koid);
        let before = raws.map(koid);
        let refuse = |handles| Err((Status::PEER_CLOSED, handles));
        assert_eq!(table.lend(&raws, |_| Ok(()), refuse), Err(Status::PEER_CLOSED));
        assert_eq!(raws.map(koid), before);
        let twice = [raws[0], raws[1], raws[0]];
        assert_eq!(table.lend(&twice, |_| Ok(()), |_| Ok(())), Err(Status::INVALID_ARGS));
        assert_eq!(raws.map(koid), before);
        let check = |_: &Handle| Err(Status::ACCESS_DENIED);
        assert_eq!(table.lend(&raws, check, |_| Ok(())), Err(Status::ACCESS_DENIED));
        assert_eq!(table.lend(&[raws[0], 3], |_| Ok(()), |_| Ok(())), Err(Status::BAD_HANDLE));
        assert_eq!(raws.map(koid), before);
        let lent = table.lend(
            &raws[..2],
            |_| Ok(()),
            |handles| {
                assert_eq!((handles.len(), koid(raws[0])), (2, Err(Status::BAD_HANDLE)), "meanwhile");
                Ok(())
            },
        );
        assert_eq!(lent, Ok(()));
        assert_eq!(raws.map(|raw| koid(raw).is_ok()), [false, false, true]);
        assert_eq!(format!("{table:?}"), "HandleTable(1 handles)");
    }

    #[test]
    fn a_guess_is_a_bad_handle() {
        let table = HandleTable::new();
        let raw = table.insert(Event::new()).unwrap();
        for bit in 0..32 {
            assert!(table.with(raw ^ (1 << bit), |_| ()).is_err(), "bit {bit} of {raw:#x}");
        }
        assert!(table.with(0, |_| ()).is_err() && table.with(u32::MAX, |_| ()).is_err());
    }
}
