//! What packets cost, by the tool's own benchmark.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::board::{BoardArgs, LOOK_READS};

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
    let (reads, rate) = (number("reads_per_packet")?, number("packets_per_s")?);
    let median = |stage: &str| figures["stages_ns"][stage]["p50"].as_u64().map(|ns| ns / 1_000);
    println!(
        "{}",
        json!({ "reads_per_packet": reads, "writes_per_batch": number("writes_per_batch")?,
                "packets": number("packets")?, "packets_per_s": rate.round(),
                "trigger_to_user_us": median("trigger_to_user"), "wake_to_user_us": median("wake_to_user") })
    );
    ensure!(number("lost")? == 0.0, "packets were lost that were not fired faster than taken");
    ensure!(reads * rate <= LOOK_READS, "{reads} register reads a packet, {} in a second", reads * rate);
    Ok(())
}
