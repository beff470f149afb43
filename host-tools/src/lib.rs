//! The command `portolan`, as a library: captures, the way of their edges through a board, reports.
//!
//! - [`board`] says which board, and opens it; [`simulator`] those that are simulated;
//! - [`capture`] reads recorded signals; [`wiring`] says which channel drives which line, [`pins`] turns samples into clock
//!   cycles, and surveys a capture before it is played; `player` puts it on the pins of a simulated board;
//! - [`tap`] takes what arrives from lines, [`report`] shows it and keeps the account;
//! - `serve` lends a simulated board to other processes, a guest's kernel among them;
//! - `sim_uart` puts one at the end of a serial line;
//! - [`run`] plays a capture into a board, [`watch`] shows what comes by itself, [`record`] writes it to a file;
//! - [`operations`] carries out operations of ports and interrupts, one by one;
//! - [`mod@bench`] measures a board; [`info`] shows what it is;
//! - [`flash`] loads a bitstream into one;
//! - [`system`] is the machine that boards are plugged into: what is there, who has it, what is missing;
//! - [`cli`] is the command line, [`shell`] what shells and manuals get of it, [`stop`] Ctrl-C, [`output`] files that are
//!   complete or not there, [`failure`] how a command ends when it cannot do its work.
#![forbid(unsafe_code)]
// What only boards need.
#![cfg_attr(not(feature = "sim"), allow(dead_code))]

pub mod bench;
pub mod board;
pub mod capture;
pub mod cli;
pub mod failure;
pub mod flash;
pub mod info;
pub mod operations;
pub mod output;
pub mod pins;
#[cfg(feature = "sim")]
pub mod player;
pub mod record;
pub mod report;
pub mod run;
#[cfg(feature = "sim")]
pub mod serve;
pub mod shell;
#[cfg(feature = "sim")]
pub mod sim_uart;
pub mod simulator;
pub mod stop;
pub mod system;
pub mod tap;
pub mod watch;
pub mod wiring;
