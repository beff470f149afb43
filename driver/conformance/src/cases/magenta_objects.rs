//! Magenta's handles, waits, events, channels, jobs and times, where they differ from Zircon's.

use crate::Zx;
use crate::abi::*;

/// A1.
pub fn magentas_statuses_have_their_names(z: Zx) {
    let m = z.mx();
    let names = [
        (OK, "NO_ERROR"),
        (CALL_FAILED, "ERR_CALL_FAILED"),
        (BAD_HANDLE, "ERR_BAD_HANDLE"),
        (TIMED_OUT, "ERR_TIMED_OUT"),
        (CANCELED, "ERR_CANCELED"),
        (UNAVAILABLE, "ERR_UNAVAILABLE"),
        (-61, "ERR_NEXT"),
        (-62, "(UNKNOWN)"),
        (1, "(UNKNOWN)"),
    ];
    for (status, name) in names {
        assert_eq!(m.status_name(status), name);
    }
}

/// A3, A4.
pub fn magentas_first_handles_have_their_types_and_rights(z: Zx) {
    let m = z.mx();
    let (pair, channel) = (m.eventpair_create(0).unwrap(), m.channel());
    let job = m.job_create(z.job_default(), 0).unwrap();
    let expected = [
        (m.v1(), 6, 0xF, 0),
        (m.v2(), 6, 0xF, 0),
        (m.event(), 5, 0xF, 1),
        (pair.0, 16, 0xF, 1),
        (pair.1, 16, 0xF, 1),
        (channel.0, 4, 0xE, 1),
        (channel.1, 4, 0xE, 1),
        (job, 17, 0xDCF, 1),
    ];
    for (handle, kind, rights, props) in expected {
        assert!(handle.cast_signed() > 0, "mx_handle_t is an int32_t");
        let info = m.basic(handle).unwrap();
        assert_eq!((info.kind, info.rights, info.reserved), (kind, rights, props));
        assert_eq!(z.basic(handle).map(|info| (info.kind, info.rights)), Ok((kind, rights)));
        m.close(handle).unwrap();
    }
}

/// abi 8.5.
pub fn magentas_info_tells_of_handles_and_threads(z: Zx) {
    let m = z.mx();
    let (event, thread) = (m.event(), z.thread_self());
    assert_eq!(m.info::<Basic>(0, 2, 32).0, Err(BAD_HANDLE));
    let (result, actual, available) = m.info::<Basic>(event, 2, 31);
    assert_eq!((result.unwrap_err(), actual, available), (BUFFER_TOO_SMALL, 0, 1));
    assert_eq!((m.info::<u8>(event, 1, 0).0, m.info::<u8>(0, 1, 0).0), (Ok(0), Err(BAD_HANDLE)));
    assert_eq!(m.info::<MxThreadInfo>(thread, 10, 8).0, Ok(MxThreadInfo { state: 1, ..Default::default() }));
    assert_eq!(m.info::<MxThreadInfo>(event, 10, 8).0, Err(WRONG_TYPE));
    assert_eq!(m.info::<Basic>(event, 19, 32).0, Err(NOT_SUPPORTED), "Zircon's alone");
    let own = z.duplicate(thread, right::SAME).unwrap();
    let (ready, go) = std::sync::mpsc::channel();
    let seen = z.blocked(BLOCKED_WAIT_ONE, move |z| {
        ready.send(z.duplicate(z.thread_self(), right::SAME).unwrap()).unwrap();
        z.mx().wait_one(event, SIGNALED, FOR_EVER)
    });
    let other = go.recv().unwrap();
    assert_eq!(m.info::<MxThreadInfo>(other, 10, 8).0.unwrap().state, 3, "blocked, and not in what");
    m.signal(event, 0, SIGNALED).unwrap();
    assert_eq!(seen.join().unwrap(), (Ok(()), SIGNALED));
    m.close_all(&[event, own, other]);
}

/// J as it was in 2017: READ to wait, WRITE to signal, nothing to signal the peer.
pub fn magentas_waits_need_read_and_its_signals_write(z: Zx) {
    let m = z.mx();
    let (event, (near, far), port) = (m.event(), m.eventpair_create(0).unwrap(), m.v2());
    let (reader, writer) =
        (m.duplicate(event, right::READ).unwrap(), m.duplicate(event, right::WRITE).unwrap());
    assert_eq!(m.wait_one(0, SIGNALED, 0), (Err(BAD_HANDLE), u32::MAX));
    assert_eq!(m.wait_one(writer, SIGNALED, 0), (Err(ACCESS_DENIED), u32::MAX));
    assert_eq!(m.wait_one(port, SIGNALED, 0), (Err(NOT_SUPPORTED), u32::MAX));
    assert_eq!(m.wait_one(reader, SIGNALED, 0), (Err(TIMED_OUT), 0));
    assert_eq!(m.signal(reader, 0, SIGNALED), Err(ACCESS_DENIED));
    assert_eq!(m.signal(writer, 0, SIGNALED), Ok(()));
    assert_eq!(m.signal(writer, 0, READABLE), Err(INVALID_ARGS));
    assert_eq!(m.signal(port, 0, USER_0), Err(NOT_SUPPORTED));
    assert_eq!(m.wait_one(reader, SIGNALED, FOR_EVER), (Ok(()), SIGNALED));

    assert_eq!(m.signal_peer(event, 0, USER_0), Err(NOT_SUPPORTED));
    let powerless = m.duplicate(near, 0).unwrap();
    assert_eq!(m.signal_peer(powerless, 0, USER_0), Ok(()));
    assert_eq!(m.wait_one(far, USER_0, FOR_EVER), (Ok(()), USER_0));
    m.close(far).unwrap();
    assert_eq!(m.signal_peer(near, 0, USER_0), Err(PEER_CLOSED));
    assert_eq!((m.event_create(1), m.eventpair_create(1)), (Err(INVALID_ARGS), Err(NOT_SUPPORTED)));

    let item = |handle, waitfor| WaitItem { handle, waitfor, pending: 0 };
    let mut items: Vec<_> = (0..1024).map(|_| item(reader, USER_0)).collect();
    items[1023] = item(near, PEER);
    assert_eq!(m.wait_many(&mut items, FOR_EVER), Ok(()));
    assert_eq!((items[0].pending, items[1023].pending), (SIGNALED, PEER));
    assert_eq!(m.wait_many_null(1025, 0), Err(INVALID_ARGS));
    assert_eq!(m.wait_many_null(1, 0), Err(INVALID_ARGS));
    let deadline = m.after(2_000_000);
    assert_eq!(m.wait_many_null(0, deadline), Err(TIMED_OUT));
    assert!(m.time(0) >= deadline);
    assert_eq!(m.wait_many(&mut [item(reader, 1), item(writer, 1)], 0), Err(ACCESS_DENIED));

    let waiting = z.blocked(BLOCKED_WAIT_ONE, move |z| z.mx().wait_one(reader, USER_0, FOR_EVER));
    m.close(reader).unwrap();
    assert_eq!(waiting.join().unwrap(), (Err(CANCELED), SIGNALED | HANDLE_CLOSED));
    m.close_all(&[event, writer, near, powerless, port]);
}

/// B4, B6: closing nothing is an error, and a replace that fails leaves the handle.
pub fn magentas_handles_stay_when_a_replace_fails(z: Zx) {
    let m = z.mx();
    let event = m.event();
    assert_eq!(m.close(0), Err(BAD_HANDLE));
    assert_eq!(m.duplicate(event, right::READ | right::WAIT), Err(INVALID_ARGS));
    assert_eq!(m.replace(event, right::READ | right::WAIT), Err(INVALID_ARGS));
    assert_eq!(m.basic(event).unwrap().rights, 0xF, "it is still there");
    let reader = m.replace(event, right::READ).unwrap();
    assert_eq!((m.close(event), m.basic(reader).unwrap().rights), (Err(BAD_HANDLE), right::READ));
    assert_eq!(m.duplicate(reader, right::SAME), Err(ACCESS_DENIED));
    let same = m.replace(reader, right::SAME).unwrap();
    assert_eq!(m.basic(same).unwrap().rights, right::READ);
    let (near, far) = m.channel();
    assert_eq!(m.duplicate(near, right::SAME), Err(ACCESS_DENIED), "A3");
    m.close_all(&[same, near, far]);
}

/// Handles of a message that was not written stay, with their values.
pub fn magentas_handles_come_back_when_a_write_fails(z: Zx) {
    let m = z.mx();
    let ((near, far), event) = (m.channel(), m.event());
    let still = m.duplicate(event, right::READ).unwrap();
    assert_eq!(m.write(near, 1, b"", &[event]), Err(INVALID_ARGS));
    assert_eq!(m.write(0, 0, b"", &[event]), Err(BAD_HANDLE));
    assert_eq!(m.write(near, 0, b"", &[event, 0]), Err(BAD_HANDLE));
    assert_eq!(m.write(near, 0, b"", &[event, still]), Err(ACCESS_DENIED), "no TRANSFER");
    assert_eq!(m.write(near, 0, b"", &[event, near]), Err(NOT_SUPPORTED));
    assert_eq!(m.write(near, 0, b"", &[event, event]), Err(INVALID_ARGS));
    assert_eq!(m.write(near, 0, &[0; 65537], &[event]), Err(OUT_OF_RANGE));
    assert_eq!(m.write(near, 0, b"", &[event; 1025]), Err(OUT_OF_RANGE));
    m.close(far).unwrap();
    assert_eq!(m.write(near, 0, b"", &[event]), Err(PEER_CLOSED));
    assert_eq!(m.signal(event, 0, SIGNALED), Ok(()), "after all that");

    let (a, b) = m.channel();
    let many: Vec<_> = (0..1024).map(|_| m.event()).collect();
    assert_eq!(m.write(a, 0, &[7; 65536], &many), Ok(()));
    assert_eq!(m.close(many[0]), Err(BAD_HANDLE), "sent");
    assert_eq!(m.read(b, (65536, 1023)).unwrap_err(), BUFFER_TOO_SMALL);
    let (bytes, handles) = m.read(b, (65536, 1024)).unwrap();
    assert_eq!((bytes.len(), handles.len()), (65536, 1024));
    assert_eq!(m.channel_create(1), Err(INVALID_ARGS));
    m.close_all(&handles);
    m.close_all(&[near, event, still, a, b]);
}

/// The seven arguments of mx_channel_call.
pub fn magentas_channel_call_keeps_its_number_and_says_where_it_failed(z: Zx) {
    let m = z.mx();
    let ((near, far), event) = (m.channel(), m.event());
    let call = move |z: Zx, room| z.mx().call(near, 0, FOR_EVER, (b"\x01\x02\x03\x04ask", &[]), room);
    let answer = |bytes: &[u8]| {
        assert_eq!(m.wait_one(far, READABLE, FOR_EVER).0, Ok(()));
        assert_eq!(m.read(far, (16, 0)).unwrap().0, b"\x01\x02\x03\x04ask", "with the caller's number");
        m.write(far, 0, bytes, &[]).unwrap();
    };
    let calling = std::thread::spawn(move || call(z, 8));
    answer(b"\x01\x02\x03\x04yes");
    assert_eq!(calling.join().unwrap(), (Ok(b"\x01\x02\x03\x04yes".to_vec()), i32::MAX));
    // A reply that does not fit: the second half failed.
    let calling = std::thread::spawn(move || call(z, 4));
    answer(b"\x01\x02\x03\x04yes");
    assert_eq!(calling.join().unwrap(), (Err(CALL_FAILED), BUFFER_TOO_SMALL));
    let calling = z.blocked(BLOCKED_CHANNEL, move |z| call(z, 8));
    m.close(far).unwrap();
    assert_eq!(calling.join().unwrap(), (Err(CALL_FAILED), PEER_CLOSED));
    // The first half: no read status, and the handle comes back.
    assert_eq!(m.call(near, 0, FOR_EVER, (b"1234", &[event]), 4), (Err(PEER_CLOSED), i32::MAX));
    assert_eq!(m.call(near, 1, FOR_EVER, (b"1234", &[event]), 4), (Err(INVALID_ARGS), i32::MAX));
    assert_eq!(m.signal(event, 0, SIGNALED), Ok(()));
    let (a, b) = m.channel();
    assert_eq!(m.call(a, 0, 0, (b"1234", &[event]), 4), (Err(TIMED_OUT), i32::MAX));
    assert_eq!(m.close(event), Err(BAD_HANDLE), "it was sent");
    m.close_all(&[near, a, b]);
}

/// abi 8.5.
pub fn magentas_policy_has_its_own_numbers(z: Zx) {
    let m = z.mx();
    let job = m.job_create(z.job_default(), 0).unwrap();
    let one = |condition, policy| [MxPolicy { condition, policy }];
    assert_eq!(m.job_create(z.job_default(), 1), Err(INVALID_ARGS));
    assert_eq!(m.job_set_policy(job, 2, 0, &one(8, 1)), Err(INVALID_ARGS));
    assert_eq!(m.job_set_policy(job, 0, 1, &one(8, 1)), Err(INVALID_ARGS));
    assert_eq!(m.job_set_policy(job, 0, 0, &[]), Err(INVALID_ARGS));
    assert_eq!(m.job_set_policy(0, 0, 0, &one(8, 1)), Err(BAD_HANDLE));
    assert_eq!(m.job_set_policy(job, 0, 0, &[MxPolicy { condition: 8, policy: 0 }; 12]), Err(OUT_OF_RANGE));
    for (condition, action) in [(11, 0), (8, 2), (8, 3), (8, 4), (8, 7)] {
        assert_eq!(m.job_set_policy(job, 0, 0, &one(condition, action)), Err(NOT_SUPPORTED), "{action}");
    }
    assert_eq!(m.job_set_policy(job, 1, 0, &one(8, 5)), Ok(()));
    assert_eq!(m.job_set_policy(job, 1, 0, &one(8, 0)), Err(ALREADY_EXISTS), "it cannot be changed");
    assert_eq!(m.job_set_policy(job, 0, 0, &one(8, 0)), Ok(()));
    let still = m.replace(job, right::READ).unwrap();
    assert_eq!(m.job_create(still, 0), Err(ACCESS_DENIED));
    m.close(still).unwrap();
}

/// C1, C3: in 2017 the options came before the policy. A process of its own, whose policy it is.
pub fn magentas_policy_is_asked_after_the_options(z: Zx) {
    let m = z.mx();
    let deny = [MxPolicy { condition: 3, policy: 1 }];
    m.job_set_policy(z.job_default(), 1, 0, &deny).unwrap();
    assert_eq!((m.port_create(2), m.port_create(V1)), (Err(INVALID_ARGS), Err(ACCESS_DENIED)));
    assert_eq!((m.port_create(V2), m.event_create(0)), (Err(ACCESS_DENIED), Err(ACCESS_DENIED)));
    assert_eq!(m.channel_create(0), Err(ACCESS_DENIED));
    assert_eq!(m.eventpair_create(0), Err(ACCESS_DENIED));
}

/// Times without a sign, and the machine.
pub fn magentas_times_have_no_sign(z: Zx) {
    let m = z.mx();
    let (before, now, after) = (z.now(), m.time(0), z.now());
    assert!(before.cast_unsigned() <= now && now <= after.cast_unsigned());
    assert!(m.time(1) > 1_600_000_000_000_000_000, "since 1970");
    assert!(m.time(2) < m.time(0), "what this thread has run");
    assert_eq!(m.time(3), 0, "no clock");
    assert!(m.ticks() >= now && m.ticks_per_second() == 1_000_000_000);
    assert_eq!(m.after(u64::MAX), u64::MAX);
    assert!(m.after(1_000) >= now + 1_000);
    let deadline = m.after(2_000_000);
    assert_eq!((m.nanosleep(0), m.nanosleep(deadline)), (Ok(()), Ok(())));
    assert!(m.time(0) >= deadline);
    // Beyond what Linux's clock can say, every deadline is for ever.
    let event = m.event();
    let waiting = z.blocked(BLOCKED_WAIT_ONE, move |z| z.mx().wait_one(event, SIGNALED, 1 << 63));
    m.signal(event, 0, SIGNALED).unwrap();
    assert_eq!(waiting.join().unwrap(), (Ok(()), SIGNALED));
    assert!(m.num_cpus() > 0 && m.physmem() > 1 << 20);
    let version = m.version(64).unwrap();
    assert!(version.starts_with("portolan "), "{version}");
    assert_eq!(m.version(version.len()), Err(BUFFER_TOO_SMALL));
    assert_eq!(m.version(version.len() + 1), Ok(version));
    m.close(event).unwrap();
}
