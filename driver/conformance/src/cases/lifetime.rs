//! Section H: the end of ports.

use crate::Zx;
use crate::abi::*;
use crate::subject::{Kind, Subject};

/// H1, H4, F12.
pub fn closing_a_port_takes_its_registrations_off_their_sources(z: Zx) {
    let (port, event) = (z.port(), z.event());
    for key in 0..10 {
        z.wait_async(event, port, key, SIGNALED, 0).unwrap();
    }
    z.port_queue(port, &Packet::user(1)).unwrap();
    z.close(port).unwrap();
    z.signal(event, 0, SIGNALED).unwrap();
    assert_eq!(z.port_queue(port, &Packet::user(1)), Err(BAD_HANDLE));
    assert_eq!(z.poll(port), Err(BAD_HANDLE));
    z.close(event).unwrap();
}

/// H2, H3.
pub fn closing_a_port_does_not_wake_its_waiters(z: Zx) {
    let (port, event) = (z.port(), z.event());
    z.wait_async(event, port, 1, SIGNALED, 0).unwrap();
    let body = move |z: Zx, deadline| (z.port_wait(port, deadline), z.now());
    let (thread, deadline) = z.blocked_until(BLOCKED_PORT, body);
    z.close(port).unwrap();
    z.signal(event, 0, SIGNALED).unwrap();
    let (result, woken) = thread.join().unwrap();
    assert_eq!(result, Err(TIMED_OUT), "F12: a late match is dropped");
    assert!(woken >= deadline);
    z.close(event).unwrap();
}

/// H3.
pub fn a_bound_interrupt_still_reaches_the_waiter_of_a_closed_port(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    interrupt.bind(port, 7);
    let thread = z.blocked(BLOCKED_PORT, move |z| z.port_wait(port, INFINITE));
    z.close(port).unwrap();
    let when = interrupt.fire();
    let packet = thread.join().unwrap().unwrap();
    assert!(packet.key == 7 && when.is(packet.interrupt_time()));
    interrupt.close();
}

/// H3, I26: the packet is still queued, so destroy takes it and is OK. It is NOT_FOUND after the packet was read.
pub fn closing_a_port_leaves_the_packet_of_an_interrupt_in_it(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    interrupt.bind(port, 7);
    interrupt.fire();
    z.close(port).unwrap();
    assert_eq!(z.interrupt_destroy(interrupt.handle), Ok(()), "it was not flushed");
    // So is what comes after the close.
    let (port, late) = (z.port(), Subject::new(z, kind));
    late.bind(port, 8);
    z.close(port).unwrap();
    late.fire();
    assert_eq!(z.interrupt_destroy(late.handle), Ok(()), "it was queued");
    interrupt.close();
    late.close();
}

/// H5.
pub fn channels_and_a_port_may_be_closed_in_any_order(z: Zx) {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (port, (a, b)) = (z.port(), z.channel());
        z.wait_async(a, port, 1, 1 | PEER, 0).unwrap();
        z.wait_async(b, port, 2, 1 | PEER, 0).unwrap();
        for index in order {
            z.close([port, a, b][index]).unwrap();
        }
    }
}
