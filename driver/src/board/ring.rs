//! A ring in host memory, as the driver reads it.
//!
//! The device writes slot after slot, the sequence number of each last; this reader takes them in that order. A slot's
//! place is its sequence number modulo the number of slots. In a place that has not been written in this round stands
//! the number of the round before; [`Ring::prepare`] makes that true of the first round.
//!
//! The device is not trusted. Any other number, or a slot whose check does not fit, is a [`Fault`]; what a reader was
//! given was one consistent slot with the number that was due. What stands in it is for others to judge.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering, fence};

use portolan_regs::slot::{BINDING, CHECK, INTERRUPT_WORDS, SEQUENCE, check};

use crate::sys::Memory;

/// A slot whose check does not fit is read so often, in case its words became visible out of order.
const LOOKS: u32 = 1_000;

/// How a device broke the rules of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// A sequence number that is neither the next one nor the one before it in this place.
    #[error("sequence number {found:#x} in place {place} of a ring, where {expected:#x} is next")]
    Sequence { place: u32, expected: u32, found: u32 },
    /// The words of a slot do not belong together.
    #[error("check {found:#06x} in slot {sequence:#x} of a ring, whose words give {expected:#06x}")]
    Check { sequence: u32, expected: u16, found: u16 },
}

/// A ring of slots of `WORDS` words.
#[derive(Debug)]
pub(crate) struct Ring<const WORDS: usize> {
    /// The device has it too, while the ring is enabled.
    memory: Arc<Memory>,
    slots: u32,
    /// The sequence number of the next slot.
    next: u32,
}

impl<const WORDS: usize> Ring<WORDS> {
    /// From the end of a slot back, as in an interrupt slot.
    const BINDING: usize = WORDS - (INTERRUPT_WORDS - BINDING);
    const SEQUENCE: usize = WORDS - (INTERRUPT_WORDS - SEQUENCE);

    /// A ring of so many slots, a power of two.
    pub(crate) fn new(slots: u32) -> std::io::Result<Self> {
        assert!(slots.is_power_of_two(), "a place is found by a mask");
        let memory = Memory::new(slots as usize * WORDS * size_of::<u32>())?;
        Ok(Ring { memory: Arc::new(memory), slots, next: 0 })
    }

    /// Where the device is to write.
    pub(crate) fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    /// Slots.
    pub(crate) fn slots(&self) -> u32 {
        self.slots
    }

    /// Makes it ready for a device that begins with this sequence number. The device does not write now.
    pub(crate) fn prepare(&mut self, first: u32) {
        self.next = first;
        for ahead in 0..self.slots {
            let sequence = first.wrapping_add(ahead);
            let before = sequence.wrapping_sub(self.slots);
            self.slot(sequence)[Self::SEQUENCE].store(before.to_le(), Ordering::Relaxed);
        }
        // The device learns of the ring by a write after this.
        fence(Ordering::SeqCst);
    }

    /// The next slot, if the device has written it. It stays the next one.
    #[inline]
    pub(crate) fn peek(&self) -> Result<Option<[u32; WORDS]>, Fault> {
        let slot = self.slot(self.next);
        let found = u32::from_le(slot[Self::SEQUENCE].load(Ordering::Acquire));
        if found == self.next.wrapping_sub(self.slots) {
            return Ok(None);
        }
        if found != self.next {
            return Err(Fault::Sequence { place: self.next & (self.slots - 1), expected: self.next, found });
        }
        let mut looks = 0;
        loop {
            let mut words: [u32; WORDS] =
                std::array::from_fn(|i| u32::from_le(slot[i].load(Ordering::Relaxed)));
            // The number that was loaded first, whatever stands there now.
            words[Self::SEQUENCE] = found;
            let (expected, found) = (check(&words), CHECK.get(words[Self::BINDING]) as u16);
            if expected == found {
                return Ok(Some(words));
            }
            looks += 1;
            if looks == LOOKS {
                return Err(Fault::Check { sequence: self.next, expected, found });
            }
            std::hint::spin_loop();
        }
    }

    /// The next slot was taken.
    #[inline]
    pub(crate) fn advance(&mut self) {
        self.next = self.next.wrapping_add(1);
    }

    fn slot(&self, sequence: u32) -> &[AtomicU32] {
        let start = (sequence & (self.slots - 1)) as usize * WORDS;
        &self.memory.words()[start..][..WORDS]
    }
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
