//! The rings of a board: one of interrupt packets for each lane, from the moment at which the board is opened until it
//! closes.

use portolan_regs::{map, port_control as regs};

use super::ring::Ring;
use super::{BoardInner, Dead};
use crate::error::BoardError;
use crate::sys;

/// Slots of each.
pub(super) const SLOTS: u32 = 1024;

/// RING_STATUS is read so often at most until a ring is idle.
const IDLE_READS: u32 = 100_000;

impl BoardInner {
    /// Gives every lane its ring. Without one, when the device cannot reach memory, packets are pulled.
    pub(super) fn open_rings(&self) -> Result<(), BoardError> {
        for lane in 0..self.info.ports {
            let failed = |source| BoardError::Memory { board: self.info.name.clone(), source };
            let mut ring = Ring::new(SLOTS).map_err(failed)?;
            let shared = self.registers.device.share(ring.memory());
            let Some(address) = shared.map_err(|error| self.buried(&error))? else { return Ok(()) };
            // Kept from now on: whatever fails below, the memory is given back.
            self.rings.lock().push(address);
            let first = sys::random();
            ring.prepare(first);
            self.enable_ring(lane, address, first).map_err(|Dead| self.gone())?;
            self.lane(lane).lock().use_ring(ring);
        }
        Ok(())
    }

    fn buried(&self, error: &dyn std::error::Error) -> BoardError {
        let Dead = self.registers.bury(error);
        self.gone()
    }

    fn enable_ring(&self, lane: u32, address: u64, first: u32) -> Result<(), Dead> {
        let write = |register, word| self.registers.write(map::port_control(lane) + register, word);
        write(regs::RING_BASE, address as u32)?;
        write(regs::RING_BASE + 4, (address >> 32) as u32)?;
        write(regs::RING_FIRST, first)?;
        write(
            regs::RING_CONTROL,
            regs::RING_CONTROL::ENABLE.put(1) | regs::RING_CONTROL::SIZE.put(SLOTS.ilog2()),
        )
    }

    /// Takes back the memory of every ring that the board has stopped writing to. The device keeps the others until it
    /// is closed.
    pub(super) fn close_rings(&self) {
        for (lane, address) in (0..).zip(self.rings.lock().drain(..)) {
            if self.stop_ring(lane) == Ok(true) {
                self.registers.device.unshare(address);
            }
        }
    }

    /// Ends a ring; whether it came to rest.
    fn stop_ring(&self, lane: u32) -> Result<bool, Dead> {
        let page = map::port_control(lane);
        self.registers.write(page + regs::RING_CONTROL, 0)?;
        for _ in 0..IDLE_READS {
            if regs::RING_STATUS::IDLE.get(self.registers.live(page + regs::RING_STATUS)?) == 1 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A lane whose ring has failed, if there is one.
    pub(super) fn failed_ring(&self) -> Result<Option<u32>, Dead> {
        for lane in 0..self.info.ports {
            let status = self.registers.live(map::port_control(lane) + regs::RING_STATUS)?;
            if regs::RING_STATUS::ERROR.get(status) == 1 {
                return Ok(Some(lane));
            }
        }
        Ok(None)
    }
}
