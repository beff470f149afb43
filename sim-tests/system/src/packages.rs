//! Debian's packages that guests are made of, each set in a folder of its own in the cache.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use portolan_packages::loader::{give_loader, start_by_loader};
use portolan_packages::{Error, Set, cache, fetch_or_newest};

const RENEW: &str = "cargo run -p portolan-system -- lock";

/// QEMU: the first release whose QEMU (10.1 and newer) attaches to vfio-user.
const QEMU: Set = Set {
    name: "qemu",
    purpose: "QEMU",
    suite: "forky",
    wanted: &["qemu-system-x86", "qemu-system-arm"],
    foreign: None,
    programs: &[EMULATOR],
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

const EMULATOR: &str = "qemu-system-x86_64";

/// The folders.
#[derive(Debug, Clone)]
pub struct Packages {
    qemu: PathBuf,
    /// Of [`INSIDE`].
    pub inside: PathBuf,
    /// Where they all are.
    pub cache: PathBuf,
}

impl Packages {
    /// Which packages build kernels, and their source.
    pub const BUILDER_LOCK: &str = BUILDER.lock;

    /// Fetches what is not there yet.
    pub fn fetch() -> Result<Packages> {
        let cache = cache()?;
        let qemu = fetch_or_newest(&QEMU, &cache, |root| give_loader(root, &[EMULATOR]))?;
        let inside = fetch_or_newest(&INSIDE, &cache, |_| Ok(()))?;
        Ok(Packages { qemu, inside, cache })
    }

    /// The emulator, which finds its data.
    pub fn qemu(&self) -> Command {
        let mut command = start_by_loader(&self.qemu, EMULATOR);
        for data in ["usr/share/qemu", "usr/share/seabios"] {
            command.arg("-L").arg(self.qemu.join(data));
        }
        command
    }

    /// The folder of what builds kernels: fetched when one is to be built.
    pub fn builder(&self) -> Result<PathBuf> {
        Ok(fetch_or_newest(&BUILDER, &self.cache, make_root)?)
    }

    /// The release of Debian's kernel.
    pub fn release(&self) -> Result<String> {
        let modules = self.inside.join("usr/lib/modules");
        let mut entries =
            fs::read_dir(&modules).with_context(|| format!("cannot read {}", modules.display()))?;
        let entry = entries.next().context("no kernel among Debian's packages")??;
        Ok(entry.file_name().to_string_lossy().into_owned())
    }

    /// Debian's kernel.
    pub fn kernel(&self) -> Result<PathBuf> {
        Ok(self.inside.join(format!("boot/vmlinuz-{}", self.release()?)))
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
    for set in [QEMU, INSIDE, BUILDER] {
        set.renew(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    }
    Ok(())
}
