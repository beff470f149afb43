//! The whole flow on a design of two flip-flops, of each family: a bitstream that reads back as written, and nothing twice.
//!
//! That the frames are right is portolan-fasm's to show; here every tool runs. The same design with a clock that no chip
//! has is the planted fault.

use std::fs;
use std::path::Path;

use portolan_boards::chip;
use portolan_boards::design::{Design, Way, wrapper};
use portolan_boards::flow::{self, From};
use portolan_boards::toolbox::Toolbox;
use portolan_fasm::Bitstream;

/// The tools, or `None` after saying why they are not there.
fn tools() -> Option<Toolbox> {
    match Toolbox::pinned_or_newest() {
        Ok(tools) => Some(tools),
        Err(error) => {
            let why = format!("no FPGA tools: {error}");
            assert!(std::env::var_os("PORTOLAN_NO_SKIP").is_none_or(|v| v != "1"), "{why}");
            println!("SKIPPED: {why}");
            None
        }
    }
}

fn artix() -> Design {
    let port = |name: &str, pin: &str| {
        format!(
            "set_property PACKAGE_PIN {pin} [get_ports {name}]\nset_property IOSTANDARD LVCMOS33 [get_ports {name}]\n"
        )
    };
    Design {
        name: "small-artix".into(),
        chip: chip::find("xc7a35tcsg324-1").unwrap(),
        sources: vec![(
            "small.v".into(),
            "module small(input wire clk, input wire d, output reg q);\n\
             reg first;\n always @(posedge clk) {q, first} <= {first, d};\nendmodule\n"
                .into(),
        )],
        top: "small".into(),
        parameters: Vec::new(),
        way: Way::Board { xdc: port("clk", "E3") + &port("d", "D9") + &port("q", "H5") },
        clock_mhz: 100.0,
        least_mhz: 110.0,
        seed: 1,
    }
}

/// PS7's interrupt follows a pin, on FCLK0; every other input of PS7 is tied as on a board.
fn zynq() -> Design {
    let top = "module small(input wire d, output wire q);\n\
        wire fclk, clk; BUFG b (.I(fclk), .O(clk)); reg [1:0] r; always @(posedge clk) r <= {r[0], d};\n\
        assign q = r[1];\n\
        portolan_ps7 p (.fclk(fclk), .clock(clk), .irq(r[1]),\n\
        .gp_awready(1'b0), .gp_wready(1'b0), .gp_bid(12'b0), .gp_bresp(2'b0), .gp_bvalid(1'b0), .gp_arready(1'b0),\n\
        .gp_rid(12'b0), .gp_rdata(32'b0), .gp_rresp(2'b0), .gp_rlast(1'b0), .gp_rvalid(1'b0), .hp_awid(6'b0),\n\
        .hp_awaddr(32'b0), .hp_awlen(4'b0), .hp_awsize(2'b0), .hp_awburst(2'b0), .hp_awlock(2'b0), .hp_awcache(4'b0),\n\
        .hp_awprot(3'b0), .hp_awvalid(1'b0), .hp_wid(6'b0), .hp_wdata(64'b0), .hp_wstrb(8'b0), .hp_wlast(1'b0),\n\
        .hp_wvalid(1'b0), .hp_bready(1'b0));\nendmodule\n";
    let ps7 = wrapper("zynq", &["ps7.v"]).unwrap();
    let xdc = "set_property PACKAGE_PIN V15 [get_ports d]\nset_property IOSTANDARD LVCMOS33 [get_ports d]\n\
               set_property PULLTYPE PULLDOWN [get_ports d]\n\
               set_property PACKAGE_PIN V12 [get_ports q]\nset_property IOSTANDARD LVCMOS33 [get_ports q]\n";
    Design {
        name: "small-zynq".into(),
        chip: chip::find("xc7z010clg400-1").unwrap(),
        sources: [vec![("small.v".into(), top.into())], ps7].concat(),
        way: Way::Board { xdc: xdc.into() },
        ..artix()
    }
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_design_becomes_a_bitstream_once() {
    let Some(tools) = tools() else { return };
    let (work, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (design, folder) = (artix(), work.path().join("one"));

    let (outcome, from) = flow::build(&tools, &design, &folder, kept.path()).unwrap();
    assert_eq!((from, outcome.is_met()), (From::Tools, true), "{outcome}");
    assert_eq!((outcome.cells.ff, outcome.cells.lut), (2, 0));
    assert_eq!(outcome.files, ["small-artix.bit"]);
    assert_eq!(Bitstream::parse(&bytes(&folder, "small-artix.bit")).unwrap().part, "xc7a35tcsg324-1");

    // The same again, in its folder and in another one.
    let other = work.path().join("other");
    for (folder, expected) in [(&folder, From::Folder), (&other, From::Cache)] {
        let (again, from) = flow::build(&tools, &design, folder, kept.path()).unwrap();
        assert_eq!((from, again.inputs), (expected, outcome.inputs.clone()));
    }
    for name in ["small-artix.bit", "report.json", "report.txt"] {
        assert!(bytes(&other, name) == bytes(&folder, name), "{name}");
    }

    // A clock that no chip has: built, reported, and not met; and no less so when it is not built again.
    let impossible = Design { least_mhz: 5000.0, ..design };
    for expected in [From::Tools, From::Folder] {
        let (outcome, from) = flow::build(&tools, &impossible, &folder, kept.path()).unwrap();
        assert_eq!((from, outcome.is_met()), (expected, false), "{outcome}");
        assert!(outcome.to_string().contains("NOT MET"), "{outcome}");
    }
}

#[test]
fn a_zynq_design_has_an_image_for_linux_as_well() {
    let Some(tools) = tools() else { return };
    let (work, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (outcome, _) = flow::build(&tools, &zynq(), work.path(), kept.path()).unwrap();
    assert!(outcome.is_met(), "{outcome}");
    assert_eq!(outcome.files, ["small-zynq.bit", "small-zynq.bin"]);
    let (bit, bin) = (bytes(work.path(), "small-zynq.bit"), bytes(work.path(), "small-zynq.bin"));
    // What drivers/fpga/zynq-fpga.c looks for, at the start of a word.
    let sync = bin.chunks(4).position(|word| word == [0x66, 0x55, 0x99, 0xaa]).expect("a sync word");
    let data = Bitstream::parse(&bit).unwrap().data;
    assert_eq!(data.chunks(4).position(|word| word == [0xaa, 0x99, 0x55, 0x66]), Some(sync));
    let fasm = fs::read_to_string(work.path().join("small-zynq.fasm")).unwrap();
    assert!(fasm.contains("PULLTYPE.PULLDOWN"), "the pull of board.xdc is in the FASM");
}

/// The netlist of PS7's wrapper has a driver for every input of PS7.
#[test]
fn no_input_of_ps7_is_left_open() {
    let Some(tools) = tools() else { return };
    let work = tempfile::tempdir().unwrap();
    for (name, text) in wrapper("zynq", &["ps7.v"]).unwrap() {
        fs::write(work.path().join(name), text).unwrap();
    }
    let script = "read_verilog -lib +/xilinx/cells_xtra.v; read_verilog ps7.v; write_json ps7.json";
    let done = tools.yosys().args(["-q", "-p", script]).current_dir(work.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = fs::read_to_string(work.path().join("ps7.json")).unwrap();
    let netlist: serde_json::Value = serde_json::from_str(&text).unwrap();
    let connected = &netlist["modules"]["portolan_ps7"]["cells"]["ps7"]["connections"];
    let ports = netlist["modules"]["PS7"]["ports"].as_object().unwrap();
    let inputs = ports.iter().filter(|(_, port)| port["direction"] == "input");
    let open: Vec<&String> = inputs
        .filter(|(name, port)| {
            let bits = connected[name.as_str()].as_array().map_or(0, Vec::len);
            bits != port["bits"].as_array().unwrap().len()
        })
        .map(|(name, _)| name)
        .collect();
    assert!(ports.len() > 400 && open.is_empty(), "open: {open:?}");
}
