//! Each interrupt vector of a board has a leader of its own, who is woken for its ports alone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use portolan::device::{Device, DeviceError, Wake};
use portolan::{Deadline, Delivery, Packet, Port, Status};
use portolan_sim::Size;

use crate::boards::PCIE;
use crate::faults::{ended, until};
use crate::meddled::{self, Meddler, Wires};
use crate::{bound, port};

/// With three hardware ports to give.
const SIZE: Size = Size::L16P4;
const PORTS: usize = 3;

/// A board of which the driver is given so many vectors; how often each has interrupted.
struct Counted {
    vectors: u32,
    interrupts: [AtomicU64; 5],
}

impl Meddler for Counted {
    fn vectors(&self, _: &Wires) -> u32 {
        self.vectors
    }

    fn wait(&self, wires: &Wires, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let wake = wires.sim.wait(vector, deadline)?;
        let interrupted = u64::from(wake == Wake::Interrupt);
        self.interrupts[vector as usize].fetch_add(interrupted, Ordering::SeqCst);
        Ok(wake)
    }
}

/// A thread that waits for a packet: its key.
fn reader(port: &Port) -> JoinHandle<Result<u64, Status>> {
    let reader = port.clone();
    let thread = thread::spawn(move || reader.wait(Deadline::INFINITE).map(|packet| packet.key()));
    until(|| port.waiters() == 1);
    thread
}

#[test]
fn readers_are_woken_by_the_vector_of_their_port_however_many_there_are() {
    for (vectors, used) in [(5, 4), (4, 4), (3, 3), (2, 2), (1, 1)] {
        let counted = Counted { vectors, interrupts: Default::default() };
        let (device, board) = meddled::open(PCIE, SIZE, None, counted);
        assert_eq!(board.info().vectors, used);
        let ports: Vec<_> = (0..PORTS).map(|_| port(false)).collect();
        let lines: Vec<_> =
            ports.iter().zip(0..).map(|(port, line)| bound(&board, line, Delivery::Ack, port)).collect();
        let interrupts = || device.interrupts.each_ref().map(|count| count.load(Ordering::SeqCst));
        for turn in (0..PORTS).cycle().take(15) {
            let mut readers: Vec<_> = ports.iter().map(reader).collect();
            let before = interrupts();
            board.fire(turn as u32).unwrap();
            assert_eq!(ended(readers.remove(turn)), Ok(turn as u64));
            // Hardware port 0 is the driver's own.
            let own = (turn + 1) % used as usize;
            for (vector, (before, after)) in before.into_iter().zip(interrupts()).enumerate() {
                assert_eq!(after > before, vector == own, "port {turn} of {used} vectors: vector {vector}");
            }
            lines[turn].ack().unwrap();
            let others = (0..PORTS).filter(|other| *other != turn);
            for (other, reader) in others.zip(readers) {
                ports[other].queue(&Packet::user(9, 0, [0; 32])).unwrap();
                assert_eq!(ended(reader), Ok(9));
            }
        }
    }
}
