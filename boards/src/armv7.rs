//! The tools for the Linux of a Zynq-7000: cross-compiled with Debian's Rust, which has a standard library for ARMv7, and
//! started under qemu-arm.
//!
//! The simulator is left out, and the C library is linked in, so that one file is all that a board needs. The linker is the
//! system's `arm-linux-gnueabihf-gcc`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use portolan_packages::loader::{give_loader, libraries, loader_of};
use portolan_packages::run::run_quietly;
use portolan_packages::{Error, Set, cache, fetch};
use serde_json::Value;

use crate::toolbox::Toolbox;

/// Rust for ARMv7, since a toolchain of rustup may lack that target: Debian's compiler, with the standard library for both.
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

const TARGET: &str = "armv7-unknown-linux-gnueabihf";
const LINKER: &str = "arm-linux-gnueabihf-gcc";
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const COMPILER: &str = "rustc";
/// What cargo calls.
const RUSTC: &str = "usr/bin/portolan-rustc";

/// Makes Debian's rustc below a freshly unpacked `root` startable on any system. The folder moves: all paths are relative.
fn prepare(root: &Path) -> Result<(), Error> {
    let libraries = libraries(root)?;
    give_loader(root, SET.programs)?;
    let script = format!(
        "#!/bin/sh\nbin=$(dirname \"$0\")\nexec \"$bin/{}\" --library-path \"$bin/../../{libraries}\" \\\n    \
         \"$bin/{COMPILER}\" --sysroot \"$bin/..\" \"$@\"\n",
        loader_of(COMPILER)
    );
    let path = root.join(RUSTC);
    fs::write(&path, script).map_err(Error::io("cannot write", &path))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
        .map_err(Error::io("cannot make executable", path))
}

/// Compiles the command `portolan`; its file.
pub fn build() -> Result<PathBuf, Error> {
    let found = Command::new(LINKER).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        return Err(Error::Missing { what: LINKER, remedy: "scripts/setup armv7" });
    }
    let rustc = fetch(&SET, &SET.pinned()?, &cache()?, prepare)?.join(RUSTC);
    // A folder of its own: it is another compiler than the one that made the rest of target.
    let target = Path::new(WORKSPACE).join("target/armv7");
    let variable = |what: &str| format!("CARGO_TARGET_{}_{what}", TARGET.to_uppercase().replace('-', "_"));
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--release", "--package", "portolan-tools", "--no-default-features"]);
    cargo.args(["--target", TARGET]).current_dir(WORKSPACE);
    cargo.env("RUSTC", rustc).env("CARGO_TARGET_DIR", &target).env_remove("RUSTFLAGS");
    cargo.env(variable("LINKER"), LINKER).env(variable("RUSTFLAGS"), "-C target-feature=+crt-static");
    let program = "cargo".to_owned();
    let status =
        cargo.status().map_err(|source| Error::Start { program: program.clone(), hint: "", source })?;
    if !status.success() {
        return Err(Error::Failed { program, status, output: "(see above)".into() });
    }
    Ok(target.join(TARGET).join("release/portolan"))
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
