//! Where a run's decisions come from: a seed, or bytes that somebody else chose.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Decisions.
pub enum Dice {
    /// From a seed.
    Seeded(Box<ChaCha8Rng>),
    /// From bytes; 0 when there are no more.
    #[allow(dead_code, reason = "for the coverage-guided run, which is another program")]
    Bytes(std::vec::IntoIter<u8>),
}

impl Dice {
    pub fn seeded(seed: u64, stream: u64) -> Dice {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Dice::Seeded(Box::new(random))
    }

    /// Whether there are decisions left.
    #[allow(dead_code, reason = "as above")]
    pub fn lasts(&self) -> bool {
        match self {
            Dice::Seeded(_) => true,
            Dice::Bytes(bytes) => !bytes.as_slice().is_empty(),
        }
    }

    pub fn number(&mut self) -> u64 {
        match self {
            Dice::Seeded(random) => random.next_u64(),
            Dice::Bytes(bytes) => (0..8).fold(0, |number, _| number << 8 | u64::from(next(bytes))),
        }
    }

    /// A number below this; for 256 and less, a byte decides.
    pub fn below(&mut self, count: usize) -> usize {
        match self {
            Dice::Seeded(random) => (random.next_u32() as usize) % count,
            Dice::Bytes(bytes) if count <= 256 => usize::from(next(bytes)) % count,
            Dice::Bytes(bytes) => (usize::from(next(bytes)) << 8 | usize::from(next(bytes))) % count,
        }
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Numbers at the ends of ranges, small ones, and any.
    pub fn number32(&mut self) -> u32 {
        match self.below(10) {
            0 => self.number() as u32,
            1 => self.below(70) as u32,
            at => [0, 1, 2, 3, 64, 1 << 31, i32::MAX as u32, u32::MAX][at - 2],
        }
    }

    pub fn number64(&mut self) -> i64 {
        match self.below(8) {
            0 => self.number() as i64,
            at => [0, 1, -1, i64::MAX, i64::MIN, i64::MAX - 1, i64::from(i32::MAX)][at - 1],
        }
    }
}

fn next(bytes: &mut std::vec::IntoIter<u8>) -> u8 {
    bytes.next().unwrap_or(0)
}
