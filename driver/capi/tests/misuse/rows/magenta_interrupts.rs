//! mx_interrupt_*: lines of boards as events (L11). No right is asked.

use portolan_conformance::abi::*;

use super::LINES;
use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::pool::{Known, kind, magenta_rights};

pub fn mx_interrupt_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let resource = f.handle(Some(kind::RESOURCE), 0);
    let vector = if f.dice.one_in(8) { f.dice.number32() } else { f.dice.below(4) as u32 };
    f.gate.must_if(vector >= LINES, INVALID_ARGS);
    f.gate.may(&[ALREADY_EXISTS]);
    // Nobody looks at them.
    let options = f.dice.number32();
    let answer = c!(mx_interrupt_create(resource.raw, vector, options));
    assert_ne!(answer, 0, "a handle, or a status");
    if answer < 0 {
        return Some(answer);
    }
    let of = kind::INTERRUPT_EVENT;
    f.add(Known::live(answer as u32, of, magenta_rights(of)));
    Some(OK)
}

pub fn mx_interrupt_complete(f: &mut Fuzzer<'_>) -> Option<i32> {
    let interrupt = f.handle(Some(kind::INTERRUPT_EVENT), 0);
    Some(c!(mx_interrupt_complete(interrupt.raw)))
}

pub fn mx_interrupt_signal(f: &mut Fuzzer<'_>) -> Option<i32> {
    let interrupt = f.handle(Some(kind::INTERRUPT_EVENT), 0);
    Some(c!(mx_interrupt_signal(interrupt.raw)))
}

/// There is no deadline, and no second handle of such an interrupt: the watch signals it by the only one, and if that has
/// been sent away or replaced, lets the lines rise.
pub fn mx_interrupt_wait(f: &mut Fuzzer<'_>) -> Option<i32> {
    let interrupt = f.handle(Some(kind::INTERRUPT_EVENT), 0);
    f.gate.may(&[CANCELED]);
    f.station.ask_for_help(interrupt.raw);
    let status = c!(mx_interrupt_wait(interrupt.raw));
    f.station.was_helped();
    Some(status)
}
