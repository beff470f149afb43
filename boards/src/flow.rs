//! Builds a design: yosys, nextpnr, frames, bitstream; a report of each; nothing twice.
//!
//! What was built is kept in Portolan's cache under the hash of all its inputs, and left in the folder of the caller. A build
//! whose clock is not met is a result as well: it is kept, and fails again without being done again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::Error;
use crate::bitstream::{self, Made};
use crate::design::{Design, Way};
use crate::fmax::{self, Job};
use crate::outcome::{Outcome, VERSION};
use crate::report::{Cells, Names, Routed};
use crate::step::{load, place_and_route, save, synthesise};
use crate::toolbox::Toolbox;
use portolan_packages::progress::Stage;

/// An entry of the cache that nobody asked for in this time is removed when another one is kept.
const UNUSED: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// How a build came to its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The folder had it.
    Folder,
    /// The cache had it.
    Cache,
    /// It was built.
    Tools,
}

/// Builds the design into `folder`, unless the same was built before. Whether its clock is met is the outcome's to say.
pub fn build(
    tools: &Toolbox,
    design: &Design,
    folder: &Path,
    cache: &Path,
) -> Result<(Outcome, From), Error> {
    let inputs = design.digest(tools.name());
    let entry = cache.join("bitstreams").join(&inputs);
    if let Some(outcome) = read(folder, &inputs) {
        return Ok((outcome, From::Folder));
    }
    if let Some(outcome) = read(&entry, &inputs) {
        copy(&entry, folder, &outcome)?;
        let asked = fs::File::open(&entry).and_then(|entry| entry.set_modified(SystemTime::now()));
        asked.map_err(Error::io("cannot touch", &entry))?;
        return Ok((outcome, From::Cache));
    }
    let _ = fs::remove_file(folder.join(REPORT)); // of something else, which is going to be overwritten
    let begun = Instant::now();
    fs::create_dir_all(folder).map_err(Error::io("cannot create", folder))?;
    let mut outcome = match &design.way {
        Way::Board { xdc } => on_board(tools, design, xdc, folder)?,
        Way::Harness { clocks } => in_harness(tools, design, clocks, folder)?,
    };
    outcome.inputs = inputs;
    outcome.seconds.insert("all".into(), begun.elapsed().as_secs_f64());
    let text = serde_json::to_string_pretty(&outcome).expect("an outcome is plain data") + "\n";
    save(folder, "report.txt", &outcome.to_string())?;
    save(folder, REPORT, &text)?;
    keep(folder, &entry, &outcome)?;
    Ok((outcome, From::Tools))
}

/// Written last: who finds it finds the rest.
const REPORT: &str = "report.json";

fn on_board(tools: &Toolbox, design: &Design, xdc: &str, folder: &Path) -> Result<Outcome, Error> {
    let Design { name, chip, .. } = design;
    for (file, text) in &design.sources {
        save(folder, file, text)?;
    }
    save(folder, "board.xdc", xdc)?;
    save(folder, "synthesis.ys", &synthesis(design))?;
    let synthesis_s = synthesise(tools, folder, "synthesis.ys")?;

    let mut nextpnr = tools.nextpnr(chip.die);
    nextpnr.args(["--device", chip.part, "--json", "netlist.json", "-o", "xdc=board.xdc"]);
    nextpnr.args(["-o", &format!("fasm={name}.fasm"), "--report", "nextpnr.json", "--timing-allow-fail"]);
    // FCLK has a clock of 12 MHz unless another one is asked for.
    nextpnr.args(["--seed", &design.seed.to_string(), "--freq", &design.least_mhz.to_string()]);
    let place_and_route_s = place_and_route(nextpnr, folder)?;

    let mut stage = Stage::begin("bitstream");
    stage.detail("frames");
    let Made { frames, ones } = bitstream::make(tools, folder, name, chip)?;
    let bitstream_s = stage.done(&format!("{frames} frames, {ones} bits are one, read back as written"));

    let mut routed = Routed::from_report(&load(folder, "nextpnr.json")?)?;
    let names = Names::of(&load(folder, "netlist.json")?, &design.top);
    for hop in &mut routed.slowest {
        hop.to = names.resolve(&hop.to);
    }
    let mut files = vec![format!("{name}.bit")];
    if folder.join(format!("{name}.bin")).exists() {
        files.push(format!("{name}.bin"));
    }
    let seconds =
        [("synthesis", synthesis_s), ("place and route", place_and_route_s), ("bitstream", bitstream_s)];
    Ok(Outcome {
        cells: Cells::from_stat(&load(folder, "netlist.stat")?)?,
        frames: Some(frames),
        files,
        ..outcome(design, routed, seconds.map(|(step, took)| (step, took.as_secs_f64())))
    })
}

/// -nosrl: nextpnr cannot route the cascades of shift registers.
fn synthesis(design: &Design) -> String {
    let files: Vec<&str> = design.sources.iter().map(|(file, _)| file.as_str()).collect();
    let top = &design.top;
    let parameters: String = design
        .parameters
        .iter()
        .map(|(name, value)| format!("chparam -set {name} {value} {top}\n"))
        .collect();
    format!(
        "read_verilog {}\n{parameters}synth_xilinx -flatten -abc9 -nosrl -arch xc7 -top {top}\n\
         tee -q -o netlist.stat stat -json\nwrite_json netlist.json\n",
        files.join(" ")
    )
}

fn in_harness(
    tools: &Toolbox,
    design: &Design,
    clocks: &[crate::harness::Domain],
    folder: &Path,
) -> Result<Outcome, Error> {
    let job = Job {
        chip: design.chip,
        verilog: design.sources.iter().map(|(_, text)| text.as_str()).collect(),
        top: design.top.clone(),
        clocks: clocks.to_vec(),
        seed: design.seed,
        placer: "heap".into(),
        target_mhz: design.least_mhz,
        folder: folder.to_owned(),
    };
    let done = fmax::run(tools, &job)?;
    let seconds = [("synthesis", done.synthesis_s), ("place and route", done.place_and_route_s)];
    Ok(Outcome { cells: done.cells, ..outcome(design, done.routed, seconds) })
}

fn outcome<const N: usize>(design: &Design, routed: Routed, seconds: [(&str, f64); N]) -> Outcome {
    Outcome {
        v: VERSION,
        board: design.name.clone(),
        part: design.chip.part.into(),
        inputs: String::new(),
        clock_mhz: design.clock_mhz,
        least_mhz: design.least_mhz,
        seed: design.seed,
        cells: Cells::default(),
        routed,
        frames: None,
        files: Vec::new(),
        seconds: seconds.into_iter().map(|(step, took)| (step.into(), took)).collect(),
    }
}

/// The outcome in a folder, if it is of these inputs and its files are there.
fn read(folder: &Path, inputs: &str) -> Option<Outcome> {
    let text = fs::read_to_string(folder.join(REPORT)).ok()?;
    let outcome: Outcome = serde_json::from_str(&text).ok()?;
    let whole = outcome.files.iter().all(|file| folder.join(file).is_file());
    (whole && outcome.inputs == inputs && outcome.v == VERSION).then_some(outcome)
}

fn copy(from: &Path, to: &Path, outcome: &Outcome) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::io("cannot create", to))?;
    let files = outcome.files.iter().map(String::as_str).chain(["report.txt", REPORT]);
    for file in files {
        fs::copy(from.join(file), to.join(file)).map_err(Error::io("cannot copy to", to.join(file)))?;
    }
    Ok(())
}

/// Others may keep the same at the same time: it appears whole or not at all.
fn keep(folder: &Path, entry: &Path, outcome: &Outcome) -> Result<(), Error> {
    let unfinished: PathBuf = entry.with_extension(std::process::id().to_string());
    copy(folder, &unfinished, outcome)?;
    if fs::rename(&unfinished, entry).is_err() {
        fs::remove_dir_all(&unfinished).map_err(Error::io("cannot remove", &unfinished))?;
    }
    let old = entry.parent().into_iter().flat_map(|all| fs::read_dir(all).into_iter().flatten().flatten());
    for old in old {
        let age =
            old.metadata().ok().and_then(|data| data.modified().ok()).and_then(|asked| asked.elapsed().ok());
        if age.is_some_and(|age| age > UNUSED) {
            fs::remove_dir_all(old.path()).map_err(Error::io("cannot remove", old.path()))?;
        }
    }
    Ok(())
}
