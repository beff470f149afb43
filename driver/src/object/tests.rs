//! Objects and ports together: registrations through handles, and the end of objects.

use std::sync::Arc;

use super::*;
use crate::{Contents, Deadline, Interrupt, Packet, Port, PortOptions};

const LEVEL: AsyncOptions = AsyncOptions { timestamp: Timestamp::None, edge: false, repeating: false };
const EDGE: AsyncOptions = AsyncOptions { edge: true, ..LEVEL };

fn port() -> Port {
    Port::new(PortOptions { bind_to_interrupt: true, gaps: false })
}

fn observed(packet: &Packet) -> u32 {
    match packet.contents() {
        Contents::Signal { observed, .. } => observed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn waits_that_fire_on_one_signal_are_queued_in_reverse_order() {
    let (port, event) = (port(), Event::new());
    (0..7).for_each(|key| event.wait_async(&port, key, Signals::SIGNALED, LEVEL).unwrap());
    event.signal(Signals::NONE, Signals::SIGNALED).unwrap();
    let keys: Vec<_> = (0..7).map(|_| port.try_wait().unwrap().key()).collect();
    assert_eq!(keys, [6, 5, 4, 3, 2, 1, 0], "F7");
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
}

#[test]
fn an_edge_wait_looks_at_all_signals_when_any_rises() {
    let (port, event) = (port(), Event::new());
    event.signal(Signals::NONE, Signals::user(0)).unwrap();
    event.wait_async(&port, 1, Signals::user(0), EDGE).unwrap();
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "it is high already");
    event.signal(Signals::NONE, Signals::user(0)).unwrap();
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "J5: no transition");
    event.signal(Signals::NONE, Signals::user(1)).unwrap();
    assert_eq!(observed(&port.try_wait().unwrap()), 0x0300_0000, "F4");
}

#[test]
fn closing_the_handle_takes_its_registrations_but_not_those_of_a_duplicate() {
    let (port, event) = (port(), Handle::from(Event::new()));
    let duplicate = event.duplicate_handle(Rights::SAME_RIGHTS).unwrap();
    event.wait_async(&port, 1, Signals::SIGNALED, LEVEL).unwrap();
    duplicate.wait_async(&port, 2, Signals::SIGNALED, LEVEL).unwrap();
    assert_eq!(duplicate.cancel_async(&port, 1), Err(Status::NOT_FOUND), "G3");
    drop(event);
    duplicate.signal(Signals::NONE, Signals::SIGNALED).unwrap();
    assert_eq!(port.try_wait().unwrap().key(), 2, "B7");
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
}

#[test]
fn a_handle_in_a_channel_keeps_its_registrations_until_it_is_read() {
    let (port, event) = (port(), Handle::from(Event::new()));
    let other = event.duplicate_handle(Rights::SAME_RIGHTS).unwrap();
    event.wait_async(&port, 1, Signals::user(0), LEVEL).unwrap();
    event.wait_async(&port, 2, Signals::user(1), LEVEL).unwrap();
    let (a, b) = Channel::create();
    a.write(Message { bytes: vec![], handles: vec![event] }).unwrap();
    other.signal(Signals::NONE, Signals::user(0)).unwrap();
    assert_eq!(port.try_wait().unwrap().key(), 1, "B8: still live in the message");
    let message = b.read().unwrap();
    other.signal(Signals::NONE, Signals::user(1)).unwrap();
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "B8: canceled by the read");
    drop(message);
}

#[test]
fn closing_the_last_handle_of_a_port_takes_its_registrations_from_their_sources() {
    let event = Event::new();
    let (port, handle) = {
        let port = port();
        (port.clone(), Handle::from(port))
    };
    event.wait_async(&port, 1, Signals::SIGNALED, LEVEL).unwrap();
    drop(handle);
    assert_eq!(event.observable().unwrap().watchers(), 0, "H1");
    assert_eq!(event.wait_async(&port, 1, Signals::SIGNALED, LEVEL), Err(Status::BAD_HANDLE), "H4");
    assert_eq!(port.queue(&Packet::default()), Err(Status::BAD_HANDLE), "H4");
}

#[test]
fn canceling_a_key_takes_the_registrations_off_their_objects() {
    let (port, events) = (port(), [Event::new(), Event::new()]);
    for event in &events {
        event.wait_async(&port, 1, Signals::SIGNALED, LEVEL).unwrap();
        event.wait_async(&port, 2, Signals::SIGNALED, LEVEL).unwrap();
    }
    assert_eq!(port.cancel_key(1), Ok(()));
    assert_eq!(port.cancel_key(1), Err(Status::NOT_FOUND));
    assert_eq!(events.each_ref().map(|event| event.observable().unwrap().watchers()), [1, 1]);
}

#[test]
fn an_untriggered_virtual_interrupt_says_so() {
    let interrupt = Handle::from(Interrupt::virtual_interrupt());
    let inner = interrupt.get::<InterruptObject>(Rights::NONE).unwrap().clone();
    let port = port();
    let untriggered = || interrupt.wait_one(Signals::UNTRIGGERED, Deadline::PAST).is_ok();
    assert!(untriggered(), "I6");
    inner.bind(&port, 1).unwrap();
    inner.trigger(1).unwrap();
    assert!(!untriggered());
    port.try_wait().unwrap();
    assert!(!untriggered(), "reading changes nothing");
    inner.trigger(2).unwrap();
    interrupt.wait_async(&port, 9, Signals::UNTRIGGERED, LEVEL).unwrap();
    inner.ack().unwrap();
    assert_eq!(port.try_wait().unwrap().timestamp(), Some(2));
    assert_eq!(observed(&port.try_wait().unwrap()), 0x10, "strobed");
    assert!(!untriggered());
    inner.ack().unwrap();
    assert!(untriggered());
    inner.trigger(3).unwrap();
    inner.destroy().unwrap();
    assert!(untriggered());
}

#[test]
fn closing_the_last_handle_of_an_interrupt_takes_its_packet_out_of_the_port() {
    let (port, interrupt) = (port(), Handle::from(Interrupt::virtual_interrupt()));
    let inner = interrupt.get::<InterruptObject>(Rights::NONE).unwrap().clone();
    inner.bind(&port, 1).unwrap();
    inner.trigger(1).unwrap();
    drop(interrupt);
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "I28");
    assert_eq!(inner.trigger(1), Err(Status::CANCELED));
}

#[test]
fn peers_learn_when_the_other_end_is_closed() {
    let (a, b) = EventPair::create();
    assert_eq!(a.basic_info().related_koid, b.basic_info().koid);
    a.signal_peer(Signals::NONE, Signals::SIGNALED).unwrap();
    assert!(b.wait_one(Signals::SIGNALED, Deadline::PAST).is_ok());
    assert_eq!(a.signal_peer(Signals::NONE, Signals::PEER_CLOSED), Err(Status::INVALID_ARGS));
    drop(a);
    assert!(b.wait_one(Signals::PEER_CLOSED, Deadline::PAST).is_ok());
    assert_eq!(b.signal_peer(Signals::NONE, Signals::SIGNALED), Err(Status::PEER_CLOSED));
    assert_eq!(Event::new().signal_peer(Signals::NONE, Signals::NONE), Err(Status::ACCESS_DENIED));
}

#[test]
fn rights_are_never_more_than_the_first_handles() {
    let event = Handle::from(Event::new());
    assert_eq!(event.duplicate_handle(Rights::WRITE).unwrap_err(), Status::INVALID_ARGS);
    let poor = event.duplicate_handle(Rights::WAIT | Rights::INSPECT).unwrap();
    assert_eq!(poor.duplicate_handle(Rights::WAIT).unwrap_err(), Status::ACCESS_DENIED);
    assert_eq!(poor.handle_count(), Ok(2));
    assert_eq!(poor.replace(Rights::SIGNAL).unwrap_err(), Status::INVALID_ARGS);
    assert_eq!(event.handle_count(), Ok(1), "B6: the replaced one is gone");
    assert_eq!(event.get::<PortObject>(Rights::WRITE).unwrap_err_status(), Status::WRONG_TYPE);
}

trait Failure {
    fn unwrap_err_status(self) -> Status;
}

impl<T> Failure for Result<&Arc<T>, Status> {
    fn unwrap_err_status(self) -> Status {
        self.err().expect("it fails")
    }
}
