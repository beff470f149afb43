//! Registers and pins without the driver, cycle by cycle: what tests of the RTL use.
//!
//! Every method panics when the bus fails or the block refuses an access that should succeed, because a
//! test has nothing better to do; `try_read` and `try_write` are for accesses that may be refused.
//!
//! ```
//! use portolan_regs::mode;
//! use portolan_sim::raw::{Config, Raw};
//! use portolan_sim::Size;
//! let mut raw = Raw::open(Size::L4P1);
//! raw.configure(2, Config::stream(mode::BOTH));
//! raw.bind(2, 0, 1);
//! let edge = raw.sim.tick();
//! raw.sim.set_pins(0b100);
//! raw.run(40);
//! let packet = raw.pull(0).expect("one packet");
//! assert_eq!((packet.ticks, packet.line, packet.level()), (edge, 2, true));
//! ```

use crate::axi::memory::{Memory, Speed};
use crate::axi::{Response, Timing};
use crate::sim::Sim;
use crate::size::Size;
use portolan::device::{Device, DeviceError};
use portolan_regs::{RESET_KEY, bank, control, line, map, port, port_control, slot};

/// A line's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// [`portolan_regs::mode`].
    pub mode: u32,
    /// Every edge a packet.
    pub stream: bool,
    /// Edges count.
    pub unmask: bool,
    /// Glitch filter, ticks.
    pub filter: u32,
}

impl Config {
    /// Every edge a packet, no filter, unmasked.
    pub const fn stream(mode: u32) -> Config {
        Config { mode, stream: true, unmask: true, filter: 0 }
    }
    /// One packet until acknowledged, no filter, unmasked.
    pub const fn ack(mode: u32) -> Config {
        Config { mode, stream: false, unmask: true, filter: 0 }
    }
    /// The same with a glitch filter of so many ticks.
    pub const fn filtered(self, filter: u32) -> Config {
        Config { filter, ..self }
    }

    fn word(self) -> u32 {
        line::CONFIG::MODE.put(self.mode)
            | line::CONFIG::STREAM.put(self.stream.into())
            | line::CONFIG::UNMASK.put(self.unmask.into())
            | line::CONFIG::FILTER.put(self.filter)
    }
}

/// An interrupt packet, as pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Stamp; of a gap: the first one.
    pub ticks: u64,
    /// Edges of the line coalesced or lost before this; of a gap: the last stamp.
    pub counted_before: u64,
    /// Line.
    pub line: u32,
    /// [`slot::kind`].
    pub kind: u32,
    /// [`slot::flag`].
    pub flags: u32,
    /// Generation of the binding.
    pub generation: u32,
    /// Edges coalesced into this one; of a gap: edges lost.
    pub count: u32,
}

impl Packet {
    /// The line's level right after the edge.
    pub fn level(&self) -> bool {
        self.flags & slot::flag::LEVEL != 0
    }
    /// A record of lost edges.
    pub fn is_gap(&self) -> bool {
        self.kind == slot::kind::GAP
    }

    /// From the words of a slot.
    pub fn decode(words: &[u32]) -> Packet {
        let wide = |low: usize| u64::from(words[low]) | u64::from(words[low + 1]) << 32;
        Packet {
            ticks: wide(slot::TICKS),
            counted_before: wide(slot::COUNTED_BEFORE),
            line: slot::LINE.get(words[slot::HEADER]),
            kind: slot::KIND.get(words[slot::HEADER]),
            flags: slot::FLAGS.get(words[slot::HEADER]),
            generation: slot::GENERATION.get(words[slot::BINDING]),
            count: words[slot::COUNT],
        }
    }
}

/// Takes the oldest interrupt packet of a port of any device, as [`Raw::pull`] does.
pub fn pull_from(device: &dyn Device, port: u32) -> Result<Option<Packet>, DeviceError> {
    device.write(map::port(port) + port::LATCH, 0)?;
    let status = device.read(map::port(port) + port::HEAD_STATUS)?;
    if port::HEAD_STATUS::VALID.get(status) == 0 {
        return Ok(None);
    }
    let mut words = [0; slot::INTERRUPT_WORDS];
    for (i, word) in words.iter_mut().enumerate() {
        *word = device.read(map::port(port) + port::HEAD + 4 * i as u32)?;
    }
    device.write(map::port(port) + port::POP, port::POP::TAG.put(port::HEAD_STATUS::TAG.get(status)))?;
    Ok(Some(Packet::decode(&words)))
}

/// The seed of a random test: `default`, or what PORTOLAN_SEED says. Printed, so that a failure tells it.
pub fn seed(default: u64) -> u64 {
    let seed = match std::env::var("PORTOLAN_SEED") {
        Ok(text) => text.parse().expect("PORTOLAN_SEED is a number"),
        Err(_) => default,
    };
    println!("PORTOLAN_SEED={seed}");
    seed
}

/// A line's counters, all of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Edges after synchroniser and filter, unmasked.
    pub edges: u64,
    /// Whose packet was popped.
    pub delivered: u64,
    /// Merged into a pending one.
    pub coalesced: u64,
    /// Lost in stream mode.
    pub lost: u64,
    /// Dropped by unbind or reset, or come while unbound.
    pub discarded: u64,
    /// In the port queue or waiting in the line.
    pub undelivered: u64,
    /// Gap records in the port queue.
    pub gaps: u32,
    /// Pulses that the filter rejected.
    pub rejected: u32,
    /// SNAPSHOT_STATE.
    pub state: u32,
    /// SNAPSHOT_BINDING.
    pub binding: u32,
}

impl Counters {
    /// True when every edge is accounted for.
    pub fn balance(&self) -> bool {
        self.edges == self.delivered + self.coalesced + self.lost + self.discarded + self.undelivered
    }
}

/// A block and its bus.
pub struct Raw {
    /// The simulation, for whatever this has no method for.
    pub sim: Sim,
}

impl Raw {
    /// A block after power-up, all pins low, with a fast bus and without idle skip.
    pub fn open(size: Size) -> Raw {
        Raw::with(size, Timing::Fast, 0)
    }

    /// The same with another bus timing and other pins.
    pub fn with(size: Size, timing: Timing, pins: u64) -> Raw {
        Raw { sim: Sim::new(size, pins, false, timing, None).expect("the block comes out of reset") }
    }

    /// A block with rings, with a fast bus, and a memory of that speed.
    pub fn with_rings(size: Size, speed: Speed) -> Raw {
        let memory = Memory::new(speed);
        Raw {
            sim: Sim::with_rings(size, 0, false, Timing::Fast, memory).expect("the block comes out of reset"),
        }
    }

    /// A block of the default size behind an AXI3 slave, as on a Zynq-7000: each access is a burst of one beat.
    pub fn zynq(speed: Speed) -> Raw {
        let sim = Sim::zynq(0, false, Timing::Fast, Memory::new(speed));
        Raw { sim: sim.expect("the block comes out of reset") }
    }

    /// The same, but idle time is skipped, so that years go by at once.
    pub fn skipping(size: Size) -> Raw {
        Raw { sim: Sim::new(size, 0, true, Timing::Fast, None).expect("the block comes out of reset") }
    }

    /// Reads a register that may be refused.
    pub fn try_read(&mut self, address: u32) -> Result<u32, Response> {
        match self.sim.read(address).expect("the bus works") {
            (Response::Okay, value) => Ok(value),
            (refused, value) => {
                assert_eq!(value, 0, "data of the refused read of {address:#x}");
                Err(refused)
            }
        }
    }

    /// Reads a register.
    pub fn read(&mut self, address: u32) -> u32 {
        self.try_read(address).unwrap_or_else(|refused| panic!("read of {address:#x}: {refused:?}"))
    }

    /// Reads a 64-bit register whose parts do not move.
    pub fn read_wide(&mut self, address: u32) -> u64 {
        u64::from(self.read(address)) | u64::from(self.read(address + 4)) << 32
    }

    /// Writes some bytes of a register; may be refused.
    pub fn try_write(&mut self, address: u32, value: u32, strobes: u8) -> Result<(), Response> {
        match self.sim.write(address, value, strobes).expect("the bus works") {
            Response::Okay => Ok(()),
            refused => Err(refused),
        }
    }

    /// Writes a register.
    pub fn write(&mut self, address: u32, value: u32) {
        self.try_write(address, value, 15)
            .unwrap_or_else(|refused| panic!("write of {value:#x} to {address:#x}: {refused:?}"));
    }

    /// Lets so many cycles go by.
    pub fn run(&mut self, cycles: u64) {
        let end = self.sim.tick() + cycles;
        self.sim.advance(end, 0, u64::MAX);
        let (stimulus, block) = (self.sim.stimulus_error(), self.sim.fault());
        assert_eq!(self.sim.tick(), end, "the stimulus did not fail: {stimulus:?}, nor the block: {block:?}");
    }

    /// Lets cycles go by until the interrupt output is set; false when it is not within `cycles`.
    pub fn run_until_irq(&mut self, cycles: u64) -> bool {
        let end = self.sim.tick() + cycles;
        self.sim.advance(end, 1, u64::MAX);
        self.sim.irq() != 0
    }

    /// Changes one line's pin.
    pub fn set_pin(&mut self, line: u32, level: bool) {
        let others = self.sim.pins() & !(1 << line);
        self.sim.set_pins(others | u64::from(level) << line);
    }

    /// Toggles one line's pin.
    pub fn toggle(&mut self, line: u32) {
        self.sim.set_pins(self.sim.pins() ^ (1 << line));
    }

    /// Configures a line.
    pub fn configure(&mut self, line: u32, config: Config) {
        self.write(map::line(line) + line::CONFIG, config.word());
    }

    /// Binds a line.
    pub fn bind(&mut self, line: u32, port: u32, generation: u32) {
        let word =
            line::BIND::PORT.put(port) | line::BIND::BIND.put(1) | line::BIND::GENERATION.put(generation);
        self.write(map::line(line) + line::BIND, word);
    }

    /// Unbinds a line.
    pub fn unbind(&mut self, line: u32, generation: u32) {
        self.write(map::line(line) + line::BIND, line::BIND::GENERATION.put(generation));
    }

    /// Acknowledges a line's packet.
    pub fn ack(&mut self, line: u32, generation: u32) {
        self.write(map::line(line) + line::ACK, line::ACK::GENERATION.put(generation));
    }

    /// Fires the test edges of lines 32 × `word` to 32 × `word` + 31.
    pub fn trigger(&mut self, word: u32, lines: u32) {
        self.write(map::bank(bank::TRIGGER, 32 * word), lines);
    }

    /// True while the line has packets in a port queue.
    pub fn in_flight(&mut self, line: u32) -> bool {
        self.read(map::bank(bank::IN_FLIGHT, line)) >> (line % 32) & 1 != 0
    }

    /// Latches the head of a queue: its tag and words, or `None` when the queue is empty.
    pub fn latch(&mut self, port: u32, class: u32) -> Option<(u32, Vec<u32>)> {
        self.write(map::port(port) + port::LATCH, port::LATCH::CLASS.put(class));
        let status = self.read(map::port(port) + port::HEAD_STATUS);
        assert_eq!(port::HEAD_STATUS::CLASS.get(status), class, "the latched class");
        if port::HEAD_STATUS::VALID.get(status) == 0 {
            return None;
        }
        let count = if class == 0 { slot::INTERRUPT_WORDS } else { slot::USER_WORDS };
        let words = (0..count as u32).map(|i| self.read(map::port(port) + port::HEAD + 4 * i)).collect();
        Some((port::HEAD_STATUS::TAG.get(status), words))
    }

    /// Removes the latched packet.
    pub fn pop(&mut self, port: u32, tag: u32) {
        self.write(map::port(port) + port::POP, port::POP::TAG.put(tag));
    }

    /// Takes the oldest interrupt packet of a port.
    pub fn pull(&mut self, port: u32) -> Option<Packet> {
        let (tag, words) = self.latch(port, 0)?;
        self.pop(port, tag);
        Some(Packet::decode(&words))
    }

    /// Takes the interrupt packets of a port until it has none.
    pub fn pull_all(&mut self, port: u32) -> Vec<Packet> {
        std::iter::from_fn(|| self.pull(port)).collect()
    }

    /// Takes the oldest user packet of a port: twelve words.
    pub fn pull_user(&mut self, port: u32) -> Option<Vec<u32>> {
        let (tag, mut words) = self.latch(port, 1)?;
        self.pop(port, tag);
        words.truncate(12);
        Some(words)
    }

    /// Packets queued now: interrupt packets, user packets.
    pub fn levels(&mut self, port: u32) -> (u32, u32) {
        let levels = self.read(map::port(port) + port::LEVELS);
        (port::LEVELS::INTERRUPT.get(levels), port::LEVELS::USER.get(levels))
    }

    /// Posts a user packet, word by word.
    pub fn post(&mut self, port: u32, packet: &[u32; 12]) {
        for (i, word) in packet.iter().enumerate() {
            self.write(map::port(port) + port::POST + 4 * i as u32, *word);
        }
    }

    /// Arms a port's interrupt doorbell at that position, or disarms it.
    pub fn doorbell(&mut self, port: u32, position: u32, arm: bool) {
        let word =
            port::DOORBELL_INTERRUPT::POSITION.put(position) | port::DOORBELL_INTERRUPT::ARM.put(arm.into());
        self.write(map::port(port) + port::DOORBELL_INTERRUPT, word);
    }

    /// The same for the user packets' doorbell.
    pub fn doorbell_user(&mut self, port: u32, position: u32, arm: bool) {
        let word = port::DOORBELL_USER::POSITION.put(position) | port::DOORBELL_USER::ARM.put(arm.into());
        self.write(map::port(port) + port::DOORBELL_USER, word);
    }

    /// Sets a port's moderation: packets, and units of 16 ticks.
    pub fn moderate(&mut self, port: u32, count: u32, time: u32) {
        let word = port_control::MODERATION::COUNT.put(count) | port_control::MODERATION::TIME.put(time);
        self.write(map::port_control(port) + port_control::MODERATION, word);
    }

    /// Lets fired doorbells assert the interrupt output, or not.
    pub fn enable_irq(&mut self, enable: bool) {
        self.write(control::IRQ_ENABLE, control::IRQ_ENABLE::ENABLE.put(enable.into()));
    }

    /// A line's counters, all of one moment.
    pub fn counters(&mut self, line: u32) -> Counters {
        self.write(control::SNAPSHOT, control::SNAPSHOT::LINE.put(line));
        let state = self.read(control::SNAPSHOT_STATE);
        assert_eq!(control::SNAPSHOT_STATE::LINE.get(state), line, "the snapshot's line");
        let undelivered = self.read(control::UNDELIVERED);
        Counters {
            edges: self.read_wide(control::EDGES),
            delivered: self.read_wide(control::DELIVERED),
            coalesced: self.read_wide(control::COALESCED),
            lost: self.read_wide(control::LOST),
            discarded: self.read_wide(control::DISCARDED),
            undelivered: control::UNDELIVERED::EDGES.get(undelivered).into(),
            gaps: control::UNDELIVERED::GAPS.get(undelivered),
            rejected: self.read(control::REJECTED),
            state,
            binding: self.read(control::SNAPSHOT_BINDING),
        }
    }

    /// Resets the block by its register and waits for the end of the reset.
    pub fn soft_reset(&mut self) {
        self.write(control::RESET, RESET_KEY);
        self.wait_for_reset();
    }

    /// Waits for the end of a reset.
    pub fn wait_for_reset(&mut self) {
        let end = self.sim.tick() + 10_000;
        while control::STATUS::RESETTING.get(self.read(control::STATUS)) != 0 {
            assert!(self.sim.tick() < end, "the block comes out of reset");
        }
    }
}
