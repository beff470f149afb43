//! `portolan record`: what arrives from a board's lines, in a file that plays back to the same edges.

mod sigrok;
mod vcd;

use crate::failure::Failure;
use crate::output::{self, Output};
use crate::report::json::JsonReport;
use crate::report::{self, Report};
use crate::stop;
use crate::watch::args::RecordArgs;
use crate::watch::{Watch, until_the_end};
use anyhow::anyhow;
use portolan::{Delivery, LineConfig, LineMode};
use std::fs::File;
use std::io;
use std::path::Path;

/// The kinds of files.
#[derive(Clone, Copy)]
enum Format {
    Vcd,
    Sigrok,
    JsonLines,
}

impl Format {
    fn of(file: &Path) -> Result<Format, Failure> {
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "vcd" => Ok(Format::Vcd),
            "sr" => Ok(Format::Sigrok),
            "jsonl" => Ok(Format::JsonLines),
            _ => Err(Failure::Input(anyhow!(
                "{}: the name says the format; let it end with .vcd, .sr or .jsonl",
                file.display()
            ))),
        }
    }

    fn kind(self) -> &'static output::Kind {
        match self {
            Format::Vcd => &output::VCD,
            Format::Sigrok => &output::SIGROK,
            Format::JsonLines => &output::JSON_LINES,
        }
    }

    /// A report into the file, whose summary completes it.
    fn report(self, file: File, watch: &Watch) -> Result<Box<dyn Report>, Failure> {
        Ok(match self {
            Format::Vcd => Box::new(vcd::VcdReport::new(file, &watch.clock())),
            Format::Sigrok => Box::new(sigrok::SigrokReport::new(file, watch.names().len())?),
            Format::JsonLines => Box::new(JsonReport::new(file, watch.clock())),
        })
    }
}

/// Runs the command.
pub fn record(args: &RecordArgs) -> Result<(), Failure> {
    let format = Format::of(&args.file)?;
    let output = Output::create(&args.file, format.kind())?;
    // Both edges, each a packet: then the packets are the signal.
    let config = LineConfig { mode: LineMode::Both, delivery: Delivery::Stream, filter: args.source.filter };
    let mut watch = Watch::open(&args.source, config)?;
    watch.patient = true;
    stop::listen()?;
    let file = format.report(output.open()?, &watch)?;
    let clock = watch.clock();
    let shown: Box<dyn Report> = match args.json {
        true => Box::new(JsonReport::summary_only(io::stdout(), clock)),
        false => report::table(clock, 0, &format!("{}, into {}", watch.heading(), args.file.display()))?,
    };
    let mut reports = [file, shown];
    match until_the_end(&mut watch, &mut reports) {
        Ok(()) | Err(Failure::Closed) => output.keep(),
        Err(Failure::Run(error)) if watch.is_gone() => {
            output.keep()?;
            Err(Failure::Run(error.context(format!("{} ends where the board did", args.file.display()))))
        }
        Err(failure) => Err(failure),
    }
}

/// For `map_err`: the file cannot be written.
fn unwritable(error: impl Into<anyhow::Error>) -> Failure {
    Failure::Run(error.into().context("cannot write the recording; is there room where it is to be?"))
}
