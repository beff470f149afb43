//! zx_object_wait_*.

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;
use crate::pool::kind;

const MOST: usize = 64;

pub fn zx_object_wait_one(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.waitable(right::WAIT);
    let (signals, deadline) = (f.signals(), f.deadline());
    let call = |observed| c!(zx_object_wait_one(known.raw, signals, deadline, observed));
    Some(one(f, signals, deadline, call))
}

/// Waits for one object, which was judged.
pub(super) fn one(
    f: &mut Fuzzer<'_>,
    signals: u32,
    deadline: i64,
    call: impl FnOnce(*mut u32) -> i32,
) -> i32 {
    f.gate.may(&[TIMED_OUT]);
    if !f.gate.exact {
        f.gate.may(&[CANCELED]);
    }
    // It may be unwanted.
    let mut observed = f.out::<u32>();
    let status = call(observed.pointer());
    f.assert_late(status, deadline);
    if observed.is_null() {
        return status;
    }
    let seen = observed.get(0);
    match status {
        OK => assert!(seen & signals != 0 && seen & HANDLE_CLOSED == 0, "J1: {seen:#x} of {signals:#x}"),
        TIMED_OUT => assert!(seen & (signals | HANDLE_CLOSED) == 0, "J1: {seen:#x} of {signals:#x}"),
        CANCELED => assert!(seen & HANDLE_CLOSED != 0, "J1: {seen:#x}"),
        _ => assert!(observed.untouched(), "J1"),
    }
    status
}

pub fn zx_object_wait_many(f: &mut Fuzzer<'_>) -> Option<i32> {
    let count = match f.dice.below(16) {
        0 => 0,
        1 => f.dice.pick(&[MOST - 1, MOST]),
        2 => f.dice.pick(&[MOST + 1, usize::MAX, 1 << 32]),
        _ => 1 + f.dice.below(4),
    };
    let null = f.dice.one_in(16);
    f.gate.must_if(count > MOST, OUT_OF_RANGE);
    f.gate.must_if(null && count > 0, INVALID_ARGS);
    let items = items(f, right::WAIT, count.min(MOST + 1));
    let deadline = f.deadline();
    let call = |items| c!(zx_object_wait_many(items, count, deadline));
    Some(many(f, &items, null, deadline, call))
}

/// So many items, by who has this right to each.
pub(super) fn items(f: &mut Fuzzer<'_>, right: u32, count: usize) -> Vec<WaitItem> {
    let mut item = || WaitItem { handle: f.waitable(right).raw, waitfor: f.signals(), pending: 0x1234_5678 };
    (0..count).map(|_| item()).collect()
}

/// Waits for many objects, which were judged; they are given, or NULL.
pub(super) fn many(
    f: &mut Fuzzer<'_>,
    items: &[WaitItem],
    null: bool,
    deadline: i64,
    call: impl FnOnce(*mut WaitItem) -> i32,
) -> i32 {
    f.gate.must_if(items.is_empty(), TIMED_OUT);
    f.gate.may(&[TIMED_OUT]);
    if !f.gate.exact {
        f.gate.may(&[CANCELED]);
    }
    let mut memory = Memory::holding(&mut f.dice, items).nulled(null);
    let status = call(memory.pointer());
    f.assert_late(status, deadline);
    let after: Vec<_> = (0..items.len()).map(|index| memory.get(index)).collect();
    let same = |(a, b): (&WaitItem, &WaitItem)| a.handle == b.handle && a.waitfor == b.waitfor;
    assert!(items.iter().zip(&after).all(same), "J3: only what was seen is written");
    let any = |of: fn(&WaitItem) -> u32| after.iter().any(|item| item.pending & of(item) != 0);
    let (matched, closed) = (any(|item| item.waitfor), any(|_| HANDLE_CLOSED));
    match status {
        OK => assert!(matched && !closed, "J3: {after:?}"),
        TIMED_OUT => assert!(after.is_empty() || !matched && !closed, "J3: {after:?}"),
        CANCELED => assert!(closed, "J3: {after:?}"),
        _ => assert!(after.iter().zip(items).all(|(a, b)| a.pending == b.pending), "J3: nothing is written"),
    }
    status
}

pub fn zx_object_wait_async(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0, TIMESTAMP, EDGE, 3, BOOT_TIMESTAMP, 6], INVALID_ARGS);
    let port = f.handle(Some(kind::PORT), right::WRITE);
    let source = f.waitable(right::WAIT);
    if !f.gate.exact {
        // F11, H4.
        f.gate.may(&[BAD_HANDLE]);
    }
    let (key, signals) = (f.key(), f.signals());
    let status = c!(zx_object_wait_async(source.raw, port.raw, key, signals, options));
    if status == OK {
        f.tie(source, port, key);
    }
    Some(status)
}
