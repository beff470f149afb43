//! `portolan watch`: what arrives from a board's lines, until the user has seen enough; and the same for `record`.

pub mod args;
mod session;

pub use session::{Watch, until_the_end};

use crate::failure::Failure;
use crate::report::json::JsonReport;
use crate::report::{self, Report};
use crate::stop;
use args::WatchArgs;
use portolan::LineConfig;
use std::io;

/// Runs the command.
pub fn watch(args: &WatchArgs) -> Result<(), Failure> {
    let config = LineConfig {
        mode: args.edges.line_mode(),
        delivery: args.mode.delivery(),
        filter: args.source.filter,
    };
    let mut watch = Watch::open(&args.source, config)?;
    stop::listen()?;
    let clock = watch.clock();
    let report: Box<dyn Report> = match args.json {
        true => Box::new(JsonReport::new(io::stdout(), clock)),
        false => report::table(clock, args.packets.unwrap_or(u64::MAX), &watch.heading())?,
    };
    until_the_end(&mut watch, &mut [report])
}
