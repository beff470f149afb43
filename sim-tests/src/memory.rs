//! Host memory, as devices write it: regions at addresses, some of them shared with a driver or with another process.
//!
//! Both buses have it behind them: `axi::memory` and `pcie::root`. Leaves to others: when a write arrives, and what
//! becomes of one that is refused.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Release};

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
    /// It was made bad, or may not be written.
    #[error("the memory at {0:#x} cannot be written")]
    Bad(u64),
}

/// There is memory already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("memory is mapped already between {0:#x} and {1:#x}")]
pub struct Occupied(pub u64, pub u64);

/// Memory from one address on.
enum Region {
    /// Of its own.
    Own(Vec<u32>),
    /// Some bytes of shared memory, from a word on.
    Shared { pages: Arc<Pages>, first: usize, bytes: u64 },
    /// What may not be written.
    Closed { bytes: u64 },
}

impl Region {
    fn bytes(&self) -> u64 {
        match self {
            Region::Own(words) => 4 * words.len() as u64,
            Region::Shared { bytes, .. } | Region::Closed { bytes } => *bytes,
        }
    }

    /// A part of what one burst brings. Whoever shares the memory sees its words in their order.
    fn write(&mut self, offset: u64, data: &[u32]) {
        let word = (offset / 4) as usize;
        match self {
            Region::Own(words) => words[word..][..data.len()].copy_from_slice(data),
            Region::Shared { pages, first, .. } => {
                for (word, new) in pages.words()[*first + word..].iter().zip(data) {
                    word.store(new.to_le(), Release);
                }
            }
            Region::Closed { .. } => {}
        }
    }

    fn word(&self, offset: u64) -> u32 {
        let word = (offset / 4) as usize;
        match self {
            Region::Own(words) => words[word],
            Region::Shared { pages, first, .. } => u32::from_le(pages.words()[first + word].load(Acquire)),
            Region::Closed { .. } => u32::MAX,
        }
    }
}

/// The memory. Addresses are those that the device uses.
#[derive(Default)]
pub struct HostMemory {
    regions: BTreeMap<u64, Region>,
    bad: Vec<Range<u64>>,
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
        let bytes = 4 * pages.words().len() as u64;
        self.regions.insert(address, Region::Shared { pages, first: 0, bytes });
        address
    }

    /// Adds some bytes of shared memory at an address. Both places are multiples of four, and the bytes are there.
    pub fn map_shared(
        &mut self,
        address: u64,
        pages: Arc<Pages>,
        offset: u64,
        bytes: u64,
    ) -> Result<(), Occupied> {
        let first = (offset / 4) as usize;
        debug_assert!(first as u64 + bytes / 4 <= pages.words().len() as u64);
        self.insert(address, Region::Shared { pages, first, bytes })
    }

    /// Adds what may not be written.
    pub fn map_closed(&mut self, address: u64, bytes: u64) -> Result<(), Occupied> {
        self.insert(address, Region::Closed { bytes })
    }

    fn insert(&mut self, address: u64, region: Region) -> Result<(), Occupied> {
        let end = address.saturating_add(region.bytes());
        let before = self.regions.range(..end).next_back();
        if before.is_some_and(|(base, before)| base.saturating_add(before.bytes()) > address) {
            return Err(Occupied(address, end));
        }
        self.regions.insert(address, region);
        Ok(())
    }

    /// Takes away what begins at this address.
    pub fn unmap(&mut self, address: u64) {
        self.regions.remove(&address);
    }

    /// Takes away all that lies between two addresses, which may be nothing; nothing at all when it would be a piece of
    /// something.
    pub fn unmap_all(&mut self, addresses: Range<u64>) -> Result<(), Occupied> {
        let Range { start, end } = addresses;
        let within =
            self.regions.range(..end).rev().take_while(|(base, region)| *base + region.bytes() > start);
        let bases: Vec<u64> = within.map(|(base, _)| *base).collect();
        let cut = bases.iter().any(|base| *base < start || *base + self.regions[base].bytes() > end);
        if cut {
            return Err(Occupied(start, end));
        }
        bases.iter().for_each(|base| drop(self.regions.remove(base)));
        Ok(())
    }

    /// How many there are.
    pub fn regions(&self) -> usize {
        self.regions.len()
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.regions.clear();
    }

    /// From now on writes that touch these addresses are refused.
    pub fn make_bad(&mut self, addresses: Range<u64>) {
        self.bad.push(addresses);
    }

    /// No address is bad any more.
    pub fn make_good(&mut self) {
        self.bad.clear();
    }

    /// Writes words in their order, all or none of them, across regions that follow each other without a gap. The
    /// address is a multiple of four.
    pub fn write(&mut self, address: u64, data: &[u32]) -> Result<(), Refused> {
        let end = address.saturating_add(4 * data.len() as u64);
        self.check(address, end)?;
        let (mut at, mut data) = (address, data);
        while let Some((base, region)) =
            self.regions.range_mut(..=at).next_back().filter(|_| !data.is_empty())
        {
            let words = (base + region.bytes() - at) / 4;
            let (here, rest) = data.split_at(data.len().min(words as usize));
            region.write(at - base, here);
            (at, data) = (at + 4 * here.len() as u64, rest);
        }
        Ok(())
    }

    /// Whether everything between two addresses can be written.
    fn check(&self, address: u64, end: u64) -> Result<(), Refused> {
        let mut at = address;
        while at < end {
            let (base, region) = self.regions.range(..=at).next_back().ok_or(Refused::Unmapped(address))?;
            let next = base.saturating_add(region.bytes());
            // A word is in one region.
            if next < at.saturating_add(4) {
                return Err(Refused::Unmapped(address));
            }
            if matches!(region, Region::Closed { .. }) {
                return Err(Refused::Bad(address));
            }
            at = next;
        }
        if self.bad.iter().any(|bad| bad.start < end && address < bad.end) {
            return Err(Refused::Bad(address));
        }
        Ok(())
    }

    /// So many 32-bit words of one region.
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
        assert_eq!(memory.write(0x1038, &[1, 2]), Ok(()));
        assert_eq!(memory.read(0x1034, 3), [0x5a5a_5a5a, 1, 2]);
        assert_eq!(memory.write(u64::MAX - 0xfff, &[7]), Ok(()));
        for address in [0, 0xffc, 0x103c, 0x1040, 0x2000, u64::MAX - 3] {
            assert_eq!(memory.write(address, &[3, 4]), Err(Refused::Unmapped(address)));
        }
        assert_eq!(memory.read(0x103c, 1), [2], "nothing of it");
    }

    #[test]
    fn bad_addresses_refuse_what_touches_them_until_they_are_good() {
        let mut memory = HostMemory::default();
        memory.map(0x1000, 64);
        memory.make_bad(0x1010..0x1011);
        assert_eq!(memory.write(0x1008, &[1, 2]), Ok(()));
        assert_eq!(memory.write(0x100c, &[1, 2]), Err(Refused::Bad(0x100c)));
        assert_eq!(memory.read(0x100c, 1), [2]);
        memory.make_good();
        assert_eq!(memory.write(0x100c, &[1, 2]), Ok(()));
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
        assert_eq!(memory.write(last, &[5]), Ok(()));
        assert_eq!(pages.words().last().map(|word| word.load(Acquire)), Some(5_u32.to_le()));
        assert_eq!(memory.write(last, &[5, 6]), Err(Refused::Unmapped(last)));
        memory.unmap(first);
        assert_eq!(memory.write(first, &[5]), Err(Refused::Unmapped(first)));
    }

    #[test]
    fn a_write_goes_across_pages_that_were_mapped_one_by_one_and_stops_at_a_gap() {
        let mut memory = HostMemory::default();
        let pages = Arc::new(Pages::new(3 * 4096).expect("memory"));
        // In another order than they lie in the file, as a guest's pages may.
        for (address, offset) in [(0x1000, 0x2000), (0x2000, 0), (0x4000, 0x1000)] {
            assert_eq!(memory.map_shared(address, pages.clone(), offset, 0x1000), Ok(()));
        }
        assert_eq!(memory.write(0x1ff8, &[1, 2, 3, 4]), Ok(()));
        let word = |offset: usize| u32::from_le(pages.words()[offset / 4].load(Acquire));
        assert_eq!([word(0x2ff8), word(0x2ffc), word(0), word(4)], [1, 2, 3, 4]);
        assert_eq!(memory.write(0x2ff8, &[5, 6, 7]), Err(Refused::Unmapped(0x2ff8)));
        assert_eq!(word(0xff8), 0, "nothing of it");
        for cut in [0x1004..0x2000, 0x1000..0x1ffc, 0x1800..0x3000] {
            assert_eq!(memory.unmap_all(cut.clone()), Err(Occupied(cut.start, cut.end)));
        }
        assert_eq!((memory.unmap_all(0x2000..0x4000), memory.regions()), (Ok(()), 2));
        assert_eq!(memory.unmap_all(0x2000..0x3000), Ok(()), "nothing is there");
        assert_eq!(memory.write(0x1ff8, &[1, 2, 3]), Err(Refused::Unmapped(0x1ff8)));
    }

    #[test]
    fn memory_is_mapped_once_and_what_is_closed_is_not_written() {
        let mut memory = HostMemory::default();
        let pages = Arc::new(Pages::new(4096).expect("memory"));
        assert_eq!(memory.map_shared(0x2000, pages.clone(), 0, 0x1000), Ok(()));
        for (address, bytes) in [(0x2000, 0x1000), (0x1000, 0x1004), (0x2ffc, 4), (0x1000, 0x4000)] {
            assert_eq!(memory.map_closed(address, bytes), Err(Occupied(address, address + bytes)));
        }
        assert_eq!(memory.map_closed(0x1000, 0x1000), Ok(()));
        assert_eq!(memory.write(0x1ffc, &[1, 2]), Err(Refused::Bad(0x1ffc)));
        assert_eq!(memory.read(0x2000, 1), [0]);
    }
}
