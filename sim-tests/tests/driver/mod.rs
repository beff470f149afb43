//! The driver on a simulated board: what needs real registers, real queues and real doorbells.
//!
//! Each program that takes these tests in names the board that they run on: `TOP`, in its root.

mod asynchronous;
mod checks;
mod counting;
mod death;
mod delivery;
mod listening;
mod many;
mod meddled;
mod opening;
mod planted;
mod posting;
mod races;
mod rebinding;
mod sharing;
mod sleeping;
mod windows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use portolan::{Board, Deadline, Delivery, Event, Interrupt, LineConfig, LineMode, Port, PortOptions};
use portolan_sim::{NS_PER_TICK, Options, SimBoard, Size};

/// A stepped board.
fn power_up(size: Size) -> Arc<SimBoard> {
    SimBoard::open(Options { size, top: crate::TOP, ..Options::default() }).expect("the board opens")
}

/// A stepped board and the driver's view of it.
fn open(size: Size) -> (Arc<SimBoard>, Board) {
    let sim = power_up(size);
    let board = Board::open(sim.clone()).expect("the driver opens it");
    (sim, board)
}

fn port() -> Port {
    Port::new(PortOptions { bind_to_interrupt: true, gaps: false })
}

fn gap_port() -> Port {
    Port::new(PortOptions { bind_to_interrupt: true, gaps: true })
}

/// A line with both edges, bound to a port under its number.
fn bound(board: &Board, line: u32, delivery: Delivery, port: &Port) -> Interrupt {
    let config = LineConfig { mode: LineMode::Both, delivery, filter: 0 };
    let interrupt = Interrupt::line(board, line, config).expect("the line is free");
    interrupt.bind(port, line.into()).expect("it can be bound");
    interrupt
}

/// Ns of a tick.
fn ns(tick: u64) -> i64 {
    (tick * NS_PER_TICK) as i64
}

/// Cycles in which an edge comes to where a look at the port finds it, whatever brings it there.
const ARRIVAL: u64 = 200;

/// Everything that a port has now, and what comes as soon as that has made room for it.
fn drain(port: &Port) -> Vec<Event> {
    let mut events = Vec::new();
    let arrival = Duration::from_nanos(ns(ARRIVAL).cast_unsigned());
    while port.wait_events(&mut events, 1000, port.deadline_after(arrival)).is_ok() {}
    events
}

/// Ten seconds of simulated time from now: whatever is to come has come by then.
fn soon(port: &Port) -> Deadline {
    port.deadline_after(Duration::from_secs(10))
}

/// Waits for a condition, with a limit.
fn until(condition: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < limit, "the condition never came true");
        std::thread::yield_now();
    }
}
