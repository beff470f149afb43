//! The simulated card as a vfio-user server: QEMU attaches it to a guest, whose kernel then has a PCI card like any other,
//! and the driver reaches it by its own [client](portolan::device::vfio_user).
//!
//! From the outside in: [`Server`] is the socket and its thread, [`session`] a client's messages, [`card`] what VFIO calls a
//! device: its regions ([`bar`], [`config`]), [`interrupts`] and memory ([`dma`]). Behind it is a [`SimBoard`](crate::SimBoard),
//! whose every access to BAR 0 is a TLP.
//!
//! The board's time is real time ([`Pace::RealTime`](crate::Pace)): a guest holds its ticks against its own clock. Where
//! the RTL has more to do than can be simulated that fast, its time falls behind, and catches up when it has less.

pub mod bar;
pub mod card;
pub mod config;
pub mod dma;
pub mod interrupts;
pub mod server;
pub mod session;

pub use card::Counts;
pub use server::{ServeError, Server};
