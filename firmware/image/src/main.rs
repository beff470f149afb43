//! `portolan-image`: builds the firmware's programs.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use portolan_image::{Program, build, packages};

/// Builds the firmware's programs.
#[derive(Debug, Parser)]
#[command(version, after_help = "Example:\n  portolan-image build soc")]
struct Cli {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Build programs, and say where their ELF files are
    Build {
        /// Which; without it, all of them
        programs: Vec<Program>,
    },
    /// Renew the lock files: pin what the Debian mirror has now
    Lock,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Action::Build { programs } if programs.is_empty() => build_all(&Program::ALL),
        Action::Build { programs } => build_all(&programs),
        Action::Lock => packages::renew().map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portolan-image: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build_all(programs: &[Program]) -> Result<()> {
    for program in programs {
        println!("{}", build(*program)?.display());
    }
    Ok(())
}
