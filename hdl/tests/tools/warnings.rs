//! Guard: Verilator has nothing to say about the Verilog of any top.

use portolan_hdl::emit::{self, Size, Top};

use crate::tools::warnings;

#[test]
fn verilator_finds_nothing_at_any_size() {
    for (top, size) in Top::ALL.into_iter().flat_map(|top| Size::ALL.iter().map(move |size| (top, size))) {
        let verilog = emit::verilog(top, *size);
        let Some(said) = warnings(&[("top.v", &verilog)]) else { return };
        assert!(said.is_empty(), "{top:?}, {size}:\n{said}");
    }
}

/// A clean module, into which the planted faults go.
fn module(body: &str) -> String {
    format!(
        "module planted(input wire clock, input wire [1:0] a, input wire b, output reg [1:0] q);\n\
         {body}\nendmodule\n"
    )
}

#[test]
fn a_clean_module_passes_and_each_planted_fault_is_told() {
    let clean = module("always @(posedge clock) q <= b ? a : 2'd0;");
    let Some(said) = warnings(&[("planted.v", &clean)]) else { return };
    assert_eq!(said, "");
    for (fault, body) in [
        ("CASEINCOMPLETE", "always @(*) begin q = 0; case (a) 2'd0: q = 1; 2'd1: q = 2; endcase end"),
        ("LATCH", "always @(*) if (b) q = a;"),
        ("MULTIDRIVEN", "always @(posedge clock) q <= a; always @(negedge clock) q <= {2{b}};"),
        ("COMBDLY", "always @(*) q <= a;"),
        ("UNDRIVEN", "wire [1:0] x; always @(*) q = x & a & {2{b}};"),
        ("PINMISSING", "always @(*) q = a; other o(.x(b)); endmodule module other(input x, input y);"),
        ("IMPLICIT", "assign nowhere = b; always @(*) q = a;"),
    ] {
        let said = warnings(&[("planted.v", &module(body))]).expect("Verilator was there before");
        assert!(said.contains(fault), "{fault} was not told:\n{said}");
    }
}
