//! What packets cost, by the tool's own benchmark.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::board::BoardArgs;

/// Register reads for a packet that come to nothing: looks whether the board lives, of which there are some in a second.
const MOST_READS: f64 = 0.01;

/// Arguments of `costs`.
#[derive(Clone, Debug, Args)]
pub struct CostsArgs {
    #[command(flatten)]
    board: BoardArgs,

    /// Packets to take
    #[arg(long)]
    packets: u64,
}

/// Has them measured.
pub fn run(args: &CostsArgs) -> Result<()> {
    let mut bench = Command::new("portolan");
    bench.args(["bench", "--json", "--board", &args.board.board, "--packets", &args.packets.to_string()]);
    bench.args(args.board.allow_noiommu.then_some("--allow-noiommu"));
    let output = bench.output().context("starting portolan bench")?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "portolan bench failed: {error}");
    let figures: Value = serde_json::from_slice(&output.stdout).context("what portolan bench says")?;
    println!("{figures}");
    let number = |name: &str| figures[name].as_f64().with_context(|| format!("no {name} among the figures"));
    let reads = number("reads_per_packet")?;
    let median = |stage: &str| figures["stages_ns"][stage]["p50"].as_u64().map(|ns| ns / 1_000);
    println!(
        "{}",
        json!({ "reads_per_packet": reads, "writes_per_batch": number("writes_per_batch")?,
                "packets": number("packets")?, "packets_per_s": number("packets_per_s")?.round(),
                "trigger_to_user_us": median("trigger_to_user"), "wake_to_user_us": median("wake_to_user") })
    );
    ensure!(number("lost")? == 0.0, "packets were lost that were not fired faster than taken");
    ensure!(reads <= MOST_READS, "{reads} register reads a packet");
    Ok(())
}
