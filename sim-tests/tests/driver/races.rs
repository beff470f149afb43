//! Races that threads alone meet once in a million times: a device that lets the test act in the middle.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use portolan::device::{Device, DeviceError, Wake};
use portolan::{Board, Deadline, Delivery, Interrupt, LineConfig, Packet, Port, Status};
use portolan_regs::bank;
use portolan_sim::{SimBoard, Size};

use super::checks::ended;
use super::meddled::{self, Meddled, Meddler, unplugged};
use super::{bound, port, until};

type Hook = Box<dyn FnOnce() + Send>;

/// A way in.
#[derive(Default)]
struct Door {
    /// Runs in the thread that has just read this register, before it learns the value; how many reads of it
    /// pass before.
    hook: Mutex<Option<(u32, u32, Hook)>>,
    /// While locked, nobody returns from a wait.
    gate: Mutex<()>,
    /// Somebody stands at the gate.
    held: AtomicBool,
    gone: AtomicBool,
    /// Waits that have begun.
    waits: AtomicU64,
}

impl Door {
    fn after_reading(&self, register: u32, passes: u32, hook: impl FnOnce() + Send + 'static) {
        *self.hook.lock().unwrap() = Some((register, passes, Box::new(hook)));
    }

    fn check(&self) -> Result<(), DeviceError> {
        if self.gone.load(Ordering::SeqCst) { Err(unplugged()) } else { Ok(()) }
    }

    fn due(&self, register: u32) -> Option<Hook> {
        let mut hook = self.hook.lock().unwrap();
        match hook.as_mut() {
            Some((at, passes, _)) if *at == register && *passes > 0 => {
                *passes -= 1;
                None
            }
            Some((at, ..)) if *at == register => hook.take().map(|(_, _, hook)| hook),
            _ => None,
        }
    }
}

impl Meddler for Door {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        self.check()?;
        let word = sim.read(offset)?;
        if let Some(hook) = self.due(offset) {
            hook();
        }
        Ok(word)
    }
    fn write(&self, sim: &SimBoard, offset: u32, value: u32) -> Result<(), DeviceError> {
        self.check()?;
        sim.write(offset, value)
    }
    fn wait(&self, sim: &SimBoard, deadline: i64) -> Result<Wake, DeviceError> {
        self.waits.fetch_add(1, Ordering::SeqCst);
        let wake = sim.wait(0, deadline)?;
        self.held.store(true, Ordering::SeqCst);
        drop(self.gate.lock().unwrap());
        self.held.store(false, Ordering::SeqCst);
        self.check()?;
        Ok(wake)
    }
}

fn unplug(device: &Meddled<Door>) {
    device.gone.store(true, Ordering::SeqCst);
    device.kick(0);
}

fn open() -> (Arc<Meddled<Door>>, Board) {
    meddled::open(Size::L16P4, Door::default())
}

/// A thread that waits on the port. It is not scoped: a scope would wait for it when it is stuck.
fn reader(port: &Port, deadline: Deadline) -> thread::JoinHandle<Result<u64, Status>> {
    let reader = port.clone();
    let sleepers = port.waiters();
    let thread = thread::spawn(move || reader.wait(deadline).map(|packet| packet.key()));
    until(|| port.waiters() > sleepers);
    thread
}

#[test]
fn a_doorbell_that_fired_for_a_port_that_has_just_left_disturbs_nobody() {
    let (device, board) = open();
    let (led, leaving, next) = (port(), port(), port());
    let others = [bound(&board, 2, Delivery::Ack, &led)];
    let leader = reader(&led, Deadline::INFINITE);
    until(|| device.waits.load(Ordering::SeqCst) > 0);
    let line = bound(&board, 0, Delivery::Ack, &leaving);
    let sleeper = reader(&leaving, Deadline::INFINITE);
    let left = Arc::new(AtomicU64::new(u64::MAX));
    device.after_reading(bank::AREA.base + bank::FIRED, 0, {
        let (leaving, left, device) = (leaving.clone(), left.clone(), Arc::downgrade(&device));
        move || {
            line.unbind(&leaving).unwrap();
            left.store(device.upgrade().unwrap().waits.load(Ordering::SeqCst), Ordering::SeqCst);
        }
    });
    board.fire(0).unwrap();
    until(|| device.waits.load(Ordering::SeqCst) > left.load(Ordering::SeqCst));
    let heir = bound(&board, 1, Delivery::Ack, &next);
    let waiter = reader(&next, Deadline::INFINITE);
    board.fire(1).unwrap();
    assert_eq!(ended(waiter), Ok(1), "the next owner of the hardware port is told");
    // The packet of line 0 may have been read just before it was taken back.
    for (port, thread, keys) in [(&led, leader, 7..=7), (&leaving, sleeper, 0..=7)] {
        port.queue(&Packet::user(7, 0, [0; 32])).unwrap();
        assert!(keys.contains(&ended(thread).unwrap()));
    }
    drop((heir, others));
}

#[test]
fn a_reader_that_brings_packets_of_two_boards_and_takes_one_wakes_a_sleeper_for_the_other() {
    let ((one, first), (two, second)) = (open(), open());
    let port = port();
    let _lines = [bound(&first, 1, Delivery::Ack, &port), bound(&second, 2, Delivery::Ack, &port)];
    let sleeper = reader(&port, Deadline::INFINITE);
    let gates = (one.gate.lock().unwrap(), two.gate.lock().unwrap());
    first.fire(1).unwrap();
    second.fire(2).unwrap();
    let taken = port.try_wait().map(|packet| packet.key());
    drop(gates);
    let mut keys = [taken.unwrap(), ended(sleeper).unwrap()];
    keys.sort_unstable();
    assert_eq!(keys, [1, 2]);
}

#[test]
fn a_port_outlives_a_board_that_dies_while_a_line_is_bound_to_it() {
    let (device, board) = open();
    let port = port();
    let line = Interrupt::line(&board, 3, LineConfig::default()).unwrap();
    // Bind reads it twice before the line joins the port.
    device.after_reading(bank::AREA.base + bank::IN_FLIGHT, 1, {
        let (device, board) = (Arc::downgrade(&device), board.clone());
        move || {
            unplug(&device.upgrade().unwrap());
            let mourner = thread::spawn(move || board.fire(0));
            assert_eq!(ended(mourner), Err(Status::IO));
        }
    });
    assert!(line.bind(&port, 3).is_err());
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "it never had a line of the board");
    port.queue(&Packet::user(4, 0, [0; 32])).unwrap();
    assert_eq!(port.try_wait().map(|packet| packet.key()), Ok(4));
}

#[test]
fn a_waiter_by_the_clock_of_a_board_learns_that_the_clock_is_gone() {
    let (device, board) = open();
    let (timed, patient) = (port(), port());
    let lines = [bound(&board, 0, Delivery::Ack, &timed), bound(&board, 1, Delivery::Ack, &patient)];
    let first = reader(&timed, timed.deadline_after(Duration::from_secs(1_000_000)));
    let second = reader(&patient, Deadline::INFINITE);
    drop(lines);
    // Both were woken, and sleep again on a port without lines.
    until(|| timed.waiters() == 1 && patient.waiters() == 1);
    unplug(&device);
    assert_eq!(ended(first), Err(Status::IO), "its deadline would never come");
    patient.queue(&Packet::user(5, 0, [0; 32])).unwrap();
    assert_eq!(ended(second), Ok(5), "who has no deadline needs no clock");
}

#[test]
fn a_waiter_that_a_helper_leads_for_learns_that_the_board_is_gone() {
    let ((device, board), (_, other)) = (open(), open());
    let (both, timed) = (port(), port());
    let _lines = [bound(&board, 0, Delivery::Ack, &both), bound(&other, 0, Delivery::Ack, &both)];
    // Who sleeps on two boards leads none; a thread of the driver does.
    let bystander = reader(&both, Deadline::INFINITE);
    let gate = device.gate.lock().unwrap();
    until(|| device.held.load(Ordering::SeqCst));
    let line = bound(&board, 1, Delivery::Ack, &timed);
    let follower = reader(&timed, timed.deadline_after(Duration::from_secs(1_000_000)));
    drop(line);
    until(|| timed.waiters() == 1);
    unplug(&device);
    drop(gate);
    assert_eq!(ended(follower), Err(Status::IO));
    assert_eq!(ended(bystander), Err(Status::IO));
}
