//! Inside a guest: what is tried on a board that the guest's own kernel hands to a process.
//!
//! Each command works on one board by its name, says what it found as its last line, and fails if anything is not as it
//! should be. The machine around it is laid out by `portolan-system`, which boots the guest and reads those lines.

mod board;
mod costs;
mod edges;
mod faults;
mod held;
#[path = "../../../../driver/capi/tests/in_process/mod.rs"]
mod in_process;
mod rules;
mod user;

use anyhow::Result;
use clap::{Parser, Subcommand};

use board::BoardArgs;

/// Tries a board of this machine's kernel.
#[derive(Debug, Parser)]
#[command(after_help = "Example:\n  portolan-guest rules vfio:0000:00:02.0")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the conformance suite's cases about lines
    Rules(BoardArgs),
    /// Take the edges of the stimulus that starts when a line is armed, and account for each
    Edges(edges::EdgesArgs),
    /// Have the tool measure what packets cost, which is to be no register read
    Costs(costs::CostsArgs),
    /// Reset the board amid traffic
    Reset(BoardArgs),
    /// Take the rings' memory from the board amid traffic
    Unmap(BoardArgs),
    /// Open the board beside another process that has it
    Held(BoardArgs),
    /// Open the board, say so, and keep it until stdin ends
    Hold(BoardArgs),
    /// Run a command as another user
    AsUser(user::UserArgs),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Rules(board) => rules::run(&board),
        Command::Edges(args) => edges::run(&args),
        Command::Costs(args) => costs::run(&args),
        Command::Reset(board) => faults::reset(&board),
        Command::Unmap(board) => faults::unmap(&board),
        Command::Held(board) => held::run(&board),
        Command::Hold(board) => held::hold(&board),
        Command::AsUser(args) => user::run(&args),
    }
}
