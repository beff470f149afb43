//! The boards that traffic runs on: the one place that names them.

use portolan_sim::{Options, Pace, Size, Top};

/// A board, and how fast it is.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What it hangs on.
    pub top: Top,
    /// Who moves its time.
    pub time: Pace,
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
pub const PULL: Kind =
    Kind { top: Top::Axi, time: Pace::Stepped, pace: 250, often: 4, bound: 20_000, share: 10 };
/// Packets come by rings.
pub const RINGS: Kind =
    Kind { top: Top::AxiRings, time: Pace::Stepped, pace: 50, often: 19, bound: 4_000, share: 1 };
/// The same behind PCIe.
pub const PCIE: Kind =
    Kind { top: Top::Pcie, time: Pace::Stepped, pace: 50, often: 19, bound: 8_000, share: 8 };

impl Kind {
    /// The same, whose time is moved so.
    pub fn paced(self, time: Pace) -> Kind {
        Kind { time, ..self }
    }

    /// Its time moves only in accesses and waits.
    pub fn is_stepped(self) -> bool {
        self.time == Pace::Stepped
    }

    /// Its name, for messages.
    pub fn name(self) -> &'static str {
        self.top.name()
    }

    /// Packets come by rings in memory; else they are pulled.
    pub fn has_rings(self) -> bool {
        self.top != Top::Axi
    }

    /// The board with that size; `seed` is of the random idle and back-pressure on its bus, if there is to be any.
    pub fn options(self, size: Size, seed: Option<u64>) -> Options {
        Options { size, top: self.top, pace: self.time, bus_seed: seed, ..Options::default() }
    }
}
