//! Memory that a device reaches too.

use std::fs::File;
use std::io;
use std::sync::atomic::AtomicU32;

use memmap2::{MmapMut, MmapOptions, MmapRaw};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// Whole pages, with nothing else of the process in them. They go back to the system when this is dropped, so
/// whoever gave them to a device takes them from it before.
#[derive(Debug)]
pub struct Memory {
    pages: MmapRaw,
    file: Option<File>,
}

impl Memory {
    /// So many bytes, zeroed, rounded up to whole pages.
    pub fn new(bytes: usize) -> io::Result<Memory> {
        Ok(Memory { pages: MmapMut::map_anon(whole_pages(bytes))?.into(), file: None })
    }

    /// The same in a [file](Memory::file) that is in memory alone, and of this size for ever: for another process.
    pub fn in_file(bytes: usize) -> io::Result<Memory> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = File::from(memfd_create("portolan", flags)?);
        file.set_len(whole_pages(bytes) as u64)?;
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        Memory::of_file(file)
    }

    /// All whole pages of a file, shared with whoever else has it. A file that is made shorter later ends the process
    /// that reaches beyond its end; one that is sealed cannot be.
    pub fn of_file(file: File) -> io::Result<Memory> {
        let page = super::page_size() as u64;
        let bytes = usize::try_from(file.metadata()?.len() / page * page);
        let bytes = bytes.map_err(|_| io::ErrorKind::OutOfMemory)?;
        Ok(Memory { pages: MmapOptions::new().len(bytes).map_raw(&file)?, file: Some(file) })
    }

    /// The file that the pages are of, if they are of one.
    pub fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// All of it. Words are as the device writes them: little-endian.
    pub fn words(&self) -> &[AtomicU32] {
        // SAFETY: the pages are there as long as `self`, readable, writable, aligned to more than a word, and any bits
        // make a word. They are reached through this slice, by other mappings of the file and by devices, so every
        // access is atomic.
        unsafe {
            std::slice::from_raw_parts(self.pages.as_ptr().cast(), self.pages.len() / size_of::<AtomicU32>())
        }
    }
}

fn whole_pages(bytes: usize) -> usize {
    bytes.max(1).next_multiple_of(super::page_size())
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

    #[test]
    fn whoever_maps_its_file_sees_the_same_and_cannot_make_it_shorter() {
        let memory = Memory::in_file(5000).unwrap();
        let file = memory.file().unwrap();
        let other = Memory::of_file(file.try_clone().unwrap()).unwrap();
        assert_eq!(other.words().len(), memory.words().len());
        other.words()[1500].store(7, Ordering::Release);
        assert_eq!(memory.words()[1500].load(Ordering::Acquire), 7);
        assert!(file.set_len(0).is_err());
    }
}
