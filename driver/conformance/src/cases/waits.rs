//! Section J: threads that wait, and signals.

use crate::Zx;
use crate::abi::*;

/// J1, J2.
pub fn wait_one_tells_the_whole_state_however_it_ends(z: Zx) {
    let event = z.event();
    z.signal(event, 0, USER_0).unwrap();
    assert_eq!(z.wait_one(event, SIGNALED, PAST), (Err(TIMED_OUT), USER_0));
    assert_eq!(
        z.wait_one(event, 0, z.after(100_000)),
        (Err(TIMED_OUT), USER_0),
        "no signal: a plain timeout"
    );
    z.signal(event, 0, SIGNALED).unwrap();
    for deadline in [PAST, 0, INFINITE] {
        assert_eq!(z.wait_one(event, SIGNALED, deadline), (Ok(()), USER_0 | SIGNALED), "{deadline}");
    }
    assert_eq!(z.wait_one_null(event, SIGNALED, PAST), Ok(()));
    assert_eq!(z.wait_one_null(event, USER_1, PAST), Err(TIMED_OUT));
    z.close(event).unwrap();
}

/// J2: what is over when the thread runs again was seen all the same, and what came since was not. A thread that told the
/// signals of then would have to be faster than the call that changes them; there are several, and many rounds.
pub fn a_wait_tells_the_signals_of_its_match_though_they_are_cleared_at_once(z: Zx) {
    let event = z.event();
    z.signal(event, 0, USER_0).unwrap();
    for round in 0..500 {
        let one = move |z: Zx| z.wait_one(event, SIGNALED, INFINITE);
        let many = move |z: Zx| {
            let mut items = [WaitItem { handle: event, waitfor: SIGNALED, pending: 0 }];
            (z.wait_many(&mut items, INFINITE), items[0].pending)
        };
        let waiters = [
            z.blocked(BLOCKED_WAIT_ONE, one),
            z.blocked(BLOCKED_WAIT_MANY, many),
            z.blocked(BLOCKED_WAIT_ONE, one),
            z.blocked(BLOCKED_WAIT_MANY, many),
        ];
        z.signal(event, 0, SIGNALED | USER_1).unwrap();
        z.signal(event, SIGNALED | USER_1, USER_2).unwrap();
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), (Ok(()), SIGNALED | USER_0 | USER_1), "round {round}");
        }
        z.signal(event, USER_2, 0).unwrap();
    }
    z.close(event).unwrap();
}

/// J2, I30: a signal that is set and clear again within one call.
pub fn a_wait_tells_a_signal_that_was_strobed(z: Zx) {
    let (port, interrupt) = (z.port(), z.interrupt_create(0, 0, VIRTUAL).unwrap());
    z.interrupt_bind(interrupt, port, 1, BIND).unwrap();
    z.signal(interrupt, 0, USER_0).unwrap();
    z.interrupt_trigger(interrupt, 0, 1).unwrap();
    z.poll(port).unwrap();
    z.interrupt_trigger(interrupt, 0, 2).unwrap();
    let waiter = z.blocked(BLOCKED_WAIT_ONE, move |z| z.wait_one(interrupt, UNTRIGGERED, INFINITE));
    z.interrupt_ack(interrupt).unwrap();
    assert_eq!(waiter.join().unwrap(), (Ok(()), UNTRIGGERED | USER_0));
    assert_eq!(z.signals(interrupt), USER_0, "it is clear");
    z.close_many(&[port, interrupt]).unwrap();
}

/// J3.
pub fn wait_many_takes_64_items_and_wakes_on_any(z: Zx) {
    let begin = z.now();
    assert_eq!(z.wait_many_null(0, begin + 2_000_000), Err(TIMED_OUT));
    assert!(z.now() >= begin + 2_000_000, "nothing to wait for: it sleeps");
    assert_eq!(z.wait_many_null(65, PAST), Err(OUT_OF_RANGE));
    assert_eq!(z.wait_many_null(1, PAST), Err(INVALID_ARGS));
    let (a, b, port) = (z.event(), z.event(), z.port());
    let item = |handle| WaitItem { handle, waitfor: SIGNALED, pending: 0x55 };
    assert_eq!(z.wait_many(&mut [item(a); 65], PAST), Err(OUT_OF_RANGE));
    assert_eq!(z.wait_many(&mut [item(a); 64], PAST), Err(TIMED_OUT));
    for (items, status) in [([a, 0, port], BAD_HANDLE), ([a, port, 0], ACCESS_DENIED)] {
        let mut items = items.map(item);
        assert_eq!(z.wait_many(&mut items, PAST), Err(status), "the first that fails");
        assert!(items.iter().all(|item| item.pending == 0x55), "nothing is written");
    }
    z.signal(a, 0, USER_0).unwrap();
    let thread = z.blocked(BLOCKED_WAIT_MANY, move |z| {
        let mut items = [item(a), item(b)];
        (z.wait_many(&mut items, INFINITE), items.map(|item| item.pending))
    });
    z.signal(b, 0, SIGNALED).unwrap();
    assert_eq!(thread.join().unwrap(), (Ok(()), [USER_0, SIGNALED]), "all are written");
    z.close_many(&[a, b, port]).unwrap();
}

/// J3: a close wins over a match. One call does both, the close first: closing an end of a channel ends the waits made
/// through its handle, and then sets PEER_CLOSED on the other end. Goes on until a waiter has seen both.
pub fn of_many_items_one_that_closes_wins_over_one_that_matches(z: Zx) {
    let limit = z.after(60_000_000_000);
    let mut both = 0;
    while both < 10 {
        let (a, b) = z.channel();
        let waiter = z.blocked(BLOCKED_WAIT_MANY, move |z| {
            let mut items =
                [(a, PEER), (b, READABLE)].map(|(handle, waitfor)| WaitItem { handle, waitfor, pending: 0 });
            (z.wait_many(&mut items, INFINITE), items.map(|item| item.pending))
        });
        z.close(b).unwrap();
        let (result, [first, second]) = waiter.join().unwrap();
        assert_eq!((result, second), (Err(CANCELED), WRITABLE | HANDLE_CLOSED), "the other: {first:#x}");
        both += usize::from(first & PEER != 0);
        z.close(a).unwrap();
        assert!(z.now() < limit, "no waiter sees both");
    }
}

/// J4.
pub fn signal_changes_only_what_is_the_users(z: Zx) {
    let (port, event, (a, b)) = (z.port(), z.event(), z.eventpair_create(0).unwrap());
    let (timer, (c, d)) = (z.timer_create(0, 0).unwrap(), z.channel());
    let poor = z.duplicate(event, right::WAIT).unwrap();
    assert_eq!(z.signal(0, 1, 1), Err(BAD_HANDLE));
    assert_eq!(z.signal(poor, 1, 1), Err(ACCESS_DENIED), "before the bits");
    assert_eq!(z.signal(port, 0, USER_0), Err(ACCESS_DENIED));
    for (handle, allowed) in [(event, 0xff00_0008), (a, 0xff00_0008), (timer, 0xff00_0000), (c, 0xff00_0000)]
    {
        for bit in 0..32 {
            let expected = if allowed & (1u32 << bit) == 0 { Err(INVALID_ARGS) } else { Ok(()) };
            assert_eq!(z.signal(handle, 0, 1 << bit), expected, "bit {bit}");
            assert_eq!(z.signal(handle, 1 << bit, 0), expected, "bit {bit}");
        }
    }
    z.signal(event, 0, USER_0).unwrap();
    z.signal(event, USER_0 | USER_1, USER_1).unwrap();
    assert_eq!(z.signals(event), USER_1, "cleared, then set");
    assert_eq!(z.signal_peer(event, 0, USER_0), Err(ACCESS_DENIED));
    assert_eq!(z.signal_peer(a, 0, SIGNALED | USER_0), Ok(()));
    assert_eq!((z.signals(a), z.signals(b)), (0, SIGNALED | USER_0));
    assert_eq!(z.signal_peer(a, 0, 1), Err(INVALID_ARGS));
    assert_eq!(z.signal_peer(c, 0, USER_0), Ok(()));
    assert_eq!(z.signals(d), 2 | USER_0);
    z.close_many(&[b, d]).unwrap();
    assert_eq!(z.signal_peer(a, 0, USER_0), Err(PEER_CLOSED));
    assert_eq!(z.signal_peer(a, 0, 1), Err(INVALID_ARGS), "before the peer");
    assert_eq!((z.event_create(1), z.channel_create(1)), (Err(INVALID_ARGS), Err(INVALID_ARGS)));
    assert_eq!(z.eventpair_create(1), Err(NOT_SUPPORTED));
    z.close_many(&[port, event, poor, a, c, timer]).unwrap();
}

/// J5.
pub fn only_a_signal_that_rises_is_told(z: Zx) {
    let (port, event) = (z.port(), z.event());
    z.signal(event, 0, USER_0).unwrap();
    z.wait_async(event, port, 1, USER_0, EDGE).unwrap();
    z.signal(event, 0, USER_0).unwrap();
    z.signal(event, USER_0, USER_0).unwrap();
    z.assert_empty(port);
    z.signal(event, USER_0, 0).unwrap();
    z.assert_empty(port);
    z.signal(event, 0, USER_0).unwrap();
    assert_eq!(z.poll(port).unwrap().key, 1);
    z.close_many(&[port, event]).unwrap();
}
