//! What the driver asks of a board, whatever it hangs on.
//!
//! A device is registers, interrupt vectors and a clock. It knows nothing of ports. Behind the
//! trait stand the in-process simulator, boards in the hands of the kernel's [VFIO](VfioDevice) and [UIO](UioDevice), and on
//! a serial line (`UartDevice`), which [`open`] opens by their names, and [vfio-user](vfio_user).

mod error;
mod files;
mod open;
mod pci;
mod sleep;
#[cfg(all(feature = "serial", not(loom)))]
mod uart;
mod uio;
mod vfio;
pub mod vfio_user;

use std::fmt;
use std::io;
use std::sync::Arc;

pub use error::OpenError;
use open::System;
pub use open::{OpenOptions, open};
pub use uio::UioDevice;
pub use vfio::VfioDevice;

/// Why a device could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The device answered a register access with an error (SLVERR on AXI).
    #[error("{device}: register access at offset {offset:#x} was refused by the device")]
    Refused {
        /// The device's name.
        device: String,
        /// The register's offset in bytes.
        offset: u32,
    },
    /// The device is gone or does not answer.
    #[error("{device}: {what}")]
    Gone {
        /// The device's name.
        device: String,
        /// What was being done.
        what: String,
        /// What went wrong underneath.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

/// What ended a [`Device::wait`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The vector's interrupt is, or was, asserted.
    Interrupt,
    /// [`Device::kick`] was called.
    Kicked,
    /// The deadline passed.
    Deadline,
}

/// Whose time [`Device::now`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeBase {
    /// CLOCK_MONOTONIC of this host.
    Monotonic,
    /// Simulated time: it moves only while somebody waits on the device.
    Simulated,
}

pub use crate::sys::Memory;
#[cfg(all(feature = "serial", not(loom)))]
pub use uart::{UartAddress, UartCounts, UartDevice, UartError, ports as uart_ports, probe as probe_uart};
pub use vfio_user::VfioUserDevice;

/// One board. Callable from any thread.
///
/// Registers and shared memory are in one order: what is loaded from shared memory after a [`read`](Device::read) has
/// returned is at least as new as what the board had written when it answered, and a [`write`](Device::write) or
/// [`post`](Device::post) comes after every load and store of shared memory before it. A device that is mapped keeps
/// that by barriers.
pub trait Device: Send + Sync {
    /// The name by which messages call the device, for example `sim:axi`.
    fn name(&self) -> &str;
    /// Reads the register at `offset` bytes ([`portolan_regs::map`]).
    fn read(&self, offset: u32) -> Result<u32, DeviceError>;
    /// Writes the register at `offset` bytes; done, with all its effects, on return.
    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError>;
    /// Writes the register and need not wait: whatever is read from the device after this is read with all its effects
    /// done, and later writes come after it. A bus that cannot leave it at that does as [`write`](Device::write).
    fn post(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.write(offset, value)
    }
    /// Memory of so many bytes that the board may be able to reach, rounded up to whole pages.
    fn memory(&self, bytes: usize) -> io::Result<Memory> {
        Memory::new(bytes)
    }
    /// Lets the board write to this memory, which came from [`memory`](Device::memory), at the address given back, in bytes of its own address space, as long as
    /// the device is open or until it is [taken back](Device::unshare). `None` when it cannot reach memory.
    fn share(&self, _memory: &Arc<Memory>) -> Result<Option<u64>, DeviceError> {
        Ok(None)
    }
    /// Why the board reaches no memory, if that is so and the device knows: what to do about it.
    fn no_rings(&self) -> Option<&str> {
        None
    }
    /// Takes back what begins at this address. The board does not write there any more.
    fn unshare(&self, _address: u64) {}
    /// Called between two looks at shared memory, when there was nothing new. A simulated board, of whose time a look at
    /// memory takes nothing, lets a few cycles go by, or who only looks would never see anything.
    fn relax(&self) {
        std::hint::spin_loop();
    }
    /// Resets the board by its bus's own means, such as a Function Level Reset, whoever uses it: a
    /// [`Board`](crate::Board) that is open on it finds out, and is dead. False where there is none.
    fn reset(&self) -> Result<bool, DeviceError> {
        Ok(false)
    }
    /// Interrupt vectors, numbered from 0.
    fn vectors(&self) -> u32;
    /// Sleeps until the vector's interrupt is asserted, the vector is kicked, or `deadline` (ns of
    /// [`Device::now`]) has passed. A vector already asserted or kicked returns at once.
    fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, DeviceError>;
    /// Ends the present [`Device::wait`] on the vector, or else the next one.
    fn kick(&self, vector: u32);
    /// Time in ns, on the clock that [`Device::time_base`] names.
    fn now(&self) -> i64;
    /// Whose time that is.
    fn time_base(&self) -> TimeBase;
}

impl fmt::Debug for dyn Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({})", self.name())
    }
}
