//! Places and routes Portolan's blocks with open tools, and reports what came out.
//!
//! The tools (yosys, nextpnr) are Debian's packages, unpacked into a cached folder and run from there: no root, nothing
//! installed, exact versions pinned in `packages.lock`. What a run does, in order:
//!
//! 1. [`portolan_packages`] fetches the locked packages from this machine's Debian mirror, checks and unpacks them.
//! 2. [`toolbox`] starts a tool out of that folder.
//! 3. [`harness`] wraps a block so that all its ports end in registers.
//! 4. [`fmax`] synthesises, places and routes it; [`report`] reads cells, speed and the slowest path.
#![forbid(unsafe_code)]

pub mod fmax;
pub mod harness;
pub mod report;
pub mod toolbox;

pub use portolan_packages::Error;
