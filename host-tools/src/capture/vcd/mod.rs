//! Value change dumps (`.vcd`, IEEE 1364-2005, section 18) as captures.
//!
//! Each bit of each scalar and vector is a channel: variables in the order of their declaration, a
//! vector's bits by ascending index (`data[0]` first), every declaration its own channels even where
//! several share an identifier. Reals, strings, events and parameters have no level and are no
//! channels. The unit of `$timescale` is the sample; the first time stamp of the file is sample 0,
//! and what holds there are the initial levels; `x` and `z` keep the last level, which is low at first.

mod header;
mod walk;

use super::source::Reader;
use super::{Capture, CaptureError, Changes, Channel, Rate, Source, Wire, settle_rate};
use header::{Header, Variable};
use std::io::{self, BufReader, Chain, ErrorKind, Read};
use std::sync::Arc;

/// An opened `.vcd` file.
pub struct VcdCapture {
    source: Source,
    channels: Vec<Channel>,
    variables: Arc<[Variable]>,
    rate: Rate,
}

impl VcdCapture {
    /// Reads the declarations.
    pub fn open(source: Source, rate: Option<Rate>) -> Result<VcdCapture, CaptureError> {
        let Header { channels, variables, timescale } = header::read(&mut Parser::new(&source)?)?;
        if channels.is_empty() {
            return Err(CaptureError::NoChannels { name: source.name().into() });
        }
        let rate = settle_rate(source.name(), timescale, rate)?;
        Ok(VcdCapture { source, channels, variables: variables.into(), rate })
    }
}

impl Capture for VcdCapture {
    fn name(&self) -> &str {
        self.source.name()
    }
    fn channels(&self) -> &[Channel] {
        &self.channels
    }
    fn rate(&self) -> Rate {
        self.rate
    }
    fn changes(&self, wires: &[Wire]) -> Result<Changes, CaptureError> {
        let mut parser = Parser::new(&self.source)?;
        header::read(&mut parser)?;
        Ok(Box::new(walk::Walk::new(parser, &self.variables, wires)))
    }
}

/// The file's text with a blank behind it.
type Text = BufReader<Chain<Box<dyn Reader>, &'static [u8]>>;

/// The vcd crate's parser, with errors that name file and line.
struct Parser {
    name: String,
    inner: vcd::Parser<Text>,
}

impl Parser {
    fn new(source: &Source) -> Result<Parser, CaptureError> {
        // The crate wants a blank after the last token; not every file ends with one.
        let text = source.open()?.chain(&b" "[..]);
        let inner = vcd::Parser::new(BufReader::with_capacity(1 << 16, text));
        Ok(Parser { name: source.name().into(), inner })
    }

    fn next(&mut self) -> Result<Option<vcd::Command>, CaptureError> {
        self.inner.next().transpose().map_err(|error| self.explain(error))
    }

    fn explain(&self, error: io::Error) -> CaptureError {
        if let Some(error) = error.get_ref().and_then(|e| e.downcast_ref::<vcd::ParseError>()) {
            let what = match error.kind() {
                vcd::ParseErrorKind::ParseIntError(error) => format!("there should be a number: {error}"),
                kind => kind.to_string(),
            };
            return CaptureError::Syntax { name: self.name.clone(), line: error.line(), what };
        }
        match error.kind() {
            ErrorKind::UnexpectedEof => self.syntax("the file ends in the middle of a command"),
            _ => CaptureError::Unreadable { name: self.name.clone(), source: error },
        }
    }

    /// An error in the line that was read last.
    fn syntax(&self, what: impl Into<String>) -> CaptureError {
        CaptureError::Syntax { name: self.name.clone(), line: self.inner.line(), what: what.into() }
    }
}
