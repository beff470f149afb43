//! Section I: making interrupts, and what cannot be done with them.

use crate::Zx;
use crate::abi::*;
use crate::subject::{Kind, Subject};

/// I1, I2: without a board.
pub fn a_line_needs_a_resource_and_a_virtual_interrupt_needs_none(z: Zx) {
    let event = z.event();
    for options in [0, 1, 4, 10, 0x40, 0x80, !VIRTUAL] {
        assert_eq!(z.interrupt_create(0, 0, options), Err(BAD_HANDLE), "{options:#x}");
        assert_eq!(z.interrupt_create(event, 0, options), Err(WRONG_TYPE), "{options:#x}");
    }
    assert_eq!(z.interrupt_create_null(0, 0, 0), Err(BAD_HANDLE), "before the pointer");
    for (resource, vector) in [(0, 0), (event, 77), (0x7fff_ffff, u32::MAX)] {
        for options in [VIRTUAL, VIRTUAL | 0x40] {
            z.close(z.interrupt_create(resource, vector, options).unwrap()).unwrap();
        }
    }
    for options in [VIRTUAL | 1, VIRTUAL | 2, VIRTUAL | 0x80, VIRTUAL | 0x20 | 0xE, u32::MAX] {
        assert_eq!(z.interrupt_create(0, 0, options), Err(INVALID_ARGS), "{options:#x}");
    }
    assert_eq!(z.interrupt_create(0, 0, VIRTUAL | 0x20), Err(BAD_HANDLE), "a wake vector wants a resource");
    assert_eq!(z.interrupt_create_null(0, 0, VIRTUAL), Err(INVALID_ARGS));
    z.close(event).unwrap();
}

/// I1, I3, I4, A9: on a board.
pub fn the_options_of_a_line_are_checked_after_its_number(z: Zx, resource: u32) {
    assert_eq!(z.interrupt_create(resource, 32, !VIRTUAL), Err(OUT_OF_RANGE));
    assert_eq!(z.interrupt_create(resource, u32::MAX, 0), Err(OUT_OF_RANGE));
    for options in [0x80, 10, 12, 14, 0x3E, 0x8000_0000] {
        assert_eq!(z.interrupt_create(resource, 30, options), Err(INVALID_ARGS), "{options:#x}");
    }
    for options in [0, 1, 2, 4, 6, 8, 0x20, 0x40, 0x61] {
        let interrupt = z.interrupt_create(resource, 30, options).unwrap_or_else(|status| {
            panic!("{options:#x}: {status}");
        });
        z.close(interrupt).unwrap();
    }
    let wake = z.interrupt_create(resource, 0, VIRTUAL | 0x20).unwrap();
    z.close(wake).unwrap();
    assert_eq!(z.interrupt_create_null(resource, 30, 0), Err(INVALID_ARGS));
    z.close(z.interrupt_create(resource, 30, 0).expect("the failed one has let go of the line")).unwrap();
}

/// I3, I5.
pub fn a_line_that_is_taken_is_left_alone(z: Zx, resource: u32) {
    let (port, interrupt) = (z.port(), Subject::new(z, Kind::Line { resource }));
    interrupt.bind(port, 5);
    let taken = (0..32).filter(|line| match z.interrupt_create(resource, *line, 4) {
        Ok(other) => {
            z.close(other).unwrap();
            false
        }
        Err(status) => {
            assert_eq!(status, ALREADY_BOUND);
            true
        }
    });
    assert_eq!(taken.count(), 1);
    let when = interrupt.fire();
    interrupt.expect(port, 5, when);
    interrupt.close();
    z.close(port).unwrap();
}

/// I6.
pub fn a_new_interrupt_is_idle_and_only_a_virtual_one_has_untriggered(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    let expected = if interrupt.is_virtual() { UNTRIGGERED } else { 0 };
    assert_eq!(z.signals(interrupt.handle), expected);
    z.signal(interrupt.handle, 0, USER_0).unwrap();
    assert_eq!(z.signals(interrupt.handle), expected | USER_0, "user signals work on all");
    assert_eq!(z.signal(interrupt.handle, 0, UNTRIGGERED), Err(INVALID_ARGS));
    interrupt.bind(port, 1);
    z.assert_empty(port);
    interrupt.ack();
    z.assert_empty(port);
    interrupt.close();
    z.close(port).unwrap();
}

/// I7.
pub fn bind_checks_options_interrupt_port_and_then_its_state(z: Zx, kind: Kind) {
    let (port, plain, event) = (z.port(), z.port_create(0).unwrap(), z.event());
    let interrupt = Subject::new(z, kind);
    let handle = interrupt.handle;
    let poor = z.duplicate(handle, right::WRITE | right::SIGNAL | right::WAIT).unwrap();
    let reader = z.duplicate(port, right::READ).unwrap();
    for options in [0, 1] {
        let bind = |interrupt, port| z.interrupt_bind(interrupt, port, 1, options);
        assert_eq!(bind(0, 0), Err(BAD_HANDLE));
        assert_eq!(bind(event, 0), Err(WRONG_TYPE), "the interrupt before the port");
        assert_eq!(bind(poor, 0), Err(ACCESS_DENIED), "needs READ");
        assert_eq!(bind(handle, 0), Err(BAD_HANDLE));
        assert_eq!(bind(handle, event), Err(WRONG_TYPE));
        assert_eq!(bind(handle, reader), Err(ACCESS_DENIED), "needs WRITE");
        assert_eq!(bind(handle, plain), Err(WRONG_TYPE));
    }
    for options in [2, 3, u32::MAX] {
        assert_eq!(z.interrupt_bind(0, 0, 1, options), Err(INVALID_ARGS));
    }
    let thread = z.blocked(BLOCKED_INTERRUPT, move |z| z.interrupt_wait(handle));
    // A thread is about to wait a moment before the interrupt knows.
    let mut bound = z.interrupt_bind(handle, port, 1, BIND);
    while bound == Ok(()) {
        interrupt.unbind(port);
        bound = z.interrupt_bind(handle, port, 1, BIND);
    }
    assert_eq!(bound, Err(BAD_STATE), "a thread waits");
    let when = interrupt.fire();
    assert!(when.is(thread.join().unwrap().unwrap()));
    interrupt.bind(port, 1);
    for other in [port, z.port()] {
        assert_eq!(z.interrupt_bind(handle, other, 1, BIND), Err(ALREADY_BOUND));
    }
    z.close_many(&[handle, poor, port, plain, event, reader]).unwrap();
}

/// I13.
pub fn trigger_checks_options_handle_kind_and_state(z: Zx) {
    let (event, interrupt) = (z.event(), z.interrupt_create(0, 0, VIRTUAL).unwrap());
    let poor = z.duplicate(interrupt, right::READ | right::WRITE).unwrap();
    assert_eq!(z.interrupt_trigger(0, 1, 1), Err(INVALID_ARGS), "the options before the handle");
    assert_eq!(z.interrupt_trigger(0, 0, 1), Err(BAD_HANDLE));
    assert_eq!(z.interrupt_trigger(event, 0, 1), Err(WRONG_TYPE));
    assert_eq!(z.interrupt_trigger(poor, 0, 1), Err(ACCESS_DENIED));
    assert_eq!(z.interrupt_trigger(interrupt, 0, 1), Ok(()));
    z.interrupt_destroy(interrupt).unwrap();
    assert_eq!(z.interrupt_trigger(interrupt, 0, 1), Err(CANCELED));
    z.close_many(&[event, interrupt, poor]).unwrap();
}

/// I13: of a line.
pub fn a_line_cannot_be_triggered_by_a_program(z: Zx, resource: u32) {
    let interrupt = Subject::new(z, Kind::Line { resource });
    assert_eq!(z.interrupt_trigger(interrupt.handle, 0, 1), Err(BAD_STATE));
    z.interrupt_destroy(interrupt.handle).unwrap();
    assert_eq!(z.interrupt_trigger(interrupt.handle, 0, 1), Err(BAD_STATE), "before destroyed");
    interrupt.close();
}

/// I18, I22, I25: the order of errors.
pub fn ack_wait_and_destroy_check_handle_type_right_and_binding(z: Zx, kind: Kind) {
    let (port, event, interrupt) = (z.port(), z.event(), Subject::new(z, kind));
    let handle = interrupt.handle;
    let none = z.duplicate(handle, 0).unwrap();
    assert_eq!(z.interrupt_ack(0), Err(BAD_HANDLE));
    assert_eq!(z.interrupt_ack(event), Err(WRONG_TYPE));
    assert_eq!(z.interrupt_ack(none), Err(ACCESS_DENIED));
    assert_eq!(z.interrupt_ack(handle), Err(BAD_STATE), "I18: not bound");
    assert_eq!(z.interrupt_wait(0), Err(BAD_HANDLE));
    assert_eq!(z.interrupt_wait(event), Err(WRONG_TYPE));
    assert_eq!(z.interrupt_wait(none), Err(ACCESS_DENIED));
    interrupt.bind(port, 1);
    assert_eq!(z.interrupt_wait(handle), Err(BAD_STATE), "I22: bound");
    assert_eq!(z.interrupt_destroy(0), Err(BAD_HANDLE));
    assert_eq!(z.interrupt_destroy(event), Err(WRONG_TYPE));
    assert_eq!(z.interrupt_destroy(none), Ok(()), "I25: no right is needed");
    assert_eq!(z.interrupt_ack(handle), Err(CANCELED));
    assert_eq!(z.interrupt_wait(handle), Err(BAD_STATE), "I22: bound, even if destroyed");
    z.close_many(&[port, event, handle, none]).unwrap();
}
