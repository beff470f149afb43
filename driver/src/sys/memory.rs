//! Memory that a device reaches too.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use memmap2::{MmapMut, MmapOptions, MmapRaw};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// Bytes that an [`Arena`] of our own has, and log2 of that: the smaller hugepages of x86 and 64-bit Arm.
const HUGE: usize = 1 << HUGE_BITS;
const HUGE_BITS: u8 = 21;

/// Whole pages, with nothing else of the process in them but other such memory. They go back to the system when nobody
/// has any of them, so whoever gave them to a device takes them from it before.
#[derive(Debug)]
pub struct Memory {
    pages: Arc<MmapRaw>,
    offset: usize,
    bytes: usize,
    file: Option<File>,
}

impl Memory {
    /// So many bytes, zeroed, rounded up to whole pages.
    pub fn new(bytes: usize) -> io::Result<Memory> {
        Ok(Memory::all(MmapMut::map_anon(whole_pages(bytes))?.into(), None))
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
        Ok(Memory::all(MmapOptions::new().len(bytes).map_raw(&file)?, Some(file)))
    }

    fn all(pages: MmapRaw, file: Option<File>) -> Memory {
        Memory { offset: 0, bytes: pages.len(), pages: Arc::new(pages), file }
    }

    /// The file that the pages are of, if they are of one.
    pub fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// All of it. Words are as the device writes them: little-endian.
    pub fn words(&self) -> &[AtomicU32] {
        let first = self.start().cast();
        // SAFETY: the pages are there as long as `self`, readable, writable, aligned to more than a word, and any bits
        // make a word. They are reached through such slices, by other mappings of the file and by devices, so every
        // access is atomic.
        unsafe { std::slice::from_raw_parts(first, self.bytes / size_of::<AtomicU32>()) }
    }

    /// Its first byte, where this process has it.
    pub(crate) fn start(&self) -> *const u8 {
        self.pages.as_ptr().wrapping_add(self.offset)
    }

    /// Bytes; whole pages.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How far behind the first byte of its arena it begins.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// Whether it is of this arena.
    pub(crate) fn is_of(&self, arena: &Arena) -> bool {
        Arc::ptr_eq(&self.pages, &arena.pages)
    }
}

/// Pages that memory is taken from, one piece after the other; from the beginning again when all were given back.
#[derive(Debug)]
pub(crate) struct Arena {
    pages: Arc<MmapRaw>,
    taken: usize,
}

impl Arena {
    /// At least so many bytes: a hugepage if the system has one to spare, else pages.
    pub(crate) fn new(bytes: usize) -> io::Result<Arena> {
        let bytes = bytes.next_multiple_of(HUGE);
        let huge = MmapOptions::new().len(bytes).huge(Some(HUGE_BITS)).map_anon();
        let pages = huge.or_else(|_| MmapMut::map_anon(bytes))?;
        Ok(Arena::of(pages.into()))
    }

    /// These pages.
    pub(crate) fn of(pages: MmapRaw) -> Arena {
        Arena { pages: Arc::new(pages), taken: 0 }
    }

    /// A piece of so many bytes, rounded up to whole pages; `None` when there is no room for it.
    pub(crate) fn take(&mut self, bytes: usize) -> Option<Memory> {
        if Arc::strong_count(&self.pages) == 1 {
            self.taken = 0;
        }
        let bytes = whole_pages(bytes);
        let end = self.taken.checked_add(bytes).filter(|end| *end <= self.pages.len())?;
        let memory = Memory { pages: self.pages.clone(), offset: self.taken, bytes, file: None };
        self.taken = end;
        // Somebody may have had it before.
        memory.words().iter().for_each(|word| word.store(0, Ordering::Relaxed));
        Some(memory)
    }
}

fn whole_pages(bytes: usize) -> usize {
    bytes.max(1).next_multiple_of(super::page_size())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_whole_pages_of_zeroes() {
        let memory = Memory::new(1).unwrap();
        assert_eq!(memory.words().len() * 4, super::super::page_size());
        assert!(memory.words().iter().all(|word| word.load(Ordering::Relaxed) == 0));
        assert_eq!(memory.words().as_ptr().addr() % super::super::page_size(), 0);
    }

    #[test]
    fn pieces_of_an_arena_are_whole_pages_apart_and_zeroed_when_they_are_had_again() {
        let page = super::super::page_size();
        let mut arena = Arena::of(MmapMut::map_anon(3 * page).unwrap().into());
        let (first, second) = (arena.take(1).unwrap(), arena.take(page + 1).unwrap());
        assert_eq!((first.offset(), first.bytes()), (0, page));
        assert_eq!((second.offset(), second.bytes()), (page, 2 * page));
        assert!(arena.take(1).is_none(), "it is full");
        first.words()[0].store(5, Ordering::Relaxed);
        drop(first);
        assert!(arena.take(1).is_none(), "some of it is still had");
        drop(second);
        let again = arena.take(3 * page).unwrap();
        assert_eq!(again.offset(), 0);
        assert!(again.words().iter().all(|word| word.load(Ordering::Relaxed) == 0));
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
