//! The vfio-user server, the driver's client, and the Verilated card behind them.

mod between;
mod faults;
mod hostile;
mod protocol;
mod raw;
mod traffic;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portolan::device::VfioUserDevice;
use portolan::{Board, Deadline, Delivery, Interrupt, LineConfig, LineMode, Port, PortOptions};
use portolan_sim::vfio_user::Server;
use portolan_sim::{Change, Options, Pace, SimBoard, Stimulus, Top};

/// Longest that anything may hang.
const SECOND: Duration = Duration::from_secs(1);
/// What a busy machine may add to that.
const GRACE: Duration = Duration::from_millis(500);

/// A server in a folder of its own. One at a time: each wants a processor, and its client another one.
struct Served {
    server: Server,
    path: PathBuf,
    _folder: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

fn serve_with(top: Top, stimulus: Option<Box<dyn Stimulus>>) -> Served {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let options = Options { top, pace: Pace::RealTime, ..Options::default() };
    let board = SimBoard::open(options).expect("the board opens");
    let server = Server::start(&path, board, stimulus).expect("a socket");
    Served { server, path, _folder: folder, _turn: turn }
}

fn serve(top: Top) -> Served {
    serve_with(top, None)
}

impl Served {
    fn device(&self) -> Arc<VfioUserDevice> {
        VfioUserDevice::open(&self.path).expect("the server answers")
    }

    fn board(&self) -> Board {
        Board::open(self.device()).expect("the driver opens it")
    }
}

/// A port with these lines of a board, both edges, each under its number.
fn listen(board: &Board, lines: u32, delivery: Delivery) -> (Port, Vec<Interrupt>) {
    let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: true });
    let config = LineConfig { mode: LineMode::Both, delivery, filter: 0 };
    let interrupts = (0..lines).map(|line| {
        let interrupt = Interrupt::line(board, line, config).expect("the line is free");
        interrupt.bind(&port, line.into()).expect("it can be bound");
        interrupt
    });
    let interrupts = interrupts.collect();
    (port, interrupts)
}

/// So long from now, on the clock of a port with lines of a board that is none of this process.
fn after(time: Duration) -> Deadline {
    Deadline::after(time)
}

/// Cycles before the first change of a [`Steady`] stimulus: every line is armed by then.
const LEAD: u64 = 30_000_000;
/// Cycles from one change to the next: real time is enough to simulate them.
const PERIOD: u64 = 6_000;
/// Lines that change.
const LINES: u32 = 4;

/// One line after the other changes, so many times in all.
struct Steady {
    next: u64,
    end: u64,
    pins: u64,
}

impl Steady {
    fn of(changes: u64) -> Option<Box<dyn Stimulus>> {
        Some(Box::new(Steady { next: 0, end: changes, pins: 0 }))
    }
}

impl Stimulus for Steady {
    fn next(&mut self) -> Result<Option<Change>, Box<dyn std::error::Error + Send + Sync>> {
        let n = self.next;
        self.next += 1;
        self.pins ^= 1 << (n % u64::from(LINES));
        Ok((n < self.end).then_some(Change { cycle: LEAD + n * PERIOD, pins: self.pins }))
    }
}

/// Waits for a condition, with a limit.
fn until(condition: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < limit, "the condition never came true");
        std::thread::yield_now();
    }
}
