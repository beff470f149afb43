//! The command `portolan`, as a library: captures, the way of their edges through a board, reports.
//!
//! - [`capture`] reads recorded signals;
//! - [`wiring`] says which channel drives which line;
//! - [`pins`] turns samples into clock cycles, and surveys a capture before it is played.
#![forbid(unsafe_code)]

pub mod capture;
pub mod pins;
pub mod wiring;
