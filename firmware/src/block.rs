//! The block, operation by operation: what each is in register accesses.

use portolan_proto::{InterruptPacket, LineStats, Refusal, UserPacket};
use portolan_regs::map::{self, Access};
use portolan_regs::{ID, LAYOUT_HASH, VERSION_MAJOR, control, line, mode, packet, port, slot};

use crate::access::{Extent, access};
use crate::machine::{BusError, Machine};

impl From<BusError> for Bus {
    fn from(_: BusError) -> Bus {
        Bus
    }
}

/// The bus has refused an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bus;

impl From<Bus> for Refusal {
    fn from(_: Bus) -> Refusal {
        Refusal::Bus
    }
}

/// A packet at the head of a queue, which stays there until it is [popped](Block::pop).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head<P> {
    pub(crate) packet: P,
    tag: u32,
}

/// A block that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) extent: Extent,
    /// Room for interrupt packets in a port's queue.
    pub(crate) interrupts: u16,
    /// Room for user packets in a port's queue.
    pub(crate) users: u16,
}

impl Block {
    /// The block, if there is one whose registers this firmware knows.
    pub(crate) fn find<M: Machine>(machine: &mut M) -> Option<Block> {
        let mut read = |offset| machine.read(offset).ok();
        let known = read(control::ID)? == ID
            && control::VERSION::MAJOR.get(read(control::VERSION)?) == VERSION_MAJOR
            && read(control::HASH)? == LAYOUT_HASH;
        let (size, depth) = (read(control::CAP_SIZE)?, read(control::CAP_DEPTH)?);
        let features = read(control::CAP_FEATURES)?;
        let extent = Extent {
            lines: control::CAP_SIZE::LINES.get(size),
            ports: control::CAP_SIZE::PORTS.get(size),
            rings: control::CAP_FEATURES::RINGS.get(features) != 0,
            msix: control::CAP_FEATURES::MSIX.get(features) != 0,
        };
        let interrupts = control::CAP_DEPTH::INTERRUPT.get(depth) as u16;
        let users = control::CAP_DEPTH::USER.get(depth) as u16;
        known.then_some(Block { extent, interrupts, users })
    }

    /// The port's page, if there is such a port.
    pub(crate) fn port(&self, number: u8) -> Result<u32, Refusal> {
        let number = u32::from(number);
        if number < self.extent.ports { Ok(map::port(number)) } else { Err(Refusal::InvalidArgs) }
    }

    /// The line's registers, if there is such a line.
    pub(crate) fn line(&self, number: u16) -> Result<u32, Refusal> {
        let number = u32::from(number);
        if number < self.extent.lines { Ok(map::line(number)) } else { Err(Refusal::InvalidArgs) }
    }

    /// Reads any register.
    pub(crate) fn read<M: Machine>(&self, machine: &mut M, offset: u32) -> Result<u32, Refusal> {
        access(offset, &self.extent).ok_or(Refusal::Bus)?;
        machine.read(offset).map_err(|BusError| Refusal::Bus)
    }

    /// Writes any register that can be written.
    pub(crate) fn write<M: Machine>(&self, machine: &mut M, offset: u32, value: u32) -> Result<(), Refusal> {
        match access(offset, &self.extent) {
            Some(Access::Plain | Access::Command) => {
                machine.write(offset, value).map_err(|BusError| Refusal::Bus)
            }
            Some(Access::ReadOnly) | None => Err(Refusal::Bus),
        }
    }

    /// Binds the line to a port.
    pub(crate) fn bind<M: Machine>(
        &self,
        machine: &mut M,
        line: u16,
        port: u8,
        generation: u16,
    ) -> Result<(), Refusal> {
        self.port(port)?;
        let word = line::BIND::PORT.put(port.into())
            | line::BIND::BIND.put(1)
            | line::BIND::GENERATION.put(generation.into());
        self.write(machine, self.line(line)? + line::BIND, word)
    }

    /// Unbinds the line.
    pub(crate) fn unbind<M: Machine>(
        &self,
        machine: &mut M,
        line: u16,
        generation: u16,
    ) -> Result<(), Refusal> {
        self.write(machine, self.line(line)? + line::BIND, line::BIND::GENERATION.put(generation.into()))
    }

    /// Acknowledges the line's last packet.
    pub(crate) fn ack<M: Machine>(&self, machine: &mut M, line: u16, generation: u16) -> Result<(), Refusal> {
        self.write(machine, self.line(line)? + line::ACK, line::ACK::GENERATION.put(generation.into()))
    }

    /// Sets how the line listens.
    pub(crate) fn set_mode<M: Machine>(
        &self,
        machine: &mut M,
        line: u16,
        (chosen, stream, unmask): (u8, bool, bool),
    ) -> Result<(), Refusal> {
        let chosen = u32::from(chosen);
        if ![mode::RISING, mode::FALLING, mode::BOTH, mode::HIGH, mode::LOW].contains(&chosen) {
            return Err(Refusal::InvalidArgs);
        }
        let offset = self.line(line)? + line::CONFIG;
        let filter = line::CONFIG::FILTER.get(self.read(machine, offset)?);
        let word = line::CONFIG::MODE.put(chosen)
            | line::CONFIG::STREAM.put(stream.into())
            | line::CONFIG::UNMASK.put(unmask.into())
            | line::CONFIG::FILTER.put(filter);
        self.write(machine, offset, word)
    }

    /// Sets the line's glitch filter, which is taken off stamps and therefore stays while the line is bound.
    pub(crate) fn set_filter<M: Machine>(
        &self,
        machine: &mut M,
        line: u16,
        ticks: u8,
    ) -> Result<(), Refusal> {
        let offset = self.line(line)? + line::CONFIG;
        if control::SNAPSHOT_STATE::BOUND.get(self.stats(machine, line)?.state) != 0 {
            return Err(Refusal::BadState);
        }
        let old = self.read(machine, offset)?;
        let kept = old ^ line::CONFIG::FILTER.put(line::CONFIG::FILTER.get(old));
        self.write(machine, offset, kept | line::CONFIG::FILTER.put(ticks.into()))
    }

    /// The line's counters, all of one moment.
    pub(crate) fn stats<M: Machine>(&self, machine: &mut M, line: u16) -> Result<LineStats, Refusal> {
        self.line(line)?;
        self.write(machine, control::SNAPSHOT, control::SNAPSHOT::LINE.put(line.into()))?;
        // The copy stands still, so the halves of a wide counter belong together.
        let mut word = |offset| machine.read(offset).map_err(|BusError| Refusal::Bus);
        let mut wide =
            |offset| Ok::<u64, Refusal>(u64::from(word(offset)?) | u64::from(word(offset + 4)?) << 32);
        let edges = wide(control::EDGES)?;
        let delivered = wide(control::DELIVERED)?;
        let coalesced = wide(control::COALESCED)?;
        let lost = wide(control::LOST)?;
        let discarded = wide(control::DISCARDED)?;
        Ok(LineStats {
            state: word(control::SNAPSHOT_STATE)?,
            binding: word(control::SNAPSHOT_BINDING)?,
            edges,
            delivered,
            coalesced,
            lost,
            discarded,
            undelivered: word(control::UNDELIVERED)?,
            rejected: word(control::REJECTED)?,
        })
    }

    /// Whether the port has room for a user packet that is posted.
    pub(crate) fn has_room<M: Machine>(&self, machine: &mut M, port: u8) -> Result<bool, Refusal> {
        let credits = self.read(machine, self.port(port)? + port::POST_CREDITS)?;
        Ok(port::POST_CREDITS::COUNT.get(credits) > 0)
    }

    /// Posts a user packet through the port's window. SHOULD_WAIT when there is no room.
    pub(crate) fn post<M: Machine>(
        &self,
        machine: &mut M,
        port: u8,
        packet: &UserPacket,
    ) -> Result<(), Refusal> {
        if !self.has_room(machine, port)? {
            return Err(Refusal::ShouldWait);
        }
        let window = self.port(port)? + port::POST;
        let mut write = |place: usize, word: u32| {
            machine.write(window + place as u32, word).map_err(|BusError| Refusal::Bus)
        };
        write(packet::KEY, packet.key as u32)?;
        write(packet::KEY + 4, (packet.key >> 32) as u32)?;
        write(packet::TYPE, packet::kind::USER)?;
        write(packet::STATUS, packet.status as u32)?;
        let (words, _) = packet.payload.as_chunks();
        // The last word commits.
        (0..).zip(words).try_for_each(|(n, word)| write(packet::PAYLOAD + 4 * n, u32::from_le_bytes(*word)))
    }

    /// How many interrupt and user packets are queued on the port.
    pub(crate) fn levels<M: Machine>(&self, machine: &mut M, port: u8) -> Result<(u32, u32), Refusal> {
        let levels = self.read(machine, self.port(port)? + port::LEVELS)?;
        Ok((port::LEVELS::INTERRUPT.get(levels), port::LEVELS::USER.get(levels)))
    }

    /// The tag under which the head of a queue was latched, if there is a packet.
    fn latch<M: Machine>(&self, machine: &mut M, page: u32, class: u32) -> Result<Option<u32>, Bus> {
        machine.write(page + port::LATCH, port::LATCH::CLASS.put(class))?;
        let status = machine.read(page + port::HEAD_STATUS)?;
        Ok((port::HEAD_STATUS::VALID.get(status) != 0).then(|| port::HEAD_STATUS::TAG.get(status)))
    }

    /// The interrupt packet at the head of the port's queue.
    pub(crate) fn interrupt<M: Machine>(
        &self,
        machine: &mut M,
        port: u8,
    ) -> Result<Option<Head<InterruptPacket>>, Refusal> {
        let page = self.port(port)?;
        let Some(tag) = self.latch(machine, page, 0)? else { return Ok(None) };
        let mut word = |n: usize| machine.read(page + port::HEAD + 4 * n as u32).map_err(Bus::from);
        let mut wide = |n: usize| Ok::<u64, Bus>(u64::from(word(n)?) | u64::from(word(n + 1)?) << 32);
        let (ticks, counted_before) = (wide(slot::TICKS)?, wide(slot::COUNTED_BEFORE)?);
        let (header, binding, count) = (word(slot::HEADER)?, word(slot::BINDING)?, word(slot::COUNT)?);
        let packet = InterruptPacket {
            ticks,
            counted_before,
            line: slot::LINE.get(header) as u16,
            kind: slot::KIND.get(header) as u8,
            flags: slot::FLAGS.get(header) as u8,
            generation: slot::GENERATION.get(binding) as u16,
            count,
        };
        Ok(Some(Head { packet, tag }))
    }

    /// The user packet at the head of the port's queue.
    pub(crate) fn user<M: Machine>(
        &self,
        machine: &mut M,
        port: u8,
    ) -> Result<Option<Head<UserPacket>>, Refusal> {
        let page = self.port(port)?;
        let Some(tag) = self.latch(machine, page, 1)? else { return Ok(None) };
        let mut word = |place: usize| machine.read(page + port::HEAD + place as u32).map_err(Bus::from);
        let key = u64::from(word(packet::KEY)?) | u64::from(word(packet::KEY + 4)?) << 32;
        let status = word(packet::STATUS)? as i32;
        let mut payload = [0; packet::PAYLOAD_SIZE];
        let (words, _) = payload.as_chunks_mut();
        for (n, place) in words.iter_mut().enumerate() {
            *place = word(packet::PAYLOAD + 4 * n)?.to_le_bytes();
        }
        Ok(Some(Head { packet: UserPacket { key, status, payload }, tag }))
    }

    /// Removes what was latched last on the port.
    pub(crate) fn pop<M: Machine, P>(
        &self,
        machine: &mut M,
        port: u8,
        head: &Head<P>,
    ) -> Result<(), Refusal> {
        self.write(machine, self.port(port)? + port::POP, port::POP::TAG.put(head.tag))
    }
}
