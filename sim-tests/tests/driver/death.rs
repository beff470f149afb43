//! A board that dies under its users (promise 6): an error in bounded time, and life goes on in software.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use portolan::device::{Device, DeviceError, Wake};
use portolan::{Board, BoardError, Deadline, Delivery, Interrupt, LineConfig, Packet, Port, Status};
use portolan_regs::{RESET_KEY, bank, control, map, port as page, slot};
use portolan_sim::{SimBoard, Size};

use super::asynchronous::{wait_by_descriptor, wait_by_task, wait_by_thread};
use super::meddled::{self, Meddled, Meddler, unplugged};
use super::{bound, checks, port, until};

/// Where the driver finds the line of a packet at the head of hardware port 0.
const HEADER: u32 = map::port(0) + page::HEAD + 4 * slot::HEADER as u32;
/// The page of the hardware port that line 0 reports to, and its fill.
const PAGE: u32 = map::port(1);
const LEVELS: u32 = PAGE + page::LEVELS;

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
    /// The same, and the leader is kicked whenever it is about to look.
    Kicked,
    /// The clock stands still, and the vector is asserted for ever.
    Stuck,
    /// The vector is asserted for ever, though the clock goes on.
    Busy,
    /// Packets vanish between doorbell and driver.
    Robbed,
    /// Its packets are of a line that there is not.
    Foreign,
}

/// The real board, until it fails.
struct Fragile {
    fault: AtomicU8,
    /// How often somebody looked whether it lives.
    looks: AtomicU64,
    /// Waits that ended because the vector is stuck or busy.
    stuck: AtomicU64,
}

impl Fragile {
    fn has(&self, fault: Fault) -> bool {
        self.fault.load(Ordering::SeqCst) == fault as u8
    }
    fn fail(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::SeqCst);
    }
    fn check(&self) -> Result<(), DeviceError> {
        if self.has(Fault::Errors) { Err(unplugged()) } else { Ok(()) }
    }
}

impl Meddler for Fragile {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        self.check()?;
        if self.has(Fault::Robbed) && offset == LEVELS {
            sim.write(PAGE + page::LATCH, 0)?;
            let tag = page::HEAD_STATUS::TAG.get(sim.read(PAGE + page::HEAD_STATUS)?);
            sim.write(PAGE + page::POP, page::POP::TAG.put(tag))?;
        }
        let word = sim.read(offset)?;
        self.looks.fetch_add(u64::from(offset == control::ALIVE), Ordering::SeqCst);
        Ok(match offset {
            _ if self.has(Fault::Ones) => u32::MAX,
            control::ALIVE
                if [Fault::Frozen, Fault::Kicked, Fault::Stuck]
                    .map(|fault| self.has(fault))
                    .contains(&true) =>
            {
                77
            }
            HEADER if self.has(Fault::Foreign) => word | slot::LINE.put(1000),
            _ => word,
        })
    }
    fn write(&self, sim: &SimBoard, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.check()?;
        sim.write(offset, value)
    }
    fn wait(&self, sim: &SimBoard, deadline: i64) -> Result<Wake, DeviceError> {
        self.check()?;
        if self.has(Fault::Stuck) {
            self.stuck.fetch_add(1, Ordering::SeqCst);
            sim.run(500_000).expect("there is no stimulus");
            return Ok(Wake::Interrupt);
        }
        if self.has(Fault::Busy) {
            self.stuck.fetch_add(1, Ordering::SeqCst);
            sim.run(10).expect("there is no stimulus");
            return Ok(Wake::Interrupt);
        }
        let kick = sim.now() + 399_000_000;
        if self.has(Fault::Kicked) && kick < deadline {
            let wake = sim.wait(0, kick)?;
            return Ok(if wake == Wake::Deadline { Wake::Kicked } else { wake });
        }
        sim.wait(0, deadline)
    }
}

fn fragile() -> (Arc<Meddled<Fragile>>, Board) {
    let [looks, stuck] = [(); 2].map(|()| AtomicU64::new(0));
    let fragile = Fragile { fault: AtomicU8::new(Fault::None as u8), looks, stuck };
    meddled::open(Size::L16P4, fragile)
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

/// Lets a board die with threads in every kind of wait. The error when somebody is not told in time.
fn dies(fault: impl FnOnce(&Meddled<Fragile>), expired: impl Fn(&Fragile) -> bool) -> Result<(), String> {
    let (device, board) = fragile();
    let ports = [port(), port()];
    let lines = [bound(&board, 0, Delivery::Ack, &ports[0]), bound(&board, 1, Delivery::Stream, &ports[1])];
    let waited_for = Arc::new(Interrupt::line(&board, 2, LineConfig::default()).unwrap());
    // Not scoped: a scope would wait for those that are stuck.
    let ways = [wait_by_thread, wait_by_thread, wait_by_task, wait_by_descriptor];
    let each = |port: &Port| ways.map(|wait| (port.clone(), wait));
    let readers: Vec<_> = ports
        .iter()
        .flat_map(each)
        .map(|(port, wait)| thread::spawn(move || wait(&port).map(drop)))
        .collect();
    let waiter = thread::spawn({
        let waited_for = waited_for.clone();
        move || waited_for.wait().map(drop)
    });
    until(|| ports.iter().all(|port| port.waiters() == ways.len()) && waited_for.is_waited_for());
    fault(&device);
    let told =
        readers.iter().chain([&waiter]).try_for_each(|thread| checks::woken(thread, || expired(&device)));
    if told.is_err() {
        // Nobody is left behind.
        device.fail(Fault::Errors);
        device.kick(0);
    }
    for reader in readers {
        assert_eq!(checks::ended(reader), Err(Status::IO));
    }
    assert_eq!(checks::ended(waiter), Err(Status::CANCELED));
    told?;
    check_aftermath(&board, &ports, &lines);
    Ok(())
}

fn dies_of(fault: impl FnOnce(&Meddled<Fragile>)) {
    let minute = checks::a_minute();
    dies(fault, |_| minute()).unwrap();
}

#[test]
fn a_board_that_reads_as_ones_is_dead() {
    dies_of(|device| device.fail(Fault::Ones));
}

#[test]
fn a_board_whose_accesses_fail_is_dead() {
    let unplug = |device: &Meddled<Fragile>| {
        device.fail(Fault::Errors);
        device.kick(0);
    };
    dies_of(unplug);
}

#[test]
fn a_board_whose_clock_stands_still_is_dead() {
    dies_of(|device| device.fail(Fault::Frozen));
}

#[test]
fn a_board_whose_clock_stands_still_is_dead_within_a_second_however_often_its_leader_is_kicked() {
    let (device, board) = fragile();
    let port = port();
    let _line = bound(&board, 0, Delivery::Ack, &port);
    let reader = thread::spawn({
        let port = port.clone();
        move || port.wait(Deadline::INFINITE)
    });
    // Whoever sleeps has looked.
    until(|| device.looks.load(Ordering::SeqCst) >= 2);
    device.fail(Fault::Kicked);
    let failed = device.now();
    device.kick(0);
    assert_eq!(checks::ended(reader), Err(Status::IO));
    let told = device.now() - failed;
    assert!(told <= 1_000_000_000, "told after {told} ns");
}

#[test]
fn a_board_whose_clock_stands_still_while_its_interrupt_is_stuck_is_dead() {
    let stick = |device: &Meddled<Fragile>| {
        device.fail(Fault::Stuck);
        device.kick(0);
    };
    // Ten seconds of simulated time.
    dies(stick, |device| device.stuck.load(Ordering::SeqCst) > 2_000).unwrap();
}

#[test]
fn a_board_that_interrupts_without_end_and_has_no_packet_is_dead() {
    let busy = |device: &Meddled<Fragile>| {
        device.fail(Fault::Busy);
        device.kick(0);
    };
    dies(busy, |device| device.stuck.load(Ordering::SeqCst) > 10_000).unwrap();
}

#[test]
fn a_board_whose_doorbell_fires_for_packets_that_it_does_not_have_is_dead() {
    dies_of(|device| {
        device.fail(Fault::Robbed);
        device.sim.write(map::bank(bank::TRIGGER, 0), 1).unwrap();
    });
}

#[test]
fn a_board_that_somebody_else_reset_is_dead() {
    dies_of(|device| device.sim.write(control::RESET, RESET_KEY).unwrap());
}

#[test]
fn a_board_that_sends_a_packet_of_a_line_that_it_does_not_have_is_dead() {
    let lie = |device: &Meddled<Fragile>| {
        device.fail(Fault::Foreign);
        // Line 2 reports to hardware port 0, from which the leader takes packets by himself.
        device.sim.write(map::bank(bank::TRIGGER, 2), 1 << 2).unwrap();
    };
    dies_of(lie);
}

#[test]
fn a_death_that_nobody_is_told_of_is_found() {
    // It lives, so nobody learns of a death however often the driver looks.
    let error = dies(|_| (), |device| device.looks.load(Ordering::SeqCst) >= 5).unwrap_err();
    assert_eq!(error, "a sleeper was not woken");
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
    assert_eq!(board.obituary(), Some("meddled: unplugged"));
}
