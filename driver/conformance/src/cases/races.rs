//! Races: what may happen, and nothing else.

use std::sync::{Arc, Barrier};

use crate::Zx;
use crate::abi::*;

const ROUNDS: usize = 300;

/// Runs two bodies at once, many times.
fn race<A: Send + 'static, B>(
    z: Zx,
    mut round: impl FnMut() -> (Box<dyn FnOnce(Zx) -> A + Send>, B),
    mut other: impl FnMut(&B),
    mut check: impl FnMut(A, B),
) {
    for _ in 0..ROUNDS {
        let (body, state) = round();
        let barrier = Arc::new(Barrier::new(2));
        let meet = barrier.clone();
        let thread = std::thread::spawn(move || {
            meet.wait();
            body(z)
        });
        barrier.wait();
        other(&state);
        check(thread.join().unwrap(), state);
    }
}

/// D6.
pub fn queueing_while_the_port_is_closed_is_ok_or_bad_handle(z: Zx) {
    race(
        z,
        || {
            let port = z.port();
            (Box::new(move |z: Zx| z.port_queue(port, &Packet::user(1))), port)
        },
        |port| z.close(*port).unwrap(),
        |result, port| {
            assert!(result == Ok(()) || result == Err(BAD_HANDLE), "{result:?}");
            assert_eq!(z.port_queue(port, &Packet::user(1)), Err(BAD_HANDLE));
        },
    );
}

/// F11.
pub fn registering_while_a_handle_is_closed_is_before_or_after(z: Zx) {
    for which in [0, 1] {
        race(
            z,
            || {
                let handles = [z.event(), z.port()];
                let [event, port] = handles;
                (Box::new(move |z: Zx| z.wait_async(event, port, 1, SIGNALED, 0)), handles)
            },
            |handles| z.close(handles[which]).unwrap(),
            |result, handles| {
                assert!([Ok(()), Err(BAD_HANDLE), Err(WRONG_TYPE)].contains(&result), "{result:?}");
                if which == 0 {
                    z.assert_empty(handles[1]);
                    assert_eq!(z.port_cancel_key(handles[1], 0, 1), Err(NOT_FOUND), "no trace is left");
                }
                z.close(handles[1 - which]).unwrap();
            },
        );
    }
}

/// G5.
pub fn a_registration_is_delivered_or_canceled_and_never_both(z: Zx) {
    let (mut delivered, mut canceled) = (0, 0);
    race(
        z,
        || {
            let handles = [z.event(), z.port()];
            z.wait_async(handles[0], handles[1], 1, SIGNALED, 0).unwrap();
            let [event, _] = handles;
            (Box::new(move |z: Zx| z.signal(event, 0, SIGNALED)), handles)
        },
        |[event, port]| {
            // Read, and cancel what was not read yet.
            let read = z.poll(*port).is_ok();
            let gone = match (delivered + canceled) % 2 {
                0 => z.port_cancel_key(*port, 0, 1).is_ok(),
                _ => z.port_cancel(*port, *event, 1).is_ok(),
            };
            assert!(read != gone, "read {read}, canceled {gone}");
            delivered += usize::from(read);
            canceled += usize::from(gone);
        },
        |signaled, handles| {
            assert_eq!(signaled, Ok(()));
            z.assert_empty(handles[1]);
            z.close_many(&handles).unwrap();
        },
    );
    assert_eq!(delivered + canceled, ROUNDS);
}

/// F11, H1: a signal against the close of its handle and of the port.
pub fn signaling_while_everything_is_closed_leaves_nothing_behind(z: Zx) {
    race(
        z,
        || {
            let event = z.event();
            let handles = [event, z.duplicate(event, right::SAME).unwrap(), z.port()];
            z.wait_async(handles[0], handles[2], 1, SIGNALED, 0).unwrap();
            let [_, same, _] = handles;
            (Box::new(move |z: Zx| z.signal(same, 0, SIGNALED)), handles)
        },
        |[event, _, port]| z.close_many(&[*event, *port]).unwrap(),
        |signaled, handles| {
            assert_eq!(signaled, Ok(()));
            assert_eq!(z.handle_count(handles[1]), Ok(1));
            z.close(handles[1]).unwrap();
        },
    );
}
