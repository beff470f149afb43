//! Sample rates as exact fractions, and the clock cycle of a sample.

use std::fmt;
use std::str::FromStr;

/// Samples per second, an exact fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    samples: u64,
    seconds: u32,
}

/// Why a text is no sample rate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{text}' is no sample rate; write it like 24 MHz, 1.5M, 500 kHz or 1000000")]
pub struct RateError {
    /// The text.
    pub text: String,
}

impl Rate {
    /// `samples` in `seconds`; `None` if either is zero, or too large to reckon with exactly.
    pub fn new(samples: u64, seconds: u64) -> Option<Rate> {
        if samples == 0 || seconds == 0 {
            return None;
        }
        let common = gcd(samples, seconds);
        Some(Rate { samples: samples / common, seconds: u32::try_from(seconds / common).ok()? })
    }

    /// A sample for each cycle of a clock.
    pub fn of_clock(hertz: u32) -> Rate {
        Rate { samples: hertz.max(1).into(), seconds: 1 }
    }

    /// The last cycle of a clock of `hertz` that begins no later than the sample: floor(n × f_clk ÷
    /// f_sample). Sample and cycle 0 coincide. `None` beyond 64 bits.
    pub fn cycle(self, sample: u64, hertz: u32) -> Option<u64> {
        // 64 + 32 + 32 bits: no overflow.
        let cycle =
            u128::from(sample) * u128::from(hertz) * u128::from(self.seconds) / u128::from(self.samples);
        u64::try_from(cycle).ok()
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl FromStr for Rate {
    type Err = RateError;

    /// A decimal number with an optional `k`, `M` or `G` and an optional `Hz`, blanks between.
    fn from_str(text: &str) -> Result<Rate, RateError> {
        parse(text.trim()).ok_or_else(|| RateError { text: text.into() })
    }
}

fn parse(text: &str) -> Option<Rate> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale = match unit.trim().to_ascii_lowercase().trim_end_matches("hz") {
        "" => 1,
        "k" => 1_000,
        "m" => 1_000_000,
        "g" => 1_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 9 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let seconds = 10u64.pow(fraction.len() as u32);
    let samples: u64 = format!("{whole}{fraction}").parse().ok()?;
    Rate::new(samples.checked_mul(scale)?, seconds)
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scale, unit) = [(1_000_000_000, "GHz"), (1_000_000, "MHz"), (1_000, "kHz")]
            .into_iter()
            .find(|(scale, _)| self.seconds == 1 && self.samples.is_multiple_of(*scale))
            .unwrap_or((1, "Hz"));
        if self.seconds == 1 {
            write!(f, "{} {unit}", self.samples / scale)
        } else {
            write!(f, "{}/{} Hz", self.samples, self.seconds)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    #[test]
    fn rates_are_read_as_sigrok_and_people_write_them() {
        for (text, hertz) in [
            ("24 MHz", 24_000_000),
            ("1 kHz", 1_000),
            ("2GHz", 2_000_000_000),
            ("1M", 1_000_000),
            ("1.5 MHz", 1_500_000),
            (" 1000000 ", 1_000_000),
            ("12 Hz", 12),
            ("24 mhz", 24_000_000),
        ] {
            assert_eq!(rate(text), Rate::new(hertz, 1).unwrap(), "{text}");
        }
        assert_eq!(rate("0.5 Hz"), Rate::new(1, 2).unwrap());
        for text in ["", "MHz", "fast", "1 MHz!", "-3", "0", "0 Hz", "1..5", ".", "1 THz", "99999999999 GHz"]
        {
            assert_eq!(text.parse::<Rate>(), Err(RateError { text: text.into() }));
        }
    }

    #[test]
    fn the_cycle_of_a_sample_is_the_floor_and_exact_for_long_captures() {
        let clock = 100_000_000;
        assert_eq!(rate("12 MHz").cycle(1, clock), Some(8));
        assert_eq!(rate("12 MHz").cycle(2, clock), Some(16));
        assert_eq!(rate("12 MHz").cycle(3, clock), Some(25));
        assert_eq!(rate("24 MHz").cycle(57_458_933, clock), Some(239_412_220));
        // A day at 1 GHz: doubles would be off by cycles.
        assert_eq!(rate("1 GHz").cycle(86_400_000_000_009, clock), Some(8_640_000_000_000));
        assert_eq!(rate("0.01 Hz").cycle(3, clock), Some(30_000_000_000));
        assert_eq!(rate("1 Hz").cycle(u64::MAX, clock), None);
    }

    #[test]
    fn rates_print_as_they_are_read() {
        for text in ["24 MHz", "1 kHz", "2 GHz", "1500 kHz", "12 Hz", "1/2 Hz"] {
            let shown = if text == "1/2 Hz" { rate("0.5 Hz") } else { rate(text) };
            assert_eq!(shown.to_string(), text);
        }
    }
}
