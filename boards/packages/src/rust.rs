//! Debian's Rust as a cross compiler, since a toolchain of rustup may lack the target and its registry be out of reach: the
//! compiler with the standard libraries of this machine and of the target, run where it lies. The linker is the system's.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::loader::{give_loader, libraries, loader_of};
use crate::{Error, Set, cache, fetch_or_newest};

/// The only program that is to be in a set of such packages.
pub const COMPILER: &str = "rustc";
/// What cargo calls.
const RUSTC: &str = "usr/bin/portolan-rustc";

/// A cross compiler.
#[derive(Debug, Clone, Copy)]
pub struct Cross {
    /// The packages: `rustc`, and `libstd-rust-dev` of the target.
    pub set: Set,
    /// The target, as rustc names it.
    pub target: &'static str,
    /// The system's C compiler for it.
    pub linker: &'static str,
    /// What installs that.
    pub setup: &'static str,
}

impl Cross {
    /// cargo, which compiles a workspace for the target with the C library linked in, so that one file is all that a
    /// machine needs. `folder` is where it keeps what it makes: another compiler's folder is of no use to it.
    pub fn cargo(&self, workspace: &Path, folder: &Path) -> Result<Command, Error> {
        let Cross { set, target, linker, setup } = self;
        let found =
            Command::new(linker).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            return Err(Error::Missing { what: linker, remedy: setup });
        }
        let mut cargo = cargo_of(set, workspace, folder)?;
        cargo.env("CARGO_BUILD_TARGET", target).env_remove("RUSTFLAGS");
        cargo.env(variable(target, "LINKER"), linker).env(variable(target, "RUSTFLAGS"), STATIC);
        Ok(cargo)
    }
}

/// cargo, which compiles a workspace for this machine with the Rust of such packages; `folder` as for [`Cross::cargo`].
pub fn cargo_of(set: &Set, workspace: &Path, folder: &Path) -> Result<Command, Error> {
    let rustc = fetch_or_newest(set, &cache()?, |root| prepare(root, set.programs))?.join(RUSTC);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace).env("RUSTC", rustc).env("CARGO_TARGET_DIR", folder);
    Ok(cargo)
}

/// Links the C library in.
pub const STATIC: &str = "-C target-feature=+crt-static";

/// The name of a setting of cargo's for a target.
pub fn variable(target: &str, what: &str) -> String {
    format!("CARGO_TARGET_{}_{what}", target.to_uppercase().replace('-', "_"))
}

/// Makes Debian's rustc below a freshly unpacked `root` startable on any system. The folder moves: all paths are relative.
fn prepare(root: &Path, programs: &[&str]) -> Result<(), Error> {
    let libraries = libraries(root)?;
    give_loader(root, programs)?;
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
