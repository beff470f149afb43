//! The value changes of a VCD, as levels of lines.

use super::Parser;
use super::header::{Bits, Variable};
use crate::capture::{CaptureError, Change, Wire};
use std::collections::HashMap;
use vcd::{Command, IdCode, Value};

/// What an identifier stands for.
#[derive(Default)]
struct Target {
    /// Bits of the widest value; `None` for what has no level, such as a real or an event.
    width: Option<usize>,
    /// Places from the right, and the lines that they drive.
    wires: Vec<(usize, u32)>,
}

/// The walk over a `.vcd` file's changes ([`crate::capture::Changes`]).
pub struct Walk {
    parser: Parser,
    targets: HashMap<IdCode, Target>,
    levels: u64,
    /// First and last time stamp so far.
    start: Option<u64>,
    time: u64,
    /// The first sample was given out.
    started: bool,
    /// What was given out last.
    given: Option<Change>,
    done: bool,
}

impl Walk {
    /// A walk by a parser that stands behind the declarations.
    pub fn new(parser: Parser, variables: &[Variable], wires: &[Wire]) -> Walk {
        let lines: HashMap<usize, u32> = wires.iter().map(|wire| (wire.channel, wire.line)).collect();
        let mut targets: HashMap<IdCode, Target> = HashMap::new();
        for variable in variables {
            let target = targets.entry(variable.code).or_default();
            if let Some(bits) = &variable.bits {
                target.width = target.width.max(Some(bits.width));
                target.wires.extend(wires_of(bits, &lines));
            }
        }
        let start = None;
        Walk { parser, targets, levels: 0, start, time: 0, started: false, given: None, done: false }
    }

    fn step(&mut self) -> Result<Option<Change>, CaptureError> {
        loop {
            match self.parser.next()? {
                None => return self.last(),
                Some(Command::Timestamp(time)) => {
                    if let Some(first) = self.advance(time)? {
                        return Ok(Some(first));
                    }
                }
                Some(Command::ChangeScalar(code, value)) => self.set(code, 1, |_| Some(value))?,
                Some(Command::ChangeVector(code, value)) => {
                    let length = value.len();
                    self.set(code, length, |place| value.get(length - 1 - place))?;
                }
                Some(Command::ChangeReal(code, _) | Command::ChangeString(code, _)) => {
                    self.target(code)?;
                }
                Some(Command::Begin(_) | Command::End(_) | Command::Comment(_)) => (),
                Some(_) => return Err(self.parser.syntax("a declaration after $enddefinitions")),
            }
            if self.given.is_some_and(|given| given.levels != self.levels) {
                return Ok(Some(self.give(self.time)));
            }
        }
    }

    /// Moves to a time stamp; when the first one is left behind, its levels are the first sample.
    fn advance(&mut self, time: u64) -> Result<Option<Change>, CaptureError> {
        if time < self.time {
            let what = format!("time goes back from #{} to #{time}", self.time);
            return Err(self.parser.syntax(what));
        }
        let first = self.start.filter(|start| !self.started && time > *start);
        self.start.get_or_insert(time);
        self.time = time;
        Ok(first.map(|start| self.begin(start)))
    }

    fn begin(&mut self, start: u64) -> Change {
        self.started = true;
        self.give(start)
    }

    fn give(&mut self, time: u64) -> Change {
        let change = Change { sample: time - self.start.unwrap_or(time), levels: self.levels };
        self.given = Some(change);
        change
    }

    fn target(&self, code: IdCode) -> Result<&Target, CaptureError> {
        self.targets
            .get(&code)
            .ok_or_else(|| self.parser.syntax(format!("a value for '{code}', which is not declared")))
    }

    /// Takes a value of `length` bits over; `bit` tells the bit at a place from the right.
    fn set(
        &mut self,
        code: IdCode,
        length: usize,
        bit: impl Fn(usize) -> Option<Value>,
    ) -> Result<(), CaptureError> {
        let target = self.target(code)?;
        let Some(width) = target.width else { return Ok(()) };
        if length > width {
            let what = format!("a value of {length} bits for '{code}', which has {width}");
            return Err(self.parser.syntax(what));
        }
        let mut levels = self.levels;
        for (place, line) in &target.wires {
            // Short values are extended to the left: by x or z if they begin so, else by 0 (18.2.1).
            let value = match bit((*place).min(length - 1)) {
                Some(Value::V1) if *place >= length => Some(Value::V0),
                value => value,
            };
            match value {
                Some(Value::V0) => levels &= !(1 << line),
                Some(Value::V1) => levels |= 1 << line,
                _ => (),
            }
        }
        self.levels = levels;
        Ok(())
    }

    /// The last sample, unless a change was given out there.
    fn last(&mut self) -> Result<Option<Change>, CaptureError> {
        self.done = true;
        let Some(start) = self.start else {
            return Err(CaptureError::Empty { name: self.parser.name.clone() });
        };
        if !self.started {
            return Ok(Some(self.begin(start)));
        }
        let last = Change { sample: self.time - start, levels: self.levels };
        Ok((self.given != Some(last)).then_some(last))
    }
}

/// The places of a variable that drive lines.
fn wires_of(bits: &Bits, lines: &HashMap<usize, u32>) -> Vec<(usize, u32)> {
    (0..bits.width).filter_map(|place| Some((place, *lines.get(&bits.channel(place))?))).collect()
}

impl Iterator for Walk {
    type Item = Result<Change, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let step = self.step();
        self.done |= step.is_err();
        step.transpose()
    }
}
