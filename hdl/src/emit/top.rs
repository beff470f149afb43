//! The tops that there are.

use rust_hdl::prelude::Block;

use super::{Rates, Size};

/// What surrounds the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Top {
    /// An AXI4-Lite slave.
    Axi,
    /// An AXI4-Lite slave, and an AXI master that writes rings into host memory.
    AxiRings,
    /// The same on a Zynq-7000: an AXI3 slave for PS7's GP0, and an AXI3 master for a HP port or the ACP.
    Zynq,
    /// The logic beside a 7-series integrated block for PCI Express.
    Pcie,
    /// The AXI top behind a bridge from a serial line.
    Uart,
}

impl Top {
    /// Every top.
    pub const ALL: [Top; 5] = [Top::Axi, Top::AxiRings, Top::Zynq, Top::Pcie, Top::Uart];

    /// Its Verilog module; modules inside it are called after it.
    pub const fn name(self) -> &'static str {
        match self {
            Top::Axi => "portolan_axi",
            Top::AxiRings => "portolan_axi_rings",
            Top::Zynq => "portolan_zynq",
            Top::Pcie => "portolan_pcie",
            Top::Uart => "portolan_uart",
        }
    }

    /// What it is, for people.
    pub(super) const fn description(self) -> &'static str {
        match self {
            Top::Axi => "behind AXI4-Lite",
            Top::AxiRings => "behind AXI4-Lite, with rings behind an AXI master",
            Top::Zynq => "behind AXI3 of a Zynq-7000's GP0, with rings behind an AXI3 master",
            Top::Pcie => "behind the 7-series integrated block for PCI Express",
            Top::Uart => "behind a UART",
        }
    }

    /// Shows the connected design of this size to `look`.
    pub fn with<R>(self, size: Size, rates: impl Into<Rates>, look: impl FnOnce(&dyn Block) -> R) -> R {
        let rates = rates.into();
        let hertz = rates.hertz;
        match self {
            Top::Axi => look(&*size.axi_top(hertz)),
            Top::AxiRings => look(&*size.axi_rings_top(hertz)),
            Top::Zynq => look(&*size.zynq_top(hertz)),
            Top::Pcie => look(&*size.pcie_top(hertz)),
            Top::Uart => look(&*size.uart_top(rates)),
        }
    }
}
