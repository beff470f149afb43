//! `portolan-boards`: how fast a block is on a real chip, by open tools.
#![forbid(unsafe_code)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use portolan_boards::fmax::{self, Job, OFFERED, Outcome, PART};
use portolan_boards::packages::Lock;
use portolan_boards::toolbox::Toolbox;
use portolan_hdl::emit::{self, Size, Top};

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Place and route a block for an xc7a35t and report its highest clock frequency
    Fmax(Fmax),
    /// Renew packages.lock: pin what the Debian mirror has now
    Lock,
}

#[derive(Args)]
struct Fmax {
    /// Lines and ports of the AXI top, such as 64x4; 32x8 if not given
    #[arg(long, value_name = "LINESxPORTS", value_parser = size)]
    size: Option<Size>,
    /// A Verilog file to measure instead of the AXI top
    #[arg(long, value_name = "FILE", conflicts_with = "size")]
    verilog: Option<PathBuf>,
    /// The module to measure
    #[arg(long, default_value = Top::Axi.name())]
    top: String,
    /// The module's clock input
    #[arg(long, default_value = "s_axi_aclk")]
    clock: String,
    /// The placer's seed: another gives a result some per cent away
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// nextpnr's placer: heap, static or sa
    #[arg(long, default_value = "heap")]
    placer: String,
    /// What place and route aims at, in MHz
    #[arg(long, default_value_t = 125.0)]
    target: f64,
    /// Fail below this, in MHz
    #[arg(long, default_value_t = 110.0)]
    least: f64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Use the tools that the mirror has now, whatever packages.lock pins
    #[arg(long)]
    newest: bool,
    /// Where to leave the files of the run
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/fmax"))]
    out: PathBuf,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Action::Fmax(options) => fmax(&options),
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

fn fmax(options: &Fmax) -> Result<()> {
    let verilog = match &options.verilog {
        Some(file) => fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?,
        None => emit::verilog(Top::Axi, options.size.unwrap_or_default()),
    };
    let lock = if options.newest { Lock::newest()? } else { Lock::committed()? };
    let tools = Toolbox::open(&lock)?;
    let job = Job {
        verilog,
        top: options.top.clone(),
        clock: options.clock.clone(),
        seed: options.seed,
        placer: options.placer.clone(),
        target_mhz: options.target,
        folder: options.out.clone(),
    };
    let outcome = fmax::run(&tools, &job)?;
    if options.json {
        println!("{}", serde_json::to_string(&outcome)?);
    } else {
        print!("{}", describe(&outcome));
        println!("\nEvery file of the run is in {}", job.folder.display());
    }
    if outcome.mhz < options.least {
        bail!(
            "{} reaches {:.1} MHz on {PART}; at least {} are wanted",
            outcome.top,
            outcome.mhz,
            options.least
        );
    }
    Ok(())
}

/// `32x8`
fn size(text: &str) -> Result<Size> {
    let (lines, ports) = text.split_once('x').context("not of the form LINESxPORTS")?;
    Ok(Size::new(lines.parse()?, ports.parse()?)?)
}

/// For people.
fn describe(outcome: &Outcome) -> String {
    let Outcome { cells, routed, .. } = outcome;
    let mut text = format!(
        "\n{} on {}, seed {}: {:.1} MHz\n\n{:<26}{:>8}{:>9}{:>8}\n",
        outcome.top, outcome.part, outcome.seed, outcome.mhz, "cells of the block alone", "used", "of", "%"
    );
    let mut row = |name: &str, used: f64, of: u64| {
        let _ = writeln!(text, "{name:<26}{used:>8}{of:>9}{:>7.1}%", 100.0 * used / of as f64);
    };
    row("  LUT", cells.lut as f64, OFFERED.lut);
    row("    of these as memory", cells.lut_as_memory as f64, OFFERED.lut_as_memory);
    row("  FF", cells.ff as f64, OFFERED.ff);
    row("  RAMB36 (a RAMB18 = 0.5)", cells.ramb36 as f64 + cells.ramb18 as f64 / 2.0, OFFERED.ramb36);
    row("  CARRY4", cells.carry4 as f64, OFFERED.carry4);
    if cells.dsp > 0 {
        row("  DSP48", cells.dsp as f64, OFFERED.dsp);
    }
    let _ = writeln!(text, "\nplaced, with the timing harness around it");
    for (kind, used) in &routed.used {
        let _ = writeln!(text, "  {kind:<24}{used:>8}");
    }
    for clock in &routed.clocks {
        let _ = writeln!(text, "\nclock {}: {:.1} MHz", clock.name, clock.mhz);
    }
    let total: f64 = routed.slowest.iter().map(|h| h.delay_ns).sum();
    let routing: f64 = routed.slowest.iter().filter(|h| h.kind == "routing").map(|h| h.delay_ns).sum();
    let levels = routed.slowest.iter().filter(|h| h.kind == "logic" && !h.in_carry_chain()).count();
    let _ =
        writeln!(text, "slowest path: {total:.2} ns, {routing:.2} of it routing, {levels} levels of logic");
    let mut at = 0.0;
    for hops in routed.slowest.chunk_by(|a, b| a.in_carry_chain() && b.in_carry_chain()) {
        let delay: f64 = hops.iter().map(|hop| hop.delay_ns).sum();
        at += delay;
        let what = match hops {
            [hop] => {
                let net = hop.net.as_ref().map(|net| format!("  net {net}")).unwrap_or_default();
                let source = hop.source.as_ref().map(|source| format!("  {source}")).unwrap_or_default();
                format!("{:<9} {}{net}{source}", hop.kind, hop.to)
            }
            chain => format!("{:<9} {} blocks", "carry", chain.len().div_ceil(2)),
        };
        let _ = writeln!(text, "  {at:>6.2} {delay:>6.2} {what}");
    }
    let _ = writeln!(
        text,
        "\nsynthesis {:.0} s, place and route {:.0} s",
        outcome.synthesis_s, outcome.place_and_route_s
    );
    text
}

fn lock() -> Result<()> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/packages.lock"));
    let lock = Lock::newest()?;
    fs::write(path, lock.to_string()).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}: {} packages", path.display(), lock.packages.len());
    Ok(())
}
