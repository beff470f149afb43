//! An answer that never comes (promise 6). A thread that is in the device then stays there until the device itself gives
//! up, which is for its own layer to see to: no driver can call back a load. What the driver promises is that nobody
//! else is held up who does not need that answer, and that all are told once the device gives up.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use portolan::device::{Device, DeviceError, Wake};
use portolan::{Deadline, Delivery, Packet, Port, Status};
use portolan_regs::control;
use portolan_sim::Size;

use crate::boards::{Kind, PCIE, PULL, RINGS};
use crate::faults::{ended, until};
use crate::meddled::{self, Honest, Meddler, Wires, unplugged};
use crate::{bound, port};

const SIZE: Size = Size::L16P4;

/// What is not answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Request {
    Wait,
    /// A read of the tick counter.
    Read,
}

/// Does not answer while the gate is closed; then it fails.
struct Silent {
    request: Request,
    stuck: AtomicBool,
    gate: Mutex<()>,
    /// Somebody stands at the gate.
    held: AtomicBool,
}

impl Silent {
    fn pass(&self, request: Request) -> Result<(), DeviceError> {
        if self.request != request || !self.stuck.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.held.store(true, Ordering::SeqCst);
        drop(self.gate.lock().unwrap());
        Err(unplugged())
    }
}

impl Meddler for Silent {
    fn read(&self, wires: &Wires, offset: u32) -> Result<u32, DeviceError> {
        if offset == control::TICKS {
            self.pass(Request::Read)?;
        }
        wires.sim.read(offset)
    }

    /// One leader for all.
    fn vectors(&self, _: &Wires) -> u32 {
        1
    }

    fn wait(&self, wires: &Wires, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let wake = wires.sim.wait(vector, deadline)?;
        self.pass(Request::Wait)?;
        Ok(wake)
    }
}

/// A thread that waits for one packet.
fn reader(port: &Port) -> thread::JoinHandle<Result<u64, Status>> {
    let (reader, sleepers) = (port.clone(), port.waiters());
    let thread = thread::spawn(move || reader.wait(Deadline::INFINITE).map(|packet| packet.key()));
    until(|| port.waiters() > sleepers);
    thread
}

fn user(port: &Port, key: u64) {
    port.queue(&Packet::user(key, 0, [0; 32])).unwrap();
}

fn unanswered(kind: Kind, request: Request) {
    let silent = Silent {
        request,
        stuck: AtomicBool::new(false),
        gate: Mutex::default(),
        held: AtomicBool::new(false),
    };
    let (device, board) = meddled::open(kind, SIZE, None, silent);
    let (_, other) = meddled::open(kind, SIZE, None, Honest);
    let [led, followed, looked_at, elsewhere] = [(); 4].map(|()| port(false));
    let _lines = [
        bound(&board, 0, Delivery::Stream, &led),
        bound(&board, 1, Delivery::Stream, &followed),
        bound(&board, 2, Delivery::Stream, &looked_at),
        bound(&other, 3, Delivery::Stream, &elsewhere),
    ];
    let (leader, follower) = (reader(&led), reader(&followed));
    let gate = device.gate.lock().unwrap();
    device.stuck.store(true, Ordering::SeqCst);
    let reads = thread::spawn({
        let board = board.clone();
        move || board.ticks()
    });
    if request == Request::Wait {
        until(|| reads.is_finished());
    }
    until(|| device.held.load(Ordering::SeqCst));

    let waiter = reader(&elsewhere);
    other.fire(3).unwrap();
    assert_eq!(ended(waiter), Ok(3), "another board goes on");
    let software = port(false);
    let waiter = reader(&software);
    user(&software, 8);
    assert_eq!(ended(waiter), Ok(8), "software goes on");
    user(&followed, 9);
    assert_eq!(ended(follower), Ok(9), "whoever is not in the device himself is reached");
    board.fire(2).unwrap();
    device.wires.sim.run(2_000).unwrap();
    assert_eq!(looked_at.try_wait().map(|packet| packet.key()), Ok(2), "and packets can be looked for");
    user(&looked_at, 10);

    let follower = reader(&followed);
    drop(gate);
    assert_eq!(ended(leader), Err(Status::IO));
    assert_eq!(ended(follower), Err(Status::IO));
    let answered = ended(reads).is_ok();
    assert_eq!(answered, request == Request::Wait, "what is not asked of who is silent is answered");
    assert_eq!(looked_at.try_wait().map(|packet| packet.key()), Ok(10));
}

#[test]
fn a_wait_that_is_never_answered_holds_up_nobody_who_does_not_need_it() {
    for kind in [RINGS, PULL, PCIE] {
        unanswered(kind, Request::Wait);
    }
}

#[test]
fn a_read_that_is_never_answered_holds_up_nobody_who_does_not_need_it() {
    for kind in [RINGS, PULL, PCIE] {
        unanswered(kind, Request::Read);
    }
}
