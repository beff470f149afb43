//! The chips: names, what they offer, and pins that a timing harness may use.

use crate::report::Cells;

/// A chip in its package.
#[derive(Debug, PartialEq, Eq)]
pub struct Chip {
    /// As nextpnr calls it.
    pub part: &'static str,
    /// By which its chip database and its fabric are named.
    pub die: &'static str,
    /// Its family's folder in Project X-Ray's database.
    pub family: &'static str,
    /// What it offers.
    pub offered: Cells,
    /// For each of two clocks three pins of the package that can be clock, input and output; none where no timing harness
    /// goes.
    pub pins: &'static [[&'static str; 3]],
}

/// Of LUT, those that can be memory, flip-flops, RAMB36 and DSP48.
const fn offer(lut: u64, lut_as_memory: u64, ramb36: u64, dsp: u64) -> Cells {
    Cells { lut, lut_as_memory, ff: 2 * lut, ramb36, ramb18: 2 * ramb36, carry4: lut / 4, dsp }
}

/// Every chip, that of an Arty A7-35T first (DS180, table 4; DS190, table 1).
pub static ALL: [Chip; 4] = [
    Chip {
        part: "xc7a35tcsg324-1",
        die: "xc7a50t", // the 35T is one
        family: "artix7",
        offered: offer(20_800, 9_600, 50, 90),
        pins: &[["E3", "D9", "H5"], ["F4", "C9", "J5"]],
    },
    Chip {
        part: "xc7a200tfbg484-2",
        die: "xc7a200t",
        family: "artix7",
        offered: offer(134_600, 46_200, 365, 740),
        pins: &[["J19", "K2", "J2"], ["K18", "J5", "H5"]],
    },
    Chip {
        part: "xc7z010clg400-1",
        die: "xc7z010",
        family: "zynq7",
        offered: offer(17_600, 6_000, 60, 80),
        pins: &[],
    },
    Chip {
        part: "xc7z020clg400-1",
        die: "xc7z020",
        family: "zynq7",
        offered: offer(53_200, 17_400, 140, 220),
        pins: &[],
    },
];

/// The chip with nextpnr's name of the part.
pub fn find(part: &str) -> Option<&'static Chip> {
    ALL.iter().find(|chip| chip.part == part)
}
