//! Accesses to BAR 0, as they reach the block: behind PCI Express each is one TLP, else one access of its bus.
//!
//! A message may ask for any bytes; it is taken apart as a processor's accesses would be, aligned to their size, of at
//! most eight bytes in a TLP and four on AXI.

use crate::axi::Response;
use crate::door::Door;
use crate::error::SimError;
use crate::pcie::root::{BAR, memory};
use crate::pcie::tlp::{Operation, Request, Status};
use crate::sim::Sim;

/// Cycles until an access is given up, as a root complex does with a completion timeout (PCI Express Base Specification
/// 3.0, 2.8): 1 ms.
const LIMIT: u64 = 100_000;

/// How an access went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Done,
    /// Refused, or never answered: a read gives ones.
    Failed,
}

/// One access: where, and how many bytes; aligned to their number.
type Access = (u32, usize);

/// The accesses that a message becomes.
pub fn accesses(offset: u32, bytes: usize, widest: usize) -> impl Iterator<Item = Access> {
    let end = offset as usize + bytes;
    let mut at = offset as usize;
    std::iter::from_fn(move || {
        let mut size = widest;
        while at < end && (!at.is_multiple_of(size) || at + size > end) {
            size /= 2;
        }
        let access = (at < end).then_some((at as u32, size));
        at += size;
        access
    })
}

/// The most bytes of one access.
pub fn widest(sim: &mut Sim<dyn Door>) -> usize {
    if sim.door().root().is_some() { 8 } else { 4 }
}

/// Reads into `data`, which is as long as the access.
pub fn read(sim: &mut Sim<dyn Door>, offset: u32, data: &mut [u8]) -> Result<Outcome, SimError> {
    data.fill(0xff);
    let lead = (offset % 4) as usize;
    let aligned = offset - offset % 4;
    let words = if sim.door().root().is_some() {
        let request = request(Operation::Read, offset, data.len(), Vec::new());
        match completed(sim, request)? {
            Some(words) => words,
            None => return Ok(Outcome::Failed),
        }
    } else {
        match sim.read(aligned)? {
            (Response::Okay, word) => vec![word],
            _ => return Ok(Outcome::Failed),
        }
    };
    let bytes = words.into_iter().flat_map(u32::to_le_bytes).skip(lead);
    data.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    Ok(Outcome::Done)
}

/// Writes. Behind PCI Express it is posted: it has left, and what follows comes behind it.
pub fn write(sim: &mut Sim<dyn Door>, offset: u32, data: &[u8]) -> Result<Outcome, SimError> {
    let lead = (offset % 4) as usize;
    let mut bytes = vec![0; (lead + data.len()).next_multiple_of(4)];
    bytes[lead..lead + data.len()].copy_from_slice(data);
    let words: Vec<u32> =
        bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
    let request = request(Operation::Write, offset, data.len(), words.clone());
    if let Some(root) = sim.door().root() {
        root.send(request, 1)?;
        return leaves(sim);
    }
    let answer = sim.write(offset - offset % 4, words[0], request.first_enable)?;
    Ok(if answer == Response::Okay { Outcome::Done } else { Outcome::Failed })
}

/// Waits until everything that was sent has been done: by a read without a byte enabled (PCI Express Base Specification
/// 3.0, 2.2.5).
pub fn flush(sim: &mut Sim<dyn Door>) -> Result<Outcome, SimError> {
    let flush = Request { first_enable: 0, ..request(Operation::Read, 0, 4, Vec::new()) };
    Ok(completed(sim, flush)?.map_or(Outcome::Failed, |_| Outcome::Done))
}

/// A memory request for these bytes, which lie in at most two doublewords.
fn request(operation: Operation, offset: u32, bytes: usize, data: Vec<u32>) -> Request {
    let lead = offset % 4;
    let words = (lead as usize + bytes).div_ceil(4) as u16;
    let enables = ((1_u32 << bytes.min(4)) - 1) << lead;
    let request = memory(operation, BAR + u64::from(offset - lead), words, data);
    Request { first_enable: (enables & 15) as u8, ..request }
}

/// Sends a request and waits for its completion: its words, or nothing when it failed.
fn completed(sim: &mut Sim<dyn Door>, request: Request) -> Result<Option<Vec<u32>>, SimError> {
    let Some(root) = sim.door().root() else { return Ok(None) };
    let tag = root.send(request, 1)?;
    let end = sim.tick().saturating_add(LIMIT);
    loop {
        sim.cycle()?;
        let now = sim.tick();
        let Some(root) = sim.door().root() else { return Ok(None) };
        if let Some(answer) = root.take(tag) {
            return Ok((answer.status == Status::Successful).then_some(answer.data));
        }
        if now >= end {
            root.forget_requests();
            return Ok(None);
        }
    }
}

/// Waits until the receive stream has taken what was sent.
fn leaves(sim: &mut Sim<dyn Door>) -> Result<Outcome, SimError> {
    let end = sim.tick().saturating_add(LIMIT);
    while !sim.door().root().is_none_or(|root| root.has_sent()) {
        if sim.tick() >= end {
            return Ok(Outcome::Failed);
        }
        sim.cycle()?;
    }
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(offset: u32, bytes: usize, widest: usize) -> Vec<Access> {
        accesses(offset, bytes, widest).collect()
    }

    #[test]
    fn a_message_becomes_aligned_accesses() {
        assert_eq!(of(0x10, 4, 8), [(0x10, 4)]);
        assert_eq!(of(0x10, 8, 8), [(0x10, 8)]);
        assert_eq!(of(0x10, 8, 4), [(0x10, 4), (0x14, 4)]);
        assert_eq!(of(0x14, 8, 8), [(0x14, 4), (0x18, 4)]);
        assert_eq!(of(0x11, 6, 8), [(0x11, 1), (0x12, 2), (0x14, 2), (0x16, 1)]);
        assert_eq!(of(5, 0, 8), []);
    }

    #[test]
    fn bytes_of_a_doubleword_become_byte_enables() {
        for (offset, bytes, words, first, last) in
            [(0, 4, 1, 0b1111, 0), (2, 2, 1, 0b1100, 0), (7, 1, 1, 0b1000, 0), (8, 8, 2, 0b1111, 0b1111)]
        {
            let request = request(Operation::Read, offset, bytes, Vec::new());
            assert_eq!((request.words, request.first_enable, request.last_enable), (words, first, last));
            assert_eq!(request.address % 4, 0);
        }
    }
}
