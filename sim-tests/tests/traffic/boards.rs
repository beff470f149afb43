//! The boards that traffic runs on: the one place that names them.

use portolan_sim::{Options, Size};

/// A board, and how fast it is.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name, for messages.
    pub name: &'static str,
    /// Packets come by rings in memory; else they are pulled.
    pub rings: bool,
    /// Cycles from one edge to the next that it can sustain, on average.
    pub pace: u64,
    /// How many times as many edges a line of the busiest port has as another: while the consumer waits for one of those
    /// its queue must not overflow.
    pub often: usize,
    /// Cycles from the moment at which an edge can come to where a reader finds it, to the end of that reader's wait, at
    /// most. Others may have to be served before; a wake-up that is lost takes far longer.
    pub bound: u64,
    /// How many times fewer edges and operations it is given: those of another board take longer.
    pub share: u64,
}

/// Packets are pulled through registers: ten accesses each.
pub const PULL: Kind = Kind { name: "sim:axi", rings: false, pace: 250, often: 4, bound: 20_000, share: 10 };
/// Packets come by rings.
pub const RINGS: Kind =
    Kind { name: "sim:axi-rings", rings: true, pace: 50, often: 19, bound: 4_000, share: 1 };

impl Kind {
    /// The board with that size; `seed` is of the random idle and back-pressure on its bus, if there is to be any.
    pub fn options(self, size: Size, seed: Option<u64>) -> Options {
        Options { size, rings: self.rings, bus_seed: seed, ..Options::default() }
    }
}
