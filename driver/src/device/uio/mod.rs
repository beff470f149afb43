//! A board in the hands of UIO (Linux, Documentation/driver-api/uio-howto.rst).
//!
//! Two drivers of the kernel's: [`generic`] is uio_pdrv_genirq, for a block of the device tree, and [`pci`] is
//! uio_pci_generic. They differ in where registers and memory are, and in how an interrupt that fired, and was
//! switched off by the kernel, is let through again. There is one interrupt.
//!
//! UIO lets any number of processes open a device. This one locks its file.

mod generic;
mod pci;
#[cfg(all(test, not(loom)))]
mod tests;

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FlockOperation, flock};
use rustix::io::read;

use super::error::failed;
use super::{Device, DeviceError, Memory, OpenError, System, TimeBase, Wake, files, sleep};
use crate::sync::Lock;
use crate::sys::{self, Arena, Mapped};

/// What the two drivers give.
struct Parts {
    registers: Mapped,
    rearm: Rearm,
    rings: Rings,
}

/// How an interrupt is let through again.
enum Rearm {
    /// By a word that is written to the device's file.
    Control,
    /// By Interrupt Disable in the function's configuration space.
    Command(File),
}

/// Memory for rings.
enum Rings {
    /// The board writes to this memory, whose first byte it has at this address.
    In { memory: Lock<Arena>, address: u64 },
    /// It can reach none.
    None { why: &'static str },
}

/// A board.
pub struct UioDevice {
    name: String,
    parts: Parts,
    /// The interrupt can come.
    armed: AtomicBool,
    kick: OwnedFd,
    file: File,
}

impl UioDevice {
    /// Opens `/dev/uio` and this number, with rings in the buffer that is named behind a comma.
    pub(super) fn open(system: &System, which: &str) -> Result<UioDevice, OpenError> {
        let name = format!("uio:{which}");
        let (number, buffer) = match which.split_once(',') {
            Some((number, buffer)) => (number, Some(buffer)),
            None => (which, None),
        };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(OpenError::Spec {
                spec: name,
                why: "a device is uio: and its number, as in /dev/uio0",
            });
        }
        let path = system.path(&format!("dev/uio{number}"));
        let file = files::open(&name, &path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)
            .map_err(|error| files::why_not(&name, &path, error.into()))?;
        let class = system.path(&format!("sys/class/uio/uio{number}"));
        let driver = files::text(class.join("name")).map_err(failed(&name, "looking for its driver"))?;
        let parts = match driver.as_str() {
            "uio_pci_generic" => pci::open(&name, &class, buffer)?,
            _ => generic::open(system, &name, &class, &file, buffer)?,
        };
        if let Some(extent) = parts.registers.extent().filter(|extent| *extent > parts.registers.len()) {
            let why = format!("it has {} bytes of registers, its block {extent}", parts.registers.len());
            return Err(OpenError::Unfit { device: name, why });
        }
        let kick = sleep::new_event().map_err(failed(&name, "making an eventfd"))?;
        Ok(UioDevice { name, parts, armed: AtomicBool::new(false), kick, file })
    }

    fn gone(&self, what: &str, source: io::Error) -> DeviceError {
        DeviceError::Gone { device: self.name.clone(), what: what.to_owned(), source: Some(source.into()) }
    }

    fn beyond(&self, offset: u32) -> DeviceError {
        DeviceError::Refused { device: self.name.clone(), offset }
    }

    fn rearm(&self) -> io::Result<()> {
        match &self.parts.rearm {
            Rearm::Control => {
                rustix::io::write(&self.file, &1u32.to_ne_bytes())?;
                Ok(())
            }
            Rearm::Command(config) => pci::let_interrupts_through(config),
        }
    }
}

impl Device for UioDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        self.parts.registers.read(offset).ok_or_else(|| self.beyond(offset))
    }

    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.parts.registers.write(offset, value).ok_or_else(|| self.beyond(offset))
    }

    fn post(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.parts.registers.post(offset, value).ok_or_else(|| self.beyond(offset))
    }

    fn memory(&self, bytes: usize) -> io::Result<Memory> {
        match &self.parts.rings {
            Rings::In { memory, .. } => memory.lock().take(bytes).ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::OutOfMemory,
                    "the memory that is reserved for rings is too small",
                )
            }),
            Rings::None { .. } => Memory::new(bytes),
        }
    }

    fn share(&self, memory: &Arc<Memory>) -> Result<Option<u64>, DeviceError> {
        Ok(match &self.parts.rings {
            Rings::In { memory: arena, address } if memory.is_of(&arena.lock()) => {
                Some(address + memory.offset() as u64)
            }
            _ => None,
        })
    }

    fn no_rings(&self) -> Option<&str> {
        match self.parts.rings {
            Rings::In { .. } => None,
            Rings::None { why } => Some(why),
        }
    }

    fn vectors(&self) -> u32 {
        1
    }

    fn wait(&self, _: u32, deadline: i64) -> Result<Wake, DeviceError> {
        if !self.armed.swap(true, Ordering::AcqRel) {
            self.rearm().map_err(|error| self.gone("letting its interrupt through failed", error))?;
        }
        let woken = sleep::until_one(&[self.kick.as_fd(), self.file.as_fd()], deadline);
        match woken.map_err(|error| self.gone("waiting for an interrupt failed", error))? {
            Some(0) => {
                sleep::take(self.kick.as_fd());
                Ok(Wake::Kicked)
            }
            Some(_) => {
                // How many there were. An error: the device is gone.
                read(&self.file, &mut [0; 4])
                    .map_err(|error| self.gone("the kernel has taken it away", error.into()))?;
                self.armed.store(false, Ordering::Release);
                Ok(Wake::Interrupt)
            }
            None => Ok(Wake::Deadline),
        }
    }

    fn kick(&self, _: u32) {
        sleep::signal(self.kick.as_fd());
    }

    fn now(&self) -> i64 {
        sys::monotonic()
    }

    fn time_base(&self) -> TimeBase {
        TimeBase::Monotonic
    }
}
