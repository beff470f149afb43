//! Races: what may happen, and nothing else.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use crate::Zx;
use crate::abi::*;
use crate::subject::{Kind, Subject};

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

/// D6. Whoever queues does so until it is refused, so that the close comes at any point of a call.
pub fn queueing_while_the_port_is_closed_is_ok_or_bad_handle(z: Zx) {
    race(
        z,
        || {
            let port = z.port();
            let body = move |z: Zx| loop {
                match z.port_queue(port, &Packet::user(1)) {
                    // It may be full before it is closed.
                    Ok(()) | Err(SHOULD_WAIT) => {}
                    result => return result,
                }
            };
            let others = [0; 2].map(|_| thread::spawn(move || body(z)));
            (Box::new(body), (port, others))
        },
        |(port, _)| z.close(*port).unwrap(),
        |result, (port, others)| {
            assert_eq!(result, Err(BAD_HANDLE));
            for other in others {
                assert_eq!(other.join().unwrap(), Err(BAD_HANDLE));
            }
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

/// G5. The cancels meet the signals on their way from one registration to the next.
pub fn a_registration_is_delivered_or_canceled_and_never_both(z: Zx) {
    const COUNT: usize = 16;
    let fates = RefCell::new([(0, 0); COUNT]);
    let read = |port| {
        while let Ok(packet) = z.poll(port) {
            fates.borrow_mut()[packet.key as usize].0 += 1;
        }
    };
    race(
        z,
        || {
            fates.replace([(0, 0); COUNT]);
            let (events, port) = ([0; COUNT].map(|_| z.event()), z.port());
            for (key, event) in events.iter().enumerate() {
                z.wait_async(*event, port, key as u64, SIGNALED, 0).unwrap();
            }
            (Box::new(move |z: Zx| events.map(|event| z.signal(event, 0, SIGNALED))), (events, port))
        },
        |(events, port)| {
            for key in (0..COUNT).rev() {
                let canceled = match key % 2 {
                    0 => z.port_cancel_key(*port, 0, key as u64),
                    _ => z.port_cancel(*port, events[key], key as u64),
                };
                fates.borrow_mut()[key].1 += usize::from(canceled.is_ok());
                if key % 4 == 0 {
                    read(*port);
                }
            }
        },
        |signaled, (events, port)| {
            assert_eq!(signaled, [Ok(()); COUNT]);
            read(port);
            let fates = fates.borrow();
            assert!(
                fates.iter().all(|fate| [(0, 1), (1, 0)].contains(fate)),
                "delivered, canceled: {fates:?}"
            );
            z.close_many(&events).unwrap();
            z.close(port).unwrap();
        },
    );
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

/// How long a wait lasts that nothing should end but what races with it, in ns.
const LONG: i64 = 60_000_000_000;

/// B7, J1, J3: a wait against the close of the handle that it is made through, while another handle stays open.
pub fn a_wait_whose_handle_is_closed_is_canceled_or_never_began(z: Zx) {
    for many in [false, true] {
        race(
            z,
            || {
                let event = z.event();
                let handles = [event, z.duplicate(event, right::SAME).unwrap()];
                let body = move |z: Zx| {
                    let mut items = [WaitItem { handle: event, waitfor: SIGNALED, pending: 0 }];
                    match many {
                        true => (z.wait_many(&mut items, z.after(LONG)), items[0].pending),
                        false => z.wait_one(event, SIGNALED, z.after(LONG)),
                    }
                };
                (Box::new(body), handles)
            },
            |[event, _]| z.close(*event).unwrap(),
            |(result, seen), [_, same]| {
                match result {
                    Err(CANCELED) => assert_eq!(seen, HANDLE_CLOSED),
                    result => assert_eq!(result, Err(BAD_HANDLE)),
                }
                z.close(same).unwrap();
            },
        );
    }
}

/// B8: a wait through a handle that lies in a channel, against the read that hands it to somebody else.
pub fn a_wait_whose_handle_is_read_from_a_channel_is_canceled(z: Zx) {
    for closes in [false, true] {
        race(
            z,
            || {
                let ((ours, theirs), event, port) = (z.channel(), z.event(), z.port());
                z.wait_async(event, port, 1, SIGNALED, 0).unwrap();
                let waiter = z.blocked(BLOCKED_WAIT_ONE, move |z| z.wait_one(event, SIGNALED, z.after(LONG)));
                z.channel_write(ours, b"", &[event]).unwrap();
                let body = move |z: Zx| match closes {
                    // The message dies unread.
                    true => z.close(theirs).map(|()| Vec::new()),
                    false => z.channel_read(theirs, (0, 1), 0).map(|(_, handles)| handles),
                };
                (Box::new(body), (waiter, ours, theirs, port))
            },
            // What comes too late for the handle's waits comes to nobody.
            |(_, ours, ..)| assert!(z.channel_write(*ours, b"", &[]).is_ok() || closes),
            |read, (waiter, ours, theirs, port)| {
                let (result, seen) = waiter.join().unwrap();
                assert_eq!((result, seen), (Err(CANCELED), HANDLE_CLOSED));
                for event in read.unwrap() {
                    z.signal(event, 0, SIGNALED).unwrap();
                    z.close(event).unwrap();
                }
                z.assert_empty(port);
                z.close_many(&[ours, port]).unwrap();
                assert_eq!(z.close(theirs).is_ok(), !closes);
            },
        );
    }
}

/// E8: of two packets and two waiters, one packet is canceled while the waiters are woken: one of them sleeps on, by its
/// own deadline, and is woken by the next packet.
pub fn a_cancel_that_races_with_a_wake_leaves_no_waiter_behind(z: Zx) {
    for _ in 0..ROUNDS / 10 {
        let port = z.port();
        let waiters = [0; 2].map(|_| z.blocked(BLOCKED_PORT, move |z| z.port_wait(port, z.after(LONG))));
        let barrier = Arc::new(Barrier::new(2));
        let meet = barrier.clone();
        let producer = thread::spawn(move || {
            meet.wait();
            [1, 2].map(|key| z.port_queue(port, &Packet::user(key)))
        });
        barrier.wait();
        let canceled = z.port_cancel_key(port, 0, 2).is_ok();
        assert_eq!(producer.join().unwrap(), [Ok(()); 2]);
        if canceled {
            z.port_queue(port, &Packet::user(3)).unwrap();
        }
        let mut keys = waiters.map(|waiter| waiter.join().unwrap().unwrap().key);
        keys.sort_unstable();
        assert_eq!(keys, if canceled { [1, 3] } else { [1, 2] });
        z.assert_empty(port);
        z.close(port).unwrap();
    }
    // By the thread that queued, and of more waiters than can be awake by then.
    for _ in 0..ROUNDS / 10 {
        let port = z.port();
        let wait = move |z: Zx, deadline| (z.port_wait(port, deadline).map(drop), z.now() >= deadline);
        let waiters = [0; 8].map(|_| z.blocked_until(BLOCKED_PORT, wait).0);
        waiters.iter().for_each(|_| z.port_queue(port, &Packet::user(1)).unwrap());
        let _ = z.port_cancel_key(port, 0, 1);
        for waiter in waiters {
            let ended = waiter.join().unwrap();
            assert!(ended.0 == Ok(()) || ended == (Err(TIMED_OUT), true), "{ended:?}");
        }
        z.assert_empty(port);
        z.close(port).unwrap();
    }
}

/// H2, H3: a wait against the close of its port's last handle. It is not woken, whichever comes first: it ends by its
/// deadline, or by an interrupt that is still bound.
pub fn a_wait_that_races_with_the_close_of_its_port_ends_by_its_deadline_or_an_interrupt(z: Zx) {
    for triggered in [false, true] {
        let time = if triggered { LONG } else { 300_000 };
        let wait = move |z: Zx, port| {
            let deadline = z.after(time);
            (z.port_wait(port, deadline).map(|packet| packet.key), z.now() >= deadline)
        };
        let round = || {
            let (port, interrupt) = (z.port(), Subject::new(z, Kind::Virtual));
            interrupt.bind(port, 5);
            (port, interrupt)
        };
        let close = |(port, interrupt): &(u32, Subject)| {
            z.close(*port).unwrap();
            if triggered {
                interrupt.fire();
            }
        };
        let check = |(result, late), (port, interrupt): (u32, Subject)| {
            match result {
                // Closed before the wait.
                Err(BAD_HANDLE) => {}
                Ok(key) => assert!(triggered && key == 5),
                result => assert_eq!((result, late), (Err(TIMED_OUT), true)),
            }
            assert_eq!(z.port_queue(port, &Packet::user(1)), Err(BAD_HANDLE));
            interrupt.close();
        };
        race(
            z,
            || {
                let state = round();
                let port = state.0;
                (Box::new(move |z: Zx| wait(z, port)), state)
            },
            close,
            check,
        );
        // However busy the machine is, some are asleep before.
        for _ in 0..ROUNDS / 10 {
            let state = round();
            let port = state.0;
            let thread = z.blocked_or_over(BLOCKED_PORT, move |z| wait(z, port));
            close(&state);
            check(thread.join().unwrap(), state);
        }
    }
}

/// I22 to I24: several threads wait for one interrupt as fast as they can. Who comes between a wake and the one who was
/// woken takes his trigger; then that one waits again, or is refused, and nobody is forgotten.
pub fn of_those_who_wait_for_an_interrupt_at_once_none_is_forgotten(z: Zx, kind: Kind) {
    let interrupt = Subject::new(z, kind);
    let (seen, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let threads = [0; 3].map(|_| {
        let (seen, over) = (seen.clone(), over.clone());
        thread::spawn(move || {
            loop {
                match z.interrupt_wait(interrupt.handle) {
                    Ok(_) => drop(seen.fetch_add(1, Ordering::SeqCst)),
                    Err(BAD_STATE) => thread::yield_now(),
                    result => return (result, over.load(Ordering::SeqCst)),
                }
            }
        })
    });
    for _ in 0..5 * ROUNDS {
        let before = seen.load(Ordering::SeqCst);
        interrupt.fire();
        while seen.load(Ordering::SeqCst) == before && !threads.iter().any(|thread| thread.is_finished()) {
            thread::yield_now();
        }
    }
    over.store(true, Ordering::SeqCst);
    assert_eq!(z.interrupt_destroy(interrupt.handle), Ok(()));
    for thread in threads {
        assert_eq!(thread.join().unwrap(), (Err(CANCELED), true), "canceled by destroy, and by nothing else");
    }
    interrupt.close();
}
