//! What a netlist costs on a 7-series part (Xilinx UG474, UG473).

use std::fmt;

use crate::tools::Netlist;

/// Resources of a design, or most that it may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resources {
    /// Look-up tables, those that serve as memory among them.
    pub luts: u64,
    /// Flip-flops.
    pub flip_flops: u64,
    /// Blocks of 36 Kbit; a RAMB18 is half of one.
    pub block_rams: f64,
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} LUT, {} FF, {} RAMB36", self.luts, self.flip_flops, self.block_rams)
    }
}

/// LUTs that a LUT RAM cell takes (UG474, table 2-3), by the cell's name.
fn lut_ram(kind: &str) -> u64 {
    match kind {
        "RAM32X1S" | "RAM64X1S" | "RAM32X1S_1" | "RAM64X1S_1" => 1,
        "RAM32X1D" | "RAM64X1D" | "RAM32X1D_1" | "RAM64X1D_1" | "RAM128X1S" | "RAM128X1S_1" => 2,
        "RAM32M" | "RAM64M" | "RAM128X1D" | "RAM256X1S" => 4,
        other => panic!("what does a {other} cost? Add it here"),
    }
}

/// Adds up what the cells cost. An inverter counts as a LUT, though placement may absorb it.
pub fn resources(netlist: &Netlist) -> Resources {
    let mut sum = Resources { luts: 0, flip_flops: 0, block_rams: 0.0 };
    for (kind, count) in &netlist.cells {
        match kind.as_str() {
            "INV" => sum.luts += count,
            "RAMB36E1" => sum.block_rams += *count as f64,
            "RAMB18E1" => sum.block_rams += *count as f64 / 2.0,
            kind if kind.starts_with("LUT") => sum.luts += count,
            kind if kind.starts_with("RAM") => sum.luts += count * lut_ram(kind),
            kind if kind.starts_with("FD") => sum.flip_flops += count,
            kind if kind.starts_with("LD") => panic!("{count} latches ({kind})"),
            "CARRY4" | "MUXF7" | "MUXF8" | "$scopeinfo" | "GND" | "VCC" => {}
            other => panic!("what does a {other} cost? Add it here"),
        }
    }
    sum
}

/// Where a design takes more than it may.
pub fn excess(used: Resources, budget: Resources) -> Vec<String> {
    let mut excess = Vec::new();
    if used.luts > budget.luts {
        excess.push(format!("{} LUT of {}", used.luts, budget.luts));
    }
    if used.flip_flops > budget.flip_flops {
        excess.push(format!("{} FF of {}", used.flip_flops, budget.flip_flops));
    }
    if used.block_rams > budget.block_rams {
        excess.push(format!("{} RAMB36 of {}", used.block_rams, budget.block_rams));
    }
    excess
}

/// Memories that did not become what they ask for.
pub fn misplaced(netlist: &Netlist) -> Vec<String> {
    let has = |cells: &[String], memory: &str| {
        let inside = format!("{memory}.");
        cells.iter().any(|cell| cell.starts_with(&inside))
    };
    let mut misplaced = Vec::new();
    for (memory, style) in &netlist.memories {
        let (block, lut) = (has(&netlist.block_rams, memory), has(&netlist.lut_rams, memory));
        match style.as_str() {
            "block" if block && !lut => {}
            "distributed" if lut && !block => {}
            _ => misplaced.push(format!(
                "{memory} (ram_style {style}) became {}",
                match (block, lut) {
                    (true, _) => "block RAM",
                    (_, true) => "LUT RAM",
                    _ => "flip-flops",
                }
            )),
        }
    }
    misplaced
}
