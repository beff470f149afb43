//! A board with rings and without post windows, as its capabilities may say: where the registers of user packets would be
//! are holes.

use std::sync::atomic::{AtomicU64, Ordering};

use portolan::device::{Device, DeviceError};
use portolan::{Delivery, Status};
use portolan_regs::{control, map, port_control};
use portolan_sim::Size;

use crate::boards::RINGS;
use crate::meddled::{self, Meddler, Wires};
use crate::{bound, port};

const SIZE: Size = Size::L16P4;

/// Has no post windows.
#[derive(Default)]
struct Windowless {
    /// Accesses to what it does not have.
    holes: AtomicU64,
}

impl Windowless {
    fn is_hole(&self, offset: u32) -> bool {
        let register = offset.wrapping_sub(map::port_control(0)) % port_control::AREA.stride;
        let ports = map::port_control(0)..map::port_control(SIZE.ports());
        let hole = ports.contains(&offset)
            && (port_control::USER_RING_BASE..=port_control::USER_RING_STATUS).contains(&register);
        self.holes.fetch_add(hole.into(), Ordering::SeqCst);
        hole
    }
}

impl Meddler for Windowless {
    fn read(&self, wires: &Wires, offset: u32) -> Result<u32, DeviceError> {
        if self.is_hole(offset) {
            return Err(DeviceError::Refused { device: wires.sim.name().to_owned(), offset });
        }
        let word = wires.sim.read(offset)?;
        Ok(if offset == control::CAP_FEATURES { word & !control::CAP_FEATURES::POST.put(1) } else { word })
    }

    fn written(&self, offset: u32, value: u32) -> u32 {
        self.is_hole(offset);
        value
    }
}

#[test]
fn a_failed_ring_of_a_board_without_post_windows_is_found_without_asking_what_is_not_there() {
    let (device, board) = meddled::open(RINGS, SIZE, None, Windowless::default());
    assert!(!board.info().post && board.info().rings);
    let port = port(false);
    let line = bound(&board, 0, Delivery::Stream, &port);
    // Whoever has its memory takes it away: what is written to it fails.
    let (address, _) = device.wires.ring(1);
    device.wires.sim.unshare(address);
    board.fire(0).unwrap();
    assert_eq!(port.wait(portolan::Deadline::INFINITE), Err(Status::IO));
    assert_eq!(board.obituary(), Some("a write to the ring of port 1 failed"));
    assert_eq!(device.holes.load(Ordering::SeqCst), 0);
    drop(line);
}
