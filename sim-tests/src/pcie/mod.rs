//! The PCIe top, driven at the level of TLPs.
//!
//! - [`PcieDoor`] is the board that a driver opens;
//! - [`root::Root`] is a root complex with the integrated block, the link and both clocks: what tests use,
//!   and what stands behind the board;
//! - [`checker::Checker`] judges everything that the endpoint sends;
//! - [`tlp::Tlp`] are packets, [`stream`] takes them over the two AXI-streams;
//! - [`model::Model`] is the Verilated Verilog itself.

pub mod checker;
#[cfg(test)]
mod checker_tests;
mod door;
pub mod model;
pub mod root;
pub mod stream;
pub mod tlp;

pub use door::PcieDoor;
