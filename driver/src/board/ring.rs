//! A ring in host memory, as the driver reads it.
//!
//! The device writes slot after slot, the sequence number of each last; this reader takes them in that order. A slot's
//! place is its sequence number modulo the number of slots. In a place that has not been written in this round stands
//! the number of the round before; [`Ring::prepare`] makes that true of the first round.
//!
//! The device is not trusted. Any other number, or a slot whose check does not fit, is a [`Fault`]; what a reader was
//! given was one consistent slot with the number that was due. What stands in it is for others to judge.

use std::cell::Cell;
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
    /// Slots from there on that the device was seen to have written.
    seen: u32,
    /// Looks at a slot whose check did not fit.
    failed_checks: Cell<u64>,
}

impl<const WORDS: usize> Ring<WORDS> {
    /// From the end of a slot back, as in an interrupt slot.
    const BINDING: usize = WORDS - (INTERRUPT_WORDS - BINDING);
    const SEQUENCE: usize = WORDS - (INTERRUPT_WORDS - SEQUENCE);

    /// Bytes of memory of a ring of so many slots.
    pub(crate) const fn bytes(slots: u32) -> usize {
        slots as usize * WORDS * size_of::<u32>()
    }

    /// A ring of so many slots, a power of two, in this memory, which has room for them.
    pub(crate) fn new(slots: u32, memory: Memory) -> Self {
        assert!(slots.is_power_of_two(), "a place is found by a mask");
        assert!(memory.words().len() * size_of::<u32>() >= Self::bytes(slots), "the ring has room");
        Ring { memory: Arc::new(memory), slots, next: 0, seen: 0, failed_checks: Cell::default() }
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
        (self.next, self.seen) = (first, 0);
        for ahead in 0..self.slots {
            let sequence = first.wrapping_add(ahead);
            let before = sequence.wrapping_sub(self.slots);
            self.slot(sequence)[Self::SEQUENCE].store(before.to_le(), Ordering::Relaxed);
        }
        // The device learns of the ring by a write after this.
        fence(Ordering::SeqCst);
    }

    /// The sequence number of the next slot.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// How often the check of a slot did not fit when it was looked at.
    pub(crate) fn failed_checks(&self) -> u64 {
        self.failed_checks.get()
    }

    /// Whether the next slot was written, or something else was.
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.is_written(self.next) != Ok(false)
    }

    /// How many slots wait.
    #[inline]
    pub(crate) fn count(&mut self) -> Result<u32, Fault> {
        while self.seen < self.slots && self.is_written(self.next.wrapping_add(self.seen))? {
            self.seen += 1;
        }
        Ok(self.seen)
    }

    /// Takes the next slot, if the device has written it.
    #[inline]
    pub(crate) fn take(&mut self) -> Result<Option<[u32; WORDS]>, Fault> {
        if !self.is_written(self.next)? {
            let found = self.next.wrapping_sub(self.slots);
            return if self.seen == 0 { Ok(None) } else { Err(self.out_of_turn(self.next, found)) };
        }
        let words = self.read(self.next)?;
        self.next = self.next.wrapping_add(1);
        self.seen = self.seen.saturating_sub(1);
        Ok(Some(words))
    }

    /// The slots that wait, as far as they are in order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = [u32; WORDS]> {
        let sequences = (0..self.slots).map(|ahead| self.next.wrapping_add(ahead));
        let written = sequences.take_while(|sequence| self.is_written(*sequence) == Ok(true));
        written.map_while(|sequence| self.read(sequence).ok())
    }

    /// Whether this slot, of the round that is due, was written.
    #[inline]
    fn is_written(&self, sequence: u32) -> Result<bool, Fault> {
        let found = u32::from_le(self.slot(sequence)[Self::SEQUENCE].load(Ordering::Acquire));
        if found == sequence {
            Ok(true)
        } else if found == sequence.wrapping_sub(self.slots) {
            Ok(false)
        } else {
            Err(self.out_of_turn(sequence, found))
        }
    }

    fn out_of_turn(&self, expected: u32, found: u32) -> Fault {
        Fault::Sequence { place: expected & (self.slots - 1), expected, found }
    }

    /// The words of a slot that was written.
    #[inline]
    fn read(&self, sequence: u32) -> Result<[u32; WORDS], Fault> {
        let slot = self.slot(sequence);
        let mut looks = 0;
        loop {
            let mut words: [u32; WORDS] =
                std::array::from_fn(|i| u32::from_le(slot[i].load(Ordering::Relaxed)));
            // As it was found, whatever stands there now.
            words[Self::SEQUENCE] = sequence;
            let (expected, found) = (check(&words), CHECK.get(words[Self::BINDING]) as u16);
            if expected == found {
                return Ok(words);
            }
            looks += 1;
            self.failed_checks.set(self.failed_checks.get() + 1);
            if looks == LOOKS {
                return Err(Fault::Check { sequence, expected, found });
            }
            std::hint::spin_loop();
        }
    }

    fn slot(&self, sequence: u32) -> &[AtomicU32] {
        let start = (sequence & (self.slots - 1)) as usize * WORDS;
        &self.memory.words()[start..][..WORDS]
    }
}

#[cfg(all(test, not(loom)))]
#[path = "ring_tests.rs"]
mod tests;
