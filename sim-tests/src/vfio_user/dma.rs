//! A client's memory, mapped once per file: with an IOMMU before the guest the same file comes page by page.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Weak};

use portolan::device::Memory as Pages;
use rustix::io::Errno;

/// The files that are mapped, by device and inode.
#[derive(Default)]
pub struct Files {
    mapped: HashMap<(u64, u64), Weak<Pages>>,
}

impl Files {
    /// A file's pages, of which so many bytes from an offset on are wanted; EINVAL when it does not have them.
    pub fn pages(&mut self, file: OwnedFd, offset: u64, bytes: u64) -> Result<Arc<Pages>, Errno> {
        let file = File::from(file);
        let metadata = file.metadata().map_err(|_| Errno::INVAL)?;
        let key = (metadata.dev(), metadata.ino());
        let has = |pages: &Arc<Pages>| {
            let end = offset.checked_add(bytes);
            end.is_some_and(|end| end <= 4 * pages.words().len() as u64)
        };
        let known = self.mapped.get(&key).and_then(Weak::upgrade).filter(has);
        if let Some(pages) = known {
            return Ok(pages);
        }
        // Not known, or it has grown.
        let pages = Arc::new(Pages::of_file(file).map_err(|_| Errno::INVAL)?);
        if !has(&pages) {
            return Err(Errno::INVAL);
        }
        self.mapped.retain(|_, pages| pages.strong_count() > 0);
        self.mapped.insert(key, Arc::downgrade(&pages));
        Ok(pages)
    }

    /// How many are mapped now.
    pub fn mapped(&self) -> usize {
        self.mapped.values().filter(|pages| pages.strong_count() > 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_mapped_once_however_often_it_comes() {
        let memory = Pages::in_file(8 * 4096).expect("memory");
        let file = || OwnedFd::from(memory.file().expect("a file").try_clone().expect("a descriptor"));
        let mut files = Files::default();
        let pages: Vec<_> =
            (0..8).map(|page| files.pages(file(), page * 4096, 4096).expect("its pages")).collect();
        assert!(pages.iter().all(|pages_of| Arc::ptr_eq(pages_of, &pages[0])));
        assert_eq!(files.mapped(), 1);
        assert_eq!(files.pages(file(), 7 * 4096, 8192).err(), Some(Errno::INVAL));
        assert_eq!(files.pages(file(), u64::MAX, 8192).err(), Some(Errno::INVAL));
        drop(pages);
        assert_eq!(files.mapped(), 0);
        let (pipe, _end) = std::io::pipe().expect("a pipe");
        assert_eq!(files.pages(pipe.into(), 0, 4096).err(), Some(Errno::INVAL));
    }
}
