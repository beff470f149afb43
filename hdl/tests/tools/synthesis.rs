//! Guard: yosys finds no latch, no loop and no conflict; memories become what they ask for; the
//! design stays in its budget.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use portolan_hdl::emit::{self, Size, Top};

use crate::budget::{Resources, excess, misplaced, resources};
use crate::tools::{Netlist, elaborate, synthesise};

/// What the AXI top of the default size may take: a quarter of an xc7a35t.
const DEFAULT_BUDGET: Resources = Resources { luts: 5200, flip_flops: 10400, block_rams: 12.0 };

/// What the other sizes may take: what they took when this was written, and a tenth.
const OTHER_BUDGETS: &[((u32, u32), Resources)] = &[
    ((4, 1), Resources { luts: 2860, flip_flops: 3270, block_rams: 8.5 }),
    ((16, 4), Resources { luts: 4060, flip_flops: 4450, block_rams: 10.0 }),
    ((64, 4), Resources { luts: 8450, flip_flops: 8630, block_rams: 10.0 }),
];

/// What the PCIe tops may take: what they took when this was written, and a tenth.
const PCIE_BUDGETS: &[((u32, u32), Resources)] = &[
    ((4, 1), Resources { luts: 6270, flip_flops: 5980, block_rams: 8.5 }),
    ((16, 4), Resources { luts: 7730, flip_flops: 7230, block_rams: 10.0 }),
    ((32, 8), Resources { luts: 9590, flip_flops: 8880, block_rams: 13.0 }),
    ((64, 4), Resources { luts: 12210, flip_flops: 11460, block_rams: 10.0 }),
];

/// What the Zynq top of the default size may take: what it took when this was written, and a tenth. What it has beyond the
/// top with rings is the same at every size.
const ZYNQ_BUDGET: Resources = Resources { luts: 7820, flip_flops: 8010, block_rams: 13.0 };

/// What the UART top of the default size may take. What it has beyond the AXI top is the same at every size.
const UART_BUDGET: Resources = Resources { luts: 6150, flip_flops: 6500, block_rams: 12.0 };

fn netlist(top: Top, size: Size) -> Option<Netlist> {
    let begin = std::time::Instant::now();
    let netlist = synthesise(&emit::verilog(top, size), top.name())?;
    let netlist = netlist.unwrap_or_else(|said| panic!("{top:?}, {size}: yosys refuses:\n{said}"));
    println!("{top:?}, {size}: {} ({:.0} s)", resources(&netlist), begin.elapsed().as_secs_f64());
    Some(netlist)
}

/// The same for the top with rings, the default size first: what they took when this was written, and a tenth.
const RING_BUDGETS: &[((u32, u32), Resources)] = &[
    ((32, 8), Resources { luts: 7350, flip_flops: 7930, block_rams: 13.0 }),
    ((4, 1), Resources { luts: 4270, flip_flops: 5040, block_rams: 8.5 }),
    ((16, 4), Resources { luts: 5610, flip_flops: 6290, block_rams: 10.0 }),
    ((64, 4), Resources { luts: 9910, flip_flops: 10520, block_rams: 10.0 }),
];

/// The default size, synthesised once for all tests.
fn default_netlist() -> Option<&'static Netlist> {
    static NETLIST: OnceLock<Option<Netlist>> = OnceLock::new();
    NETLIST.get_or_init(|| netlist(Top::Axi, Size::DEFAULT)).as_ref()
}

#[track_caller]
fn check(size: Size, netlist: &Netlist, budget: Resources) {
    let used = resources(netlist);
    assert_eq!(excess(used, budget), Vec::<String>::new(), "{size} takes {used}");
    assert_eq!(misplaced(netlist), Vec::<String>::new(), "{size}");
}

#[test]
fn the_default_size_stays_in_its_budget() {
    let Some(netlist) = default_netlist() else { return };
    assert_eq!(excess(resources(netlist), DEFAULT_BUDGET), Vec::<String>::new());
}

#[test]
fn every_memory_of_the_default_size_becomes_what_it_asks_for() {
    let Some(netlist) = default_netlist() else { return };
    assert_eq!(misplaced(netlist), Vec::<String>::new());
    let block = netlist.memories.iter().filter(|(_, style)| *style == "block");
    let names: Vec<&String> = block.map(|(name, _)| name).collect();
    println!("block RAM: {names:?}");
    // The interrupt class of all ports is one memory, the user class one per four words.
    assert!(names.iter().any(|name| name.contains("queue.interrupts")), "{names:?}");
    assert_eq!(names.iter().filter(|name| name.contains("queue.user")).count(), 3, "{names:?}");
}

#[test]
fn the_default_size_with_rings_stays_in_its_budget() {
    let ((lines, ports), budget) = RING_BUDGETS[0];
    let size = Size::new(lines, ports).expect("budgets are of sizes that there are");
    assert_eq!(size, Size::DEFAULT);
    let Some(netlist) = netlist(Top::AxiRings, size) else { return };
    check(size, &netlist, budget);
}

#[test]
fn the_default_zynq_top_stays_in_its_budget() {
    let Some(netlist) = netlist(Top::Zynq, Size::DEFAULT) else { return };
    check(Size::DEFAULT, &netlist, ZYNQ_BUDGET);
}

#[test]
fn the_default_uart_top_stays_in_its_budget() {
    let Some(netlist) = netlist(Top::Uart, Size::DEFAULT) else { return };
    check(Size::DEFAULT, &netlist, UART_BUDGET);
}

#[test]
#[ignore = "minutes; `make soak` runs it"]
fn the_other_sizes_stay_in_their_budgets() {
    assert_eq!(OTHER_BUDGETS.len() + 1, Size::ALL.len(), "every size has a budget");
    for ((lines, ports), budget) in OTHER_BUDGETS {
        let size = Size::new(*lines, *ports).expect("budgets are of sizes that there are");
        let Some(netlist) = netlist(Top::Axi, size) else { return };
        check(size, &netlist, *budget);
    }
    assert_eq!(RING_BUDGETS.len(), Size::ALL.len(), "every size has a budget");
    for ((lines, ports), budget) in &RING_BUDGETS[1..] {
        let size = Size::new(*lines, *ports).expect("budgets are of sizes that there are");
        let Some(netlist) = netlist(Top::AxiRings, size) else { return };
        check(size, &netlist, *budget);
    }
}

#[test]
fn the_default_pcie_top_stays_in_its_budget() {
    let ((lines, ports), budget) = PCIE_BUDGETS[2];
    let size = Size::new(lines, ports).expect("a size that there is");
    assert_eq!(size, Size::DEFAULT);
    let Some(netlist) = netlist(Top::Pcie, size) else { return };
    check(size, &netlist, budget);
}

#[test]
#[ignore = "minutes; `make soak` runs it"]
fn every_pcie_top_stays_in_its_budget() {
    assert_eq!(PCIE_BUDGETS.len(), Size::ALL.len(), "every size has a budget");
    for ((lines, ports), budget) in PCIE_BUDGETS {
        let size = Size::new(*lines, *ports).expect("budgets are of sizes that there are");
        let Some(netlist) = netlist(Top::Pcie, size) else { return };
        check(size, &netlist, *budget);
    }
}

#[test]
fn no_size_has_a_latch_a_loop_or_a_conflict() {
    for (top, size) in Top::ALL.into_iter().flat_map(|top| Size::ALL.iter().map(move |size| (top, size))) {
        let Some(result) = elaborate(&emit::verilog(top, *size), top.name()) else { return };
        let netlist = result.unwrap_or_else(|said| panic!("{top:?}, {size}: {said}"));
        let styles: BTreeSet<&str> = netlist.memories.values().map(String::as_str).collect();
        assert!(
            !styles.contains("none"),
            "{top:?}, {size}: every memory says what it shall become: {netlist:?}"
        );
    }
}

#[test]
fn a_planted_latch_is_found() {
    let verilog = "module planted(input e, input d, output reg q); always @(*) if (e) q = d; endmodule";
    let Some(result) = elaborate(verilog, "planted") else { return };
    let said = result.expect_err("a latch must be found");
    assert!(said.contains("dlatch"), "{said}");
}

#[test]
fn a_planted_loop_conflict_and_undriven_net_are_found() {
    for (fault, verilog) in [
        ("logic loop", "module planted(input a, output x); wire y = ~(x & a); assign x = y; endmodule"),
        (
            "multiple conflicting drivers",
            "module planted(input a, input b, output x); assign x = a; assign x = b; endmodule",
        ),
        ("used but has no driver", "module planted(input a, output x); wire y; assign x = y & a; endmodule"),
    ] {
        let Some(result) = elaborate(verilog, "planted") else { return };
        let said = result.expect_err("the fault must be found");
        assert!(said.contains(fault), "{fault}: {said}");
    }
}

/// A memory as RTL would write it, with `more` in its clocked block.
fn memory(style: &str, more: &str) -> String {
    format!(
        "module planted(input clock, input reset, input w, input [5:0] a, input [35:0] d, output reg [35:0] q);\n\
         (* ram_style = \"{style}\" *) reg [35:0] words [0:63];\n\
         integer i;\n\
         always @(posedge clock) begin\n\
         q <= words[a];\n\
         if (w) words[a] <= d;\n\
         {more}\n\
         end\nendmodule\n"
    )
}

#[test]
fn a_planted_memory_that_dissolves_is_found() {
    for style in ["block", "distributed"] {
        let Some(result) = synthesise(&memory(style, ""), "planted") else { return };
        let good = result.expect("a plain memory is fine");
        assert_eq!(misplaced(&good), Vec::<String>::new(), "{style}: {good:?}");
    }
    // No kind of RAM can clear all of its words at once.
    let cleared = memory("distributed", "if (reset) for (i = 0; i < 64; i = i + 1) words[i] <= 0;");
    let Some(result) = synthesise(&cleared, "planted") else { return };
    match result {
        Ok(netlist) => assert_eq!(misplaced(&netlist).len(), 1, "{netlist:?}"),
        Err(said) => assert!(said.contains("words"), "{said}"),
    }
}

#[test]
fn a_planted_design_that_is_too_big_is_found() {
    let verilog = "\
        module planted(input clock, input d, input e, output x);\n\
        reg [10400:0] r = 0;\n\
        always @(posedge clock) r <= {r, d} ^ {10401{e}};\n\
        assign x = r[10400];\nendmodule\n";
    let Some(result) = synthesise(verilog, "planted") else { return };
    let used = resources(&result.expect("it is only big"));
    let excess = excess(used, DEFAULT_BUDGET);
    assert_eq!(excess.len(), 2, "{used}: {excess:?}");
}
