//! uio_pdrv_genirq: registers are the first memory of the device-tree node, rings go to its second, a reserved one, or
//! to a buffer of the module u-dma-buf.

use std::fs::{File, OpenOptions};
use std::path::Path;

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::OFlags;

use super::{Parts, Rearm, Rings};
use crate::device::error::failed;
use crate::device::{OpenError, System, files};
use crate::sync::Lock;
use crate::sys::{Arena, Mapped, page_size};

/// A memory of the device's.
struct Map {
    pages: MmapRaw,
    address: u64,
}

pub(super) fn open(
    system: &System,
    name: &str,
    class: &Path,
    file: &File,
    buffer: Option<&str>,
) -> Result<Parts, OpenError> {
    let registers = map(name, class, file, 0)?;
    let rings = match buffer {
        Some(buffer) => rings_in(buffer_of(system, name, buffer)?),
        None if class.join("maps/map1").exists() => rings_in(map(name, class, file, 1)?),
        None => Rings::None {
            why: "its device-tree node has no second memory for rings; add a reserved one, or name a u-dma-buf",
        },
    };
    let registers = Mapped::new(registers.pages).map_err(failed(name, "mapping its registers"))?;
    Ok(Parts { registers, rearm: Rearm::Control, rings })
}

fn rings_in(map: Map) -> Rings {
    Rings::In { memory: Lock::new(Arena::of(map.pages)), address: map.address }
}

/// Maps memory `index`, which lies at as many pages in the device's file (uio-howto, "mmap() device memory").
fn map(name: &str, class: &Path, file: &File, index: usize) -> Result<Map, OpenError> {
    let of = |what: &str| {
        files::number(class.join(format!("maps/map{index}/{what}")))
            .map_err(failed(name, format!("looking for {what} of its memory {index}")))
    };
    let (address, size, offset) = (of("addr")?, of("size")?, of("offset")?);
    if offset != 0 || address % page_size() as u64 != 0 {
        let why = format!("its memory {index} at {address:#x} does not begin with a page");
        return Err(OpenError::Unfit { device: name.to_owned(), why });
    }
    let mut options = MmapOptions::new();
    options.offset((index * page_size()) as u64).len(usize::try_from(size).unwrap_or(usize::MAX));
    let pages = options.map_raw(file).map_err(failed(name, format!("mapping its memory {index}")))?;
    Ok(Map { pages, address })
}

/// A buffer of u-dma-buf; O_SYNC asks for a mapping that is coherent with the board.
fn buffer_of(system: &System, name: &str, buffer: &str) -> Result<Map, OpenError> {
    let class = system.path("sys/class/u-dma-buf").join(buffer);
    let of = |what: &str| {
        files::number(class.join(what)).map_err(failed(name, format!("looking for {what} of {buffer}")))
    };
    let (address, size) = (of("phys_addr")?, of("size")?);
    let path = system.path("dev").join(buffer);
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(OFlags::SYNC.bits().cast_signed());
    let file = options.open(&path).map_err(|error| files::why_not(name, &path, error))?;
    let mut options = MmapOptions::new();
    options.len(usize::try_from(size).unwrap_or(usize::MAX));
    let pages = options.map_raw(&file).map_err(failed(name, format!("mapping {buffer}")))?;
    Ok(Map { pages, address })
}
