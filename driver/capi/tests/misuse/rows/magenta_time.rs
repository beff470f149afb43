//! mx_time_get, mx_ticks_*, mx_deadline_after, mx_nanosleep, mx_system_*, mx_status_get_string.

use std::ffi::{CStr, c_char};

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;

const MONOTONIC: u32 = 0;
const UTC: u32 = 1;
const OF_THREAD: u32 = 2;
/// The year 2020, in ns since 1970.
const Y2020: u64 = 1_577_836_800_000_000_000;

pub fn mx_time_get(f: &mut Fuzzer<'_>) -> Option<i32> {
    let any = f.dice.number32();
    let clock = f.dice.pick(&[MONOTONIC, UTC, OF_THREAD, 3, any]);
    let (time, later) = (c!(mx_time_get(clock)), c!(mx_time_get(clock)));
    match clock {
        MONOTONIC | OF_THREAD => assert!(0 < time && time <= later, "{clock}: {time}, then {later}"),
        // Somebody may set it back.
        UTC => assert!(time > Y2020, "{time}"),
        _ => assert_eq!((time, later), (0, 0), "{clock} is no clock"),
    }
    Some(OK)
}

pub fn mx_ticks_get(_: &mut Fuzzer<'_>) -> Option<i32> {
    let before = c!(zx_ticks_get()) as u64;
    let (ticks, after) = (c!(mx_ticks_get()), c!(zx_ticks_get()) as u64);
    assert!(before <= ticks && ticks <= after, "{before}, {ticks}, {after}");
    Some(OK)
}

pub fn mx_ticks_per_second(_: &mut Fuzzer<'_>) -> Option<i32> {
    assert_eq!(c!(mx_ticks_per_second()), 1_000_000_000);
    Some(OK)
}

pub fn mx_deadline_after(f: &mut Fuzzer<'_>) -> Option<i32> {
    let time = f.dice.number64() as u64;
    let before = c!(mx_ticks_get()).saturating_add(time);
    let deadline = c!(mx_deadline_after(time));
    let after = c!(mx_ticks_get()).saturating_add(time);
    assert!(before <= deadline && deadline <= after, "{time} from now is {deadline}");
    Some(OK)
}

pub fn mx_nanosleep(f: &mut Fuzzer<'_>) -> Option<i32> {
    let deadline = f.unsigned_deadline();
    let status = c!(mx_nanosleep(deadline as u64));
    f.assert_late(TIMED_OUT, deadline);
    Some(status)
}

pub fn mx_system_get_num_cpus(_: &mut Fuzzer<'_>) -> Option<i32> {
    assert!(c!(mx_system_get_num_cpus()) > 0);
    Some(OK)
}

pub fn mx_system_get_physmem(_: &mut Fuzzer<'_>) -> Option<i32> {
    assert!(c!(mx_system_get_physmem()) > 1 << 20);
    Some(OK)
}

pub fn mx_system_get_version(f: &mut Fuzzer<'_>) -> Option<i32> {
    let version = concat!("portolan ", env!("CARGO_PKG_VERSION"), "\0").as_bytes();
    let length = f.dice.pick(&[0, 1, version.len() - 1, version.len(), 64, u32::MAX as usize]);
    let mut buffer: Memory<c_char> = Memory::or_null(&mut f.dice, length.min(64));
    f.gate.must_if(length < version.len(), BUFFER_TOO_SMALL);
    f.gate.must_if(buffer.is_null(), INVALID_ARGS);
    let status = c!(mx_system_get_version(buffer.pointer(), length as u32));
    let written = if status == OK { version.len() } else { 0 };
    assert!((0..written).all(|at| buffer.get(at) as u8 == version[at]) && buffer.untouched_from(written));
    Some(status)
}

pub fn mx_status_get_string(f: &mut Fuzzer<'_>) -> Option<i32> {
    let status = if f.dice.one_in(2) { f.dice.number32() as i32 } else { -(f.dice.below(80) as i32) };
    let name = c!(mx_status_get_string(status));
    assert!(!name.is_null());
    // SAFETY: not NULL; the call promises a string that lives for ever.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    let expected = if status == 0 { &b"NO_ERROR"[..] } else { b"ERR_" };
    assert!(name == b"(UNKNOWN)" || name.starts_with(expected), "{status}: {name:?}");
    Some(OK)
}
