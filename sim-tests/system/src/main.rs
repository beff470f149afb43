//! `portolan-system`: boots guests whose kernels drive the simulated card, and tells what came of it.
//!
//! In order: [`packages`] fetches QEMU, Debian's kernel and the tools of a kernel's build into the cache; [`kernel`]
//! builds the small kernel there; [`programs`] builds what runs inside, linked statically; [`guests`] says what each
//! guest is and what is tried in it; [`archive`] makes its initial file system, [`tree`] its device tree where it has one;
//! [`run`] starts the card (`portolan sim serve`) and QEMU, and reads what the guest says.
#![forbid(unsafe_code)]

mod archive;
mod guests;
mod kernel;
mod packages;
mod programs;
mod run;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};

/// Boots guests whose kernels drive the simulated card.
#[derive(Debug, Parser)]
#[command(version, after_help = "Example:\n  portolan-system test --only vfio-group")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Boot the guests and tell what came of each
    Test(TestArgs),
    /// Fetch and build all that the guests need
    Prepare,
    /// Compile the workspace with the packaged Rust that makes programs for arm64
    Compile,
    /// Renew the lock files: pin what the Debian mirror has now
    Lock,
}

#[derive(Clone, Debug, clap::Args)]
struct TestArgs {
    /// Only guests of this name; repeatable
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Of each guest only steps of this name; repeatable
    #[arg(long, value_name = "NAME")]
    step: Vec<String>,
    /// Show all that the guests say
    #[arg(long)]
    verbose: bool,
    /// The program `portolan` that is the card, instead of one that is built now
    #[arg(long, value_name = "FILE")]
    tool: Option<PathBuf>,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Test(args) => test(&args),
        Command::Prepare => Parts::prepare(&guests::all(), None).map(drop),
        Command::Compile => programs::compile(),
        Command::Lock => packages::renew(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portolan-system: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// All that guests are made of.
struct Parts {
    packages: packages::Packages,
    kernels: kernel::Kernels,
    programs: programs::Programs,
}

impl Parts {
    fn prepare(guests: &[guests::Guest], tool: Option<&Path>) -> Result<Parts> {
        let packages = packages::Packages::fetch()?;
        let kernels = kernel::Kernels::build(&packages, guests)?;
        let programs = programs::Programs::build(tool, guests)?;
        Ok(Parts { packages, kernels, programs })
    }
}

fn test(args: &TestArgs) -> Result<()> {
    let begun = Instant::now();
    let mut guests = guests::all();
    if let Some(unknown) =
        args.only.iter().find(|name| !guests.iter().any(|guest| guest.name == name.as_str()))
    {
        let names: Vec<_> = guests.iter().map(|guest| guest.name).collect();
        bail!("there is no guest {unknown}; there are {}", names.join(", "));
    }
    guests.retain(|guest| args.only.is_empty() || args.only.iter().any(|name| name == guest.name));
    for guest in &mut guests {
        guest.steps.retain(|step| args.step.is_empty() || args.step.iter().any(|name| name == step.name));
        if guest.steps.is_empty() {
            bail!("guest {} has no step of such a name", guest.name);
        }
    }
    let parts = Parts::prepare(&guests, args.tool.as_deref())?;
    let outcomes = run::all(&parts, &guests, args.verbose)?;
    let failed: Vec<_> = outcomes.iter().filter(|outcome| !outcome.passed()).collect();
    for outcome in &outcomes {
        println!("{outcome}");
    }
    println!("{} passed, {} failed", outcomes.len() - failed.len(), failed.len());
    println!("all in {} s", begun.elapsed().as_secs());
    if failed.is_empty() { Ok(()) } else { bail!("{} of {} guests failed", failed.len(), outcomes.len()) }
}
