//! The board under test, and a device in front of it that counts.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use clap::Args;
use portolan::device::{self, Device, DeviceError, Memory, OpenOptions, TimeBase, Wake};
use portolan::{Board, Delivery, Interrupt, LineConfig, LineMode, Port, PortOptions};

/// The most register reads in a second by which a driver looks whether a board lives: a dozen, two or three times.
pub const LOOK_READS: f64 = 50.0;

/// Which board.
#[derive(Clone, Debug, Args)]
pub struct BoardArgs {
    /// Its name, as `portolan --board` takes it
    pub board: String,

    /// Accept that it can write to any memory
    #[arg(long)]
    pub allow_noiommu: bool,
}

impl BoardArgs {
    /// Opens its device.
    pub fn device(&self) -> Result<Arc<Counted>> {
        let options = OpenOptions { allow_noiommu: self.allow_noiommu };
        Ok(Arc::new(Counted::new(device::open(&self.board, options)?)))
    }
}

/// A board with every line bound to one port, under its number, each edge a packet.
pub struct Bound {
    /// The port.
    pub port: Port,
    _interrupts: Vec<Interrupt>,
}

impl Bound {
    /// Binds them.
    pub fn new(board: &Board) -> Result<Bound> {
        let port = Port::new(PortOptions { bind_to_interrupt: true, ..PortOptions::default() });
        let config = LineConfig { mode: LineMode::Both, delivery: Delivery::Stream, filter: 0 };
        let bound = |line| {
            let interrupt = Interrupt::line(board, line, config)?;
            interrupt.bind(&port, u64::from(line)).context("binding a line")?;
            Ok(interrupt)
        };
        let interrupts = (0..board.info().lines).map(bound).collect::<Result<_>>()?;
        Ok(Bound { port, _interrupts: interrupts })
    }
}

/// A device that counts its register reads, and remembers what memory it shares.
pub struct Counted {
    device: Arc<dyn Device>,
    reads: AtomicU64,
    shared: Mutex<Vec<u64>>,
}

impl Counted {
    fn new(device: Arc<dyn Device>) -> Counted {
        Counted { device, reads: AtomicU64::new(0), shared: Mutex::default() }
    }

    /// Register reads so far.
    pub fn reads(&self) -> u64 {
        self.reads.load(Relaxed)
    }

    /// Takes all memory from the board; how many pieces.
    pub fn unshare_all(&self) -> usize {
        let shared = std::mem::take(&mut *self.shared.lock().unwrap_or_else(PoisonError::into_inner));
        shared.iter().for_each(|address| self.device.unshare(*address));
        shared.len()
    }
}

impl Device for Counted {
    fn name(&self) -> &str {
        self.device.name()
    }
    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        self.reads.fetch_add(1, Relaxed);
        self.device.read(offset)
    }
    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.device.write(offset, value)
    }
    fn post(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.device.post(offset, value)
    }
    fn memory(&self, bytes: usize) -> io::Result<Memory> {
        self.device.memory(bytes)
    }
    fn share(&self, memory: &Arc<Memory>) -> Result<Option<u64>, DeviceError> {
        let address = self.device.share(memory)?;
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).extend(address);
        Ok(address)
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
        self.device.wait(vector, deadline)
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
