//! Where memory lies in the machine, for boards behind no IOMMU (Linux, Documentation/admin-guide/mm/pagemap.rst).

use std::fs::File;
use std::io;
use std::sync::atomic::Ordering;

use rustix::io::pread;
use rustix::mm::mlock;

use super::Memory;

const PRESENT: u64 = 1 << 63;
const FRAME: u64 = (1 << 55) - 1;

/// The physical address of memory that is one piece there, and is kept in place. Refused if it is several, as without
/// hugepages, or when this process may not know (CAP_SYS_ADMIN).
pub(crate) fn physical_address(memory: &Memory) -> io::Result<u64> {
    let page = super::page_size();
    // Every page is there from now on.
    memory.words().iter().step_by(page / 4).for_each(|word| word.store(0, Ordering::Relaxed));
    // SAFETY: the pages are those of `memory`; that they are kept in place changes nothing for anybody.
    unsafe { mlock(memory.start().cast_mut().cast(), memory.bytes()) }?;
    let map = File::open("/proc/self/pagemap")?;
    let frame_of = |index: usize| {
        let mut entry = [0; 8];
        pread(&map, &mut entry, ((memory.start().addr() / page + index) * 8) as u64)?;
        let entry = u64::from_ne_bytes(entry);
        match entry & FRAME {
            frame if entry & PRESENT != 0 && frame != 0 => Ok(frame),
            _ => {
                Err(io::Error::new(io::ErrorKind::PermissionDenied, "/proc/self/pagemap tells no addresses"))
            }
        }
    };
    let first = frame_of(0)?;
    for index in 1..memory.bytes() / page {
        if frame_of(index)? != first + index as u64 {
            let why = "memory is not one piece; without an IOMMU rings need a hugepage: echo 4 > /proc/sys/vm/nr_hugepages";
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, why));
        }
    }
    Ok(first * page as u64)
}
