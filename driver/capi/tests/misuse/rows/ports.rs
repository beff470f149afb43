//! zx_port_*.

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;
use crate::pool::kind;

pub fn zx_port_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    f.gate.may(&[ACCESS_DENIED]);
    let options = f.option(&[0, TO_INTERRUPT, TO_INTERRUPT], INVALID_ARGS);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(zx_port_create(options, out.pointer()));
    Some(f.made(status, kind::PORT, &[out]))
}

/// The payload that goes with a key and status, by which a reader sees that a packet is whole.
pub(super) fn payload(key: u64, status: i32) -> [u64; 4] {
    let seed = key ^ (u64::from(status as u32) << 17);
    [seed, !seed, seed.rotate_left(9), seed.wrapping_mul(3)]
}

pub fn zx_port_queue(f: &mut Fuzzer<'_>) -> Option<i32> {
    let port = f.handle(Some(kind::PORT), right::WRITE);
    let (key, kind, status) = (f.key(), f.dice.number32(), f.dice.number32() as i32);
    let packet = Packet { key, kind, status, payload: payload(key, status) };
    let null = f.dice.one_in(16);
    let mut packet = Memory::holding(&mut f.dice, &[packet]).nulled(null);
    f.gate.must_if(null, INVALID_ARGS);
    f.gate.may(&[SHOULD_WAIT]);
    if !f.gate.exact {
        // D6.
        f.gate.may(&[BAD_HANDLE]);
    }
    if f.dice.one_in(1000) {
        // Now and then, more than it holds.
        for _ in 0..4097 {
            c!(zx_port_queue(port.raw, packet.pointer()));
        }
    }
    Some(c!(zx_port_queue(port.raw, packet.pointer())))
}

/// What a packet may look like: A14 to A16, D2, E6, F6.
pub fn judge(packet: &Packet) {
    match packet.kind {
        PKT_USER => assert_eq!(packet.payload, payload(packet.key, packet.status), "D2: {packet:?}"),
        // The one after the other is Magenta's (L9), which no time stamps are asked for.
        PKT_SIGNAL | PKT_SIGNAL_REP => {
            assert!(packet.kind == PKT_SIGNAL || packet.signal_time() == 0, "L9: {packet:?}");
            assert!(packet.status == 0 && packet.count() == 1 && packet.payload[3] == 0, "F6: {packet:?}");
            // An edge registration fires when any signal rises (F4).
            assert!(packet.trigger() != 0 && packet.observed() & packet.trigger() != 0, "F5: {packet:?}");
            assert!(packet.signal_time() >= 0, "{packet:?}");
        }
        PKT_INTERRUPT => assert!(packet.status == 0 && packet.payload[1..] == [0; 3], "E6: {packet:?}"),
        _ => panic!("there are no such packets: {packet:?}"),
    }
}

pub fn zx_port_wait(f: &mut Fuzzer<'_>) -> Option<i32> {
    let port = f.handle(Some(kind::PORT), right::READ);
    let deadline = f.deadline();
    f.gate.may(&[TIMED_OUT]);
    let mut packet = f.out::<Packet>();
    // E2.
    f.gate.must_if(packet.is_null(), INVALID_ARGS);
    let status = c!(zx_port_wait(port.raw, deadline, packet.pointer()));
    match status {
        OK => judge(&packet.get(0)),
        _ => assert!(packet.untouched(), "E3"),
    }
    if f.setting.board == 0 {
        f.assert_late(status, deadline);
    }
    Some(status)
}

pub fn zx_port_cancel(f: &mut Fuzzer<'_>) -> Option<i32> {
    let tie = f.tied(None);
    f.gate.handle(tie.port, Some(kind::PORT), right::WRITE);
    f.judge_waitable(tie.source, right::WAIT);
    f.gate.may(&[NOT_FOUND]);
    Some(c!(zx_port_cancel(tie.port.raw, tie.source.raw, tie.key)))
}

pub fn zx_port_cancel_key(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], INVALID_ARGS);
    let port = f.handle(Some(kind::PORT), right::WRITE);
    let key = f.key();
    f.gate.may(&[NOT_FOUND]);
    Some(c!(zx_port_cancel_key(port.raw, options, key)))
}
