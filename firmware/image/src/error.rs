//! What can go wrong with an image.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The tools could not be fetched.
    #[error("the tools of the firmware are not to be had")]
    Packages(#[from] portolan_packages::Error),
    /// cargo could not be started.
    #[error("cargo, which builds the firmware's program {program}, does not start")]
    Cargo {
        /// The program.
        program: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The program was not built.
    #[error("the firmware's program {program} was not built ({status}; the compiler says why above)")]
    Build {
        /// The program.
        program: &'static str,
        /// How cargo ended.
        status: ExitStatus,
    },
    /// The program cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The program is not what it should be.
    #[error("the firmware's file cannot be loaded: {what}")]
    Elf {
        /// Why not.
        what: &'static str,
    },
}
