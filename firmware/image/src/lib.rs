//! Images of the firmware: built for processors that this machine's compiler may not know, as files and as words of a memory.
//!
//! 1. [`packages`] has the tools: Debian's compiler with the sources of `core`, its linker, and QEMU to try what was built.
//! 2. [`build`] builds a [`Program`]; [`soc_memory`] is what the soft core's memory holds when it starts.
#![forbid(unsafe_code)]

pub mod packages;

mod build;
mod elf;
mod error;

use std::fs;

use portolan_regs::soc::{MEMORY, MEMORY_BYTES};

pub use build::{Program, build};
pub use elf::words;
pub use error::Error;

/// Builds the soft core's program; the words of its memory.
///
/// # Errors
/// As [`build`], and when the program does not fit.
pub fn soc_memory() -> Result<Vec<u32>, Error> {
    let path = build(Program::Soc)?;
    let elf = fs::read(&path).map_err(|source| Error::Read { path, source })?;
    words(&elf, MEMORY, MEMORY_BYTES)
}
