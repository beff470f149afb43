//! What is left of a board that died: memory that it may still write to, until it was opened again and so reset.

use std::sync::atomic::{AtomicBool, Ordering};

use portolan::device::{Device, DeviceError};
use portolan::{Board, Delivery, Status};
use portolan_sim::{Change, Changes, Size};

use crate::boards::{Kind, PCIE, RINGS};
use crate::meddled::{Meddled, Meddler, Wires};
use crate::{bound, port};

const SIZE: Size = Size::L16P4;
/// Of interrupts and of user packets, for each hardware port.
const RING_COUNT: usize = 8;

/// Its reads are all ones while it is dead. It goes on writing to its rings.
#[derive(Default)]
struct Mortal {
    dead: AtomicBool,
}

impl Meddler for Mortal {
    fn read(&self, wires: &Wires, offset: u32) -> Result<u32, DeviceError> {
        if self.dead.load(Ordering::SeqCst) { Ok(u32::MAX) } else { wires.sim.read(offset) }
    }
}

fn keeps_one_life(kind: Kind) {
    let device = Meddled::new(kind, SIZE, Some(6), Mortal::default());
    let sim = &device.wires.sim;
    for death in 0..20 {
        device.dead.store(false, Ordering::SeqCst);
        let board = Board::open(device.clone()).expect("it opens");
        assert_eq!(device.wires.shared(), RING_COUNT, "{}, after {death} deaths", kind.name());
        let port = port(true);
        let lines = [0, 1, 2, 3].map(|line| bound(&board, line, Delivery::Stream, &port));
        // More than until it is opened again, and less than its ring has room for.
        let edges = (1..800).map(|n| Change { cycle: 30 * n, pins: 1 << (n % 4) });
        sim.start(Changes::from(edges.collect::<Vec<_>>())).unwrap();
        sim.run(1_000 + 37 * death).unwrap();
        assert!(port.try_wait().is_ok(), "{:?}", board.obituary());
        device.dead.store(true, Ordering::SeqCst);
        assert_eq!(board.counters(0), Err(Status::IO));
        drop((lines, board));
        assert_eq!(device.wires.shared(), RING_COUNT, "it still writes there");
        sim.run(500).unwrap();
    }
    device.dead.store(false, Ordering::SeqCst);
    drop(Board::open(device.clone()).expect("it opens"));
    assert_eq!(device.wires.shared(), 0, "{}: its memory went with it", kind.name());
}

#[test]
fn a_board_that_dies_and_is_opened_again_many_times_has_the_memory_of_one_life() {
    for kind in [RINGS, PCIE] {
        keeps_one_life(kind);
    }
}
