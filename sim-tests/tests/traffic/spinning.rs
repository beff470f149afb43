//! A reader looks at its ring for a while before it sleeps in the device, where time is this machine's.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use portolan::device::{Device, DeviceError, TimeBase, Wake};
use portolan::{Deadline, Delivery};
use portolan_sim::Size;
use rustix::time::{ClockId, clock_gettime};

use crate::boards::RINGS;
use crate::meddled::{self, Meddler, Wires};
use crate::{bound, port};

/// Looks at the ring before the edge comes.
const LOOKS: u64 = 5;
/// Cycles in which it comes to its ring.
const ARRIVAL: u64 = 200;

/// Its time is CLOCK_MONOTONIC, and the edge comes when somebody has looked often enough.
#[derive(Default)]
struct Watched {
    looks: AtomicU64,
    sleeps: AtomicU64,
}

impl Meddler for Watched {
    fn relax(&self, wires: &Wires) {
        if self.looks.fetch_add(1, Ordering::SeqCst) == LOOKS {
            wires.sim.set_pins(1);
            wires.sim.run(ARRIVAL).expect("there is no stimulus");
        }
    }

    fn wait(&self, wires: &Wires, vector: u32, _: i64) -> Result<Wake, DeviceError> {
        self.sleeps.fetch_add(1, Ordering::SeqCst);
        wires.sim.set_pins(1);
        wires.sim.wait(vector, i64::MAX)
    }

    fn now(&self, _: &Wires) -> i64 {
        let now = clock_gettime(ClockId::Monotonic);
        now.tv_sec * 1_000_000_000 + now.tv_nsec
    }

    fn time_base(&self) -> TimeBase {
        TimeBase::Monotonic
    }
}

#[test]
fn a_packet_that_comes_soon_is_found_without_sleeping() {
    let (device, board) = meddled::open(RINGS, Size::L4P1, None, Watched::default());
    let port = port(false);
    let _line = bound(&board, 0, Delivery::Stream, &port);
    assert_eq!(port.wait(Deadline::INFINITE).map(|packet| packet.key()), Ok(0));
    let sleeps = device.sleeps.load(Ordering::SeqCst);
    if thread::available_parallelism().is_ok_and(|processors| processors.get() > 1) {
        assert_eq!(sleeps, 0, "{} looks", device.looks.load(Ordering::SeqCst));
    } else {
        assert_eq!(sleeps, 1, "with one processor nobody spins");
    }
}
