//! Long random traffic through the driver on simulated boards, and what a faulty board may do meanwhile.
//!
//! [`boards`] names the boards. The edges are known beforehand, from a seed: [`plan`]. So each packet, each gap and each
//! count is held against the edges themselves. PORTOLAN_SEED repeats a run; PORTOLAN_SOAK=1 makes the runs ten times
//! as long.

mod boards;
mod by_itself;
mod consumer;
mod deaths;
mod faults;
mod ledger;
mod meddled;
mod mixed;
// The reference: section I, written down without the driver's code.
#[allow(dead_code)] // what this program does not ask of it
#[path = "../equivalence/model.rs"]
mod model;
mod opening;
mod overload;
mod plan;
mod power;
mod spinning;
mod storms;
mod stuck;
mod vectors;
mod wakeups;
mod windowless;
mod worlds;

use portolan::{Board, Delivery, Interrupt, LineConfig, LineMode, Port, PortOptions};
use portolan_sim::NS_PER_TICK;

/// So many, or ten times as many in soak.
fn scaled(usual: u64) -> u64 {
    if std::env::var_os("PORTOLAN_SOAK").is_some() { 10 * usual } else { usual }
}

/// A port for interrupts.
fn port(gaps: bool) -> Port {
    Port::new(PortOptions { bind_to_interrupt: true, gaps })
}

/// An interrupt of a line, on both edges.
fn interrupt(board: &Board, line: u32, delivery: Delivery) -> Interrupt {
    let config = LineConfig { mode: LineMode::Both, delivery, filter: 0 };
    Interrupt::line(board, line, config).expect("the line is free")
}

/// The same, bound to a port under its number.
fn bound(board: &Board, line: u32, delivery: Delivery, port: &Port) -> Interrupt {
    let interrupt = interrupt(board, line, delivery);
    interrupt.bind(port, line.into()).expect("it can be bound");
    interrupt
}

/// The tick of a time in ns.
fn tick(ns: i64) -> u64 {
    ns.cast_unsigned() / NS_PER_TICK
}
