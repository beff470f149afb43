//! From FASM, the text in which open place and route says what to configure, to the configuration frames of a 7-series
//! FPGA, by the database of Project X-Ray.
//!
//! - [`feature`] reads FASM, line by line (FASM's own specification, <https://fasm.readthedocs.io>, calls it canonical
//!   form when every feature is one bit; both forms are read);
//! - [`database`] knows where each feature's bits are;
//! - [`assemble()`] puts the two together;
//! - [`frames`] is the result, and the text that `xc7frames2bit` takes; [`bitstream`] looks into what that makes.
//!
//! The same input gives the same frames. Nothing is guessed: a feature that the database does not know, and two features that
//! want a bit otherwise, are errors that name the line.
//!
//! ```no_run
//! use portolan_fasm::{Database, assemble};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let database = Database::open("prjxray/database/zynq7".as_ref(), "xc7z020", "xc7z020clg400-1")?;
//! let frames = assemble(&database, &std::fs::read_to_string("board.fasm")?)?;
//! std::fs::write("board.frames", frames.to_string())?;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod assemble;
pub mod bitstream;
pub mod database;
mod error;
pub mod feature;
pub mod frames;

pub use assemble::assemble;
pub use bitstream::Bitstream;
pub use database::Database;
pub use error::Error;
pub use feature::Feature;
pub use frames::Frames;
