//! The serial adapter at the host's end of the line, bit by bit: eight data bits, no parity, one stop bit.
//!
//! It keeps its own time: a bit lasts hertz ÷ baud cycles, in fractions, and is looked at in its middle. So a host at
//! another rate than the board's gets what he would get from a board: rubbish.

use std::collections::VecDeque;

/// Bits of a byte, with start and stop.
const BITS: u64 = 10;

/// Bits from some cycle on.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// Cycle of the start bit's edge.
    begin: u64,
    /// Of one that is sent: its bits. Of one that comes: those seen so far.
    bits: u32,
    /// How many of its bits are over, or were seen.
    place: u64,
}

/// One end of a serial line.
#[derive(Debug)]
pub struct Cable {
    hertz: u64,
    baud: u64,
    queue: VecDeque<u8>,
    sending: Option<Word>,
    receiving: Option<Word>,
    /// The other end's level when it was looked at last.
    level: bool,
    received: Vec<u8>,
    /// Bytes without a stop bit, which are not given out.
    broken: u64,
}

impl Cable {
    /// At rest; cycles are of a clock of `hertz`.
    pub fn new(hertz: u32, baud: u32) -> Cable {
        let (hertz, baud) = (hertz.into(), u64::from(baud).max(1));
        let (sending, receiving) = (None, None);
        let (queue, received) = (VecDeque::new(), Vec::new());
        Cable { hertz, baud, queue, sending, receiving, level: true, received, broken: 0 }
    }

    /// Another rate, from now on: what was under way is cut, and what was to be sent is forgotten.
    pub fn set_baud(&mut self, baud: u32) {
        if baud > 0 && u64::from(baud) != self.baud {
            self.baud = baud.into();
            self.queue.clear();
            (self.sending, self.receiving) = (None, None);
        }
    }

    /// Bytes to send.
    pub fn send(&mut self, bytes: &[u8]) {
        self.queue.extend(bytes);
    }

    /// What came since this was asked last.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.received)
    }

    /// Bytes that came without a stop bit.
    pub fn broken(&self) -> u64 {
        self.broken
    }

    /// Nothing is under way, nor to be sent.
    pub fn is_quiet(&self) -> bool {
        self.queue.is_empty() && self.sending.is_none() && self.receiving.is_none()
    }

    /// So many half bits last so many cycles.
    fn half_bits(&self, count: u64) -> u64 {
        count * self.hertz / (2 * self.baud)
    }

    /// The level that this end drives before the edge of this cycle.
    pub fn drive(&mut self, cycle: u64) -> bool {
        while let Some(word) = &mut self.sending {
            let end = word.begin + (2 * (word.place + 1)) * self.hertz / (2 * self.baud);
            if cycle < end {
                break;
            }
            word.place += 1;
            if word.place == BITS {
                self.sending = None;
            }
        }
        if self.sending.is_none()
            && let Some(byte) = self.queue.pop_front()
        {
            self.sending = Some(Word { begin: cycle, bits: u32::from(byte) << 1 | 1 << 9, place: 0 });
        }
        self.sending.is_none_or(|word| word.bits >> word.place & 1 != 0)
    }

    /// Looks at the level of the other end before the edge of this cycle.
    pub fn look(&mut self, cycle: u64, level: bool) {
        let fell = self.level && !level;
        self.level = level;
        match &mut self.receiving {
            None if fell => self.receiving = Some(Word { begin: cycle, bits: 0, place: 0 }),
            None => {}
            Some(word) => {
                let middle = word.begin + (2 * word.place + 1) * self.hertz / (2 * self.baud);
                if cycle < middle {
                    return;
                }
                word.bits |= u32::from(level) << word.place;
                word.place += 1;
                let Word { bits, place, .. } = *word;
                if place == 1 && level {
                    // A glitch, no start bit.
                    self.receiving = None;
                } else if place == BITS {
                    self.receiving = None;
                    match level {
                        true => self.received.push((bits >> 1) as u8),
                        false => self.broken += 1,
                    }
                }
            }
        }
    }

    /// The next cycle in which this end does something: drives another level, or looks in the middle of a bit. `None` when
    /// only the other end can begin.
    pub fn next(&self) -> Option<u64> {
        let sends = self.sending.map(|word| word.begin + self.half_bits(2 * (word.place + 1)));
        let looks = self.receiving.map(|word| word.begin + self.half_bits(2 * word.place + 1));
        sends.into_iter().chain(looks).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two ends of two lines, at these rates.
    fn exchange(bauds: [u32; 2], bytes: &[u8]) -> (Vec<u8>, u64) {
        let mut ends = bauds.map(|baud| Cable::new(100_000_000, baud));
        ends[0].send(bytes);
        let mut cycle = 0;
        while !ends.iter().all(Cable::is_quiet) || cycle == 0 {
            let levels = [ends[0].drive(cycle), ends[1].drive(cycle)];
            ends[1].look(cycle, levels[0]);
            ends[0].look(cycle, levels[1]);
            cycle += 1;
            assert!(cycle < 10_000_000);
        }
        (ends[1].take(), ends[1].broken())
    }

    #[test]
    fn bytes_arrive_at_equal_rates_and_at_rates_three_percent_apart() {
        let bytes: Vec<u8> = (0..=255).collect();
        for bauds in [[921_600, 921_600], [921_600, 900_000], [12_500_000, 12_200_000], [115_200, 118_000]] {
            assert_eq!(exchange(bauds, &bytes), (bytes.clone(), 0), "{bauds:?}");
        }
    }

    #[test]
    fn another_rate_gives_rubbish() {
        let (bytes, _) = exchange([921_600, 115_200], b"a frame of some bytes");
        assert_ne!(bytes, b"a frame of some bytes");
    }
}
