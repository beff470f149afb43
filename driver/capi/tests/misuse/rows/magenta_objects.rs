//! mx_object_signal, _signal_peer and _get_info, mx_event_create, mx_eventpair_create, mx_handle_*.

use portolan_conformance::abi::*;

use super::handles::{remade, rights};
use super::objects::{BASIC, THREAD, VALID, info, masks, number, told};
use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;
use crate::pool::kind;

/// Where a record of BASIC tells whether there are signals to wait for.
const PROPS: usize = 24;

pub fn mx_event_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], INVALID_ARGS);
    f.gate.may(&[ACCESS_DENIED]);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(mx_event_create(options, out.pointer()));
    Some(f.made_by_magenta(status, kind::EVENT, &[out]))
}

pub fn mx_eventpair_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], NOT_SUPPORTED);
    f.gate.may(&[ACCESS_DENIED]);
    let mut out = [f.out(), f.out()];
    f.gate.must_if(out.iter().any(Memory::is_null), INVALID_ARGS);
    let [first, second] = out.each_mut().map(Memory::pointer);
    let status = c!(mx_eventpair_create(options, first, second));
    Some(f.made_by_magenta(status, kind::EVENTPAIR, &out))
}

/// Who may WRITE may; then, what the object is.
pub fn mx_object_signal(f: &mut Fuzzer<'_>) -> Option<i32> {
    let wanted = f.dice.pick(&[kind::EVENT, kind::EVENTPAIR, kind::CHANNEL]);
    let known = f.pick(Some(wanted));
    f.gate.handle(known, None, right::WRITE);
    let has_user_signals = [kind::EVENT, kind::EVENTPAIR, kind::CHANNEL].contains(&known.kind);
    f.gate.must_if(!known.is_guess() && !has_user_signals, NOT_SUPPORTED);
    let (clear, set) = masks(f, known);
    Some(c!(mx_object_signal(known.raw, clear, set)))
}

/// Whoever has a handle may.
pub fn mx_object_signal_peer(f: &mut Fuzzer<'_>) -> Option<i32> {
    let wanted = f.dice.pick(&[kind::EVENTPAIR, kind::CHANNEL]);
    let known = f.pick(Some(wanted));
    f.gate.handle(known, None, 0);
    let has_peer = [kind::EVENTPAIR, kind::CHANNEL].contains(&known.kind);
    f.gate.must_if(!known.is_guess() && !has_peer, NOT_SUPPORTED);
    let (clear, set) = masks(f, known);
    f.gate.may(&[PEER_CLOSED]);
    Some(c!(mx_object_signal_peer(known.raw, clear, set)))
}

pub fn mx_object_get_info(f: &mut Fuzzer<'_>) -> Option<i32> {
    let any = f.dice.number32();
    // 19 and 25 are Zircon's.
    let asked = f.dice.pick(&[VALID, BASIC, BASIC, BASIC, THREAD, THREAD, 0, 3, 19, 25, any]);
    let (known, record) = match asked {
        BASIC => (f.handle(None, 0), size_of::<Basic>()),
        THREAD => (f.handle(Some(kind::THREAD), right::READ), 8),
        VALID => (f.handle(None, 0), 0),
        _ => {
            f.gate.must(NOT_SUPPORTED);
            (f.pick(None), 0)
        }
    };
    let call = |raw, place, size, actual, available| {
        c!(mx_object_get_info(raw, asked, place, size, actual, available))
    };
    let (status, buffer) = info(f, known, record, call);
    if asked == BASIC && status == OK && !known.is_guess() {
        assert_eq!(told(&buffer), (known.rights, kind::told(known.kind)), "{known:?}");
        let waitable = u32::from(!kind::has_no_signals(known.kind));
        assert_eq!(number(&buffer, PROPS), waitable, "{known:?}");
    }
    if asked == THREAD && status == OK {
        assert!(number(&buffer, 0) <= 5 && number(&buffer, 4) == 0, "states of then");
    }
    Some(status)
}

/// None is a bad handle, too.
pub fn mx_handle_close(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.handle(None, 0);
    let status = c!(mx_handle_close(known.raw));
    f.pool.retire(known);
    Some(status)
}

pub fn mx_handle_duplicate(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.handle(None, right::DUPLICATE);
    let wanted = rights(f, known);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(mx_handle_duplicate(known.raw, wanted, out.pointer()));
    Some(remade(f, status, known, wanted, &out))
}

/// With rights that it has not, the handle stays.
pub fn mx_handle_replace(f: &mut Fuzzer<'_>) -> Option<i32> {
    let known = f.handle(None, 0);
    let wanted = rights(f, known);
    let stays = wanted != right::SAME && wanted & !known.rights != 0;
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(mx_handle_replace(known.raw, wanted, out.pointer()));
    if !stays {
        f.pool.retire(known);
    } else if f.gate.exact && status == INVALID_ARGS {
        assert!(f.describe(known.raw).is_some(), "it stays");
    }
    Some(remade(f, status, known, wanted, &out))
}
