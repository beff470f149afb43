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
use portolan_packages::{Error, Lock, Set, cache, fetch, fetch_or_newest};

/// The tools' packages: those of the Debian release that has the whole open 7-series flow.
pub const SET: Set = Set {
    name: "fpga-tools",
    purpose: "the FPGA tools",
    suite: "forky",
    wanted: &[
        "yosys",
        "nextpnr-himbaechel-xilinx",
        "nextpnr-himbaechel-xilinx-chipdb",
        "prjxray",
        "prjxray-database",
        "device-tree-compiler",
        "qemu-user",
    ],
    foreign: None,
    programs: &TOOLS,
    file: "packages.lock",
    lock: include_str!("../packages.lock"),
    renew: "cargo run -p portolan-boards -- lock",
};

const BIN: &str = "usr/bin";
/// Started by us.
pub(crate) const TOOLS: [&str; 8] = [
    "yosys",
    "nextpnr-himbaechel-xilinx",
    "xc7frames2bit",
    "bitread",
    "dtc",
    "fdtoverlay",
    "fdtget",
    "qemu-arm",
];
/// Started by a tool.
const INNER: &str = "yosys-abc";

/// A tool of the device-tree compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceTree {
    /// Source to blob.
    Compile,
    /// Applies an overlay.
    Overlay,
    /// Reads a property.
    Get,
}

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

    /// The pinned tools; when the mirror no longer has all of them, those that it has now, and the difference is told. For
    /// what must not depend on their versions.
    pub fn pinned_or_newest() -> Result<Self, Error> {
        Ok(Toolbox { root: fetch_or_newest(&SET, &cache()?, prepare)? })
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

    /// xc7frames2bit: frames to a bitstream.
    pub fn frames2bit(&self) -> Command {
        self.command(TOOLS[2])
    }

    /// bitread: a bitstream to its bits.
    pub fn bitread(&self) -> Command {
        self.command(TOOLS[3])
    }

    /// Of the device-tree compiler: `dtc`, `fdtoverlay` or `fdtget`.
    pub fn device_tree(&self, tool: DeviceTree) -> Command {
        self.command(TOOLS[4 + tool as usize])
    }

    /// qemu-arm: runs a program of an ARM.
    pub fn qemu_arm(&self) -> Command {
        self.command(TOOLS[7])
    }

    /// Project X-Ray's database: a folder for each family.
    pub fn database(&self) -> PathBuf {
        self.root.join("usr/share/prjxray/database")
    }

    /// A name of exactly these tools.
    pub fn name(&self) -> &str {
        self.root.file_name().and_then(|name| name.to_str()).unwrap_or_default()
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
