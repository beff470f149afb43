//! Random bursts, and what AXI3 says of each: worked out from IHI 0022H, not from the RTL.

use crate::{IDS, WIDTH};

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Burst {
    pub id: u64,
    pub address: u64,
    /// Beats less one.
    pub length: u64,
    pub size: u64,
    pub kind: u64,
    pub lock: u64,
}

pub const FIXED: u64 = 0;
pub const INCR: u64 = 1;
pub const WRAP: u64 = 2;

impl Burst {
    /// Any legal burst, or, one in `illegal`, any burst at all.
    pub fn random(random: &mut Random, illegal: u64) -> Burst {
        loop {
            let burst = Burst {
                id: random.below(1 << IDS),
                address: random.below(1 << WIDTH),
                length: random.below(16),
                size: random.below(8),
                kind: random.below(4),
                lock: random.below(3),
            };
            if random.below(illegal) == 0 {
                return burst;
            }
            let burst = Burst { size: burst.size % 3, kind: burst.kind % 3, ..burst };
            if burst.kind == WRAP {
                let length = [1, 3, 7, 15][burst.length as usize % 4];
                return Burst { length, address: burst.address >> burst.size << burst.size, ..burst };
            }
            if burst.is_legal() {
                return burst;
            }
        }
    }

    pub fn bytes(&self) -> u64 {
        1 << self.size
    }

    pub fn is_legal(&self) -> bool {
        let aligned = self.address - self.address % self.bytes();
        self.size <= 2
            && match self.kind {
                FIXED => true,
                INCR => aligned / 4096 == (aligned + self.length * self.bytes()) / 4096,
                WRAP => aligned == self.address && [1, 3, 7, 15].contains(&self.length),
                _ => false,
            }
    }

    /// Where each beat goes, as the formulas of IHI 0022H, A3.4.1 have it.
    pub fn addresses(&self) -> Vec<u64> {
        let aligned = self.address / self.bytes() * self.bytes();
        let whole = self.bytes() * (self.length + 1);
        let boundary = self.address / whole * whole;
        let beat = |n: u64| match self.kind {
            FIXED => self.address,
            _ if n == 0 => self.address,
            WRAP if aligned + n * self.bytes() >= boundary + whole => aligned + n * self.bytes() - whole,
            _ => aligned + n * self.bytes(),
        };
        (0..=self.length).map(beat).collect()
    }
}
