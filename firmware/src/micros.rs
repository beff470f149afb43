//! Microseconds of a counter that wraps.

/// Counts microseconds by a 32-bit counter, which must be looked at more often than it wraps.
///
/// ```
/// let mut clock = portolan_firmware::Micros::new(u32::MAX - 99, 100_000_000);
/// assert_eq!(clock.at(49), 1);
/// assert_eq!(clock.at(100), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Micros {
    last: u32,
    /// Ticks that are no whole microsecond yet.
    rest: u32,
    /// Ticks in a microsecond.
    ticks: u32,
    total: u64,
}

impl Micros {
    /// A clock that begins at 0 when the counter has this value, and counts so many ticks a second: a whole number of millions.
    pub const fn new(counter: u32, hertz: u32) -> Micros {
        let ticks = hertz / 1_000_000;
        Micros { last: counter, rest: 0, ticks: if ticks == 0 { 1 } else { ticks }, total: 0 }
    }

    /// Microseconds since the beginning, when the counter has this value.
    pub const fn at(&mut self, counter: u32) -> u64 {
        // One division of 32 bits: the soft core takes hundreds of instructions for one of 64.
        let passed = counter.wrapping_sub(self.last);
        self.last = counter;
        self.total += (passed / self.ticks) as u64;
        self.rest += passed % self.ticks;
        if self.rest >= self.ticks {
            self.rest -= self.ticks;
            self.total += 1;
        }
        self.total
    }
}
