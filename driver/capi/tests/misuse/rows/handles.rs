//! zx_handle_*.

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;
use crate::pool::Known;

pub fn zx_handle_close(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.pick(None);
    match known.raw {
        0 => f.gate.must(OK),
        _ => f.gate.handle(known, None, 0),
    }
    let status = c!(zx_handle_close(known.raw));
    f.pool.retire(known);
    Some(status)
}

pub fn zx_handle_close_many(f: &mut Fuzzer<'_>) -> Option<i32> {
    let count = if f.dice.one_in(32) { 70 } else { f.dice.below(5) };
    let all: Vec<_> = (0..count).map(|_| f.pick(None)).collect();
    let null = f.dice.one_in(16);
    f.gate.must_if(null && count > 0, INVALID_ARGS);
    let values: Vec<_> = all.iter().map(|known| known.raw).collect();
    for (index, known) in all.iter().enumerate() {
        if known.raw != 0 {
            f.gate.must_if(values[..index].contains(&known.raw), BAD_HANDLE);
            f.gate.handle(*known, None, 0);
        }
    }
    let mut memory = Memory::holding(&mut f.dice, &values).nulled(null);
    let status = c!(zx_handle_close_many(memory.pointer(), count));
    if !null {
        all.into_iter().for_each(|known| f.pool.retire(known));
    }
    Some(status)
}

/// Rights for a handle made from this one; INVALID_ARGS for more than it has (B5).
pub(super) fn rights(f: &mut Fuzzer<'_>, of: Known) -> u32 {
    let any = f.dice.number() as u32;
    let wanted = match f.dice.below(8) {
        0 => f.dice.number32(),
        1 => of.rights & any,
        2 => of.rights & !(1 << f.dice.below(16)),
        3 => of.rights,
        _ => right::SAME,
    };
    let fewer = wanted == right::SAME || wanted & !of.rights == 0;
    match of.is_guess() {
        true => f.gate.may(&[INVALID_ARGS]),
        false => f.gate.must_if(!fewer, INVALID_ARGS),
    }
    wanted
}

/// Judges a call that makes a handle of a handle.
pub(super) fn remade(f: &mut Fuzzer<'_>, status: i32, of: Known, wanted: u32, out: &Memory<u32>) -> i32 {
    match status {
        OK if of.is_guess() => f.adopt(out.get(0)),
        OK => {
            let rights = if wanted == right::SAME { of.rights } else { wanted };
            f.add(Known::live(out.get(0), of.kind, rights));
        }
        _ => assert!(out.untouched()),
    }
    status
}

pub fn zx_handle_duplicate(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.handle(None, right::DUPLICATE);
    let wanted = rights(f, known);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(zx_handle_duplicate(known.raw, wanted, out.pointer()));
    Some(remade(f, status, known, wanted, &out))
}

pub fn zx_handle_replace(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.handle(None, 0);
    let wanted = rights(f, known);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(zx_handle_replace(known.raw, wanted, out.pointer()));
    // B6: gone also when it fails.
    f.pool.retire(known);
    Some(remade(f, status, known, wanted, &out))
}

pub fn zx_handle_check_valid(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.handle(None, 0);
    Some(c!(zx_handle_check_valid(known.raw)))
}
