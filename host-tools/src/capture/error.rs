//! Why a capture cannot be read: each variant names the file, the thing in it, and the remedy.

use super::Rate;
use std::io;

/// Why a capture cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file cannot be opened or read.
    #[error("cannot read {name}; check the path and its permissions")]
    Unreadable {
        /// The capture.
        name: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A pipe, a folder: something that cannot be read twice.
    #[error("{name} is no regular file; a capture is read twice, so save it to a file first")]
    NotAFile {
        /// The capture.
        name: String,
    },
    /// None of the formats.
    #[error(
        "{name} is neither a sigrok capture (.sr, a zip file) nor a VCD file, nor what `portolan record` writes as .jsonl; \
         convert it to one of them"
    )]
    UnknownFormat {
        /// The capture.
        name: String,
    },
    /// The zip around a sigrok capture, or one of its entries, is damaged.
    #[error("{name} is cut short or damaged{}; copy it again from where it was recorded", at(.entry))]
    Damaged {
        /// The capture.
        name: String,
        /// The entry of the zip; empty for the zip itself.
        entry: String,
        /// What the unpacking says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A zip, but not a capture that sigrok wrote.
    #[error("{name} is no sigrok capture that can be used: {what}")]
    NotSigrok {
        /// The capture.
        name: String,
        /// What is missing or wrong.
        what: String,
    },
    /// Nothing says how long a sample is.
    #[error("{name} has no sample rate; give it with --samplerate, for example --samplerate '24 MHz'")]
    NoRate {
        /// The capture.
        name: String,
    },
    /// The file says one rate, the user another.
    #[error("{name} was recorded at {file}, not at {given}; leave out --samplerate")]
    RateKnown {
        /// The capture.
        name: String,
        /// The rate in the file.
        file: Rate,
        /// The rate on the command line.
        given: Rate,
    },
    /// A VCD that does not follow IEEE 1364-2005, section 18, or JSON that this program did not write.
    #[error("{name}, line {line}: {what}; mend the file there, or export it again")]
    Syntax {
        /// The capture.
        name: String,
        /// Line of the file, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// Nothing in it could drive a line.
    #[error("{name} has no digital channel; export it with at least one logic signal")]
    NoChannels {
        /// The capture.
        name: String,
    },
    /// It has channels but not one sample.
    #[error("{name} holds no samples; record it again")]
    Empty {
        /// The capture.
        name: String,
    },
    /// Its end lies beyond what 63 bits of nanoseconds can tell.
    #[error("{name} lasts longer than 292 years at {rate}; check its sample rate or timescale")]
    TooLong {
        /// The capture.
        name: String,
        /// The rate that it claims.
        rate: Rate,
    },
}

fn at(entry: &str) -> String {
    if entry.is_empty() { String::new() } else { format!(" (in its entry {entry})") }
}
