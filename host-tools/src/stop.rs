//! Ctrl-C: a first one ends a command so that it leaves nothing half done; a second one ends the program.

use crate::failure::Failure;
use anyhow::Context;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

/// The user pressed Ctrl-C.
static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Listens from now on. SIGTERM and SIGHUP count as Ctrl-C.
pub fn listen() -> Result<(), Failure> {
    let interrupt = || {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            process::exit(Failure::INTERRUPTED.into());
        }
    };
    ctrlc::set_handler(interrupt).context("cannot listen to Ctrl-C").map_err(Failure::Run)
}

/// Whether the user wants no more.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
