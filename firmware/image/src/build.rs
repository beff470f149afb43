//! Building a program of the firmware: with a toolchain that has its target if there is one, else with Debian's compiler and the
//! sources of `core`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;
use crate::packages::Rust;

const PROFILE: &str = "firmware";

/// A program of the firmware (`firmware/programs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Program {
    /// For the soft core beside the block
    Soc,
    /// For QEMU's riscv32 machine `virt`
    Virt,
    /// For a Zynq-7000
    Zynq,
}

impl Program {
    /// All of them.
    pub const ALL: [Program; 3] = [Program::Soc, Program::Virt, Program::Zynq];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Program::Soc => "soc",
            Program::Virt => "virt",
            Program::Zynq => "zynq",
        }
    }

    /// What it is compiled for.
    pub fn target(self) -> &'static str {
        match self {
            Program::Soc | Program::Virt => "riscv32imc-unknown-none-elf",
            Program::Zynq => "armv7a-none-eabi",
        }
    }
}

fn workspace() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    // firmware/image
    own.ancestors().nth(2).unwrap_or(own)
}

/// Whether this machine's own compiler has the target's `core`.
fn is_installed(target: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc).args(["--print", "target-libdir", "--target", target]).output();
    let Ok(output) = asked else { return false };
    let folder = String::from_utf8_lossy(&output.stdout);
    output.status.success() && Path::new(folder.trim()).is_dir()
}

/// Builds the program; its ELF file.
///
/// Several builds at once take turns, in this process and in others.
///
/// # Errors
/// When the compiler cannot be fetched, or the program not be built, of which the compiler has told.
pub fn build(program: Program) -> Result<PathBuf, Error> {
    let target = program.target();
    // A folder of its own: it is another compiler than the one that made the rest of target, which a test that calls this holds.
    let folder = workspace().join("target/firmware");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--quiet", "--package", "portolan-firmware", "--features", "bare"]);
    cargo.args(["--bin", program.name(), "--profile", PROFILE, "--target", target]);
    cargo.current_dir(workspace()).env("CARGO_TARGET_DIR", &folder).stdin(Stdio::null());
    // What the present build was told is not for this one.
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        cargo.env_remove(variable);
    }
    let rustflags = format!("CARGO_TARGET_{}_RUSTFLAGS", target.to_uppercase().replace('-', "_"));
    cargo.env(rustflags, "-D warnings");
    if !is_installed(target) {
        let rust = Rust::fetch()?;
        let linker = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"));
        // Building `core` is not stable. The sources belong to this compiler, whose version is pinned.
        cargo.arg("-Zbuild-std=core").env("RUSTC_BOOTSTRAP", "1");
        cargo.env("RUSTC", rust.rustc).env(linker, rust.linker);
    }
    let status = cargo.status().map_err(|source| Error::Cargo { program: program.name(), source })?;
    if !status.success() {
        return Err(Error::Build { program: program.name(), status });
    }
    Ok(folder.join(target).join(PROFILE).join(program.name()))
}
