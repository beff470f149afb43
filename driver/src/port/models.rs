//! loom models of a port: the whole of queue, wait, cancel, interrupts and closing, with its lists, its ring
//! and its waiters, over every order of two or three threads' steps.
//!
//! A ring is small here: it holds three packets and grows from one.

use std::sync::Weak;

use loom::sync::{Condvar, Mutex};
use loom::thread;

use super::standby::Standby;
use super::*;
use crate::sync::Bed;
use crate::{Interrupt, Status};

fn check(preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 50_000;
    builder.check(body);
}

fn port() -> Port {
    Port::new(PortOptions { bind_to_interrupt: true, gaps: false })
}

fn packet(key: u64) -> Packet {
    Packet::user(key, 0, [0; 32])
}

fn waiter(port: &Port) -> thread::JoinHandle<u64> {
    let port = port.clone();
    thread::spawn(move || port.wait(Deadline::INFINITE).unwrap().key())
}

struct Nobody;

impl SignalSource for Nobody {
    fn forget(&self, _: &Arc<Observer>) {}
}

fn observe(port: &Port, key: u64) -> Arc<Observer> {
    let source: Weak<Nobody> = Weak::new();
    port.inner.observe(Registration { handle: 1, key, trigger: 1, repeating: false, source }).unwrap()
}

/// How somebody takes one packet.
type Way = fn(&Port) -> thread::JoinHandle<u64>;

fn a_packet_reaches(way: Way) {
    check(3, move || {
        let port = port();
        let waiter = way(&port);
        port.queue(&packet(1)).unwrap();
        assert_eq!(waiter.join().unwrap(), 1);
    });
}

fn two_packets_serve(ways: [Way; 2]) {
    check(2, move || {
        let port = port();
        let waiters = ways.map(|way| way(&port));
        port.queue(&packet(1)).unwrap();
        port.queue(&packet(2)).unwrap();
        let mut keys = waiters.map(|waiter| waiter.join().unwrap());
        keys.sort_unstable();
        assert_eq!(keys, [1, 2]);
    });
}

#[test]
fn a_packet_wakes_a_waiter_that_falls_asleep() {
    a_packet_reaches(waiter);
}

#[test]
fn two_packets_serve_two_waiters() {
    two_packets_serve([waiter, waiter]);
}

#[test]
fn two_writers_serve_a_waiter_twice() {
    check(2, || {
        let port = port();
        let writers = [1, 2].map(|key| {
            let port = port.clone();
            thread::spawn(move || port.queue(&packet(key)).unwrap())
        });
        let mut keys = [0; 2].map(|_| port.wait(Deadline::INFINITE).unwrap().key());
        keys.sort_unstable();
        assert_eq!(keys, [1, 2]);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn a_canceled_packet_is_not_delivered_and_its_waiter_gets_the_next() {
    check(2, || {
        let port = port();
        let waiter = waiter(&port);
        let canceler = {
            let port = port.clone();
            thread::spawn(move || port.cancel_key(1).is_ok())
        };
        port.queue(&packet(1)).unwrap();
        port.queue(&packet(2)).unwrap();
        let first = waiter.join().unwrap();
        let canceled = canceler.join().unwrap();
        assert!(!(canceled && first == 1), "G5: both");
        let left = port.try_wait().map(|packet| packet.key());
        let expected = match (first, canceled) {
            (1, false) => Ok(2),
            (2, true) => Err(Status::TIMED_OUT),
            other => panic!("{other:?}"),
        };
        assert_eq!(left, expected);
    });
}

#[test]
fn a_registration_ends_in_a_packet_or_in_a_cancel() {
    check(3, || {
        let port = port();
        let observer = observe(&port, 7);
        let canceler = {
            let port = port.clone();
            thread::spawn(move || port.cancel_key(7).is_ok())
        };
        let reader = {
            let port = port.clone();
            thread::spawn(move || port.try_wait().is_ok())
        };
        observer.fire(1, 1, 0);
        let canceled = canceler.join().unwrap();
        let delivered = reader.join().unwrap() || port.try_wait().is_ok();
        assert!(canceled != delivered, "G5: canceled {canceled}, delivered {delivered}");
    });
}

#[test]
fn a_packet_queued_while_the_port_closes_is_refused_or_gone() {
    check(3, || {
        let port = port();
        let writer = {
            let port = port.clone();
            thread::spawn(move || port.queue(&packet(1)))
        };
        port.close();
        let queued = writer.join().unwrap();
        assert!(matches!(queued, Ok(()) | Err(Status::BAD_HANDLE)), "D6: {queued:?}");
        assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "H1");
        assert_eq!(port.queue(&packet(2)), Err(Status::BAD_HANDLE), "H4");
    });
}

#[test]
fn an_interrupt_comes_before_what_its_trigger_queued_after_it() {
    check(2, || {
        let port = port();
        let interrupt = Interrupt::virtual_interrupt();
        interrupt.bind(&port, 9).unwrap();
        port.queue(&packet(1)).unwrap();
        let reader = {
            let port = port.clone();
            thread::spawn(move || [0; 2].map(|_| port.wait(Deadline::INFINITE).unwrap().key()))
        };
        interrupt.trigger(5).unwrap();
        port.queue(&packet(2)).unwrap();
        let read = reader.join().unwrap();
        let left = port.try_wait().unwrap().key();
        let order = [read[0], read[1], left];
        let at = |key| order.iter().position(|other| *other == key).unwrap();
        assert!(at(9) < at(2) && at(1) < at(2), "E5: {order:?}");
    });
}

#[test]
fn signals_and_packets_of_one_thread_leave_in_its_order() {
    check(2, || {
        let port = port();
        let observer = observe(&port, 8);
        let reader = waiter(&port);
        port.queue(&packet(1)).unwrap();
        observer.fire(1, 1, 0);
        port.queue(&packet(2)).unwrap();
        let order = [reader.join().unwrap(), port.try_wait().unwrap().key(), port.try_wait().unwrap().key()];
        assert_eq!(order, [1, 8, 2]);
    });
}

#[test]
fn a_trigger_and_an_acknowledge_at_once_leave_one_packet_or_one_stamp() {
    check(3, || {
        let port = port();
        let interrupt = Arc::new(Interrupt::virtual_interrupt());
        interrupt.bind(&port, 3).unwrap();
        interrupt.trigger(1).unwrap();
        assert_eq!(port.try_wait().unwrap().timestamp(), Some(1));
        let other = {
            let interrupt = interrupt.clone();
            thread::spawn(move || interrupt.trigger(2).unwrap())
        };
        interrupt.ack().unwrap();
        other.join().unwrap();
        assert_eq!(port.try_wait().unwrap().timestamp(), Some(2), "sent, or kept and sent by the ack");
        assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
    });
}

#[test]
fn a_destroyed_interrupt_leaves_no_packet_and_releases_its_waiter() {
    check(3, || {
        let interrupt = Arc::new(Interrupt::virtual_interrupt());
        let other = {
            let interrupt = interrupt.clone();
            thread::spawn(move || interrupt.wait())
        };
        assert_eq!(interrupt.destroy(), Ok(()));
        assert_eq!(other.join().unwrap(), Err(Status::CANCELED));

        let port = port();
        let interrupt = Arc::new(Interrupt::virtual_interrupt());
        interrupt.bind(&port, 3).unwrap();
        let other = {
            let interrupt = interrupt.clone();
            thread::spawn(move || interrupt.trigger(2))
        };
        let _ = interrupt.destroy();
        let _ = other.join().unwrap();
        assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "I28");
    });
}

/// What wakes a task, or makes a descriptor readable.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bed for Bell {
    fn kick(&self) {
        *self.rung.lock().unwrap() = true;
        self.changed.notify_one();
    }
}

impl Bell {
    fn silence(&self) {
        *self.rung.lock().unwrap() = false;
    }

    fn wait(&self) {
        let mut rung = self.rung.lock().unwrap();
        while !*rung {
            rung = self.changed.wait(rung).unwrap();
        }
    }
}

/// Takes one packet as a program does that polls a descriptor.
fn poller(port: &Port) -> thread::JoinHandle<u64> {
    let port = port.clone();
    thread::spawn(move || {
        let bell = Arc::new(Bell::default());
        let mut standby = Standby::new(port.inner.clone(), bell.clone());
        loop {
            match standby.ask_and_silence(|| bell.silence(), |port| port.next_packet()).unwrap() {
                Some(packet) => return packet.key(),
                None => bell.wait(),
            }
        }
    })
}

/// Begins to wait as a task does, gives up, and says what it got before.
fn gives_up(port: &Port) -> thread::JoinHandle<Option<u64>> {
    let port = port.clone();
    thread::spawn(move || {
        let mut standby = Standby::new(port.inner.clone(), Arc::new(Bell::default()));
        standby.ask(|port| port.next_packet()).unwrap().map(|packet| packet.key())
    })
}

#[test]
fn a_packet_rings_for_a_descriptor_that_falls_silent() {
    a_packet_reaches(poller);
}

#[test]
fn two_packets_serve_a_descriptor_and_a_thread() {
    two_packets_serve([poller, waiter]);
}

#[test]
fn a_task_that_gives_up_takes_no_packet_from_a_thread() {
    check(2, || {
        let port = port();
        let task = gives_up(&port);
        let waiter = waiter(&port);
        port.queue(&packet(1)).unwrap();
        if task.join().unwrap().is_some() {
            // It got the packet; the thread gets another.
            port.queue(&packet(2)).unwrap();
        }
        waiter.join().unwrap();
        assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
    });
}
