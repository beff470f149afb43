//! Bitstreams of Portolan's boards by open tools, and the speed of its blocks.
//!
//! The tools (yosys, nextpnr, Project X-Ray) are Debian's packages, unpacked into a cached folder and run from there: no root, nothing
//! installed, exact versions pinned in `packages.lock`. What a run does, in order:
//!
//! 1. [`portolan_packages`] fetches the locked packages from this machine's Debian mirror, checks and unpacks them.
//! 2. [`toolbox`] starts a tool out of that folder.
//! 3. Of a board: [`design`] gathers what goes in, [`flow`] builds it, [`bitstream`] makes frames and the bitstream of what
//!    nextpnr wrote, [`outcome`] says what came out.
//! 4. Of a block alone: [`harness`] wraps it so that all its ports end in registers, [`fmax`] measures it.
//!
//! [`chip`] knows the chips, [`report`] reads what the tools report.
#![forbid(unsafe_code)]

pub mod bitstream;
pub mod chip;
pub mod design;
pub mod flow;
pub mod fmax;
pub mod harness;
pub mod outcome;
pub mod report;
pub mod toolbox;

mod error;
mod step;

pub use error::Error;
