//! `portolan run`: a capture's edges into a board, and what arrives on the port.
//!
//! The order matters: the capture is walked over once before anything is written, so that bad input
//! costs an error message and nothing else. Then the board plays it (`simulated`, `software`);
//! what comes out of the port goes through `Sink` to the report, and at the end the account must
//! balance line by line.

mod progress;
#[cfg(feature = "sim")]
mod simulated;
mod software;

use crate::board::BoardSpec;
use crate::capture::{self, Capture, Source, Wire};
use crate::cli::{Mode, RunArgs};
use crate::failure::Failure;
use crate::output::{Output, WAVEFORM};
use crate::pins::{Clock, Edges, Survey};
use crate::report::json::JsonReport;
use crate::report::tally::{Arrival, Tally};
use crate::report::{self, Ending, Report, units};
use crate::{simulator, stop};
use anyhow::anyhow;
use progress::Progress;
use std::io::{self, IsTerminal};
use std::time::Instant;

/// What to play, and how.
struct Plan<'a> {
    capture: &'a dyn Capture,
    wires: &'a [Wire],
    clock: &'a Clock,
    survey: &'a Survey,
    edges: Edges,
    mode: Mode,
}

/// Where what comes out of the port goes.
struct Sink {
    tally: Tally,
    report: Box<dyn Report>,
    progress: Progress,
}

impl Sink {
    fn arrival(&mut self, arrival: Arrival) -> Result<(), Failure> {
        self.tally.add(&arrival);
        let Sink { tally, report, progress } = self;
        if report.shows_more() {
            progress.aside(|| report.arrival(&arrival, tally))
        } else {
            report.arrival(&arrival, tally)
        }
    }

    /// The board has come to this cycle. An error when the user wants no more.
    fn time(&mut self, cycle: u64) -> Result<(), Failure> {
        self.progress.at(cycle);
        if stop::requested() { Err(Failure::Interrupted) } else { Ok(()) }
    }
}

/// Runs the command.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    let board = &args.board.board;
    if args.trace.is_some() && !board.can_trace() {
        return Err(Failure::Input(anyhow!(
            "--trace needs a board that can write a waveform, which --board {board} cannot; take --board sim"
        )));
    }
    if let BoardSpec::Outside(_) = board {
        return Err(Failure::Input(anyhow!(
            "the pins of --board {board} are its own: what comes to them is shown by portolan watch --board {board}; \
             a simulated board gets a capture from who serves it: portolan sim serve --stimulus"
        )));
    }
    let source = args.capture.as_ref().map_or_else(Source::example, Source::file);
    let capture = capture::open(source, args.samplerate)?;
    let wires = crate::wiring::wires(capture.channels(), &args.maps, args.only_mapped, simulator::LINES)?;
    let clock = Clock::new(&*capture, simulator::HERTZ);
    let survey = Survey::take(&*capture, &wires, args.edges, &clock)?;
    let (clock, survey) = (&clock, &survey);
    let plan = Plan { capture: &*capture, wires: &wires, clock, survey, edges: args.edges, mode: args.mode };
    #[cfg(not(feature = "sim"))]
    if *board != BoardSpec::None {
        return Err(simulator::missing());
    }
    let trace = args.trace.as_deref().map(|file| Output::create(file, &WAVEFORM)).transpose()?;

    // From here on things may be written.
    stop::listen()?;
    let start = Instant::now();
    let mut sink = Sink {
        tally: Tally::of_file(&*capture, &wires, survey),
        report: report(args, &plan)?,
        progress: Progress::new(clock.clone(), survey.last_cycle, !(args.json && io::stdout().is_terminal())),
    };
    let counters = match *board {
        BoardSpec::None | BoardSpec::Outside(_) => software::play(&plan, &mut sink)?,
        #[cfg(not(feature = "sim"))]
        BoardSpec::Simulated(_) => return Err(simulator::missing()),
        #[cfg(feature = "sim")]
        BoardSpec::Simulated(top) => {
            simulated::play(&plan, top, trace.as_ref().map(Output::path), &mut sink)?
        }
    };
    sink.progress.finish();
    sink.tally.settle(&counters).map_err(|error| Failure::Run(error.into()))?;
    let ending = Ending { cycles: survey.last_cycle + 1, wall_s: start.elapsed().as_secs_f64() };
    sink.report.summary(&sink.tally, ending)?;
    trace.map_or(Ok(()), Output::keep)
}

fn report(args: &RunArgs, plan: &Plan<'_>) -> Result<Box<dyn Report>, Failure> {
    if args.json {
        return Ok(Box::new(JsonReport::new(io::stdout(), plan.clock.clone())));
    }
    report::table(plan.clock.clone(), args.packets, &heading(args, plan))
}

fn heading(args: &RunArgs, plan: &Plan<'_>) -> String {
    let length = units::duration(plan.clock.nanoseconds(plan.survey.last_cycle));
    let board = match &args.board.board {
        BoardSpec::None => "software interrupts".into(),
        board => format!("the simulated board {board} ({} MHz)", plan.clock.hertz() / 1_000_000),
    };
    let edges = match args.edges {
        Edges::Both => "both edges",
        Edges::Rising => "rising edges",
        Edges::Falling => "falling edges",
    };
    let mode = match args.mode {
        Mode::Stream => "every edge a packet",
        Mode::Ack => "one packet until acknowledged",
    };
    let (channels, wired) = (plan.capture.channels().len(), plan.wires.len());
    let of = if wired < channels {
        format!("{wired} of {channels} channels")
    } else {
        format!("{channels} channels")
    };
    format!("{}: {of} at {}, {length}, on {board}; {edges}, {mode}", plan.capture.name(), plan.capture.rate())
}
