//! What a benchmark found, for programs and for people.

use comfy_table::{Cell, CellAlignment, LineStyle, Table, TableStyle};
use hdrhistogram::Histogram;
use serde::Serialize;

/// The largest value that is told from others: in ns a thousand seconds.
const LARGEST: u64 = 1_000_000_000_000;

/// A measured time or count, many times over.
#[derive(Clone, Debug)]
pub struct Samples(Histogram<u64>);

impl Samples {
    /// None yet. Values are kept to three digits.
    pub fn new() -> Samples {
        Samples(Histogram::new_with_max(LARGEST, 3).expect("bounds and digits that histograms have"))
    }

    /// One more; whatever is larger counts as [`LARGEST`].
    pub fn add(&mut self, value: u64) {
        self.0.saturating_record(value);
    }

    /// Smallest, middle, the one that a hundredth exceeds, largest; nothing without a sample.
    pub fn spread(&self) -> Option<Spread> {
        (!self.0.is_empty()).then(|| Spread {
            min: self.0.min(),
            p50: self.0.value_at_quantile(0.5),
            p99: self.0.value_at_quantile(0.99),
            max: self.0.max(),
        })
    }
}

/// How samples lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Spread {
    pub min: u64,
    pub p50: u64,
    pub p99: u64,
    pub max: u64,
}

/// The stages of a packet's way, in ns. On a simulated board the first four are simulated time; the others are time of
/// this machine. A stage that this board does not have, or does not show, is null.
#[derive(Clone, Debug, Serialize)]
pub struct Stages {
    /// From the edge at the pin to its stamp. A stamp is the edge's own cycle, so this is 0.
    pub edge_to_stamp: Option<Spread>,
    /// From there until the packet is in host memory.
    pub stamp_to_memory: Option<Spread>,
    /// From there until the driver is woken.
    pub memory_to_wake: Option<Spread>,
    /// From the stamp until the driver is woken.
    pub stamp_to_wake: Option<Spread>,
    /// From there until the packet is in the user's hands.
    pub wake_to_user: Option<Spread>,
    /// Without a board, or on one outside this process: from the trigger until then, to another thread that sleeps.
    pub trigger_to_user: Option<Spread>,
}

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    pub v: u32,
    pub board: String,
    /// Time of the board is simulated: packets_per_s is then the simulator's speed.
    pub simulated: bool,
    /// Packets of the measurement under load.
    pub packets: u64,
    /// Edges that were lost in it, coalesced or not.
    pub lost: u64,
    /// Times that a wait gave some of them.
    pub batches: u64,
    pub reads_per_packet: f64,
    pub writes_per_batch: f64,
    pub packets_per_s: f64,
    /// Cycles of the board from packet to packet when several wait: to write them to memory, or to have them pulled.
    pub cycles_per_packet: Option<f64>,
    /// Cycles from the edge at the pin to the first beat of the write that brings its packet to memory.
    pub edge_to_tlp_cycles: Option<Spread>,
    pub stages_ns: Stages,
}

impl Figures {
    /// As a table, with a heading.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        let rule = LineStyle::none().fill('─').junction('─');
        table.load_style(TableStyle::new().header_separator(rule));
        table.set_header(["", "min", "median", "99 %", "max"]);
        let stages = &self.stages_ns;
        let rows = [
            ("edge to stamp, ns", stages.edge_to_stamp),
            ("stamp to memory, ns", stages.stamp_to_memory),
            ("memory to wake, ns", stages.memory_to_wake),
            ("stamp to wake, ns", stages.stamp_to_wake),
            ("wake to user, ns of this machine", stages.wake_to_user),
            ("trigger to user, ns of this machine", stages.trigger_to_user),
            ("edge to first beat, cycles", self.edge_to_tlp_cycles),
        ];
        for (name, spread) in rows {
            let Some(Spread { min, p50, p99, max }) = spread else { continue };
            let numbers =
                [min, p50, p99, max].map(|number| Cell::new(number).set_alignment(CellAlignment::Right));
            table.add_row([Cell::new(name)].into_iter().chain(numbers));
        }
        let time = if self.simulated { " (the simulator's speed)" } else { "" };
        let cycles =
            self.cycles_per_packet.map_or(String::new(), |cycles| format!(", {cycles:.2} cycles a packet"));
        format!(
            "{}: {} packets in {} batches, {} lost\n{:.4} register reads a packet, {:.3} writes a batch{cycles}, \
             {:.0} packets/s{time}\n\n{table}\n",
            self.board,
            self.packets,
            self.batches,
            self.lost,
            self.reads_per_packet,
            self.writes_per_batch,
            self.packets_per_s,
        )
    }
}
