//! The machine that boards are plugged into: what is there, who has it, and what is missing.
//!
//! [`devices`](mod@devices) lists boards, [`bind`](mod@bind) hands them to a driver and back, [`doctor`](mod@doctor)
//! looks for what stands in the way. All read the kernel's files below a [`root::Root`].

pub mod bind;
pub mod devices;
pub mod doctor;
pub mod pci;
pub mod root;
#[cfg(feature = "serial")]
mod serial;
mod uio;
mod user;

use crate::failure::Failure;
use root::Root;
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;

/// What the commands about this machine have in common.
#[derive(Clone, Debug, clap::Args)]
pub struct SystemArgs {
    /// One JSON object per line on stdout, and nothing else
    #[arg(long)]
    pub json: bool,

    /// The folder in which /sys, /proc, /dev and /etc are looked for
    #[arg(long, value_name = "FOLDER", default_value = "/", hide = true)]
    pub root: PathBuf,
}

impl SystemArgs {
    fn root(&self) -> Root {
        Root::new(&self.root)
    }
}

/// Prints objects, one a line.
fn print_json(objects: &[impl Serialize]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for object in objects {
        let text = serde_json::to_string(object).map_err(|error| Failure::output(error.into()))?;
        writeln!(out, "{text}").map_err(Failure::output)?;
    }
    out.flush().map_err(Failure::output)
}

/// Prints text.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::output)
}
