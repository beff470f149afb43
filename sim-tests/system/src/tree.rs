//! The device tree of a guest for arm64: QEMU's own, and a node for the card's block.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use portolan_packages::run::run_quietly;

use crate::packages::Packages;

const OVERLAY: &str = include_str!("../arm64.dtso");

/// Writes the tree of the machine that `qemu` starts into `folder`; its file.
pub fn write(packages: &Packages, qemu: &Command, folder: &Path) -> Result<PathBuf> {
    let at = |name: &str| folder.join(name);
    let mut dump = Command::new(qemu.get_program());
    dump.args(qemu.get_args()).arg("-machine").arg(format!("dumpdtb={}", at("machine.dtb").display()));
    run_quietly(&mut dump)?;
    fs::write(at("card.dtso"), OVERLAY)?;
    let mut compile = packages.start("dtc");
    compile.args(["-q", "-I", "dts", "-O", "dtb", "-o"]).arg(at("card.dtbo")).arg(at("card.dtso"));
    run_quietly(&mut compile)?;
    let mut apply = packages.start("fdtoverlay");
    apply.arg("-i").arg(at("machine.dtb")).arg("-o").arg(at("tree.dtb")).arg(at("card.dtbo"));
    run_quietly(&mut apply)?;
    Ok(at("tree.dtb"))
}
