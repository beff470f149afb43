//! The kernel's VFIO, call by call (Linux, Documentation/driver-api/vfio.rst and uapi/linux/vfio.h).
//!
//! [`Kernel`] is what devices call; tests put a scripted one in its place. Every call is one ioctl, and nothing is
//! remembered here.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use rustix::ioctl::{Ioctl, IoctlOutput, Opcode, ioctl};
use vfio_bindings::bindings::vfio as abi;

use super::Memory;

/// What a region of a device is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Region {
    /// `VFIO_REGION_INFO_FLAG_*`.
    pub(crate) flags: u32,
    /// Bytes.
    pub(crate) size: u64,
    /// Where it lies in the device's file.
    pub(crate) offset: u64,
}

/// VFIO's and iommufd's ioctls. Memory that is mapped must be unmapped before it goes back to the system.
pub(crate) trait Kernel: Send + Sync {
    /// VFIO_GET_API_VERSION.
    fn api_version(&self, container: BorrowedFd<'_>) -> io::Result<u32>;
    /// VFIO_CHECK_EXTENSION.
    fn has_extension(&self, container: BorrowedFd<'_>, extension: u32) -> io::Result<bool>;
    /// VFIO_GROUP_GET_STATUS: `VFIO_GROUP_FLAGS_*`.
    fn group_flags(&self, group: BorrowedFd<'_>) -> io::Result<u32>;
    /// VFIO_GROUP_SET_CONTAINER.
    fn set_container(&self, group: BorrowedFd<'_>, container: BorrowedFd<'_>) -> io::Result<()>;
    /// VFIO_SET_IOMMU.
    fn set_iommu(&self, container: BorrowedFd<'_>, kind: u32) -> io::Result<()>;
    /// VFIO_GROUP_GET_DEVICE_FD.
    fn device(&self, group: BorrowedFd<'_>, name: &str) -> io::Result<OwnedFd>;
    /// VFIO_IOMMU_MAP_DMA, readable and writable for the device.
    fn map(&self, container: BorrowedFd<'_>, memory: &Memory, iova: u64) -> io::Result<()>;
    /// VFIO_IOMMU_UNMAP_DMA.
    fn unmap(&self, container: BorrowedFd<'_>, iova: u64, bytes: u64) -> io::Result<()>;

    /// VFIO_DEVICE_BIND_IOMMUFD.
    fn bind_iommufd(&self, device: BorrowedFd<'_>, iommufd: BorrowedFd<'_>) -> io::Result<()>;
    /// IOMMU_IOAS_ALLOC: the new address space.
    fn new_space(&self, iommufd: BorrowedFd<'_>) -> io::Result<u32>;
    /// VFIO_DEVICE_ATTACH_IOMMUFD_PT.
    fn attach_space(&self, device: BorrowedFd<'_>, space: u32) -> io::Result<()>;
    /// IOMMU_IOAS_MAP, readable and writable for the device, where the kernel finds room.
    fn map_in_space(&self, iommufd: BorrowedFd<'_>, space: u32, memory: &Memory) -> io::Result<u64>;
    /// IOMMU_IOAS_UNMAP.
    fn unmap_in_space(&self, iommufd: BorrowedFd<'_>, space: u32, iova: u64, bytes: u64) -> io::Result<()>;

    /// VFIO_DEVICE_GET_INFO: `VFIO_DEVICE_FLAGS_*`.
    fn device_flags(&self, device: BorrowedFd<'_>) -> io::Result<u32>;
    /// VFIO_DEVICE_GET_REGION_INFO.
    fn region(&self, device: BorrowedFd<'_>, index: u32) -> io::Result<Region>;
    /// VFIO_DEVICE_GET_IRQ_INFO: how many vectors an interrupt index has.
    fn vectors(&self, device: BorrowedFd<'_>, index: u32) -> io::Result<u32>;
    /// VFIO_DEVICE_SET_IRQS: the vectors of this index, from 0 on, signal these eventfds; with none, no vector does.
    fn set_eventfds(&self, device: BorrowedFd<'_>, index: u32, eventfds: &[BorrowedFd<'_>])
    -> io::Result<()>;
    /// VFIO_DEVICE_SET_IRQS: vector 0 of this index, which masked itself, may fire again.
    fn unmask(&self, device: BorrowedFd<'_>, index: u32) -> io::Result<()>;
    /// VFIO_DEVICE_RESET.
    fn reset(&self, device: BorrowedFd<'_>) -> io::Result<()>;
}

/// The kernel itself.
pub(crate) struct Linux;

const fn vfio(number: u32) -> Opcode {
    // _IO(';', 100 + number): neither size nor direction.
    (abi::VFIO_TYPE as u32) << 8 | (abi::VFIO_BASE + number)
}

const GET_API_VERSION: Opcode = vfio(0);
const CHECK_EXTENSION: Opcode = vfio(1);
const SET_IOMMU: Opcode = vfio(2);
const GROUP_GET_STATUS: Opcode = vfio(3);
const GROUP_SET_CONTAINER: Opcode = vfio(4);
const GROUP_GET_DEVICE_FD: Opcode = vfio(6);
const DEVICE_GET_INFO: Opcode = vfio(7);
const DEVICE_GET_REGION_INFO: Opcode = vfio(8);
const DEVICE_GET_IRQ_INFO: Opcode = vfio(9);
const DEVICE_SET_IRQS: Opcode = vfio(10);
const DEVICE_RESET: Opcode = vfio(11);
const IOMMU_MAP_DMA: Opcode = vfio(13);
const IOMMU_UNMAP_DMA: Opcode = vfio(14);
const DEVICE_BIND_IOMMUFD: Opcode = vfio(18);
const DEVICE_ATTACH_IOMMUFD_PT: Opcode = vfio(19);

/// iommufd's own (Linux, uapi/linux/iommufd.h), which vfio-bindings does not have.
mod iommufd {
    use rustix::ioctl::Opcode;

    const fn call(number: u32) -> Opcode {
        // _IO(';', number).
        0x3b << 8 | number
    }

    pub(super) const IOAS_ALLOC: Opcode = call(0x81);
    pub(super) const IOAS_MAP: Opcode = call(0x85);
    pub(super) const IOAS_UNMAP: Opcode = call(0x86);
    pub(super) const MAP_WRITEABLE: u32 = 1 << 1;
    pub(super) const MAP_READABLE: u32 = 1 << 2;

    /// struct iommu_ioas_alloc.
    #[repr(C)]
    #[derive(Default)]
    pub(super) struct Alloc {
        pub(super) size: u32,
        pub(super) flags: u32,
        pub(super) out_ioas_id: u32,
    }

    /// struct iommu_ioas_map.
    #[repr(C)]
    #[derive(Default)]
    pub(super) struct Map {
        pub(super) size: u32,
        pub(super) flags: u32,
        pub(super) ioas_id: u32,
        pub(super) reserved: u32,
        pub(super) user_va: u64,
        pub(super) length: u64,
        pub(super) iova: u64,
    }

    /// struct iommu_ioas_unmap.
    #[repr(C)]
    #[derive(Default)]
    pub(super) struct Unmap {
        pub(super) size: u32,
        pub(super) ioas_id: u32,
        pub(super) iova: u64,
        pub(super) length: u64,
    }
}

/// An ioctl with one argument: its own result.
struct Call {
    opcode: Opcode,
    argument: *mut rustix::ffi::c_void,
}

// SAFETY: opcode and argument are handed on as they are; whoever makes a `Call` sees to it that they fit.
unsafe impl Ioctl for Call {
    type Output = i32;
    // Some fill in what the argument points to.
    const IS_MUTATING: bool = true;

    fn opcode(&self) -> Opcode {
        self.opcode
    }

    fn as_ptr(&mut self) -> *mut rustix::ffi::c_void {
        self.argument
    }

    unsafe fn output_from_ptr(
        output: IoctlOutput,
        _: *mut rustix::ffi::c_void,
    ) -> rustix::io::Result<Self::Output> {
        Ok(output)
    }
}

/// An ioctl whose argument is a number.
fn with_number(file: BorrowedFd<'_>, opcode: Opcode, argument: usize) -> io::Result<i32> {
    let argument = std::ptr::without_provenance_mut(argument);
    // SAFETY: the calls of this file that come here take a number, or nothing.
    Ok(unsafe { ioctl(file, Call { opcode, argument }) }?)
}

/// An ioctl whose argument is a structure, which it may fill in.
fn with<T>(file: BorrowedFd<'_>, opcode: Opcode, argument: &mut T) -> io::Result<i32> {
    let argument = std::ptr::from_mut(argument).cast();
    // SAFETY: the calls of this file that come here give the structure that the kernel defines for the opcode, with
    // its size in it where the kernel asks for that; it lives until the call returns.
    Ok(unsafe { ioctl(file, Call { opcode, argument }) }?)
}

fn size_of_u32<T>() -> u32 {
    size_of::<T>() as u32
}

/// VFIO_DEVICE_SET_IRQS with what follows its structure.
fn set_irqs(device: BorrowedFd<'_>, flags: u32, index: u32, count: u32, data: &[RawFd]) -> io::Result<()> {
    let bytes = size_of::<abi::vfio_irq_set>() + size_of_val(data);
    // struct vfio_irq_set, in words, with its data.
    let mut words = vec![bytes as u32, flags, index, 0, count];
    const { assert!(size_of::<abi::vfio_irq_set>() == 5 * 4) };
    words.extend(data.iter().map(|fd| fd.cast_unsigned()));
    let argument = words.as_mut_ptr().cast();
    // SAFETY: the structure that the kernel defines, with its size in it, which lives until the call returns.
    unsafe { ioctl(device, Call { opcode: DEVICE_SET_IRQS, argument }) }?;
    Ok(())
}

impl Kernel for Linux {
    fn api_version(&self, container: BorrowedFd<'_>) -> io::Result<u32> {
        with_number(container, GET_API_VERSION, 0).map(i32::cast_unsigned)
    }

    fn has_extension(&self, container: BorrowedFd<'_>, extension: u32) -> io::Result<bool> {
        with_number(container, CHECK_EXTENSION, extension as usize).map(|answer| answer > 0)
    }

    fn group_flags(&self, group: BorrowedFd<'_>) -> io::Result<u32> {
        let mut status = abi::vfio_group_status { argsz: size_of_u32::<abi::vfio_group_status>(), flags: 0 };
        with(group, GROUP_GET_STATUS, &mut status)?;
        Ok(status.flags)
    }

    fn set_container(&self, group: BorrowedFd<'_>, container: BorrowedFd<'_>) -> io::Result<()> {
        with(group, GROUP_SET_CONTAINER, &mut container.as_raw_fd()).map(drop)
    }

    fn set_iommu(&self, container: BorrowedFd<'_>, kind: u32) -> io::Result<()> {
        with_number(container, SET_IOMMU, kind as usize).map(drop)
    }

    fn device(&self, group: BorrowedFd<'_>, name: &str) -> io::Result<OwnedFd> {
        let mut name = [name.as_bytes(), b"\0"].concat();
        let argument = name.as_mut_ptr().cast();
        // SAFETY: a string that ends with a zero and lives until the call returns.
        let fd = unsafe { ioctl(group, Call { opcode: GROUP_GET_DEVICE_FD, argument }) }?;
        // SAFETY: the kernel has just given it to us alone.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    fn map(&self, container: BorrowedFd<'_>, memory: &Memory, iova: u64) -> io::Result<()> {
        let mut map = abi::vfio_iommu_type1_dma_map {
            argsz: size_of_u32::<abi::vfio_iommu_type1_dma_map>(),
            flags: abi::VFIO_DMA_MAP_FLAG_READ | abi::VFIO_DMA_MAP_FLAG_WRITE,
            vaddr: memory.start().expose_provenance() as u64,
            iova,
            size: memory.bytes() as u64,
        };
        with(container, IOMMU_MAP_DMA, &mut map).map(drop)
    }

    fn unmap(&self, container: BorrowedFd<'_>, iova: u64, bytes: u64) -> io::Result<()> {
        let mut unmap = abi::vfio_iommu_type1_dma_unmap {
            argsz: size_of_u32::<abi::vfio_iommu_type1_dma_unmap>(),
            iova,
            size: bytes,
            ..Default::default()
        };
        with(container, IOMMU_UNMAP_DMA, &mut unmap).map(drop)
    }

    fn bind_iommufd(&self, device: BorrowedFd<'_>, iommufd: BorrowedFd<'_>) -> io::Result<()> {
        let mut bind = abi::vfio_device_bind_iommufd {
            // Without the token, which kernels before 6.18 do not know.
            argsz: std::mem::offset_of!(abi::vfio_device_bind_iommufd, token_uuid_ptr) as u32,
            iommufd: iommufd.as_raw_fd(),
            ..Default::default()
        };
        with(device, DEVICE_BIND_IOMMUFD, &mut bind).map(drop)
    }

    fn new_space(&self, iommufd: BorrowedFd<'_>) -> io::Result<u32> {
        let mut alloc = iommufd::Alloc { size: size_of_u32::<iommufd::Alloc>(), ..Default::default() };
        with(iommufd, iommufd::IOAS_ALLOC, &mut alloc)?;
        Ok(alloc.out_ioas_id)
    }

    fn attach_space(&self, device: BorrowedFd<'_>, space: u32) -> io::Result<()> {
        let mut attach = abi::vfio_device_attach_iommufd_pt {
            // Without the PASID, which older kernels do not know.
            argsz: std::mem::offset_of!(abi::vfio_device_attach_iommufd_pt, pt_id) as u32 + 4,
            pt_id: space,
            ..Default::default()
        };
        with(device, DEVICE_ATTACH_IOMMUFD_PT, &mut attach).map(drop)
    }

    fn map_in_space(&self, iommufd: BorrowedFd<'_>, space: u32, memory: &Memory) -> io::Result<u64> {
        let mut map = iommufd::Map {
            size: size_of_u32::<iommufd::Map>(),
            flags: iommufd::MAP_READABLE | iommufd::MAP_WRITEABLE,
            ioas_id: space,
            user_va: memory.start().expose_provenance() as u64,
            length: memory.bytes() as u64,
            ..Default::default()
        };
        with(iommufd, iommufd::IOAS_MAP, &mut map)?;
        Ok(map.iova)
    }

    fn unmap_in_space(&self, iommufd: BorrowedFd<'_>, space: u32, iova: u64, bytes: u64) -> io::Result<()> {
        let mut unmap =
            iommufd::Unmap { size: size_of_u32::<iommufd::Unmap>(), ioas_id: space, iova, length: bytes };
        with(iommufd, iommufd::IOAS_UNMAP, &mut unmap).map(drop)
    }

    fn device_flags(&self, device: BorrowedFd<'_>) -> io::Result<u32> {
        let mut info =
            abi::vfio_device_info { argsz: size_of_u32::<abi::vfio_device_info>(), ..Default::default() };
        with(device, DEVICE_GET_INFO, &mut info)?;
        Ok(info.flags)
    }

    fn region(&self, device: BorrowedFd<'_>, index: u32) -> io::Result<Region> {
        let mut info = abi::vfio_region_info {
            argsz: size_of_u32::<abi::vfio_region_info>(),
            index,
            ..Default::default()
        };
        with(device, DEVICE_GET_REGION_INFO, &mut info)?;
        Ok(Region { flags: info.flags, size: info.size, offset: info.offset })
    }

    fn vectors(&self, device: BorrowedFd<'_>, index: u32) -> io::Result<u32> {
        let mut info =
            abi::vfio_irq_info { argsz: size_of_u32::<abi::vfio_irq_info>(), index, ..Default::default() };
        with(device, DEVICE_GET_IRQ_INFO, &mut info)?;
        Ok(info.count)
    }

    fn set_eventfds(
        &self,
        device: BorrowedFd<'_>,
        index: u32,
        eventfds: &[BorrowedFd<'_>],
    ) -> io::Result<()> {
        let fds: Vec<RawFd> = eventfds.iter().map(AsRawFd::as_raw_fd).collect();
        let data = if fds.is_empty() { abi::VFIO_IRQ_SET_DATA_NONE } else { abi::VFIO_IRQ_SET_DATA_EVENTFD };
        set_irqs(device, data | abi::VFIO_IRQ_SET_ACTION_TRIGGER, index, fds.len() as u32, &fds)
    }

    fn unmask(&self, device: BorrowedFd<'_>, index: u32) -> io::Result<()> {
        let flags = abi::VFIO_IRQ_SET_DATA_NONE | abi::VFIO_IRQ_SET_ACTION_UNMASK;
        set_irqs(device, flags, index, 1, &[])
    }

    fn reset(&self, device: BorrowedFd<'_>) -> io::Result<()> {
        with_number(device, DEVICE_RESET, 0).map(drop)
    }
}
