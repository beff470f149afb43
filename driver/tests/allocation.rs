//! Queue, wait, acknowledge and trigger take no memory once a port is warm.

#![allow(unsafe_code)]

mod counting;

use std::thread;

use counting::taken;
use portolan::{Deadline, Interrupt, Packet, Port, PortOptions, Status};

fn packet(key: u64) -> Packet {
    Packet::user(key, 0, [7; 32])
}

fn port() -> Port {
    Port::new(PortOptions { bind_to_interrupt: true, ..PortOptions::default() })
}

#[test]
fn the_counter_counts() {
    assert_eq!(taken(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn queue_and_wait_take_no_memory_once_warm() {
    let port = port();
    let mut packets = [Packet::default(); 64];
    let mut round = || {
        (0..4097).for_each(|key| port.queue(&packet(key)).unwrap());
        assert_eq!(port.queue(&packet(0)), Err(Status::SHOULD_WAIT));
        (0..97).for_each(|key| assert_eq!(port.wait(Deadline::INFINITE).unwrap().key(), key));
        assert_eq!(port.cancel_key(4000), Ok(()));
        while port.wait_batch(&mut packets, Deadline::PAST).is_ok() {}
        assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
    };
    round();
    assert_eq!(taken(&mut round), 0);
}

#[test]
fn trigger_wait_and_ack_take_no_memory_once_warm() {
    let port = port();
    let interrupts: Vec<_> = (0..32).map(|_| Interrupt::virtual_interrupt()).collect();
    (0..).zip(&interrupts).for_each(|(key, interrupt)| interrupt.bind(&port, key).unwrap());
    let round = || {
        for interrupt in &interrupts {
            interrupt.trigger(1).unwrap();
            interrupt.trigger(2).unwrap();
        }
        for interrupt in &interrupts {
            assert_eq!(port.wait(Deadline::INFINITE).unwrap().timestamp(), Some(1));
            interrupt.ack().unwrap();
        }
        for interrupt in &interrupts {
            assert_eq!(port.wait(Deadline::INFINITE).unwrap().timestamp(), Some(2));
            interrupt.ack().unwrap();
        }
    };
    round();
    assert_eq!(taken(round), 0);
}

#[test]
fn a_wait_that_sleeps_and_the_queue_that_wakes_it_take_no_memory_once_warm() {
    const WARM: u64 = 3;
    const TURNS: u64 = 50;
    let port = port();
    let reader = {
        let port = port.clone();
        thread::spawn(move || {
            let turn = |key| assert_eq!(port.wait(Deadline::INFINITE).unwrap().key(), key);
            (0..WARM).for_each(turn);
            taken(|| (WARM..TURNS).for_each(turn))
        })
    };
    let turn = |key| {
        while port.waiters() == 0 {
            thread::yield_now();
        }
        port.queue(&packet(key)).unwrap();
    };
    (0..WARM).for_each(turn);
    assert_eq!(taken(|| (WARM..TURNS).for_each(turn)), 0);
    assert_eq!(reader.join().unwrap(), 0);
}

#[test]
fn a_wait_that_times_out_takes_no_memory_once_warm() {
    let port = port();
    let wait = || {
        // Long enough that it sleeps, even if others have the processor first.
        let deadline = port.deadline_after(std::time::Duration::from_millis(30));
        assert_eq!(port.wait(deadline), Err(Status::TIMED_OUT));
    };
    (0..3).for_each(|_| wait());
    assert_eq!(taken(wait), 0);
}

#[test]
fn a_trigger_that_wakes_a_task_takes_no_memory_once_warm() {
    let port = port();
    let mut pollable = port.pollable().unwrap();
    let interrupt = Interrupt::virtual_interrupt();
    interrupt.bind(&port, 0).unwrap();
    let mut turn = || {
        assert_eq!(pollable.try_wait(), Err(Status::TIMED_OUT), "and so it stands in line");
        interrupt.trigger(1).unwrap();
        assert_eq!(pollable.try_wait().unwrap().timestamp(), Some(1));
        interrupt.ack().unwrap();
    };
    turn();
    assert_eq!(taken(turn), 0);
}
