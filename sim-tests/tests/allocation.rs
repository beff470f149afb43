//! Waiting for lines and acknowledging them takes no memory once everything is warm, on one board and on two; nor does
//! taking packets that other bus masters have posted.

#![allow(unsafe_code)]

#[path = "../../driver/tests/counting/mod.rs"]
mod counting;

use std::sync::Arc;
use std::time::Duration;

use counting::taken;
use parking_lot::Mutex;
use portolan::device::Device;
use portolan::{Board, Deadline, Delivery, Interrupt, LineConfig, LineMode, Port, PortOptions};
use portolan_sim::{Change, Changes, Options, SimBoard, Size, Top};

/// Cycles between two edges: far more than it takes to fall asleep.
const GAP: u64 = 10_000;
const WARM: u64 = 200;
const EDGES: u64 = 600;

/// A board whose line 0 toggles, and that line, bound to `port`.
fn board(top: Top, port: &Port, delivery: Delivery) -> (Arc<SimBoard>, Board, Interrupt) {
    let options = Options { size: Size::L16P4, top, ..Options::default() };
    let sim = SimBoard::open(options).expect("the board opens");
    let board = Board::open(sim.clone()).expect("the driver opens it");
    let config = LineConfig { mode: LineMode::Both, delivery, filter: 0 };
    let line = Interrupt::line(&board, 0, config).expect("the line is free");
    line.bind(port, 0).expect("it can be bound");
    (sim, board, line)
}

/// parking_lot, which the simulator locks with, takes memory when a thread first has to wait for a lock. Here that is
/// now, not at whichever edge another thread happens to be in the way.
fn wait_for_a_lock() {
    let lock = Mutex::new(());
    let _held = lock.lock();
    assert!(lock.try_lock_for(Duration::from_millis(1)).is_none(), "it is held");
}

/// Waits for edges and acknowledges them: how often that took memory, once warm.
fn taken_by_waits(top: Top, boards: usize, delivery: Delivery) -> u64 {
    let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: false });
    let boards: Vec<_> = (0..boards).map(|_| board(top, &port, delivery)).collect();
    let edges = |sim: &SimBoard| {
        let changes: Vec<_> = (1..=EDGES).map(|n| Change { cycle: n * GAP, pins: n & 1 }).collect();
        sim.start(Changes::from(changes)).expect("nothing is under way");
    };
    boards.iter().for_each(|(sim, ..)| edges(sim));
    let wait = |_| {
        port.wait(Deadline::INFINITE).expect("an edge");
        if delivery == Delivery::Ack {
            boards.iter().for_each(|(.., line)| line.ack().expect("it is bound"));
        }
    };
    wait_for_a_lock();
    (0..WARM).for_each(wait);
    // As many as are sure to come, though two boards do not wait for one another.
    taken(|| (WARM..EDGES / 2).for_each(wait))
}

/// Pulled and by rings, both ways of delivery. Behind PCIe the simulated root takes memory for each TLP.
fn kinds() -> impl Iterator<Item = (Top, Delivery)> {
    let tops = [Top::Axi, Top::AxiRings].into_iter();
    tops.flat_map(|top| [Delivery::Stream, Delivery::Ack].map(|delivery| (top, delivery)))
}

#[test]
fn waiting_for_a_line_takes_no_memory_once_warm() {
    for (top, delivery) in kinds() {
        assert_eq!(taken_by_waits(top, 1, delivery), 0, "{top:?}, {delivery:?}");
    }
}

#[test]
fn waiting_for_lines_of_two_boards_takes_no_memory_once_warm() {
    for (top, delivery) in kinds() {
        assert_eq!(taken_by_waits(top, 2, delivery), 0, "{top:?}, {delivery:?}");
    }
}

#[test]
fn taking_posted_packets_takes_no_memory_once_warm() {
    const BATCH: u32 = 50;
    for top in [Top::Axi, Top::AxiRings] {
        let options = Options { size: Size::L16P4, top, ..Options::default() };
        let sim = SimBoard::open(options).expect("the board opens");
        let board = Board::open(sim.clone()).expect("the driver opens it");
        let port = Port::new(PortOptions::default());
        let window = board.attach(&port).expect("there is a hardware port");
        let post = |key: u32| {
            let words = std::iter::once(key).chain([0; 11]);
            for (offset, word) in (window.offset()..).step_by(4).zip(words) {
                sim.write(offset, word).expect("there is room");
            }
        };
        let mut next = 0;
        let mut wait = |_| {
            let packet = port.wait(port.deadline_after(Duration::from_millis(1))).expect("a packet");
            assert_eq!(packet.key(), next);
            next += 1;
        };
        wait_for_a_lock();
        // Twice around the ring, and more.
        let mut batches = (0..30).map(|batch| {
            (batch * BATCH..(batch + 1) * BATCH).for_each(&post);
            taken(|| (0..BATCH).for_each(&mut wait))
        });
        batches.by_ref().take(2).for_each(drop);
        assert_eq!(batches.sum::<u64>(), 0, "{top:?}");
    }
}
