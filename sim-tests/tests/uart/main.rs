//! The driver on a board at the other end of a serial line: `uart:PATH`, as users name it. Between the two is a
//! pseudo-terminal and, bit by bit, the pins of the Verilated top.

#[allow(dead_code, reason = "each test uses its part")]
#[path = "../common/capture.rs"]
mod capture;
mod example;
mod line;
mod noise;

use std::sync::Arc;
use std::time::Duration;

use portolan::device::UartDevice;
use portolan::{Board, Deadline, Delivery, Interrupt, LineConfig, LineMode, Port, PortOptions};
use portolan_sim::uart::{Options, Rate, UartBoard};

/// A board, and the driver's device for it.
fn plug_in(rate: Rate) -> (UartBoard, Arc<UartDevice>) {
    let simulated = UartBoard::open(Options { rate, initial_pins: 0 }).expect("there is a pseudo-terminal");
    let device = UartDevice::open(simulated.address()).expect("it answers");
    (simulated, device)
}

/// The same, and the board as the driver sees it.
fn open(rate: Rate) -> (UartBoard, Arc<UartDevice>, Board) {
    let (simulated, device) = plug_in(rate);
    let board = Board::open(device.clone()).expect("the driver opens it");
    (simulated, device, board)
}

fn port() -> Port {
    Port::new(PortOptions { bind_to_interrupt: true, gaps: true })
}

/// A line with both edges, bound to a port under its number.
fn bound(board: &Board, line: u32, delivery: Delivery, port: &Port) -> Interrupt {
    let config = LineConfig { mode: LineMode::Both, delivery, filter: 0 };
    let interrupt = Interrupt::line(board, line, config).expect("the line is free");
    interrupt.bind(port, line.into()).expect("it can be bound");
    interrupt
}

/// A limit for what comes at once, on a machine that is busy.
fn soon(port: &Port) -> Deadline {
    port.deadline_after(Duration::from_secs(30))
}
