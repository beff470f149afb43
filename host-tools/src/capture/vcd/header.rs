//! The declarations of a VCD: which bits there are, what they are called, how long a time unit is.

use super::Parser;
use crate::capture::{CaptureError, Channel, Rate};
use std::collections::HashMap;
use vcd::{Command, IdCode, ReferenceIndex, VarType};

/// More bits than this are a mistake, not a recording.
const MOST_CHANNELS: usize = 1 << 16;

/// What the declarations say.
pub struct Header {
    pub channels: Vec<Channel>,
    pub variables: Vec<Variable>,
    /// Time units per second; `None` without `$timescale`.
    pub timescale: Option<Rate>,
}

/// One `$var`.
pub struct Variable {
    pub code: IdCode,
    /// Its channels; `None` for what has no level, such as a real or an event.
    pub bits: Option<Bits>,
}

/// The channels of a scalar or vector.
#[derive(Clone, Copy)]
pub struct Bits {
    pub width: usize,
    /// Channel of the lowest index.
    pub first: usize,
    /// Whether the lowest index is the rightmost bit: `[7:0]`, not `[0:7]`.
    pub lowest_is_right: bool,
}

impl Bits {
    /// The channel of the bit that is `place` places from the right.
    pub fn channel(&self, place: usize) -> usize {
        self.first + if self.lowest_is_right { place } else { self.width - 1 - place }
    }
}

/// Reads up to `$enddefinitions`.
pub fn read(parser: &mut Parser) -> Result<Header, CaptureError> {
    let mut header = Header { channels: Vec::new(), variables: Vec::new(), timescale: None };
    let mut scopes = Vec::new();
    loop {
        match parser.next()? {
            None => return Err(parser.syntax("the file ends before $enddefinitions")),
            Some(Command::Enddefinitions) => break,
            Some(Command::ScopeDef(_, name)) => scopes.push(name),
            Some(Command::Upscope) => {
                scopes.pop().ok_or_else(|| parser.syntax("$upscope without a $scope"))?;
            }
            Some(Command::Timescale(quantity, unit)) => {
                let rate = Rate::new(unit.divisor(), quantity.into());
                header.timescale = Some(rate.ok_or_else(|| parser.syntax("$timescale must be at least 1"))?);
            }
            Some(Command::VarDef(kind, width, code, name, index)) => {
                let bits = if has_level(kind) {
                    Some(header.declare(parser, &scopes, width as usize, &name, index)?)
                } else {
                    None
                };
                header.variables.push(Variable { code, bits });
            }
            Some(Command::Comment(_) | Command::Date(_) | Command::Version(_)) => (),
            Some(_) => return Err(parser.syntax("a value or time before $enddefinitions")),
        }
    }
    header.shorten_names();
    Ok(header)
}

fn has_level(kind: VarType) -> bool {
    !matches!(kind, VarType::Event | VarType::Parameter | VarType::Real | VarType::String)
}

impl Header {
    /// Adds the channels of one variable.
    fn declare(
        &mut self,
        parser: &Parser,
        scopes: &[String],
        width: usize,
        name: &str,
        index: Option<ReferenceIndex>,
    ) -> Result<Bits, CaptureError> {
        if width == 0 || self.channels.len() + width > MOST_CHANNELS {
            return Err(parser.syntax(format!("'{name}' has {width} bits, which is too few or too many")));
        }
        // Some writers leave out the blank before the index.
        let (name, index) = match (index, name.find('[')) {
            (None, Some(at)) if name[at..].parse::<ReferenceIndex>().is_ok() => {
                (&name[..at], name[at..].parse().ok())
            }
            (index, _) => (name, index),
        };
        let (lowest, lowest_is_right) = match index {
            Some(ReferenceIndex::Range(left, right)) if left.abs_diff(right) as usize + 1 == width => {
                (Some(left.min(right)), left >= right)
            }
            Some(ReferenceIndex::BitSelect(bit)) if width == 1 => (Some(bit), true),
            _ => ((width > 1).then_some(0), true),
        };
        let first = self.channels.len();
        for bit in 0..width {
            let name = match lowest {
                Some(lowest) => format!("{name}[{}]", i64::from(lowest) + bit as i64),
                None => name.to_string(),
            };
            let path = scopes.iter().map(String::as_str).chain([name.as_str()]).collect::<Vec<_>>().join(".");
            self.channels.push(Channel { number: first + bit, name, path });
        }
        Ok(Bits { width, first, lowest_is_right })
    }

    /// A name that several channels share gives way to the full path.
    fn shorten_names(&mut self) {
        let mut uses: HashMap<String, usize> = HashMap::new();
        for channel in &self.channels {
            *uses.entry(channel.name.clone()).or_default() += 1;
        }
        for channel in &mut self.channels {
            if uses[&channel.name] > 1 {
                channel.name.clone_from(&channel.path);
            }
        }
    }
}
