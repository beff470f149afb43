//! mx_object_wait_*: who may READ may wait.

use portolan_conformance::abi::*;

use super::waits::{items, many, one};
use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::pool::kind;

const MOST: usize = 1024;

pub fn mx_object_wait_one(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.waitable(right::READ);
    let (signals, deadline) = (f.signals(), f.unsigned_deadline());
    let call = |observed| c!(mx_object_wait_one(known.raw, signals, deadline as u64, observed));
    Some(one(f, signals, deadline, call))
}

pub fn mx_object_wait_many(f: &mut Fuzzer<'_>) -> Option<i32> {
    let count = match f.dice.below(64) {
        0..=3 => 0,
        4 => f.dice.pick(&[64, 65, MOST - 1, MOST]),
        5..=8 => f.dice.pick(&[MOST + 1, u32::MAX as usize]),
        _ => 1 + f.dice.below(4),
    };
    let null = f.dice.one_in(16);
    f.gate.must_if(count > MOST || null && count > 0, INVALID_ARGS);
    let items = match count {
        // Most of many are the same, so that all can be waited for.
        65.. => {
            let some = items(f, right::READ, 1);
            some.into_iter().cycle().take(count.min(MOST + 1)).collect()
        }
        _ => items(f, right::READ, count),
    };
    let deadline = f.unsigned_deadline();
    let call = |items| c!(mx_object_wait_many(items, count as u32, deadline as u64));
    Some(many(f, &items, null, deadline, call))
}

/// The port, then the source; any option is REPEATING (L9).
pub fn mx_object_wait_async(f: &mut Fuzzer<'_>) -> Option<i32> {
    let any = f.dice.number32();
    let options = f.dice.pick(&[0, 0, REPEATING, REPEATING, any]);
    let port = f.handle(Some(kind::PORT), right::WRITE);
    let source = f.waitable(right::READ);
    if !f.gate.exact {
        // F11, H4.
        f.gate.may(&[BAD_HANDLE]);
    }
    let (key, signals) = (f.key(), f.signals());
    let status = c!(mx_object_wait_async(source.raw, port.raw, key, signals, options));
    if status == OK {
        f.tie(source, port, key);
    }
    Some(status)
}
