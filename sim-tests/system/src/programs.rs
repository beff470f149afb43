//! What runs inside of guests, linked statically, so that a guest needs no library; and the tool that is the card.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::guests::{Guest, Machine};

/// The workspace.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What is built for guests.
const INSIDE: [&str; 2] = ["portolan-guest", "portolan-tools"];

/// Where they are.
#[derive(Debug, Default)]
pub struct Programs {
    /// `portolan`, with the simulator.
    pub tool: PathBuf,
    x86: PathBuf,
    arm64: PathBuf,
}

impl Programs {
    /// Builds those that these guests need.
    pub fn build(guests: &[Guest], tool: Option<&Path>) -> Result<Programs> {
        let tool = tool.map_or_else(build_tool, |tool| Ok(tool.to_owned()))?;
        let mut programs = Programs { tool, ..Programs::default() };
        if guests.iter().any(|guest| guest.machine == Machine::X86) {
            programs.x86 = build_static("x86_64-unknown-linux-gnu", &mut cargo())?;
        }
        Ok(programs)
    }

    /// The folder with the programs of a machine.
    pub fn of(&self, machine: Machine) -> &Path {
        match machine {
            Machine::X86 => &self.x86,
            Machine::Arm64 => &self.arm64,
        }
    }
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(WORKSPACE);
    command
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(WORKSPACE).join("target"), PathBuf::from)
}

fn run(mut command: Command, what: &str) -> Result<()> {
    let status =
        command.status().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    ensure!(status.success(), "building {what} failed");
    Ok(())
}

fn build_tool() -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--quiet", "--release", "--package", "portolan-tools"]);
    run(command, "the tool")?;
    Ok(target().join("release/portolan"))
}

/// Builds for a target with its C library inside.
fn build_static(target_name: &str, command: &mut Command) -> Result<PathBuf> {
    let folder = target().join("guest");
    let flags = format!("CARGO_TARGET_{}_RUSTFLAGS", target_name.to_uppercase().replace('-', "_"));
    command.args(["build", "--quiet", "--release", "--no-default-features", "--target", target_name]);
    for package in INSIDE {
        command.args(["--package", package]);
    }
    command
        .env("CARGO_TARGET_DIR", &folder)
        .env_remove("RUSTFLAGS")
        .env(flags, "-C target-feature=+crt-static");
    let status = command.status().context("cannot start cargo")?;
    ensure!(status.success(), "building the guests' programs failed");
    Ok(folder.join(target_name).join("release"))
}
