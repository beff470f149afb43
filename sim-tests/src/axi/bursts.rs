//! An AXI3 master that sends bursts and checks the slave while it does, for tests of the Zynq top.
//!
//! Several bursts of each direction may be outstanding; data of a write may be shown before its address. Idle time and
//! back-pressure are random, from a seed. The slave promises more than AXI3 asks for, and is held to it: it answers in
//! the order of the addresses, whatever the IDs.
//!
//! Pure logic, as [`Master`](super::Master): [`BurstMaster::drive`] before the clock's low half,
//! [`BurstMaster::observe`] after it. The rules are those of ARM IHI 0022H.

use std::collections::VecDeque;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::channel::{rule, timeout};
use super::{BusError, DEFAULT_LIMIT, Response};
use crate::model::{Inputs, Outputs};

/// A burst's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// ID, 12 bits.
    pub id: u16,
    /// Of the first beat, in bytes.
    pub address: u32,
    /// Beats less one, 0 to 15.
    pub length: u8,
    /// log2 of the bytes in a beat.
    pub size: u8,
    /// 0 FIXED, 1 INCR, 2 WRAP.
    pub burst: u8,
    /// 1 exclusive, 2 locked.
    pub lock: u8,
}

impl Address {
    /// Whole words, one behind the other.
    pub fn words(id: u16, address: u32, count: u8) -> Address {
        Address { id, address, length: count - 1, size: 2, burst: 1, lock: 0 }
    }

    /// How many beats it has.
    pub fn beats(&self) -> usize {
        usize::from(self.length) + 1
    }
}

/// A beat of write data: the word, and which bytes of it to write.
pub type Beat = (u32, u8);

#[derive(Clone, Copy, Debug)]
struct Data {
    id: u16,
    beat: Beat,
    last: bool,
}

/// Requests of one channel: those not taken yet, and whether the first one is shown.
#[derive(Debug)]
struct Channel<T> {
    waiting: VecDeque<T>,
    shown: bool,
}

impl<T> Channel<T> {
    fn new() -> Channel<T> {
        Channel { waiting: VecDeque::new(), shown: false }
    }
    fn decide(&mut self, show: bool) -> Option<&T> {
        self.shown |= show && !self.waiting.is_empty();
        self.waiting.front().filter(|_| self.shown)
    }
    /// READY as the edge finds it; true when the first one is taken.
    fn step(&mut self, ready: u8) -> bool {
        let taken = self.shown && ready != 0;
        if taken {
            self.waiting.pop_front();
            self.shown = false;
        }
        taken
    }
}

/// A write without its response yet.
#[derive(Clone, Copy, Debug)]
struct Write {
    address: Address,
    /// Beats that the slave has not taken.
    left: usize,
    /// The slave has not taken the address.
    due: bool,
}

/// A read without its last beat yet.
#[derive(Clone, Debug)]
struct Read {
    address: Address,
    due: bool,
    beats: Vec<(Response, u32)>,
}

/// The master. See the module's text.
#[derive(Debug)]
pub struct BurstMaster {
    random: ChaCha8Rng,
    /// Chance in 64, per cycle and channel, to show a request or to take a response.
    pace: u32,
    aw: Channel<Address>,
    w: Channel<Data>,
    ar: Channel<Address>,
    writes: VecDeque<Write>,
    reads: VecDeque<Read>,
    written: VecDeque<(Address, Response)>,
    fetched: VecDeque<(Address, Vec<(Response, u32)>)>,
    /// What B and R showed in the last cycle and was not taken.
    held: [Option<(u16, u8, u32, u8)>; 2],
    readys: (bool, bool),
    age: u32,
    /// Beats of data that were taken before their address.
    pub data_first: u64,
}

impl BurstMaster {
    /// A master that shows requests and takes responses with that chance in 64, each cycle.
    pub fn new(seed: u64, pace: u32) -> BurstMaster {
        BurstMaster {
            random: ChaCha8Rng::seed_from_u64(seed),
            pace,
            aw: Channel::new(),
            w: Channel::new(),
            ar: Channel::new(),
            writes: VecDeque::new(),
            reads: VecDeque::new(),
            written: VecDeque::new(),
            fetched: VecDeque::new(),
            held: [None; 2],
            readys: (false, false),
            age: 0,
            data_first: 0,
        }
    }

    /// Changes the chance.
    pub fn set_pace(&mut self, pace: u32) {
        self.pace = pace;
    }

    /// Queues a write.
    ///
    /// # Panics
    /// When it has not as many beats as its address says.
    pub fn write(&mut self, address: Address, beats: &[Beat]) {
        assert_eq!(beats.len(), address.beats(), "as many beats as the address says");
        self.aw.waiting.push_back(address);
        for (n, beat) in beats.iter().enumerate() {
            self.w.waiting.push_back(Data { id: address.id, beat: *beat, last: n + 1 == beats.len() });
        }
        self.writes.push_back(Write { address, left: beats.len(), due: true });
    }

    /// Queues a read.
    pub fn read(&mut self, address: Address) {
        self.ar.waiting.push_back(address);
        self.reads.push_back(Read { address, due: true, beats: Vec::new() });
    }

    /// True when every burst has had its response.
    pub fn is_quiet(&self) -> bool {
        self.writes.is_empty() && self.reads.is_empty()
    }

    /// Forgets what is under way, as a master does in reset.
    pub fn abort(&mut self) {
        (self.aw, self.w, self.ar) = (Channel::new(), Channel::new(), Channel::new());
        self.writes.clear();
        self.reads.clear();
        self.held = [None; 2];
    }

    /// The oldest write that was answered.
    pub fn take_written(&mut self) -> Option<(Address, Response)> {
        self.written.pop_front()
    }

    /// The oldest read that was answered, with the response and the word of each beat.
    pub fn take_fetched(&mut self) -> Option<(Address, Vec<(Response, u32)>)> {
        self.fetched.pop_front()
    }

    /// Sets the bus inputs of the coming cycle. What stands beside a VALID that is low is noise.
    pub fn drive(&mut self, inputs: &mut Inputs) {
        let mut up = || self.random.random_range(0..64) < self.pace;
        let (aw, w, ar) = (up(), up(), up());
        self.readys = (up(), up());
        let noise = self.random.random::<u64>();
        (inputs.bready, inputs.rready) = (self.readys.0.into(), self.readys.1.into());
        let any = Address {
            id: noise as u16 & 0xfff,
            address: (noise >> 12) as u32 & 0x3_ffff,
            length: (noise >> 30) as u8 & 15,
            size: (noise >> 34) as u8 & 7,
            burst: (noise >> 37) as u8 & 3,
            lock: (noise >> 39) as u8 & 3,
        };
        let address = self.aw.decide(aw);
        inputs.awvalid = address.is_some().into();
        let address = address.unwrap_or(&any);
        (inputs.awid, inputs.awaddr, inputs.awlen) = (address.id, address.address, address.length);
        (inputs.awsize, inputs.awburst, inputs.awlock) = (address.size, address.burst, address.lock);
        let address = self.ar.decide(ar);
        inputs.arvalid = address.is_some().into();
        let address = address.unwrap_or(&any);
        (inputs.arid, inputs.araddr, inputs.arlen) = (address.id, address.address, address.length);
        (inputs.arsize, inputs.arburst, inputs.arlock) = (address.size, address.burst, address.lock);
        let data = self.w.decide(w);
        inputs.wvalid = data.is_some().into();
        let any =
            Data { id: any.id, beat: (noise as u32, (noise >> 41) as u8 & 15), last: noise >> 45 & 1 != 0 };
        let data = data.unwrap_or(&any);
        (inputs.wid, inputs.wdata, inputs.wstrb, inputs.wlast) =
            (data.id, data.beat.0, data.beat.1, data.last.into());
    }

    /// Takes one cycle: `after_edge` are the outputs after the last edge, `outputs` those that the coming edge finds with
    /// the inputs that [`BurstMaster::drive`] set.
    pub fn observe(&mut self, after_edge: &Outputs, outputs: &Outputs) -> Result<(), BusError> {
        let stands = after_edge == outputs;
        rule(stands, "an output follows an input without a clock edge between", "A3.1.1")?;
        self.observe_response(outputs)?;
        self.observe_data(outputs)?;
        if self.aw.step(outputs.awready) {
            let write = self.writes.iter_mut().find(|write| write.due).expect("one whose address is due");
            write.due = false;
        }
        if self.w.step(outputs.wready) {
            let write = self.writes.iter_mut().find(|write| write.left > 0).expect("one whose data is due");
            write.left -= 1;
            self.data_first += u64::from(write.due);
        }
        if self.ar.step(outputs.arready) {
            let read = self.reads.iter_mut().find(|read| read.due).expect("one whose address is due");
            read.due = false;
        }
        self.age = if self.is_quiet() { 0 } else { self.age + 1 };
        timeout(self.age, DEFAULT_LIMIT, || "a burst".into(), "any response")
    }

    /// What must be so of a response channel, whatever it says: it stands until it is taken.
    fn stable(
        &mut self,
        channel: usize,
        shown: Option<(u16, u8, u32, u8)>,
        taken: bool,
    ) -> Result<(), BusError> {
        let held = self.held[channel];
        rule(held.is_none() || held == shown, "a response changed or was taken back before READY", "A3.2.1")?;
        self.held[channel] = shown.filter(|_| !taken);
        Ok(())
    }

    fn observe_response(&mut self, outputs: &Outputs) -> Result<(), BusError> {
        let shown = (outputs.bvalid != 0).then_some((outputs.bid, outputs.bresp, 0, 0));
        self.stable(0, shown, self.readys.0)?;
        if shown.is_none() {
            return Ok(());
        }
        let write = self.writes.front().copied();
        let write = write.ok_or(BusError::Violation { rule: "BVALID without a write", section: "A3.3.1" })?;
        rule(!write.due && write.left == 0, "BVALID before the write's address and last data", "A3.3.1")?;
        rule(outputs.bid == write.address.id, "BID is not the oldest write's AWID", "A5.3")?;
        let response = response(outputs.bresp)?;
        if self.readys.0 {
            self.writes.pop_front();
            self.written.push_back((write.address, response));
            self.age = 0;
        }
        Ok(())
    }

    fn observe_data(&mut self, outputs: &Outputs) -> Result<(), BusError> {
        let shown =
            (outputs.rvalid != 0).then_some((outputs.rid, outputs.rresp, outputs.rdata, outputs.rlast));
        self.stable(1, shown, self.readys.1)?;
        if shown.is_none() {
            return Ok(());
        }
        let none = BusError::Violation { rule: "RVALID without a read", section: "A3.3.1" };
        let read = self.reads.front_mut().ok_or(none)?;
        rule(!read.due, "RVALID before the read's address", "A3.3.1")?;
        rule(outputs.rid == read.address.id, "RID is not the oldest read's ARID", "A5.3")?;
        let is_last = read.beats.len() + 1 == read.address.beats();
        rule((outputs.rlast != 0) == is_last, "RLAST is not at the last beat", "A3.4.1")?;
        let response = response(outputs.rresp)?;
        if self.readys.1 {
            read.beats.push((response, outputs.rdata));
            self.age = 0;
            if is_last && let Some(read) = self.reads.pop_front() {
                self.fetched.push_back((read.address, read.beats));
            }
        }
        Ok(())
    }
}

fn response(code: u8) -> Result<Response, BusError> {
    match code {
        0 => Ok(Response::Okay),
        2 => Ok(Response::SlaveError),
        3 => Ok(Response::DecodeError),
        _ => Err(BusError::Violation {
            rule: "EXOKAY from a slave that has no exclusive accesses",
            section: "A7.2.5",
        }),
    }
}
