//! Ports in software: sections D, E, G4 and H3 of ports.md, with real threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::{Contents, Interrupt};

pub(super) fn port() -> Port {
    Port::new(PortOptions { bind_to_interrupt: true, gaps: false })
}

pub(super) fn packet(key: u64) -> Packet {
    Packet::user(key, 0, [key as u8; 32])
}

/// Waits until so many threads sleep on the port.
pub(super) fn until_asleep(port: &Port, threads: usize) {
    let limit = Instant::now() + Duration::from_secs(20);
    while port.waiters() != threads {
        assert!(Instant::now() < limit, "{threads} threads never slept on the port");
        thread::yield_now();
    }
}

#[test]
fn user_packets_leave_in_order_with_every_byte_and_the_type_user() {
    let port = Port::new(PortOptions::default());
    let strange = Packet::interrupt(3, 99);
    port.queue(&packet(1)).unwrap();
    port.queue(&Packet::user(2, 77, [9; 32])).unwrap();
    port.queue(&strange).unwrap();
    assert_eq!(port.try_wait(), Ok(packet(1)));
    assert_eq!(port.try_wait(), Ok(Packet::user(2, 77, [9; 32])));
    assert_eq!(port.try_wait().unwrap().contents(), Contents::User(*strange.payload()), "D2");
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
}

#[test]
fn the_4098th_user_packet_should_wait_and_a_dequeue_makes_room_at_once() {
    let port = port();
    (0..4097).for_each(|key| port.queue(&packet(key)).unwrap());
    assert_eq!(port.queue(&packet(0)), Err(Status::SHOULD_WAIT));
    assert_eq!(port.cancel_key(5), Ok(()));
    assert_eq!(port.queue(&packet(4097)), Ok(()), "D7: so does a cancel");
    assert_eq!(port.queue(&packet(0)), Err(Status::SHOULD_WAIT));
    let keys: Vec<u64> = (0..4097).map(|_| port.try_wait().unwrap().key()).collect();
    assert!(keys.iter().copied().eq((0..4098).filter(|key| *key != 5)));
}

#[test]
fn a_packet_wins_over_a_deadline_that_has_passed() {
    let port = port();
    port.queue(&packet(1)).unwrap();
    for deadline in [Deadline::INFINITE_PAST, Deadline::from_nanos(0), Deadline::from_nanos(1)] {
        assert_eq!(port.wait(deadline).map(|p| p.key()), Ok(1));
        assert_eq!(port.wait(deadline), Err(Status::TIMED_OUT));
        port.queue(&packet(1)).unwrap();
    }
}

#[test]
fn a_wait_does_not_give_up_before_its_deadline() {
    let deadline = Deadline::after(Duration::from_millis(5));
    assert_eq!(port().wait(deadline), Err(Status::TIMED_OUT));
    assert!(Deadline::after(Duration::ZERO) >= deadline);
}

#[test]
fn one_post_wakes_one_waiter_and_the_longest_sleeper_first() {
    let port = port();
    let (sender, woken) = mpsc::channel();
    thread::scope(|scope| {
        for name in 0..4 {
            let (reader, sender) = (port.clone(), sender.clone());
            scope.spawn(move || {
                let packet = reader.wait(Deadline::INFINITE).unwrap();
                sender.send((name, packet.key())).unwrap();
            });
            until_asleep(&port, name + 1);
        }
        for name in 0..4 {
            port.queue(&packet(name as u64)).unwrap();
            assert_eq!(woken.recv(), Ok((name, name as u64)));
            assert_eq!(port.waiters(), 3 - name, "the others sleep on");
        }
    });
}

#[test]
fn a_waiter_woken_for_nothing_sleeps_on_until_its_deadline() {
    let port = port();
    // So that the ring has memory: no push takes the lock below.
    port.queue(&packet(0)).unwrap();
    port.try_wait().unwrap();
    let deadline = Deadline::after(Duration::from_millis(50));
    let waits = |deadline| {
        let port = port.clone();
        thread::spawn(move || port.wait(deadline))
    };
    let first = waits(Deadline::INFINITE);
    until_asleep(&port, 1);
    let second = waits(deadline);
    until_asleep(&port, 2);
    // E8: both are woken for packets that are canceled before they can look.
    let woken = port.inner.locked(|queue| {
        let woken: Vec<_> = (0..2)
            .filter_map(|_| {
                assert_eq!(port.inner.contents.push(packet(1)), Ok(true));
                queue.post()
            })
            .collect();
        assert_eq!(queue.cancel_key(1).count, 2);
        woken
    });
    woken.iter().for_each(|waiter| waiter.rouse());
    assert_eq!(second.join().unwrap(), Err(Status::TIMED_OUT));
    assert!(Deadline::after(Duration::ZERO) >= deadline, "with the deadline that it had");
    until_asleep(&port, 1);
    port.queue(&packet(2)).unwrap();
    assert_eq!(first.join().unwrap().map(|p| p.key()), Ok(2));
}

#[test]
fn cancel_key_takes_user_packets_with_that_key_and_no_interrupt() {
    let port = port();
    let interrupt = Interrupt::virtual_interrupt();
    interrupt.bind(&port, 7).unwrap();
    interrupt.trigger(1).unwrap();
    for key in [7, 8, 7] {
        port.queue(&packet(key)).unwrap();
    }
    assert_eq!(port.cancel_key(7), Ok(()));
    assert_eq!(port.cancel_key(7), Err(Status::NOT_FOUND), "G6: the interrupt's packet stays");
    assert_eq!(port.try_wait().unwrap().timestamp(), Some(1));
    assert_eq!(port.try_wait().map(|p| p.key()), Ok(8));
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
}

#[test]
fn interrupts_leave_before_older_user_packets_and_in_their_own_order() {
    let port = port();
    let interrupts: Vec<_> = (10..14).map(|_| Interrupt::virtual_interrupt()).collect();
    port.queue(&packet(1)).unwrap();
    port.queue(&packet(2)).unwrap();
    for (key, interrupt) in (10..).zip(&interrupts) {
        interrupt.bind(&port, key).unwrap();
    }
    for (time, index) in (1..).zip([2, 0, 3, 1]) {
        interrupts[index].trigger(time).unwrap();
    }
    let mut packets = [Packet::default(); 8];
    assert_eq!(port.wait_batch(&mut packets, Deadline::PAST), Ok(6));
    assert_eq!(packets[..6].iter().map(Packet::key).collect::<Vec<_>>(), [12, 10, 13, 11, 1, 2]);
    assert_eq!(packets[0].timestamp(), Some(1));
}

#[test]
fn a_batch_takes_what_is_there_and_no_more_than_asked_for() {
    let port = port();
    (0..5).for_each(|key| port.queue(&packet(key)).unwrap());
    let mut packets = [Packet::default(); 3];
    assert_eq!(port.wait_batch(&mut packets, Deadline::INFINITE), Ok(3));
    assert_eq!(packets.map(|p| p.key()), [0, 1, 2]);
    assert_eq!(port.wait_batch(&mut packets, Deadline::INFINITE), Ok(2));
    assert_eq!(packets.map(|p| p.key()), [3, 4, 2]);
    assert_eq!(port.wait_batch(&mut packets, Deadline::PAST), Err(Status::TIMED_OUT));
    assert_eq!(port.wait_batch(&mut [], Deadline::PAST), Err(Status::INVALID_ARGS));
    port.queue(&packet(9)).unwrap();
    let mut events = Vec::new();
    assert_eq!(port.wait_events(&mut events, 4, Deadline::PAST), Ok(1));
    assert_eq!(events, [Event::Packet(packet(9))]);
    assert_eq!(port.wait_events(&mut events, 0, Deadline::PAST), Err(Status::INVALID_ARGS));
}

#[test]
fn no_packet_is_lost_or_delivered_twice_among_many_threads() {
    const SENDERS: usize = 4;
    const EACH: usize = 20_000;
    const END: u64 = u64::MAX;
    let port = port();
    let seen: Vec<AtomicUsize> = (0..SENDERS * EACH).map(|_| AtomicUsize::new(0)).collect();
    thread::scope(|scope| {
        for batch in [1, 1, 7, 64] {
            let (port, seen) = (&port, &seen);
            scope.spawn(move || {
                let mut packets = vec![Packet::default(); batch];
                loop {
                    let count = port.wait_batch(&mut packets, Deadline::INFINITE).unwrap();
                    let (ends, keys): (Vec<u64>, Vec<u64>) =
                        packets[..count].iter().map(Packet::key).partition(|key| *key == END);
                    for key in keys {
                        seen[key as usize].fetch_add(1, Ordering::SeqCst);
                    }
                    if !ends.is_empty() {
                        // Ends of other threads go back.
                        ends[1..].iter().for_each(|_| port.queue(&packet(END)).unwrap());
                        return;
                    }
                }
            });
        }
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let port = &port;
                scope.spawn(move || {
                    for i in 0..EACH {
                        while port.queue(&packet((sender * EACH + i) as u64)) == Err(Status::SHOULD_WAIT) {
                            thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        for _ in 0..4 {
            while port.queue(&packet(END)) == Err(Status::SHOULD_WAIT) {
                thread::yield_now();
            }
        }
    });
    assert!(seen.iter().all(|count| count.load(Ordering::SeqCst) == 1));
    assert_eq!(port.waiters(), 0);
}

#[test]
fn an_interrupt_keeps_its_port_when_the_last_handle_is_gone() {
    let interrupt = Interrupt::virtual_interrupt();
    let one = port();
    let inner = Arc::downgrade(&one.inner);
    interrupt.bind(&one, 1).unwrap();
    drop(one);
    assert_eq!(interrupt.trigger(1), Ok(()), "H3");
    assert!(inner.upgrade().is_some());
    drop(interrupt);
    assert!(inner.upgrade().is_none());
}
