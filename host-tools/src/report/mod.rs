//! What comes out of a port, shown to somebody: packets as they arrive, then a summary whose account balances.
//!
//! [`Tally`] counts, [`table::TableReport`] shows it to people and [`json::JsonReport`] to programs; [`order::Order`]
//! puts what a board sends into the order of its stamps.

mod activity;
pub mod json;
pub mod order;
pub mod table;
pub mod tally;
pub mod units;

use crate::failure::Failure;
use crate::pins::Clock;
use std::io;
use tally::Tally;

pub use tally::{Arrival, Counters};

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// Cycles of the board's clock, from the first to the last that was looked at.
    pub cycles: u64,
    /// Time on the clock on the wall, in seconds.
    pub wall_s: f64,
}

/// Shows a run to somebody.
pub trait Report {
    /// Whether [`Report::arrival`] would write something.
    fn shows_more(&self) -> bool {
        true
    }
    /// Something came out of the port.
    fn arrival(&mut self, arrival: &Arrival, tally: &Tally) -> Result<(), Failure>;
    /// Nothing more comes for a while: what was held back is written.
    fn pause(&mut self) -> Result<(), Failure> {
        Ok(())
    }
    /// The run is over, and its account balances.
    fn summary(&mut self, tally: &Tally, ending: Ending) -> Result<(), Failure>;
}

/// The report for people on stdout, with the first `packets` packets, under a heading.
pub fn table(clock: Clock, packets: u64, heading: &str) -> Result<Box<dyn Report>, Failure> {
    let out = io::stdout();
    let coloured = anstream::AutoStream::choice(&out) != anstream::ColorChoice::Never;
    Ok(Box::new(table::TableReport::new(out, clock, coloured, packets, heading)?))
}
