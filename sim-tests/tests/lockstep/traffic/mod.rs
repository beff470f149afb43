//! Random traffic that gets somewhere: accesses biased to registers that do something, on a course that
//! fills queues and empties them, with bursts on the pins and resets in between. By its seed it is always the
//! same.
//!
//! Here is the master on the bus, and the pins; `plan` says what it does next, `course` where that leads, `bursts` what
//! an access looks like on AXI3.

mod bursts;
mod course;
mod plan;

use std::collections::VecDeque;

use portolan_regs::slot::{HEADER, KIND, kind};
use portolan_regs::{control, map, port};
use portolan_sim::{Inputs, Outputs, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use bursts::Bursts;
pub use course::Seen;
use course::{Course, Step};

/// One access.
#[derive(Clone, Copy, Debug)]
enum Access {
    Write(u32, u32, u8),
    Read(u32),
    /// POP with the tag that the last read of HEAD_STATUS gave.
    Pop(u32),
}

/// A master and the pins.
pub struct Traffic {
    size: Size,
    random: ChaCha8Rng,
    script: VecDeque<Access>,
    inputs: Inputs,
    /// Accesses under way: the script's and, on the read channel, a stray one.
    writing: bool,
    reading: Option<(u32, bool)>,
    /// Halves of the write that the slave has not taken yet.
    address_due: bool,
    data_due: bool,
    read_due: bool,
    tag: u32,
    generations: Vec<u32>,
    reset: u32,
    cycle: u64,
    /// Chance in 64, per cycle, that READYs are up and that VALIDs rise.
    pace: u32,
    toggles: u32,
    last: Outputs,
    course: Course,
    pub seen: Seen,
    rings: Option<Bus>,
    axi3: Option<Bursts>,
}

/// The memory's side of the rings' bus: what was taken, and what was answered.
#[derive(Clone, Copy, Debug, Default)]
struct Bus {
    addresses: u32,
    bursts: u32,
    answered: u32,
}

impl Traffic {
    /// Traffic for a block with rings: their bus, and accesses to their registers.
    pub fn with_rings(size: Size, seed: u64) -> Traffic {
        let mut traffic = Traffic { rings: Some(Bus::default()), ..Traffic::new(size, seed) };
        traffic.seen.rings = true;
        traffic
    }

    /// The same for a block on AXI3, whose accesses are bursts.
    pub fn with_bursts(size: Size, seed: u64) -> Traffic {
        let mut traffic = Traffic { axi3: Some(Bursts::default()), ..Traffic::with_rings(size, seed) };
        traffic.seen.axi3 = true;
        traffic
    }

    pub fn new(size: Size, seed: u64) -> Traffic {
        Traffic {
            size,
            random: ChaCha8Rng::seed_from_u64(seed),
            script: VecDeque::new(),
            inputs: Inputs::default(),
            writing: false,
            reading: None,
            address_due: false,
            data_due: false,
            read_due: false,
            tag: 0,
            generations: vec![0; size.lines() as usize],
            reset: 5,
            cycle: 0,
            pace: 64,
            toggles: 0,
            last: Outputs::default(),
            seen: Seen::default(),
            rings: None,
            axi3: None,
            course: Course::new(),
        }
    }

    fn below(&mut self, n: u32) -> u32 {
        self.random.random_range(0..n)
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// The inputs of the next cycle, after the outputs that stand now.
    pub fn step(&mut self, outputs: &Outputs) -> Inputs {
        self.handshakes(outputs);
        self.last = *outputs;
        self.cycle += 1;
        if self.course.cycle(&self.seen) {
            self.begin_round();
        }
        if self.cycle.is_multiple_of(509) {
            self.pace = [64, 64, 32, 8][self.below(4) as usize];
            self.toggles = [0, 1, 6, 40][self.below(4) as usize];
        }
        match self.course.step {
            Step::FillInterrupts | Step::FillUsers => (self.pace, self.toggles) = (64, 40),
            Step::Bind | Step::EmptyInterrupts | Step::EmptyUsers => (self.pace, self.toggles) = (64, 0),
            Step::Anything => {}
        }
        self.pins();
        if self.reset == 0 && self.course.step == Step::Anything && self.one_in(1000) {
            self.reset = 1 + self.below(4);
            self.seen.resets += 1;
        }
        if self.reset > 0 {
            self.reset -= 1;
            self.forget();
            self.inputs.aresetn = 0;
            return self.inputs;
        }
        // No VALID before an edge has seen the end of the reset (ARM IHI 0022, A3.1.2).
        if std::mem::replace(&mut self.inputs.aresetn, 1) == 0 {
            return self.inputs;
        }
        self.start();
        self.memory();
        self.inputs
    }

    /// The memory takes and answers what it likes.
    fn memory(&mut self) {
        let Some(bus) = self.rings else { return };
        let up = |traffic: &mut Traffic| u8::from(traffic.below(64) < traffic.pace);
        self.inputs.m_awready = up(self);
        self.inputs.m_wready = up(self);
        self.inputs.m_bvalid = 0;
        if bus.addresses.min(bus.bursts) > bus.answered && !self.one_in(4) {
            self.inputs.m_bvalid = 1;
            self.inputs.m_bresp =
                if self.one_in(if self.seen.failures < 2 { 4 } else { 16 }) { 2 } else { 0 };
        }
    }

    /// A reset ends whatever was under way.
    fn forget(&mut self) {
        let lines = self.inputs.lines;
        self.inputs = Inputs { lines, ..Inputs::default() };
        self.script.clear();
        (self.writing, self.reading) = (false, None);
        (self.address_due, self.data_due, self.read_due) = (false, false, false);
        self.rings = self.rings.map(|_| Bus::default());
        self.axi3 = self.axi3.map(|_| Bursts::default());
    }

    fn pins(&mut self) {
        for _ in 0..self.toggles.min(4) {
            if self.below(64) < self.toggles {
                self.inputs.lines ^= 1 << self.below(self.size.lines());
            }
        }
        if self.toggles == 40 && self.one_in(30) {
            self.inputs.lines = self.random.random::<u64>() & self.size.mask();
        }
    }

    /// What the edge that just was has done, by the inputs before it and the outputs before it.
    fn handshakes(&mut self, now: &Outputs) {
        let (i, o) = (self.inputs, self.last);
        if now.irq > o.irq {
            self.seen.irq_rises += 1;
        }
        self.seen.idle += u64::from(now.idle);
        self.seen.credits += u64::from(now.post_credits.count_ones());
        if i.aresetn == 0 {
            return;
        }
        if let Some(bus) = &mut self.rings {
            bus.addresses += u32::from(o.m_awvalid & i.m_awready);
            bus.bursts += u32::from(o.m_wvalid & i.m_wready & o.m_wlast);
            bus.answered += u32::from(i.m_bvalid);
            self.seen.bursts += u64::from(i.m_bvalid);
            self.seen.failures += u64::from(i.m_bvalid != 0 && i.m_bresp != 0);
        }
        if i.awvalid & o.awready == 1 {
            self.inputs.awvalid = 0;
        }
        if i.wvalid & o.wready == 1 {
            self.inputs.wvalid = 0;
            self.next_beat();
        }
        if i.arvalid & o.arready == 1 {
            self.inputs.arvalid = 0;
        }
        if self.writing && self.reading.is_some() {
            self.seen.both_at_once += 1;
        }
        if o.bvalid & i.bready == 1 {
            self.writing = false;
            self.seen.writes += 1;
            self.seen.refused += u64::from(o.bresp != 0);
        }
        if o.rvalid & i.rready == 1 {
            self.seen.reads += 1;
            self.seen.refused += u64::from(o.rresp != 0);
            let (first, last) = self.beat_came(&o);
            let reading = if last { self.reading.take() } else { self.reading };
            if let Some((address, _)) = reading.filter(|_| first) {
                self.arrived(address, o.rdata);
            }
        }
    }

    /// Learns from what was read.
    fn arrived(&mut self, address: u32, word: u32) {
        if address == control::CAP_DEPTH {
            self.course.depths(word);
        }
        if address < map::port(0) {
            return;
        }
        match (address - map::port(0)) % port::AREA.stride {
            port::HEAD_STATUS => self.tag = port::HEAD_STATUS::TAG.get(word),
            port::LEVELS => {
                let levels = [port::LEVELS::INTERRUPT.get(word), port::LEVELS::USER.get(word)];
                if address == map::port(self.course.port) + port::LEVELS {
                    self.course.levels(levels, &mut self.seen);
                }
            }
            offset if offset == port::HEAD + 4 * HEADER as u32 => {
                self.seen.gaps += u64::from(KIND.get(word) == kind::GAP);
            }
            _ => {}
        }
    }

    /// Begins what can begin.
    fn start(&mut self) {
        let up = |traffic: &mut Traffic| traffic.below(64) < traffic.pace;
        self.inputs.bready = u8::from(up(self));
        self.inputs.rready = u8::from(up(self));
        if self.script.is_empty() {
            self.plan();
        }
        let script_reads = self.reading.is_some_and(|(_, stray)| !stray);
        if !self.writing && !script_reads {
            match self.script.front().copied() {
                Some(Access::Write(address, value, strobes)) => self.begin_write(address, value, strobes),
                Some(Access::Pop(page)) => {
                    let tag = if self.one_in(20) { self.below(1 << 16) } else { self.tag };
                    self.seen.pops += 1;
                    self.begin_write(page + port::POP, port::POP::TAG.put(tag), 15);
                }
                Some(Access::Read(address)) if self.reading.is_none() => {
                    self.script.pop_front();
                    self.reading = Some((address, false));
                    self.read_due = true;
                }
                Some(Access::Read(_)) | None => {}
            }
        }
        if self.reading.is_none() && self.one_in(24) {
            let address = self.address();
            self.reading = Some((address, true));
            self.read_due = true;
        }
        if self.address_due && up(self) {
            self.inputs.awvalid = 1;
            self.address_due = false;
        }
        if self.data_due && up(self) {
            self.inputs.wvalid = 1;
            self.data_due = false;
        }
        if self.read_due && up(self) {
            self.inputs.araddr = self.reading.expect("a read is due").0;
            self.shape_read();
            self.inputs.arvalid = 1;
            self.read_due = false;
        }
    }

    fn begin_write(&mut self, address: u32, value: u32, strobes: u8) {
        self.script.pop_front();
        self.inputs.awaddr = address;
        (self.inputs.wdata, self.inputs.wstrb) = (value, strobes);
        (self.writing, self.address_due, self.data_due) = (true, true, true);
        self.shape_write();
    }
}
