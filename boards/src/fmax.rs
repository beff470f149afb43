//! Synthesises, places and routes one block in its [`harness`], and says how fast it is.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde::Serialize;

use crate::Error;
use crate::chip::Chip;
use crate::harness::{self, Domain, TOP};
use crate::report::{Cells, Names, Routed};
use crate::step::{load, place_and_route, save, synthesise, watch};
use crate::toolbox::Toolbox;

/// The placement of the harness's pins: for each clock three pins of the package, clock, input and output. No board is meant:
/// nothing is timed at the pins.
fn pins(chip: &Chip, domains: &[Domain]) -> String {
    let mut text = String::new();
    for (index, (domain, places)) in domains.iter().zip(chip.pins).enumerate() {
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
    /// The chip.
    pub chip: &'static Chip,
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
    save(&job.folder, "design.v", &job.verilog)?;
    save(&job.folder, "pins.xdc", &pins(job.chip, &job.clocks))?;

    // With -lib, modules are read as empty boxes: quick, and all that the ports need.
    let top = &job.top;
    save(&job.folder, "ports.ys", "read_verilog -lib design.v\nwrite_json ports.json\n")?;
    let mut ports = tools.yosys();
    ports.args(["-s", "ports.ys"]);
    watch(ports, &job.folder, "ports.log", |_| ())?;
    let ports = harness::ports(&load(&job.folder, "ports.json")?, top)?;
    save(&job.folder, "harness.v", &harness::verilog(top, &ports, &job.clocks)?)?;

    save(&job.folder, "synthesis.ys", &synthesis(top))?;
    let synthesis_s = synthesise(tools, &job.folder, "synthesis.ys")?.as_secs_f64();
    let place_and_route_s = place_and_route(nextpnr(tools, job), &job.folder)?.as_secs_f64();

    let mut routed = Routed::from_report(&load(&job.folder, "report.json")?)?;
    let names = Names::of(&load(&job.folder, "whole.json")?, TOP);
    for hop in &mut routed.slowest {
        hop.to = names.resolve(&hop.to);
    }
    Ok(Outcome {
        top: top.clone(),
        part: job.chip.part,
        seed: job.seed,
        mhz: routed.mhz(),
        cells: Cells::from_stat(&load(&job.folder, "block.stat")?)?,
        routed,
        synthesis_s,
        place_and_route_s,
    })
}

fn nextpnr(tools: &Toolbox, job: &Job) -> Command {
    let mut nextpnr = tools.nextpnr(job.chip.die);
    nextpnr.args(["--device", job.chip.part, "--json", "whole.json", "-o", "xdc=pins.xdc"]);
    nextpnr.args(["--report", "report.json", "--timing-allow-fail"]);
    nextpnr.args(["--seed", &job.seed.to_string(), "--freq", &job.target_mhz.to_string()]);
    nextpnr
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
