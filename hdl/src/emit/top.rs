//! What can surround the block.

/// A top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Top {
    /// AXI4-Lite slave.
    Axi,
    /// AXI4-Lite slave, and an AXI master that writes rings into host memory.
    AxiRings,
}

impl Top {
    /// Every top that is built and tested.
    pub const ALL: [Top; 2] = [Top::Axi, Top::AxiRings];

    /// The Verilog module's name; modules inside it are `portolan_axi$…`.
    pub const fn name(self) -> &'static str {
        match self {
            Top::Axi => "portolan_axi",
            Top::AxiRings => "portolan_axi_rings",
        }
    }

    /// What it is, for people.
    pub(super) const fn description(self) -> &'static str {
        match self {
            Top::Axi => "behind AXI4-Lite",
            Top::AxiRings => "behind AXI4-Lite, with rings behind an AXI master",
        }
    }
}
