//! Sections F and G: registrations, and canceling them.

use crate::Zx;
use crate::abi::*;

/// F1, F2.
pub fn a_registration_checks_options_then_port_then_source(z: Zx) {
    let (port, event) = (z.port(), z.event());
    for options in [8, TIMESTAMP | BOOT_TIMESTAMP, 7, u32::MAX] {
        assert_eq!(z.wait_async(0, 0, 1, SIGNALED, options), Err(INVALID_ARGS), "{options}");
    }
    for options in [0, 1, 2, 3, 4, 6] {
        assert_eq!(z.wait_async(event, port, 1, SIGNALED, options), Ok(()), "{options}");
    }
    assert_eq!(z.wait_async(0, 0, 1, SIGNALED, 0), Err(BAD_HANDLE));
    assert_eq!(z.wait_async(0, event, 1, SIGNALED, 0), Err(WRONG_TYPE), "the port before the source");
    let reader = z.duplicate(port, right::READ).unwrap();
    assert_eq!(z.wait_async(0, reader, 1, SIGNALED, 0), Err(ACCESS_DENIED));
    assert_eq!(z.wait_async(0, port, 1, SIGNALED, 0), Err(BAD_HANDLE));
    assert_eq!(z.wait_async(port, port, 1, SIGNALED, 0), Err(ACCESS_DENIED), "a port has no WAIT");
    z.close_many(&[port, event, reader]).unwrap();
}

/// F3.
pub fn a_registration_fires_once_and_at_once_if_its_signal_is_there(z: Zx) {
    let (port, event) = (z.port(), z.event());
    z.signal(event, 0, SIGNALED).unwrap();
    z.wait_async(event, port, 1, SIGNALED | USER_0, 0).unwrap();
    let packet = z.poll(port).unwrap();
    assert_eq!((packet.trigger(), packet.observed()), (SIGNALED | USER_0, SIGNALED));
    z.signal(event, SIGNALED, 0).unwrap();
    z.signal(event, 0, SIGNALED).unwrap();
    z.assert_empty(port);
    z.close_many(&[port, event]).unwrap();
}

/// F4.
pub fn an_edge_registration_fires_when_any_signal_rises_while_its_own_is_high(z: Zx) {
    let (port, event) = (z.port(), z.event());
    z.signal(event, 0, USER_0).unwrap();
    z.wait_async(event, port, 1, USER_0, EDGE).unwrap();
    z.wait_async(event, port, 2, SIGNALED, EDGE).unwrap();
    z.assert_empty(port);
    z.signal(event, 0, USER_0).unwrap();
    z.assert_empty(port);
    z.signal(event, 0, USER_1).unwrap();
    let packet = z.poll(port).unwrap();
    assert_eq!((packet.key, packet.trigger(), packet.observed()), (1, USER_0, USER_0 | USER_1));
    z.assert_empty(port);
    z.signal(event, 0, SIGNALED).unwrap();
    assert_eq!(z.poll(port).unwrap().key, 2);
    z.close_many(&[port, event]).unwrap();
}

/// F5.
pub fn a_registration_for_no_signal_never_fires_and_can_be_canceled(z: Zx) {
    let (port, event) = (z.port(), z.event());
    z.wait_async(event, port, 1, 0, 0).unwrap();
    z.wait_async(event, port, 2, 0, EDGE).unwrap();
    z.signal(event, 0, 0xff00_0008).unwrap();
    z.assert_empty(port);
    assert_eq!((z.port_cancel(port, event, 1), z.port_cancel(port, event, 1)), (Ok(()), Err(NOT_FOUND)));
    assert_eq!(z.port_cancel_key(port, 0, 2), Ok(()));
    z.close_many(&[port, event]).unwrap();
}

/// F6.
pub fn a_signal_packet_tells_all_and_when_only_if_asked(z: Zx) {
    let (port, event) = (z.port(), z.event());
    z.signal(event, 0, USER_1).unwrap();
    let clocks: [fn(Zx) -> i64; 3] = [|_| 0, |z| z.now(), |z| z.boot()];
    for (options, clock) in [0, TIMESTAMP, BOOT_TIMESTAMP].into_iter().zip(clocks) {
        z.wait_async(event, port, u64::MAX, SIGNALED, options).unwrap();
        let before = clock(z);
        z.signal(event, SIGNALED, SIGNALED).unwrap();
        let after = clock(z);
        let packet = z.poll(port).unwrap();
        assert_eq!((packet.key, packet.kind, packet.status), (u64::MAX, PKT_SIGNAL, 0));
        assert_eq!((packet.trigger(), packet.observed()), (SIGNALED, SIGNALED | USER_1));
        assert_eq!((packet.count(), packet.payload[3]), (1, 0));
        let time = packet.signal_time();
        assert!(before <= time && time <= after, "{options}: {before} <= {time} <= {after}");
        z.signal(event, SIGNALED, 0).unwrap();
    }
    let (a, b) = z.channel();
    (0..3).for_each(|_| z.channel_write(a, b"x", &[]).unwrap());
    z.wait_async(b, port, 1, 1, 0).unwrap();
    assert_eq!(z.poll(port).unwrap().count(), 1, "not the number of messages");
    z.close_many(&[port, event, a, b]).unwrap();
}

/// F7.
pub fn registrations_that_fire_together_are_queued_last_first(z: Zx) {
    let (port, event) = (z.port(), z.event());
    (0..7).for_each(|key| z.wait_async(event, port, key, SIGNALED, 0).unwrap());
    z.signal(event, 0, SIGNALED).unwrap();
    let keys: Vec<_> = (0..5).map(|_| z.poll(port).unwrap().key).collect();
    assert_eq!((&keys[..], keys.iter().sum::<u64>()), (&[6, 5, 4, 3, 2][..], 20));
    z.close_many(&[port, event]).unwrap();
}

/// F8.
pub fn a_signal_set_and_cleared_at_once_is_not_missed(z: Zx) {
    let (port, event) = (z.port(), z.event());
    z.wait_async(event, port, 1, SIGNALED, 0).unwrap();
    z.signal(event, 0, SIGNALED).unwrap();
    z.signal(event, SIGNALED, 0).unwrap();
    assert_eq!(z.poll(port).unwrap().observed(), SIGNALED);
    z.close_many(&[port, event]).unwrap();
}

/// F9.
pub fn equal_registrations_each_give_a_packet(z: Zx) {
    let (port, event) = (z.port(), z.event());
    (0..5).for_each(|_| z.wait_async(event, port, 1, SIGNALED, 0).unwrap());
    z.signal(event, 0, SIGNALED).unwrap();
    (0..5).for_each(|_| assert_eq!(z.poll(port).unwrap().key, 1));
    z.assert_empty(port);
    z.close_many(&[port, event]).unwrap();
}

/// F10.
pub fn there_is_no_limit_to_signal_packets(z: Zx) {
    const EVENTS: u64 = 16_385;
    let port = z.port();
    let events: Vec<_> = (0..EVENTS).map(|_| z.event()).collect();
    for (key, event) in events.iter().enumerate() {
        z.wait_async(*event, port, key as u64, SIGNALED, 0).unwrap();
    }
    events.iter().for_each(|event| z.signal(*event, 0, SIGNALED).unwrap());
    for key in 0..EVENTS {
        assert_eq!(z.poll(port).map(|packet| packet.key), Ok(key));
    }
    z.close_many(&events).unwrap();
    z.close(port).unwrap();
}

/// G1, G4: the order of errors.
pub fn cancel_checks_its_port_before_its_source(z: Zx) {
    let (port, event) = (z.port(), z.event());
    let reader = z.duplicate(port, right::READ).unwrap();
    assert_eq!(z.port_cancel(0, 0, 1), Err(BAD_HANDLE));
    assert_eq!(z.port_cancel(event, 0, 1), Err(WRONG_TYPE));
    assert_eq!(z.port_cancel(reader, 0, 1), Err(ACCESS_DENIED));
    assert_eq!(z.port_cancel(port, 0, 1), Err(BAD_HANDLE));
    assert_eq!(z.port_cancel(port, port, 1), Err(ACCESS_DENIED));
    assert_eq!(z.port_cancel(port, event, 1), Err(NOT_FOUND));
    assert_eq!(z.port_cancel_key(0, 1, 1), Err(INVALID_ARGS), "the options before the handle");
    assert_eq!(z.port_cancel_key(0, 0, 1), Err(BAD_HANDLE));
    assert_eq!(z.port_cancel_key(event, 0, 1), Err(WRONG_TYPE));
    assert_eq!(z.port_cancel_key(reader, 0, 1), Err(ACCESS_DENIED));
    assert_eq!(z.port_cancel_key(port, 0, 1), Err(NOT_FOUND));
    z.close_many(&[port, event, reader]).unwrap();
}

/// G2.
pub fn cancel_removes_registrations_and_queued_packets(z: Zx) {
    let (port, event) = (z.port(), z.event());
    z.wait_async(event, port, 1, USER_0, 0).unwrap();
    z.wait_async(event, port, 1, SIGNALED, 0).unwrap();
    z.wait_async(event, port, 2, SIGNALED, 0).unwrap();
    z.signal(event, 0, SIGNALED).unwrap();
    assert_eq!(z.port_cancel(port, event, 1), Ok(()));
    assert_eq!(z.port_cancel(port, event, 1), Err(NOT_FOUND));
    z.signal(event, 0, USER_0).unwrap();
    assert_eq!(z.poll(port).unwrap().key, 2);
    assert_eq!(z.port_cancel(port, event, 2), Err(NOT_FOUND), "it was read");
    z.assert_empty(port);
    z.close_many(&[port, event]).unwrap();
}

/// G3.
pub fn cancel_is_for_one_handle_and_never_for_user_packets(z: Zx) {
    let (port, event) = (z.port(), z.event());
    let same = z.duplicate(event, right::SAME).unwrap();
    z.wait_async(event, port, 1, SIGNALED, 0).unwrap();
    z.port_queue(port, &Packet::user(1)).unwrap();
    assert_eq!(z.port_cancel(port, same, 1), Err(NOT_FOUND));
    assert_eq!(z.port_cancel(port, event, 1), Ok(()));
    assert_eq!(z.port_cancel(port, event, 1), Err(NOT_FOUND));
    assert_eq!(z.poll(port).unwrap().kind, PKT_USER);
    z.close_many(&[port, event, same]).unwrap();
}

/// G4, G6.
pub fn cancel_of_a_key_removes_all_but_interrupts(z: Zx) {
    let (port, a, b) = (z.port(), z.event(), z.event());
    let interrupt = z.interrupt_create(0, 0, VIRTUAL).unwrap();
    z.interrupt_bind(interrupt, port, 1, BIND).unwrap();
    z.interrupt_trigger(interrupt, 0, 5).unwrap();
    z.wait_async(a, port, 1, SIGNALED, 0).unwrap();
    z.signal(a, 0, SIGNALED).unwrap();
    z.wait_async(b, port, 1, SIGNALED, 0).unwrap();
    z.port_queue(port, &Packet::user(1)).unwrap();
    z.port_queue(port, &Packet::user(2)).unwrap();
    assert_eq!(z.port_cancel(port, a, 1), Ok(()));
    assert_eq!(z.port_cancel_key(port, 0, 1), Ok(()));
    assert_eq!(z.port_cancel_key(port, 0, 1), Err(NOT_FOUND));
    z.signal(b, 0, SIGNALED).unwrap();
    assert_eq!(z.poll(port).unwrap().interrupt_time(), 5);
    assert_eq!(z.poll(port).unwrap().key, 2);
    z.assert_empty(port);
    z.interrupt_ack(interrupt).unwrap();
    z.interrupt_trigger(interrupt, 0, 6).unwrap();
    assert_eq!(z.poll(port).unwrap().interrupt_time(), 6, "it is bound still");
    z.close_many(&[port, a, b, interrupt]).unwrap();
}
