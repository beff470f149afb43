//! Wraps a block for a timing run, so that every port of it starts and ends in a register.
//!
//! A block has far more ports than a chip has pins, and a path from or to a pin says nothing about the block. The
//! harness feeds all inputs from one long shift register and folds all outputs by XOR, a register after every level,
//! into one pin: three pins in all, nothing is optimised away, and no path of the harness has more than one LUT. It
//! is for measuring only; its registers are not counted as the block's.

use std::fmt::Write as _;

use serde_json::Value;

use crate::Error;

/// The harness's module name.
pub const TOP: &str = "portolan_timing_harness";

/// One port of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name in Verilog.
    pub name: String,
    /// Whether the block reads it.
    pub input: bool,
    /// In bits.
    pub width: usize,
}

/// The ports of module `top` in a netlist that yosys wrote with `write_json`.
pub fn ports(netlist: &Value, top: &str) -> Result<Vec<Port>, Error> {
    let missing = |what: String| Error::Output { tool: "yosys", what };
    let ports =
        netlist["modules"][top]["ports"].as_object().ok_or_else(|| missing(format!("no module {top}")))?;
    let port = |(name, port): (&String, &Value)| {
        let width = port["bits"].as_array().map_or(0, Vec::len);
        let input = match port["direction"].as_str() {
            Some("input") => true,
            Some("output") => false,
            other => return Err(missing(format!("port {name} of {top} has direction {other:?}"))),
        };
        Ok(Port { name: name.clone(), input, width })
    };
    ports.iter().map(port).collect()
}

/// The Verilog of the harness around `block`.
pub fn verilog(block: &str, ports: &[Port], clock: &str) -> Result<String, Error> {
    let wrong = |what: String| Error::Output { tool: "yosys", what };
    if !ports.iter().any(|p| p.input && p.name == clock && p.width == 1) {
        return Err(wrong(format!("{block} has no clock input named {clock}")));
    }
    let inputs: Vec<&Port> = ports.iter().filter(|p| p.input && p.name != clock).collect();
    let outputs: Vec<&Port> = ports.iter().filter(|p| !p.input).collect();
    let fed: usize = inputs.iter().map(|p| p.width).sum::<usize>().max(1);
    let folded: usize = outputs.iter().map(|p| p.width).sum();
    if folded == 0 {
        return Err(wrong(format!("{block} has no outputs, so nothing of it would be left")));
    }

    let mut text = format!(
        "// A timing harness for {block}, generated: for measuring speed only, not for any design.\n\
         module {TOP}(input wire clk, input wire si, output wire so);\n  \
         reg [{}:0] fed;\n  always @(posedge clk) fed <= {{fed, si}};\n",
        fed - 1
    );
    for port in &outputs {
        let _ = writeln!(text, "  wire [{}:0] \\{} ;", port.width - 1, port.name);
    }
    let _ = writeln!(text, "  {block} dut(\n    .\\{clock} (clk)");
    let mut at = 0;
    for port in &inputs {
        let _ = writeln!(text, "    , .\\{} (fed[{}:{at}])", port.name, at + port.width - 1);
        at += port.width;
    }
    for port in &outputs {
        let _ = writeln!(text, "    , .\\{0} (\\{0} )", port.name);
    }
    let names: Vec<String> = outputs.iter().map(|p| format!("\\{} ", p.name)).collect();
    let _ = writeln!(
        text,
        "  );\n  reg [{}:0] fold0;\n  always @(posedge clk) fold0 <= {{{}}};",
        folded - 1,
        names.join(", ")
    );

    let (mut width, mut level) = (folded, 0);
    while width > 1 {
        let next = width.div_ceil(6);
        let _ = writeln!(text, "  reg [{}:0] fold{};\n  always @(posedge clk) begin", next - 1, level + 1);
        for bit in 0..next {
            let last = (6 * bit + 5).min(width - 1);
            let _ = writeln!(text, "    fold{}[{bit}] <= ^fold{level}[{last}:{}];", level + 1, 6 * bit);
        }
        let _ = writeln!(text, "  end");
        (width, level) = (next, level + 1);
    }
    let _ = writeln!(text, "  assign so = fold{level}[0];\nendmodule");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, input: bool, width: usize) -> Port {
        Port { name: name.into(), input, width }
    }

    #[test]
    fn every_input_bit_is_fed_and_every_output_bit_folded() {
        let ports = [
            port("clk", true, 1),
            port("a", true, 4),
            port("b", true, 1),
            port("q", false, 7),
            port("r", false, 1),
        ];
        let text = verilog("block", &ports, "clk").unwrap();
        for expected in [
            "reg [4:0] fed;",
            ".\\clk (clk)",
            ".\\a (fed[3:0])",
            ".\\b (fed[4:4])",
            "reg [7:0] fold0;",
            "fold0 <= {\\q , \\r };",
            "fold1[0] <= ^fold0[5:0];",
            "fold1[1] <= ^fold0[7:6];",
            "fold2[0] <= ^fold1[1:0];",
            "assign so = fold2[0];",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
    }

    #[test]
    fn a_block_without_its_clock_or_without_outputs_is_refused() {
        let (clock, output) = (port("clk", true, 1), port("q", false, 1));
        assert!(verilog("b", std::slice::from_ref(&output), "clk").is_err());
        assert!(verilog("b", std::slice::from_ref(&clock), "clk").is_err());
        assert!(verilog("b", &[clock, output], "clk").is_ok());
    }

    #[test]
    fn ports_are_read_from_a_netlist() {
        let netlist = serde_json::json!({"modules": {"m": {"ports": {
            "i": {"direction": "input", "bits": [2, 3]}, "o": {"direction": "output", "bits": [4]}}}}});
        assert_eq!(ports(&netlist, "m").unwrap(), [port("i", true, 2), port("o", false, 1)]);
        assert!(ports(&netlist, "n").is_err());
    }
}
