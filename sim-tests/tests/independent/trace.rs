//! What harness.v recorded of the writer's signals, for our own checker.

use std::fs;
use std::path::Path;

use portolan_sim::axi::BusError;
use portolan_sim::axi::burst::{Burst, Checker, Signals};

/// A recorded run that broke no rule.
pub struct Judged {
    /// Its bursts.
    pub bursts: Vec<Burst>,
    /// None was under way at the end.
    pub quiet: bool,
}

/// A recorded run's bursts, or the first rule that was broken.
pub fn judge(folder: &Path) -> Result<Judged, BusError> {
    let text = fs::read_to_string(folder.join("trace.txt")).expect("the trace was written");
    let mut checker = Checker::default();
    let mut bursts = Vec::new();
    let mut resets = 0;
    for line in text.lines() {
        let columns: Vec<u64> =
            line.split(' ').map(|word| u64::from_str_radix(word, 16).expect("hex")).collect();
        let columns: [u64; 17] = columns.try_into().expect("seventeen columns");
        resets = if columns[0] == 0 { resets + 1 } else { 0 };
        // The reset goes through a register.
        if (1..=2).contains(&resets) {
            continue;
        }
        bursts.extend(checker.step(&signals(&columns, resets > 0))?);
    }
    Ok(Judged { bursts, quiet: checker.is_quiet() })
}

fn signals(columns: &[u64; 17], reset: bool) -> Signals {
    let byte = |column: usize| columns[column] as u8;
    let bit = |column: usize| columns[column] != 0;
    Signals {
        reset,
        awvalid: bit(1),
        awready: bit(2),
        awaddr: columns[3],
        awlen: byte(4),
        awsize: byte(5),
        awburst: byte(6),
        awcache: byte(7),
        awprot: byte(8),
        wvalid: bit(9),
        wready: bit(10),
        wdata: columns[11],
        wstrb: byte(12),
        wlast: bit(13),
        bvalid: bit(14),
        bready: bit(15),
    }
}
