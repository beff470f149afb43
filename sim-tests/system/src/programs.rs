//! What runs inside of guests, linked statically, so that a guest needs no library; and the tool that is the card.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use portolan_packages::rust::{Cross, STATIC, cargo_of, variable};

use crate::guests::{Guest, Machine};
use crate::packages::RUST_ARM64;

/// The workspace.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What is built for guests.
const INSIDE: [&str; 2] = ["portolan-guest", "portolan-tools"];

const X86: &str = "x86_64-unknown-linux-gnu";
const ARM64: Cross = Cross {
    set: RUST_ARM64,
    target: "aarch64-unknown-linux-gnu",
    linker: "aarch64-linux-gnu-gcc",
    setup: "scripts/setup arm64",
};

/// Where they are.
#[derive(Debug)]
pub struct Programs {
    /// `portolan`, with the simulator.
    pub tool: PathBuf,
    x86: Option<PathBuf>,
    arm64: Option<PathBuf>,
}

impl Programs {
    /// Builds those for these guests, and the tool unless there is one already.
    pub fn build(tool: Option<&Path>, guests: &[Guest]) -> Result<Programs> {
        let tool = tool.map_or_else(build_tool, |tool| Ok(tool.to_owned()))?;
        let inside = |machine| {
            let wanted = guests.iter().any(|guest| guest.kernel.machine() == machine);
            wanted.then(|| build_inside(machine)).transpose()
        };
        Ok(Programs { tool, x86: inside(Machine::X86)?, arm64: inside(Machine::Arm64)? })
    }

    /// The folder of those for guests.
    pub fn inside(&self, machine: Machine) -> Result<&Path> {
        let folder = match machine {
            Machine::X86 => &self.x86,
            Machine::Arm64 => &self.arm64,
        };
        folder.as_deref().context("the programs of this guest were not built")
    }
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(WORKSPACE).join("target"), PathBuf::from)
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().context("cannot start cargo")?;
    ensure!(status.success(), "building {what} failed");
    Ok(())
}

fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(WORKSPACE);
    cargo
}

fn build_tool() -> Result<PathBuf> {
    run(cargo().args(["build", "--quiet", "--release", "--package", "portolan-tools"]), "the tool")?;
    Ok(target().join("release/portolan"))
}

/// Builds for a machine with its C library inside.
fn build_inside(machine: Machine) -> Result<PathBuf> {
    let (mut command, made) = match machine {
        Machine::X86 => {
            let folder = target().join("guest");
            let mut command = cargo();
            command.env("CARGO_TARGET_DIR", &folder).env("CARGO_BUILD_TARGET", X86);
            command.env_remove("RUSTFLAGS").env(variable(X86, "RUSTFLAGS"), STATIC);
            (command, folder.join(X86))
        }
        Machine::Arm64 => {
            let folder = target().join("guest-arm64");
            (ARM64.cargo(Path::new(WORKSPACE), &folder)?, folder.join(ARM64.target))
        }
    };
    command.args(["build", "--quiet", "--locked", "--release", "--no-default-features"]);
    for package in INSIDE {
        command.args(["--package", package]);
    }
    run(&mut command, "the guests' programs")?;
    Ok(made.join("release"))
}

/// Compiles the workspace for this machine with the Rust that makes programs for arm64.
pub fn compile() -> Result<()> {
    let folder = target().join("packaged-rust");
    let mut command = cargo_of(&RUST_ARM64, Path::new(WORKSPACE), &folder)?;
    run(command.args(["check", "--locked", "--workspace"]), "the workspace with Debian's Rust")
}
