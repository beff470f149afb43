//! Bitstreams of Portolan's boards by open tools, and the speed of its blocks.
//!
//! The tools (yosys, nextpnr, Project X-Ray) are Debian's packages, unpacked into a cached folder and run from there: no root, nothing
//! installed, exact versions pinned in lock files. What a run does, in order:
//!
//! 1. [`mirror`] finds a Debian mirror in this machine's own apt configuration.
//! 2. [`packages`] fetches the locked packages from it, checks each, and unpacks them.
//! 3. [`toolbox`] starts a tool out of that folder.
//! 4. Of a board: [`design`] gathers what goes in, [`flow`] builds it, [`bitstream`] makes frames and the bitstream of what
//!    nextpnr wrote, [`outcome`] says what came out.
//! 5. Of a block alone: [`harness`] wraps it so that all its ports end in registers, [`fmax`] measures it.
//!
//! [`armv7`] cross-compiles the tools for a Zynq board. [`chip`] knows the chips, [`report`] reads what the tools report.
#![forbid(unsafe_code)]

pub mod armv7;
pub mod bitstream;
pub mod chip;
pub mod design;
pub mod flow;
pub mod fmax;
pub mod harness;
pub mod mirror;
pub mod outcome;
pub mod packages;
pub mod progress;
pub mod report;
pub mod toolbox;

mod error;
mod step;

pub use error::Error;
