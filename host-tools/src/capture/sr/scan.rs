//! Finds the changes in raw samples, fast where nothing changes.

use super::entry::Entries;
use crate::capture::{CaptureError, Change, Wire};

/// Bytes held of a capture at a time; a multiple of every unit size.
const BUFFER: usize = 3 << 16;

/// The walk over a `.sr` file's changes ([`crate::capture::Changes`]).
pub struct Scan {
    entries: Entries,
    unit: usize,
    wires: Vec<Wire>,
    /// The wired bits of a sample.
    mask: u32,
    buffer: Box<[u8]>,
    /// Bytes of the buffer that hold samples, and how many of them were looked at.
    filled: usize,
    looked: usize,
    /// Samples before the buffer's first.
    before: u64,
    now: Option<Change>,
    /// The raw sample of `now`.
    raw: u32,
    done: bool,
}

impl Scan {
    /// A walk over samples of `unit` bytes.
    pub fn new(entries: Entries, unit: usize, wires: &[Wire]) -> Scan {
        Scan {
            entries,
            unit,
            wires: wires.to_vec(),
            mask: wires.iter().fold(0, |mask, wire| mask | 1 << wire.channel),
            buffer: vec![0; BUFFER].into(),
            filled: 0,
            looked: 0,
            before: 0,
            now: None,
            raw: 0,
            done: false,
        }
    }

    fn step(&mut self) -> Result<Option<Change>, CaptureError> {
        loop {
            if self.looked == self.filled && !self.refill()? {
                return self.last();
            }
            let rest = &self.buffer[self.looked..self.filled];
            let found = match self.now {
                None => Some(0),
                Some(_) => first_change(rest, self.unit, self.raw, self.mask),
            };
            let Some(offset) = found else {
                self.looked = self.filled;
                continue;
            };
            let raw = sample(&rest[offset..], self.unit);
            self.looked += offset;
            return Ok(Some(self.turn(raw)));
        }
    }

    /// Takes the sample at `looked` as the new state.
    fn turn(&mut self, raw: u32) -> Change {
        let levels = self.wires.iter().fold(0, |l, w| l | u64::from(raw >> w.channel & 1) << w.line);
        let change = Change { sample: self.before + (self.looked / self.unit) as u64, levels };
        self.raw = raw;
        self.looked += self.unit;
        self.now = Some(change);
        change
    }

    /// The last sample, once.
    fn last(&mut self) -> Result<Option<Change>, CaptureError> {
        self.done = true;
        let Some(now) = self.now else {
            return Err(CaptureError::Empty { name: self.entries.name().into() });
        };
        let last = self.before + (self.filled / self.unit) as u64 - 1;
        Ok((now.sample != last).then_some(Change { sample: last, ..now }))
    }

    fn refill(&mut self) -> Result<bool, CaptureError> {
        let filled = self.entries.fill(&mut self.buffer)?;
        if !filled.is_multiple_of(self.unit) {
            return Err(self.entries.damaged("it ends in the middle of a sample"));
        }
        if filled == 0 {
            return Ok(false);
        }
        self.before += (self.filled / self.unit) as u64;
        self.filled = filled;
        self.looked = 0;
        Ok(true)
    }
}

impl Iterator for Scan {
    type Item = Result<Change, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let step = self.step();
        self.done |= step.is_err();
        step.transpose()
    }
}

fn sample(bytes: &[u8], unit: usize) -> u32 {
    bytes[..unit].iter().rev().fold(0, |sample, byte| sample << 8 | u32::from(*byte))
}

/// Offset of the first sample that differs from `raw` in a bit of `mask`.
fn first_change(samples: &[u8], unit: usize, raw: u32, mask: u32) -> Option<usize> {
    match unit {
        1 => find::<1>(samples, raw, mask),
        2 => find::<2>(samples, raw, mask),
        3 => find::<3>(samples, raw, mask),
        _ => find::<4>(samples, raw, mask),
    }
}

/// Looks at 64 samples at a time, as words, and only where some bit differs at single samples.
fn find<const UNIT: usize>(samples: &[u8], raw: u32, mask: u32) -> Option<usize> {
    let (level, mask_words) = (repeat::<UNIT>(raw), repeat::<UNIT>(mask));
    let mut block_start = 0;
    for block in samples.chunks_exact(64 * UNIT) {
        let mut different = 0;
        for group in block.chunks_exact(8 * UNIT) {
            for word in 0..UNIT {
                different |= (read(group, word) ^ level[word]) & mask_words[word];
            }
        }
        if different != 0 {
            break;
        }
        block_start += block.len();
    }
    let rest = &samples[block_start..];
    rest.chunks_exact(UNIT)
        .position(|bytes| (sample(bytes, UNIT) ^ raw) & mask != 0)
        .map(|index| block_start + index * UNIT)
}

fn read(group: &[u8], word: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&group[8 * word..8 * word + 8]);
    u64::from_le_bytes(bytes)
}

/// Eight samples of the same value, as words.
fn repeat<const UNIT: usize>(value: u32) -> [u64; UNIT] {
    let mut words = [0u64; UNIT];
    for byte in 0..8 * UNIT {
        let value = value.to_le_bytes()[byte % UNIT];
        words[byte / 8] |= u64::from(value) << (8 * (byte % 8));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain way: one sample after the other.
    fn plain(samples: &[u8], unit: usize, raw: u32, mask: u32) -> Option<usize> {
        (0..samples.len() / unit).map(|i| i * unit).find(|i| (sample(&samples[*i..], unit) ^ raw) & mask != 0)
    }

    #[test]
    fn the_fast_search_finds_what_the_plain_one_finds() {
        for unit in 1..=4 {
            let all = u32::MAX >> (32 - 8 * unit);
            for length in [0, 1, 2, 7, 8, 63, 64, 65, 200] {
                let raw = 0x5aa5_c33c & all;
                let mut samples: Vec<u8> = Vec::new();
                (0..length).for_each(|_| samples.extend(&raw.to_le_bytes()[..unit]));
                for mask in [all, 1, 0x80 << (8 * (unit - 1))] {
                    assert_eq!(first_change(&samples, unit, raw, mask), None);
                    for at in 0..length {
                        for bit in [0, 8 * unit - 1] {
                            let mut changed = samples.clone();
                            changed[at * unit + bit / 8] ^= 1 << (bit % 8);
                            let found = first_change(&changed, unit, raw, mask);
                            assert_eq!(found, plain(&changed, unit, raw, mask), "{unit} {length} {at} {bit}");
                        }
                    }
                }
            }
        }
    }
}
