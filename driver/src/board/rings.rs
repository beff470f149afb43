//! The rings of a board: one of interrupt packets for each lane, from the moment at which the board is opened until it
//! closes.

use portolan_regs::{map, port_control as regs, slot};

use super::registers::{Dead, Registers};
use super::ring::Ring;
use crate::sys;

/// Slots of each.
pub(super) const SLOTS: u32 = 1024;

/// RING_STATUS is read so often at most until a ring is idle.
const IDLE_READS: u32 = 100_000;

/// A ring of interrupt packets.
pub(super) type InterruptRing = Ring<{ slot::INTERRUPT_WORDS }>;

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

/// Where the board has the memory of each lane's ring.
#[derive(Default)]
pub(super) struct Rings {
    addresses: Vec<u64>,
}

impl Rings {
    /// Gives so many lanes a ring each. None at all when the device cannot reach memory: then packets are pulled.
    pub(super) fn open(registers: &Registers, lanes: u32) -> Result<(Rings, Vec<InterruptRing>), Failed> {
        let mut opened = Rings::default();
        let rings = opened.open_all(registers, lanes);
        if rings.is_err() {
            opened.close(registers);
        }
        rings.map(|rings| (opened, rings))
    }

    fn open_all(&mut self, registers: &Registers, lanes: u32) -> Result<Vec<InterruptRing>, Failed> {
        let mut rings = Vec::new();
        for lane in 0..lanes {
            let mut ring = Ring::new(SLOTS).map_err(Failed::Memory)?;
            let shared = registers.device.share(ring.memory()).map_err(|error| registers.bury(&error))?;
            let Some(address) = shared else { break };
            // Known from now on: whatever fails below, the memory is taken back.
            self.addresses.push(address);
            let first = sys::random();
            ring.prepare(first);
            enable(registers, lane, address, first)?;
            rings.push(ring);
        }
        Ok(rings)
    }

    /// Takes back the memory of every ring that the board has stopped writing to. The device keeps the others until it
    /// is closed.
    pub(super) fn close(&self, registers: &Registers) {
        for (lane, address) in (0..).zip(&self.addresses) {
            if stop(registers, lane) == Ok(true) {
                registers.device.unshare(*address);
            }
        }
    }
}

fn enable(registers: &Registers, lane: u32, address: u64, first: u32) -> Result<(), Dead> {
    let write = |register, word| registers.write(map::port_control(lane) + register, word);
    write(regs::RING_BASE, address as u32)?;
    write(regs::RING_BASE + 4, (address >> 32) as u32)?;
    write(regs::RING_FIRST, first)?;
    write(regs::RING_CONTROL, regs::RING_CONTROL::ENABLE.put(1) | regs::RING_CONTROL::SIZE.put(SLOTS.ilog2()))
}

/// Ends a ring; whether it came to rest.
fn stop(registers: &Registers, lane: u32) -> Result<bool, Dead> {
    let page = map::port_control(lane);
    registers.write(page + regs::RING_CONTROL, 0)?;
    for _ in 0..IDLE_READS {
        if regs::RING_STATUS::IDLE.get(registers.live(page + regs::RING_STATUS)?) == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first of so many lanes whose ring has failed, if there is one.
pub(super) fn failed(registers: &Registers, lanes: u32) -> Result<Option<u32>, Dead> {
    for lane in 0..lanes {
        let status = registers.live(map::port_control(lane) + regs::RING_STATUS)?;
        if regs::RING_STATUS::ERROR.get(status) == 1 {
            return Ok(Some(lane));
        }
    }
    Ok(None)
}
