//! What the traffic does next on the bus: scripts of accesses, for each step of its course.

use portolan_regs::slot::HEADER;
use portolan_regs::{RESET_KEY, bank, control, line, map, port, port_control};
use rand::Rng;

use super::course::Step;
use super::{Access, Traffic};

impl Traffic {
    fn write(&mut self, address: u32, value: u32) {
        let strobes = if self.one_in(50) { self.below(16) as u8 } else { 15 };
        self.script.push_back(Access::Write(address, value, strobes));
    }

    /// A register that exists, mostly.
    pub(super) fn address(&mut self) -> u32 {
        if self.one_in(12) {
            return self.below(1 << 18);
        }
        // Those of MSI-X are holes on AXI.
        let areas = [control::AREA, bank::AREA, port_control::AREA, line::AREA, port::AREA];
        let area = areas[self.below(areas.len() as u32) as usize];
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
    pub(super) fn plan(&mut self) {
        if self.course.is_blind() {
            return self.script.push_back(Access::Read(control::CAP_DEPTH));
        }
        let port = self.course.port;
        let levels = Access::Read(map::port(port) + port::LEVELS);
        let (step, looks_there, other) = (self.course.step, self.one_in(4), self.one_in(8));
        let drains = self.seen.rings && self.one_in(4);
        match step {
            Step::Bind if self.course.line == self.size.lines() => self.course.bound(),
            Step::Bind => {
                self.listen(self.course.line, port);
                self.course.line += 1;
            }
            Step::Anything => self.anything(),
            _ if looks_there => self.script.push_back(levels),
            Step::FillInterrupts => self.look(),
            _ if other => self.look(),
            Step::FillUsers => self.post(port),
            Step::EmptyInterrupts if drains => self.drain(port),
            Step::EmptyInterrupts => self.pull(port, 0),
            Step::EmptyUsers => self.pull(port, 1),
        }
    }

    /// Begins a new round, about another port, with nothing of the last one left.
    pub(super) fn begin_round(&mut self) {
        self.course.port = self.below(self.size.ports());
        self.script.clear();
        self.seen.resets += 1;
        self.script.push_back(Access::Write(control::RESET, RESET_KEY, 15));
    }

    /// Lets a line send all that its pin does to the port.
    fn listen(&mut self, line: u32, port: u32) {
        let generation = self.below(4);
        self.generations[line as usize] = generation;
        let mode = line::CONFIG::MODE.put(3) | line::CONFIG::STREAM.put(1) | line::CONFIG::UNMASK.put(1);
        let word =
            line::BIND::PORT.put(port) | line::BIND::BIND.put(1) | line::BIND::GENERATION.put(generation);
        self.script.push_back(Access::Write(map::line(line) + line::CONFIG, mode, 15));
        self.script.push_back(Access::Write(map::line(line) + line::BIND, word, 15));
    }

    /// Something that changes neither queues nor lines.
    fn look(&mut self) {
        match self.below(4) {
            0 => {
                let address = self.address();
                self.script.push_back(Access::Read(address));
            }
            1 => self.snapshot(),
            2 => self.doorbell(),
            _ => self.moderation(),
        }
    }

    /// Lets the interrupt output rise.
    fn announce(&mut self) {
        // Behind what was completed, unless that is by chance the same.
        let position = port::DOORBELL_INTERRUPT::POSITION.put(self.below(1 << 12));
        let port = map::port(self.below(self.size.ports()));
        self.write(control::IRQ_ENABLE, 0);
        self.write(port + port::DOORBELL_INTERRUPT, position | port::DOORBELL_INTERRUPT::ARM.put(1));
        self.write(control::IRQ_ENABLE, 1);
    }

    fn anything(&mut self) {
        if self.seen.irq_rises < 5 && self.one_in(8) {
            return self.announce();
        }
        if self.seen.rings && (self.seen.bursts < 30 && !self.one_in(3) || self.one_in(12)) {
            return self.ring();
        }
        let line = self.below(self.size.lines());
        let port = self.below(self.size.ports());
        let registers = map::line(line);
        match self.below(50) {
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
            9 => self.doorbell(),
            10 => self.moderation(),
            11 => {
                let enable = u32::from(!self.one_in(4));
                self.write(control::IRQ_ENABLE, enable);
            }
            12 => self.snapshot(),
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
            18 | 19 => self.script.push_back(Access::Read(map::port(port) + port::LEVELS)),
            _ => {
                let class = u32::from(self.one_in(3));
                self.pull(port, class);
            }
        }
    }

    /// Lets a ring take what waits in a full queue.
    fn drain(&mut self, port: u32) {
        let control = map::port_control(port);
        let word = port_control::RING_CONTROL::ENABLE.put(1) | port_control::RING_CONTROL::SIZE.put(16);
        self.script.push_back(Access::Write(control + port_control::RING_BASE, 0x1000, 15));
        self.script.push_back(Access::Write(control + port_control::RING_FIRST, 0, 15));
        self.script.push_back(Access::Write(control + port_control::RING_CONTROL, word, 15));
        // Whatever doorbells said before, there is room.
        self.script.push_back(Access::Write(map::port(port) + port::DOORBELL_INTERRUPT, 0, 15));
    }

    /// Begins or ends a ring, or looks at it.
    fn ring(&mut self) {
        // Mostly where the lines are bound.
        let port = if self.one_in(4) { self.below(self.size.ports()) } else { self.course.port };
        let control = map::port_control(port);
        let user = self.one_in(3);
        let ring = control + if user { port_control::USER_RING_BASE - port_control::RING_BASE } else { 0 };
        let status = Access::Read(ring + port_control::RING_STATUS);
        if self.one_in(2) {
            let size = if self.one_in(8) { self.below(32) } else { 6 + self.below(11) };
            let base = self.random.random();
            let first = self.below(80);
            let word = port_control::RING_CONTROL::ENABLE.put(1) | port_control::RING_CONTROL::SIZE.put(size);
            self.write(ring + port_control::RING_BASE, base);
            self.write(ring + port_control::RING_BASE + 4, first);
            self.write(ring + port_control::RING_FIRST, first);
            self.write(ring + port_control::RING_CONTROL, word);
            // There is something to write.
            let lines = self.random.random();
            self.write(map::bank(bank::TRIGGER, 0), lines);
        } else if self.one_in(4) {
            self.write(ring + port_control::RING_CONTROL, 0);
        }
        self.script.push_back(status);
    }

    fn doorbell(&mut self) {
        let page = map::port(self.below(self.size.ports()));
        let word = port::DOORBELL_INTERRUPT::POSITION.put(self.below(80))
            | port::DOORBELL_INTERRUPT::ARM.put(u32::from(!self.one_in(3)));
        let doorbell = if self.one_in(2) { port::DOORBELL_INTERRUPT } else { port::DOORBELL_USER };
        self.write(page + doorbell, word);
    }

    fn moderation(&mut self) {
        let word = port_control::MODERATION::COUNT.put(self.below(6))
            | port_control::MODERATION::TIME.put(self.below(4));
        let port = self.below(self.size.ports());
        self.write(map::port_control(port) + port_control::MODERATION, word);
    }

    fn snapshot(&mut self) {
        let line = self.below(self.size.lines());
        self.write(control::SNAPSHOT, line);
        for register in [control::SNAPSHOT_STATE, control::EDGES, control::LOST, control::UNDELIVERED] {
            self.script.push_back(Access::Read(register));
        }
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
    fn pull(&mut self, port: u32, class: u32) {
        let page = map::port(port);
        self.write(page + port::LATCH, class);
        self.script.push_back(Access::Read(page + port::HEAD_STATUS));
        if self.one_in(3) {
            let word = self.below(16);
            self.script.push_back(Access::Read(page + port::HEAD + 4 * word));
        }
        if self.one_in(2) {
            self.script.push_back(Access::Read(page + port::HEAD + 4 * HEADER as u32));
        }
        self.script.push_back(Access::Pop(page));
    }
}
