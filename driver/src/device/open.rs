//! Devices by their names: the one place where a name becomes an open device.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Device, OpenError, VfioUserDevice, uio, vfio};
use crate::sys::vfio::{Kernel, Linux};

/// What is allowed when a device is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// No-IOMMU mode, in which a board can write to any memory of the machine, so that a fault of it, or of this
    /// driver, can do anything.
    pub allow_noiommu: bool,
}

/// Opens the device of this name, of a board that is there:
///
/// | name | device |
/// |---|---|
/// | `vfio:0000:01:00.0` | a PCIe card that vfio-pci has |
/// | `vfio-user:/tmp/portolan.sock` | what a server has behind that socket |
/// | `uio:0` | `/dev/uio0`: a block on AXI by uio_pdrv_genirq, a PCI card by uio_pci_generic |
/// | `uio:0,udmabuf0` | the same, with rings in the buffer of `/dev/udmabuf0` |
/// | `uart:/dev/ttyUSB1` | a board on a serial line; at another rate: `uart:/dev/ttyUSB1@115200` |
///
/// ```no_run
/// use portolan::{Board, device};
/// let board = Board::open(device::open("vfio:0000:01:00.0", device::OpenOptions::default())?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(spec: &str, options: OpenOptions) -> Result<Arc<dyn Device>, OpenError> {
    System { root: PathBuf::from("/"), kernel: Arc::new(Linux), options }.open(spec)
}

/// Where devices are looked for, and by which calls.
pub(super) struct System {
    /// Of the file system.
    pub(super) root: PathBuf,
    pub(super) kernel: Arc<dyn Kernel>,
    pub(super) options: OpenOptions,
}

impl System {
    /// A file, by its path without the leading slash.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(Path::new(relative))
    }

    /// [`open`] here.
    pub(super) fn open(&self, spec: &str) -> Result<Arc<dyn Device>, OpenError> {
        match spec.split_once(':') {
            Some(("vfio", bdf)) => Ok(Arc::new(vfio::VfioDevice::open(self, bdf)?)),
            Some(("vfio-user", path)) => Ok(VfioUserDevice::open(Path::new(path))?),
            Some(("uio", which)) => Ok(Arc::new(uio::UioDevice::open(self, which)?)),
            #[cfg(all(feature = "serial", not(loom)))]
            Some(("uart", _)) => Ok(super::UartDevice::open(spec.parse()?)?),
            _ => Err(OpenError::Spec { spec: spec.to_owned(), why: "there is no such kind" }),
        }
    }
}
