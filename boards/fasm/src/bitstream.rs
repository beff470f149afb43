//! A `.bit` file: a header in front of what goes to the chip. And that as Linux wants it for a Zynq-7000.
//!
//! The header has no specification of its maker; its fields are those that every reader of it knows: a field of
//! fixed bytes, then keyed fields `a` (design), `b` (part), `c` (date), `d` (time), each with a length of 16 bits, big-endian, and
//! `e`, whose length of 32 bits is that of the data.

use crate::Error;

/// The word that begins configuration (UG470, "Sync word"), as it stands in the data.
const SYNC: [u8; 4] = [0xaa, 0x99, 0x55, 0x66];

/// What a `.bit` file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitstream<'a> {
    /// The part that it names.
    pub part: String,
    /// What goes to the chip: words of 32 bits, most significant byte first.
    pub data: &'a [u8],
}

impl<'a> Bitstream<'a> {
    /// Reads a whole `.bit` file.
    pub fn parse(file: &'a [u8]) -> Result<Self, Error> {
        let mut rest = file;
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at_checked(count).ok_or(Error::Bitstream("it ends too soon"))?;
            rest = left;
            Ok::<_, Error>(taken)
        };
        let length = u16::from_be_bytes(take(2)?.try_into().expect("two bytes"));
        take(usize::from(length))?;
        if take(2)? != [0, 1] {
            return Err(Error::Bitstream("no header of a .bit file"));
        }
        let mut part = String::new();
        loop {
            match take(1)?[0] {
                b'e' => break,
                key @ b'a'..=b'd' => {
                    let length = u16::from_be_bytes(take(2)?.try_into().expect("two bytes"));
                    let text = take(usize::from(length))?;
                    if key == b'b' {
                        part = String::from_utf8_lossy(text).trim_end_matches('\0').to_owned();
                    }
                }
                _ => return Err(Error::Bitstream("a field of the header that is not known")),
            }
        }
        let length = u32::from_be_bytes(take(4)?.try_into().expect("four bytes"));
        let data = take(length as usize)?;
        if data.len() % 4 != 0 || !data.chunks(4).any(|word| word == SYNC) {
            return Err(Error::Bitstream("no sync word in whole words"));
        }
        Ok(Bitstream { part, data })
    }

    /// For Linux's FPGA manager of the Zynq-7000: without a header, the bytes of each word in the other order. Its driver
    /// refuses anything in which the sync word does not stand as 66 55 99 AA (drivers/fpga/zynq-fpga.c).
    pub fn for_fpga_manager(&self) -> Vec<u8> {
        self.data.chunks(4).flat_map(|word| word.iter().rev().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(data: &[u8]) -> Vec<u8> {
        let mut file = vec![0, 3, 1, 2, 3, 0, 1];
        for (key, text) in [(b'a', "design\0"), (b'b', "xc7z020clg400-1\0"), (b'c', "2026/01/01\0")] {
            file.push(key);
            file.extend((text.len() as u16).to_be_bytes());
            file.extend(text.bytes());
        }
        file.push(b'e');
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn the_data_behind_the_header_is_found_and_swapped() {
        let file = file(&[0xff, 0xff, 0xff, 0xff, 0xaa, 0x99, 0x55, 0x66, 0x20, 0, 0, 1]);
        let bitstream = Bitstream::parse(&file).unwrap();
        assert_eq!(bitstream.part, "xc7z020clg400-1");
        let expected = [0xff, 0xff, 0xff, 0xff, 0x66, 0x55, 0x99, 0xaa, 1, 0, 0, 0x20];
        assert_eq!(bitstream.for_fpga_manager(), expected);
    }

    #[test]
    fn what_is_no_bitstream_is_refused() {
        let good = file(&SYNC);
        for length in 0..good.len() {
            assert!(Bitstream::parse(&good[..length]).is_err(), "{length} bytes");
        }
        for data in [&[0_u8; 8][..], &[0, 0xaa, 0x99, 0x55, 0x66, 0, 0, 0], &[0xaa, 0x99, 0x55, 0x66, 0]] {
            assert!(Bitstream::parse(&file(data)).is_err(), "{data:?}");
        }
        let mut unknown = good.clone();
        unknown[7] = b'z';
        assert!(Bitstream::parse(&unknown).is_err());
    }
}
