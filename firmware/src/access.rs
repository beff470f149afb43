//! Which offsets have a register, and what accesses to it do: on some buses a hole ends the processor's program, so holes are
//! found before they are touched.
//!
//! The table is made of that of [`portolan_regs::map`] when the firmware is compiled, without its texts.

use portolan_regs::map::{self, AREAS, Access};
use portolan_regs::{Area, Register};

/// How many copies of an area there are.
#[derive(Clone, Copy)]
enum Copies {
    One,
    Lines,
    /// One for 32 lines.
    Banks,
    Ports,
}

/// What else a register needs to be there.
#[derive(Clone, Copy)]
enum Needs {
    Nothing,
    Rings,
    Msix,
}

/// One register of an area.
#[derive(Clone, Copy)]
struct Entry {
    base: u32,
    stride: u32,
    copies: Copies,
    needs: Needs,
    access: Access,
}

/// What the block's capabilities say about its map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Lines.
    pub lines: u32,
    /// Ports.
    pub ports: u32,
    /// Whether there are rings.
    pub rings: bool,
    /// Whether there is MSI-X.
    pub msix: bool,
}

const fn begins(name: &str, beginning: &str) -> bool {
    let (name, beginning) = (name.as_bytes(), beginning.as_bytes());
    let mut i = 0;
    while i < beginning.len() {
        if i >= name.len() || name[i] != beginning[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn entry(area: &Area, register: &Register, word: u32) -> Entry {
    let copies = match area.base {
        base if base == map::line::AREA.base => Copies::Lines,
        base if base == map::bank::AREA.base => Copies::Banks,
        base if base == map::port::AREA.base || base == map::port_control::AREA.base => Copies::Ports,
        _ => Copies::One,
    };
    let msix = area.base == map::vector::AREA.base || area.base == map::pending::AREA.base;
    let needs = match register.name {
        _ if msix => Needs::Msix,
        name if begins(name, "VECTOR") || begins(name, "ERROR_VECTOR") => Needs::Msix,
        name if begins(name, "RING_") || begins(name, "USER_RING_") => Needs::Rings,
        _ => Needs::Nothing,
    };
    assert!(area.stride == 0 || area.stride.is_power_of_two());
    let base = area.base + register.offset + 4 * word;
    Entry { base, stride: area.stride, copies, needs, access: register.access }
}

const COUNT: usize = {
    let mut count = 0;
    let mut area = 0;
    while area < AREAS.len() {
        let mut register = 0;
        while register < AREAS[area].registers.len() {
            count += AREAS[area].registers[register].words as usize;
            register += 1;
        }
        area += 1;
    }
    count
};

/// Every word of the map once, for the first copy of its area.
static ENTRIES: [Entry; COUNT] = {
    let mut entries = [entry(&AREAS[0], &AREAS[0].registers[0], 0); COUNT];
    let mut count = 0;
    let mut area = 0;
    while area < AREAS.len() {
        let mut register = 0;
        while register < AREAS[area].registers.len() {
            let mut word = 0;
            while word < AREAS[area].registers[register].words {
                entries[count] = entry(&AREAS[area], &AREAS[area].registers[register], word);
                count += 1;
                word += 1;
            }
            register += 1;
        }
        area += 1;
    }
    entries
};

/// What an access to this offset does in a block of that extent; none where there is a hole.
pub fn access(offset: u32, extent: &Extent) -> Option<Access> {
    let copies = |entry: &Entry| match entry.copies {
        Copies::One => 1,
        Copies::Lines => extent.lines,
        Copies::Banks => extent.lines.div_ceil(32),
        Copies::Ports => extent.ports,
    };
    let there = |entry: &&Entry| {
        let needed = match entry.needs {
            Needs::Nothing => true,
            Needs::Rings => extent.rings,
            Needs::Msix => extent.msix,
        };
        let Some(behind) = offset.checked_sub(entry.base) else { return false };
        let in_a_copy = match entry.stride {
            0 => behind == 0,
            stride => behind & (stride - 1) == 0 && behind < copies(entry) * stride,
        };
        needed && in_a_copy
    };
    ENTRIES.iter().find(there).map(|entry| entry.access)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portolan_regs::{bank, control, line, map, pending, port, port_control, vector};

    const SMALL: Extent = Extent { lines: 16, ports: 4, rings: false, msix: false };

    #[test]
    fn registers_are_found_in_every_copy_and_holes_are_none() {
        for (offset, expected) in [
            (control::ID, Some(Access::ReadOnly)),
            (control::TICKS + 4, Some(Access::ReadOnly)),
            (control::RESET, Some(Access::Command)),
            (control::ERROR_VECTOR, None),
            (control::REJECTED + 4, None),
            (1, None),
            (bank::AREA.base + bank::TRIGGER, Some(Access::Command)),
            (bank::AREA.base + bank::TRIGGER + 4, None),
            (map::line(15) + line::CONFIG, Some(Access::Plain)),
            (map::line(15) + line::CONFIG + 2, None),
            (map::line(16) + line::CONFIG, None),
            (map::port(3) + port::POST + 44, Some(Access::Command)),
            (map::port(3) + port::POST + 48, None),
            (map::port(4) + port::LATCH, None),
            (map::port_control(3) + port_control::MODERATION, Some(Access::Plain)),
            (map::port_control(3) + port_control::RING_BASE, None),
            (map::port_control(3) + port_control::VECTOR, None),
            (vector::AREA.base, None),
            (pending::AREA.base, None),
            (u32::MAX, None),
        ] {
            assert_eq!(access(offset, &SMALL), expected, "{offset:#x}");
        }
        let all = Extent { lines: 1024, ports: 256, rings: true, msix: true };
        for offset in [
            map::line(1023) + line::ACK,
            map::port(255) + port::LATCH,
            map::port_control(255) + port_control::USER_RING_STATUS,
            vector::AREA.base,
            bank::AREA.base + 31 * 4,
        ] {
            assert!(access(offset, &all).is_some(), "{offset:#x}");
        }
    }
}
