//! Starts tools out of the folder that [`portolan_packages`] unpacked, on whatever system this is.
//!
//! The tools need the libraries of their own release. So each is started through that release's loader (`ld.so`) with
//! its library folder, rather than through the system's. A tool finds its data by /proc/self/exe, which is then the
//! loader: therefore every tool has its own copy of the loader beside it. What a tool starts by itself (yosys starts
//! yosys-abc) is replaced by a script that does the same.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use portolan_packages::loader::{give_loader, libraries, loader_of, start_by_loader};
use portolan_packages::{Error, Lock, Set, cache, fetch};

/// The tools' packages: those of the Debian release that has the whole open 7-series flow.
pub const SET: Set = Set {
    name: "fpga-tools",
    purpose: "the FPGA tools",
    suite: "forky",
    wanted: &["yosys", "nextpnr-himbaechel-xilinx", "nextpnr-himbaechel-xilinx-chipdb"],
    lock: include_str!("../packages.lock"),
    renew: "cargo run -p portolan-boards -- lock",
};

const BIN: &str = "usr/bin";
/// Started by us.
const TOOLS: [&str; 2] = ["yosys", "nextpnr-himbaechel-xilinx"];
/// Started by a tool.
const INNER: &str = "yosys-abc";

/// The folder with the tools.
#[derive(Debug, Clone)]
pub struct Toolbox {
    root: PathBuf,
}

impl Toolbox {
    /// The tools of `lock`, fetched into this project's cache if they are not there yet.
    pub fn open(lock: &Lock) -> Result<Self, Error> {
        Ok(Toolbox { root: fetch(&SET, lock, &cache()?, prepare)? })
    }

    /// yosys.
    pub fn yosys(&self) -> Command {
        self.command(TOOLS[0])
    }

    /// nextpnr with the chip database of `die`, such as `xc7a50t`.
    pub fn nextpnr(&self, die: &str) -> Command {
        let mut command = self.command(TOOLS[1]);
        let database = format!("usr/share/nextpnr/himbaechel/xilinx/chipdb-{die}.bin");
        command.arg("--chipdb").arg(self.root.join(database));
        command
    }

    fn command(&self, tool: &str) -> Command {
        start_by_loader(&self.root, tool)
    }
}

/// Makes the tools below a freshly unpacked `root` startable. Paths in what it writes are relative: the folder moves.
fn prepare(root: &Path) -> Result<(), Error> {
    let bin = root.join(BIN);
    let libraries = libraries(root)?;
    give_loader(root, &TOOLS)?;
    give_loader(root, &[INNER])?;
    let (inner, renamed) = (bin.join(INNER), bin.join(format!("{INNER}.real")));
    fs::rename(&inner, &renamed).map_err(Error::io("cannot rename", &inner))?;
    let script = format!(
        "#!/bin/sh\nbin=$(dirname \"$0\")\n\
         exec \"$bin/{}\" --library-path \"$bin/../../{libraries}\" \"$bin/{INNER}.real\" \"$@\"\n",
        loader_of(INNER)
    );
    fs::write(&inner, script).map_err(Error::io("cannot write", &inner))?;
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o755))
        .map_err(Error::io("cannot make executable", &inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_lock_names_every_tool() {
        let lock = SET.pinned().unwrap();
        for tool in SET.wanted {
            assert!(lock.packages.iter().any(|p| p.name == *tool), "{tool}");
        }
    }
}
