//! Virtual interrupts at work: rules of ports.md section I that one state alone does not show.

use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::{Deadline, Packet, PortOptions};

fn port() -> Port {
    Port::new(PortOptions { bind_to_interrupt: true, gaps: false })
}

fn bound(port: &Port) -> Interrupt {
    let interrupt = Interrupt::virtual_interrupt();
    interrupt.bind(port, 5).unwrap();
    interrupt
}

/// The time stamp of the packet that is there, if one is.
fn read(port: &Port) -> Option<i64> {
    port.try_wait().ok().map(|packet| packet.timestamp().unwrap())
}

fn until_waiting(interrupt: &Interrupt) {
    let limit = Instant::now() + Duration::from_secs(20);
    while !interrupt.is_waited_for() {
        assert!(Instant::now() < limit, "the thread never waited");
        thread::yield_now();
    }
}

#[test]
fn three_triggers_make_two_packets() {
    let port = port();
    let interrupt = bound(&port);
    for time in [1, 2, 3] {
        interrupt.trigger(time).unwrap();
    }
    assert_eq!((read(&port), read(&port)), (Some(1), None), "I14");
    interrupt.ack().unwrap();
    assert_eq!((read(&port), read(&port)), (Some(2), None));
    interrupt.ack().unwrap();
    assert_eq!(interrupt.ack(), Ok(()), "I19: again is fine");
    assert_eq!(read(&port), None);
    interrupt.trigger(4).unwrap();
    assert_eq!(read(&port), Some(4));
}

#[test]
fn the_first_of_two_triggers_before_a_wait_is_returned_once() {
    let interrupt = Interrupt::virtual_interrupt();
    interrupt.trigger(1).unwrap();
    interrupt.trigger(2).unwrap();
    assert_eq!(interrupt.wait(), Ok(1), "I15");
    thread::scope(|scope| {
        let again = scope.spawn(|| interrupt.wait());
        until_waiting(&interrupt);
        interrupt.trigger(3).unwrap();
        assert_eq!(again.join().unwrap(), Ok(3), "I23: the second one was dropped");
    });
}

#[test]
fn a_bind_delivers_what_was_triggered_before_it() {
    let port = port();
    let interrupt = Interrupt::virtual_interrupt();
    interrupt.trigger(1).unwrap();
    interrupt.bind(&port, 9).unwrap();
    assert_eq!(port.try_wait().map(|p| (p.key(), p.timestamp())), Ok((9, Some(1))), "I8");
    interrupt.trigger(2).unwrap();
    assert_eq!(read(&port), None, "not before the acknowledge");
}

#[test]
fn bind_refuses_plain_ports_second_ports_and_waited_for_interrupts() {
    let (one, two) = (port(), port());
    let interrupt = bound(&one);
    assert_eq!(interrupt.bind(&Port::new(PortOptions::default()), 1), Err(Status::WRONG_TYPE));
    assert_eq!(interrupt.bind(&two, 1), Err(Status::ALREADY_BOUND));
    assert_eq!(interrupt.wait(), Err(Status::BAD_STATE), "I22");
    let free = Interrupt::virtual_interrupt();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| free.wait());
        until_waiting(&free);
        assert_eq!(free.bind(&one, 1), Err(Status::BAD_STATE));
        assert_eq!(free.wait(), Err(Status::BAD_STATE));
        assert_eq!(free.ack(), Err(Status::BAD_STATE));
        assert_eq!(free.destroy(), Ok(()));
        assert_eq!(waiter.join().unwrap(), Err(Status::CANCELED), "I24");
    });
}

#[test]
fn unbinding_an_unread_packet_lets_another_port_have_it() {
    let (one, two) = (port(), port());
    let interrupt = bound(&one);
    interrupt.trigger(1).unwrap();
    interrupt.trigger(2).unwrap();
    assert_eq!(interrupt.unbind(&two), Err(Status::NOT_FOUND), "I9");
    assert_eq!(interrupt.unbind(&one), Ok(()));
    assert_eq!(read(&one), None);
    interrupt.bind(&two, 6).unwrap();
    assert_eq!(two.try_wait().map(|p| (p.key(), p.timestamp())), Ok((6, Some(1))), "I10");
    interrupt.ack().unwrap();
    assert_eq!(read(&two), None, "I10: the second trigger was overwritten");
}

#[test]
fn a_trigger_after_unbinding_a_read_packet_is_sent_by_the_ack_after_the_next_bind() {
    let port = port();
    let interrupt = bound(&port);
    interrupt.trigger(1).unwrap();
    assert_eq!(read(&port), Some(1));
    interrupt.unbind(&port).unwrap();
    interrupt.trigger(2).unwrap();
    interrupt.bind(&port, 5).unwrap();
    assert_eq!(read(&port), None, "I11");
    interrupt.ack().unwrap();
    assert_eq!(read(&port), Some(2));
}

#[test]
fn a_stamp_of_zero_is_delivered_when_idle_and_lost_when_pending() {
    let port = port();
    let interrupt = bound(&port);
    interrupt.trigger(0).unwrap();
    assert_eq!(read(&port), Some(0));
    interrupt.trigger(0).unwrap();
    interrupt.ack().unwrap();
    assert_eq!(read(&port), None, "I16");
}

#[test]
fn an_ack_before_the_packet_is_read_loses_the_next_trigger() {
    let port = port();
    let interrupt = bound(&port);
    interrupt.trigger(1).unwrap();
    assert_eq!(interrupt.ack(), Ok(()), "I20 a");
    assert_eq!(interrupt.trigger(2), Ok(()));
    interrupt.trigger(3).unwrap();
    assert_eq!(interrupt.ack(), Err(Status::BAD_STATE), "I20 b: 3 was pending");
    assert_eq!((read(&port), read(&port)), (Some(1), None));
    interrupt.ack().unwrap();
    assert_eq!(read(&port), None);
    interrupt.trigger(4).unwrap();
    assert_eq!(read(&port), Some(4));
}

#[test]
fn destroying_a_read_and_unacknowledged_interrupt_says_not_found_and_destroys_it() {
    let port = port();
    let interrupt = bound(&port);
    interrupt.trigger(1).unwrap();
    assert_eq!(read(&port), Some(1));
    assert_eq!(interrupt.destroy(), Err(Status::NOT_FOUND), "I26");
    assert_eq!(interrupt.destroy(), Ok(()));
    assert_eq!(interrupt.trigger(2), Err(Status::CANCELED));
    assert_eq!(interrupt.ack(), Err(Status::CANCELED), "I27");
    assert_eq!(interrupt.bind(&port, 1), Err(Status::CANCELED));
    assert_eq!(interrupt.wait(), Err(Status::BAD_STATE));
    assert_eq!(interrupt.unbind(&port), Err(Status::CANCELED));
    assert_eq!(interrupt.unbind(&self::port()), Err(Status::NOT_FOUND));
}

#[test]
fn destroying_an_unbound_interrupt_cancels_what_comes_later() {
    let interrupt = Interrupt::virtual_interrupt();
    assert_eq!(interrupt.destroy(), Ok(()));
    assert_eq!(interrupt.wait(), Err(Status::CANCELED));
    assert_eq!(interrupt.ack(), Err(Status::BAD_STATE));
    assert_eq!(interrupt.bind(&port(), 1), Err(Status::CANCELED));
    assert_eq!(interrupt.unbind(&port()), Err(Status::NOT_FOUND));
}

#[test]
fn dropping_an_interrupt_drops_its_packet() {
    let port = port();
    let interrupt = bound(&port);
    interrupt.trigger(1).unwrap();
    port.queue(&Packet::user(1, 0, [0; 32])).unwrap();
    drop(interrupt);
    assert_eq!(port.try_wait().map(|p| p.key()), Ok(1), "I28");
}

#[test]
fn a_trigger_wakes_one_waiter_of_the_port() {
    let port = port();
    let interrupt = bound(&port);
    let reader = {
        let port = port.clone();
        thread::spawn(move || port.wait(Deadline::INFINITE))
    };
    interrupt.trigger(8).unwrap();
    assert_eq!(reader.join().unwrap().map(|p| p.timestamp()), Ok(Some(8)));
}
