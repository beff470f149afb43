//! Debian's packages that guests are made of, each set in a folder of its own in the cache.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use portolan_packages::loader::{give_loader, start_by_loader};
use portolan_packages::rust::COMPILER;
use portolan_packages::{Error, Set, cache, fetch_or_newest};

use crate::guests::Machine;

const RENEW: &str = "cargo run -p portolan-system -- lock";

/// QEMU: the first release whose QEMU (10.1 and newer) attaches to vfio-user; and what changes device trees.
const QEMU: Set = Set {
    name: "qemu",
    purpose: "QEMU",
    suite: "forky",
    wanted: &["qemu-system-x86", "qemu-system-arm", "device-tree-compiler"],
    foreign: None,
    programs: &["qemu-system-x86_64", "qemu-system-aarch64", "dtc", "fdtoverlay"],
    file: "qemu.lock",
    lock: include_str!("../qemu.lock"),
    renew: RENEW,
};

/// What is inside of guests: Debian's own kernel, as people run it, a shell, lspci.
const INSIDE: Set = Set {
    name: "guest",
    purpose: "Debian's guest",
    suite: "trixie",
    wanted: &["linux-image-cloud-amd64", "busybox-static", "pciutils"],
    foreign: None,
    programs: &[],
    file: "guest.lock",
    lock: include_str!("../guest.lock"),
    renew: RENEW,
};

/// What is inside of guests for arm64.
const INSIDE_ARM64: Set = Set {
    name: "guest-arm64",
    purpose: "the guest for arm64",
    suite: "trixie",
    wanted: &["busybox-static:arm64"],
    foreign: Some("arm64"),
    programs: &[],
    file: "guest-arm64.lock",
    lock: include_str!("../guest-arm64.lock"),
    renew: RENEW,
};

/// Rust for arm64.
pub const RUST_ARM64: Set = Set {
    name: "arm64-rust",
    purpose: "Rust for arm64",
    suite: "forky",
    wanted: &["rustc", "libstd-rust-dev:arm64"],
    foreign: Some("arm64"),
    programs: &[COMPILER],
    file: "arm64-rust.lock",
    lock: include_str!("../arm64-rust.lock"),
    renew: RENEW,
};

/// What builds kernels, and their source.
const BUILDER: Set = Set {
    name: "kernel-builder",
    purpose: "the kernels' source and compilers",
    suite: "trixie",
    wanted: &[
        "linux-source-6.12",
        "gcc",
        "gcc-aarch64-linux-gnu",
        "make",
        "flex",
        "bison",
        "bc",
        "libelf-dev",
        "dash",
        "coreutils",
        "findutils",
        "sed",
        "gawk",
        "grep",
        "gzip",
        "xz-utils",
        "tar",
        "diffutils",
        "perl",
    ],
    foreign: None,
    programs: &[],
    file: "kernel-builder.lock",
    lock: include_str!("../kernel-builder.lock"),
    renew: RENEW,
};

/// Every set.
const SETS: [Set; 5] = [QEMU, INSIDE, INSIDE_ARM64, RUST_ARM64, BUILDER];

/// The folders.
#[derive(Debug, Clone)]
pub struct Packages {
    qemu: PathBuf,
    x86: PathBuf,
    arm64: PathBuf,
    /// Where they all are.
    pub cache: PathBuf,
}

impl Packages {
    /// Which packages build kernels, and their source.
    pub const BUILDER_LOCK: &str = BUILDER.lock;

    /// Fetches what is not there yet.
    pub fn fetch() -> Result<Packages> {
        let cache = cache()?;
        let qemu = fetch_or_newest(&QEMU, &cache, |root| give_loader(root, QEMU.programs))?;
        let x86 = fetch_or_newest(&INSIDE, &cache, |_| Ok(()))?;
        let arm64 = fetch_or_newest(&INSIDE_ARM64, &cache, |_| Ok(()))?;
        Ok(Packages { qemu, x86, arm64, cache })
    }

    /// One of [`QEMU`]'s programs; an emulator finds its data.
    pub fn start(&self, program: &str) -> Command {
        let mut command = start_by_loader(&self.qemu, program);
        if program.starts_with("qemu") {
            for data in ["usr/share/qemu", "usr/share/seabios"] {
                command.arg("-L").arg(self.qemu.join(data));
            }
        }
        command
    }

    /// The folder of what is inside of guests.
    pub fn inside(&self, machine: Machine) -> &Path {
        match machine {
            Machine::X86 => &self.x86,
            Machine::Arm64 => &self.arm64,
        }
    }

    /// The folder of what builds kernels: fetched when one is to be built.
    pub fn builder(&self) -> Result<PathBuf> {
        Ok(fetch_or_newest(&BUILDER, &self.cache, make_root)?)
    }

    /// The release of Debian's kernel.
    pub fn release(&self) -> Result<String> {
        let modules = self.x86.join("usr/lib/modules");
        let mut entries =
            fs::read_dir(&modules).with_context(|| format!("cannot read {}", modules.display()))?;
        let entry = entries.next().context("no kernel among Debian's packages")??;
        Ok(entry.file_name().to_string_lossy().into_owned())
    }

    /// Debian's kernel.
    pub fn kernel(&self) -> Result<PathBuf> {
        Ok(self.x86.join(format!("boot/vmlinuz-{}", self.release()?)))
    }
}

/// Makes a freshly unpacked folder one that can be a root: the links beside /usr come from no package.
fn make_root(folder: &Path) -> Result<(), Error> {
    for name in ["bin", "lib", "lib64", "sbin"] {
        let link = folder.join(name);
        symlink(Path::new("usr").join(name), &link).map_err(Error::io("cannot make the link", link))?;
    }
    Ok(())
}

/// Writes the lock files anew.
pub fn renew() -> Result<()> {
    for set in SETS {
        set.renew(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    }
    Ok(())
}
