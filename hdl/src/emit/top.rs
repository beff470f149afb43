//! The tops that there are.

use rust_hdl::prelude::Block;

use super::Size;

/// What surrounds the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Top {
    /// An AXI4-Lite slave.
    Axi,
    /// The logic beside a 7-series integrated block for PCI Express.
    Pcie,
}

impl Top {
    /// Every top.
    pub const ALL: [Top; 2] = [Top::Axi, Top::Pcie];

    /// Its Verilog module; modules inside it are called after it.
    pub const fn name(self) -> &'static str {
        match self {
            Top::Axi => super::AXI_TOP,
            Top::Pcie => super::PCIE_TOP,
        }
    }

    /// What it is behind, in a word.
    pub(super) const fn bus(self) -> &'static str {
        match self {
            Top::Axi => "AXI4-Lite",
            Top::Pcie => "the 7-series integrated block for PCI Express",
        }
    }

    /// Shows the connected design of this size to `look`.
    pub fn with<R>(self, size: Size, hertz: u32, look: impl FnOnce(&dyn Block) -> R) -> R {
        match self {
            Top::Axi => look(&*size.axi_top(hertz)),
            Top::Pcie => look(&*size.pcie_top(hertz)),
        }
    }
}
