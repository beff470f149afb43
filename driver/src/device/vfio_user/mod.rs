//! A board behind a UNIX socket, by the vfio-user protocol: the simulated card of `portolan sim serve`, or anybody's device
//! model.
//!
//! Registers are reached by messages, a reply to each read. A [`post`](Device::post) is a write that asks for none; a
//! [`write`](Device::write) is one with a read behind it, as on PCI Express. Interrupts are eventfds: a vector each of
//! MSI-X, else INTx, which masks itself and is unmasked by the next wait. Memory is files that the server maps.
//!
//! [`protocol`] and [`wire`] are of both ends, [`client`] is this one; `portolan-sim` has the other one.

pub mod client;
mod function;
pub mod protocol;
pub mod wire;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portolan_regs::{RING_ALIGNMENT, control, pci};
use rustix::event::{PollFd, PollFlags};
use vfio_bindings::bindings::vfio as v;

use client::{Client, ClientError};
use protocol::{DeviceInfo, DmaMap, DmaUnmap, IrqInfo, IrqSet, RegionInfo, command, dma};

use super::error::failed;
use super::sleep::{new_event, signal, take};
use super::{Device, DeviceError, Memory, OpenError, TimeBase, Wake};
use crate::sync::Lock;
use crate::sys;

/// Where shared memory begins in the board's address space: behind what a PC has in its first 256 MiB.
const FIRST_ADDRESS: u64 = 0x1000_0000;
/// The region that the block's registers are in.
const REGISTERS: u32 = v::VFIO_PCI_BAR0_REGION_INDEX + pci::BAR as u32;

/// An interrupt, and what ends a sleep for it.
#[derive(Debug)]
struct Vector {
    interrupt: OwnedFd,
    kick: OwnedFd,
}

/// A board behind a socket.
#[derive(Debug)]
pub struct VfioUserDevice {
    name: String,
    client: Client,
    vectors: Vec<Vector>,
    /// Interrupts are INTx, whose wait unmasks it.
    intx: bool,
    /// INTx has told, and masked itself.
    masked: AtomicBool,
    /// What is shared: where, and how many bytes.
    shared: Lock<BTreeMap<u64, u64>>,
}

impl VfioUserDevice {
    /// Connects to the server at a path, switches the function on and takes its interrupts.
    ///
    /// ```no_run
    /// use portolan::{Board, device::VfioUserDevice};
    /// let board = Board::open(VfioUserDevice::open("/tmp/portolan.sock".as_ref())?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(path: &Path) -> Result<Arc<VfioUserDevice>, OpenError> {
        let name = format!("vfio-user:{}", path.display());
        let step = |doing| {
            let name = name.clone();
            move |error: ClientError| failed(&name, doing)(io::Error::other(error))
        };
        let unfit = |why: &str| OpenError::Unfit { device: name.clone(), why: why.to_owned() };
        let connecting =
            "connecting (is a server there, as `portolan sim serve` is one, without another client?)";
        let client = Client::connect(path).map_err(step(connecting))?;
        let info =
            client.call(command::GET_INFO, &DeviceInfo { flags: 0, regions: 0, irqs: 0 }.encode(), &[]);
        let info = DeviceInfo::decode(&info.map_err(step("asking what it is"))?);
        if info.is_none_or(|info| info.flags & v::VFIO_DEVICE_FLAGS_PCI == 0) {
            return Err(unfit("what is served there is no PCI device"));
        }
        let asked = RegionInfo { index: REGISTERS, ..RegionInfo::default() };
        let region = client.call(command::GET_REGION_INFO, &asked.encode(), &[]);
        let region = RegionInfo::decode(&region.map_err(step("asking for its registers"))?);
        if region.is_none_or(|region| region.index != REGISTERS || region.size < pci::BAR_BYTES.into()) {
            return Err(unfit("its BAR 0 has no room for a Portolan block"));
        }
        let msix = function::enable(&client).map_err(step("switching it on"))?;
        let (index, wanted) = match msix {
            Some(msix) => (v::VFIO_PCI_MSIX_IRQ_INDEX, msix.vectors),
            None => (v::VFIO_PCI_INTX_IRQ_INDEX, 1),
        };
        let asked = IrqInfo { index, ..IrqInfo::default() };
        let irqs = client.call(command::GET_IRQ_INFO, &asked.encode(), &[]);
        let irqs = IrqInfo::decode(&irqs.map_err(step("asking for its interrupts"))?);
        if irqs.is_none_or(|irqs| irqs.count < wanted) {
            return Err(unfit("it has fewer interrupts than its configuration space says"));
        }
        let vectors = (0..wanted).map(|_| Vector::new()).collect::<io::Result<Vec<_>>>();
        let vectors = vectors.map_err(failed(&name, "making eventfds"))?;
        for (start, vector) in (0..).zip(&vectors) {
            let flags = v::VFIO_IRQ_SET_DATA_EVENTFD | v::VFIO_IRQ_SET_ACTION_TRIGGER;
            let set = IrqSet { flags, index, start, count: 1 };
            let armed = client.call(command::SET_IRQS, &set.encode(), &[vector.interrupt.as_fd()]);
            armed.map_err(step("taking its interrupts"))?;
        }
        if let Some(msix) = msix {
            msix.enable(&client).map_err(step("switching MSI-X on"))?;
        }
        let (intx, masked) = (msix.is_none(), AtomicBool::new(false));
        Ok(Arc::new(VfioUserDevice { name, client, vectors, intx, masked, shared: Lock::default() }))
    }

    /// Resets the function, which then has to be opened again: VFIO_DEVICE_RESET.
    pub fn reset(&self) -> Result<(), DeviceError> {
        self.client.call(command::RESET, &[], &[]).map(drop).map_err(self.gone("resetting"))
    }

    fn gone<E: std::error::Error + Send + Sync + 'static>(
        &self,
        what: impl Into<String>,
    ) -> impl FnOnce(E) -> DeviceError {
        let (device, what) = (self.name.clone(), what.into());
        move |source| DeviceError::Gone { device, what, source: Some(Box::new(source)) }
    }

    fn send(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        let sent = self.client.post(REGISTERS, offset.into(), &value.to_le_bytes());
        sent.map_err(self.gone(format!("writing the register at offset {offset:#x}")))
    }

    /// Lets INTx tell again; it does so at once when it is still asserted.
    fn unmask(&self) -> Result<(), DeviceError> {
        if !self.intx || !self.masked.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let flags = v::VFIO_IRQ_SET_DATA_NONE | v::VFIO_IRQ_SET_ACTION_UNMASK;
        let set = IrqSet { flags, index: v::VFIO_PCI_INTX_IRQ_INDEX, start: 0, count: 1 };
        self.client.call(command::SET_IRQS, &set.encode(), &[]).map(drop).map_err(self.gone("unmasking INTx"))
    }
}

impl Vector {
    fn new() -> io::Result<Vector> {
        Ok(Vector { interrupt: new_event()?, kick: new_event()? })
    }
}

impl Device for VfioUserDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        let read = self.client.read(REGISTERS, offset.into());
        read.map(u32::from_le_bytes).map_err(self.gone(format!("reading the register at offset {offset:#x}")))
    }

    /// A read behind it is answered when it is done (PCI Express Base Specification 3.0, 2.4.1).
    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.send(offset, value)?;
        self.read(control::ALIVE).map(drop)
    }

    fn post(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.send(offset, value)
    }

    fn memory(&self, bytes: usize) -> io::Result<Memory> {
        Memory::in_file(bytes)
    }

    fn share(&self, memory: &Arc<Memory>) -> Result<Option<u64>, DeviceError> {
        let Some(file) = memory.file() else { return Ok(None) };
        let size = 4 * memory.words().len() as u64;
        let mut shared = self.shared.lock();
        // With a page between, so that a write beyond an end is found out.
        let behind =
            |(address, size): (&u64, &u64)| address + size.next_multiple_of(RING_ALIGNMENT) + RING_ALIGNMENT;
        let address = shared.last_key_value().map_or(FIRST_ADDRESS, behind);
        let map = DmaMap { flags: dma::READABLE | dma::WRITEABLE, offset: 0, address, size };
        let mapped = self.client.call(command::DMA_MAP, &map.encode(), &[file.as_fd()]);
        mapped.map_err(self.gone("sharing memory"))?;
        shared.insert(address, size);
        Ok(Some(address))
    }

    fn unshare(&self, address: u64) {
        let mut shared = self.shared.lock();
        if let Some(size) = shared.remove(&address) {
            // Where nobody answers any more, nobody writes there but by his own mapping of the file.
            let _ = self.client.call(command::DMA_UNMAP, &DmaUnmap { address, size }.encode(), &[]);
        }
    }

    fn vectors(&self) -> u32 {
        self.vectors.len() as u32
    }

    fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let Vector { interrupt, kick } = &self.vectors[vector as usize];
        self.client.hurry();
        self.unmask()?;
        loop {
            if take(kick.as_fd()) {
                return Ok(Wake::Kicked);
            }
            if take(interrupt.as_fd()) {
                self.masked.store(true, Ordering::Release);
                return Ok(Wake::Interrupt);
            }
            let left = match deadline {
                i64::MAX => None,
                deadline => match u64::try_from(deadline - sys::monotonic()) {
                    Ok(left) if left > 0 => Some(Duration::from_nanos(left)),
                    _ => return Ok(Wake::Deadline),
                },
            };
            let mut files = [
                PollFd::new(kick, PollFlags::IN),
                PollFd::new(interrupt, PollFlags::IN),
                self.client.hang_up(),
            ];
            wire::wait(&mut files, left).map_err(self.gone("waiting for an interrupt"))?;
            let [kicked, interrupted, ended] = files.map(|file| !file.revents().is_empty());
            if ended && !kicked && !interrupted {
                return Err(self.gone("waiting for an interrupt")(wire::WireError::Closed));
            }
        }
    }

    fn kick(&self, vector: u32) {
        signal(self.vectors[vector as usize].kick.as_fd());
    }

    fn now(&self) -> i64 {
        sys::monotonic()
    }

    fn time_base(&self) -> TimeBase {
        TimeBase::Monotonic
    }
}
