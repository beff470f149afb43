//! Debian packages as folders: pinned in a lock file, fetched without root, and run where they lie.
//!
//! 1. [`mirror`] finds a Debian mirror in this machine's own apt configuration.
//! 2. [`fetch`] gets a [`Set`] as its [`Lock`] pins it, checks each file, and unpacks it into the project's [`cache`].
//! 3. [`loader`] starts a program out of that folder.
//!
//! [`rust`] is a cross compiler of such packages.
#![forbid(unsafe_code)]

pub mod loader;
pub mod mirror;
pub mod progress;
pub mod run;
pub mod rust;

mod error;
mod packages;

use std::path::PathBuf;

pub use error::Error;
pub use packages::{Lock, Package, Set, fetch, fetch_or_newest, hex};

/// This project's cache: `PORTOLAN_CACHE`, else `.cache/portolan` in the home folder.
pub fn cache() -> Result<PathBuf, Error> {
    let chosen = std::env::var_os("PORTOLAN_CACHE").map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".cache/portolan"));
    chosen.or_else(home).ok_or_else(|| Error::Output {
        tool: "the environment",
        what: "neither HOME nor PORTOLAN_CACHE".into(),
    })
}
