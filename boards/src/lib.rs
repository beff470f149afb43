//! Places and routes Portolan's blocks with open tools, and reports what came out.
//!
//! The tools (yosys, nextpnr) are Debian's packages, unpacked into a cached folder and run from there: no root, nothing
//! installed, exact versions pinned in `packages.lock`. What a run does, in order:
//!
//! 1. [`mirror`] finds a Debian mirror in this machine's own apt configuration.
//! 2. [`packages`] fetches the locked packages from it, checks each, and unpacks them.
//! 3. [`toolbox`] starts a tool out of that folder.
//! 4. [`harness`] wraps a block so that all its ports end in registers.
//! 5. [`fmax`] synthesises, places and routes it; [`report`] reads cells, speed and the slowest path.
#![forbid(unsafe_code)]

pub mod fmax;
pub mod harness;
pub mod mirror;
pub mod packages;
pub mod progress;
pub mod report;
pub mod toolbox;

mod error;

pub use error::Error;
