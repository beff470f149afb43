//! Debian's packages that firmware is built with and tried on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use portolan_packages::loader::{give_loader, libraries, loader_of, start_by_loader};
use portolan_packages::{Error, Set, cache, fetch_or_newest};

const RENEW: &str = "cargo run -p portolan-image -- lock";
const COMPILER: &str = "rustc";
const LINKER: &str = "lld";

/// A compiler and the sources of `core`, since a toolchain of rustup may lack the targets, and cannot always fetch them.
const RUST: Set = Set {
    name: "firmware-rust",
    purpose: "Rust for firmware",
    suite: "forky",
    wanted: &["rustc", "rust-src", "lld"],
    foreign: None,
    programs: &[COMPILER, LINKER],
    file: "rust.lock",
    lock: include_str!("../rust.lock"),
    renew: RENEW,
};

/// QEMU for both processors.
const QEMU: Set = Set {
    name: "firmware-qemu",
    purpose: "QEMU for firmware",
    suite: "forky",
    wanted: &["qemu-system-riscv", "qemu-system-arm"],
    foreign: None,
    programs: EMULATORS,
    file: "qemu.lock",
    lock: include_str!("../qemu.lock"),
    renew: RENEW,
};

const EMULATORS: &[&str] = &["qemu-system-riscv32", "qemu-system-arm"];

/// Writes the lock files anew.
pub fn renew() -> Result<(), Error> {
    for set in [RUST, QEMU] {
        set.renew(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    }
    Ok(())
}

/// Debian's rustc and linker, as cargo calls them.
#[derive(Debug, Clone)]
pub struct Rust {
    /// The compiler; its sources lie in its sysroot.
    pub rustc: PathBuf,
    /// lld, as `ld.lld`.
    pub linker: PathBuf,
}

impl Rust {
    /// Fetches it when it is not there yet.
    pub fn fetch() -> Result<Rust, Error> {
        let bin = fetch_or_newest(&RUST, &cache()?, prepare)?.join("usr/bin");
        Ok(Rust { rustc: bin.join("portolan-rustc"), linker: bin.join("portolan-ld.lld") })
    }
}

/// Makes the compiler and the linker below a freshly unpacked `root` startable on any system. The folder moves: its scripts
/// find it anew. No path has a `..` in it, which cargo would take for another workspace of the sources.
fn prepare(root: &Path) -> Result<(), Error> {
    let libraries = libraries(root)?;
    give_loader(root, RUST.programs)?;
    let script = |name: &str, program: &str, more: &str| {
        let text = format!(
            "#!/bin/sh\nroot=$(cd \"$(dirname \"$0\")/../..\" && pwd)\nbin=$root/usr/bin\n\
             exec \"$bin/{}\" --library-path \"$root/{libraries}\" \"$bin/{program}\" {more} \"$@\"\n",
            loader_of(program)
        );
        let path = root.join("usr/bin").join(name);
        fs::write(&path, text).map_err(Error::io("cannot write", &path))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
            .map_err(Error::io("cannot make executable", path))
    };
    script("portolan-rustc", COMPILER, "--sysroot \"$root/usr\"")?;
    script("portolan-ld.lld", LINKER, "-flavor gnu")
}

/// An emulator of the set, ready for its arguments.
pub fn emulator(name: &'static str) -> Result<Command, Error> {
    let root = fetch_or_newest(&QEMU, &cache()?, |root| give_loader(root, EMULATORS))?;
    let mut command = start_by_loader(&root, name);
    command.arg("-L").arg(root.join("usr/share/qemu"));
    Ok(command)
}
