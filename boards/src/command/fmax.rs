//! `portolan-boards fmax`: how fast a block is.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use portolan_boards::chip;
use portolan_boards::design::clocks;
use portolan_boards::fmax::{self, Job, Outcome};
use portolan_boards::harness::Domain;
use portolan_boards::packages::FPGA;
use portolan_boards::toolbox::Toolbox;
use portolan_hdl::emit::{self, Size, Top};

/// What the AXI top of any size must reach, in MHz.
const LEAST: f64 = 110.0;

#[derive(Args)]
pub struct Fmax {
    /// The top to measure
    #[arg(long, value_enum, default_value = "axi", conflicts_with = "verilog")]
    top: TopArg,
    /// Lines and ports of the top, such as 64x4; 32x8 if not given
    #[arg(long, value_name = "LINESxPORTS", value_parser = size)]
    size: Option<Size>,
    /// A Verilog file to measure instead of a top
    #[arg(long, value_name = "FILE", conflicts_with = "size", requires = "module")]
    verilog: Option<PathBuf>,
    /// The module of that file to measure
    #[arg(long, requires = "verilog")]
    module: Option<String>,
    /// That module's clock input
    #[arg(long, default_value = "s_axi_aclk", requires = "verilog")]
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
    /// Fail below this, in MHz; 110 for the AXI top if not given, and nothing for another
    #[arg(long, value_name = "MHZ")]
    least: Option<f64>,
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

#[derive(Clone, Copy, ValueEnum)]
enum TopArg {
    /// AXI4-Lite slave
    Axi,
    /// The same, and rings behind an AXI master
    AxiRings,
    /// AXI3 slave for a Zynq-7000's GP0, and rings behind an AXI3 master
    Zynq,
    /// Beside a 7-series integrated block for PCI Express: two clocks
    Pcie,
}

impl From<TopArg> for Top {
    fn from(top: TopArg) -> Top {
        match top {
            TopArg::Axi => Top::Axi,
            TopArg::AxiRings => Top::AxiRings,
            TopArg::Zynq => Top::Zynq,
            TopArg::Pcie => Top::Pcie,
        }
    }
}

/// Places and routes a block for an xc7a35t.
pub fn fmax(options: &Fmax) -> Result<()> {
    let chip = &chip::ALL[0];
    let (verilog, module, clocks) = match (&options.verilog, &options.module) {
        (Some(file), Some(module)) => {
            let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            (text, module.clone(), vec![Domain { clock: options.clock.clone(), ports: Vec::new() }])
        }
        _ => {
            let top = Top::from(options.top);
            (emit::verilog(top, options.size.unwrap_or_default()), top.name().into(), clocks(top))
        }
    };
    let lock = if options.newest { FPGA.newest()? } else { FPGA.committed()? };
    let tools = Toolbox::open(&lock)?;
    let job = Job {
        chip,
        verilog,
        top: module,
        clocks,
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
    let least = options.least.unwrap_or(if outcome.top == Top::Axi.name() { LEAST } else { 0.0 });
    if outcome.mhz < least {
        bail!("{} reaches {:.1} MHz on {}; at least {least} are wanted", outcome.top, outcome.mhz, chip.part);
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
    let offered = &chip::ALL[0].offered;
    let mut text = format!(
        "\n{} on {}, seed {}: {:.1} MHz\n\n{:<26}{:>8}{:>9}{:>8}\n",
        outcome.top, outcome.part, outcome.seed, outcome.mhz, "cells of the block alone", "used", "of", "%"
    );
    let mut row = |name: &str, used: f64, of: u64| {
        let _ = writeln!(text, "{name:<26}{used:>8}{of:>9}{:>7.1}%", 100.0 * used / of as f64);
    };
    row("  LUT", cells.lut as f64, offered.lut);
    row("    of these as memory", cells.lut_as_memory as f64, offered.lut_as_memory);
    row("  FF", cells.ff as f64, offered.ff);
    row("  RAMB36 (a RAMB18 = 0.5)", cells.ramb36 as f64 + cells.ramb18 as f64 / 2.0, offered.ramb36);
    row("  CARRY4", cells.carry4 as f64, offered.carry4);
    if cells.dsp > 0 {
        row("  DSP48", cells.dsp as f64, offered.dsp);
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
