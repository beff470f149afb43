//! The way of kernels since 3.6: a container for the IOMMU, and in it the device's group.
//!
//! In no-IOMMU mode (Linux 4.5) there is no translation: the board is given physical addresses.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

use vfio_bindings::bindings::vfio as abi;

use super::{Dma, Way};
use crate::device::error::failed;
use crate::device::{OpenError, System, files, pci};
use crate::sync::Lock;
use crate::sys::vfio::Kernel;
use crate::sys::{Memory, physical_address};

/// I/O virtual addresses that are given out: from 1 GiB on, below the windows of x86 (0xfee0_0000) and above that of Arm
/// (0x0800_0000) to which messages of interrupts go.
const FIRST: u64 = 0x4000_0000;
const END: u64 = 0xfe00_0000;

/// Opens a function by its group.
pub(super) fn open(system: &System, name: &str, function: &pci::Function) -> Result<Way, OpenError> {
    let Some((number, without_iommu)) = function.group() else {
        return Err(OpenError::NoGroup { device: name.to_owned() });
    };
    if without_iommu && !system.options.allow_noiommu {
        return Err(OpenError::NoIommu { device: name.to_owned() });
    }
    let kernel = &system.kernel;
    let container = files::open(name, &system.path("dev/vfio/vfio"))?;
    let version = kernel.api_version(container.as_fd()).map_err(failed(name, "VFIO_GET_API_VERSION"))?;
    if version != abi::VFIO_API_VERSION {
        let why = format!("the kernel's VFIO has version {version}, not {}", abi::VFIO_API_VERSION);
        return Err(OpenError::Unfit { device: name.to_owned(), why });
    }
    let kind = if without_iommu { abi::VFIO_NOIOMMU_IOMMU } else { abi::VFIO_TYPE1v2_IOMMU };
    if !kernel.has_extension(container.as_fd(), kind).map_err(failed(name, "VFIO_CHECK_EXTENSION"))? {
        let why =
            "the kernel's VFIO cannot use this machine's IOMMU; load the module vfio_iommu_type1".to_owned();
        return Err(OpenError::Unfit { device: name.to_owned(), why });
    }

    let prefix = if without_iommu { "noiommu-" } else { "" };
    let group = files::open(name, &system.path(&format!("dev/vfio/{prefix}{number}")))?;
    let flags = kernel.group_flags(group.as_fd()).map_err(failed(name, "VFIO_GROUP_GET_STATUS"))?;
    if flags & abi::VFIO_GROUP_FLAGS_VIABLE == 0 {
        let others = function.others_in_group();
        return Err(OpenError::NotViable { device: name.to_owned(), group: number, others });
    }
    kernel
        .set_container(group.as_fd(), container.as_fd())
        .map_err(failed(name, "VFIO_GROUP_SET_CONTAINER"))?;
    kernel.set_iommu(container.as_fd(), kind).map_err(failed(name, "VFIO_SET_IOMMU"))?;
    let device =
        kernel.device(group.as_fd(), &function.bdf).map_err(failed(name, "VFIO_GROUP_GET_DEVICE_FD"))?;
    let dma: Box<dyn Dma> = match without_iommu {
        true => Box::new(Physical { _group: group, _container: container }),
        false => {
            Box::new(Container { kernel: kernel.clone(), container, _group: group, mapped: Lock::default() })
        }
    };
    Ok(Way { device, dma })
}

/// An IOMMU's address space, which we give out ourselves.
struct Container {
    kernel: Arc<dyn Kernel>,
    /// Bytes by address.
    mapped: Lock<BTreeMap<u64, u64>>,
    _group: File,
    container: File,
}

impl Dma for Container {
    fn map(&self, memory: &Memory) -> io::Result<u64> {
        let bytes = memory.bytes() as u64;
        let mut mapped = self.mapped.lock();
        let address = gap(&mapped, bytes).ok_or(io::ErrorKind::OutOfMemory)?;
        self.kernel.map(self.container.as_fd(), memory, address)?;
        mapped.insert(address, bytes);
        Ok(address)
    }

    fn unmap(&self, address: u64) -> io::Result<()> {
        match self.mapped.lock().remove(&address) {
            Some(bytes) => self.kernel.unmap(self.container.as_fd(), address, bytes),
            None => Ok(()),
        }
    }
}

/// The first address from which so many bytes are free.
fn gap(mapped: &BTreeMap<u64, u64>, bytes: u64) -> Option<u64> {
    let mut address = FIRST;
    for (taken, length) in mapped {
        if taken - address >= bytes {
            break;
        }
        address = taken + length;
    }
    (address + bytes <= END).then_some(address)
}

/// No translation.
struct Physical {
    _group: File,
    _container: File,
}

impl Dma for Physical {
    fn map(&self, memory: &Memory) -> io::Result<u64> {
        physical_address(memory)
    }

    fn unmap(&self, _: u64) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_given_out_again_and_never_twice_at_once() {
        let mut mapped = BTreeMap::new();
        for expected in [FIRST, FIRST + 0x1000, FIRST + 0x2000] {
            let address = gap(&mapped, 0x1000).unwrap();
            assert_eq!(address, expected);
            mapped.insert(address, 0x1000);
        }
        mapped.remove(&(FIRST + 0x1000));
        assert_eq!(gap(&mapped, 0x1000), Some(FIRST + 0x1000));
        assert_eq!(gap(&mapped, 0x2000), Some(FIRST + 0x3000));
        assert_eq!(gap(&mapped, END - FIRST), None);
    }
}
