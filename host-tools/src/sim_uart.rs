//! `portolan sim uart`: the simulated board at the other end of a serial line, for any program that opens a port.

use crate::capture::{self, Changes, Rate, Source};
use crate::failure::Failure;
use crate::pins::{Clock, Edges, Pins, Survey};
use crate::simulator;
use anyhow::Context;
use clap::Args;
use portolan_sim::uart::{Options, UartBoard};
use portolan_sim::{Change, Stimulus};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc;

/// Arguments of `portolan sim uart`.
#[derive(Clone, Debug, Args)]
#[command(after_help = HELP)]
pub struct SimUartArgs {
    /// A capture (.sr, .vcd) for the lines, channel n on line n, from when the first line is bound; 'example' is the bundled one
    #[arg(long, value_name = "FILE")]
    pub stimulus: Option<PathBuf>,

    /// Play it so many times slower: a serial line carries some hundred packets a second
    #[arg(long, value_name = "TIMES", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub slower: u64,

    /// The capture's sample rate, when the file has none
    #[arg(long, value_name = "RATE")]
    pub samplerate: Option<Rate>,

    /// One JSON object on stdout, and nothing else
    #[arg(long)]
    pub json: bool,
}

const HELP: &str = "\
Examples:
  portolan sim uart
  portolan sim uart --stimulus recording.sr --slower 50

Prints the name by which programs reach the board, such as uart:/dev/pts/5, and runs until Ctrl-C. Bits on the line last
as long as on a board, in simulated time, which is some thirty times slower than real time while they do.";

/// A capture onto the pins, in slow motion.
struct Player {
    pins: Pins<Changes>,
    slower: u64,
}

impl Stimulus for Player {
    fn next(&mut self) -> Result<Option<Change>, Box<dyn std::error::Error + Send + Sync>> {
        let change = self.pins.next().transpose()?;
        Ok(change
            .map(|change| Change { cycle: change.cycle.saturating_mul(self.slower), pins: change.levels }))
    }
}

/// Runs the command.
pub fn serve(args: &SimUartArgs) -> Result<(), Failure> {
    let source = args.stimulus.as_ref().map(|path| match path.to_str() {
        Some("example") => Source::example(),
        _ => Source::file(path),
    });
    let mut initial_pins = 0;
    let player = match source {
        None => None,
        Some(source) => {
            let capture = capture::open(source, args.samplerate)?;
            let wires = crate::wiring::wires(capture.channels(), &[], false, simulator::LINES)?;
            let clock = Clock::new(&*capture, simulator::HERTZ);
            // Finds every fault of the file before the board is there.
            initial_pins = Survey::take(&*capture, &wires, Edges::Both, &clock)?.initial;
            let mut pins = Pins::new(capture.changes(&wires)?, clock);
            // The first sample's levels are on the pins since power-up.
            pins.next().transpose()?;
            Some(Player { pins, slower: args.slower })
        }
    };
    let (ended, end) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Nobody listens any more once the program ends.
        let _ = ended.send(());
    })
    .context("cannot listen to Ctrl-C")
    .map_err(Failure::Run)?;
    let options = Options { initial_pins, ..Options::default() };
    let board = UartBoard::open(options).map_err(|error| Failure::Run(error.into()))?;
    if let Some(player) = player {
        board.start_when_bound(player);
    }
    let address = board.address().to_string();
    let text = if args.json {
        serde_json::json!({ "v": 1, "type": "serving", "board": "uart", "address": address }).to_string()
    } else {
        address
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Failure::output)?;
    // The handler, which sends, is there as long as the program.
    let _ = end.recv();
    Ok(())
}
