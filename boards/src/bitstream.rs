//! From FASM to a bitstream, and back: frames by portolan-fasm, `xc7frames2bit` around them, `bitread` to check.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use portolan_fasm::frames::{self, Place};
use portolan_fasm::{Bitstream, Database, assemble};

use crate::Error;
use crate::chip::Chip;
use crate::step::watch;
use crate::toolbox::Toolbox;

/// What [`make`] wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Frames of the chip.
    pub frames: usize,
    /// Bits that are one.
    pub ones: usize,
}

/// Makes `NAME.bit` of `NAME.fasm` in the folder, and `NAME.bin` for Linux where the chip is a Zynq-7000.
pub fn make(tools: &Toolbox, folder: &Path, name: &str, chip: &Chip) -> Result<Made, Error> {
    let path = |ending: &str| folder.join(format!("{name}.{ending}"));
    let fasm = path("fasm");
    let text = fs::read_to_string(&fasm).map_err(Error::io("cannot read", &fasm))?;
    let family = tools.database().join(chip.family);
    let frames = assemble(&Database::open(&family, chip.die, chip.part)?, &text)?;
    fs::write(path("frames"), frames.to_string()).map_err(Error::io("cannot write", path("frames")))?;

    let part_file = family.join(chip.part).join("part.yaml");
    let bit = path("bit");
    let mut frames2bit = tools.frames2bit();
    frames2bit.arg("--part_name").arg(chip.part).arg("--part_file").arg(&part_file);
    frames2bit.arg("--frm_file").arg(path("frames")).arg("--output_file").arg(&bit);
    watch(frames2bit, folder, "frames2bit.log", |_| ())?;

    let ones = frames.ones();
    compare(&ones, &read_back(tools, folder, name, &part_file)?)?;
    if chip.family == "zynq7" {
        let file = fs::read(&bit).map_err(Error::io("cannot read", &bit))?;
        let swapped = Bitstream::parse(&file)?.for_fpga_manager();
        fs::write(path("bin"), swapped).map_err(Error::io("cannot write", path("bin")))?;
    }
    Ok(Made { frames: frames.len(), ones: ones.len() })
}

/// The bits that `bitread` finds in `NAME.bit`.
fn read_back(tools: &Toolbox, folder: &Path, name: &str, part_file: &Path) -> Result<BTreeSet<Place>, Error> {
    let list = folder.join(format!("{name}.bits"));
    let mut bitread = tools.bitread();
    bitread.arg("--part_file").arg(part_file).arg("-y").arg("-o").arg(&list);
    bitread.arg(folder.join(format!("{name}.bit")));
    watch(bitread, folder, "bitread.log", |_| ())?;
    let text = fs::read_to_string(&list).map_err(Error::io("cannot read", &list))?;
    fs::remove_file(&list).map_err(Error::io("cannot remove", &list))?;
    Ok(frames::parse_bitread(&text)?)
}

/// `xc7frames2bit` adds a checksum to each frame, in its middle word, which `bitread` leaves out; all else must be the same.
fn compare(made: &BTreeSet<Place>, read: &BTreeSet<Place>) -> Result<(), Error> {
    let only = |a: &BTreeSet<Place>, b: &BTreeSet<Place>| {
        let missing: Vec<String> = a
            .difference(b)
            .take(3)
            .map(|(frame, word, bit)| format!("0x{frame:08x} word {word} bit {bit}"))
            .collect();
        missing.join(", ")
    };
    if made == read {
        return Ok(());
    }
    let what = format!("missing: {}; too many: {}", only(made, read), only(read, made));
    Err(Error::output("bitread", format!("other bits than the frames have ({what})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_that_is_lost_or_comes_from_nowhere_is_named() {
        let made = BTreeSet::from([(1, 2, 3), (4, 5, 6)]);
        assert!(compare(&made, &made).is_ok());
        for (read, name) in [
            (BTreeSet::from([(1, 2, 3)]), "0x00000004 word 5 bit 6"),
            (BTreeSet::from([(1, 2, 3), (4, 5, 6), (7, 8, 9)]), "0x00000007 word 8 bit 9"),
        ] {
            let error = compare(&made, &read).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
