//! What runs inside of guests, linked statically, so that a guest needs no library; and the tool that is the card.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The workspace.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What is built for guests.
const INSIDE: [&str; 2] = ["portolan-guest", "portolan-tools"];

/// Where they are.
#[derive(Debug)]
pub struct Programs {
    /// `portolan`, with the simulator.
    pub tool: PathBuf,
    /// The folder of those for guests.
    pub inside: PathBuf,
}

impl Programs {
    /// Builds them, but for the tool if there is one already.
    pub fn build(tool: Option<&Path>) -> Result<Programs> {
        let tool = tool.map_or_else(build_tool, |tool| Ok(tool.to_owned()))?;
        Ok(Programs { tool, inside: build_static("x86_64-unknown-linux-gnu")? })
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

fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().context("cannot start cargo")?;
    ensure!(status.success(), "building {what} failed");
    Ok(())
}

fn build_tool() -> Result<PathBuf> {
    run(cargo().args(["build", "--quiet", "--release", "--package", "portolan-tools"]), "the tool")?;
    Ok(target().join("release/portolan"))
}

/// Builds for a target with its C library inside.
fn build_static(target_name: &str) -> Result<PathBuf> {
    let folder = target().join("guest");
    let flags = format!("CARGO_TARGET_{}_RUSTFLAGS", target_name.to_uppercase().replace('-', "_"));
    let mut command = cargo();
    command.args(["build", "--quiet", "--release", "--no-default-features", "--target", target_name]);
    for package in INSIDE {
        command.args(["--package", package]);
    }
    command
        .env("CARGO_TARGET_DIR", &folder)
        .env_remove("RUSTFLAGS")
        .env(flags, "-C target-feature=+crt-static");
    run(&mut command, "the guests' programs")?;
    Ok(folder.join(target_name).join("release"))
}
