//! Synthesises, places and routes one block in its [`harness`], and says how fast it is.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;
use serde_json::Value;

use crate::Error;
use crate::harness::{self, Domain, TOP};
use crate::report::{Cells, Names, Routed};
use crate::toolbox::Toolbox;
use portolan_packages::progress::Stage;

/// The chip: that of an Arty A7-35T.
pub const PART: &str = "xc7a35tcsg324-1";
/// Its die, by which the chip database is named: the 35T is a 50T.
const DIE: &str = "xc7a50t";
/// What the part offers (DS180, table 4).
pub const OFFERED: Cells =
    Cells { lut: 20_800, lut_as_memory: 9_600, ff: 41_600, ramb36: 50, ramb18: 100, carry4: 5_200, dsp: 90 };

/// For each clock three pins of the package that can be clock, input and output. No board is meant: nothing is timed
/// at the pins.
const PINS: [[&str; 3]; 2] = [["E3", "D9", "H5"], ["F4", "C9", "J5"]];

/// The placement of the harness's pins.
fn pins(domains: &[Domain]) -> String {
    let mut text = String::new();
    for (index, (domain, places)) in domains.iter().zip(PINS).enumerate() {
        for (port, place) in
            [domain.clock.clone(), format!("si{index}"), format!("so{index}")].iter().zip(places)
        {
            text += &format!(
                "set_property PACKAGE_PIN {place} [get_ports {port}]\n\
                 set_property IOSTANDARD LVCMOS33 [get_ports {port}]\n"
            );
        }
    }
    text
}

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Job {
    /// The design.
    pub verilog: String,
    /// The module to measure.
    pub top: String,
    /// Its clock inputs, at most two, with what belongs to each.
    pub clocks: Vec<Domain>,
    /// For the placer. Another seed gives another result, some per cent away.
    pub seed: u32,
    /// Which of nextpnr's placers: `heap`, `static` or `sa`.
    pub placer: String,
    /// What the placer and router aim at, in MHz.
    pub target_mhz: f64,
    /// Where every file of the run is left, for a closer look.
    pub folder: PathBuf,
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The module.
    pub top: String,
    /// The chip.
    pub part: &'static str,
    /// The placer's seed.
    pub seed: u32,
    /// The highest frequency of the slowest clock, in MHz.
    pub mhz: f64,
    /// The block alone, without the harness, as yosys counts.
    pub cells: Cells,
    /// After placement, with the harness; and the slowest path.
    pub routed: Routed,
    /// Wall time of synthesis, in seconds.
    pub synthesis_s: f64,
    /// Wall time of place and route, in seconds.
    pub place_and_route_s: f64,
}

/// Does a job.
pub fn run(tools: &Toolbox, job: &Job) -> Result<Outcome, Error> {
    fs::create_dir_all(&job.folder).map_err(Error::io("cannot create", &job.folder))?;
    let step = |name: &str, script: &str| -> Result<Command, Error> {
        save(&job.folder, name, script)?;
        let mut command = tools.yosys();
        command.arg("-s").arg(name);
        Ok(command)
    };
    save(&job.folder, "design.v", &job.verilog)?;
    save(&job.folder, "pins.xdc", &pins(&job.clocks))?;

    // With -lib, modules are read as empty boxes: quick, and all that the ports need.
    let top = &job.top;
    let ports = step("ports.ys", "read_verilog -lib design.v\nwrite_json ports.json\n")?;
    watch(ports, &job.folder, "ports.log", |_| ())?;
    let ports = harness::ports(&load(&job.folder, "ports.json")?, top)?;
    save(&job.folder, "harness.v", &harness::verilog(top, &ports, &job.clocks)?)?;

    let synthesis = step("synthesis.ys", &synthesis(top))?;
    let mut stage = Stage::begin("synthesis");
    watch(synthesis, &job.folder, "yosys.log", |line| {
        if let Some((_, pass)) = line.split_once(". Executing ") {
            stage.detail(pass);
        }
    })?;
    let synthesis_s = stage.done("").as_secs_f64();

    let mut nextpnr = tools.nextpnr(DIE);
    nextpnr.args(["--device", PART, "--json", "whole.json", "-o", "xdc=pins.xdc", "--report", "report.json"]);
    nextpnr.args([
        "--seed",
        &job.seed.to_string(),
        "--freq",
        &job.target_mhz.to_string(),
        "--timing-allow-fail",
    ]);
    let mut stage = Stage::begin("place and route");
    watch(nextpnr, &job.folder, "nextpnr.log", |line| {
        stage.detail(line.strip_prefix("Info: ").unwrap_or(line));
    })?;
    let place_and_route_s = stage.done("").as_secs_f64();

    let mut routed = Routed::from_report(&load(&job.folder, "report.json")?)?;
    let names = Names::of(&load(&job.folder, "whole.json")?, TOP);
    for hop in &mut routed.slowest {
        hop.to = names.resolve(&hop.to);
    }
    Ok(Outcome {
        top: top.clone(),
        part: PART,
        seed: job.seed,
        mhz: routed.mhz(),
        cells: Cells::from_stat(&load(&job.folder, "block.stat")?)?,
        routed,
        synthesis_s,
        place_and_route_s,
    })
}

/// The block is synthesised alone, so that its cells are what is counted and what is placed; the harness is put
/// around it afterwards. -nosrl: nextpnr cannot route the cascades of shift registers.
fn synthesis(top: &str) -> String {
    let synth = "synth_xilinx -flatten -abc9 -nosrl -arch xc7";
    format!(
        "read_verilog design.v\n{synth} -noiopad -noclkbuf -top {top}\ntee -q -o block.stat stat -json\n\
         design -save block\ndesign -reset\n\
         read_verilog -lib design.v\nread_verilog harness.v\n{synth} -top {TOP}\n\
         design -copy-from block {top}\nflatten\nopt_clean\nwrite_json whole.json\n"
    )
}

fn save(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(Error::io("cannot write", path))
}

fn load(folder: &Path, name: &str) -> Result<Value, Error> {
    let path = folder.join(name);
    let file = File::open(&path).map_err(Error::io("cannot read", &path))?;
    serde_json::from_reader(BufReader::new(file)).map_err(|e| Error::io("cannot parse", &path)(e.into()))
}

/// Runs a tool in `folder`; every line of its output goes to the file `log` and to `each`.
fn watch(mut command: Command, folder: &Path, log: &str, mut each: impl FnMut(&str)) -> Result<(), Error> {
    const TOLD_ON_ERROR: usize = 20;
    let path = folder.join(log);
    let mut file = File::create(&path).map_err(Error::io("cannot create", &path))?;
    let (output, writer) = std::io::pipe().map_err(Error::io("cannot make a pipe for", &path))?;
    let both = writer.try_clone().map_err(Error::io("cannot make a pipe for", &path))?;
    let program = format!("the tool that writes {}", path.display());
    let start = |source| Error::Start { program: program.clone(), hint: "", source };
    let mut child = command.current_dir(folder).stdout(writer).stderr(both).spawn().map_err(start)?;
    drop(command); // it holds the pipe's other end

    let mut last = VecDeque::with_capacity(TOLD_ON_ERROR);
    let mut lines = BufReader::new(output);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).map_err(Error::io("cannot read the output for", &path))? > 0 {
        file.write_all(&line).map_err(Error::io("cannot write", &path))?;
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        each(&text);
        if last.len() == TOLD_ON_ERROR {
            last.pop_front();
        }
        last.push_back(text);
        line.clear();
    }
    let status = child.wait().map_err(Error::io("cannot wait for the tool of", &path))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed { program, status, output: Vec::from(last).join("\n") })
}
