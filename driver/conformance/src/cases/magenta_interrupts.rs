//! Section L: Magenta's interrupts, on lines of the simulated board.

use crate::Zx;
use crate::abi::*;
use crate::mx::Mx;
use crate::subject::SETTLED;

/// The line of these cases.
const LINE: u32 = 17;

fn interrupt(m: Mx, resource: u32) -> u32 {
    m.interrupt_create(resource, LINE, 1).expect("an interrupt")
}

/// An edge, which is on the board when this returns.
fn edge(z: Zx, resource: u32) {
    z.board_fire(resource, LINE).expect("the line is there");
    z.settle(resource, SETTLED);
}

/// L11, A3.
pub fn an_interrupt_of_magenta_is_a_handle_or_a_negative_status(z: Zx, resource: u32) {
    let m = z.mx();
    let event = m.event();
    assert_eq!(m.interrupt_create(0, LINE, 0), Err(BAD_HANDLE));
    assert_eq!(m.interrupt_create(event, LINE, 0), Err(WRONG_TYPE));
    assert_eq!(m.interrupt_create(resource, 32, 0), Err(INVALID_ARGS));
    // Of the options only one means anything, and Magenta looked at no other.
    let line = m.interrupt_create(resource, LINE, 0xFF).unwrap();
    assert_eq!(m.interrupt_create(resource, LINE, 0), Err(ALREADY_EXISTS));
    assert_eq!(z.interrupt_create(resource, LINE, 4), Err(ALREADY_BOUND), "Zircon's name for it");
    let info = m.basic(line).unwrap();
    assert_eq!((info.kind, info.rights, info.reserved), (9, 0xE, 0));
    assert_eq!(m.duplicate(line, right::SAME), Err(ACCESS_DENIED));
    // It has no signals, and no port; Zircon's calls do not know it, nor Magenta's Zircon's.
    assert_eq!(m.wait_one(line, 1, 0).0, Err(NOT_SUPPORTED));
    let (port, zircons) = (z.port(), z.interrupt_create(0, 0, VIRTUAL).unwrap());
    assert_eq!(z.interrupt_bind(line, port, 1, BIND), Err(WRONG_TYPE));
    assert_eq!((z.interrupt_ack(line), z.interrupt_destroy(line)), (Err(WRONG_TYPE), Err(WRONG_TYPE)));
    for handle in [event, zircons] {
        assert_eq!(m.interrupt_wait(handle), Err(WRONG_TYPE));
        assert_eq!(m.interrupt_complete(handle), Err(WRONG_TYPE));
        assert_eq!(m.interrupt_signal(handle), Err(WRONG_TYPE));
    }
    assert_eq!((m.interrupt_wait(0), m.interrupt_complete(0)), (Err(BAD_HANDLE), Err(BAD_HANDLE)));
    // No right is asked for.
    let powerless = m.replace(line, 0).unwrap();
    assert_eq!((m.interrupt_signal(powerless), m.interrupt_wait(powerless)), (Ok(()), Ok(())));
    assert_eq!(m.interrupt_complete(powerless), Ok(()));
    m.close(powerless).unwrap();
    let again = interrupt(m, resource);
    m.close_all(&[again, event]);
    z.close_many(&[port, zircons]).unwrap();
}

/// L11.
pub fn an_interrupt_of_magenta_stays_set_until_it_is_completed(z: Zx, resource: u32) {
    let m = z.mx();
    let line = interrupt(m, resource);
    edge(z, resource);
    (0..3).for_each(|_| assert_eq!(m.interrupt_wait(line), Ok(())));
    // Masked: what comes now is kept, once.
    (0..3).for_each(|_| edge(z, resource));
    assert_eq!(m.interrupt_complete(line), Ok(()));
    assert_eq!(m.interrupt_wait(line), Ok(()));
    assert_eq!(m.interrupt_complete(line), Ok(()));
    let waiting = z.blocked(BLOCKED_INTERRUPT, move |z| z.mx().interrupt_wait(line));
    edge(z, resource);
    assert_eq!(waiting.join().unwrap(), Ok(()));
    // An edge that nobody waited for is completed, too.
    assert_eq!(m.interrupt_complete(line), Ok(()));
    edge(z, resource);
    assert_eq!(m.interrupt_complete(line), Ok(()));
    let waiting = z.blocked(BLOCKED_INTERRUPT, move |z| z.mx().interrupt_wait(line));
    m.close(line).unwrap();
    assert_eq!(waiting.join().unwrap(), Err(CANCELED));
}

/// L11.
pub fn signaling_an_interrupt_of_magenta_is_as_if_its_line_had_risen(z: Zx, resource: u32) {
    let m = z.mx();
    let line = interrupt(m, resource);
    // Any number of threads.
    for by_line in [false, true] {
        let waiting: Vec<_> =
            (0..3).map(|_| z.blocked(BLOCKED_INTERRUPT, move |z| z.mx().interrupt_wait(line))).collect();
        match by_line {
            true => edge(z, resource),
            false => m.interrupt_signal(line).unwrap(),
        }
        waiting.into_iter().for_each(|waiting| assert_eq!(waiting.join().unwrap(), Ok(()), "not CANCELED"));
        assert_eq!(m.interrupt_wait(line), Ok(()), "it stays set");
        assert_eq!(m.interrupt_complete(line), Ok(()));
    }
    // Before the wait, and twice: the event is set once.
    (0..2).for_each(|_| m.interrupt_signal(line).unwrap());
    assert_eq!(m.interrupt_wait(line), Ok(()));
    // The line is masked by it, too: an edge is kept until it is completed.
    edge(z, resource);
    assert_eq!(m.interrupt_complete(line), Ok(()));
    assert_eq!(m.interrupt_wait(line), Ok(()));
    assert_eq!(m.interrupt_complete(line), Ok(()));
    // An edge before the signal had set the event already: both are completed at once.
    edge(z, resource);
    m.interrupt_signal(line).unwrap();
    assert_eq!(m.interrupt_complete(line), Ok(()));
    let waiting = z.blocked(BLOCKED_INTERRUPT, move |z| z.mx().interrupt_wait(line));
    edge(z, resource);
    assert_eq!(waiting.join().unwrap(), Ok(()));
    m.close(line).unwrap();
}
