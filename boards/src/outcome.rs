//! What a build came to: for programs (JSON), for people, and for the table in the README.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::chip;
use crate::report::{Cells, Routed};

/// Of the form of [`Outcome`]'s JSON.
pub const VERSION: u32 = 1;

/// The result of a build: `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// [`VERSION`].
    pub v: u32,
    /// The board, or what else was built.
    pub board: String,
    /// The part.
    pub part: String,
    /// The hash of all inputs.
    pub inputs: String,
    /// What the clocks are on the board, in MHz.
    pub clock_mhz: f64,
    /// What each of them had to reach, in MHz.
    pub least_mhz: f64,
    /// Of the placer.
    pub seed: u32,
    /// Of the whole design; where it was placed in a harness, without that.
    pub cells: Cells,
    /// Clocks and the slowest path.
    pub routed: Routed,
    /// How many frames the bitstream has.
    pub frames: Option<usize>,
    /// What was made, in the folder of the build.
    pub files: Vec<String>,
    /// Wall time by step, in seconds.
    pub seconds: BTreeMap<String, f64>,
}

impl Outcome {
    /// Whether every clock is as fast as it has to be.
    pub fn is_met(&self) -> bool {
        self.routed.mhz() >= self.least_mhz
    }

    /// Whole block RAMs, a half as a half.
    fn ramb36(&self) -> f64 {
        self.cells.ramb36 as f64 + self.cells.ramb18 as f64 / 2.0
    }

    /// Its row in the README: board, part, LUT, flip-flops, RAMB36, MHz of each clock, the clock itself.
    pub fn row(&self) -> String {
        let mhz: Vec<String> = self.routed.clocks.iter().map(|clock| format!("{:.1}", clock.mhz)).collect();
        format!(
            "| `{}` | {} | {} | {} | {} | {} | {} |\n",
            self.board,
            self.part,
            grouped(self.cells.lut),
            grouped(self.cells.ff),
            self.ramb36(),
            mhz.join(", "),
            self.clock_mhz.round()
        )
    }
}

/// `12,345`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The README's table of outcomes.
pub fn table(outcomes: &[Outcome]) -> String {
    let head = "| board | part | LUT | flip-flops | RAMB36 | MHz, by nextpnr | its clock, MHz |\n\
                |---|---|---:|---:|---:|---:|---:|\n";
    outcomes.iter().fold(head.to_owned(), |text, outcome| text + &outcome.row())
}

/// For people.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {}, seed {}", self.board, self.part, self.seed)?;
        for clock in &self.routed.clocks {
            let verdict = if clock.mhz >= self.least_mhz { "met" } else { "NOT MET" };
            writeln!(
                f,
                "  clock {}: {:.1} MHz; {:.1} wanted for one of {:.1}: {verdict}",
                clock.name, clock.mhz, self.least_mhz, self.clock_mhz
            )?;
        }
        let offered = chip::find(&self.part).map(|chip| chip.offered.clone()).unwrap_or_default();
        let mut rows = String::new();
        let mut row = |name: &str, used: f64, of: u64| {
            writeln!(rows, "  {name:<25}{used:>9}{of:>9}{:>7.1} %", 100.0 * used / of.max(1) as f64)
        };
        row("LUT", self.cells.lut as f64, offered.lut)?;
        row("  of these as memory", self.cells.lut_as_memory as f64, offered.lut_as_memory)?;
        row("flip-flops", self.cells.ff as f64, offered.ff)?;
        row("RAMB36 (RAMB18: a half)", self.ramb36(), offered.ramb36)?;
        f.write_str(&rows)?;
        let times: Vec<String> =
            self.seconds.iter().map(|(step, seconds)| format!("{step} {seconds:.0} s")).collect();
        writeln!(f, "  {}", times.join(", "))?;
        let (mut total, mut routing) = (0.0, 0.0);
        for hop in &self.routed.slowest {
            total += hop.delay_ns;
            routing += if hop.kind == "routing" { hop.delay_ns } else { 0.0 };
        }
        if let (Some(first), Some(last)) = (self.routed.slowest.first(), self.routed.slowest.last()) {
            writeln!(
                f,
                "  slowest path: {total:.2} ns, {routing:.2} of it routing, from {} to {}",
                first.to, last.to
            )?;
        }
        match self.frames {
            Some(frames) => writeln!(f, "  {}: {frames} frames, read back as written", self.files.join(", ")),
            None => {
                writeln!(f, "  no bitstream: placed and routed in a timing harness (see the board's README)")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Clock;

    fn outcome(mhz: f64) -> Outcome {
        let clocks = vec![Clock { name: "clock".into(), mhz }];
        Outcome {
            v: VERSION,
            board: "b".into(),
            part: "xc7z010clg400-1".into(),
            inputs: "0".into(),
            clock_mhz: 100.0,
            least_mhz: 110.0,
            seed: 1,
            cells: Cells { lut: 12_345, ff: 678, ramb36: 4, ramb18: 3, ..Cells::default() },
            routed: Routed { clocks, used: BTreeMap::new(), slowest: Vec::new() },
            frames: Some(7),
            files: vec!["b.bit".into()],
            seconds: BTreeMap::new(),
        }
    }

    #[test]
    fn a_clock_with_too_little_to_spare_is_not_met() {
        assert!(outcome(110.0).is_met());
        assert!(!outcome(109.9).is_met());
        assert!(outcome(109.9).to_string().contains("NOT MET"));
    }

    #[test]
    fn a_row_has_the_figures() {
        assert_eq!(outcome(111.04).row(), "| `b` | xc7z010clg400-1 | 12,345 | 678 | 5.5 | 111.0 | 100 |\n");
    }

    #[test]
    fn a_report_reads_back_as_written() {
        let text = serde_json::to_string(&outcome(123.0)).unwrap();
        assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome(123.0));
    }
}
