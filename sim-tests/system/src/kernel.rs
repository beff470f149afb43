//! The small kernels: Linux as Debian has its source, with what a guest needs and no more. Debian's own kernels have
//! neither VFIO's character devices nor its no-IOMMU mode, nor UIO for blocks of the device tree.
//!
//! Each is built once for each configuration and version of source and compilers, and kept in the cache by a hash of
//! these. The build runs in the folder of the packages that it needs, as its root, so nothing of this machine takes
//! part: by chroot(8) for root, in a user namespace otherwise.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use portolan_packages::hex;
use portolan_packages::progress::Stage;
use sha2::{Digest, Sha256};

use crate::guests::{Guest, Kernel};
use crate::packages::Packages;

/// How a kernel is built.
struct Recipe {
    /// How its file's name begins.
    name: &'static str,
    /// What it has.
    config: &'static str,
    /// The architecture as Linux names it.
    architecture: &'static str,
    /// How the names of its compilers begin.
    compilers: &'static str,
    /// What is made of it, and where that is then.
    target: &'static str,
    image: &'static str,
}

const X86: Recipe = Recipe {
    name: "x86",
    config: include_str!("../x86.config"),
    architecture: "x86_64",
    compilers: "",
    target: "bzImage",
    image: "arch/x86/boot/bzImage",
};

const ARM64: Recipe = Recipe {
    name: "arm64",
    config: include_str!("../arm64.config"),
    architecture: "arm64",
    compilers: "aarch64-linux-gnu-",
    target: "Image",
    image: "arch/arm64/boot/Image",
};

/// How a build runs. `$1` is the folder with the packages, `$2` a folder for what comes out, then the recipe's
/// architecture, compilers, target. /dev and /proc of a mount namespace are gone with it.
const BUILD: &str = r#"
set -e
root=$1 work=$2 make="make O=/portolan/build ARCH=$3 CROSS_COMPILE=$4" target=$5
mkdir -p "$root/dev" "$root/proc" "$root/tmp" "$root/portolan"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$work" "$root/portolan"
exec chroot "$root" /usr/bin/env -i PATH=/portolan/bin:/usr/bin:/usr/sbin HOME=/portolan TMPDIR=/portolan LC_ALL=C \
    KBUILD_BUILD_USER=portolan KBUILD_BUILD_HOST=portolan sh -ec "
    mkdir -p /portolan/bin /portolan/source /portolan/build
    ln -sf /usr/bin/gawk /portolan/bin/awk
    tar -C /portolan/source --strip-components=1 -xf /usr/src/linux-source-6.12.tar.xz
    cd /portolan/source
    $make KCONFIG_ALLCONFIG=/portolan/config allnoconfig
    $make -j$(nproc) $target
"
"#;

/// The kernels that guests boot.
#[derive(Debug)]
pub struct Kernels {
    debian: PathBuf,
    x86: Option<PathBuf>,
    arm64: Option<PathBuf>,
}

impl Kernels {
    /// Builds those of the small ones that one of these guests boots, unless they are in the cache.
    pub fn build(packages: &Packages, guests: &[Guest]) -> Result<Kernels> {
        let small = |kernel, recipe| {
            let wanted = guests.iter().any(|guest| guest.kernel == kernel);
            wanted.then(|| small(packages, &recipe)).transpose()
        };
        let (x86, arm64) = (small(Kernel::Small, X86)?, small(Kernel::Arm64, ARM64)?);
        Ok(Kernels { debian: packages.kernel()?, x86, arm64 })
    }

    /// A kernel's image.
    pub fn image(&self, kernel: Kernel) -> Result<&Path> {
        match kernel {
            Kernel::Debian => Ok(&self.debian),
            Kernel::Small => self.x86.as_deref().context("the small kernel for x86 was not built"),
            Kernel::Arm64 => self.arm64.as_deref().context("the small kernel for arm64 was not built"),
        }
    }
}

/// A small kernel's image.
fn small(packages: &Packages, recipe: &Recipe) -> Result<PathBuf> {
    let Recipe { name, config, architecture, compilers, target, image } = recipe;
    let mut hash = Sha256::new();
    [config, BUILD, architecture, compilers, target, Packages::BUILDER_LOCK]
        .iter()
        .for_each(|part| hash.update(part));
    let digest = &hex(hash.finalize())[..12];
    let folder = packages.cache.join("kernels");
    let kept = folder.join(format!("{name}-{digest}"));
    if kept.exists() {
        return Ok(kept);
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let turn = File::create(folder.join("lock"))?;
    turn.lock()?;
    if kept.exists() {
        return Ok(kept);
    }
    let builder = packages.builder()?;
    let mut stage = Stage::begin("building a kernel");
    stage.detail(name);
    let work = tempfile::Builder::new().prefix("build-").tempdir_in(&folder)?;
    fs::write(work.path().join("config"), config)?;
    let log_path = folder.join(format!("{name}.log"));
    let log = File::create(&log_path)?;
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["sh", "-c", BUILD, "sh"]).arg(&builder).arg(work.path());
    command.args([architecture, compilers, target]);
    let status = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()
        .context("cannot start unshare (package util-linux)")?;
    if !status.success() {
        bail!("the build of the kernel for {name} failed; its output is in {}", log_path.display());
    }
    let built = work.path().join("build").join(image);
    ensure!(built.exists(), "the build made no {image}; its output is in {}", log_path.display());
    // Under its name it appears when it is whole.
    let whole = work.path().join("image");
    fs::copy(&built, &whole)?;
    fs::rename(&whole, &kept)?;
    stage.done(name);
    Ok(kept)
}
