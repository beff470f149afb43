//! Host memory, as devices write it: regions at addresses, some of them shared with a driver.
//!
//! Both buses have it behind them: `axi::memory` and `pcie::root`. Leaves to others: when a write arrives, and what
//! becomes of one that is refused.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use portolan::device::Memory as Pages;
use portolan_regs::RING_ALIGNMENT;

/// Where shared memory begins.
const FIRST: u64 = 0x4000_0000;

/// Why a write did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing is mapped there, or not all of it.
    #[error("no memory is mapped at {0:#x}")]
    Unmapped(u64),
    /// It was made bad.
    #[error("the memory at {0:#x} was made bad")]
    Bad(u64),
}

/// Memory from one address on.
enum Region {
    /// Of its own.
    Own(Vec<u32>),
    /// Shared with a driver.
    Shared(Arc<Pages>),
}

impl Region {
    fn bytes(&self) -> u64 {
        4 * match self {
            Region::Own(words) => words.len() as u64,
            Region::Shared(pages) => pages.words().len() as u64,
        }
    }

    /// What one burst brings. Whoever shares the memory sees its words in their order.
    fn write(&mut self, offset: u64, data: &[u32]) {
        let first = (offset / 4) as usize;
        match self {
            Region::Own(words) => words[first..][..data.len()].copy_from_slice(data),
            Region::Shared(pages) => {
                for (word, new) in pages.words()[first..].iter().zip(data) {
                    word.store(new.to_le(), Release);
                }
            }
        }
    }

    fn word(&self, offset: u64) -> u32 {
        let word = (offset / 4) as usize;
        match self {
            Region::Own(words) => words[word],
            Region::Shared(pages) => u32::from_le(pages.words()[word].load(Acquire)),
        }
    }
}

/// The memory. Addresses are those that the device uses.
#[derive(Default)]
pub struct HostMemory {
    regions: BTreeMap<u64, Region>,
    bad: Vec<Range<u64>>,
    /// The tick, for those who share memory: never behind what they see there.
    pub(crate) clock: Arc<AtomicU64>,
}

impl HostMemory {
    /// Adds memory at an address, filled with a pattern that is no slot.
    pub fn map(&mut self, address: u64, bytes: u64) {
        self.regions.insert(address, Region::Own(vec![0x5a5a_5a5a; (bytes / 4) as usize]));
    }

    /// Adds a driver's memory behind all that there is; where that is.
    pub fn share(&mut self, pages: Arc<Pages>) -> u64 {
        let end = self.regions.last_key_value().map_or(FIRST, |(address, region)| address + region.bytes());
        // A gap, so that whoever writes beyond the end is found out.
        let address = end.next_multiple_of(RING_ALIGNMENT) + RING_ALIGNMENT;
        self.regions.insert(address, Region::Shared(pages));
        address
    }

    /// Takes away what begins at this address.
    pub fn unmap(&mut self, address: u64) {
        self.regions.remove(&address);
    }

    /// From now on writes that touch these addresses are refused.
    pub fn make_bad(&mut self, addresses: Range<u64>) {
        self.bad.push(addresses);
    }

    /// No address is bad any more.
    pub fn make_good(&mut self) {
        self.bad.clear();
    }

    /// Writes words in their order, all or none of them. The address is a multiple of four. `tick`: when.
    pub fn write(&mut self, address: u64, data: &[u32], tick: u64) -> Result<(), Refused> {
        let end = address.saturating_add(4 * data.len() as u64);
        let region = self.regions.range_mut(..=address).next_back();
        let Some((base, region)) = region.filter(|(base, region)| end <= *base + region.bytes()) else {
            return Err(Refused::Unmapped(address));
        };
        if self.bad.iter().any(|bad| bad.start < end && address < bad.end) {
            return Err(Refused::Bad(address));
        }
        self.clock.store(tick, Relaxed);
        region.write(address - base, data);
        Ok(())
    }

    /// So many 32-bit words.
    ///
    /// # Panics
    /// Where there is no memory.
    pub fn read(&self, address: u64, words: usize) -> Vec<u32> {
        let (base, region) = self.regions.range(..=address).next_back().expect("memory is mapped there");
        (0..words as u64).map(|word| region.word(address - base + 4 * word)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_goes_where_it_is_mapped_whole_or_not_at_all() {
        let mut memory = HostMemory::default();
        memory.map(0x1000, 64);
        memory.map(u64::MAX - 0xfff, 64);
        assert_eq!(memory.write(0x1038, &[1, 2], 0), Ok(()));
        assert_eq!(memory.read(0x1034, 3), [0x5a5a_5a5a, 1, 2]);
        assert_eq!(memory.write(u64::MAX - 0xfff, &[7], 0), Ok(()));
        for address in [0, 0xffc, 0x103c, 0x1040, 0x2000, u64::MAX - 3] {
            assert_eq!(memory.write(address, &[3, 4], 0), Err(Refused::Unmapped(address)));
        }
        assert_eq!(memory.read(0x103c, 1), [2], "nothing of it");
    }

    #[test]
    fn bad_addresses_refuse_what_touches_them_until_they_are_good() {
        let mut memory = HostMemory::default();
        memory.map(0x1000, 64);
        memory.make_bad(0x1010..0x1011);
        assert_eq!(memory.write(0x1008, &[1, 2], 0), Ok(()));
        assert_eq!(memory.write(0x100c, &[1, 2], 0), Err(Refused::Bad(0x100c)));
        assert_eq!(memory.read(0x100c, 1), [2]);
        memory.make_good();
        assert_eq!(memory.write(0x100c, &[1, 2], 0), Ok(()));
    }

    #[test]
    fn memory_of_a_driver_lies_apart_and_holds_what_is_written() {
        let mut memory = HostMemory::default();
        let pages = Arc::new(Pages::new(8192).expect("memory"));
        let bytes = 4 * pages.words().len() as u64;
        let first = memory.share(pages.clone());
        let second = memory.share(Arc::new(Pages::new(4096).expect("memory")));
        assert!(second >= first + bytes + RING_ALIGNMENT);
        let last = first + bytes - 4;
        assert_eq!(memory.write(last, &[5], 0), Ok(()));
        assert_eq!(pages.words().last().map(|word| word.load(Acquire)), Some(5_u32.to_le()));
        assert_eq!(memory.write(last, &[5, 6], 0), Err(Refused::Unmapped(last)));
        memory.unmap(first);
        assert_eq!(memory.write(first, &[5], 0), Err(Refused::Unmapped(first)));
    }
}
