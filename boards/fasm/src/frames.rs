//! Configuration frames, and the text in which `xc7frames2bit` takes them: `0xADDRESS 0xWORD,0xWORD…` on a line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::Error;

/// Words in a frame of the 7 series (UG470, "Configuration Memory Frames").
pub const WORDS: usize = 101;

/// Frames by their address, each of [`WORDS`] words of 32 bits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frames(BTreeMap<u32, [u32; WORDS]>);

/// A bit of the configuration: frame address, word, bit.
pub type Place = (u32, usize, u32);

impl Frames {
    /// Makes the frame exist, all zeros if it did not.
    pub fn add(&mut self, address: u32) -> &mut [u32; WORDS] {
        self.0.entry(address).or_insert([0; WORDS])
    }

    /// Every frame, by address.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u32; WORDS])> {
        self.0.iter().map(|(address, words)| (*address, words))
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every bit that is one.
    pub fn ones(&self) -> BTreeSet<Place> {
        let in_word = |address: u32, index: usize, word: u32| {
            (0..32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| (address, index, bit))
        };
        self.iter()
            .flat_map(|(address, words)| {
                words.iter().enumerate().flat_map(move |(index, word)| in_word(address, index, *word))
            })
            .collect()
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut frames = Frames::default();
        for (number, line) in text.lines().enumerate() {
            let err = |reason| Error::Frames { line: number + 1, reason };
            let hex = |text: &str| {
                let digits = text.strip_prefix("0x").ok_or_else(|| err("a number without 0x"))?;
                u32::from_str_radix(digits, 16).map_err(|_| err("not a number of 32 bits"))
            };
            let (address, words) = line.split_once(' ').ok_or_else(|| err("no address and words"))?;
            let words: Vec<u32> = words.split(',').map(hex).collect::<Result<_, _>>()?;
            let words: [u32; WORDS] = words.try_into().map_err(|_| err("not 101 words"))?;
            if frames.0.insert(hex(address)?, words).is_some() {
                return Err(err("a frame a second time"));
            }
        }
        Ok(frames)
    }
}

impl fmt::Display for Frames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (address, words) in self.iter() {
            write!(f, "0x{address:08X} ")?;
            for (index, word) in words.iter().enumerate() {
                write!(f, "{}0x{word:08X}", if index == 0 { "" } else { "," })?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// The bits that `bitread -y` lists: lines `bit_FRAME_WORD_BIT`, the first number hexadecimal.
pub fn parse_bitread(text: &str) -> Result<BTreeSet<Place>, Error> {
    let place = |(number, line): (usize, &str)| {
        let parts: Vec<&str> = line.trim().split('_').collect();
        let parsed = match parts[..] {
            ["bit", frame, word, bit] => u32::from_str_radix(frame, 16)
                .ok()
                .and_then(|frame| Some((frame, word.parse().ok()?, bit.parse().ok()?))),
            _ => None,
        };
        parsed.ok_or(Error::Frames { line: number + 1, reason: "not a line of bitread -y" })
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_read_back_as_written() {
        let mut frames = Frames::default();
        frames.add(0x42_0000)[3] = 0x8000_0001;
        frames.add(7);
        let text = frames.to_string();
        assert!(text.starts_with("0x00000007 0x00000000,"));
        assert_eq!(Frames::parse(&text).unwrap(), frames);
        assert_eq!(frames.ones(), BTreeSet::from([(0x42_0000, 3, 0), (0x42_0000, 3, 31)]));
    }

    #[test]
    fn what_is_no_frame_is_refused_with_its_line() {
        let line = Frames(BTreeMap::from([(1, [0; WORDS])])).to_string();
        for (text, at) in [
            ("0x1".to_owned(), 1),
            ("0x1 0x0,0x0\n".to_owned(), 1),
            (format!("{line}{line}"), 2),
            (line.replacen("0x0", "0", 1), 1),
            (line.replacen("0x00000000", "0x0000000g", 1), 1),
        ] {
            match Frames::parse(&text) {
                Err(Error::Frames { line, .. }) => assert_eq!(line, at, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn bitreads_list_is_understood() {
        let bits = parse_bitread("bit_00420000_003_31\n\nbit_0000001f_100_00\n").unwrap();
        assert_eq!(bits, BTreeSet::from([(0x42_0000, 3, 31), (0x1f, 100, 0)]));
        assert!(parse_bitread("bit_1_2\n").is_err());
    }
}
