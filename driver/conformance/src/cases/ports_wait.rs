//! Section E: waiting.

use crate::Zx;
use crate::abi::*;
use crate::subject::{Kind, Subject};

/// E1, E2.
pub fn a_missing_packet_is_found_when_one_is_taken_which_is_lost(z: Zx) {
    let port = z.port();
    assert_eq!(z.port_wait_null(0, PAST), Err(BAD_HANDLE));
    assert_eq!(z.port_wait_null(port, PAST), Err(TIMED_OUT));
    z.port_queue(port, &Packet::user(1)).unwrap();
    z.port_queue(port, &Packet::user(2)).unwrap();
    assert_eq!(z.port_wait_null(port, PAST), Err(INVALID_ARGS));
    assert_eq!(z.poll(port).unwrap().key, 2, "the first is lost");
    let thread = z.blocked(BLOCKED_PORT, move |z| z.port_wait_null(port, INFINITE));
    z.port_queue(port, &Packet::user(3)).unwrap();
    assert_eq!(thread.join().unwrap(), Err(INVALID_ARGS));
    z.assert_empty(port);
    z.close(port).unwrap();
}

/// E3.
pub fn a_wait_in_vain_leaves_the_callers_memory_alone(z: Zx) {
    let port = z.port();
    let marked = Packet { key: 11, kind: 12, status: 13, payload: [14; 4] };
    let mut packet = marked;
    for (handle, deadline) in [(port, PAST), (port, z.after(100_000)), (0, PAST)] {
        assert!(z.port_wait_into(handle, deadline, &mut packet).is_err());
        assert_eq!(packet, marked);
    }
    z.close(port).unwrap();
}

/// E4.
pub fn a_packet_wins_over_a_deadline_that_has_passed(z: Zx) {
    let port = z.port();
    for deadline in [0, -1, PAST, z.now() - 1] {
        assert_eq!(z.port_wait(port, deadline), Err(TIMED_OUT), "{deadline}");
        z.port_queue(port, &Packet::user(1)).unwrap();
        assert_eq!(z.port_wait(port, deadline).unwrap().key, 1, "{deadline}");
    }
    let deadline = z.after(3_000_000);
    assert_eq!(z.port_wait(port, deadline), Err(TIMED_OUT));
    assert!(z.now() >= deadline, "not before the deadline");
    z.close(port).unwrap();
}

/// E5.
pub fn interrupts_overtake_other_packets_and_are_first_in_first_out(z: Zx, kind: Kind) {
    let (port, event) = (z.port(), z.event());
    let interrupts: Vec<_> = (0..3).map(|_| Subject::new(z, kind)).collect();
    z.port_queue(port, &Packet::user(100)).unwrap();
    z.wait_async(event, port, 101, SIGNALED, 0).unwrap();
    z.signal(event, 0, SIGNALED).unwrap();
    for (key, interrupt) in interrupts.iter().enumerate() {
        interrupt.bind(port, key as u64);
    }
    let fired: Vec<_> = [2, 0, 1].into_iter().map(|key| (key as u64, interrupts[key].fire())).collect();
    z.port_queue(port, &Packet::user(102)).unwrap();
    for (key, when) in fired {
        interrupts[key as usize].expect(port, key, when);
    }
    let rest: Vec<_> = (0..3).map(|_| z.poll(port).unwrap().key).collect();
    assert_eq!(rest, [100, 101, 102]);
    interrupts.into_iter().for_each(Subject::close);
    z.close_many(&[port, event]).unwrap();
}

/// E6.
pub fn an_interrupts_packet_is_zero_but_for_key_type_and_time(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    interrupt.bind(port, 0xAABB);
    let when = interrupt.fire();
    let mut packet = Packet { key: 1, kind: 1, status: 1, payload: [1; 4] };
    z.port_wait_into(port, PAST, &mut packet).unwrap();
    assert!(when.is(packet.interrupt_time()));
    packet.payload[0] = 0;
    assert_eq!(packet, Packet { key: 0xAABB, kind: PKT_INTERRUPT, status: 0, payload: [0; 4] });
    interrupt.close();
    z.close(port).unwrap();
}

/// E7, E9.
pub fn each_packet_goes_to_one_waiter_and_none_is_lost(z: Zx) {
    let port = z.port();
    let waiters: Vec<_> =
        (0..4).map(|_| z.blocked(BLOCKED_PORT, move |z| z.port_wait(port, INFINITE).unwrap().key)).collect();
    for key in 1..=4 {
        z.port_queue(port, &Packet::user(key)).unwrap();
    }
    let mut keys: Vec<_> = waiters.into_iter().map(|waiter| waiter.join().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, [1, 2, 3, 4]);
    z.assert_empty(port);
    z.close(port).unwrap();
}

/// E7, E9: many of each.
pub fn producers_and_waiters_exchange_every_packet_once(z: Zx) {
    const EACH: u64 = 3000;
    let port = z.port();
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            std::thread::spawn(move || {
                let mut keys = Vec::new();
                loop {
                    match z.port_wait(port, INFINITE).unwrap().key {
                        u64::MAX => return keys,
                        key => keys.push(key),
                    }
                }
            })
        })
        .collect();
    let producers: Vec<_> = (0..3)
        .map(|producer| {
            std::thread::spawn(move || {
                for key in producer * EACH..(producer + 1) * EACH {
                    while z.port_queue(port, &Packet::user(key)) == Err(SHOULD_WAIT) {
                        std::thread::yield_now();
                    }
                }
            })
        })
        .collect();
    producers.into_iter().for_each(|producer| producer.join().unwrap());
    waiters.iter().for_each(|_| z.port_queue(port, &Packet::user(u64::MAX)).unwrap());
    let mut keys: Vec<_> = waiters.into_iter().flat_map(|waiter| waiter.join().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, (0..3 * EACH).collect::<Vec<_>>());
    z.close(port).unwrap();
}

/// E8.
pub fn a_waiter_whose_packet_was_canceled_sleeps_until_its_own_deadline(z: Zx) {
    let port = z.port();
    for _ in 0..20 {
        let body = move |z: Zx, deadline| z.port_wait(port, deadline);
        let (thread, deadline) = z.blocked_until(BLOCKED_PORT, body);
        // The thread may have taken it, or woken for nothing.
        z.port_queue(port, &Packet::user(1)).unwrap();
        let canceled = z.port_cancel_key(port, 0, 1);
        match thread.join().unwrap() {
            Ok(packet) => assert_eq!((packet.key, canceled), (1, Err(NOT_FOUND))),
            Err(status) => {
                assert_eq!((status, canceled), (TIMED_OUT, Ok(())));
                assert!(z.now() >= deadline, "with the same deadline");
            }
        }
    }
    z.close(port).unwrap();
}

/// E12, I24.
pub fn a_blocked_thread_says_in_what_it_is_blocked(z: Zx, kind: Kind) {
    let (port, event, interrupt) = (z.port(), z.event(), Subject::new(z, kind));
    let waiting = z.blocked(BLOCKED_PORT, move |z| z.port_wait(port, INFINITE).map(|packet| packet.key));
    z.port_queue(port, &Packet::user(1)).unwrap();
    assert_eq!(waiting.join().unwrap(), Ok(1));
    let one = z.blocked(BLOCKED_WAIT_ONE, move |z| z.wait_one(event, SIGNALED, INFINITE).0);
    let many = z.blocked(BLOCKED_WAIT_MANY, move |z| {
        z.wait_many(&mut [WaitItem { handle: event, waitfor: SIGNALED, pending: 0 }], INFINITE)
    });
    z.signal(event, 0, SIGNALED).unwrap();
    assert_eq!((one.join().unwrap(), many.join().unwrap()), (Ok(()), Ok(())));
    let waiting = z.blocked(BLOCKED_INTERRUPT, move |z| z.interrupt_wait(interrupt.handle));
    z.interrupt_destroy(interrupt.handle).unwrap();
    assert_eq!(waiting.join().unwrap(), Err(CANCELED));
    let (sleeper, deadline) = z.blocked_until(BLOCKED_SLEEPING, |z, deadline| z.nanosleep(deadline));
    sleeper.join().unwrap().unwrap();
    assert!(z.now() >= deadline);
    assert_eq!(z.thread_state(z.thread_self()), 1, "running");
    interrupt.close();
    z.close_many(&[port, event]).unwrap();
}
