//! `portolan-boards build`: bitstreams and reports of boards.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use portolan_board::Board;
use portolan_boards::design::Design;
use portolan_boards::flow::{self, From};
use portolan_boards::packages::FPGA;
use portolan_boards::toolbox::{Toolbox, cache};

#[derive(Args)]
#[command(after_help = "Example:\n  cargo run -p portolan-boards -- build zybo-z7-10\n\n\
    Leaves BOARD.bit, BOARD.bin (for Linux's FPGA manager of a Zynq-7000), report.txt and report.json, and every file of the\n\
    run. What was built before from the same inputs is not built again. Fails when a clock is not met; the report is there\n\
    nevertheless.")]
pub struct Build {
    /// Boards to build: folders of boards/
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    boards: Vec<String>,
    /// Every board
    #[arg(long)]
    all: bool,
    /// Print one JSON object per board
    #[arg(long)]
    json: bool,
    /// Another seed for the placer than board.toml has
    #[arg(long)]
    seed: Option<u32>,
    /// Where to leave a folder per board
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bitstreams"))]
    out: PathBuf,
}

/// Builds the boards one after the other, all of them even if one does not meet its clock.
pub fn build(options: &Build) -> Result<()> {
    let boards: Vec<&Board> = if options.all {
        portolan_board::all().iter().collect()
    } else {
        options.boards.iter().map(|id| portolan_board::find(id)).collect::<Result<_, _>>()?
    };
    let tools = Toolbox::open(&FPGA.committed()?)?;
    let cache = cache()?;
    let mut missed = Vec::new();
    for board in boards {
        let mut design = Design::of(board)?;
        design.seed = options.seed.unwrap_or(design.seed);
        let folder = options.out.join(board.id);
        eprintln!("{}: {} lines, {} ports, {}", board.name, board.size.lines, board.size.ports, board.part);
        let (outcome, from) = flow::build(&tools, &design, &folder, &cache)?;
        match from {
            From::Folder => eprintln!("built before from the same inputs"),
            From::Cache => eprintln!("built before from the same inputs, taken from {}", cache.display()),
            From::Tools => {}
        }
        if options.json {
            println!("{}", serde_json::to_string(&outcome)?);
        } else {
            print!("{outcome}");
            println!("  in {}\n", folder.display());
        }
        if !outcome.is_met() {
            let (reached, wanted) = (outcome.routed.mhz(), outcome.least_mhz);
            missed.push(format!("{} reaches {reached:.1} MHz, {wanted:.1} are wanted", board.id));
        }
    }
    if !missed.is_empty() {
        bail!("the clock is not met: {}", missed.join("; "));
    }
    Ok(())
}
