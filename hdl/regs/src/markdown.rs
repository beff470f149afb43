//! The register map as a Markdown document.

use core::fmt;

use crate::map::{AREAS, Area, Register};
use crate::{LAYOUT_HASH, VERSION_MAJOR, VERSION_MINOR};

/// Displays the whole map as Markdown; `docs/registers.md` is this text.
pub struct Markdown;

impl fmt::Display for Markdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Register map {VERSION_MAJOR}.{VERSION_MINOR}, layout hash 0x{LAYOUT_HASH:08x}\n")?;
        writeln!(
            f,
            "Made from `hdl/regs` by `cargo run -p portolan-hdl -- registers`; a test keeps it equal.\n\n\
             Registers are 32 bits, little-endian, aligned. A 64-bit value is two words, low first:\n\
             read high, low, high. Reads have no side effects. Partial strobes work on plain\n\
             registers only. Where nothing is listed is a hole: SLVERR on AXI, counted."
        )?;
        AREAS.iter().try_for_each(|area| write_area(f, area))
    }
}

fn write_area(f: &mut fmt::Formatter<'_>, area: &Area) -> fmt::Result {
    writeln!(f, "\n## {} at 0x{:05x}\n\n{}", area.name, area.base, area.text.trim())?;
    if area.stride != 0 {
        writeln!(f, "\nUp to {} copies, {} bytes apart.", area.copies, area.stride)?;
    }
    writeln!(f, "\n| offset | name | access | bits | meaning |\n|---|---|---|---|---|")?;
    area.registers.iter().try_for_each(|register| write_register(f, register))
}

fn write_register(f: &mut fmt::Formatter<'_>, register: &Register) -> fmt::Result {
    write!(f, "| 0x{:03x}", register.offset)?;
    if register.words > 1 {
        write!(f, "–0x{:03x}", register.offset + 4 * (register.words - 1))?;
    }
    writeln!(f, " | {} | {} | | {} |", register.name, register.access.name(), register.text.trim())?;
    for field in register.fields {
        write!(f, "| | {}.{} | | {}", register.name, field.name, field.high)?;
        if field.low != field.high {
            write!(f, ":{}", field.low)?;
        }
        writeln!(f, " | {} |", field.text)?;
    }
    Ok(())
}
