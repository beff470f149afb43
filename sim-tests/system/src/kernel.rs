//! The small kernels: Linux as Debian has its source, with what a guest needs and no more.
//!
//! A kernel is built once for each configuration and version of source and compilers, and kept in the cache by a hash
//! of these. The build runs in the folder of the packages that it needs, as its root, so nothing of this machine takes
//! part: by chroot(8) for root, in a user namespace otherwise.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use portolan_packages::progress::Stage;
use sha2::{Digest, Sha256};

use crate::guests::{Guest, Kernel};
use crate::packages::Packages;

/// One of them.
struct Recipe {
    kernel: Kernel,
    name: &'static str,
    config: &'static str,
    /// Variables of its `make`.
    make: &'static str,
    target: &'static str,
    image: &'static str,
}

const RECIPES: [Recipe; 2] = [
    Recipe {
        kernel: Kernel::SmallX86,
        name: "x86",
        config: include_str!("../x86.config"),
        make: "ARCH=x86",
        target: "bzImage",
        image: "arch/x86/boot/bzImage",
    },
    Recipe {
        kernel: Kernel::SmallArm64,
        name: "arm64",
        config: include_str!("../arm64.config"),
        make: "ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-",
        target: "Image",
        image: "arch/arm64/boot/Image",
    },
];

/// How a build runs. `$1` is the folder with the packages, `$2` a folder for what comes out, `$3` variables of make, `$4`
/// its target. /dev and /proc of a mount namespace are gone with it.
const BUILD: &str = r#"
set -e
root=$1 work=$2
mkdir -p "$root/dev" "$root/proc" "$root/tmp" "$root/work"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$work" "$root/work"
exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/usr/sbin:/bin HOME=/work TMPDIR=/work LC_ALL=C \
    KBUILD_BUILD_USER=portolan KBUILD_BUILD_HOST=portolan sh -ec "
    mkdir -p /work/bin
    [ -e /bin/sh ] || ln -s dash /usr/bin/sh
    ln -sf /usr/bin/gawk /work/bin/awk
    export PATH=/work/bin:\$PATH
    mkdir -p /work/source /work/build
    tar -C /work/source --strip-components=1 -xf /usr/src/linux-source-6.12.tar.xz
    cd /work/source
    make O=/work/build $3 KCONFIG_ALLCONFIG=/work/config allnoconfig
    make O=/work/build $3 -j$(nproc) $4
"
"#;

/// The kernels that guests boot.
#[derive(Debug, Default)]
pub struct Kernels {
    x86: Option<PathBuf>,
    arm64: Option<PathBuf>,
    debian: PathBuf,
}

impl Kernels {
    /// Builds those that these guests need, unless they are in the cache.
    pub fn build(packages: &Packages, guests: &[Guest]) -> Result<Kernels> {
        let mut kernels = Kernels { debian: packages.kernel()?, ..Kernels::default() };
        for recipe in RECIPES.iter().filter(|recipe| guests.iter().any(|guest| guest.kernel == recipe.kernel))
        {
            let image = recipe.build(packages)?;
            match recipe.kernel {
                Kernel::SmallX86 => kernels.x86 = Some(image),
                _ => kernels.arm64 = Some(image),
            }
        }
        Ok(kernels)
    }

    /// A kernel's image.
    pub fn image(&self, kernel: Kernel) -> Result<&Path> {
        let image = match kernel {
            Kernel::Debian => Some(&self.debian),
            Kernel::SmallX86 => self.x86.as_ref(),
            Kernel::SmallArm64 => self.arm64.as_ref(),
        };
        image.map(PathBuf::as_path).with_context(|| format!("{kernel:?} was not built"))
    }
}

impl Recipe {
    fn build(&self, packages: &Packages) -> Result<PathBuf> {
        let builder = packages.builder()?;
        let mut hash = Sha256::new();
        // The folder's name stands for the versions of all packages.
        for part in
            [self.config, self.make, BUILD, &builder.file_name().unwrap_or_default().to_string_lossy()]
        {
            hash.update(part);
        }
        let digest: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let folder = packages.cache.join("kernels");
        let image = folder.join(format!("{}-{digest}", self.name));
        if image.exists() {
            return Ok(image);
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let turn = File::create(folder.join("lock"))?;
        turn.lock()?;
        if image.exists() {
            return Ok(image);
        }
        let mut stage = Stage::begin("building a kernel");
        stage.detail(self.name);
        let work = tempfile::Builder::new().prefix("build-").tempdir_in(&folder)?;
        fs::write(work.path().join("config"), self.config)?;
        let log_path = folder.join(format!("{}.log", self.name));
        let log = File::create(&log_path)?;
        let mut command = Command::new("unshare");
        command.arg("--mount");
        if !rustix::process::geteuid().is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["sh", "-c", BUILD, "sh"]).arg(&builder).arg(work.path()).args([self.make, self.target]);
        let status = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .status()
            .context("cannot start unshare (package util-linux)")?;
        if !status.success() {
            bail!(
                "the build of the kernel for {} failed; its output is in {}",
                self.name,
                log_path.display()
            );
        }
        let built = work.path().join("build").join(self.image);
        ensure!(built.exists(), "the build made no {}", self.image);
        // Under its name it appears when it is whole.
        let whole = work.path().join("image");
        fs::copy(&built, &whole)?;
        fs::rename(&whole, &image)?;
        stage.done(self.name);
        Ok(image)
    }
}
