//! The command `portolan`, as a library: captures, the way of their edges through a board, reports.
//!
//! - [`capture`] reads recorded signals;
//! - [`wiring`] says which channel drives which line;
//! - [`pins`] turns samples into clock cycles, and surveys a capture before it is played;
//! - [`run`] plays it into a board and shows what arrives on the port;
//! - [`mod@bench`] measures it; [`info`] shows what a board is;
//! - [`board`] says which board, and opens it; [`simulator`] those that are simulated;
//! - [`cli`] is the command line, [`failure`] how a command ends when it cannot do its work.
#![forbid(unsafe_code)]
// What only boards need.
#![cfg_attr(not(feature = "sim"), allow(dead_code))]

pub mod bench;
pub mod board;
pub mod capture;
pub mod cli;
pub mod failure;
pub mod info;
pub mod operations;
pub mod output;
pub mod pins;
#[cfg(feature = "sim")]
pub mod player;
pub mod record;
pub mod report;
pub mod run;
pub mod shell;
pub mod simulator;
pub mod stop;
pub mod system;
pub mod tap;
pub mod watch;
pub mod wiring;
