//! The way of kernels since 6.6: a character device of its own, and an address space of iommufd.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

use rustix::io::Errno;

use super::{Dma, Way};
use crate::device::error::failed;
use crate::device::{OpenError, System, files};
use crate::sync::Lock;
use crate::sys::Memory;
use crate::sys::vfio::Kernel;

/// Opens the character device of this name.
pub(super) fn open(system: &System, name: &str, file: &str) -> Result<Way, OpenError> {
    let kernel = &system.kernel;
    let path = system.path("dev/vfio/devices").join(file);
    let device = files::open(name, &path)?;
    let iommufd = files::open(name, &system.path("dev/iommu"))?;
    kernel.bind_iommufd(device.as_fd(), iommufd.as_fd()).map_err(|error| {
        match Errno::from_io_error(&error) {
            // Two may open the file, but bind the device only one.
            Some(Errno::INVAL | Errno::BUSY) => files::held(name, &path),
            _ => failed(name, "VFIO_DEVICE_BIND_IOMMUFD")(error),
        }
    })?;
    let space = kernel.new_space(iommufd.as_fd()).map_err(failed(name, "IOMMU_IOAS_ALLOC"))?;
    kernel.attach_space(device.as_fd(), space).map_err(failed(name, "VFIO_DEVICE_ATTACH_IOMMUFD_PT"))?;
    let dma = Space { kernel: kernel.clone(), space, mapped: Lock::default(), iommufd };
    Ok(Way { device: device.into(), dma: Box::new(dma) })
}

/// An address space of iommufd, which gives addresses out itself.
struct Space {
    kernel: Arc<dyn Kernel>,
    space: u32,
    /// Bytes by address.
    mapped: Lock<BTreeMap<u64, u64>>,
    iommufd: File,
}

impl Dma for Space {
    fn map(&self, memory: &Memory) -> io::Result<u64> {
        let address = self.kernel.map_in_space(self.iommufd.as_fd(), self.space, memory)?;
        self.mapped.lock().insert(address, memory.bytes() as u64);
        Ok(address)
    }

    fn unmap(&self, address: u64) -> io::Result<()> {
        match self.mapped.lock().remove(&address) {
            Some(bytes) => self.kernel.unmap_in_space(self.iommufd.as_fd(), self.space, address, bytes),
            None => Ok(()),
        }
    }
}
