//! A simulated board with somebody in between, who fails, lies, or lets a test act, in one given way. He sees the
//! registers, the waits, and the memory that the driver shares with the board.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use portolan::Board;
use portolan::device::{Device, DeviceError, Memory, TimeBase, Wake};
use portolan_regs::slot::{BINDING, CHECK, GENERATION, INTERRUPT_WORDS, SEQUENCE, check};
use portolan_sim::{NS_PER_TICK, SimBoard, Size};

use crate::boards::Kind;

/// The words of a slot.
pub type Words = [u32; INTERRUPT_WORDS];

/// What is in between.
pub struct Wires {
    /// The board itself.
    pub sim: Arc<SimBoard>,
    /// What it was given to write to, by address; of the driver's rings, in the order of the ports: those of interrupt
    /// packets, and then those of user packets.
    shared: Mutex<Vec<(u64, Arc<Memory>)>>,
}

impl Wires {
    /// The ring of a port: its address and its memory.
    pub fn ring(&self, port: usize) -> (u64, Slots) {
        let shared = self.shared.lock().unwrap();
        let (address, memory) = &shared[port];
        (*address, Slots(memory.clone()))
    }

    /// The same for its ring of user packets.
    pub fn user_ring(&self, port: usize) -> (u64, Slots) {
        let rings = self.shared.lock().unwrap().len();
        self.ring(rings / 2 + port)
    }

    /// How many pieces of memory it has.
    pub fn shared(&self) -> usize {
        self.shared.lock().unwrap().len()
    }

    /// Lets time go by until then, in ns of the board, and tells of no interrupt.
    pub fn sleep_on(&self, deadline: i64) -> Wake {
        let left = (deadline - self.sim.now()).max(0).cast_unsigned();
        self.sim.run(left.div_ceil(NS_PER_TICK)).expect("the stimulus is sound");
        Wake::Deadline
    }
}

/// A ring's memory, as a device sees it.
pub struct Slots(Arc<Memory>);

impl Slots {
    fn count(&self) -> u32 {
        (self.0.words().len() / INTERRUPT_WORDS) as u32
    }

    fn place(&self, sequence: u32) -> &[AtomicU32] {
        &self.0.words()[(sequence % self.count()) as usize * INTERRUPT_WORDS..][..INTERRUPT_WORDS]
    }

    /// The sequence number of the slot that the device has written last.
    pub fn newest(&self) -> u32 {
        let number = |place| self.place(place)[SEQUENCE].load(Ordering::Acquire);
        let is_last = |place: &u32| number(place + 1) != number(*place).wrapping_add(1);
        // Somewhere the round before begins, though perhaps elsewhere while it was looked for.
        let place = std::iter::repeat_with(|| (0..self.count()).find(is_last)).flatten().next();
        number(place.expect("it never ends"))
    }

    /// The words of a slot.
    pub fn read(&self, sequence: u32) -> Words {
        std::array::from_fn(|i| self.place(sequence)[i].load(Ordering::Acquire))
    }

    /// Overwrites a slot with what may be anything.
    pub fn write(&self, sequence: u32, words: Words) {
        for (place, word) in self.place(sequence).iter().zip(words) {
            place.store(word, Ordering::Release);
        }
    }

    /// Overwrites all of the memory.
    pub fn scribble(&self, mut word: impl FnMut() -> u32) {
        self.0.words().iter().for_each(|place| place.store(word(), Ordering::Release));
    }
}

/// The error of a device that was unplugged.
pub fn unplugged() -> DeviceError {
    DeviceError::Gone { device: "meddled".into(), what: "unplugged".into(), source: None }
}

/// Makes a slot's check fit.
pub fn fit(mut words: Words) -> Words {
    words[BINDING] = GENERATION.get(words[BINDING]);
    words[BINDING] |= CHECK.put(u32::from(check(&words)));
    words
}

/// Who is in between. By default he does nothing.
pub trait Meddler: Send + Sync + 'static {
    /// A register is read.
    fn read(&self, wires: &Wires, offset: u32) -> Result<u32, DeviceError> {
        wires.sim.read(offset)
    }
    /// A register is to be written, with this; what is written.
    fn written(&self, _offset: u32, value: u32) -> u32 {
        value
    }
    /// How many vectors there are.
    fn vectors(&self, wires: &Wires) -> u32 {
        wires.sim.vectors()
    }
    /// Somebody waits on a vector.
    fn wait(&self, wires: &Wires, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        wires.sim.wait(vector, deadline)
    }
    /// Somebody found nothing in a ring.
    fn relax(&self, wires: &Wires) {
        wires.sim.relax();
    }
    /// Somebody asks for the time, in ns.
    fn now(&self, wires: &Wires) -> i64 {
        wires.sim.now()
    }
    /// Whose time it is.
    fn time_base(&self) -> TimeBase {
        TimeBase::Simulated
    }
}

/// Nobody.
pub struct Honest;

impl Meddler for Honest {}

/// The board as a device. Dereferences to the meddler.
pub struct Meddled<M> {
    pub wires: Wires,
    meddler: M,
}

impl<M: Meddler> Meddled<M> {
    /// A board with somebody in between. `seed` as in [`Kind::options`].
    pub fn new(kind: Kind, size: Size, seed: Option<u64>, meddler: M) -> Arc<Meddled<M>> {
        let sim = SimBoard::open(kind.options(size, seed)).expect("the board opens");
        Arc::new(Meddled { wires: Wires { sim, shared: Mutex::default() }, meddler })
    }
}

/// The same, opened by the driver.
pub fn open<M: Meddler>(kind: Kind, size: Size, seed: Option<u64>, meddler: M) -> (Arc<Meddled<M>>, Board) {
    let device = Meddled::new(kind, size, seed, meddler);
    let board = Board::open(device.clone()).expect("the driver opens it");
    assert_eq!(board.info().ring_slots > 0, kind.has_rings(), "{}", kind.name());
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
        self.meddler.read(&self.wires, offset)
    }
    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.wires.sim.write(offset, self.meddler.written(offset, value))
    }
    fn post(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.wires.sim.post(offset, self.meddler.written(offset, value))
    }
    fn share(&self, memory: &Arc<Memory>) -> Result<Option<u64>, DeviceError> {
        let address = self.wires.sim.share(memory)?;
        self.wires.shared.lock().unwrap().extend(address.map(|address| (address, memory.clone())));
        Ok(address)
    }
    fn unshare(&self, address: u64) {
        self.wires.shared.lock().unwrap().retain(|(other, _)| *other != address);
        self.wires.sim.unshare(address);
    }
    fn relax(&self) {
        self.meddler.relax(&self.wires);
    }
    fn vectors(&self) -> u32 {
        self.meddler.vectors(&self.wires)
    }
    fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        self.meddler.wait(&self.wires, vector, deadline)
    }
    fn kick(&self, vector: u32) {
        self.wires.sim.kick(vector);
    }
    fn now(&self) -> i64 {
        self.meddler.now(&self.wires)
    }
    fn time_base(&self) -> TimeBase {
        self.meddler.time_base()
    }
}

/// Something that happens at the nth chance, or from then on.
pub struct Nth {
    passes: u64,
    chances: AtomicU64,
}

impl Nth {
    /// After so many chances that pass.
    pub fn after(passes: u64) -> Nth {
        Nth { passes, chances: AtomicU64::new(0) }
    }

    /// Takes a chance: whether it is the one.
    pub fn is_now(&self) -> bool {
        self.chances.fetch_add(1, Ordering::SeqCst) == self.passes
    }

    /// Takes a chance: whether it is that one or a later one.
    pub fn has_come(&self) -> bool {
        self.chances.fetch_add(1, Ordering::SeqCst) >= self.passes
    }
}
