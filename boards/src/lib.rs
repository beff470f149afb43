//! Bitstreams of Portolan's boards by open tools, and the speed of its blocks.
//!
//! The tools (yosys, nextpnr, Project X-Ray) are Debian's packages, unpacked into a cached folder and run from there: no root, nothing
//! installed, exact versions pinned in lock files. What a run does, in order:
//!
//! 1. [`portolan_packages`] fetches the locked packages from this machine's Debian mirror, checks and unpacks them.
//! 2. [`toolbox`] starts a tool out of that folder.
//! 3. Of a board: [`design`] gathers what goes in, [`flow`] builds it, [`bitstream`] makes frames and the bitstream of what
//!    nextpnr wrote, [`outcome`] says what came out.
//! 4. Of a block alone: [`harness`] wraps it so that all its ports end in registers, [`fmax`] measures it.
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
pub mod outcome;
pub mod report;
pub mod toolbox;

mod error;
mod step;

pub use error::Error;

/// Every set of packages of this crate.
pub const SETS: [portolan_packages::Set; 2] = [toolbox::SET, armv7::SET];

#[cfg(test)]
mod tests {
    use super::SETS;

    #[test]
    fn each_committed_lock_names_all_that_is_wanted() {
        for set in SETS {
            let lock = set.pinned().unwrap();
            for wanted in set.wanted {
                assert!(lock.packages.iter().any(|p| p.name == *wanted), "{}: {wanted}", set.file);
            }
        }
    }
}
