//! Random traffic that gets somewhere: accesses biased to registers that do something, in phases
//! that fill the queues and phases that empty them, with bursts on the pins and resets in between.

use std::collections::VecDeque;

use portolan_regs::slot::{HEADER, KIND, kind};
use portolan_regs::{RESET_KEY, bank, control, line, map, port, port_control};
use portolan_sim::{Inputs, Outputs, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One access.
#[derive(Clone, Copy, Debug)]
enum Access {
    Write(u32, u32, u8),
    Read(u32),
    /// POP with the tag that the last read of HEAD_STATUS gave.
    Pop(u32),
}

/// What the traffic saw, so that a test can tell that it went where it should.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub writes: u64,
    pub reads: u64,
    pub refused: u64,
    pub both_at_once: u64,
    pub resets: u64,
    pub pops: u64,
    pub gaps: u64,
    pub irq_rises: u64,
    pub credits: u64,
    /// Highest and lowest level of an interrupt queue, of a user queue, that was read.
    pub levels: [(u32, u32); 2],
    pub idle: u64,
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
    pub seen: Seen,
}

/// Cycles of a phase. A period is one phase that fills the interrupt queues, one that fills the user
/// queues, and four that empty both: taking a packet out needs more accesses than putting one in.
const PHASE: u64 = 2048;
const PERIOD: u64 = 6;

impl Traffic {
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
            seen: Seen { levels: [(0, u32::MAX); 2], ..Seen::default() },
        }
    }

    fn below(&mut self, n: u32) -> u32 {
        self.random.random_range(0..n)
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// The phase, by its number in the period.
    fn phase(&self) -> u64 {
        self.cycle / PHASE % PERIOD
    }

    fn write(&mut self, address: u32, value: u32) {
        let strobes = if self.one_in(50) { self.below(16) as u8 } else { 15 };
        self.script.push_back(Access::Write(address, value, strobes));
    }

    /// A register that exists, mostly.
    fn address(&mut self) -> u32 {
        if self.one_in(12) {
            return self.below(1 << 18);
        }
        let area = map::AREAS[self.below(map::AREAS.len() as u32) as usize];
        let register = area.registers[self.below(area.registers.len() as u32) as usize];
        let copies = match area.name {
            "line" => self.size.lines(),
            "port" | "port_control" => self.size.ports(),
            "bank" => self.size.lines().div_ceil(32),
            _ => 1,
        };
        area.base + area.stride * self.below(copies) + register.offset + 4 * self.below(register.words)
    }

    /// Puts the next thing to do on the script.
    fn plan(&mut self) {
        let line = self.below(self.size.lines());
        let port = self.below(self.size.ports());
        let registers = map::line(line);
        let page = map::port(port);
        let choice = match self.phase() {
            0 if self.one_in(4) => return self.prepare(line, port),
            0 => self.below(20),
            1 if !self.one_in(4) => 13,
            1 => self.below(20),
            _ => self.below(50),
        };
        match choice {
            0 | 1 => {
                let filter = if self.one_in(4) { self.below(12) } else { 0 };
                let mode = if self.one_in(8) { self.below(8) } else { 1 + self.below(3) };
                let word = line::CONFIG::MODE.put(mode)
                    | line::CONFIG::STREAM.put(u32::from(!self.one_in(4)))
                    | line::CONFIG::UNMASK.put(u32::from(!self.one_in(8)))
                    | line::CONFIG::FILTER.put(filter);
                self.write(registers + line::CONFIG, word);
            }
            2..=4 => {
                let generation = self.below(4);
                self.generations[line as usize] = generation;
                let port = if self.one_in(30) { self.below(256) } else { port };
                let word = line::BIND::PORT.put(port)
                    | line::BIND::BIND.put(1)
                    | line::BIND::GENERATION.put(generation);
                self.write(registers + line::BIND, word);
            }
            5 => {
                if self.one_in(4) {
                    let generation = self.generations[line as usize];
                    self.write(registers + line::BIND, line::BIND::GENERATION.put(generation));
                }
            }
            6 | 7 => {
                let generation = self.generations[line as usize];
                self.write(registers + line::ACK, line::ACK::GENERATION.put(generation));
            }
            8 => {
                let lines = self.random.random();
                self.write(map::bank(bank::TRIGGER, 32 * (line / 32)), lines);
            }
            9 => {
                let word = port::DOORBELL_INTERRUPT::POSITION.put(self.below(80))
                    | port::DOORBELL_INTERRUPT::ARM.put(u32::from(!self.one_in(3)));
                let doorbell = if self.one_in(2) { port::DOORBELL_INTERRUPT } else { port::DOORBELL_USER };
                self.write(page + doorbell, word);
            }
            10 => {
                let word = port_control::MODERATION::COUNT.put(self.below(6))
                    | port_control::MODERATION::TIME.put(self.below(4));
                self.write(map::port_control(port) + port_control::MODERATION, word);
            }
            11 => {
                let enable = u32::from(!self.one_in(4));
                self.write(control::IRQ_ENABLE, enable);
            }
            12 => {
                self.write(control::SNAPSHOT, line);
                for register in [control::SNAPSHOT_STATE, control::EDGES, control::LOST, control::UNDELIVERED]
                {
                    self.script.push_back(Access::Read(register));
                }
            }
            13 | 14 => self.post(port),
            15 => {
                let address = self.address();
                let value = self.random.random();
                self.write(address, value);
            }
            16 => {
                if self.one_in(40) {
                    self.seen.resets += 1;
                    self.write(control::RESET, RESET_KEY);
                }
            }
            17 => {
                let address = self.address();
                self.script.push_back(Access::Read(address));
            }
            18 | 19 => self.script.push_back(Access::Read(page + port::LEVELS)),
            _ => self.pull(port),
        }
    }

    /// Lets a line send all that its pin does, and looks how full its queue is.
    fn prepare(&mut self, line: u32, port: u32) {
        let generation = self.below(4);
        self.generations[line as usize] = generation;
        let mode = line::CONFIG::MODE.put(3) | line::CONFIG::STREAM.put(1) | line::CONFIG::UNMASK.put(1);
        self.write(map::line(line) + line::CONFIG, mode);
        let word =
            line::BIND::PORT.put(port) | line::BIND::BIND.put(1) | line::BIND::GENERATION.put(generation);
        self.write(map::line(line) + line::BIND, word);
        self.script.push_back(Access::Read(map::port(port) + port::LEVELS));
    }

    /// Posts a packet: all words, or, since the window keeps them, only the last, which commits.
    fn post(&mut self, port: u32) {
        let first = if self.one_in(8) { 0 } else { 11 };
        for word in first..12 {
            let value = self.random.random();
            self.write(map::port(port) + port::POST + 4 * word, value);
        }
    }

    /// Takes a packet, reading some of its words.
    fn pull(&mut self, port: u32) {
        let page = map::port(port);
        let class = u32::from(self.one_in(3));
        self.write(page + port::LATCH, class);
        self.script.push_back(Access::Read(page + port::HEAD_STATUS));
        if self.one_in(3) {
            let word = self.below(16);
            self.script.push_back(Access::Read(page + port::HEAD + 4 * word));
        }
        self.script.push_back(Access::Read(page + port::HEAD + 4 * HEADER as u32));
        self.script.push_back(Access::Pop(page));
    }

    /// The inputs of the next cycle, after the outputs that stand now.
    pub fn step(&mut self, outputs: &Outputs) -> Inputs {
        self.handshakes(outputs);
        self.last = *outputs;
        self.cycle += 1;
        if self.cycle.is_multiple_of(509) {
            // Queues are filled at full speed, or they would not get full in a phase.
            self.pace = if self.phase() < 2 { 64 } else { [64, 64, 32, 8][self.below(4) as usize] };
            self.toggles = [0, 1, 6, 40][self.below(4) as usize];
            if self.phase() == 0 {
                self.toggles = 40;
            }
        }
        self.pins();
        if self.reset == 0 && self.one_in(6000) {
            self.reset = 1 + self.below(4);
            self.seen.resets += 1;
        }
        if self.reset > 0 {
            self.reset -= 1;
            self.forget();
            self.inputs.aresetn = 0;
            return self.inputs;
        }
        self.inputs.aresetn = 1;
        self.start();
        self.inputs
    }

    /// A reset ends whatever was under way.
    fn forget(&mut self) {
        let lines = self.inputs.lines;
        self.inputs = Inputs { lines, ..Inputs::default() };
        self.script.clear();
        (self.writing, self.reading) = (false, None);
        (self.address_due, self.data_due, self.read_due) = (false, false, false);
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
        if i.awvalid & o.awready == 1 {
            self.inputs.awvalid = 0;
        }
        if i.wvalid & o.wready == 1 {
            self.inputs.wvalid = 0;
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
            if let Some((address, _)) = self.reading.take() {
                self.arrived(address, o.rdata);
            }
        }
    }

    /// Learns from what was read.
    fn arrived(&mut self, address: u32, word: u32) {
        if address < map::port(0) {
            return;
        }
        match (address - map::port(0)) % port::AREA.stride {
            port::HEAD_STATUS => self.tag = port::HEAD_STATUS::TAG.get(word),
            port::LEVELS => {
                let levels = [port::LEVELS::INTERRUPT.get(word), port::LEVELS::USER.get(word)];
                for (seen, level) in self.seen.levels.iter_mut().zip(levels) {
                    *seen = (seen.0.max(level), seen.1.min(level));
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
            self.inputs.arvalid = 1;
            self.read_due = false;
        }
    }

    fn begin_write(&mut self, address: u32, value: u32, strobes: u8) {
        self.script.pop_front();
        self.inputs.awaddr = address;
        (self.inputs.wdata, self.inputs.wstrb) = (value, strobes);
        (self.writing, self.address_due, self.data_due) = (true, true, true);
    }
}
