//! zx_object_signal and _get_info, zx_event_*, zx_eventpair_*, zx_timer_*.

use std::ffi::c_void;

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;
use crate::pool::{Known, kind};

const USER_ALL: u32 = 0xff00_0000;
const SIGNAL_PEER: u32 = 1 << 13;

/// Bits to be changed; INVALID_ARGS for those that are not the program's (J4).
pub(super) fn masks(f: &mut Fuzzer<'_>, known: Known) -> (u32, u32) {
    let (clear, set) = (f.signals(), f.signals());
    let mine = if f.dice.one_in(4) { u32::MAX } else { USER_ALL | SIGNALED };
    let (clear, set) = (clear & mine, set & mine);
    let pair_or_event = [kind::EVENT, kind::EVENTPAIR].contains(&known.kind);
    let valid = if pair_or_event { USER_ALL | SIGNALED } else { USER_ALL };
    let wrong = (clear | set) & !valid != 0;
    match known.is_guess() {
        true => f.gate.may(&[NOT_SUPPORTED, INVALID_ARGS]),
        false => f.gate.must_if(wrong, INVALID_ARGS),
    }
    (clear, set)
}

pub fn zx_object_signal(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.handle(None, right::SIGNAL);
    let (clear, set) = masks(f, known);
    Some(c!(zx_object_signal(known.raw, clear, set)))
}

pub fn zx_object_signal_peer(f: &mut Fuzzer<'_>) -> Option<i32> {
    let wanted = f.dice.pick(&[kind::EVENTPAIR, kind::CHANNEL]);
    let known = f.pick(Some(wanted));
    f.gate.handle(known, None, SIGNAL_PEER);
    let has_peer = [kind::EVENTPAIR, kind::CHANNEL].contains(&known.kind);
    f.gate.must_if(!known.is_guess() && !has_peer, NOT_SUPPORTED);
    let (clear, set) = masks(f, known);
    f.gate.may(&[PEER_CLOSED]);
    Some(c!(zx_object_signal_peer(known.raw, clear, set)))
}

pub(super) const VALID: u32 = 1;
pub(super) const BASIC: u32 = 2;
pub(super) const THREAD: u32 = 10;
const HANDLE_COUNT: u32 = 19;
const TIMER: u32 = 25;

/// The handle of a topic, and how large its record is.
fn topic(f: &mut Fuzzer<'_>, topic: u32) -> (Known, usize) {
    match topic {
        BASIC => (f.handle(None, 0), size_of::<Basic>()),
        HANDLE_COUNT => (f.handle(None, right::INSPECT), 4),
        THREAD => (f.handle(Some(kind::THREAD), right::INSPECT), size_of::<ThreadInfo>()),
        TIMER => (f.handle(Some(kind::TIMER), right::INSPECT), size_of::<TimerInfo>()),
        VALID => (f.handle(None, 0), 0),
        _ => {
            f.gate.must(NOT_SUPPORTED);
            (f.pick(None), 0)
        }
    }
}

pub fn zx_object_get_info(f: &mut Fuzzer<'_>) -> Option<i32> {
    let any = f.dice.number32();
    let asked = f.dice.pick(&[VALID, BASIC, BASIC, THREAD, HANDLE_COUNT, TIMER, 0, 3, any]);
    let (known, record) = topic(f, asked);
    let call = |raw, place, size, actual, available| {
        c!(zx_object_get_info(raw, asked, place, size, actual, available))
    };
    let (status, buffer) = info(f, known, record, call);
    if asked == BASIC && status == OK && !known.is_guess() {
        assert_eq!(told(&buffer), (known.rights, kind::told(known.kind)), "{known:?}");
    }
    Some(status)
}

/// What a record of BASIC tells of rights and type.
pub(super) fn told(buffer: &Memory<u8>) -> (u32, u32) {
    (number(buffer, 8), number(buffer, 12))
}

/// The number at this place.
pub(super) fn number(buffer: &Memory<u8>, at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|byte| buffer.get(at + byte)))
}

/// Asks for a record of this size, or without one: what was answered, and written.
pub(super) fn info(
    f: &mut Fuzzer<'_>,
    known: Known,
    record: usize,
    call: impl FnOnce(u32, *mut c_void, usize, *mut usize, *mut usize) -> i32,
) -> (i32, Memory<u8>) {
    let size = match f.dice.below(6) {
        0 => record.saturating_sub(1),
        1 => 0,
        2 => record + 8,
        3 => usize::MAX,
        _ => record,
    };
    let mut buffer: Memory<u8> = Memory::or_null(&mut f.dice, size.min(record + 8));
    if record > 0 {
        f.gate.must_if(size < record, BUFFER_TOO_SMALL);
        f.gate.must_if(buffer.is_null(), INVALID_ARGS);
    }
    // Both may be unwanted.
    let (mut actual, mut available) = (f.out::<usize>(), f.out::<usize>());
    let place = buffer.pointer().cast();
    let status = call(known.raw, place, size, actual.pointer(), available.pointer());
    let counted = match status {
        OK if record > 0 => Some((1, 1)),
        BUFFER_TOO_SMALL => Some((0, 1)),
        _ => None,
    };
    match counted {
        Some((records, of)) => {
            assert!(actual.is_null() || actual.get(0) == records);
            assert!(available.is_null() || available.get(0) == of);
        }
        None => assert!(actual.untouched() && available.untouched(), "counts were written with {status}"),
    }
    let written = if status == OK { record } else { 0 };
    assert!(buffer.untouched_from(written), "more than the record was written");
    (status, buffer)
}

pub fn zx_event_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], INVALID_ARGS);
    f.gate.may(&[ACCESS_DENIED]);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(zx_event_create(options, out.pointer()));
    Some(f.made(status, kind::EVENT, &[out]))
}

pub fn zx_eventpair_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], NOT_SUPPORTED);
    f.gate.may(&[ACCESS_DENIED]);
    let mut out = [f.out(), f.out()];
    f.gate.must_if(out.iter().any(Memory::is_null), INVALID_ARGS);
    let [first, second] = out.each_mut().map(Memory::pointer);
    let status = c!(zx_eventpair_create(options, first, second));
    Some(f.made(status, kind::EVENTPAIR, &out))
}

pub fn zx_timer_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let clock = f.option(&[0, 1], INVALID_ARGS);
    f.gate.may(&[ACCESS_DENIED]);
    let options = f.option(&[0, 1, 2], INVALID_ARGS);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(zx_timer_create(options, clock, out.pointer()));
    Some(f.made(status, kind::TIMER, &[out]))
}

pub fn zx_timer_set(f: &mut Fuzzer<'_>) -> Option<i32> {
    let (slack, any) = (f.dice.number64(), f.dice.number64());
    f.gate.must_if(slack < 0, OUT_OF_RANGE);
    let timer = f.handle(Some(kind::TIMER), right::WRITE);
    // Nobody sleeps here: it may be any time.
    let deadline = if f.dice.one_in(4) { any } else { f.deadline() };
    Some(c!(zx_timer_set(timer.raw, deadline, slack)))
}

pub fn zx_timer_cancel(f: &mut Fuzzer<'_>) -> Option<i32> {
    let timer = f.handle(Some(kind::TIMER), right::WRITE);
    Some(c!(zx_timer_cancel(timer.raw)))
}
