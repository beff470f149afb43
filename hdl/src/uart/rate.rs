//! How many clocks a bit of a serial line takes.

/// Fewest clocks of a bit: the receiver must find the middle of one.
const FEWEST: u32 = 4;
/// Most clocks of a bit: the counters have sixteen bits.
const MOST: u32 = 1 << 16;
/// How far off the rate may be, in thousandths. Both ends together may be off by half a bit in the ten of a byte, and the
/// other end is an adapter that rounds as well.
const TOLERANCE: u64 = 20;

/// A clock from which no such rate can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a clock of {hertz} Hz cannot make {baud} baud: it takes a whole number of clocks for a bit, {FEWEST} at least, and an \
     error of 2 % at most; {}", remedy(*.hertz, *.baud)
)]
pub struct RateError {
    hertz: u32,
    baud: u32,
}

/// Another rate near it that can be made.
fn remedy(hertz: u32, baud: u32) -> String {
    let clocks = nearest(hertz, baud.max(1)).clamp(FEWEST, MOST);
    format!("{} baud can be made", hertz / clocks)
}

fn nearest(hertz: u32, baud: u32) -> u32 {
    ((u64::from(hertz) + u64::from(baud) / 2) / u64::from(baud)) as u32
}

/// Clocks of a bit, from clocks and bits per second.
pub fn clocks_per_bit(hertz: u32, baud: u32) -> Result<u32, RateError> {
    let refused = RateError { hertz, baud };
    if baud == 0 {
        return Err(refused);
    }
    let clocks = nearest(hertz, baud);
    let (made, wanted) = (u64::from(clocks) * u64::from(baud), u64::from(hertz));
    let fits = (FEWEST..=MOST).contains(&clocks) && made.abs_diff(wanted) * 1000 <= TOLERANCE * wanted;
    if fits { Ok(clocks) } else { Err(refused) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_rates_are_made_from_the_clocks_of_the_boards() {
        assert_eq!(clocks_per_bit(100_000_000, 921_600), Ok(109));
        assert_eq!(clocks_per_bit(100_000_000, 115_200), Ok(868));
        assert_eq!(clocks_per_bit(33_333_333, 921_600), Ok(36));
        assert_eq!(clocks_per_bit(100_000_000, 12_500_000), Ok(8));
    }

    #[test]
    fn a_rate_that_cannot_be_made_is_refused_with_one_that_can() {
        for (hertz, baud) in [(100_000_000, 12_000_000), (1_000_000, 921_600), (100_000_000, 1_200), (1, 0)] {
            let error = clocks_per_bit(hertz, baud).expect_err("it cannot be made");
            assert!(error.to_string().contains(&baud.to_string()), "{error}");
        }
        let error = clocks_per_bit(100_000_000, 12_000_000).unwrap_err().to_string();
        assert!(error.ends_with("12500000 baud can be made"), "{error}");
    }
}
