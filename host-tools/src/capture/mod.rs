//! Recorded signals, read as a stream: sigrok `.sr`, `.vcd`, and what this program writes itself, behind one trait.
//!
//! A capture is channels, a sample rate and a walk over the *changes*; a walk starts at the first
//! sample and may be taken as often as one likes. It holds one buffer, whatever the capture's size.
//! What the samples mean in clock cycles is not decided here but in [`crate::pins`].
//!
//! ```
//! use portolan_tools::capture::{self, Source, Wire};
//! let example = capture::open(Source::example(), None).unwrap();
//! let uart = example.channels().iter().find(|c| c.name == "UART TX").unwrap();
//! let wires = [Wire { channel: uart.number, line: 0 }];
//! let first = example.changes(&wires).unwrap().next().unwrap().unwrap();
//! assert_eq!((first.sample, first.levels), (0, 1)); // a UART idles high
//! ```

mod error;
mod example;
mod jsonl;
mod rate;
mod source;
mod sr;
mod vcd;

pub use error::CaptureError;
pub use rate::{Rate, RateError};
use source::Format;
pub use source::Source;

/// One signal of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its number, from 0, in the order of the file.
    pub number: usize,
    /// Its name; two channels may share one.
    pub name: String,
    /// Its full name where the file has scopes (`top.cpu.clk`), else the name.
    pub path: String,
}

/// Which bit of [`Change::levels`] a channel drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire {
    /// [`Channel::number`].
    pub channel: usize,
    /// The bit, which is also the line of the board: 0 to 63.
    pub line: u32,
}

/// The levels of all wired channels from one sample on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The sample's number; the first sample of the capture is 0.
    pub sample: u64,
    /// A bit per [`Wire::line`].
    pub levels: u64,
}

/// A walk over a capture's changes.
///
/// First comes the first sample with the levels that hold there. Then come the changes, in order;
/// several may fall on one sample (a VCD knows pulses of no length). Last comes the last sample,
/// with the levels that the change before left, so that the length is known. An error ends the walk.
pub type Changes = Box<dyn Iterator<Item = Result<Change, CaptureError>> + Send>;

/// A recording of digital signals.
pub trait Capture: Send + Sync {
    /// What messages call it: the file's name.
    fn name(&self) -> &str;
    /// Its channels, by number.
    fn channels(&self) -> &[Channel];
    /// Samples per second.
    fn rate(&self) -> Rate;
    /// Starts a walk over the changes of the wired channels.
    fn changes(&self, wires: &[Wire]) -> Result<Changes, CaptureError>;
}

/// Opens a capture, whichever kind it is; `rate` is for a file that tells none.
///
/// Only the header is read and checked here; damage further on is found by a walk.
pub fn open(source: Source, rate: Option<Rate>) -> Result<Box<dyn Capture>, CaptureError> {
    match source.format()? {
        Format::Sigrok => Ok(Box::new(sr::SrCapture::open(source, rate)?)),
        Format::Vcd => Ok(Box::new(vcd::VcdCapture::open(source, rate)?)),
        Format::JsonLines => Ok(Box::new(jsonl::JsonCapture::open(source, rate)?)),
    }
}

/// The file's own rate if it has one, else the one that the user gave; not two different ones.
fn settle_rate(name: &str, file: Option<Rate>, given: Option<Rate>) -> Result<Rate, CaptureError> {
    match (file, given) {
        (Some(file), Some(given)) if file != given => {
            Err(CaptureError::RateKnown { name: name.into(), file, given })
        }
        (Some(rate), _) | (None, Some(rate)) => Ok(rate),
        (None, None) => Err(CaptureError::NoRate { name: name.into() }),
    }
}
