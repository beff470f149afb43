//! Section B: how calls look handles up, and handles themselves; and zx_object_get_info.

use crate::Zx;
use crate::abi::*;
use crate::zx::Result;

/// A handle that is none.
pub(super) const NO_HANDLE: u32 = 0x7fff_ffff;

/// B1, of calls on ports, interrupts and timers.
pub fn a_wrong_type_comes_before_a_missing_right(z: Zx) {
    let port = z.port();
    let event = z.without(z.event(), right::WAIT | right::SIGNAL | right::INSPECT);
    let poor = z.duplicate(port, right::DUPLICATE | right::TRANSFER).unwrap();
    let interrupt = z.interrupt_create(0, 0, VIRTUAL).unwrap();
    let poor_interrupt = z.duplicate(interrupt, right::DUPLICATE).unwrap();
    let timer = z.timer_create(0, 0).unwrap();
    let poor_timer = z.duplicate(timer, right::DUPLICATE).unwrap();

    type Call = fn(Zx, u32) -> Result;
    let calls: [(&str, Call, u32); 12] = [
        ("port_queue", |z, h| z.port_queue(h, &Packet::default()), poor),
        ("port_queue NULL", |z, h| z.port_queue_null(h), poor),
        ("port_wait", |z, h| z.port_wait(h, 0).map(|_| ()), poor),
        ("port_cancel", |z, h| z.port_cancel(h, 0, 0), poor),
        ("port_cancel_key", |z, h| z.port_cancel_key(h, 0, 0), poor),
        ("wait_async", |z, h| z.wait_async(0, h, 0, 0, 0), poor),
        ("interrupt_bind", |z, h| z.interrupt_bind(h, 0, 0, 0), poor_interrupt),
        ("interrupt_ack", |z, h| z.interrupt_ack(h), poor_interrupt),
        ("interrupt_trigger", |z, h| z.interrupt_trigger(h, 0, 0), poor_interrupt),
        ("interrupt_wait", |z, h| z.interrupt_wait(h).map(|_| ()), poor_interrupt),
        ("timer_set", |z, h| z.timer_set(h, 0, 0), poor_timer),
        ("timer_cancel", |z, h| z.timer_cancel(h), poor_timer),
    ];
    for (name, call, poor) in calls {
        assert_eq!(call(z, NO_HANDLE), Err(BAD_HANDLE), "{name}");
        assert_eq!(call(z, 0), Err(BAD_HANDLE), "{name}");
        assert_eq!(call(z, event), Err(WRONG_TYPE), "{name}: though the handle has no rights");
        assert_eq!(call(z, poor), Err(ACCESS_DENIED), "{name}");
    }
    z.close_many(&[port, event, poor, interrupt, poor_interrupt, timer, poor_timer]).unwrap();
}

/// B2: a port has no WAIT, so it is ACCESS_DENIED as a source.
pub fn waits_look_for_the_right_before_the_type(z: Zx) {
    let (port, other) = (z.port(), z.port());
    let event = z.without(z.event(), right::WAIT);
    for (handle, status) in [(NO_HANDLE, BAD_HANDLE), (other, ACCESS_DENIED), (event, ACCESS_DENIED)] {
        assert_eq!(z.wait_one(handle, SIGNALED, PAST), (Err(status), u32::MAX), "nothing is written");
        let mut items = [WaitItem { handle, waitfor: SIGNALED, pending: 7 }];
        assert_eq!(z.wait_many(&mut items, PAST), Err(status));
        assert_eq!(items[0].pending, 7, "nothing is written");
        assert_eq!(z.wait_async(handle, port, 1, SIGNALED, 0), Err(status));
        assert_eq!(z.port_cancel(port, handle, 1), Err(status));
    }
    z.close_many(&[port, other, event]).unwrap();
}

/// B4.
pub fn closing_nothing_is_ok_and_closing_many_goes_on_after_a_bad_one(z: Zx) {
    assert_eq!(z.close(0), Ok(()));
    let (a, b) = (z.event(), z.event());
    assert_eq!(z.close_many(&[0, a, NO_HANDLE, 0, b]), Err(BAD_HANDLE));
    assert_eq!((z.close(a), z.close(b)), (Err(BAD_HANDLE), Err(BAD_HANDLE)));
    assert_eq!(z.close_many(&[0, 0]), Ok(()));
    assert_eq!(z.close_many(&[]), Ok(()));
}

/// B5.
pub fn a_duplicate_has_at_most_the_rights_of_its_handle(z: Zx) {
    let event = z.event();
    assert_eq!(z.duplicate(NO_HANDLE, right::SAME), Err(BAD_HANDLE));
    assert_eq!(z.duplicate(event, right::READ), Err(INVALID_ARGS));
    let same = z.duplicate(event, right::SAME).unwrap();
    assert_eq!(z.basic(same).unwrap().rights, 0xD003);
    let poor = z.duplicate(event, right::WAIT).unwrap();
    assert_eq!(z.basic(poor).unwrap().rights, right::WAIT);
    assert_eq!(z.duplicate(poor, right::READ), Err(ACCESS_DENIED), "before the rights are looked at");
    assert_eq!(z.basic(same).unwrap().koid, z.basic(event).unwrap().koid);
    assert_eq!(z.handle_count(event), Ok(3));
    z.close_many(&[event, same, poor]).unwrap();
}

/// B6.
pub fn a_replaced_handle_is_gone_even_when_it_fails(z: Zx) {
    let event = z.event();
    let poor = z.replace(event, right::WAIT | right::INSPECT).unwrap();
    assert_eq!(z.check_valid(event), Err(BAD_HANDLE));
    let poorer = z.replace(poor, right::SAME).unwrap();
    assert_eq!(z.basic(poorer).unwrap().rights, right::WAIT | right::INSPECT, "no right is needed");
    assert_eq!(z.replace(poorer, right::SIGNAL), Err(INVALID_ARGS));
    assert_eq!(z.check_valid(poorer), Err(BAD_HANDLE));
    assert_eq!(z.replace(poorer, right::SAME), Err(BAD_HANDLE));
}

/// B7.
pub fn closing_a_handle_cancels_the_waits_made_through_it(z: Zx) {
    let (port, event) = (z.port(), z.event());
    let same = z.duplicate(event, right::SAME).unwrap();
    z.wait_async(event, port, 1, USER_0, 0).unwrap();
    z.wait_async(same, port, 2, USER_0, 0).unwrap();
    let thread = z.blocked(BLOCKED_WAIT_ONE, move |z| z.wait_one(event, SIGNALED, INFINITE));
    let many = z.blocked(BLOCKED_WAIT_MANY, move |z| {
        let mut items = [same, event].map(|handle| WaitItem { handle, waitfor: SIGNALED, pending: 0 });
        (z.wait_many(&mut items, INFINITE), items.map(|item| item.pending))
    });
    let spared = z.blocked(BLOCKED_WAIT_ONE, move |z| z.wait_one(same, SIGNALED, INFINITE));
    z.close(event).unwrap();
    assert_eq!(thread.join().unwrap(), (Err(CANCELED), HANDLE_CLOSED));
    assert_eq!(many.join().unwrap(), (Err(CANCELED), [0, HANDLE_CLOSED]));
    z.signal(same, 0, USER_0 | SIGNALED).unwrap();
    assert_eq!(spared.join().unwrap(), (Ok(()), USER_0 | SIGNALED), "not through duplicates");
    assert_eq!(z.poll(port).unwrap().key, 2);
    z.assert_empty(port);
    z.close_many(&[port, same]).unwrap();
}

/// B8.
pub fn a_handle_sent_through_a_channel_keeps_its_waits_until_it_is_read(z: Zx) {
    let (port, event, (a, b)) = (z.port(), z.event(), z.channel());
    let same = z.duplicate(event, right::SAME).unwrap();
    z.wait_async(event, port, 1, USER_0, 0).unwrap();
    z.wait_async(event, port, 2, USER_1, 0).unwrap();
    let thread = z.blocked(BLOCKED_WAIT_ONE, move |z| z.wait_one(event, SIGNALED, INFINITE));
    z.channel_write(a, b"handle", &[event]).unwrap();
    assert_eq!(z.check_valid(event), Err(BAD_HANDLE), "it is in the message");
    z.signal(same, 0, USER_0).unwrap();
    assert_eq!(z.poll(port).unwrap().key, 1, "the registration is live");
    assert!(!thread.is_finished(), "the thread is blocked");
    let (bytes, handles) = z.channel_read(b, (64, 4), 0).unwrap();
    assert_eq!((&bytes[..], handles.len()), (&b"handle"[..], 1));
    assert_eq!(thread.join().unwrap(), (Err(CANCELED), HANDLE_CLOSED | USER_0));
    z.signal(same, 0, USER_1).unwrap();
    z.assert_empty(port);
    assert_eq!(z.basic(handles[0]).unwrap().koid, z.basic(same).unwrap().koid);
    z.close_many(&[port, same, a, b, handles[0]]).unwrap();
}

/// B8: a message that dies unread.
pub fn a_handle_in_a_message_that_dies_unread_is_closed(z: Zx) {
    let (port, event, (a, b)) = (z.port(), z.event(), z.channel());
    let same = z.duplicate(event, right::SAME).unwrap();
    z.wait_async(event, port, 1, USER_0, 0).unwrap();
    z.channel_write(a, b"", &[event]).unwrap();
    z.close(b).unwrap();
    assert_eq!(z.handle_count(same), Ok(1));
    z.signal(same, 0, USER_0).unwrap();
    z.assert_empty(port);
    z.close_many(&[port, same, a]).unwrap();
}

/// B8: the caller of zx_channel_call reads the reply.
pub fn a_handle_in_the_reply_to_a_call_has_no_waits_when_it_is_read(z: Zx) {
    let (port, event, (a, b)) = (z.port(), z.event(), z.channel());
    let same = z.duplicate(event, right::SAME).unwrap();
    z.wait_async(event, port, 1, USER_0, 0).unwrap();
    z.wait_async(event, port, 2, USER_1, 0).unwrap();
    let waiter = z.blocked(BLOCKED_WAIT_ONE, move |z| z.wait_one(event, SIGNALED, INFINITE));
    let caller = z.blocked(BLOCKED_CHANNEL, move |z| z.channel_call_for(a, b"....", 1, INFINITE));
    let (reply, _) = z.channel_read(b, (64, 0), 0).unwrap();
    z.signal(same, 0, USER_0).unwrap();
    assert_eq!(z.poll(port).unwrap().key, 1, "the registration is live");
    z.channel_write(b, &reply, &[event]).unwrap();
    let (_, handles) = caller.join().unwrap().unwrap();
    z.signal(same, 0, USER_1).unwrap();
    z.assert_empty(port);
    assert_eq!(waiter.join().unwrap(), (Err(CANCELED), HANDLE_CLOSED | USER_0));
    assert_eq!(z.basic(handles[0]).unwrap().koid, z.basic(same).unwrap().koid);
    z.close_many(&[port, same, a, b, handles[0]]).unwrap();
}

/// Messages: handles are consumed whatever becomes of a write.
pub fn channels_carry_messages_and_say_why_not(z: Zx) {
    let (a, b) = z.channel();
    assert_eq!(z.channel_read(a, (9, 9), 0), Err(SHOULD_WAIT));
    z.channel_write(a, b"four", &[]).unwrap();
    assert_eq!(z.channel_read(b, (3, 0), 0), Err(BUFFER_TOO_SMALL));
    assert_eq!(z.channel_read(b, (3, 0), 2), Err(NOT_SUPPORTED), "no such option");
    assert_eq!(z.channel_read(b, (4, 0), 0), Ok((b"four".to_vec(), vec![])));
    z.channel_write(a, b"four", &[]).unwrap();
    assert_eq!(z.channel_read(b, (3, 0), 1), Err(BUFFER_TOO_SMALL), "and it is discarded");
    assert_eq!(z.channel_read(b, (9, 9), 0), Err(SHOULD_WAIT));

    let poor = z.without(z.event(), right::TRANSFER);
    assert_eq!(z.channel_write(a, b"", &[poor]), Err(ACCESS_DENIED));
    assert_eq!(z.check_valid(poor), Err(BAD_HANDLE), "consumed");
    let event = z.event();
    assert_eq!(z.channel_write(a, b"", &[event, event]), Err(BAD_HANDLE));
    assert_eq!(z.channel_write(a, &vec![0; 65537], &[]), Err(OUT_OF_RANGE));
    assert_eq!(z.channel_write(a, &vec![0; 65536], &[]), Ok(()));
    z.close(b).unwrap();
    assert_eq!(z.channel_write(a, b"", &[]), Err(PEER_CLOSED));
    assert_eq!(z.channel_read(a, (9, 9), 0), Err(PEER_CLOSED));
    assert_eq!(z.channel_write(a, b"", &[a]), Err(NOT_SUPPORTED), "not its own end");
    assert_eq!(z.check_valid(a), Err(BAD_HANDLE), "consumed as well");
}

/// zx_channel_call.
pub fn a_channel_call_gets_the_reply_with_its_number(z: Zx) {
    let (a, b) = z.channel();
    assert_eq!(z.channel_call(a, b"abc", INFINITE), Err(INVALID_ARGS));
    assert_eq!(z.channel_call(a, b"....x", PAST), Err(TIMED_OUT));
    z.channel_read(b, (64, 0), 0).unwrap();
    let caller = z.blocked(BLOCKED_CHANNEL, move |z| z.channel_call(a, b"....request", INFINITE));
    let (mut request, _) = z.channel_read(b, (64, 0), 0).unwrap();
    assert_eq!(&request[4..], b"request");
    z.channel_write(b, b"\0\0\0\0other", &[]).unwrap();
    request.truncate(4);
    request.extend(b"reply");
    z.channel_write(b, &request, &[]).unwrap();
    assert_eq!(&caller.join().unwrap().unwrap()[4..], b"reply");
    assert_eq!(&z.channel_read(a, (64, 0), 0).unwrap().0[4..], b"other");
    let caller = z.blocked(BLOCKED_CHANNEL, move |z| z.channel_call(a, b"....", INFINITE));
    z.close(b).unwrap();
    assert_eq!(caller.join().unwrap(), Err(PEER_CLOSED));
    z.close(a).unwrap();
}

/// zx_object_get_info.
pub fn info_says_how_many_records_there_are(z: Zx) {
    let event = z.event();
    let mut buffer = [0xAA; 64];
    assert_eq!(z.info_into(event, 2, Some(&mut buffer), 31), (Err(BUFFER_TOO_SMALL), 0, 1));
    assert_eq!(buffer, [0xAA; 64], "nothing is written");
    assert_eq!(z.info_into(event, 2, Some(&mut buffer), 32), (Ok(()), 1, 1));
    assert_eq!(z.info_into(event, 2, None, 32), (Err(INVALID_ARGS), 7, 7), "before the counts are written");
    assert_eq!(z.info_into(event, 1, None, 0), (Ok(()), 7, 7));
    assert_eq!(z.info_into(NO_HANDLE, 1, None, 0).0, Err(BAD_HANDLE));
    assert_eq!(z.info::<TimerInfo>(event, 25), Err(WRONG_TYPE));
    let poor = z.without(event, right::INSPECT);
    assert_eq!(z.handle_count(poor), Err(ACCESS_DENIED));
    assert!(z.basic(poor).is_ok(), "needs no right");
    assert_eq!(z.info_into(poor, 999, None, 0).0, Err(NOT_SUPPORTED));
    z.close(poor).unwrap();
    assert_ne!(z.info::<ThreadInfo>(z.thread_self(), 10).unwrap().cpu_affinity_mask, [0; 8]);
}
