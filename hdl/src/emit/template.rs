//! The instantiation template: a snippet to paste into a design.

use super::{Direction, Port, Size};

/// An instance of `top` with every port named; the surrounding design declares the signals.
pub(super) fn text(top: &str, size: Size, hertz: u32, ports: &[Port]) -> String {
    let width = ports.iter().map(|p| p.name.len()).max().unwrap_or(0);
    let mut text = format!(
        "// Portolan, {top}: {size}. Paste, and connect.\n\
         // One clock, s_axi_aclk, of {hertz} Hz: CAP_CLOCK tells the driver so.\n\
         // s_axi_aresetn is synchronous and active low. lines may be asynchronous.\n\n"
    );
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
