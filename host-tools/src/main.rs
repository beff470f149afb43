//! The command `portolan`.
#![forbid(unsafe_code)]

use clap::Parser;
use portolan_tools::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::parse().execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
