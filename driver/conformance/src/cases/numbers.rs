//! Section A: numbers, rights, types, handle values.

use crate::Zx;
use crate::abi::*;

/// A1.
pub fn statuses_have_their_numbers_and_names(z: Zx) {
    let names = [
        (0, "ZX_OK"),
        (-1, "ZX_ERR_INTERNAL"),
        (-2, "ZX_ERR_NOT_SUPPORTED"),
        (-3, "ZX_ERR_NO_RESOURCES"),
        (-4, "ZX_ERR_NO_MEMORY"),
        (-10, "ZX_ERR_INVALID_ARGS"),
        (-11, "ZX_ERR_BAD_HANDLE"),
        (-12, "ZX_ERR_WRONG_TYPE"),
        (-13, "ZX_ERR_BAD_SYSCALL"),
        (-14, "ZX_ERR_OUT_OF_RANGE"),
        (-15, "ZX_ERR_BUFFER_TOO_SMALL"),
        (-20, "ZX_ERR_BAD_STATE"),
        (-21, "ZX_ERR_TIMED_OUT"),
        (-22, "ZX_ERR_SHOULD_WAIT"),
        (-23, "ZX_ERR_CANCELED"),
        (-24, "ZX_ERR_PEER_CLOSED"),
        (-25, "ZX_ERR_NOT_FOUND"),
        (-26, "ZX_ERR_ALREADY_EXISTS"),
        (-27, "ZX_ERR_ALREADY_BOUND"),
        (-28, "ZX_ERR_UNAVAILABLE"),
        (-30, "ZX_ERR_ACCESS_DENIED"),
        (-40, "ZX_ERR_IO"),
        (7, "(UNKNOWN)"),
        (-502, "(UNKNOWN)"),
    ];
    for (number, name) in names {
        assert_eq!(z.status_name(number), name, "{number}");
    }
}

/// A2, A3, A4.
pub fn first_handles_have_their_types_rights_and_koids(z: Zx) {
    let (a, b) = z.eventpair_create(0).unwrap();
    let (c, d) = z.channel();
    let handles = [
        (z.port(), 6, 0x800F),
        (z.interrupt_create(0, 0, VIRTUAL).unwrap(), 9, 0xD00F),
        (z.event(), 5, 0xD003),
        (a, 16, 0xF003),
        (b, 16, 0xF003),
        (z.timer_create(0, 0).unwrap(), 22, 0xD00B),
        (c, 4, 0xF00E),
        (d, 4, 0xF00E),
        (z.job_create(z.job_default(), 0).unwrap(), 17, 0x7_DFCF),
        (z.duplicate(z.thread_self(), right::SAME).unwrap(), 2, 0x4_D2CF),
        (z.duplicate(z.process_self(), right::SAME).unwrap(), 1, 0x6_D3CF),
    ];
    let mut koids = Vec::new();
    for (handle, kind, rights) in handles {
        let info = z.basic(handle).unwrap();
        assert_eq!((info.kind, info.rights), (kind, rights), "type {kind}: {:#x}", info.rights);
        assert!(info.koid >= 1024 && !koids.contains(&info.koid), "koid {}", info.koid);
        koids.push(info.koid);
    }
    assert_eq!(z.basic(a).unwrap().related_koid, z.basic(b).unwrap().koid);
    assert_eq!(z.basic(d).unwrap().related_koid, z.basic(c).unwrap().koid);
    z.close_many(&handles.map(|(handle, ..)| handle)).unwrap();
}

/// A3, A4, of a board and a line.
pub fn a_line_has_the_rights_of_an_interrupt(z: Zx, resource: u32) {
    let info = z.basic(resource).unwrap();
    assert_eq!((info.kind, info.rights), (15, 0x800B));
    let line = z.interrupt_create(resource, 31, 0).unwrap();
    let info = z.basic(line).unwrap();
    assert_eq!((info.kind, info.rights), (9, 0xD00F));
    z.close(line).unwrap();
}

/// A5.
pub fn signals_have_their_bits(z: Zx) {
    let (event, (a, b), (c, d)) = (z.event(), z.eventpair_create(0).unwrap(), z.channel());
    let interrupt = z.interrupt_create(0, 0, VIRTUAL).unwrap();
    assert_eq!(z.signals(event), 0);
    z.signal(event, 0, SIGNALED | 0xff00_0000).unwrap();
    assert_eq!(z.signals(event), 0xff00_0008);
    assert_eq!(z.signals(c), 0b10, "writable");
    z.channel_write(d, b"x", &[]).unwrap();
    assert_eq!(z.signals(c), 0b11, "and readable");
    z.close_many(&[d, b]).unwrap();
    assert_eq!(z.signals(c), 0b101, "not writable, and the peer closed");
    assert_eq!(z.signals(a), 0b100);
    assert_eq!(z.signals(interrupt), 1 << 4);
    z.close_many(&[a, c, event, interrupt]).unwrap();
}

/// A6.
pub fn handles_have_their_low_bits_set_and_a_closed_one_is_not_taken_for_another(z: Zx) {
    let mut closed = Vec::new();
    for _ in 0..2000 {
        let event = z.event();
        assert_eq!(event & 3, 3, "{event:#x}");
        assert_eq!(event >> 31, 0, "a handle is positive as an int32_t: {event:#x}");
        assert!(!closed.contains(&event));
        z.close(event).unwrap();
        closed.push(event);
    }
    let event = z.event();
    for handle in closed {
        assert_eq!(z.check_valid(handle), Err(BAD_HANDLE));
    }
    for bit in 0..32 {
        assert_eq!(z.check_valid(event ^ (1 << bit)), Err(BAD_HANDLE), "bit {bit}");
    }
    z.close(event).unwrap();
}

/// A7, A8, A10: the values of options are those that the calls take.
pub fn options_have_their_values(z: Zx) {
    let (port, event) = (z.port_create(1).unwrap(), z.event());
    let interrupt = z.interrupt_create(0, 0, VIRTUAL).unwrap();
    assert_eq!(z.interrupt_bind(interrupt, port, 1, 0), Ok(()), "0 binds");
    assert_eq!(z.interrupt_bind(interrupt, port, 1, 1), Ok(()), "1 unbinds");
    z.signal(event, 0, USER_0).unwrap();
    z.wait_async(event, port, 0, USER_0, 0).unwrap();
    z.wait_async(event, port, 1, USER_0, 1).unwrap();
    assert_eq!(z.poll(port).unwrap().signal_time(), 0);
    assert_ne!(z.poll(port).unwrap().signal_time(), 0);
    z.wait_async(event, port, 2, USER_0, 2).unwrap();
    z.assert_empty(port);
    z.close_many(&[port, event, interrupt]).unwrap();
}

/// A11.
pub fn clocks_and_slack_modes_have_their_numbers(z: Zx) {
    for (clock, now) in [(0, z.now()), (1, z.boot())] {
        for mode in 0..3 {
            let timer = z.timer_create(mode, clock).unwrap();
            let deadline = now + 3_600_000_000_000;
            z.timer_set(timer, deadline, 5).unwrap();
            let info: TimerInfo = z.info(timer, 25).unwrap();
            assert_eq!(info, TimerInfo { options: mode, clock_id: clock, deadline, slack: 5 });
            z.close(timer).unwrap();
        }
    }
    assert_eq!(z.timer_create(0, 2), Err(INVALID_ARGS));
    assert!(z.ticks_per_second() > 0 && z.ticks() > 0);
    assert_eq!(z.after(i64::MAX), i64::MAX, "it saturates");
}
