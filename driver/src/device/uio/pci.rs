//! uio_pci_generic: registers are BAR 0 of the function. It has no DMA: nothing keeps the memory in place to which a
//! board would write, and the kernel does not switch bus mastering on. So packets are pulled.

use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::MmapOptions;
use rustix::io::{pread, pwrite};

use super::{Parts, Rearm, Rings};
use crate::device::error::failed;
use crate::device::{OpenError, files};
use crate::sys::Mapped;

/// The command register's upper byte, and Interrupt Disable in it (PCI Local Bus Specification 3.0, 6.2.2).
const COMMAND_HIGH: u64 = 5;
const INTERRUPT_DISABLE: u8 = 1 << 2;

const NO_RINGS: &str = "uio_pci_generic has no DMA, so packets are pulled; vfio-pci has it (`portolan bind`)";

pub(super) fn open(name: &str, class: &Path, buffer: Option<&str>) -> Result<Parts, OpenError> {
    if buffer.is_some() {
        return Err(OpenError::Unfit { device: name.to_owned(), why: NO_RINGS.to_owned() });
    }
    let function = class.join("device");
    let bar = files::open(name, &function.join("resource0"))?;
    let pages = MmapOptions::new().map_raw(&bar).map_err(failed(name, "mapping BAR 0"))?;
    let registers = Mapped::new(pages).map_err(failed(name, "mapping BAR 0"))?;
    let config = files::open(name, &function.join("config"))?;
    Ok(Parts { registers, rearm: Rearm::Command(config), rings: Rings::None { why: NO_RINGS } })
}

/// Lets INTx through, which the kernel disabled when it fired.
pub(super) fn let_interrupts_through(config: &File) -> io::Result<()> {
    let mut byte = [0];
    pread(config, &mut byte, COMMAND_HIGH)?;
    pwrite(config, &[byte[0] & !INTERRUPT_DISABLE], COMMAND_HIGH)?;
    Ok(())
}
