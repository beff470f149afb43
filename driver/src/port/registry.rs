//! A port's registrations, under its lock: found by key, removed by place, without searching.
//!
//! A slab whose entries are chained by the hash of their key, doubly, so that one which fires is taken
//! out in constant time and a cancel looks at the entries of one chain. Memory is taken when something is
//! registered, never when it is removed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Observer;
use crate::Status;

/// The place of what is not registered, and the end of a chain.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Chains of a registry that has entries; doubled whenever there are more entries than chains.
const FIRST_CHAINS: usize = 8;

/// A place of the slab.
pub(super) struct Entry {
    observer: Option<Arc<Observer>>,
    next: u32,
    previous: u32,
}

/// A port's registrations.
pub(super) struct Registry {
    entries: Vec<Entry>,
    /// First free entry; these are chained by `next`.
    free: u32,
    /// First entry of each chain; a power of two of them, or none.
    chains: Vec<u32>,
    count: usize,
}

impl Default for Registry {
    fn default() -> Self {
        Registry { entries: Vec::new(), free: NOWHERE, chains: Vec::new(), count: 0 }
    }
}

impl Registry {
    /// Registrations.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The chain of a key, by Fibonacci hashing: multiplied by 2^64 over the golden ratio, the high bits.
    fn chain(&self, key: u64) -> usize {
        let bits = self.chains.len().trailing_zeros();
        key.wrapping_mul(0x9e37_79b9_7f4a_7c15).checked_shr(64 - bits).unwrap_or(0) as usize
    }

    /// Adds one. NO_MEMORY.
    pub(super) fn insert(&mut self, observer: &Arc<Observer>) -> Result<(), Status> {
        if self.count >= self.chains.len() {
            self.grow()?;
        }
        let place = match self.free {
            NOWHERE => {
                self.entries.try_reserve(1).map_err(|_| Status::NO_MEMORY)?;
                let place = u32::try_from(self.entries.len()).map_err(|_| Status::NO_MEMORY)?;
                if place == NOWHERE {
                    return Err(Status::NO_MEMORY);
                }
                self.entries.push(Entry { observer: None, next: NOWHERE, previous: NOWHERE });
                place
            }
            place => {
                self.free = self.entries[place as usize].next;
                place
            }
        };
        self.entries[place as usize].observer = Some(observer.clone());
        observer.place.store(place, Ordering::Relaxed);
        self.link(place, observer.key());
        self.count += 1;
        Ok(())
    }

    fn link(&mut self, place: u32, key: u64) {
        let chain = self.chain(key);
        let next = std::mem::replace(&mut self.chains[chain], place);
        if let Some(next) = self.entries.get_mut(next as usize) {
            next.previous = place;
        }
        let entry = &mut self.entries[place as usize];
        (entry.next, entry.previous) = (next, NOWHERE);
    }

    fn grow(&mut self) -> Result<(), Status> {
        let chains = (2 * self.chains.len()).max(FIRST_CHAINS);
        self.chains.try_reserve_exact(chains - self.chains.len()).map_err(|_| Status::NO_MEMORY)?;
        self.chains.clear();
        self.chains.resize(chains, NOWHERE);
        for place in 0..self.entries.len() {
            if let Some(key) = self.entries[place].observer.as_ref().map(|observer| observer.key()) {
                self.link(place as u32, key);
            }
        }
        Ok(())
    }

    /// Takes one out; `None` when it is not registered.
    pub(super) fn remove(&mut self, observer: &Observer) -> Option<Arc<Observer>> {
        let place = observer.place.swap(NOWHERE, Ordering::Relaxed);
        let entry = self.entries.get_mut(place as usize)?;
        let observer = entry.observer.take()?;
        let (next, previous) = (entry.next, entry.previous);
        entry.next = std::mem::replace(&mut self.free, place);
        match self.entries.get_mut(previous as usize) {
            Some(previous) => previous.next = next,
            None => {
                let chain = self.chain(observer.key());
                self.chains[chain] = next;
            }
        }
        if let Some(next) = self.entries.get_mut(next as usize) {
            next.previous = previous;
        }
        self.count -= 1;
        Some(observer)
    }

    /// Takes out those with this key of which `matches` holds.
    pub(super) fn take(&mut self, key: u64, matches: impl Fn(&Observer) -> bool) -> Vec<Arc<Observer>> {
        let mut taken = Vec::new();
        if self.count == 0 {
            return taken;
        }
        let mut place = self.chains[self.chain(key)];
        while let Some(entry) = self.entries.get(place as usize) {
            place = entry.next;
            if let Some(observer) = &entry.observer
                && observer.key() == key
                && matches(observer)
            {
                let observer = observer.clone();
                self.remove(&observer);
                taken.push(observer);
            }
        }
        taken
    }

    /// Takes out all, and gives the memory back.
    pub(super) fn take_all(&mut self) -> Vec<Arc<Observer>> {
        let entries = std::mem::take(self).entries;
        let taken: Vec<_> = entries.into_iter().filter_map(|entry| entry.observer).collect();
        taken.iter().for_each(|observer| observer.place.store(NOWHERE, Ordering::Relaxed));
        taken
    }
}
