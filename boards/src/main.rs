//! `portolan-boards`: bitstreams of boards, and how fast a block is, by open tools.
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use portolan_boards::toolbox::{SET, Toolbox};

mod command;

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Build the bitstreams of boards, with a report of each
    Build(command::Build),
    /// Place and route a block for an xc7a35t and report the highest frequency of its clocks
    Fmax(command::Fmax),
    /// Put the reports of the last builds into boards/figures.json and the README's table
    Table,
    /// Fetch the tools into the cache
    Tools,
    /// Renew packages.lock: pin what the Debian mirror has now
    Lock,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Action::Build(options) => command::build(&options),
        Action::Fmax(options) => command::fmax(&options),
        Action::Table => command::table(),
        Action::Tools => tools(),
        Action::Lock => lock(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portolan-boards: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn tools() -> Result<()> {
    println!("{}", Toolbox::open(&SET.pinned()?)?.name());
    Ok(())
}

fn lock() -> Result<()> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/packages.lock"));
    let lock = SET.newest()?;
    fs::write(path, SET.text(&lock)).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}: {} packages", path.display(), lock.packages.len());
    Ok(())
}
