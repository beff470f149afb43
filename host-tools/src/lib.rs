//! The command `portolan`, as a library: captures, the way of their edges through a board, reports.
//!
//! - [`capture`] reads recorded signals;
//! - [`wiring`] says which channel drives which line;
//! - [`pins`] turns samples into clock cycles, and surveys a capture before it is played;
//! - [`run`] plays it into a board and shows what arrives on the port;
//! - [`sim_uart`] puts the simulated board at the end of a serial line;
//! - [`mod@bench`] measures it; [`info`] shows what a board is; [`simulator`] opens the one that is simulated;
//! - [`cli`] is the command line, [`failure`] how a command ends when it cannot do its work.
#![forbid(unsafe_code)]
// What only boards need.
#![cfg_attr(not(feature = "sim"), allow(dead_code))]

pub mod bench;
pub mod capture;
pub mod cli;
pub mod failure;
pub mod info;
pub mod pins;
pub mod run;
#[cfg(feature = "sim")]
pub mod sim_uart;
pub mod simulator;
pub mod wiring;
