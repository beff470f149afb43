//! portolan_port_poll and what goes with it.

use portolan_conformance::abi::*;

use super::ports::judge;
use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::pool::kind;

pub fn portolan_port_poll(f: &mut Fuzzer<'_>) -> Option<i32> {
    let port = f.handle(Some(kind::PORT), right::READ);
    let mut out = f.out::<i32>();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(portolan_port_poll(port.raw, out.pointer()));
    if status != OK {
        assert!(out.untouched());
        return Some(status);
    }
    if let Some(old) = f.pool.swap_descriptor(&mut f.dice, Some(out.get(0))) {
        let status = c!(portolan_poll_close(old));
        assert!(status == OK || status == BAD_HANDLE && !f.gate.exact, "{old}: {status}");
    }
    Some(status)
}

/// A number that is no descriptor of the library's: it looks at its own list, and touches no other.
fn foreign(f: &mut Fuzzer<'_>) -> i32 {
    f.gate.must(BAD_HANDLE);
    f.dice.pick(&[-1, 0, 1, 2, i32::MIN, i32::MAX])
}

pub fn portolan_poll_take(f: &mut Fuzzer<'_>) -> Option<i32> {
    let descriptor = if f.dice.one_in(8) { foreign(f) } else { f.pool.descriptor(&mut f.dice) };
    f.gate.may(&[BAD_HANDLE, TIMED_OUT]);
    let mut packet = f.out::<Packet>();
    f.gate.must_if(packet.is_null(), INVALID_ARGS);
    let status = c!(portolan_poll_take(descriptor, packet.pointer()));
    match status {
        OK => judge(&packet.get(0)),
        _ => assert!(packet.untouched()),
    }
    Some(status)
}

pub fn portolan_poll_close(f: &mut Fuzzer<'_>) -> Option<i32> {
    let ours = if f.dice.one_in(8) { None } else { f.pool.swap_descriptor(&mut f.dice, None) };
    let descriptor = match ours {
        Some(descriptor) => descriptor,
        None => foreign(f),
    };
    if !f.gate.exact {
        f.gate.may(&[BAD_HANDLE]);
    }
    Some(c!(portolan_poll_close(descriptor)))
}
