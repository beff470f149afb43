//! The tools for the Linux of a Zynq-7000: cross-compiled with Debian's Rust, which has a standard library for ARMv7, and
//! started under qemu-arm. The simulator is left out.

use std::path::{Path, PathBuf};

use portolan_packages::run::run_quietly;
use portolan_packages::rust::{COMPILER, Cross};
use portolan_packages::{Error, Set};
use serde_json::Value;

use crate::toolbox::Toolbox;

/// Rust for ARMv7.
pub const SET: Set = Set {
    name: "armv7-rust",
    purpose: "Rust for ARMv7",
    suite: "forky",
    wanted: &["rustc", "libstd-rust-dev:armhf"],
    foreign: Some("armhf"),
    programs: &[COMPILER],
    file: "armv7.lock",
    lock: include_str!("../armv7.lock"),
    renew: "cargo run -p portolan-boards -- lock",
};

const CROSS: Cross = Cross {
    set: SET,
    target: "armv7-unknown-linux-gnueabihf",
    linker: "arm-linux-gnueabihf-gcc",
    setup: "scripts/setup armv7",
};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Compiles the command `portolan`; its file.
pub fn build() -> Result<PathBuf, Error> {
    let target = Path::new(WORKSPACE).join("target/armv7");
    let mut cargo = CROSS.cargo(Path::new(WORKSPACE), &target)?;
    cargo.args(["build", "--locked", "--release", "--package", "portolan-tools", "--no-default-features"]);
    let program = "cargo".to_owned();
    let status =
        cargo.status().map_err(|source| Error::Start { program: program.clone(), hint: "", source })?;
    if !status.success() {
        return Err(Error::Failed { program, status, output: "(see above)".into() });
    }
    Ok(target.join(CROSS.target).join("release/portolan"))
}

/// Plays the bundled example under qemu-arm; how many edges were delivered, which is every one.
pub fn check(tools: &Toolbox, portolan: &Path) -> Result<u64, Error> {
    let mut qemu = tools.qemu_arm();
    qemu.arg(portolan).args(["run", "--board", "none", "--json"]);
    let said = run_quietly(&mut qemu)?;
    balance(said.lines().last().unwrap_or_default())
}

/// The edges of a summary in which all were delivered.
fn balance(summary: &str) -> Result<u64, Error> {
    let wrong =
        || Error::Output { tool: "portolan run", what: format!("no summary that balances: {summary}") };
    let value: Value = serde_json::from_str(summary).map_err(|_| wrong())?;
    let count = |name: &str| value[name].as_u64().ok_or_else(wrong);
    let edges = count("edges")?;
    let all = value["type"] == "summary" && edges > 0 && count("delivered")? == edges && count("lost")? == 0;
    all.then_some(edges).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_lost_an_edge_does_not_pass() {
        let summary = |delivered: u32, lost: u32| {
            format!("{{\"type\":\"summary\",\"edges\":3,\"delivered\":{delivered},\"lost\":{lost}}}")
        };
        assert_eq!(balance(&summary(3, 0)).unwrap(), 3);
        for bad in [summary(2, 1), summary(2, 0), String::new(), "{\"type\":\"packet\"}".into()] {
            assert!(balance(&bad).is_err(), "{bad}");
        }
    }
}
