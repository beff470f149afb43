//! The instantiation template: a snippet to paste into a design.

use super::{Direction, Port, Rates, Size, Top};

/// An instance of `top` with every port named; the surrounding design declares the signals.
pub(super) fn text(top: Top, size: Size, rates: Rates, ports: &[Port]) -> String {
    let width = ports.iter().map(|p| p.name.len()).max().unwrap_or(0);
    let Rates { hertz, baud } = rates;
    let clocks = match top {
        Top::Axi | Top::AxiRings => format!(
            "// One clock, s_axi_aclk, of {hertz} Hz: CAP_CLOCK tells the driver so.\n\
             // s_axi_aresetn is synchronous and active low. lines may be asynchronous.\n"
        ),
        Top::Zynq => format!(
            "// One clock, s_axi_aclk, of {hertz} Hz: CAP_CLOCK tells the driver so. Feed M_AXI_GP0_ACLK and the clock of\n\
             // the S_AXI port with it. s_axi_aresetn is synchronous and active low. lines may be asynchronous.\n\
             // s_axi_* goes to M_AXI_GP0_*; m_axi_* to S_AXI_HP0_*, or S_AXI_ACP_* with the low three bits of IDs and\n\
             // AWUSER[0] set. Tie the S_AXI port's read channels and QOS low.\n"
        ),
        Top::Pcie => format!(
            "// core_clk is free-running, of {hertz} Hz: CAP_CLOCK tells the driver so; core_reset belongs to it.\n\
             // user_clk and user_reset come from the integrated block, as do all signals named after its own.\n\
             // lines may be asynchronous; idle and post_credits belong to core_clk.\n"
        ),
        Top::Uart => format!(
            "// One clock, clk, of {hertz} Hz: CAP_CLOCK tells the driver so. resetn is synchronous and active low, and may be\n\
             // tied high. rx and tx: {baud} baud, eight data bits, no parity, one stop bit; rx is what the host sends.\n\
             // rx and lines may be asynchronous. irq and idle are for lamps and probes: the host is told of irq on tx.\n"
        ),
    };
    let top = top.name();
    let mut text = format!("// Portolan, {top}: {size}. Paste, and connect.\n{clocks}\n");
    for port in ports {
        let arrow = match port.direction {
            Direction::Input => "into the block",
            Direction::Output => "out of the block",
        };
        text += &format!("wire {}{}; // {arrow}\n", port.range(), port.name);
    }
    text += &format!("\n{top} portolan (\n");
    let connections: Vec<String> = ports.iter().map(|p| format!("    .{0:<width$} ({0})", p.name)).collect();
    text + &connections.join(",\n") + "\n);\n"
}
