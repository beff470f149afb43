//! One line of FASM: `TILE.FEATURE`, `TILE.FEATURE[7:0] = 8'b1010_0101`, comments and annotations.

use crate::Error;

/// A feature that a line switches on, or several that differ by a bit's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature<'a> {
    /// Up to the first dot.
    pub tile: &'a str,
    /// Behind the first dot, without the bits' numbers.
    pub name: &'a str,
    /// Numbers of the bits that are one, ascending; one with the number `None` where the line has no brackets.
    pub bits: Vec<Option<u32>>,
}

/// No feature of a 7-series chip is as wide as this; more is a slip of the pen.
const WIDEST: u32 = 1 << 16;

/// Reads the line with this number, counted from one. `None` for a line that switches nothing on.
pub fn parse(line: usize, text: &str) -> Result<Option<Feature<'_>>, Error> {
    let error = |reason| Error::Syntax { line, reason, text: text.to_owned() };
    // A comment runs to the end; an annotation is in braces behind the feature. Neither configures anything.
    let code = text.split_once('#').map_or(text, |(code, _)| code);
    let code = code.split_once('{').map_or(code, |(code, _)| code).trim();
    if code.is_empty() {
        return Ok(None);
    }
    let (left, value) = match code.split_once('=') {
        Some((left, value)) => (left.trim(), Some(value.trim())),
        None => (code, None),
    };
    let (path, range) = match left.split_once('[') {
        Some((path, range)) => {
            let range = range.strip_suffix(']').ok_or_else(|| error("a bracket is not closed"))?;
            let number = |text: &str| text.trim().parse::<u32>().map_err(|_| error("not a bit's number"));
            let (high, low) = match range.split_once(':') {
                Some((high, low)) => (number(high)?, number(low)?),
                None => (number(range)?, number(range)?),
            };
            if high < low || high - low >= WIDEST {
                return Err(error("the bits' numbers are not [HIGH:LOW]"));
            }
            (path.trim_end(), Some((high, low)))
        }
        None => (left, None),
    };
    let (tile, name) = path.split_once('.').ok_or_else(|| error("no feature behind a tile's name"))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if tile.is_empty() || name.is_empty() || !path.chars().all(is_name) {
        return Err(error("not a feature's name"));
    }
    let width = range.map_or(1, |(high, low)| high - low + 1);
    let low = range.map(|(_, low)| low);
    // Without a value, one: of a range, that is its lowest bit.
    let ones = match value {
        None => vec![0],
        Some(value) => ones(value, width).map_err(error)?,
    };
    let bits: Vec<Option<u32>> = ones.into_iter().map(|bit| low.map(|low| low + bit)).collect();
    Ok((!bits.is_empty()).then_some(Feature { tile, name, bits }))
}

/// The numbers of a value's bits that are one: decimal, or `WIDTH'hXX` with any of h, b, o, d, underscores between digits.
fn ones(value: &str, width: u32) -> Result<Vec<u32>, &'static str> {
    const BAD: &str = "not a value such as 1, 4'b0101 or 16'hbeef";
    let (digits, radix) = match value.split_once('\'') {
        None => (value, 10),
        Some((stated, rest)) => {
            if !stated.trim().is_empty() && stated.trim().parse::<u32>() != Ok(width) {
                return Err("the value's width is not that of the bits");
            }
            let radix = match rest.chars().next() {
                Some('b') => 2,
                Some('o') => 8,
                Some('d') => 10,
                Some('h') => 16,
                _ => return Err(BAD),
            };
            (&rest[1..], radix)
        }
    };
    let digits: Vec<u32> = digits
        .chars()
        .filter(|c| *c != '_' && !c.is_whitespace())
        .map(|c| c.to_digit(radix).ok_or(BAD))
        .collect::<Result<_, _>>()?;
    if digits.is_empty() {
        return Err(BAD);
    }
    let ones: Vec<u32> = if radix == 10 {
        let value =
            digits.iter().try_fold(0_u128, |sum, digit| sum.checked_mul(10)?.checked_add(u128::from(*digit)));
        let value = value.ok_or("a decimal value of more than 128 bits; write it with 'h")?;
        (0..128).filter(|bit| value >> bit & 1 == 1).collect()
    } else {
        let each = radix.trailing_zeros();
        let bits_of = |(index, digit): (usize, &u32)| {
            let (digit, base) = (*digit, index as u32 * each);
            (0..each).filter(move |bit| digit >> bit & 1 == 1).map(move |bit| base + bit)
        };
        digits.iter().rev().enumerate().flat_map(bits_of).collect()
    };
    match ones.last() {
        Some(last) if *last >= width => Err("the value has more bits than there are"),
        _ => Ok(ones),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str) -> Vec<Option<u32>> {
        parse(1, text).unwrap().map(|feature| feature.bits).unwrap_or_default()
    }

    #[test]
    fn a_feature_is_a_tile_and_a_name() {
        let feature = parse(1, "  INT_L_X0Y1.NN2BEG1.LOGIC_OUTS3 # why").unwrap().unwrap();
        let expected = Feature { tile: "INT_L_X0Y1", name: "NN2BEG1.LOGIC_OUTS3", bits: vec![None] };
        assert_eq!(feature, expected);
    }

    #[test]
    fn what_switches_nothing_on_is_nothing() {
        for text in ["", "   ", "# a comment", "T.F = 0", "T.F[3:0] = 4'b0", "{ .a = \"b\" }"] {
            assert_eq!(parse(1, text).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn bits_are_numbered_from_the_low_end_of_the_range() {
        assert_eq!(bits("T.F[5]"), [Some(5)]);
        assert_eq!(bits("T.F[5] = 1"), [Some(5)]);
        assert_eq!(bits("T.F[7:4] = 4'b1010"), [Some(5), Some(7)]);
        assert_eq!(bits("T.F[15:0] = 16'h8_001"), [Some(0), Some(15)]);
        assert_eq!(bits("T.F[5:0] = 6'o41 { .x = \"1\" }"), [Some(0), Some(5)]);
        assert_eq!(bits("T.F[3:0] = 10"), [Some(1), Some(3)]);
        assert_eq!(bits("T.F[3:0] = 'd3"), [Some(0), Some(1)]);
        let wide = format!("T.F[255:0] = 256'b1{}", "0".repeat(255));
        assert_eq!(bits(&wide), [Some(255)]);
    }

    #[test]
    fn what_cannot_be_understood_is_refused_with_its_line() {
        for text in [
            "T",
            ".F",
            "T.",
            "T.F G",
            "T.F[3",
            "T.F[0:3] = 1",
            "T.F[99999999:0] = 1",
            "T.F[x]",
            "T.F = 2",
            "T.F[3:0] = 5'b0",
            "T.F[3:0] = 'b2",
            "T.F[3:0] = 'x1",
            "T.F[3:0] =",
            "T.F[3:0] = 'h1f",
            "T.F[3:0] = 999999999999999999999999999999999999999999",
        ] {
            match parse(7, text) {
                Err(Error::Syntax { line: 7, .. }) => {}
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
