//! Every edge of a stimulus, accounted for: taken as a packet, or counted with what became of it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use portolan::{Board, Packet, Status};
use serde_json::json;

use crate::board::{BoardArgs, Bound, LOOK_READS};

/// After so long without a packet, the counters are looked at.
const QUIET: Duration = Duration::from_millis(500);
/// After so long without an edge, no more are waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Arguments of `edges`.
#[derive(Clone, Debug, Args)]
pub struct EdgesArgs {
    #[command(flatten)]
    board: BoardArgs,

    /// How many edges the stimulus has
    #[arg(long)]
    edges: u64,

    /// Packets are pulled, each by so many register reads at most; otherwise none is read for packets
    #[arg(long, value_name = "READS")]
    pulled: Option<f64>,

    /// The most edges in a hundred that may be lost, with their count: the card's time is real time, which a machine that
    /// is busy does not give its guests
    #[arg(long, value_name = "PERCENT", default_value_t = 90)]
    most_lost: u64,
}

/// Takes them.
pub fn run(args: &EdgesArgs) -> Result<()> {
    let device = args.board.device()?;
    let board = Board::open(device.clone())?;
    let bound = Bound::new(&board)?;
    let mut packets = [Packet::default(); 256];
    let (mut taken, mut reads, mut batches) = (0, 0, 0u64);
    let (mut seen, mut last) = (0, Instant::now());
    let (begun, mut ended) = (Instant::now(), Instant::now());
    let lines = loop {
        let before = device.reads();
        let waited = bound.port.wait_batch(&mut packets, board.deadline_after(QUIET));
        // Without packets, the driver looks now and then whether the board lives.
        reads += if waited.is_ok() { device.reads() - before } else { 0 };
        match waited {
            Ok(count) => {
                taken += count as u64;
                batches += 1;
                ended = Instant::now();
                continue;
            }
            Err(Status::TIMED_OUT) => {}
            Err(status) => {
                return Err(status).with_context(|| format!("after {taken} packets: {:?}", board.obituary()));
            }
        }
        let lines = board.stats().context("the board's counters")?.lines;
        let edges: u64 = lines.iter().map(|line| line.edges).sum();
        if edges >= args.edges && lines.iter().all(|line| line.undelivered == 0) {
            break lines;
        }
        if edges != seen {
            (seen, last) = (edges, Instant::now());
        }
        ensure!(last.elapsed() < PATIENCE, "{edges} of {} edges came, {taken} packets", args.edges);
    };
    for line in &lines {
        ensure!(line.hold(), "the account of line {} does not balance: {line:?}", line.line);
    }
    let sum = |of: fn(&portolan::Counters) -> u64| lines.iter().map(of).sum::<u64>();
    let (edges, delivered) = (sum(|line| line.edges), sum(|line| line.delivered));
    let lost = sum(|line| line.lost + line.coalesced + line.discarded);
    ensure!(edges == args.edges, "{edges} edges were counted, the stimulus has {}", args.edges);
    ensure!(taken == delivered, "{taken} packets were taken, {delivered} were counted as delivered");
    ensure!(edges == taken + lost, "{edges} edges, {taken} packets, {lost} lost");
    let reads_per_packet = reads as f64 / taken as f64;
    let seconds = (ended - begun).as_secs_f64();
    println!(
        "{}",
        json!({ "edges": edges, "taken": taken, "lost": lost, "batches": batches, "seconds": seconds,
                "reads_per_packet": reads_per_packet, "rings": board.info().ring_slots > 0 })
    );
    ensure!(100 * lost <= args.most_lost * edges, "{lost} of {edges} edges were lost");
    let most = args.pulled.map_or(LOOK_READS * seconds, |most| most * taken as f64);
    ensure!(reads as f64 <= most, "{reads} register reads for {taken} packets in {seconds} s");
    Ok(())
}
