//! Promises 1 to 4 on an honest board, and the same checks on boards that break them in one way each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use portolan::device::{Device, DeviceError, Wake};
use portolan::{Board, Deadline, Delivery, Packet};
use portolan_regs::{control, map, port as page, slot};
use portolan_sim::{Change, Changes, NS_PER_TICK, SimBoard, Size};

use super::checks;
use super::meddled::{self, Honest, Meddled, Meddler};
use super::{bound, drain, port};

const LINE: u32 = 3;
const SIZE: Size = Size::L16P4;

/// Promise 1: edges in both deliveries, counted now and when all were read.
fn equation<M: Meddler>((device, board): (Arc<Meddled<M>>, Board)) -> Result<(), String> {
    let port = port();
    let lines = [bound(&board, LINE, Delivery::Stream, &port), bound(&board, LINE + 1, Delivery::Ack, &port)];
    let changes = (1..=40).map(|n| Change { cycle: 100 * n, pins: ((n & 1) * 0b11) << LINE });
    device.sim.start(Changes::from(changes.collect::<Vec<_>>())).unwrap();
    let mut handed = [0, 0];
    // A device that lies may keep the driver busy until then.
    let deadline = port.deadline_after(Duration::from_millis(1));
    while let Ok(packet) = port.wait(deadline) {
        let index = packet.key() as usize - LINE as usize;
        handed[index] += 1;
        lines[index].ack().unwrap();
        (LINE..=LINE + 1).try_for_each(|line| checks::balance(&board, line).map(drop))?;
    }
    let [stream, acknowledged] = handed;
    checks::account(&board, LINE, stream)?;
    let counters = checks::account(&board, LINE + 1, acknowledged)?;
    assert!(counters.edges == 40 && counters.undelivered == 0, "{counters:?}");
    Ok(())
}

#[test]
fn the_equation_holds_at_every_moment() {
    equation(meddled::open(SIZE, Honest)).unwrap();
}

/// Counts an edge of the line too many.
struct Miscounts;

impl Meddler for Miscounts {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        let line = control::SNAPSHOT_STATE::LINE.get(sim.read(control::SNAPSHOT_STATE)?);
        Ok(sim.read(offset)? + u32::from(offset == control::EDGES && line == LINE))
    }
}

#[test]
fn an_edge_that_nobody_accounts_for_breaks_the_equation() {
    let error = equation(meddled::open(SIZE, Miscounts)).unwrap_err();
    assert!(error.contains("the equation does not hold"), "{error}");
}

/// Takes a packet of the line off the board before the driver sees it.
struct Thief {
    due: AtomicBool,
}

impl Meddler for Thief {
    fn write(&self, sim: &SimBoard, offset: u32, value: u32) -> Result<(), DeviceError> {
        sim.write(offset, value)?;
        let page = offset.wrapping_sub(page::LATCH);
        if in_page(offset) != Some(page::LATCH) {
            return Ok(());
        }
        let status = sim.read(page + page::HEAD_STATUS)?;
        let header = sim.read(page + page::HEAD + 4 * slot::HEADER as u32)?;
        let mine = page::HEAD_STATUS::VALID.get(status) == 1 && slot::LINE.get(header) == LINE;
        if mine && self.due.swap(false, Ordering::SeqCst) {
            sim.write(page + page::POP, page::POP::TAG.put(page::HEAD_STATUS::TAG.get(status)))?;
            sim.write(offset, value)?;
        }
        Ok(())
    }
}

#[test]
fn a_packet_that_somebody_else_took_breaks_the_equation() {
    let error = equation(meddled::open(SIZE, Thief { due: AtomicBool::new(true) })).unwrap_err();
    assert!(error.contains("the equation does not hold"), "{error}");
}

/// Promise 2: each edge of two lines has its own cycle as its stamp.
fn stamps<M: Meddler>((device, board): (Arc<Meddled<M>>, Board)) -> Result<(), String> {
    let port = port();
    let _lines = [0, 1].map(|line| bound(&board, line, Delivery::Stream, &port));
    let changes: Vec<_> = (1..20).map(|n| Change { cycle: 37 * n, pins: n & 0b11 }).collect();
    let start = device.sim.start(Changes::from(changes.clone())).unwrap();
    let mut edges = vec![Vec::new(); 2];
    let mut pins = 0;
    for change in changes {
        for (line, edges) in edges.iter_mut().enumerate() {
            if (change.pins ^ pins) >> line & 1 != 0 {
                edges.push((start + change.cycle, change.pins >> line & 1 != 0));
            }
        }
        pins = change.pins;
    }
    device.sim.run(2_000).unwrap();
    checks::stamps(&drain(&port), &edges)
}

#[test]
fn each_stamp_is_the_cycle_of_its_edge() {
    stamps(meddled::open(SIZE, Honest)).unwrap();
}

/// The offset of a register in the page of a port.
fn in_page(offset: u32) -> Option<u32> {
    offset.checked_sub(map::port(0)).map(|offset| offset % page::AREA.stride)
}

/// Adds to the stamp of one packet.
struct Late {
    by: u32,
    /// Packets that pass before.
    passes: AtomicU64,
}

impl Late {
    fn new(by: u32, passes: u64) -> Late {
        Late { by, passes: AtomicU64::new(passes) }
    }
}

impl Meddler for Late {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        let word = sim.read(offset)?;
        let stamp = in_page(offset) == Some(page::HEAD + 4 * slot::TICKS as u32);
        let late = stamp && self.passes.fetch_sub(1, Ordering::SeqCst) == 0;
        Ok(if late { word + self.by } else { word })
    }
}

#[test]
fn a_stamp_one_tick_late_is_found() {
    let error = stamps(meddled::open(SIZE, Late::new(1, 7))).unwrap_err();
    assert!(error.contains("stamp and level of edge"), "{error}");
}

/// Promise 3: interrupts that came after user packets leave before them, each class in its order.
fn order<M: Meddler>((device, board): (Arc<Meddled<M>>, Board)) -> Result<(), String> {
    let port = port();
    let _lines = [0, 1].map(|line| bound(&board, line, Delivery::Stream, &port));
    for round in 0..4 {
        (0..5).for_each(|key| port.queue(&Packet::user(10 * round + key, 0, [0; 32])).unwrap());
        for line in [1, 0, 0, 1] {
            board.fire(line).unwrap();
        }
        device.sim.run(200).unwrap();
        let events = drain(&port);
        checks::order(&events)?;
        assert_eq!(events.len(), 9, "nothing is missing");
    }
    Ok(())
}

#[test]
fn interrupts_leave_first_and_each_class_in_its_order() {
    order(meddled::open(SIZE, Honest)).unwrap();
}

/// Hides the interrupt packets that are queued, once.
struct Hides(AtomicBool);

impl Meddler for Hides {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        let word = sim.read(offset)?;
        let levels = in_page(offset) == Some(page::LEVELS) && page::LEVELS::INTERRUPT.get(word) > 0;
        let hides = levels && self.0.swap(false, Ordering::SeqCst);
        Ok(if hides { word - page::LEVELS::INTERRUPT.put(page::LEVELS::INTERRUPT.get(word)) } else { word })
    }
}

#[test]
fn a_user_packet_before_an_interrupt_is_found() {
    let error = order(meddled::open(SIZE, Hides(AtomicBool::new(true)))).unwrap_err();
    assert!(error.contains("Packet") && error.contains("came before"), "{error}");
}

#[test]
fn two_interrupts_in_the_wrong_order_are_found() {
    let error = order(meddled::open(SIZE, Late::new(100_000, 1))).unwrap_err();
    assert!(error.contains("Interrupt") && error.contains("came before"), "{error}");
}

/// Promise 4: of two sleepers, on two ports of one vector, each is woken by an edge of its line.
fn wake_ups<M: Meddler>(
    device: &Meddled<M>,
    board: &Board,
    expired: impl Fn() -> bool,
) -> Result<(), String> {
    let ports = [port(), port()];
    let lines = [0, 1].map(|line| bound(board, line, Delivery::Ack, &ports[line as usize]));
    let sleep = |index: usize| {
        let port = ports[index].clone();
        // Not scoped: a scope would wait for those that are stuck.
        let sleeper = thread::spawn(move || port.wait(Deadline::INFINITE).map(|packet| packet.key()));
        super::until(|| ports[index].waiters() == 1);
        sleeper
    };
    let sleepers = [sleep(0), sleep(1)];
    // The follower first: whoever leads must tell it.
    let result = [1, 0].into_iter().try_for_each(|line| {
        board.fire(line).unwrap();
        checks::woken(&sleepers[line as usize], &expired)
    });
    if result.is_err() {
        // Nobody is left behind.
        (0..2).for_each(|line| ports[line].queue(&Packet::user(line as u64, 0, [0; 32])).unwrap());
    }
    let keys = sleepers.map(|sleeper| checks::ended(sleeper).unwrap());
    assert_eq!(keys, [0, 1], "{}", device.sim.cycles());
    drop(lines);
    result
}

#[test]
fn every_sleeper_is_woken_for_its_packet() {
    let (device, board) = meddled::open(SIZE, Honest);
    (0..20).try_for_each(|_| wake_ups(&device, &board, checks::a_minute())).unwrap();
}

/// Does not tell that the vector is asserted, or was: time goes by until the deadline.
struct Deaf {
    /// Waits that ended in vain, from the first one that should not have.
    swallowed: AtomicU64,
}

impl Meddler for Deaf {
    fn wait(&self, sim: &SimBoard, deadline: i64) -> Result<Wake, DeviceError> {
        let wake = sim.wait(0, deadline)?;
        if wake != Wake::Interrupt && self.swallowed.load(Ordering::SeqCst) == 0 {
            return Ok(wake);
        }
        self.swallowed.fetch_add(1, Ordering::SeqCst);
        let left = (deadline - sim.now()).max(0) as u64;
        sim.run(left.div_ceil(NS_PER_TICK)).expect("there is no stimulus");
        Ok(Wake::Deadline)
    }
}

#[test]
fn a_vector_that_is_not_heard_leaves_a_sleeper_who_is_found() {
    let (device, board) = meddled::open(SIZE, Deaf { swallowed: AtomicU64::new(0) });
    let expired = || device.swallowed.load(Ordering::SeqCst) >= 5;
    let error = wake_ups(&device, &board, expired).unwrap_err();
    assert_eq!(error, "a sleeper was not woken");
}
