//! A device that counts what the driver asks of it, and remembers when it last woke somebody.

use portolan::device::{Device, DeviceError, Memory, TimeBase, Wake};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// When an interrupt ended a wait.
#[derive(Clone, Copy, Debug)]
pub struct Woken {
    /// On the device's clock, in ns.
    pub device_ns: i64,
    /// On this machine's.
    pub here: Instant,
}

/// A device, looked at.
pub struct Probe {
    device: Arc<dyn Device>,
    reads: AtomicU64,
    writes: AtomicU64,
    woken: Mutex<Option<Woken>>,
}

impl Probe {
    /// Looks at this device.
    pub fn new(device: Arc<dyn Device>) -> Arc<Probe> {
        Arc::new(Probe {
            device,
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            woken: Mutex::new(None),
        })
    }

    /// Register reads and writes so far.
    pub fn accesses(&self) -> (u64, u64) {
        (self.reads.load(Relaxed), self.writes.load(Relaxed))
    }

    /// The last interrupt that ended a wait, if there was one since this was asked.
    pub fn take_woken(&self) -> Option<Woken> {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Device for Probe {
    fn name(&self) -> &str {
        self.device.name()
    }

    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        self.reads.fetch_add(1, Relaxed);
        self.device.read(offset)
    }

    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.writes.fetch_add(1, Relaxed);
        self.device.write(offset, value)
    }

    fn post(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.writes.fetch_add(1, Relaxed);
        self.device.post(offset, value)
    }

    fn memory(&self, bytes: usize) -> io::Result<Memory> {
        self.device.memory(bytes)
    }

    fn share(&self, memory: &Arc<Memory>) -> Result<Option<u64>, DeviceError> {
        self.device.share(memory)
    }

    fn unshare(&self, address: u64) {
        self.device.unshare(address);
    }

    fn no_rings(&self) -> Option<&str> {
        self.device.no_rings()
    }

    fn relax(&self) {
        self.device.relax();
    }

    fn reset(&self) -> Result<bool, DeviceError> {
        self.device.reset()
    }

    fn vectors(&self) -> u32 {
        self.device.vectors()
    }

    fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let wake = self.device.wait(vector, deadline)?;
        if wake == Wake::Interrupt {
            let woken = Woken { device_ns: self.device.now(), here: Instant::now() };
            *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = Some(woken);
        }
        Ok(wake)
    }

    fn kick(&self, vector: u32) {
        self.device.kick(vector);
    }

    fn now(&self) -> i64 {
        self.device.now()
    }

    fn time_base(&self) -> TimeBase {
        self.device.time_base()
    }
}
