//! What lies at every address of a block. Tests take this file by its path.

use std::collections::BTreeMap;

use portolan_regs::{Access, Area, map};
use portolan_sim::Size;

/// What lies at every address of a block of that size, with or without rings, with or without MSI-X.
pub fn registers(size: Size, rings: bool, messages: bool) -> BTreeMap<u32, Access> {
    let mut all = BTreeMap::new();
    let copies = |area: &Area| match area.name {
        "control" | "bank" => 1,
        "port_control" | "port" => size.ports(),
        "line" => size.lines(),
        "vector" if messages => size.ports() + 1,
        "pending" if messages => 2,
        "vector" | "pending" => 0,
        other => panic!("area {other} is new: say how many copies a block has"),
    };
    for area in map::AREAS {
        for copy in 0..copies(area) {
            let exists = |name: &str| {
                (rings || !name.contains("RING_"))
                    && (messages || !["VECTOR", "ERROR_VECTOR"].contains(&name))
            };
            for register in area.registers.iter().filter(|register| exists(register.name)) {
                for word in 0..register.words {
                    let offset = area.base + copy * area.stride + register.offset + 4 * word;
                    all.insert(offset, register.access);
                }
            }
        }
    }
    // Bit vectors over the lines have as many words as the lines need; FIRED is over the ports.
    for word in 1..size.lines().div_ceil(32) {
        for register in portolan_regs::bank::AREA.registers.iter().filter(|r| r.name != "FIRED") {
            all.insert(portolan_regs::bank::AREA.base + register.offset + 4 * word, register.access);
        }
    }
    all
}
