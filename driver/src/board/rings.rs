//! The rings of a board: one of interrupt packets and one of user packets for each lane, from the moment at which the
//! board is opened until it closes.

use portolan_regs::{map, port_control as regs, slot};

use super::BoardInfo;
use super::registers::{Dead, Registers};
use super::ring::Ring;
use crate::sys;

/// Slots of each ring of interrupt packets.
pub(super) const SLOTS: u32 = 1024;

/// Slots of each ring of user packets: as much memory.
pub(super) const USER_SLOTS: u32 = SLOTS * slot::INTERRUPT_WORDS as u32 / slot::USER_WORDS as u32;

/// RING_STATUS is read so often at most until a ring is idle.
const IDLE_READS: u32 = 100_000;

/// A ring of interrupt packets.
pub(super) type InterruptRing = Ring<{ slot::INTERRUPT_WORDS }>;

/// A ring of user packets.
pub(super) type UserRing = Ring<{ slot::USER_WORDS }>;

/// The rings of a lane.
pub(super) struct LaneRings {
    pub(super) interrupts: InterruptRing,
    /// None on a board without post windows.
    pub(super) users: Option<UserRing>,
}

/// Why rings could not be opened.
pub(super) enum Failed {
    /// There is no memory for them.
    Memory(std::io::Error),
    /// The board died.
    Dead,
}

impl From<Dead> for Failed {
    fn from(Dead: Dead) -> Self {
        Failed::Dead
    }
}

/// The registers of a lane's ring, from the start of the port's control registers.
#[derive(Clone, Copy)]
struct Class {
    base: u32,
    first: u32,
    control: u32,
    status: u32,
}

const INTERRUPTS: Class = Class {
    base: regs::RING_BASE,
    first: regs::RING_FIRST,
    control: regs::RING_CONTROL,
    status: regs::RING_STATUS,
};

const USERS: Class = Class {
    base: regs::USER_RING_BASE,
    first: regs::USER_RING_FIRST,
    control: regs::USER_RING_CONTROL,
    status: regs::USER_RING_STATUS,
};

// The fields of both are alike.
const _: () = {
    assert!(regs::RING_CONTROL::ENABLE.low == regs::USER_RING_CONTROL::ENABLE.low);
    assert!(regs::RING_CONTROL::SIZE.low == regs::USER_RING_CONTROL::SIZE.low);
    assert!(regs::RING_STATUS::IDLE.low == regs::USER_RING_STATUS::IDLE.low);
    assert!(regs::RING_STATUS::ENABLED.low == regs::USER_RING_STATUS::ENABLED.low);
    assert!(regs::RING_STATUS::ERROR.low == regs::USER_RING_STATUS::ERROR.low);
};

/// Where the board has the memory of each ring.
#[derive(Default)]
pub(super) struct Rings {
    places: Vec<Place>,
    /// Bits of an address that the board can write to.
    address_bits: u32,
}

/// A ring's memory in the board's address space.
struct Place {
    lane: u32,
    class: Class,
    address: u64,
}

impl Rings {
    /// Gives every lane its rings, of user packets too if it has a post window. None at all when the device cannot reach
    /// memory: then packets are pulled.
    pub(super) fn open(registers: &Registers, info: &BoardInfo) -> Result<(Rings, Vec<LaneRings>), Failed> {
        let mut opened = Rings { places: Vec::new(), address_bits: info.address_bits };
        let rings = opened.open_all(registers, info);
        if rings.is_err() {
            opened.close(registers);
        }
        rings.map(|rings| (opened, rings))
    }

    fn open_all(&mut self, registers: &Registers, info: &BoardInfo) -> Result<Vec<LaneRings>, Failed> {
        let mut rings = Vec::new();
        for lane in 0..info.ports {
            let Some(interrupts) = self.open_one(registers, lane, INTERRUPTS, SLOTS)? else { break };
            rings.push(LaneRings { interrupts, users: None });
        }
        for (lane, rings) in (0..).zip(&mut rings).filter(|_| info.post) {
            let users = self.open_one(registers, lane, USERS, USER_SLOTS)?;
            let lost = || registers.die("its device reaches some memory and then none".to_owned());
            rings.users = Some(users.ok_or_else(lost)?);
        }
        Ok(rings)
    }

    fn open_one<const WORDS: usize>(
        &mut self,
        registers: &Registers,
        lane: u32,
        class: Class,
        slots: u32,
    ) -> Result<Option<Ring<WORDS>>, Failed> {
        let memory = registers.device.memory(Ring::<WORDS>::bytes(slots)).map_err(Failed::Memory)?;
        let mut ring = Ring::new(slots, memory);
        let shared = registers.device.share(ring.memory()).map_err(|error| registers.bury(&error))?;
        let Some(address) = shared else { return Ok(None) };
        // Known from now on: whatever fails below, the memory is taken back.
        self.places.push(Place { lane, class, address });
        let last = address.saturating_add(ring.memory().words().len() as u64 * 4 - 1);
        if last.checked_shr(self.address_bits).unwrap_or(0) != 0 {
            let bits = self.address_bits;
            let why = format!("memory at {last:#x} is beyond what its {bits} address bits reach");
            return Err(registers.die(why).into());
        }
        let first = sys::random();
        ring.prepare(first);
        class.enable(registers, lane, address, first, slots)?;
        Ok(Some(ring))
    }

    /// Takes back the memory of every ring that the board has stopped writing to. The device keeps the others until it
    /// is closed.
    pub(super) fn close(&self, registers: &Registers) {
        for Place { lane, class, address } in &self.places {
            if class.stop(registers, *lane) == Ok(true) {
                registers.device.unshare(*address);
            }
        }
    }
}

impl Class {
    fn enable(
        self,
        registers: &Registers,
        lane: u32,
        address: u64,
        first: u32,
        slots: u32,
    ) -> Result<(), Dead> {
        // A reset ends a ring whose writes may still be under way; until they are done it takes no other settings.
        if !self.comes_to_rest(registers, lane)? {
            return Err(registers.die(format!("its ring of port {lane} does not come to rest")));
        }
        let write = |register, word| registers.write(map::port_control(lane) + register, word);
        write(self.base, address as u32)?;
        write(self.base + 4, (address >> 32) as u32)?;
        write(self.first, first)?;
        write(self.control, regs::RING_CONTROL::ENABLE.put(1) | regs::RING_CONTROL::SIZE.put(slots.ilog2()))?;
        match regs::RING_STATUS::ENABLED.get(self.status(registers, lane)?) {
            1 => Ok(()),
            _ => Err(registers.die(format!("its ring of port {lane} was not taken"))),
        }
    }

    /// Ends a ring; whether it came to rest.
    fn stop(self, registers: &Registers, lane: u32) -> Result<bool, Dead> {
        registers.write(map::port_control(lane) + self.control, 0)?;
        self.comes_to_rest(registers, lane)
    }

    fn comes_to_rest(self, registers: &Registers, lane: u32) -> Result<bool, Dead> {
        for _ in 0..IDLE_READS {
            if regs::RING_STATUS::IDLE.get(self.status(registers, lane)?) == 1 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn status(self, registers: &Registers, lane: u32) -> Result<u32, Dead> {
        registers.live(map::port_control(lane) + self.status)
    }

    /// Whether a write of it failed.
    fn has_failed(self, registers: &Registers, lane: u32) -> Result<bool, Dead> {
        Ok(regs::RING_STATUS::ERROR.get(self.status(registers, lane)?) == 1)
    }
}

/// The first of so many lanes one of whose rings has failed, if there is one.
pub(super) fn failed(registers: &Registers, lanes: u32) -> Result<Option<u32>, Dead> {
    for lane in 0..lanes {
        if INTERRUPTS.has_failed(registers, lane)? || USERS.has_failed(registers, lane)? {
            return Ok(Some(lane));
        }
    }
    Ok(None)
}
