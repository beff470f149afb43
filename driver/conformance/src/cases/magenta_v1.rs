//! Section L: Magenta's first generation of ports.

use std::sync::mpsc;
use std::thread;

use crate::abi::*;
use crate::mx::{v1_head, v1_packet};
use crate::zx::Result;
use crate::{Mx, Zx};

/// L1.
pub fn option_0_makes_a_v1_port_and_option_1_a_v2_port(z: Zx) {
    let m = z.mx();
    for options in [2, 3, 0x1234, u32::MAX] {
        assert_eq!(m.port_create(options), Err(INVALID_ARGS), "{options:#x}");
    }
    assert_eq!((m.port_create_null(V1), m.port_create_null(V2)), (Err(INVALID_ARGS), Err(INVALID_ARGS)));
    let (v1, v2) = (m.v1(), m.v2());
    assert_eq!(m.queue(v1, &v1_packet(1, 16)), Ok(()));
    assert_eq!(m.queue(v2, &v1_packet(1, 16)), Err(WRONG_TYPE));
    assert_eq!(m.queue_v2(v2, &Packet::user(2), 0), Ok(()));
    assert_eq!((m.poll(v1), m.poll_v2(v2).map(|packet| packet.key)), (Ok((1, V1_USER)), Ok(2)));
    // V1 ports are not there for Zircon's calls (L10).
    let event = m.event();
    assert_eq!(z.port_queue(v1, &Packet::user(1)), Err(WRONG_TYPE));
    assert_eq!(z.port_wait(v1, PAST), Err(WRONG_TYPE));
    assert_eq!(z.port_cancel(v1, event, 1), Err(WRONG_TYPE));
    assert_eq!(z.port_cancel_key(v1, 0, 1), Err(WRONG_TYPE));
    assert_eq!(z.wait_async(event, v1, 1, SIGNALED, 0), Err(WRONG_TYPE));
    assert_eq!(m.wait_async(event, v1, 1, SIGNALED, 0), Err(WRONG_TYPE));
    m.close_all(&[v1, v2, event]);
}

/// L1, L2.
pub fn a_v1_packet_has_16_to_128_bytes_and_keeps_all_but_its_type(z: Zx) {
    let m = z.mx();
    let port = m.v1();
    let sizes = [16, 17, 24, 40, 127, 128];
    for size in sizes {
        assert_eq!(m.queue(port, &v1_packet(size as u64, size)), Ok(()), "{size}");
    }
    for size in sizes {
        let mut expected = v1_packet(size as u64, size);
        expected[8..12].copy_from_slice(&V1_USER.to_le_bytes());
        assert_eq!(m.wait(port, 0, size), Ok(expected));
    }
    // There is no limit.
    for key in 0..10_000 {
        assert_eq!(m.queue(port, &v1_packet(key, 16)), Ok(()));
    }
    for key in 0..10_000 {
        assert_eq!(m.poll(port), Ok((key, V1_USER)));
    }
    m.close(port).unwrap();
}

/// L2. The kernel of 2017 gave NO_MEMORY for NULL.
pub fn v1_queue_looks_at_the_size_then_the_port_then_the_packet(z: Zx) {
    let m = z.mx();
    let (port, event) = (m.v1(), m.event());
    let (reader, writer) =
        (m.duplicate(port, right::READ).unwrap(), m.duplicate(port, right::WRITE).unwrap());
    for handle in [0, port, event, reader] {
        assert_eq!(m.queue_null(handle, 129), Err(BUFFER_TOO_SMALL));
    }
    for size in [1, 15, 16, 128] {
        assert_eq!(m.queue_null(0, size), Err(BAD_HANDLE), "{size}");
        assert_eq!(m.queue_null(event, size), Err(WRONG_TYPE), "{size}");
        assert_eq!(m.queue_null(reader, size), Err(ACCESS_DENIED), "{size}");
        assert_eq!(m.queue_null(writer, size), Err(INVALID_ARGS), "{size}");
    }
    assert_eq!(m.queue_null(reader, 0), Err(ACCESS_DENIED));
    assert_eq!(m.queue_null(port, 0), Err(INVALID_ARGS));
    assert_eq!(m.queue(writer, &v1_packet(1, 15 + 1)[..15]), Err(INVALID_ARGS));
    assert_eq!(m.poll(port), Err(TIMED_OUT));
    assert_eq!(m.queue(writer, &v1_packet(1, 16)), Ok(()));
    assert_eq!(m.poll(reader), Ok((1, V1_USER)));
    m.close_all(&[port, event, reader, writer]);
}

/// L3.
pub fn v1_wait_looks_at_the_packet_then_the_port_then_the_deadline(z: Zx) {
    let m = z.mx();
    let (port, event) = (m.v1(), m.event());
    let writer = m.duplicate(port, right::WRITE).unwrap();
    for handle in [0, port, event, writer] {
        assert_eq!(m.wait_null(handle, FOR_EVER, 16), Err(INVALID_ARGS));
        assert_eq!(m.wait_null(handle, FOR_EVER, 0), Err(INVALID_ARGS));
    }
    assert_eq!(m.wait(0, FOR_EVER, 16), Err(BAD_HANDLE));
    assert_eq!(m.wait(event, FOR_EVER, 16), Err(WRONG_TYPE));
    assert_eq!(m.wait(writer, FOR_EVER, 16), Err(ACCESS_DENIED));
    for deadline in [0, 1, m.time(0)] {
        assert_eq!(m.wait(port, deadline, 16), Err(TIMED_OUT));
        m.queue(port, &v1_packet(1, 16)).unwrap();
        assert_eq!(m.wait(port, deadline, 16).map(|bytes| v1_head(&bytes)), Ok((1, V1_USER)));
    }
    let deadline = m.after(3_000_000);
    assert_eq!(m.wait(port, deadline, 16), Err(TIMED_OUT));
    assert!(m.time(0) >= deadline);
    m.close_all(&[port, event, writer]);
}

/// L3. The kernel of 2017 answered NO_ERROR, copied nothing and dropped the packet.
pub fn a_v1_packet_that_does_not_fit_is_an_error_and_stays(z: Zx) {
    let m = z.mx();
    let (port, (near, far)) = (m.v1(), m.channel());
    m.queue(port, &v1_packet(1, 64)).unwrap();
    for room in [0, 16, 63] {
        assert_eq!(m.wait(port, FOR_EVER, room), Err(INVALID_ARGS), "{room}");
    }
    assert_eq!(m.wait(port, 0, 64).map(|bytes| v1_head(&bytes)), Ok((1, V1_USER)));
    m.bind(port, 2, near, READABLE).unwrap();
    m.write(far, 0, b"x", &[]).unwrap();
    assert_eq!(m.wait(port, FOR_EVER, 39), Err(INVALID_ARGS));
    assert_eq!(m.wait(port, 0, 40).map(|bytes| v1_head(&bytes)), Ok((2, V1_SIGNAL)));
    // A waiter whom it does not fit leaves it to the next one.
    let small = z.blocked(BLOCKED_PORT, move |z| z.mx().wait(port, FOR_EVER, 16));
    let large = z.blocked(BLOCKED_PORT, move |z| z.mx().wait(port, FOR_EVER, 128));
    m.queue(port, &v1_packet(3, 20)).unwrap();
    assert_eq!(small.join().unwrap(), Err(INVALID_ARGS));
    assert_eq!(large.join().unwrap().map(|bytes| v1_head(&bytes)), Ok((3, V1_USER)));
    m.close_all(&[port, near, far]);
}

/// L4.
pub fn binding_looks_at_signals_port_source_and_then_the_channel(z: Zx) {
    let m = z.mx();
    let (port, v2, event, (near, far)) = (m.v1(), m.v2(), m.event(), m.channel());
    let reader = m.duplicate(port, right::READ).unwrap();
    let blind = m.replace(far, right::WRITE | right::TRANSFER).unwrap();
    for handle in [0, port, reader] {
        assert_eq!(m.bind(handle, 1, 0, 0), Err(INVALID_ARGS));
    }
    assert_eq!(m.bind(0, 1, 0, READABLE), Err(BAD_HANDLE));
    assert_eq!(m.bind(v2, 1, 0, READABLE), Err(WRONG_TYPE));
    assert_eq!(m.bind(reader, 1, 0, READABLE), Err(ACCESS_DENIED));
    assert_eq!(m.bind(port, 1, 0, READABLE), Err(BAD_HANDLE));
    assert_eq!(m.bind(port, 1, blind, READABLE), Err(ACCESS_DENIED));
    for source in [event, port, v2] {
        assert_eq!(m.bind(port, 1, source, READABLE), Err(NOT_SUPPORTED));
    }
    for signals in [WRITABLE, READABLE | WRITABLE, PEER | USER_0] {
        assert_eq!(m.bind(port, 1, near, signals), Err(INVALID_ARGS), "{signals:#x}");
    }
    assert_eq!(m.bind(port, 1, near, READABLE | PEER), Ok(()));
    for signals in [READABLE, WRITABLE] {
        assert_eq!(m.bind(port, 2, near, signals), Err(BAD_STATE), "it is bound");
    }
    m.close_all(&[port, v2, event, near, reader, blind]);
}

/// L4.
pub fn a_bound_channel_tells_of_every_message_and_of_the_close(z: Zx) {
    let m = z.mx();
    let (port, (near, far)) = (m.v1(), m.channel());
    (0..2).for_each(|_| m.write(far, 0, b"before", &[]).unwrap());
    m.bind(port, u64::MAX - 1, near, READABLE | PEER).unwrap();
    m.write(far, 0, b"after", &[]).unwrap();
    // Key, type, extra; time stamp, bytes; signals, reserved.
    let mut expected = vec![0; 40];
    expected[..8].copy_from_slice(&(u64::MAX - 1).to_le_bytes());
    expected[8] = V1_SIGNAL as u8;
    expected[32] = READABLE as u8;
    for message in 0..3 {
        assert_eq!(m.wait(port, 0, 40).as_ref(), Ok(&expected), "message {message}");
    }
    assert_eq!(m.poll(port), Err(TIMED_OUT));
    // Read or not: a packet is for a message that came, and the binding stays.
    (0..3).for_each(|_| drop(m.read(near, (16, 0)).unwrap()));
    m.write(far, 0, b"again", &[]).unwrap();
    assert_eq!(m.wait(port, 0, 40).as_ref(), Ok(&expected));
    m.close(far).unwrap();
    expected[32] = PEER as u8;
    assert_eq!(m.wait(port, 0, 40), Ok(expected));
    assert_eq!(m.poll(port), Err(TIMED_OUT));
    // What is there already when it is bound is replayed for messages only.
    let (late, gone) = m.channel();
    m.close(gone).unwrap();
    m.bind(port, 3, late, PEER).unwrap();
    assert_eq!(m.poll(port), Err(TIMED_OUT));
    // Bound for the close alone.
    let (quiet, loud) = m.channel();
    m.bind(port, 4, quiet, PEER).unwrap();
    m.write(loud, 0, b"x", &[]).unwrap();
    m.close(loud).unwrap();
    assert_eq!((m.poll(port), m.poll(port)), (Ok((4, V1_SIGNAL)), Err(TIMED_OUT)));
    m.close_all(&[port, near, late, quiet]);
}

/// L5.
pub fn bound_channels_and_programs_take_turns(z: Zx) {
    let m = z.mx();
    let (port, a, b) = (m.v1(), m.channel(), m.channel());
    m.bind(port, 1, a.0, READABLE).unwrap();
    m.bind(port, 2, b.0, READABLE | PEER).unwrap();
    (0..4).for_each(|_| m.write(a.1, 0, b"x", &[]).unwrap());
    m.queue(port, &v1_packet(9, 16)).unwrap();
    (0..2).for_each(|_| m.write(b.1, 0, b"x", &[]).unwrap());
    m.close(b.1).unwrap();
    let keys: Vec<_> = std::iter::from_fn(|| m.poll(port).ok()).map(|(key, _)| key).collect();
    // Who has more goes to the end: 1 behind 9 and 2; the close of 2 has its own place.
    assert_eq!(keys, [1, 9, 2, 2, 1, 2, 1, 1]);
    m.close_all(&[port, a.0, a.1, b.0]);
}

/// L5, E7: what is queued when its channel is closed is still delivered, each packet to one waiter.
pub fn each_v1_packet_goes_to_one_waiter_though_its_channel_is_closed(z: Zx) {
    let m = z.mx();
    let (port, (near, far)) = (m.v1(), m.channel());
    m.bind(port, 5, near, READABLE).unwrap();
    let waiters: Vec<_> = (0..4)
        .map(|_| {
            z.blocked(BLOCKED_PORT, move |z| {
                z.mx().wait(port, FOR_EVER, 128).map(|bytes| v1_head(&bytes)).unwrap()
            })
        })
        .collect();
    (0..2).for_each(|_| m.write(far, 0, b"x", &[]).unwrap());
    m.close_all(&[near, far]);
    (0..2).for_each(|_| m.queue(port, &v1_packet(6, 30)).unwrap());
    let mut heads: Vec<_> = waiters.into_iter().map(|waiter| waiter.join().unwrap()).collect();
    heads.sort_unstable();
    assert_eq!(heads, [(5, V1_SIGNAL), (5, V1_SIGNAL), (6, V1_USER), (6, V1_USER)]);
    assert_eq!(m.poll(port), Err(TIMED_OUT));
    m.close(port).unwrap();
}

/// H4. A close that comes between the lookup of a call and the call's own work is told by each kind in its own way; one
/// that comes before is BAD_HANDLE. Goes on until either kind has told of the first often enough.
pub fn queueing_while_a_port_of_magenta_is_closed_says_which_kind_it_was(z: Zx) {
    let m = z.mx();
    type Make = fn(Mx) -> u32;
    type Queue = fn(Zx, u32) -> Result;
    let kinds: [(Make, Queue, i32); 2] = [
        (Mx::v1, |z, port| z.mx().queue(port, &v1_packet(1, 16)), UNAVAILABLE),
        (Mx::v2, |z, port| z.mx().queue_v2(port, &Packet::user(1), 0), BAD_STATE),
    ];
    for (make, queue, closed) in kinds {
        let (mut seen, limit) = (0, z.after(60_000_000_000));
        while seen < 5 {
            let port = make(m);
            let (begun, begins) = mpsc::channel();
            let queueing = thread::spawn(move || {
                begun.send(queue(z, port)).unwrap();
                loop {
                    match queue(z, port) {
                        // A V2 port may be full, as Zircon's.
                        Ok(()) | Err(SHOULD_WAIT) => {}
                        Err(status) => return status,
                    }
                }
            });
            assert_eq!(begins.recv().unwrap(), Ok(()));
            m.close(port).unwrap();
            let status = queueing.join().unwrap();
            assert!([closed, BAD_HANDLE].contains(&status), "{status}");
            seen += usize::from(status == closed);
            assert!(z.now() < limit, "no call says {closed}");
        }
    }
}
