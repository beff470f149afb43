//! Sections C and D: making ports, queueing.

use crate::Zx;
use crate::abi::*;

/// C2.
pub fn the_options_of_port_create_are_zero_or_one(z: Zx) {
    for options in [2, 3, 0x1234, u32::MAX] {
        assert_eq!(z.port_create(options), Err(INVALID_ARGS), "{options:#x}");
    }
    for options in [0, 1] {
        z.close(z.port_create(options).unwrap()).unwrap();
    }
}

/// C4.
pub fn a_port_for_interrupts_takes_other_packets_and_a_plain_one_takes_no_interrupt(z: Zx) {
    let (plain, port, event) = (z.port_create(0).unwrap(), z.port(), z.event());
    let interrupt = z.interrupt_create(0, 0, VIRTUAL).unwrap();
    for options in [BIND, UNBIND] {
        assert_eq!(z.interrupt_bind(interrupt, plain, 1, options), Err(WRONG_TYPE));
    }
    z.wait_async(event, port, 1, SIGNALED, 0).unwrap();
    z.signal(event, 0, SIGNALED).unwrap();
    z.port_queue(port, &Packet::user(2)).unwrap();
    assert_eq!((z.poll(port).unwrap().key, z.poll(port).unwrap().key), (1, 2));
    z.close_many(&[plain, port, event, interrupt]).unwrap();
}

/// C5.
pub fn a_port_can_be_neither_waited_for_nor_signaled(z: Zx) {
    let port = z.port();
    assert_eq!(z.wait_one(port, 1, PAST).0, Err(ACCESS_DENIED));
    assert_eq!(z.signal(port, 0, USER_0), Err(ACCESS_DENIED));
    assert_eq!(z.signal_peer(port, 0, USER_0), Err(ACCESS_DENIED));
    assert_eq!(z.basic(port).unwrap().kind, 6);
    assert_eq!(z.handle_count(port), Ok(1));
    z.close(port).unwrap();
}

/// C6.
pub fn a_port_lives_until_its_last_handle_is_closed(z: Zx) {
    let port = z.port();
    let same = z.duplicate(port, right::SAME).unwrap();
    z.port_queue(port, &Packet::user(1)).unwrap();
    z.close(port).unwrap();
    assert_eq!(z.poll(same).unwrap().key, 1);
    z.close(same).unwrap();
}

/// D1.
pub fn a_missing_packet_is_found_after_the_handle(z: Zx) {
    let port = z.port();
    assert_eq!(z.port_queue_null(0), Err(BAD_HANDLE));
    assert_eq!(z.port_queue_null(port), Err(INVALID_ARGS));
    z.assert_empty(port);
    z.close(port).unwrap();
}

/// D2.
pub fn a_queued_packet_keeps_all_but_its_type(z: Zx) {
    let port = z.port();
    for (kind, status) in [(0, 0), (7, i32::MAX), (1, -1), (u32::MAX, i32::MIN)] {
        let packet =
            Packet { key: u64::MAX - 1, kind, status, payload: [1, u64::MAX, 0x0102_0304_0506_0708, 4] };
        z.port_queue(port, &packet).unwrap();
        assert_eq!(z.poll(port), Ok(Packet { kind: PKT_USER, ..packet }));
    }
    z.close(port).unwrap();
}

/// D3, D4, D5, D7.
pub fn a_port_holds_4097_user_packets_and_any_number_of_others(z: Zx) {
    let (port, event) = (z.port(), z.event());
    for key in 0..4097 {
        assert_eq!(z.port_queue(port, &Packet::user(key)), Ok(()), "packet {key}");
    }
    assert_eq!(z.port_queue(port, &Packet::user(0)), Err(SHOULD_WAIT));
    assert_eq!(z.port_queue(port, &Packet::user(0)), Err(SHOULD_WAIT), "and that is all");
    let interrupt = z.interrupt_create(0, 0, VIRTUAL).unwrap();
    z.interrupt_bind(interrupt, port, 9999, BIND).unwrap();
    z.interrupt_trigger(interrupt, 0, 1).unwrap();
    for key in 0..100 {
        z.wait_async(event, port, 10_000 + key, SIGNALED, 0).unwrap();
    }
    z.signal(event, 0, SIGNALED).unwrap();
    assert_eq!(z.poll(port).unwrap().key, 9999);
    assert_eq!(z.port_queue(port, &Packet::user(0)), Err(SHOULD_WAIT), "an interrupt's does not count");
    assert_eq!(z.poll(port).unwrap().key, 0);
    assert_eq!(z.port_queue(port, &Packet::user(5000)), Ok(()), "one has gone");
    assert_eq!(z.port_cancel_key(port, 0, 1), Ok(()));
    assert_eq!(z.port_queue(port, &Packet::user(5001)), Ok(()), "one was canceled");
    assert_eq!(z.port_queue(port, &Packet::user(0)), Err(SHOULD_WAIT));
    let keys: Vec<_> = (0..4195 + 2).map(|_| z.poll(port).unwrap().key).collect();
    assert_eq!(keys[..4095], (2..4097).collect::<Vec<_>>());
    assert_eq!(keys[4095..4195], (10_000..10_100).rev().collect::<Vec<_>>());
    assert_eq!(keys[4195..], [5000, 5001]);
    z.close_many(&[port, event, interrupt]).unwrap();
}

/// D1, E1: rights of queueing and waiting.
pub fn queueing_needs_write_and_waiting_needs_read(z: Zx) {
    let port = z.port();
    let reader = z.duplicate(port, right::READ).unwrap();
    let writer = z.duplicate(port, right::WRITE).unwrap();
    assert_eq!(z.port_queue(reader, &Packet::user(1)), Err(ACCESS_DENIED));
    assert_eq!(z.port_queue(writer, &Packet::user(1)), Ok(()));
    assert_eq!(z.poll(writer), Err(ACCESS_DENIED));
    assert_eq!(z.poll(reader).unwrap().key, 1);
    z.close_many(&[port, reader, writer]).unwrap();
}

/// C1: a process of its own, because it takes all handles that there can be.
pub fn a_full_handle_table_is_no_memory(z: Zx) {
    let mut handles = vec![z.port_create(0).unwrap()];
    let status = loop {
        match z.port_create(0) {
            Ok(port) => handles.push(port),
            Err(status) => break status,
        }
        // Events are smaller.
        while handles.len() < 250_000 {
            handles.push(z.event());
        }
    };
    assert_eq!((status, handles.len() > 260_000), (NO_MEMORY, true), "{} handles", handles.len());
    assert_eq!(z.port_create(2), Err(INVALID_ARGS), "the options come before");
    z.close(handles.pop().unwrap()).unwrap();
    assert!(z.port_create(0).is_ok());
}
