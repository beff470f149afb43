//! Section I: what interrupts do, on virtual interrupts and on lines.

use crate::Zx;
use crate::abi::*;
use crate::subject::{Kind, Subject};

/// I8.
pub fn binding_a_triggered_interrupt_queues_its_packet(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    let first = interrupt.fire();
    interrupt.fire();
    interrupt.bind(port, 3);
    interrupt.expect(port, 3, first);
    z.assert_empty(port);
    let pending = interrupt.fire();
    z.assert_empty(port);
    interrupt.ack();
    interrupt.expect(port, 3, pending);
    interrupt.close();
    z.close(port).unwrap();
}

/// I9.
pub fn unbind_wants_the_bound_port(z: Zx, kind: Kind) {
    let (port, other, interrupt) = (z.port(), z.port(), Subject::new(z, kind));
    let unbind = |port, key| z.interrupt_bind(interrupt.handle, port, key, UNBIND);
    assert_eq!(unbind(port, 1), Err(NOT_FOUND), "not bound");
    interrupt.bind(port, 1);
    assert_eq!(unbind(other, 1), Err(NOT_FOUND));
    assert_eq!(unbind(port, 999), Ok(()), "the key does not matter");
    assert_eq!(unbind(port, 1), Err(NOT_FOUND));
    interrupt.bind(port, 1);
    z.interrupt_destroy(interrupt.handle).unwrap();
    assert_eq!(unbind(other, 1), Err(NOT_FOUND), "before destroyed");
    assert_eq!(unbind(port, 1), Err(CANCELED));
    interrupt.close();
    z.close_many(&[port, other]).unwrap();
}

/// I10.
pub fn an_unread_packet_goes_back_to_its_interrupt_when_that_is_unbound(z: Zx, kind: Kind) {
    let (port, other, interrupt) = (z.port(), z.port(), Subject::new(z, kind));
    interrupt.bind(port, 1);
    let first = interrupt.fire();
    interrupt.fire();
    interrupt.unbind(port);
    z.assert_empty(port);
    interrupt.bind(other, 2);
    interrupt.expect(other, 2, first);
    interrupt.ack();
    z.assert_empty(other);
    let third = interrupt.fire();
    interrupt.unbind(other);
    assert!(third.is(z.interrupt_wait(interrupt.handle).unwrap()), "or a wait gets it");
    interrupt.close();
    z.close_many(&[port, other]).unwrap();
}

/// I11.
pub fn a_read_packet_is_still_to_be_acknowledged_after_unbind(z: Zx, kind: Kind) {
    let (port, other, interrupt) = (z.port(), z.port(), Subject::new(z, kind));
    interrupt.bind(port, 1);
    let first = interrupt.fire();
    interrupt.expect(port, 1, first);
    interrupt.unbind(port);
    let second = interrupt.fire();
    interrupt.bind(other, 2);
    z.assert_empty(other);
    interrupt.ack();
    interrupt.expect(other, 2, second);
    interrupt.close();
    z.close_many(&[port, other]).unwrap();
}

/// I12.
pub fn a_port_takes_any_number_of_interrupts(z: Zx, kind: Kind) {
    let port = z.port();
    let interrupts: Vec<_> = (0..8).map(|_| Subject::new(z, kind)).collect();
    interrupts.iter().zip(0..).for_each(|(interrupt, key)| interrupt.bind(port, key));
    let fired: Vec<_> = interrupts.iter().map(Subject::fire).collect();
    for ((interrupt, key), when) in interrupts.iter().zip(0..).zip(fired) {
        interrupt.expect(port, key, when);
    }
    interrupts.into_iter().for_each(Subject::close);
    z.close(port).unwrap();
}

/// I14.
pub fn three_triggers_give_two_packets(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    interrupt.bind(port, 1);
    let fired = [interrupt.fire(), interrupt.fire(), interrupt.fire()];
    interrupt.expect(port, 1, fired[0]);
    z.assert_empty(port);
    interrupt.ack();
    interrupt.expect(port, 1, fired[1]);
    interrupt.ack();
    z.assert_empty(port);
    interrupt.close();
    z.close(port).unwrap();
}

/// I15.
pub fn two_triggers_before_a_wait_give_one_return(z: Zx, kind: Kind) {
    let interrupt = Subject::new(z, kind);
    let first = interrupt.fire();
    interrupt.fire();
    assert!(first.is(z.interrupt_wait(interrupt.handle).unwrap()));
    let thread = z.blocked(BLOCKED_INTERRUPT, move |z| z.interrupt_wait(interrupt.handle));
    // The wait acknowledges; whatever the thread does first, it sees this trigger.
    let third = interrupt.fire();
    assert!(third.is(thread.join().unwrap().unwrap()));
    interrupt.close();
}

/// I14, I16: whatever the time stamp is.
pub fn a_virtual_interrupt_passes_its_time_stamp_on_and_zero_is_none(z: Zx) {
    let (port, interrupt) = (z.port(), z.interrupt_create(0, 0, VIRTUAL).unwrap());
    z.interrupt_bind(interrupt, port, 1, BIND).unwrap();
    for timestamp in [-5, i64::MIN, i64::MAX, 0] {
        z.interrupt_trigger(interrupt, 0, timestamp).unwrap();
        assert_eq!(z.poll(port).unwrap().interrupt_time(), timestamp);
        z.interrupt_ack(interrupt).unwrap();
    }
    z.interrupt_trigger(interrupt, 0, 1).unwrap();
    z.interrupt_trigger(interrupt, 0, 0).unwrap();
    z.poll(port).unwrap();
    z.interrupt_ack(interrupt).unwrap();
    z.assert_empty(port);
    z.interrupt_bind(interrupt, port, 1, UNBIND).unwrap();
    let thread = z.blocked(BLOCKED_INTERRUPT, move |z| z.interrupt_wait(interrupt));
    z.interrupt_trigger(interrupt, 0, 0).unwrap();
    assert_eq!(thread.join().unwrap(), Ok(0), "with a waiter it is delivered");
    z.close_many(&[port, interrupt]).unwrap();
}

/// I17, I19.
pub fn ack_queues_what_is_pending_or_makes_idle_and_may_be_repeated(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    interrupt.bind(port, 1);
    interrupt.ack();
    let first = interrupt.fire();
    interrupt.expect(port, 1, first);
    let second = interrupt.fire();
    z.assert_empty(port);
    interrupt.ack();
    interrupt.expect(port, 1, second);
    interrupt.fire();
    interrupt.ack();
    assert_eq!(z.poll(port).unwrap().key, 1, "it needed an acknowledge still");
    interrupt.ack();
    interrupt.ack();
    interrupt.ack();
    z.assert_empty(port);
    let last = interrupt.fire();
    interrupt.expect(port, 1, last);
    interrupt.close();
    z.close(port).unwrap();
}

/// I20 a.
pub fn ack_before_the_read_loses_the_next_trigger(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    interrupt.bind(port, 1);
    let first = interrupt.fire();
    interrupt.ack();
    interrupt.fire();
    interrupt.expect(port, 1, first);
    z.assert_empty(port);
    interrupt.ack();
    z.assert_empty(port);
    let last = interrupt.fire();
    interrupt.expect(port, 1, last);
    interrupt.close();
    z.close(port).unwrap();
}

/// I20 b.
pub fn ack_before_the_read_with_a_trigger_pending_fails_and_drops_it(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    interrupt.bind(port, 1);
    let first = interrupt.fire();
    interrupt.fire();
    assert_eq!(z.interrupt_ack(interrupt.handle), Err(BAD_STATE));
    interrupt.expect(port, 1, first);
    // It needs an acknowledge still, with nothing pending.
    let again = interrupt.fire();
    z.assert_empty(port);
    interrupt.ack();
    interrupt.expect(port, 1, again);
    interrupt.ack();
    z.assert_empty(port);
    let last = interrupt.fire();
    interrupt.expect(port, 1, last);
    interrupt.close();
    z.close(port).unwrap();
}

/// I22, I23.
pub fn one_thread_waits_and_the_next_wait_acknowledges(z: Zx, kind: Kind) {
    let interrupt = Subject::new(z, kind);
    let first = interrupt.fire();
    assert!(first.is(z.interrupt_wait(interrupt.handle).unwrap()), "triggered: at once");
    let pending = interrupt.fire();
    interrupt.fire();
    assert!(pending.is(z.interrupt_wait(interrupt.handle).unwrap()), "pending: at once");
    let thread = z.blocked(BLOCKED_INTERRUPT, move |z| z.interrupt_wait_null(interrupt.handle));
    let (port, deadline) = (z.port(), z.after(10_000_000_000));
    // The thread is about to wait a moment before the interrupt knows; a bind tells when it does.
    while z.interrupt_bind(interrupt.handle, port, 1, BIND) != Err(BAD_STATE) {
        interrupt.unbind(port);
        assert!(z.now() < deadline);
    }
    assert_eq!(z.interrupt_wait(interrupt.handle), Err(BAD_STATE), "another thread waits");
    interrupt.fire();
    assert_eq!(thread.join().unwrap(), Ok(()), "NULL is allowed");
    interrupt.close();
    z.close(port).unwrap();
}

/// I24.
pub fn destroy_wakes_the_waiter(z: Zx, kind: Kind) {
    let interrupt = Subject::new(z, kind);
    let thread = z.blocked(BLOCKED_INTERRUPT, move |z| z.interrupt_wait(interrupt.handle));
    assert_eq!(z.interrupt_destroy(interrupt.handle), Ok(()));
    assert_eq!(thread.join().unwrap(), Err(CANCELED));
    let other = Subject::new(z, kind);
    let thread = z.blocked(BLOCKED_INTERRUPT, move |z| z.interrupt_wait(other.handle));
    other.close();
    assert_eq!(thread.join().unwrap(), Err(CANCELED), "I28: so does the last close");
    interrupt.close();
}

/// I26, I27.
pub fn destroy_takes_the_unread_packet_and_says_when_one_was_read(z: Zx, kind: Kind) {
    let port = z.port();
    let unread = Subject::new(z, kind);
    unread.bind(port, 1);
    unread.fire();
    assert_eq!(z.interrupt_destroy(unread.handle), Ok(()));
    z.assert_empty(port);

    let read = Subject::new(z, kind);
    read.bind(port, 2);
    let when = read.fire();
    read.expect(port, 2, when);
    assert_eq!(z.interrupt_destroy(read.handle), Err(NOT_FOUND), "not acknowledged");
    assert_eq!(z.interrupt_destroy(read.handle), Ok(()), "it was destroyed nevertheless");

    let unbound = Subject::new(z, kind);
    unbound.fire();
    assert_eq!(z.interrupt_destroy(unbound.handle), Ok(()));
    for (interrupt, bound) in [(read, true), (unbound, false)] {
        let handle = interrupt.handle;
        interrupt.fire_destroyed();
        let (if_bound, if_unbound) = (Err(CANCELED), Err(BAD_STATE));
        assert_eq!(z.interrupt_ack(handle), if bound { if_bound } else { if_unbound });
        assert_eq!(z.interrupt_bind(handle, port, 1, BIND), Err(CANCELED));
        let unbind = z.interrupt_bind(handle, port, 1, UNBIND);
        assert_eq!(unbind, if bound { Err(CANCELED) } else { Err(NOT_FOUND) });
        assert_eq!(z.interrupt_wait(handle), if bound { Err(BAD_STATE) } else { Err(CANCELED) });
        z.assert_empty(port);
    }
    z.close_many(&[port, unread.handle, read.handle, unbound.handle]).unwrap();
}

/// I28.
pub fn closing_the_last_handle_drops_the_packet(z: Zx, kind: Kind) {
    let (port, interrupt) = (z.port(), Subject::new(z, kind));
    interrupt.bind(port, 1);
    interrupt.fire();
    let same = interrupt.by(z.duplicate(interrupt.handle, right::SAME).unwrap());
    interrupt.close();
    let packet = z.poll(port).unwrap();
    assert_eq!(packet.key, 1, "not the last handle");
    same.ack();
    same.fire();
    same.close();
    z.assert_empty(port);
    z.close(port).unwrap();
}

/// I30.
pub fn untriggered_is_cleared_by_triggers_and_set_by_what_acknowledges(z: Zx) {
    let (port, interrupt) = (z.port(), z.interrupt_create(0, 0, VIRTUAL).unwrap());
    let untriggered = || z.signals(interrupt) == UNTRIGGERED;
    assert!(untriggered());
    z.interrupt_bind(interrupt, port, 1, BIND).unwrap();
    assert!(untriggered(), "bind changes nothing");
    z.interrupt_trigger(interrupt, 0, 1).unwrap();
    assert!(!untriggered());
    assert_eq!(z.interrupt_trigger(interrupt, 1, 1), Err(INVALID_ARGS));
    z.poll(port).unwrap();
    assert!(!untriggered(), "reading changes nothing");
    z.interrupt_trigger(interrupt, 0, 2).unwrap();
    z.wait_async(interrupt, port, 7, UNTRIGGERED, 0).unwrap();
    z.interrupt_ack(interrupt).unwrap();
    assert_eq!(z.poll(port).unwrap().interrupt_time(), 2);
    let packet = z.poll(port).expect("the acknowledge strobed it");
    assert_eq!((packet.key, packet.observed()), (7, UNTRIGGERED), "what is strobed is observed");
    assert!(!untriggered(), "but it ends up clear");
    z.interrupt_ack(interrupt).unwrap();
    assert!(untriggered(), "fully acknowledged");
    z.interrupt_trigger(interrupt, 0, 3).unwrap();
    z.interrupt_bind(interrupt, port, 1, UNBIND).unwrap();
    assert!(!untriggered(), "unbind changes nothing");
    assert_eq!(z.interrupt_wait(interrupt), Ok(3));
    assert!(!untriggered(), "that wait did not block");
    let thread = z.blocked(BLOCKED_INTERRUPT, move |z| z.interrupt_wait(interrupt));
    assert!(untriggered(), "this one does");
    z.interrupt_trigger(interrupt, 0, 4).unwrap();
    assert!(!untriggered());
    thread.join().unwrap().unwrap();
    z.interrupt_destroy(interrupt).unwrap();
    assert!(untriggered(), "I28: nobody hangs on it");
    z.close_many(&[port, interrupt]).unwrap();
}
