//! Memory that a device reaches too.

use std::io;
use std::sync::atomic::AtomicU32;

use memmap2::{MmapMut, MmapRaw};

/// Whole pages, zeroed, with nothing else of the process in them. They go back to the system when this is dropped, so
/// whoever gave them to a device takes them from it before.
#[derive(Debug)]
pub struct Memory(MmapRaw);

impl Memory {
    /// So many bytes, rounded up to whole pages.
    pub fn new(bytes: usize) -> io::Result<Memory> {
        let bytes = bytes.max(1).next_multiple_of(super::page_size());
        Ok(Memory(MmapMut::map_anon(bytes)?.into()))
    }

    /// All of it. Words are as the device writes them: little-endian.
    pub fn words(&self) -> &[AtomicU32] {
        // SAFETY: the pages are there as long as `self`, readable, writable, aligned to more than a word, and any bits
        // make a word. They are reached through this slice alone, and by devices, so every access is atomic.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() / size_of::<AtomicU32>()) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn memory_is_whole_pages_of_zeroes() {
        let memory = Memory::new(1).unwrap();
        assert_eq!(memory.words().len() * 4, super::super::page_size());
        assert!(memory.words().iter().all(|word| word.load(Ordering::Relaxed) == 0));
        assert_eq!(memory.words().as_ptr().addr() % super::super::page_size(), 0);
    }
}
