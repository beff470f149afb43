//! A PCIe card in the hands of VFIO (Linux, Documentation/driver-api/vfio.rst).
//!
//! What is done, in order: the [character device](cdev) is opened, or the device's [group](group) on kernels without
//! one; the function is reset; BAR 0 is mapped; bus mastering is switched on; each MSI-X vector gets an eventfd, or INTx
//! one. Memory is mapped for the IOMMU when the driver shares it.
//!
//! The kernel tells of a fatal error of the link, and that it wants the device back, by two more eventfds. Whoever
//! waits for a vector watches both.

mod cdev;
mod group;
#[cfg(all(test, not(loom)))]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memmap2::MmapOptions;
use portolan_regs::MAX_VECTORS;
use rustix::io::{pread, pwrite};
use vfio_bindings::bindings::vfio as abi;

use super::error::failed;
use super::{Device, DeviceError, Memory, OpenError, System, TimeBase, Wake, pci, sleep};
use crate::sync::Lock;
use crate::sys::vfio::Kernel;
use crate::sys::{self, Arena, Mapped};

/// The driver that it needs.
const DRIVER: &str = "vfio-pci";

/// The command register in configuration space, and its bits (PCI Local Bus Specification 3.0, 6.2.2).
const COMMAND: u64 = 4;
const MEMORY_SPACE: u16 = 1 << 1;
const BUS_MASTER: u16 = 1 << 2;

/// How a board's writes to memory are let through.
trait Dma: Send + Sync {
    /// Lets it write to this memory; at which address.
    fn map(&self, memory: &Memory) -> io::Result<u64>;
    /// Takes that back.
    fn unmap(&self, address: u64) -> io::Result<()>;
}

/// An opened device, and its way to memory.
struct Way {
    device: OwnedFd,
    dma: Box<dyn Dma>,
}

/// A vector's eventfds.
struct Vector {
    interrupt: OwnedFd,
    kick: OwnedFd,
}

/// Memory that the board may write to.
#[derive(Default)]
struct Shared {
    arena: Option<Arena>,
    by_address: BTreeMap<u64, Arc<Memory>>,
}

/// A card.
pub struct VfioDevice {
    name: String,
    kernel: Arc<dyn Kernel>,
    registers: Mapped,
    vectors: Vec<Vector>,
    /// Which interrupts of VFIO's they are.
    index: u32,
    /// INTx fired, and masked itself.
    masked: AtomicBool,
    /// Signaled at a fatal error of the link.
    error: OwnedFd,
    /// Signaled when the kernel wants the device back.
    request: OwnedFd,
    shared: Lock<Shared>,
    dma: Box<dyn Dma>,
    /// Where configuration space lies in its file.
    config: u64,
    device: OwnedFd,
}

impl VfioDevice {
    /// Opens the function at this address.
    pub(super) fn open(system: &System, bdf: &str) -> Result<VfioDevice, OpenError> {
        let name = format!("vfio:{bdf}");
        let Some(function) = pci::Function::at(&system.root, bdf) else {
            return Err(OpenError::Spec { spec: name, why: "an address has the form 0000:01:00.0" });
        };
        if !function.folder().exists() {
            return Err(OpenError::Absent { device: name, path: function.folder().to_owned() });
        }
        if function.driver().as_deref() != Some(DRIVER) {
            let (bdf, driver) = (function.bdf.clone(), function.driver());
            return Err(match function.group() {
                None => OpenError::NoGroup { device: name },
                Some(_) => OpenError::NotBound { device: name, bdf, driver, wanted: DRIVER },
            });
        }
        // In no-IOMMU mode the kernel has a name for a character device, but no such device.
        let without_iommu = function.group().is_some_and(|(_, without)| without);
        let way = match function.vfio_file() {
            Some(file) if !without_iommu && system.path("dev/iommu").exists() => {
                cdev::open(system, &name, &file)?
            }
            _ => group::open(system, &name, &function)?,
        };
        VfioDevice::take(system.kernel.clone(), name, way)
    }

    fn take(kernel: Arc<dyn Kernel>, name: String, way: Way) -> Result<VfioDevice, OpenError> {
        let Way { device, dma } = way;
        let unfit = |why: String| OpenError::Unfit { device: name.clone(), why };
        let fd = device.as_fd();
        let flags = kernel.device_flags(fd).map_err(failed(&name, "VFIO_DEVICE_GET_INFO"))?;
        if flags & abi::VFIO_DEVICE_FLAGS_PCI == 0 {
            return Err(unfit("it is no PCI device".to_owned()));
        }
        if flags & abi::VFIO_DEVICE_FLAGS_RESET != 0 {
            kernel.reset(fd).map_err(failed(&name, "VFIO_DEVICE_RESET"))?;
        }

        let bar =
            kernel.region(fd, abi::VFIO_PCI_BAR0_REGION_INDEX).map_err(failed(&name, "looking for BAR 0"))?;
        if bar.flags & abi::VFIO_REGION_INFO_FLAG_MMAP == 0 {
            return Err(unfit(format!("its BAR 0 ({} bytes) cannot be mapped", bar.size)));
        }
        let mut options = MmapOptions::new();
        options.offset(bar.offset).len(usize::try_from(bar.size).unwrap_or(usize::MAX));
        let registers =
            options.map_raw(&device).and_then(Mapped::new).map_err(failed(&name, "mapping BAR 0"))?;

        let space = kernel
            .region(fd, abi::VFIO_PCI_CONFIG_REGION_INDEX)
            .map_err(failed(&name, "looking for its configuration space"))?;
        command(fd, space.offset, MEMORY_SPACE | BUS_MASTER, 0)
            .map_err(failed(&name, "switching on bus mastering"))?;
        if let Some(extent) = registers.extent().filter(|extent| *extent > registers.len()) {
            return Err(unfit(format!("its BAR 0 has {} bytes, its block {extent}", registers.len())));
        }

        let count = |index| kernel.vectors(fd, index).map_err(failed(&name, "VFIO_DEVICE_GET_IRQ_INFO"));
        let (index, vectors) = match count(abi::VFIO_PCI_MSIX_IRQ_INDEX)?.min(MAX_VECTORS) {
            0 => (abi::VFIO_PCI_INTX_IRQ_INDEX, count(abi::VFIO_PCI_INTX_IRQ_INDEX)?.min(1)),
            vectors => (abi::VFIO_PCI_MSIX_IRQ_INDEX, vectors),
        };
        if vectors == 0 {
            return Err(unfit("it has neither MSI-X nor INTx".to_owned()));
        }
        let event = || sleep::new_event().map_err(failed(&name, "making an eventfd"));
        let vectors = (0..vectors)
            .map(|_| Ok(Vector { interrupt: event()?, kick: event()? }))
            .collect::<Result<Vec<_>, OpenError>>()?;
        let fds: Vec<_> = vectors.iter().map(|vector| vector.interrupt.as_fd()).collect();
        kernel.set_eventfds(fd, index, &fds).map_err(failed(&name, "VFIO_DEVICE_SET_IRQS"))?;
        let [error, request]: [Result<OwnedFd, OpenError>; 2] = [
            (abi::VFIO_PCI_ERR_IRQ_INDEX, "watching for errors of its link"),
            (abi::VFIO_PCI_REQ_IRQ_INDEX, "watching for its removal"),
        ]
        .map(|(index, doing)| {
            let watch = event()?;
            // Not every device tells of errors.
            if count(index)? > 0 {
                kernel.set_eventfds(fd, index, &[watch.as_fd()]).map_err(failed(&name, doing))?;
            }
            Ok(watch)
        });
        Ok(VfioDevice {
            error: error?,
            request: request?,
            kernel,
            registers,
            vectors,
            index,
            masked: AtomicBool::new(false),
            shared: Lock::default(),
            dma,
            config: space.offset,
            device,
            name,
        })
    }

    fn gone(&self, what: impl Into<String>, source: Option<io::Error>) -> DeviceError {
        let source = source.map(Into::into);
        DeviceError::Gone { device: self.name.clone(), what: what.into(), source }
    }

    fn beyond(&self, offset: u32) -> DeviceError {
        DeviceError::Refused { device: self.name.clone(), offset }
    }
}

/// Sets and clears bits of the command register.
fn command(device: impl AsFd, config: u64, set: u16, clear: u16) -> io::Result<()> {
    let mut word = [0; 2];
    pread(&device, &mut word, config + COMMAND)?;
    let new = u16::from_le_bytes(word) & !clear | set;
    pwrite(&device, &new.to_le_bytes(), config + COMMAND)?;
    Ok(())
}

impl Device for VfioDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        self.registers.read(offset).ok_or_else(|| self.beyond(offset))
    }

    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.registers.write(offset, value).ok_or_else(|| self.beyond(offset))
    }

    fn post(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.registers.post(offset, value).ok_or_else(|| self.beyond(offset))
    }

    fn memory(&self, bytes: usize) -> io::Result<Memory> {
        let mut shared = self.shared.lock();
        if let Some(memory) = shared.arena.as_mut().and_then(|arena| arena.take(bytes)) {
            return Ok(memory);
        }
        let arena = shared.arena.insert(Arena::new(bytes)?);
        arena.take(bytes).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    fn share(&self, memory: &Arc<Memory>) -> Result<Option<u64>, DeviceError> {
        let address = self.dma.map(memory).map_err(|error| {
            let limit =
                "letting the board write to memory failed (RLIMIT_MEMLOCK limits how much: `ulimit -l`)";
            self.gone(limit, Some(error))
        })?;
        self.shared.lock().by_address.insert(address, memory.clone());
        Ok(Some(address))
    }

    fn unshare(&self, address: u64) {
        // The memory is kept when the board may still write to it.
        if self.dma.unmap(address).is_ok() {
            self.shared.lock().by_address.remove(&address);
        }
    }

    fn reset(&self) -> Result<bool, DeviceError> {
        let reset = self.kernel.reset(self.device.as_fd());
        reset.map(|()| true).map_err(|error| self.gone("VFIO_DEVICE_RESET failed", Some(error)))
    }

    fn vectors(&self) -> u32 {
        self.vectors.len() as u32
    }

    fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let Vector { interrupt, kick } = &self.vectors[vector as usize];
        if self.masked.swap(false, Ordering::AcqRel) {
            let unmasked = self.kernel.unmask(self.device.as_fd(), self.index);
            unmasked.map_err(|error| self.gone("unmasking INTx failed", Some(error)))?;
        }
        let watched = [self.error.as_fd(), self.request.as_fd(), kick.as_fd(), interrupt.as_fd()];
        let woken = sleep::until_one(&watched, deadline);
        match woken.map_err(|error| self.gone("waiting for an interrupt failed", Some(error)))? {
            // Neither is taken: whoever waits is to be told.
            Some(0) => Err(self.gone("the kernel reports a fatal error of its link (AER)", None)),
            Some(1) => {
                Err(self
                    .gone("the kernel wants it back: it is being unplugged, or taken from vfio-pci", None))
            }
            Some(2) => {
                sleep::take(kick.as_fd());
                Ok(Wake::Kicked)
            }
            Some(_) => {
                sleep::take(interrupt.as_fd());
                self.masked.store(self.index == abi::VFIO_PCI_INTX_IRQ_INDEX, Ordering::Release);
                Ok(Wake::Interrupt)
            }
            None => Ok(Wake::Deadline),
        }
    }

    fn kick(&self, vector: u32) {
        sleep::signal(self.vectors[vector as usize].kick.as_fd());
    }

    fn now(&self) -> i64 {
        sys::monotonic()
    }

    fn time_base(&self) -> TimeBase {
        TimeBase::Monotonic
    }
}

impl Drop for VfioDevice {
    /// The board must not write any more when its memory goes back to the system.
    fn drop(&mut self) {
        let stopped = command(&self.device, self.config, 0, BUS_MASTER);
        for (address, memory) in std::mem::take(&mut self.shared.lock().by_address) {
            let unmapped = self.dma.unmap(address);
            if stopped.is_err() && unmapped.is_err() {
                std::mem::forget(memory);
            }
        }
    }
}
