//! From an ELF file to the words of a memory.

use crate::Error;

/// Of a program header (System V ABI, ELF-32, figure 2-1): to be loaded.
const LOAD: u32 = 1;

/// The words of the memory of so many bytes that begins at `base`, when the program is loaded; the rest is zero.
///
/// # Errors
/// When this is no little-endian ELF file of 32 bits, or does not fit there.
pub fn words(elf: &[u8], base: u32, bytes: u32) -> Result<Vec<u32>, Error> {
    let wrong = |what| Error::Elf { what };
    if elf.get(..6) != Some(b"\x7fELF\x01\x01") {
        return Err(wrong("no little-endian ELF file of 32 bits"));
    }
    let short = |place: usize| Some(u16::from_le_bytes(*elf.get(place..)?.first_chunk()?));
    let word = |place: usize| Some(u32::from_le_bytes(*elf.get(place..)?.first_chunk()?));
    let cut = || wrong("it ends in its headers");
    // Of the ELF header: where program headers are, how large each is, how many.
    let first = word(28).ok_or_else(cut)? as usize;
    let size = short(42).ok_or_else(cut)? as usize;
    let count = short(44).ok_or_else(cut)? as usize;
    let mut memory = vec![0; bytes as usize];
    for n in 0..count {
        let header =
            |field: usize| word(first.checked_add(n * size + field).ok_or_else(cut)?).ok_or_else(cut);
        let (kind, from, to, length) = (header(0)?, header(4)?, header(12)?, header(16)?);
        if kind != LOAD || length == 0 {
            continue;
        }
        let outside = || wrong("a part of it lies outside of the memory");
        let to = to.checked_sub(base).ok_or_else(outside)? as usize;
        let place = memory.get_mut(to..).and_then(|rest| rest.get_mut(..length as usize));
        let part = elf.get(from as usize..).and_then(|rest| rest.get(..length as usize));
        place.ok_or_else(outside)?.copy_from_slice(part.ok_or_else(|| wrong("a part of it is missing"))?);
    }
    Ok(memory.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one part of these bytes at an address.
    fn file(address: u32, part: &[u8]) -> Vec<u8> {
        let mut file = b"\x7fELF\x01\x01".to_vec();
        file.resize(84, 0);
        file[28..32].copy_from_slice(&52_u32.to_le_bytes());
        file[42..44].copy_from_slice(&32_u16.to_le_bytes());
        file[44..46].copy_from_slice(&1_u16.to_le_bytes());
        for (field, value) in [(0, LOAD), (4, 84), (12, address), (16, part.len() as u32)] {
            file[52 + field..56 + field].copy_from_slice(&value.to_le_bytes());
        }
        file.extend(part);
        file
    }

    #[test]
    fn parts_lie_where_they_are_loaded_and_what_does_not_fit_is_told() {
        let loaded = words(&file(0x104, &[1, 2, 3, 4, 5]), 0x100, 16).expect("it fits");
        assert_eq!(loaded, [0, 0x0403_0201, 5, 0]);
        for (wrong, what) in [
            (file(0x10c, &[0; 5]), "outside"),
            (file(0xfc, &[0; 4]), "outside"),
            (file(0x100, &[0; 8])[..88].to_vec(), "missing"),
            (file(0x100, &[])[..60].to_vec(), "headers"),
            (b"\x7fELF\x02\x01".to_vec(), "32 bits"),
            (Vec::new(), "32 bits"),
        ] {
            let error = words(&wrong, 0x100, 16).expect_err(what).to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
