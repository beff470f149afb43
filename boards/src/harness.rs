//! Wraps a block for a timing run, so that every port of it starts and ends in a register.
//!
//! A block has far more ports than a chip has pins, and a path from or to a pin says nothing about the block. The
//! harness feeds all inputs from one long shift register and folds all outputs by XOR, a register after every level,
//! into one pin: three pins for each clock, nothing is optimised away, and no path of the harness has more than one
//! LUT. It is for measuring only; its registers are not counted as the block's.

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
    let missing = |what: String| Error::output("yosys", what);
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

/// A clock input of a block, and which ports belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The input's name in Verilog.
    pub clock: String,
    /// The ports that change with this clock; of a block's last clock, every port that is left.
    pub ports: Vec<String>,
}

/// The Verilog of the harness around `block`: for each clock an input of its name, a chain of registers that feeds
/// the inputs of its domain from the pin `si0`, `si1` …, and one that folds its outputs into the pin `so0`, `so1` ….
pub fn verilog(block: &str, ports: &[Port], domains: &[Domain]) -> Result<String, Error> {
    let wrong = |what: String| Error::output("yosys", what);
    for Domain { clock, .. } in domains {
        if !ports.iter().any(|p| p.input && p.name == *clock && p.width == 1) {
            return Err(wrong(format!("{block} has no clock input named {clock}")));
        }
    }
    let named = |index: usize, port: &Port| domains[index].ports.contains(&port.name);
    let others = domains.len().saturating_sub(1);
    let domain = |port: &&Port| (0..others).find(|index| named(*index, port)).unwrap_or(others);

    let pins: Vec<String> = domains
        .iter()
        .enumerate()
        .map(|(index, domain)| {
            format!("input wire {}, input wire si{index}, output wire so{index}", domain.clock)
        })
        .collect();
    let mut text = format!(
        "// A timing harness for {block}, generated: for measuring speed only, not for any design.\n\
         module {TOP}({});\n",
        pins.join(", ")
    );
    let mut connections: Vec<String> =
        domains.iter().map(|domain| format!(".\\{0} ({0})", domain.clock)).collect();
    let mut folding = String::new();
    for (index, Domain { clock, .. }) in domains.iter().enumerate() {
        let is_clock = |port: &Port| domains.iter().any(|domain| domain.clock == port.name);
        let own = || ports.iter().filter(|port| !is_clock(port) && domain(port) == index);
        let fed: usize = own().filter(|port| port.input).map(|port| port.width).sum();
        let folded: usize = own().filter(|port| !port.input).map(|port| port.width).sum();
        if folded == 0 {
            return Err(wrong(format!(
                "{block} has no outputs with {clock}, so nothing of it would be left"
            )));
        }
        let _ = writeln!(
            text,
            "  reg [{}:0] fed{index};\n  always @(posedge {clock}) fed{index} <= {{fed{index}, si{index}}};",
            fed.max(1) - 1
        );
        let mut at = 0;
        for port in own() {
            if port.input {
                connections.push(format!(".\\{} (fed{index}[{}:{at}])", port.name, at + port.width - 1));
                at += port.width;
            } else {
                let _ = writeln!(text, "  wire [{}:0] \\{} ;", port.width - 1, port.name);
                connections.push(format!(".\\{0} (\\{0} )", port.name));
            }
        }
        let outputs = own().filter(|port| !port.input).map(|port| format!("\\{} ", port.name));
        fold(&mut folding, index, clock, &outputs.collect::<Vec<_>>(), folded);
    }
    let _ = writeln!(text, "  {block} dut(\n    {}\n  );", connections.join(",\n    "));
    Ok(text + &folding + "endmodule\n")
}

/// Folds `width` bits of signals into the pin of a domain, six bits and a register at a time.
fn fold(text: &mut String, index: usize, clock: &str, signals: &[String], mut width: usize) {
    let name = |level: usize| format!("fold{index}_{level}");
    let _ = writeln!(
        text,
        "  reg [{}:0] {1};\n  always @(posedge {clock}) {1} <= {{{2}}};",
        width - 1,
        name(0),
        signals.join(", ")
    );
    let mut level = 0;
    while width > 1 {
        let (from, to, next) = (name(level), name(level + 1), width.div_ceil(6));
        let _ = writeln!(text, "  reg [{}:0] {to};\n  always @(posedge {clock}) begin", next - 1);
        for bit in 0..next {
            let last = (6 * bit + 5).min(width - 1);
            let _ = writeln!(text, "    {to}[{bit}] <= ^{from}[{last}:{}];", 6 * bit);
        }
        let _ = writeln!(text, "  end");
        (width, level) = (next, level + 1);
    }
    let _ = writeln!(text, "  assign so{index} = {}[0];", name(level));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, input: bool, width: usize) -> Port {
        Port { name: name.into(), input, width }
    }

    /// A domain of the rest.
    fn rest(clock: &str) -> Domain {
        Domain { clock: clock.into(), ports: Vec::new() }
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
        let text = verilog("block", &ports, &[rest("clk")]).unwrap();
        for expected in [
            "(input wire clk, input wire si0, output wire so0);",
            "reg [4:0] fed0;",
            ".\\clk (clk)",
            ".\\a (fed0[3:0])",
            ".\\b (fed0[4:4])",
            "reg [7:0] fold0_0;",
            "fold0_0 <= {\\q , \\r };",
            "fold0_1[0] <= ^fold0_0[5:0];",
            "fold0_1[1] <= ^fold0_0[7:6];",
            "fold0_2[0] <= ^fold0_1[1:0];",
            "assign so0 = fold0_2[0];",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
    }

    #[test]
    fn each_port_meets_registers_of_its_own_clock() {
        let ports = [
            port("slow", true, 1),
            port("fast", true, 1),
            port("a", true, 2),
            port("b", true, 3),
            port("q", false, 1),
            port("r", false, 2),
        ];
        let slow = Domain { clock: "slow".into(), ports: vec!["a".into(), "q".into()] };
        let text = verilog("block", &ports, &[slow, rest("fast")]).unwrap();
        for expected in [
            "(input wire slow, input wire si0, output wire so0, input wire fast, input wire si1, output wire so1);",
            ".\\slow (slow)",
            ".\\fast (fast)",
            "always @(posedge slow) fed0 <=",
            "always @(posedge fast) fed1 <=",
            ".\\a (fed0[1:0])",
            ".\\b (fed1[2:0])",
            "always @(posedge slow) fold0_0 <= {\\q };",
            "always @(posedge fast) fold1_0 <= {\\r };",
            "assign so0 = fold0_0[0];",
            "assign so1 = fold1_1[0];",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
        assert!(verilog("block", &ports, &[rest("slow"), rest("none")]).is_err(), "no such clock");
        // The first clock would have no outputs.
        assert!(verilog("block", &ports, &[rest("slow"), rest("fast")]).is_err());
    }

    #[test]
    fn a_block_without_its_clock_or_without_outputs_is_refused() {
        let (clock, output) = (port("clk", true, 1), port("q", false, 1));
        assert!(verilog("b", std::slice::from_ref(&output), &[rest("clk")]).is_err());
        assert!(verilog("b", std::slice::from_ref(&clock), &[rest("clk")]).is_err());
        assert!(verilog("b", &[clock, output], &[rest("clk")]).is_ok());
    }

    #[test]
    fn ports_are_read_from_a_netlist() {
        let netlist = serde_json::json!({"modules": {"m": {"ports": {
            "i": {"direction": "input", "bits": [2, 3]}, "o": {"direction": "output", "bits": [4]}}}}});
        assert_eq!(ports(&netlist, "m").unwrap(), [port("i", true, 2), port("o", false, 1)]);
        assert!(ports(&netlist, "n").is_err());
    }
}
