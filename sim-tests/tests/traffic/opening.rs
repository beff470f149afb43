//! Opening a board whose rings are not at rest: somebody who had it before died while writes were under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portolan::device::{Device, DeviceError};
use portolan::{Board, BoardError};
use portolan_regs::{control, map, port_control};
use portolan_sim::Size;

use crate::boards::RINGS;
use crate::meddled::{Meddled, Meddler, Wires};

const SIZE: Size = Size::L4P1;
const STATUS: u32 = map::port_control(0) + port_control::RING_STATUS;

/// The ring of its port is idle, or enabled, later than its registers would say.
struct Restless {
    /// So many times it says that it is not idle.
    busy: AtomicU64,
    /// It never says that it is enabled.
    refuses: bool,
    /// Settings of the ring that were written while it was not idle.
    early: AtomicU64,
}

impl Restless {
    fn new(busy: u64, refuses: bool) -> Arc<Meddled<Restless>> {
        let restless = Restless { busy: AtomicU64::new(busy), refuses, early: AtomicU64::new(0) };
        Meddled::new(RINGS, SIZE, None, restless)
    }
}

impl Meddler for Restless {
    fn read(&self, wires: &Wires, offset: u32) -> Result<u32, DeviceError> {
        let word = wires.sim.read(offset)?;
        if offset != STATUS {
            return Ok(word);
        }
        if self.busy.load(Ordering::SeqCst) > 0 {
            self.busy.fetch_sub(1, Ordering::SeqCst);
            return Ok(word & !port_control::RING_STATUS::IDLE.put(1));
        }
        let enabled = port_control::RING_STATUS::ENABLED.put(u32::from(self.refuses));
        Ok(word & !enabled)
    }

    fn written(&self, offset: u32, value: u32) -> u32 {
        let settings = map::port_control(0) + port_control::RING_BASE..STATUS;
        if settings.contains(&offset) && self.busy.load(Ordering::SeqCst) > 0 {
            self.early.fetch_add(1, Ordering::SeqCst);
        }
        value
    }
}

fn refusal(device: &Arc<Meddled<Restless>>) -> String {
    match Board::open(device.clone()) {
        Err(BoardError::Gone { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_ring_is_set_up_when_it_has_come_to_rest_and_not_before() {
    let device = Restless::new(500, false);
    let board = Board::open(device.clone()).expect("it opens");
    assert_eq!(board.info().ring_slots, 1024);
    assert_eq!((device.busy.load(Ordering::SeqCst), device.early.load(Ordering::SeqCst)), (0, 0));
    assert_eq!(device.read(control::STALE).expect("it lives"), 0, "nothing was written in vain");
}

#[test]
fn a_ring_that_does_not_come_to_rest_or_is_not_taken_is_an_error_that_says_so() {
    let device = Restless::new(u64::MAX, false);
    assert_eq!(refusal(&device), "its ring of port 0 does not come to rest");
    assert_eq!(device.early.load(Ordering::SeqCst), 0, "nothing was written in vain");
    assert_eq!(refusal(&Restless::new(0, true)), "its ring of port 0 was not taken");
}
