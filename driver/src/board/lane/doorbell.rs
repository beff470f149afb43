//! A doorbell of a hardware port, of one class of its packets: what was consumed, and what the board knows of that.
//!
//! Packets up to the position that was written last were *announced*: they had their chance to wake somebody. An armed
//! doorbell fires for the first one beyond. The same write says how many packets before the position were not consumed
//! yet: their slots of the ring are kept.

use std::sync::Weak;

use portolan_regs::{BEHIND_SLOTS, POSITION_BITS, port};

use crate::board::registers::{Dead, Registers};
use crate::port::PortInner;

/// Positions are modulo this.
const POSITIONS: u32 = 1 << POSITION_BITS;

// The fields of both are alike.
const _: () = {
    assert!(port::DOORBELL_INTERRUPT::POSITION.low == port::DOORBELL_USER::POSITION.low);
    assert!(port::DOORBELL_INTERRUPT::BEHIND.low == port::DOORBELL_USER::BEHIND.low);
    assert!(port::DOORBELL_INTERRUPT::ARM.low == port::DOORBELL_USER::ARM.low);
};

/// The doorbell behind that register of a port's page. Positions are packets since reset or, with a ring, numbers of
/// slots.
#[derive(Debug, Default)]
pub(super) struct Doorbell<const REGISTER: u32> {
    /// Slots of the ring by which its packets come; 0 where they are pulled.
    slots: u32,
    /// The next packet to be consumed.
    consumed: u32,
    /// As far as this the board knows of that.
    freed: u32,
    announced: u32,
    armed: bool,
}

impl<const REGISTER: u32> Doorbell<REGISTER> {
    /// Of a ring of so many slots, whose next one has this number.
    pub(super) fn of_ring(slots: u32, next: u32) -> Self {
        let first = next % POSITIONS;
        Doorbell { slots, consumed: first, freed: first, announced: first, armed: false }
    }

    /// Whether the next packet beyond those announced fires.
    pub(super) fn is_armed(&self) -> bool {
        self.armed
    }

    /// It has fired.
    pub(super) fn fired(&mut self) {
        self.armed = false;
    }

    /// Whether the board knows of all that was consumed.
    pub(super) fn is_told(&self) -> bool {
        self.freed == self.consumed
    }

    /// A packet was consumed. Of a ring the board is told when half of its slots can be written again.
    pub(super) fn consume(
        &mut self,
        registers: &Registers,
        lane: u32,
        owner: Option<&Weak<PortInner>>,
    ) -> Result<(), Dead> {
        self.consumed = (self.consumed + 1) % POSITIONS;
        if self.slots == 0 || before(self.freed, self.consumed) < self.slots / 2 {
            return Ok(());
        }
        // Packets beyond what was announced may have been taken by readers who did not sleep.
        let ahead = before(self.consumed, self.announced) <= self.slots;
        let position = if self.armed && ahead { self.announced } else { self.consumed };
        self.make_up(position, owner);
        self.write(registers, lane, position, self.armed)
    }

    /// The position of so many packets that wait.
    pub(super) fn position(&self, waiting: u32) -> u32 {
        (self.consumed + waiting) % POSITIONS
    }

    /// How many packets up to a position were not announced yet.
    pub(super) fn unannounced(&self, position: u32) -> u32 {
        before(self.announced, position)
    }

    /// Arms it behind all that was consumed.
    pub(super) fn arm(
        &mut self,
        registers: &Registers,
        lane: u32,
        owner: Option<&Weak<PortInner>>,
    ) -> Result<(), Dead> {
        self.make_up(self.consumed, owner);
        self.write(registers, lane, self.consumed, true)
    }

    /// Tells the board what was consumed, and leaves it armed if it is.
    pub(super) fn tell(&mut self, registers: &Registers, lane: u32) -> Result<(), Dead> {
        self.write(registers, lane, self.consumed, self.armed)
    }

    /// Tells the board what was consumed, and disarms it.
    pub(super) fn silence(&mut self, registers: &Registers, lane: u32) -> Result<(), Dead> {
        self.write(registers, lane, self.consumed, false)
    }

    /// Writes it: packets up to there are announced.
    pub(super) fn write(
        &mut self,
        registers: &Registers,
        lane: u32,
        position: u32,
        arm: bool,
    ) -> Result<(), Dead> {
        let kept = if self.slots > 0 { before(self.consumed, position).div_ceil(BEHIND_SLOTS) } else { 0 };
        let word = port::DOORBELL_INTERRUPT::POSITION.put(position)
            | port::DOORBELL_INTERRUPT::BEHIND.put(kept)
            | port::DOORBELL_INTERRUPT::ARM.put(u32::from(arm));
        registers.post_page(lane, REGISTER, word)?;
        self.freed = position.wrapping_sub(kept * BEHIND_SLOTS) % POSITIONS;
        self.announced = position;
        self.armed = arm;
        Ok(())
    }

    /// Packets up to this position will not be announced: they were taken before. A reader who took one may have been
    /// woken for another packet, which is still there: wakes one for each, if there are any.
    fn make_up(&self, position: u32, owner: Option<&Weak<PortInner>>) {
        let taken = self.unannounced(position);
        // Else it is the other way round: what was announced was not taken yet.
        if (1..POSITIONS / 2).contains(&taken)
            && let Some(port) = owner.and_then(Weak::upgrade)
        {
            port.wake(taken as usize);
        }
    }
}

/// How many packets there are from one position to another.
fn before(from: u32, to: u32) -> u32 {
    to.wrapping_sub(from) % POSITIONS
}
