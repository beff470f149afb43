//! Another user: one who is not root, with one group.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

/// Arguments of `as-user`.
#[derive(Clone, Debug, Args)]
pub struct UserArgs {
    /// The user's number
    uid: u32,
    /// The number of the user's only group
    gid: u32,
    /// What to run
    #[arg(trailing_var_arg = true, required = true)]
    command: Vec<String>,
}

/// Becomes the user and the command.
pub fn run(args: &UserArgs) -> Result<()> {
    let error = Command::new(&args.command[0]).args(&args.command[1..]).gid(args.gid).uid(args.uid).exec();
    Err(error).with_context(|| format!("starting {}", args.command[0]))
}
