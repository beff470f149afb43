//! A board that dies under its users (promise 6): an error in bounded time, and life goes on in software.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use portolan::device::{Device, DeviceError, TimeBase, Wake};
use portolan::{Board, BoardError, Deadline, Delivery, Interrupt, LineConfig, Packet, Port, Status};
use portolan_regs::{RESET_KEY, control};
use portolan_sim::{Options, SimBoard, Size};

use super::{bound, port, until};

/// How the board fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Fault {
    None,
    /// Reads give ones, as on PCIe when the card is gone.
    Ones,
    /// Accesses and waits fail.
    Errors,
    /// The clock stands still.
    Frozen,
}

/// The real board, until it fails.
struct Fragile {
    sim: Arc<SimBoard>,
    fault: AtomicU8,
}

impl Fragile {
    fn fault(&self) -> u8 {
        self.fault.load(Ordering::SeqCst)
    }
    fn fail(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::SeqCst);
    }
    fn check(&self) -> Result<(), DeviceError> {
        if self.fault() != Fault::Errors as u8 {
            return Ok(());
        }
        Err(DeviceError::Gone { device: "fragile".into(), what: "unplugged".into(), source: None })
    }
}

impl Device for Fragile {
    fn name(&self) -> &str {
        "fragile"
    }
    fn read(&self, offset: u32) -> Result<u32, DeviceError> {
        self.check()?;
        let word = self.sim.read(offset)?;
        let frozen = self.fault() == Fault::Frozen as u8 && offset == control::ALIVE;
        Ok(if self.fault() == Fault::Ones as u8 {
            u32::MAX
        } else if frozen {
            77
        } else {
            word
        })
    }
    fn write(&self, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.check()?;
        self.sim.write(offset, value)
    }
    fn vectors(&self) -> u32 {
        1
    }
    fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        self.check()?;
        self.sim.wait(vector, deadline)
    }
    fn kick(&self, vector: u32) {
        self.sim.kick(vector);
    }
    fn now(&self) -> i64 {
        self.sim.now()
    }
    fn time_base(&self) -> TimeBase {
        self.sim.time_base()
    }
}

fn fragile() -> (Arc<Fragile>, Board) {
    let sim = SimBoard::open(Options { size: Size::L16P4, ..Options::default() }).unwrap();
    let device = Arc::new(Fragile { sim, fault: AtomicU8::new(Fault::None as u8) });
    let board = Board::open(device.clone()).unwrap();
    (device, board)
}

/// What must hold once the board is dead.
fn check_aftermath(board: &Board, ports: &[Port], lines: &[Interrupt]) {
    for (port, line) in ports.iter().zip(lines) {
        assert_eq!(line.ack(), Err(Status::CANCELED), "as if destroyed, still bound");
        assert_eq!(line.bind(port, 1), Err(Status::CANCELED));
        assert_eq!(line.unbind(port), Err(Status::CANCELED));
        assert_eq!(line.wait(), Err(Status::BAD_STATE));
        assert_eq!(line.destroy(), Ok(()));
        let virtual_one = Interrupt::virtual_interrupt();
        virtual_one.bind(port, 9).unwrap();
        port.queue(&Packet::user(1, 0, [0; 32])).unwrap();
        virtual_one.trigger(5).unwrap();
        assert_eq!(port.wait(Deadline::INFINITE).unwrap().timestamp(), Some(5));
        assert_eq!(port.wait(Deadline::INFINITE).unwrap().key(), 1);
        let soon = port.deadline_after(Duration::from_millis(1));
        assert_eq!(port.wait(soon), Err(Status::TIMED_OUT), "the port goes on in software");
    }
    assert!(board.obituary().is_some());
    assert_eq!(board.counters(0), Err(Status::IO));
    assert_eq!(board.fire(0), Err(Status::IO));
    assert!(matches!(Interrupt::line(board, 9, LineConfig::default()), Err(BoardError::Gone { .. })));
}

/// Lets a board die with threads in every kind of wait.
fn dies_of(fault: impl FnOnce(&Fragile)) {
    let (device, board) = fragile();
    let ports = [port(), port()];
    let lines = [bound(&board, 0, Delivery::Ack, &ports[0]), bound(&board, 1, Delivery::Stream, &ports[1])];
    let waited_for = Interrupt::line(&board, 2, LineConfig::default()).unwrap();
    thread::scope(|scope| {
        let ports = &ports;
        let readers: Vec<_> =
            (0..4).map(|n| scope.spawn(move || ports[n % 2].wait(Deadline::INFINITE))).collect();
        let waiter = scope.spawn(|| waited_for.wait());
        until(|| ports.iter().all(|port| port.waiters() == 2) && waited_for.is_waited_for());
        fault(&device);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), Err(Status::IO));
        }
        assert_eq!(waiter.join().unwrap(), Err(Status::CANCELED));
    });
    check_aftermath(&board, &ports, &lines);
}

#[test]
fn a_board_that_reads_as_ones_is_dead() {
    dies_of(|device| device.fail(Fault::Ones));
}

#[test]
fn a_board_whose_accesses_fail_is_dead() {
    dies_of(|device| {
        device.fail(Fault::Errors);
        device.kick(0);
    });
}

#[test]
fn a_board_whose_clock_stands_still_is_dead() {
    dies_of(|device| device.fail(Fault::Frozen));
}

#[test]
fn a_board_that_somebody_else_reset_is_dead() {
    dies_of(|device| device.sim.write(control::RESET, RESET_KEY).unwrap());
}

#[test]
fn a_poll_that_meets_a_dead_board_says_so_once() {
    let (device, board) = fragile();
    let port = port();
    let line = bound(&board, 0, Delivery::Ack, &port);
    port.queue(&Packet::user(4, 0, [0; 32])).unwrap();
    device.fail(Fault::Errors);
    assert_eq!(port.try_wait(), Err(Status::IO));
    assert_eq!(port.try_wait().map(|packet| packet.key()), Ok(4), "and loses nothing");
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
    assert_eq!(line.ack(), Err(Status::CANCELED));
    assert_eq!(board.obituary(), Some("fragile: unplugged"));
}
