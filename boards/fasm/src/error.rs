//! What can be wrong with FASM, with a database, and with a bitstream.

use std::path::PathBuf;

/// An error of this crate. Lines are counted from one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the database could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file of the database is no JSON of the expected form.
    #[error("{} is not what Project X-Ray's database has there", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A line of a file of the database cannot be understood.
    #[error("{} line {line}: cannot understand `{text}`", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// The line's number.
        line: usize,
        /// The line.
        text: String,
    },
    /// A line of FASM cannot be understood.
    #[error("FASM line {line}: {reason}: `{text}`")]
    Syntax {
        /// The line's number.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
        /// The line.
        text: String,
    },
    /// FASM names a tile that the chip does not have.
    #[error("{origin}: the chip has no tile `{tile}`")]
    UnknownTile {
        /// Where it was named.
        origin: Origin,
        /// The tile.
        tile: String,
    },
    /// FASM names a feature that the database does not know of its tile.
    #[error("{origin}: the database knows no feature `{feature}` of tile `{tile}`, which is a {kind}")]
    UnknownFeature {
        /// Where it was named.
        origin: Origin,
        /// The tile.
        tile: String,
        /// Its type.
        kind: String,
        /// The feature, with its bit's number if it has one.
        feature: String,
    },
    /// Two features want the same bit otherwise.
    #[error(
        "{origin}: `{feature}` wants bit {bit} of word {word} of frame 0x{frame:08x} to be {}, {other} wanted the \
         opposite",
        u8::from(*set)
    )]
    Conflict {
        /// Where the feature is.
        origin: Origin,
        /// The feature that came second.
        feature: String,
        /// Where the first one is.
        other: Origin,
        /// The frame's address.
        frame: u32,
        /// The word of the frame.
        word: usize,
        /// The bit of the word.
        bit: u32,
        /// What the second one wants.
        set: bool,
    },
    /// A file of frames has a line that is none.
    #[error("frames line {line}: {reason}")]
    Frames {
        /// The line's number.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file is no bitstream.
    #[error("not a bitstream: {0}")]
    Bitstream(&'static str),
}

/// Where a feature comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A line of the FASM.
    Line(usize),
    /// A line of the part's required_features.fasm.
    Required(usize),
    /// The rule that an I/O bank steps its voltage down as a whole.
    Bank,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Line(line) => write!(f, "FASM line {line}"),
            Origin::Required(line) => write!(f, "required_features.fasm line {line}"),
            Origin::Bank => f.write_str("the rule of the I/O bank"),
        }
    }
}
