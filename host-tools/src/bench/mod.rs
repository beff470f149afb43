//! `portolan bench`: how long a packet takes, stage by stage, and what packets cost under load.
//!
//! Two measurements. *One at a time*: an edge, and a thread that sleeps until its packet comes. *Load*: edges of all
//! lines, again and again, nearly as fast as their packets can be handed on, and a thread that takes them in batches. The
//! board's account must balance in the end.

mod figures;
mod outside;
mod probe;
#[cfg(feature = "sim")]
mod simulated;
mod software;

use crate::board::BoardSpec;
use crate::cli::BenchArgs;
use crate::failure::Failure;
#[cfg(not(feature = "sim"))]
use crate::simulator;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};

/// Edges that are measured one at a time.
const SINGLES: u64 = 2_000;
/// Most packets taken at a time.
const BATCH: usize = 256;

/// Runs the command.
pub fn bench(args: &BenchArgs) -> Result<(), Failure> {
    let progress = progress(SINGLES + args.packets, args.json);
    let figures = match args.board.board {
        BoardSpec::None | BoardSpec::Outside(_) => match args.board.open()? {
            Some(device) => outside::measure(device, args.packets, &progress)?,
            None => software::measure(args.packets, &progress)?,
        },
        #[cfg(not(feature = "sim"))]
        BoardSpec::Simulated(_) => return Err(simulator::missing()),
        #[cfg(feature = "sim")]
        BoardSpec::Simulated(top) => simulated::measure(top, args.packets, &progress)?,
    };
    progress.finish_and_clear();
    let mut out = io::stdout().lock();
    let written = if args.json {
        serde_json::to_writer(&mut out, &figures).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else {
        write!(out, "{}", figures.table())
    };
    written.map_err(Failure::output)
}

/// A bar of so many packets on stderr, if that is a terminal and nothing else writes on it.
fn progress(packets: u64, json: bool) -> ProgressBar {
    let hidden = json && io::stdout().is_terminal();
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(packets), target);
    if let Ok(style) = ProgressStyle::with_template("  {bar:32.cyan/dim} {percent:>3} %  {per_sec}") {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar
}
