//! MSI-X as the root has it: what it wrote to the endpoint's table, and the messages that came.

use portolan_regs::{map, vector};

use super::{Root, RootError};
use crate::pcie::checker::Vector;
use crate::pcie::tlp::Request;

impl Root {
    /// How often a vector's message has come since this was asked last.
    pub fn take_messages(&mut self, vector: usize) -> u64 {
        self.messages.get_mut(vector).map_or(0, std::mem::take)
    }

    /// Messages of any vector that nobody has asked for.
    pub fn messages(&self) -> u64 {
        self.messages.iter().sum()
    }

    /// The vectors whose messages nobody has asked for: a bit each.
    pub fn vectors_with_messages(&self) -> u64 {
        let waiting = self.messages.iter().enumerate().filter(|(_, messages)| **messages > 0);
        waiting.fold(0, |vectors, (vector, _)| vectors | 1 << vector)
    }

    /// Vectors of the endpoint.
    pub fn vectors(&self) -> usize {
        self.vectors
    }

    /// Asks for all of them; how many they were.
    pub fn forget_messages(&mut self) -> u64 {
        self.messages.iter_mut().map(std::mem::take).sum()
    }

    /// An entry of the MSI-X table as it was written last.
    pub fn vector(&self, vector: usize) -> Vector {
        self.checker.vector(vector)
    }

    /// What a write changes in the MSI-X table.
    pub(super) fn note_vectors(&mut self, request: &Request) {
        // BAR 0 is as large as the window, and aligned to its size.
        let offset = (request.address % u64::from(map::window(16))) as u32;
        for (i, word) in request.data.iter().enumerate() {
            let at = (offset + 4 * i as u32).wrapping_sub(map::vector(0));
            let (number, register) = ((at / vector::AREA.stride) as usize, at % vector::AREA.stride);
            if number >= self.vectors {
                continue;
            }
            let enables = request.enables(i as u16);
            let bytes = (0..4).filter(|byte| enables >> byte & 1 != 0);
            let mask = bytes.fold(0_u32, |mask, byte| mask | 0xff << (8 * byte));
            let put = |old: u32| old & !mask | word & mask;
            let mut entry = self.checker.vector(number);
            let (low, high) = (entry.address as u32, (entry.address >> 32) as u32);
            match register {
                vector::DATA => entry.data = put(entry.data),
                vector::CONTROL => {
                    entry.masked =
                        vector::CONTROL::MASK.get(put(vector::CONTROL::MASK.put(entry.masked.into()))) != 0;
                }
                vector::ADDRESS => entry.address = u64::from(high) << 32 | u64::from(put(low) & !3),
                _ => entry.address = u64::from(put(high)) << 32 | u64::from(low),
            }
            self.checker.set_vector(number, entry);
        }
    }

    /// Writes a vector's entry, as a host does before it enables MSI-X: address, data, and mask last.
    pub fn set_vector(&mut self, number: usize, entry: Vector) -> Result<(), RootError> {
        let offset = map::vector(number as u32);
        let words = [entry.address as u32, (entry.address >> 32) as u32, entry.data];
        for (i, word) in words.into_iter().enumerate() {
            self.write(offset + 4 * i as u32, &[word])?;
        }
        self.mask_vector(number, entry.masked)
    }

    /// Masks a vector, or lets it send.
    pub fn mask_vector(&mut self, number: usize, masked: bool) -> Result<(), RootError> {
        self.write(map::vector(number as u32) + vector::CONTROL, &[vector::CONTROL::MASK.put(masked.into())])
    }

    /// An address and data of its own for a vector: even ones below 4 GiB, odd ones above.
    pub fn made_up(number: usize) -> Vector {
        let base = if number.is_multiple_of(2) { 0xfee0_0000 } else { 0x3f_ee00_0004 };
        Vector { address: base + 0x1000 * number as u64, data: 0x4100 + number as u32, masked: false }
    }

    /// Gives every vector such an entry, all unmasked, and enables MSI-X.
    pub fn enable_messages(&mut self) -> Result<(), RootError> {
        for number in 0..self.vectors {
            self.set_vector(number, Root::made_up(number))?;
        }
        self.inputs.msix_enable = 1;
        Ok(())
    }

    /// A reset masks every vector.
    pub(super) fn mask_vectors(&mut self) {
        for vector in 0..self.checker.vectors() {
            let entry = Vector { masked: true, ..self.checker.vector(vector) };
            self.checker.set_vector(vector, entry);
        }
    }

    /// The message of a vector has come.
    pub(super) fn note_message(&mut self, vector: usize) {
        if self.messages.len() <= vector {
            self.messages.resize(vector + 1, 0);
        }
        self.messages[vector] += 1;
    }
}
