//! A recording as a value change dump (IEEE 1364-2005, section 18), by the vcd crate.

use super::unwritable;
use crate::failure::Failure;
use crate::pins::Clock;
use crate::report::json::Start;
use crate::report::tally::Tally;
use crate::report::{Arrival, Ending, Report};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use vcd::{IdCode, SimulationCommand, TimescaleUnit, Value, Writer};

/// Picoseconds in a second: the unit where the clock's period is none.
const PICOSECONDS: u64 = 1_000_000_000_000;

/// Writes edges as value changes.
pub struct VcdReport {
    out: Writer<BufWriter<File>>,
    scale: Scale,
    codes: HashMap<u32, IdCode>,
    /// The time stamp that was written last.
    time: u64,
}

impl VcdReport {
    /// Into this file.
    pub fn new(file: File, clock: &Clock) -> VcdReport {
        let out = Writer::new(BufWriter::with_capacity(1 << 16, file));
        VcdReport { out, scale: Scale::new(clock.hertz()), codes: HashMap::new(), time: 0 }
    }

    fn begin(&mut self, start: &Start) -> io::Result<()> {
        self.out
            .comment(&format!("{} from tick {} on, {} ns", start.board, start.start_ticks, start.start_ns))?;
        self.out.version(concat!("portolan ", env!("CARGO_PKG_VERSION")))?;
        self.out.timescale(self.scale.count, self.scale.unit)?;
        self.out.add_module("portolan")?;
        for line in &start.lines {
            let code = self.out.add_wire(1, &reference(&line.channel))?;
            self.codes.insert(line.line, code);
        }
        self.out.upscope()?;
        self.out.enddefinitions()?;
        self.out.timestamp(0)?;
        self.out.begin(SimulationCommand::Dumpvars)?;
        for line in &start.lines {
            self.out.change_scalar(self.codes[&line.line], value(line.level != 0))?;
        }
        self.out.end()
    }

    /// Moves to a cycle. What is late (an edge that waited longer for room than this waits for it) is written late.
    fn advance(&mut self, cycle: u64) -> io::Result<()> {
        let time = self.scale.time(cycle);
        if time > self.time {
            self.time = time;
            self.out.timestamp(time)?;
        }
        Ok(())
    }

    fn write(&mut self, arrival: &Arrival) -> io::Result<()> {
        match *arrival {
            Arrival::Interrupt { line, cycle, level, .. } => {
                self.advance(cycle)?;
                match self.codes.get(&line) {
                    Some(code) => self.out.change_scalar(*code, value(level)),
                    None => Ok(()),
                }
            }
            Arrival::Gap { line, count, first, last } => {
                let (first, last) = (self.scale.time(first), self.scale.time(last));
                self.out.comment(&format!("{count} edges of line {line} lost from #{first} to #{last}"))
            }
        }
    }
}

impl Report for VcdReport {
    fn start(&mut self, start: &Start) -> Result<(), Failure> {
        self.begin(start).map_err(unwritable)
    }

    fn arrival(&mut self, arrival: &Arrival, _: &Tally) -> Result<(), Failure> {
        self.write(arrival).map_err(unwritable)
    }

    fn summary(&mut self, _: &Tally, ending: Ending) -> Result<(), Failure> {
        let end = |report: &mut VcdReport| {
            report.advance(ending.cycles.saturating_sub(1))?;
            report.out.writer().flush()
        };
        end(self).map_err(unwritable)
    }
}

fn value(level: bool) -> Value {
    if level { Value::V1 } else { Value::V0 }
}

/// A name without the blanks that end one in a VCD.
fn reference(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join("_")
}

/// The unit of time stamps, and the cycle's time in it.
struct Scale {
    count: u32,
    unit: TimescaleUnit,
    /// Of the clock, and of the unit.
    hertz: u64,
    unit_hertz: u64,
}

impl Scale {
    /// A cycle, where that is 1, 10 or 100 of a unit; else a picosecond.
    fn new(hertz: u32) -> Scale {
        let hertz = u64::from(hertz.max(1));
        let units = [
            (TimescaleUnit::S, 1),
            (TimescaleUnit::MS, 1_000),
            (TimescaleUnit::US, 1_000_000),
            (TimescaleUnit::NS, 1_000_000_000),
            (TimescaleUnit::PS, PICOSECONDS),
        ];
        let exact = units.into_iter().find_map(|(unit, per_second)| {
            let count = per_second / hertz;
            let fits = matches!(count, 1 | 10 | 100) && per_second % hertz == 0;
            fits.then_some((count as u32, unit))
        });
        match exact {
            Some((count, unit)) => Scale { count, unit, hertz, unit_hertz: hertz },
            None => Scale { count: 1, unit: TimescaleUnit::PS, hertz, unit_hertz: PICOSECONDS },
        }
    }

    /// The first unit that is not before the cycle, so that the cycle of it, rounded down, is the same again.
    fn time(&self, cycle: u64) -> u64 {
        let time = (u128::from(cycle) * u128::from(self.unit_hertz)).div_ceil(u128::from(self.hertz));
        u64::try_from(time).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Rate;

    #[test]
    fn a_cycle_is_the_same_after_it_was_written_and_read_whatever_the_clock() {
        for hertz in [1, 1_000, 100_000_000, 77_100_000, 125_000_000, 33_333_333, 250_000_000] {
            let scale = Scale::new(hertz);
            let per_second = match scale.unit {
                TimescaleUnit::S => 1,
                TimescaleUnit::MS => 1_000,
                TimescaleUnit::US => 1_000_000,
                TimescaleUnit::NS => 1_000_000_000,
                _ => PICOSECONDS,
            };
            let rate = Rate::new(per_second, scale.count.into()).unwrap();
            for cycle in [0, 1, 2, 3, 7, 999, 1_000_003] {
                assert_eq!(rate.cycle(scale.time(cycle), hertz), Some(cycle), "{hertz} Hz");
            }
        }
    }

    #[test]
    fn names_have_no_blanks() {
        assert_eq!(reference("STEP (Y  axis)"), "STEP_(Y_axis)");
    }
}
