//! The simulated board with somebody in between, who fails, lies, or lets a test act, in one given way.

use std::ops::Deref;
use std::sync::Arc;

use portolan::Board;
use portolan::device::{Device, DeviceError, TimeBase, Wake};
use portolan_sim::{SimBoard, Size};

/// Who is in between. By default he does nothing.
pub trait Meddler: Send + Sync + 'static {
    /// A register is read.
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        sim.read(offset)
    }
    /// A register is written.
    fn write(&self, sim: &SimBoard, offset: u32, value: u32) -> Result<(), DeviceError> {
        sim.write(offset, value)
    }
    /// Somebody waits on the vector.
    fn wait(&self, sim: &SimBoard, deadline: i64) -> Result<Wake, DeviceError> {
        sim.wait(0, deadline)
    }
}

/// Nobody.
pub struct Honest;

impl Meddler for Honest {}

/// The board as a device. Dereferences to the meddler.
pub struct Meddled<M> {
    /// The board itself.
    pub sim: Arc<SimBoard>,
    meddler: M,
}

impl<M: Meddler> Meddled<M> {
    pub fn new(size: Size, meddler: M) -> Arc<Meddled<M>> {
        Arc::new(Meddled { sim: super::power_up(size), meddler })
    }
}

/// A meddled board, opened by the driver.
pub fn open<M: Meddler>(size: Size, meddler: M) -> (Arc<Meddled<M>>, Board) {
    let device = Meddled::new(size, meddler);
    let board = Board::open(device.clone()).expect("the driver opens it");
    (device, board)
}

impl<M> Deref for Meddled<M> {
    type Target = M;
    fn deref(&self) -> &M {
        &self.meddler
    }
}

impl<M: Meddler> Device for Meddled<M> {
    fn name(&self) -> &str {
        "meddled"
    }
    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        self.meddler.read(&self.sim, offset)
    }
    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.meddler.write(&self.sim, offset, value)
    }
    fn vectors(&self) -> u32 {
        1
    }
    fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        assert_eq!(vector, 0, "it has one");
        self.meddler.wait(&self.sim, deadline)
    }
    fn kick(&self, vector: u32) {
        self.sim.kick(vector);
    }
    fn now(&self) -> i64 {
        self.sim.now()
    }
    fn time_base(&self) -> TimeBase {
        self.sim.time_base()
    }
}

/// The error of a device that was unplugged.
pub fn unplugged() -> DeviceError {
    DeviceError::Gone { device: "meddled".into(), what: "unplugged".into(), source: None }
}
