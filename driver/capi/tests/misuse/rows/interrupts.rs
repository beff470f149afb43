//! zx_interrupt_*.

use portolan_conformance::abi::*;

use super::LINES;
use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::pool::{Known, kind};

const REMAP: u32 = 1;
const MODES: u32 = 0xE;
const WAKE: u32 = 0x20;
const MONO: u32 = 0x40;

/// What the options and the resource of a virtual interrupt lead to (I2).
fn of_virtual(f: &mut Fuzzer<'_>, resource: Known, options: u32) {
    match options & !(VIRTUAL | MONO) {
        0 => {}
        WAKE if resource.stale || !resource.is_guess() && resource.kind != kind::RESOURCE => {
            f.gate.must(BAD_HANDLE)
        }
        WAKE => f.gate.may(&[BAD_HANDLE]),
        _ => f.gate.must(INVALID_ARGS),
    }
}

/// The same for a line (I1, I3).
fn of_line(f: &mut Fuzzer<'_>, resource: Known, vector: u32, options: u32) {
    f.gate.handle(resource, Some(kind::RESOURCE), 0);
    f.gate.must_if(vector >= LINES, OUT_OF_RANGE);
    let unknown = options & !(REMAP | MODES | WAKE | MONO) != 0;
    f.gate.must_if(unknown || options & MODES > 8, INVALID_ARGS);
    f.gate.may(&[ALREADY_BOUND]);
}

pub fn zx_interrupt_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let resource = f.pick(Some(kind::RESOURCE));
    let any = f.dice.number32();
    let options = match f.dice.below(4) {
        0 => f.dice.pick(&[0, 2, 4, 6, 8, 10, MONO, REMAP, WAKE, 62, any]),
        _ => f.dice.pick(&[VIRTUAL, VIRTUAL, VIRTUAL | MONO, VIRTUAL | WAKE, VIRTUAL | REMAP, VIRTUAL | 2]),
    };
    let vector = if f.dice.one_in(8) { f.dice.number32() } else { f.dice.below(4) as u32 };
    match options & VIRTUAL {
        0 => of_line(f, resource, vector, options),
        _ => of_virtual(f, resource, options),
    }
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(zx_interrupt_create(resource.raw, vector, options, out.pointer()));
    Some(f.made(status, kind::INTERRUPT, &[out]))
}

pub fn zx_interrupt_bind(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[BIND, BIND, UNBIND], INVALID_ARGS);
    let (interrupt, port) = match options {
        UNBIND => {
            let tie = f.tied(Some(kind::INTERRUPT));
            (tie.source, tie.port)
        }
        _ => (f.pick(Some(kind::INTERRUPT)), f.pick(Some(kind::PORT))),
    };
    f.gate.handle(interrupt, Some(kind::INTERRUPT), right::READ);
    f.gate.handle(port, Some(kind::PORT), right::WRITE);
    // Of a port that was made without BIND_TO_INTERRUPT.
    f.gate.may(&[WRONG_TYPE]);
    match options {
        BIND => f.gate.may(&[CANCELED, BAD_STATE, ALREADY_BOUND]),
        _ => f.gate.may(&[NOT_FOUND, CANCELED]),
    }
    let key = f.key();
    let status = c!(zx_interrupt_bind(interrupt.raw, port.raw, key, options));
    if status == OK && options == BIND {
        f.tie(interrupt, port, key);
    }
    Some(status)
}

pub fn zx_interrupt_ack(f: &mut Fuzzer<'_>) -> Option<i32> {
    let interrupt = f.handle(Some(kind::INTERRUPT), right::WRITE);
    f.gate.may(&[BAD_STATE, CANCELED]);
    Some(c!(zx_interrupt_ack(interrupt.raw)))
}

pub fn zx_interrupt_trigger(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], INVALID_ARGS);
    let interrupt = f.handle(Some(kind::INTERRUPT), right::SIGNAL);
    f.gate.may(&[CANCELED, BAD_STATE]);
    let time = f.dice.number64();
    Some(c!(zx_interrupt_trigger(interrupt.raw, options, time)))
}

/// There is no deadline: somebody who has a handle of the same interrupt must end the wait. So one is made, which the watch
/// uses; without it the call is made only when it cannot wait.
pub fn zx_interrupt_wait(f: &mut Fuzzer<'_>) -> Option<i32> {
    let interrupt = f.handle(Some(kind::INTERRUPT), right::WAIT);
    f.gate.may(&[BAD_STATE, CANCELED]);
    let mut helper = 0;
    match c!(zx_handle_duplicate(interrupt.raw, right::SAME, &mut helper)) {
        OK => f.station.ask_for_help(helper),
        BAD_HANDLE => {}
        _ if !interrupt.is_guess() && interrupt.kind != kind::INTERRUPT => {}
        _ if !interrupt.is_guess() && interrupt.rights & right::WAIT == 0 => {}
        _ => return None,
    }
    // It may be unwanted.
    let mut time = f.out::<i64>();
    let status = c!(zx_interrupt_wait(interrupt.raw, time.pointer()));
    f.station.was_helped();
    if helper != 0 {
        assert_eq!(c!(zx_handle_close(helper)), OK);
    }
    assert!(status == OK || time.untouched());
    Some(status)
}

pub fn zx_interrupt_destroy(f: &mut Fuzzer<'_>) -> Option<i32> {
    let interrupt = f.handle(Some(kind::INTERRUPT), 0);
    f.gate.may(&[NOT_FOUND]);
    Some(c!(zx_interrupt_destroy(interrupt.raw)))
}
