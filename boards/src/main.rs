//! `portolan-boards`: bitstreams of boards, and how fast a block is, by open tools.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use portolan_boards::toolbox::{self, Toolbox};
use portolan_boards::{SETS, armv7};

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
    /// Cross-compile `portolan` for the Linux of a Zynq board, and start it under qemu-arm
    Armv7,
    /// Renew the lock files: pin what the Debian mirror has now
    Lock,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Action::Build(options) => command::build(&options),
        Action::Fmax(options) => command::fmax(&options),
        Action::Table => command::table(),
        Action::Tools => tools(),
        Action::Armv7 => armv7(),
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
    println!("{}", Toolbox::pinned_or_newest()?.name());
    Ok(())
}

fn armv7() -> Result<()> {
    let tools = Toolbox::open(&toolbox::SET.pinned()?)?;
    let portolan = armv7::build()?;
    let edges = armv7::check(&tools, &portolan)?;
    println!(
        "{}: started under qemu-arm, {edges} edges of the bundled example delivered",
        portolan.display()
    );
    Ok(())
}

fn lock() -> Result<()> {
    for set in SETS {
        set.renew(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    }
    Ok(())
}
