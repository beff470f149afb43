//! What `portolan watch --json` and `portolan record FILE.jsonl` write, as a capture.
//!
//! The first object says which lines there are and their levels; each edge after it is an object with its tick, which
//! is the sample; the last one is the summary, without which the file was cut short.

use super::{Capture, CaptureError, Change, Changes, Channel, Rate, Source, Wire};
use crate::report::json::Start;
use serde::Deserialize;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

/// No line of the file is longer.
const LONGEST: u64 = 1 << 20;

/// An opened `.jsonl` file.
pub struct JsonCapture {
    source: Source,
    start: Start,
    channels: Vec<Channel>,
}

/// The objects that matter, and what of them does.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Object {
    Interrupt {
        line: u32,
        ticks: u64,
        level: u32,
    },
    Summary {
        cycles: u64,
    },
    #[serde(other)]
    Other,
}

/// The file's lines.
struct Lines {
    name: String,
    text: BufReader<Box<dyn super::source::Reader>>,
    number: u64,
}

impl Lines {
    fn open(source: &Source) -> Result<Lines, CaptureError> {
        let text = BufReader::with_capacity(1 << 16, source.open()?);
        Ok(Lines { name: source.name().into(), text, number: 0 })
    }

    /// The next line; empty at the end of the file.
    fn next(&mut self) -> Result<String, CaptureError> {
        self.number += 1;
        let mut line = String::new();
        match (&mut self.text).take(LONGEST).read_line(&mut line) {
            Ok(_) => Ok(line),
            Err(source) => Err(CaptureError::Unreadable { name: self.name.clone(), source }),
        }
    }

    /// An error in the line that was read last.
    fn syntax(&self, what: impl Into<String>) -> CaptureError {
        CaptureError::Syntax { name: self.name.clone(), line: self.number, what: what.into() }
    }
}

impl JsonCapture {
    /// Reads the first object.
    pub fn open(source: Source, rate: Option<Rate>) -> Result<JsonCapture, CaptureError> {
        let mut lines = Lines::open(&source)?;
        let first = lines.next()?;
        let start: Start = serde_json::from_str(&first).ok().filter(|start: &Start| start.r#type == "start").ok_or_else(
            || lines.syntax("it does not begin with what `portolan watch --json` writes first, an object of type \"start\""),
        )?;
        if start.clock_hz == 0 {
            return Err(lines.syntax("its clock has 0 Hz"));
        }
        if start.lines.is_empty() {
            return Err(CaptureError::NoChannels { name: source.name().into() });
        }
        let channel = |(number, line): (usize, &crate::report::json::StartLine)| Channel {
            number,
            name: line.channel.clone(),
            path: line.channel.clone(),
        };
        let channels = start.lines.iter().enumerate().map(channel).collect();
        super::settle_rate(source.name(), Some(Rate::of_clock(start.clock_hz)), rate)?;
        Ok(JsonCapture { source, start, channels })
    }
}

impl Capture for JsonCapture {
    fn name(&self) -> &str {
        self.source.name()
    }
    fn channels(&self) -> &[Channel] {
        &self.channels
    }
    fn rate(&self) -> Rate {
        Rate::of_clock(self.start.clock_hz)
    }
    fn changes(&self, wires: &[Wire]) -> Result<Changes, CaptureError> {
        let mut lines = Lines::open(&self.source)?;
        lines.next()?;
        let mut levels = 0;
        let mut bits = HashMap::new();
        for wire in wires {
            let Some(line) = self.start.lines.get(wire.channel) else { continue };
            levels |= u64::from(line.level & 1) << wire.line;
            bits.insert(line.line, wire.line);
        }
        let first = Change { sample: 0, levels };
        Ok(Box::new(Walk { lines, bits, first: Some(first), last: first, ended: false }))
    }
}

/// The walk over the file's edges.
struct Walk {
    lines: Lines,
    /// The bit that a line of the recording drives.
    bits: HashMap<u32, u32>,
    first: Option<Change>,
    last: Change,
    ended: bool,
}

impl Walk {
    fn step(&mut self) -> Result<Option<Change>, CaptureError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        while !self.ended {
            let text = self.lines.next()?;
            if text.is_empty() {
                return Err(self.lines.syntax("it ends without its summary, so it was cut short"));
            }
            let object = serde_json::from_str(&text);
            let object =
                object.map_err(|error| self.lines.syntax(format!("no object of a recording: {error}")))?;
            match object {
                Object::Interrupt { line, ticks, level } => {
                    if ticks < self.last.sample {
                        let last = self.last.sample;
                        return Err(self.lines.syntax(format!("time goes back from tick {last} to {ticks}")));
                    }
                    let Some(bit) = self.bits.get(&line) else { continue };
                    let levels = self.last.levels & !(1 << bit) | u64::from(level & 1) << bit;
                    self.last = Change { sample: ticks, levels };
                    return Ok(Some(self.last));
                }
                Object::Summary { cycles } => {
                    self.ended = true;
                    self.last.sample = self.last.sample.max(cycles.saturating_sub(1));
                    return Ok(Some(self.last));
                }
                Object::Other => {}
            }
        }
        Ok(None)
    }
}

impl Iterator for Walk {
    type Item = Result<Change, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step().transpose();
        if let Some(Err(_)) = step {
            self.ended = true;
        }
        step
    }
}
