//! Section L, G7: Magenta's second generation of ports, which Zircon kept.

use crate::Zx;
use crate::abi::*;
use crate::mx::v1_packet;

/// L7.
pub fn a_v2_port_wants_a_size_of_0(z: Zx) {
    let m = z.mx();
    let (port, event) = (m.v2(), m.event());
    for size in [1, 16, 48, 128, 129, usize::MAX] {
        assert_eq!(m.queue_null(port, size), Err(WRONG_TYPE), "{size}");
        assert_eq!(m.wait_v2(port, FOR_EVER, size), Err(WRONG_TYPE), "{size}");
    }
    assert_eq!(m.queue_null(port, 0), Err(INVALID_ARGS));
    assert_eq!(m.wait_null(port, 0, 0), Err(INVALID_ARGS));
    assert_eq!((m.queue_null(0, 0), m.wait_v2(0, 0, 0)), (Err(BAD_HANDLE), Err(BAD_HANDLE)));
    assert_eq!((m.queue_null(event, 0), m.wait_v2(event, 0, 0)), (Err(WRONG_TYPE), Err(WRONG_TYPE)));
    let packet = Packet { key: 7, kind: 9, status: -3, payload: [1, 2, 3, u64::MAX] };
    m.queue_v2(port, &packet, 0).unwrap();
    assert_eq!(m.poll_v2(port), Ok(Packet { kind: PKT_USER, ..packet }));
    assert_eq!(m.poll_v2(port), Err(TIMED_OUT));
    // It stays a packet when a wait is refused.
    m.queue_v2(port, &packet, 0).unwrap();
    assert_eq!(m.wait_null(port, 0, 0), Err(INVALID_ARGS));
    assert_eq!(m.poll_v2(port).map(|packet| packet.key), Ok(7));
    m.close_all(&[port, event]);
}

/// L8. The kernel of 2017 asked for WRITE to wait.
pub fn a_v2_wait_needs_read_and_a_v2_queue_write(z: Zx) {
    let m = z.mx();
    let port = m.v2();
    let (reader, writer) =
        (m.duplicate(port, right::READ).unwrap(), m.duplicate(port, right::WRITE).unwrap());
    assert_eq!(m.queue_v2(reader, &Packet::user(1), 0), Err(ACCESS_DENIED));
    assert_eq!(m.queue_v2(writer, &Packet::user(1), 0), Ok(()));
    assert_eq!(m.poll_v2(writer), Err(ACCESS_DENIED));
    assert_eq!(m.poll_v2(reader).map(|packet| packet.key), Ok(1));
    m.close_all(&[port, reader, writer]);
}

/// F1 as it was in 2017, M: READ for the source, and any option is REPEATING.
pub fn a_registration_of_magenta_needs_write_of_the_port_and_read_of_the_source(z: Zx) {
    let m = z.mx();
    let (port, event) = (m.v2(), m.event());
    let reader = m.duplicate(port, right::READ).unwrap();
    let blind = m.duplicate(event, right::WRITE).unwrap();
    assert_eq!(m.wait_async(0, 0, 1, SIGNALED, 0), Err(BAD_HANDLE));
    assert_eq!(m.wait_async(0, event, 1, SIGNALED, 0), Err(WRONG_TYPE));
    assert_eq!(m.wait_async(0, reader, 1, SIGNALED, 0), Err(ACCESS_DENIED));
    assert_eq!(m.wait_async(0, port, 1, SIGNALED, 0), Err(BAD_HANDLE));
    assert_eq!(m.wait_async(blind, port, 1, SIGNALED, 0), Err(ACCESS_DENIED));
    assert_eq!(m.wait_async(port, port, 1, SIGNALED, 0), Err(NOT_SUPPORTED), "a port has READ");
    assert_eq!(m.wait_async(event, port, 1, SIGNALED, 0), Ok(()));
    m.signal(event, 0, SIGNALED).unwrap();
    let packet = m.poll_v2(port).unwrap();
    assert_eq!((packet.key, packet.kind, packet.status), (1, PKT_SIGNAL, 0));
    assert_eq!((packet.trigger(), packet.observed(), packet.count()), (SIGNALED, SIGNALED, 1));
    assert_eq!(packet.payload[2..], [0, 0], "16 bytes, and no time");
    assert_eq!(m.poll_v2(port), Err(TIMED_OUT));
    m.close_all(&[port, event, reader, blind]);
}

/// L9, A8: option 1 was REPEATING.
pub fn a_repeating_registration_stays_and_leaves_a_queued_packet_alone(z: Zx) {
    let m = z.mx();
    let (port, event) = (m.v2(), m.event());
    m.wait_async(event, port, 1, SIGNALED | USER_0, REPEATING).unwrap();
    m.signal(event, 0, SIGNALED).unwrap();
    m.signal(event, 0, USER_0).unwrap();
    let packet = m.poll_v2(port).unwrap();
    assert_eq!((packet.key, packet.kind), (1, PKT_SIGNAL_REP));
    assert_eq!(packet.observed(), SIGNALED, "as it was when it was queued");
    assert_eq!((packet.trigger(), packet.count()), (SIGNALED | USER_0, 1));
    assert_eq!(m.poll_v2(port), Err(TIMED_OUT), "coalesced");
    // Each change while one is active: also of another signal, and also one that falls.
    m.signal(event, 0, USER_1).unwrap();
    assert_eq!(m.poll_v2(port).unwrap().observed(), SIGNALED | USER_0 | USER_1);
    m.signal(event, USER_1, 0).unwrap();
    assert_eq!(m.poll_v2(port).unwrap().observed(), SIGNALED | USER_0);
    m.signal(event, 0, SIGNALED).unwrap();
    assert_eq!(m.poll_v2(port), Err(TIMED_OUT), "nothing changed");
    m.signal(event, SIGNALED | USER_0, 0).unwrap();
    m.signal(event, 0, USER_1).unwrap();
    assert_eq!(m.poll_v2(port), Err(TIMED_OUT), "none of its own is active");
    // At once if it is active, and any option is REPEATING.
    m.wait_async(event, port, 2, USER_1, 0x80).unwrap();
    assert_eq!(m.poll_v2(port).map(|packet| (packet.key, packet.kind)), Ok((2, PKT_SIGNAL_REP)));
    m.close(event).unwrap();
    assert_eq!(m.poll_v2(port), Err(TIMED_OUT));
    m.close(port).unwrap();
}

/// G7.
pub fn canceling_by_magenta_is_always_ok_and_leaves_packets_alone(z: Zx) {
    let m = z.mx();
    let (port, other, v1, event) = (m.v2(), m.v2(), m.v1(), m.event());
    let (reader, blind) = (m.duplicate(port, right::READ).unwrap(), m.duplicate(event, right::READ).unwrap());
    let same = m.duplicate(event, right::SAME).unwrap();
    assert_eq!(m.cancel(0, 0, 1), Err(BAD_HANDLE));
    assert_eq!(m.cancel(v1, 0, 1), Err(WRONG_TYPE));
    assert_eq!(m.cancel(reader, 0, 1), Err(ACCESS_DENIED));
    assert_eq!(m.cancel(port, 0, 1), Err(BAD_HANDLE));
    assert_eq!(m.cancel(port, blind, 1), Err(ACCESS_DENIED));
    assert_eq!(m.cancel(port, port, 1), Err(NOT_SUPPORTED));
    assert_eq!(m.cancel(port, event, 1), Ok(()), "though there is nothing");

    m.wait_async(event, port, 1, USER_0, 0).unwrap();
    m.signal(event, 0, USER_0).unwrap();
    m.wait_async(event, port, 1, USER_1, 0).unwrap();
    m.wait_async(event, port, 2, USER_1, 0).unwrap();
    m.wait_async(same, port, 1, USER_1, 0).unwrap();
    m.wait_async(event, other, 1, USER_1, REPEATING).unwrap();
    m.queue_v2(port, &Packet::user(1), 0).unwrap();
    assert_eq!(m.cancel(port, event, 1), Ok(()));
    m.signal(event, 0, USER_1).unwrap();
    let kinds: Vec<_> =
        std::iter::from_fn(|| m.poll_v2(port).ok()).map(|packet| (packet.key, packet.kind)).collect();
    // What was queued stays; of the other key and of the other handle nothing is canceled.
    assert_eq!(kinds, [(1, PKT_SIGNAL), (1, PKT_USER), (1, PKT_SIGNAL), (2, PKT_SIGNAL)]);
    assert_eq!(m.poll_v2(other), Err(TIMED_OUT), "the port was not looked at");
    m.close_all(&[port, other, v1, event, reader, blind, same]);
}

/// L10: a V2 port is what Zircon's calls have.
pub fn the_calls_of_both_names_reach_the_same_ports(z: Zx) {
    let m = z.mx();
    let (port, event) = (m.v2(), m.event());
    m.queue_v2(port, &Packet::user(1), 0).unwrap();
    z.port_queue(port, &Packet::user(2)).unwrap();
    assert_eq!((z.poll(port).unwrap().key, m.poll_v2(port).unwrap().key), (1, 2));
    m.wait_async(event, port, 3, SIGNALED, 0).unwrap();
    assert_eq!(z.port_cancel_key(port, 0, 3), Ok(()));
    assert_eq!(z.port_cancel_key(port, 0, 3), Err(NOT_FOUND));
    // Rights are those of the family that made the handle.
    assert_eq!(z.wait_async(event, port, 4, SIGNALED, 0), Err(ACCESS_DENIED));
    assert_eq!(z.wait_one(event, SIGNALED, PAST).0, Err(ACCESS_DENIED));
    let zircons = z.event();
    assert_eq!(m.wait_async(zircons, port, 4, SIGNALED, 0), Err(ACCESS_DENIED));
    assert_eq!(m.signal(zircons, 0, SIGNALED), Err(ACCESS_DENIED));
    // A channel of Zircon's has READ and WRITE.
    let (near, far) = z.channel();
    m.wait_async(near, port, 5, READABLE, 0).unwrap();
    m.write(far, 0, b"both", &[]).unwrap();
    assert_eq!(m.poll_v2(port).unwrap().key, 5);
    assert_eq!(z.channel_read(near, (8, 0), 0).unwrap().0, b"both");
    // A port of Zircon's takes what V2 ports take.
    let zircons_port = z.port();
    m.queue_v2(zircons_port, &Packet::user(6), 0).unwrap();
    assert_eq!(m.queue(zircons_port, &v1_packet(6, 16)), Err(WRONG_TYPE));
    assert_eq!(m.poll_v2(zircons_port).unwrap().key, 6);
    m.close_all(&[port, event, near, far]);
    z.close_many(&[zircons, zircons_port]).unwrap();
}
