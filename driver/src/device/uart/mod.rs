//! A board at the other end of a serial line: registers by frames, packets pulled, the interrupt by notices.
//!
//! [`UartDevice::open`] opens the port for this program alone, and greets the bridge; [`probe`] asks who is at a port, and
//! [`ports`] names the ports that a board may be at. The protocol is docs/uart.md; `frame` is its bytes, `link` the line.
//! Rings are not to be had: such a board cannot reach memory.

mod address;
mod error;
mod frame;
mod link;

use std::sync::Arc;
use std::time::{Duration, Instant};

use portolan_regs::uart::{DAMAGED, HELLO_WORD, REPEATED, response};
use portolan_regs::{ID, control};
use serialport::SerialPortType;

use super::{Device, DeviceError, TimeBase, Wake};
use crate::sys;
pub use address::UartAddress;
pub use error::UartError;
use frame::{Answer, Request};
pub use link::UartCounts;
use link::{ATTEMPTS, Link};

/// How often a port is asked that may not be a board's at all.
const PROBES: u32 = 2;

/// A board on a serial line.
pub struct UartDevice {
    name: String,
    link: Link,
}

impl UartDevice {
    /// Opens the port and greets the board.
    pub fn open(address: UartAddress) -> Result<Arc<UartDevice>, UartError> {
        UartDevice::greet(address, ATTEMPTS).map(Arc::new)
    }

    fn greet(address: UartAddress, patience: u32) -> Result<UartDevice, UartError> {
        let name = address.to_string();
        let link = Link::open(address)?;
        match link.ask(Request::Hello, patience)?.word {
            HELLO_WORD => Ok(UartDevice { name, link }),
            found => {
                let path = link.address().path.clone();
                Err(UartError::Version { path, found, expected: HELLO_WORD })
            }
        }
    }

    /// What was counted on this side of the line.
    pub fn counts(&self) -> UartCounts {
        self.link.counts()
    }

    /// What the board's side has counted since its reset: damaged frames that it dropped, and requests that it answered
    /// again without carrying them out again. Each stops at 65,535.
    pub fn board_counts(&self) -> Result<(u32, u32), UartError> {
        let word = self.link.ask(Request::Counts, ATTEMPTS)?.word;
        Ok((DAMAGED.get(word), REPEATED.get(word)))
    }

    fn gone(&self, what: String, source: UartError) -> DeviceError {
        DeviceError::Gone { device: self.name.clone(), what, source: Some(Box::new(source)) }
    }

    /// One access.
    fn access(&self, what: &str, offset: u32, request: Request) -> Result<Answer, DeviceError> {
        let refused = || DeviceError::Refused { device: self.name.clone(), offset };
        // An address has 24 bits on the line.
        if offset >= 1 << 24 {
            return Err(refused());
        }
        let answer = self.link.ask(request, ATTEMPTS);
        let answer = answer.map_err(|error| self.gone(format!("{what} offset {offset:#x}"), error))?;
        if answer.response == response::OKAY { Ok(answer) } else { Err(refused()) }
    }
}

impl Device for UartDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        Ok(self.access("reading the register at", offset, Request::Read(offset))?.word)
    }

    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.access("writing the register at", offset, Request::Write(offset, value)).map(drop)
    }

    fn vectors(&self) -> u32 {
        1
    }

    fn wait(&self, _vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let left = deadline.saturating_sub(self.now()).max(0);
        // What lies beyond the clock's end is no deadline.
        let until = Instant::now().checked_add(Duration::from_nanos(left.unsigned_abs()));
        self.link.wait(until).map_err(|error| self.gone("waiting for an interrupt".into(), error))
    }

    fn kick(&self, _vector: u32) {
        self.link.kick();
    }

    fn now(&self) -> i64 {
        sys::monotonic()
    }

    fn time_base(&self) -> TimeBase {
        TimeBase::Monotonic
    }
}

/// Asks who is at a port: Ok when a Portolan answers, whose registers this driver knows by their ID. Takes a quarter of a
/// second when nobody does. What is no Portolan is sent some ten bytes, twice.
pub fn probe(address: UartAddress) -> Result<(), UartError> {
    let device = UartDevice::greet(address, PROBES)?;
    let path = || device.link.address().path.clone();
    match device.link.ask(Request::Read(control::ID), PROBES)?.word {
        ID => Ok(()),
        found => Err(UartError::Version { path: path(), found, expected: ID }),
    }
}

/// The serial ports on USB, where boards' ports are, by path. Empty when the system cannot list them.
pub fn ports() -> Vec<String> {
    let ports = serialport::available_ports().unwrap_or_default();
    let on_usb = ports.into_iter().filter(|port| matches!(port.port_type, SerialPortType::UsbPort(_)));
    on_usb.map(|port| port.port_name).collect()
}
