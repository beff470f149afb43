//! The command line: what can be asked, in the words of `--help`.

use crate::capture::Rate;
use crate::failure::Failure;
use crate::pins::Edges;
#[cfg(feature = "sim")]
use crate::sim_uart::{self, SimUartArgs};
use crate::wiring::MapArg;
use crate::{bench, info, run};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Port operations on Portolan boards, simulated and real: watch recorded signals arrive on a port.
#[derive(Debug, Parser)]
#[command(name = "portolan", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  portolan run                      play the bundled example through the simulated board
  portolan run recording.sr --json  one JSON object per packet, and a summary
  portolan run --board sim:pcie     the same through the PCIe endpoint
  portolan info                     what the board is and can do

Exit codes: 0 done, 1 the run failed, 2 the input or the arguments cannot be used.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a capture's edges into a board and show the packets that arrive on a port
    Run(RunArgs),
    /// Measure how long a packet takes, stage by stage, and what packets cost under load
    Bench(BenchArgs),
    /// Show what a board is: identity, version, layout hash, capabilities, clock
    Info(InfoArgs),
    /// Run a simulated board for other programs
    #[cfg(feature = "sim")]
    #[command(subcommand, after_help = "Example:\n  portolan sim uart --stimulus example --slower 50")]
    Sim(SimCommand),
}

/// How other programs reach the simulated board.
#[cfg(feature = "sim")]
#[derive(Debug, Subcommand)]
enum SimCommand {
    /// At the other end of a serial line: a pseudo-terminal, by whose bits alone the RTL is reached
    Uart(SimUartArgs),
}

/// Which board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BoardArg {
    /// No board: the same edges as software interrupts
    None,
    /// The simulated board on AXI4-Lite: the RTL's own Verilog, in this process; for short: sim
    #[value(name = "sim:axi", alias = "sim")]
    Axi,
    /// The simulated board on AXI whose packets come by rings in memory
    #[value(name = "sim:axi-rings")]
    AxiRings,
    /// The simulated board behind a PCIe root complex: registers, rings and interrupts by TLPs
    #[value(name = "sim:pcie")]
    Pcie,
}

impl BoardArg {
    /// Its name on the command line.
    pub fn name(self) -> String {
        let value = self.to_possible_value().expect("no board is skipped");
        value.get_name().into()
    }

    /// Whether it can write a waveform.
    pub fn can_trace(self) -> bool {
        self == BoardArg::Axi
    }
}

/// How a line treats edges that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Every edge is a packet
    Stream,
    /// One packet until it is acknowledged (when it is handed over); edges meanwhile are coalesced
    Ack,
}

/// Arguments of `portolan run`.
#[derive(Clone, Debug, Args)]
#[command(after_help = RUN_HELP)]
pub struct RunArgs {
    /// A sigrok session (.sr) or a VCD file; without it, a bundled example
    pub capture: Option<PathBuf>,

    /// Let a channel, by name or number, drive a line; repeatable. Others: channel n drives line n
    #[arg(long = "map", value_name = "CHANNEL=LINE")]
    pub maps: Vec<MapArg>,

    /// Leave out the channels without a --map
    #[arg(long)]
    pub only_mapped: bool,

    /// Which edges count
    #[arg(long, value_enum, default_value_t = Edges::Both)]
    pub edges: Edges,

    /// Every edge a packet, or one packet until it is acknowledged
    #[arg(long, value_enum, default_value_t = Mode::Stream)]
    pub mode: Mode,

    /// Where the edges go
    #[arg(long, value_enum, default_value_t = BoardArg::Axi)]
    pub board: BoardArg,

    /// The capture's sample rate, when the file has none: '24 MHz', 1.5M, 1000000
    #[arg(long, value_name = "RATE")]
    pub samplerate: Option<Rate>,

    /// One JSON object per line on stdout, and nothing else
    #[arg(long)]
    pub json: bool,

    /// How many packets to show before the summary
    #[arg(long, value_name = "N", default_value_t = 12, conflicts_with = "json")]
    pub packets: u64,

    /// Write a waveform of the whole run (for GTKWave or Surfer); of sim:axi alone
    #[arg(long, value_name = "FILE.fst")]
    pub trace: Option<PathBuf>,
}

const RUN_HELP: &str = "\
Examples:
  portolan run
  portolan run grbl.sr --map 'STEP (Y axis)=4' --edges rising
  portolan run dump.vcd --map top.irq=0 --only-mapped --mode ack --json

Sample n reaches the pins at cycle floor(n * f_clk / f_sample). The first sample sets the levels and is no
edge. Edges that vanish within one cycle of the board's clock are counted as unseen. Times count from the
first sample. All figures are of the channels that drive a line.";

/// Arguments of `portolan info`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  portolan info --board sim:pcie --json")]
pub struct InfoArgs {
    /// Which board
    #[arg(long, value_enum, default_value_t = BoardArg::Axi)]
    pub board: BoardArg,

    /// One JSON object on stdout, and nothing else
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `portolan bench`.
#[derive(Clone, Debug, Args)]
#[command(after_help = BENCH_HELP)]
pub struct BenchArgs {
    /// Which board
    #[arg(long, value_enum, default_value_t = BoardArg::Axi)]
    pub board: BoardArg,

    /// Packets to take under load
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub packets: u64,

    /// One JSON object on stdout, and nothing else
    #[arg(long)]
    pub json: bool,
}

const BENCH_HELP: &str = "\
Examples:
  portolan bench --board sim:axi-rings
  portolan bench --board none --packets 1000000 --json

First one edge at a time, each to a thread that sleeps; then edges of all lines at once, again and again, to a
thread that takes packets in batches. Stages on a simulated board are simulated time up to the wake, and time of
this machine from there.";

impl Cli {
    /// Does what was asked.
    pub fn execute(self) -> Result<(), Failure> {
        match self.command {
            Command::Run(args) => run::run(&args),
            Command::Bench(args) => bench::bench(&args),
            Command::Info(args) => info::info(&args),
            #[cfg(feature = "sim")]
            Command::Sim(SimCommand::Uart(args)) => sim_uart::serve(&args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed_and_every_command_shows_an_example() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        for sub in command.get_subcommands_mut() {
            let help = sub.render_long_help().to_string();
            assert!(help.contains("Example"), "{help}");
        }
    }
}
