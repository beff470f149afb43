//! Starts tools out of the folder that [`crate::packages`] unpacked, on whatever system this is.
//!
//! The tools need the libraries of their own release. So each is started through that release's loader (`ld.so`) with
//! its library folder, rather than through the system's. A tool finds its data by /proc/self/exe, which is then the
//! loader: therefore every tool has its own copy of the loader beside it. What a tool starts by itself (yosys starts
//! yosys-abc) is replaced by a script that does the same.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::Error;
use crate::packages::{self, Lock};

const BIN: &str = "usr/bin";
/// Started by us.
const TOOLS: [&str; 8] = [
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
        Ok(Toolbox { root: packages::fetch(lock, &cache()?)? })
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
        let bin = self.root.join(BIN);
        let libraries = libraries(&self.root).unwrap_or_default();
        let mut command = Command::new(bin.join(loader_of(tool)));
        command.arg("--library-path").arg(self.root.join(libraries)).arg(bin.join(tool)).stdin(Stdio::null());
        command
    }
}

/// Portolan's cache: `PORTOLAN_CACHE`, else `.cache/portolan` in the home folder.
pub fn cache() -> Result<PathBuf, Error> {
    let chosen = std::env::var_os("PORTOLAN_CACHE").map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".cache/portolan"));
    chosen.or_else(home).ok_or_else(|| Error::Output {
        tool: "the environment",
        what: "neither HOME nor PORTOLAN_CACHE".into(),
    })
}

/// Makes the tools below a freshly unpacked `root` startable. Paths in what it writes are relative: the folder moves.
pub(crate) fn prepare(root: &Path) -> Result<(), Error> {
    let bin = root.join(BIN);
    let libraries = libraries(root)?;
    let loader = loader(&root.join(&libraries))?;
    for tool in TOOLS.iter().chain([&INNER]) {
        let copy = bin.join(loader_of(tool));
        fs::copy(&loader, &copy).map_err(Error::io("cannot copy the loader to", copy))?;
    }
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

pub(crate) fn loader_of(tool: &str) -> String {
    format!(".ld-{tool}")
}

/// The folder of the libraries below `root`: `usr/lib/` and the only multi-arch name in it.
pub(crate) fn libraries(root: &Path) -> Result<String, Error> {
    let lib = root.join("usr/lib");
    fs::read_dir(&lib)
        .map_err(Error::io("cannot read", &lib))?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .find(|name| name.ends_with("-linux-gnu"))
        .map(|name| format!("usr/lib/{name}"))
        .ok_or_else(|| Error::Output { tool: "the packages", what: "no library folder".into() })
}

pub(crate) fn loader(libraries: &Path) -> Result<PathBuf, Error> {
    let named_like_one = |name: &str| name.starts_with("ld-linux") && name.contains(".so.");
    fs::read_dir(libraries)
        .map_err(Error::io("cannot read", libraries))?
        .flatten()
        .find(|entry| named_like_one(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .ok_or_else(|| Error::Output { tool: "the packages", what: "no loader (ld-linux*.so.*)".into() })
}

/// Runs a command to its end and returns its standard output; an error carries the end of both its outputs.
pub(crate) fn run_quietly(command: &mut Command) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().map_err(|source| Error::Start {
            program: program.clone(),
            hint: " (it is part of Debian and Ubuntu; other systems cannot fetch the tools)",
            source,
        })?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let both = [stdout, stderr].concat();
    Err(Error::Failed { program, status, output: last_lines(&String::from_utf8_lossy(&both), 20) })
}

/// The last `count` lines of `text`.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_program_shows_the_end_of_what_it_said() {
        let mut command = Command::new("sh");
        match run_quietly(command.args(["-c", "seq 1 100; echo why >&2; exit 3"])) {
            Err(Error::Failed { status, output, .. }) => {
                assert_eq!(status.code(), Some(3));
                assert!(output.starts_with("82\n") && output.ends_with("why"), "{output}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run_quietly(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.to_string().starts_with("cannot start no-such-program"), "{error}");
    }
}
