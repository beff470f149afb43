//! The small kernel: Linux as Debian has its source, with what a guest needs and no more. Debian's own kernels have
//! neither VFIO's character devices nor its no-IOMMU mode.
//!
//! It is built once for each configuration and version of source and compilers, and kept in the cache by a hash of
//! these. The build runs in the folder of the packages that it needs, as its root, so nothing of this machine takes
//! part: by chroot(8) for root, in a user namespace otherwise.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use portolan_packages::progress::Stage;
use sha2::{Digest, Sha256};

use crate::guests::{Guest, Kernel};
use crate::packages::Packages;

/// What the kernel has.
const CONFIG: &str = include_str!("../x86.config");

/// How a build runs. `$1` is the folder with the packages, `$2` a folder for what comes out. /dev and /proc of a mount namespace are gone with it.
const BUILD: &str = r#"
set -e
root=$1 work=$2
mkdir -p "$root/dev" "$root/proc" "$root/tmp" "$root/portolan"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$work" "$root/portolan"
exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/usr/sbin:/bin HOME=/portolan TMPDIR=/portolan LC_ALL=C \
    KBUILD_BUILD_USER=portolan KBUILD_BUILD_HOST=portolan sh -ec "
    mkdir -p /portolan/bin
    [ -e /bin/sh ] || ln -s dash /usr/bin/sh
    ln -sf /usr/bin/gawk /portolan/bin/awk
    export PATH=/portolan/bin:\$PATH
    mkdir -p /portolan/source /portolan/build
    tar -C /portolan/source --strip-components=1 -xf /usr/src/linux-source-6.12.tar.xz
    cd /portolan/source
    make O=/portolan/build KCONFIG_ALLCONFIG=/portolan/config allnoconfig
    make O=/portolan/build -j$(nproc) bzImage
"
"#;

/// The kernels that guests boot.
#[derive(Debug)]
pub struct Kernels {
    debian: PathBuf,
    small: Option<PathBuf>,
}

impl Kernels {
    /// Builds the small one if one of these guests boots it, unless it is in the cache.
    pub fn build(packages: &Packages, guests: &[Guest]) -> Result<Kernels> {
        let wanted = guests.iter().any(|guest| guest.kernel == Kernel::Small);
        Ok(Kernels { debian: packages.kernel()?, small: wanted.then(|| small(packages)).transpose()? })
    }

    /// A kernel's image.
    pub fn image(&self, kernel: Kernel) -> Result<&Path> {
        match kernel {
            Kernel::Debian => Ok(&self.debian),
            Kernel::Small => self.small.as_deref().context("the small kernel was not built"),
        }
    }
}

/// The small kernel's image.
fn small(packages: &Packages) -> Result<PathBuf> {
    let mut hash = Sha256::new();
    [CONFIG, BUILD, Packages::BUILDER_LOCK].iter().for_each(|part| hash.update(part));
    let digest: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let folder = packages.cache.join("kernels");
    let image = folder.join(format!("x86-{digest}"));
    if image.exists() {
        return Ok(image);
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let turn = File::create(folder.join("lock"))?;
    turn.lock()?;
    if image.exists() {
        return Ok(image);
    }
    let builder = packages.builder()?;
    let stage = Stage::begin("building a kernel");
    let work = tempfile::Builder::new().prefix("build-").tempdir_in(&folder)?;
    fs::write(work.path().join("config"), CONFIG)?;
    let log_path = folder.join("x86.log");
    let log = File::create(&log_path)?;
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["sh", "-c", BUILD, "sh"]).arg(&builder).arg(work.path());
    let status = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()
        .context("cannot start unshare (package util-linux)")?;
    if !status.success() {
        bail!("the build of the kernel failed; its output is in {}", log_path.display());
    }
    let built = work.path().join("build/arch/x86/boot/bzImage");
    ensure!(built.exists(), "the build made no kernel");
    // Under its name it appears when it is whole.
    let whole = work.path().join("image");
    fs::copy(&built, &whole)?;
    fs::rename(&whole, &image)?;
    stage.done("");
    Ok(image)
}
