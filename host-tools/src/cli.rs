//! The command line: what can be asked, in the words of `--help`.

use crate::board::BoardArgs;
use crate::capture::Rate;
use crate::failure::Failure;
use crate::flash::{self, FlashArgs};
use crate::operations::{self, DoArgs, IrqCommand, PortCommand};
use crate::pins::Edges;
use crate::shell::{self, CompletionsArgs, ManArgs};
#[cfg(feature = "sim")]
use crate::sim_uart::{self, SimUartArgs};
use crate::system::bind::{self, BindArgs, UnbindArgs};
use crate::system::devices::{self, DevicesArgs};
use crate::system::doctor::{self, DoctorArgs};
use crate::watch::args::{RecordArgs, WatchArgs};
use crate::wiring::MapArg;
use crate::{bench, info, record, run, watch};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use portolan::Delivery;
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
  portolan watch --board sim:pcie   what arrives, as it arrives
  portolan do 'bind 3; trigger 3; wait; ack 3'
  portolan devices                  the boards that are plugged in
  portolan doctor                   what stands in their way
  portolan sim serve --socket PATH  let a guest, or another program, have the simulated board
  portolan info                     what a board is and can do

Exit codes: 0 done, 1 the run failed, 2 the input or the arguments cannot be used.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a capture's edges into a board and show the packets that arrive on a port
    Run(RunArgs),
    /// Show packets of a board's lines as they arrive, until Ctrl-C, and then the summary
    Watch(WatchArgs),
    /// Record a board's lines into a file that plays back to the same edges
    Record(RecordArgs),
    /// Carry out operations of ports and interrupts on a board, one after the other
    Do(DoArgs),
    /// Operations of a port: queue, wait, cancel
    #[command(subcommand, after_help = "Example:\n  portolan port queue --key 7 --board none")]
    Port(PortCommand),
    /// Operations of a line's interrupt: trigger, ack, mask, mode, filter, stats
    #[command(subcommand, after_help = "Example:\n  portolan irq trigger 3")]
    Irq(IrqCommand),
    /// Measure how long a packet takes, stage by stage, and what packets cost under load
    Bench(BenchArgs),
    /// Show what a board is: identity, version, layout hash, capabilities, clock
    Info(InfoArgs),
    /// Work on a simulated board itself
    #[command(subcommand)]
    Sim(SimCommand),
    /// List the boards that are plugged in, who has each, and what is missing
    Devices(DevicesArgs),
    /// Hand a PCI board to the driver by which programs get it
    Bind(BindArgs),
    /// Take a PCI board from that driver again
    Unbind(UnbindArgs),
    /// Look for what stands in the way of boards, or makes them slow, and say what mends it
    Doctor(DoctorArgs),
    /// Write the completions for a shell
    Completions(CompletionsArgs),
    /// Write the man pages
    Man(ManArgs),
    /// Load a bitstream into a board's FPGA, by openFPGALoader
    Flash(FlashArgs),
}

/// What can be done with a simulated board besides using it.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  portolan sim serve --socket /tmp/portolan.sock")]
enum SimCommand {
    /// Serve a simulated board on a vfio-user socket: to QEMU's guests, and to --board vfio-user:PATH
    Serve(ServeArgs),
    /// At the other end of a serial line: a pseudo-terminal, by whose bits alone the RTL is reached
    #[cfg(feature = "sim")]
    Uart(SimUartArgs),
}

/// What a served board hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ServedTop {
    /// A PCIe card: rings in memory, MSI-X
    Pcie,
    /// A block on AXI4-Lite, as a plain device with INTx; packets are pulled
    Axi,
    /// The same with rings in memory
    AxiRings,
}

/// Arguments of `portolan sim serve`.
#[derive(Clone, Debug, Args)]
#[command(after_help = SERVE_HELP)]
pub struct ServeArgs {
    /// Where the socket is to be
    #[arg(long, value_name = "PATH")]
    pub socket: PathBuf,

    /// What the block hangs on
    #[arg(long, value_enum, default_value_t = ServedTop::Pcie)]
    pub top: ServedTop,

    /// A sigrok session (.sr) or a VCD file to play on the pins from the moment at which the first line is armed
    #[arg(long, value_name = "FILE")]
    pub stimulus: Option<PathBuf>,

    /// Let a channel, by name or number, drive a line; repeatable. Others: channel n drives line n
    #[arg(long = "map", value_name = "CHANNEL=LINE", requires = "stimulus")]
    pub maps: Vec<MapArg>,

    /// Leave out the channels without a --map
    #[arg(long, requires = "stimulus")]
    pub only_mapped: bool,

    /// The capture's sample rate, when the file has none: '24 MHz', 1.5M, 1000000
    #[arg(long, value_name = "RATE", requires = "stimulus")]
    pub samplerate: Option<Rate>,

    /// One JSON object per line on stdout, and nothing else
    #[arg(long)]
    pub json: bool,
}

const SERVE_HELP: &str = "\
Examples:
  portolan sim serve --socket /tmp/portolan.sock
  portolan sim serve --socket /tmp/portolan.sock --stimulus grbl.sr --map 'STEP (Y axis)=4' --only-mapped
  portolan info --board vfio-user:/tmp/portolan.sock     (meanwhile, in another shell)

Prints how QEMU 10.1 or newer attaches the board to a guest. The board's time is real time. Clients come one after
another; Ctrl-C ends the server and shows what was done.";

/// How a line treats edges that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Every edge is a packet
    Stream,
    /// One packet until it is acknowledged (when it is handed over); edges meanwhile are coalesced
    Ack,
}

impl Mode {
    /// The delivery of a line that does so.
    pub fn delivery(self) -> Delivery {
        match self {
            Mode::Stream => Delivery::Stream,
            Mode::Ack => Delivery::Ack,
        }
    }
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

    /// Which board.
    #[command(flatten)]
    pub board: BoardArgs,

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
    /// Which board.
    #[command(flatten)]
    pub board: BoardArgs,

    /// One JSON object on stdout, and nothing else
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `portolan bench`.
#[derive(Clone, Debug, Args)]
#[command(after_help = BENCH_HELP)]
pub struct BenchArgs {
    /// Which board.
    #[command(flatten)]
    pub board: BoardArgs,

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
  portolan bench --board vfio:0000:01:00.0
  portolan bench --board none --packets 1000000 --json

First one edge at a time, each to a thread that sleeps; then edges of all lines, again and again, to a thread that
takes packets in batches. Stages on a simulated board are simulated time up to the wake, and time of this machine
from there. On another board this program fires the test edges of its lines: leave them alone meanwhile.";

impl Cli {
    /// Does what was asked.
    pub fn execute(self) -> Result<(), Failure> {
        match self.command {
            Command::Run(args) => run::run(&args),
            Command::Watch(args) => watch::watch(&args),
            Command::Record(args) => record::record(&args),
            Command::Bench(args) => bench::bench(&args),
            Command::Info(args) => info::info(&args),
            #[cfg(feature = "sim")]
            Command::Sim(SimCommand::Serve(args)) => crate::serve::serve(&args),
            #[cfg(feature = "sim")]
            Command::Sim(SimCommand::Uart(args)) => sim_uart::serve(&args),
            #[cfg(not(feature = "sim"))]
            Command::Sim(_) => Err(crate::simulator::missing()),
            Command::Do(args) => operations::carry_out(&args),
            Command::Port(command) => operations::port(&command),
            Command::Irq(command) => operations::irq(&command),
            Command::Devices(args) => devices::devices(&args),
            Command::Bind(args) => bind::bind(&args),
            Command::Unbind(args) => bind::unbind(&args),
            Command::Doctor(args) => doctor::doctor(&args),
            Command::Completions(args) => shell::completions(&args, Cli::command()),
            Command::Man(args) => shell::man(&args, Cli::command()),
            Command::Flash(args) => flash::flash(&args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    #[test]
    fn the_command_line_is_well_formed_and_every_command_shows_an_example() {
        fn check(command: &mut Command) {
            let help = command.render_long_help().to_string();
            // Clap's own command that shows helps has none.
            assert!(help.contains("Example") || command.get_name() == "help", "{help}");
            command.get_subcommands_mut().for_each(check);
        }
        Cli::command().debug_assert();
        check(&mut Cli::command());
    }

    #[test]
    fn every_command_that_tells_something_tells_it_to_programs_too() {
        fn check(command: &Command, name: &str) {
            let ends = command.get_subcommands().next().is_none();
            let json = command.get_arguments().any(|argument| argument.get_id() == "json");
            assert!(!ends || json || matches!(name, "completions" | "man"), "{name} has no --json");
            command.get_subcommands().for_each(|sub| check(sub, sub.get_name()));
        }
        check(&Cli::command(), "portolan");
    }
}
