//! zx_clock_*, zx_ticks_*, zx_deadline_after, zx_nanosleep, zx_status_get_string.

use std::ffi::CStr;

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::Fuzzer;

/// A clock never goes back.
fn forward(now: i64, later: i64) -> Option<i32> {
    assert!(0 < now && now <= later, "{now}, then {later}");
    Some(OK)
}

pub fn zx_clock_get_monotonic(_: &mut Fuzzer<'_>) -> Option<i32> {
    forward(c!(zx_clock_get_monotonic()), c!(zx_clock_get_monotonic()))
}

pub fn zx_clock_get_boot(_: &mut Fuzzer<'_>) -> Option<i32> {
    forward(c!(zx_clock_get_boot()), c!(zx_clock_get_boot()))
}

pub fn zx_ticks_get(_: &mut Fuzzer<'_>) -> Option<i32> {
    forward(c!(zx_ticks_get()), c!(zx_ticks_get()))
}

pub fn zx_ticks_get_boot(_: &mut Fuzzer<'_>) -> Option<i32> {
    forward(c!(zx_ticks_get_boot()), c!(zx_ticks_get_boot()))
}

pub fn zx_ticks_per_second(_: &mut Fuzzer<'_>) -> Option<i32> {
    assert_eq!(c!(zx_ticks_per_second()), 1_000_000_000);
    Some(OK)
}

pub fn zx_deadline_after(f: &mut Fuzzer<'_>) -> Option<i32> {
    let time = f.dice.number64();
    let before = c!(zx_clock_get_monotonic()).saturating_add(time);
    let deadline = c!(zx_deadline_after(time));
    let after = c!(zx_clock_get_monotonic()).saturating_add(time);
    assert!(before <= deadline && deadline <= after, "{time} from now is {deadline}");
    Some(OK)
}

pub fn zx_nanosleep(f: &mut Fuzzer<'_>) -> Option<i32> {
    let deadline = f.deadline();
    let status = c!(zx_nanosleep(deadline));
    f.assert_late(TIMED_OUT, deadline);
    Some(status)
}

pub fn zx_status_get_string(f: &mut Fuzzer<'_>) -> Option<i32> {
    let status = if f.dice.one_in(2) { f.dice.number32() as i32 } else { -(f.dice.below(80) as i32) };
    let name = c!(zx_status_get_string(status));
    assert!(!name.is_null());
    // SAFETY: not NULL; the call promises a string that lives for ever.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    assert!(name == b"(UNKNOWN)" || name.starts_with(b"ZX_"), "{status}: {name:?}");
    Some(OK)
}
