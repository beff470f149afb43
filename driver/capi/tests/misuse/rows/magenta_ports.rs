//! mx_port_*: two generations of ports behind the same calls (L1 to L8, G7).
//!
//! A V1 port takes any number of packets, so now and then one is emptied.

use portolan_conformance::abi::*;

use super::ports::{judge, payload};
use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;
use crate::pool::{Known, kind};

/// The bytes of a V1 packet's header, and the most of all.
const HEADER: usize = 16;
const MOST: usize = 128;
/// The bytes of the packet that a bound channel queues.
const OF_CHANNEL: usize = 40;
/// More packets than a run queues at once.
const MANY: usize = 10_000;

pub fn mx_port_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[V1, V2], INVALID_ARGS);
    f.gate.may(&[ACCESS_DENIED]);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(mx_port_create(options, out.pointer()));
    let made = if options == V1 { kind::PORT_V1 } else { kind::PORT };
    Some(f.made_by_magenta(status, made, &[out]))
}

/// What lies behind a packet's header, by which a reader sees that it is whole.
fn filling(key: u64, at: usize, size: usize) -> u8 {
    (at * 5 + size) as u8 ^ key as u8
}

/// A V1 packet of a program. The reader learns its size from `extra`: the call does not tell it.
fn packet(f: &mut Fuzzer<'_>, size: usize) -> Vec<u8> {
    let (key, kind) = (f.key(), f.dice.number32());
    let extra = f.dice.number32() & !0xFF | size as u32;
    let header = [&key.to_le_bytes()[..], &kind.to_le_bytes(), &extra.to_le_bytes()].concat();
    let rest = (HEADER..size).map(|at| filling(key, at, size));
    header.into_iter().chain(rest).take(size).collect()
}

/// A V1 packet is whole, and nothing lies beyond: L1 to L5. How long it is.
fn judge_v1(memory: &Memory<u8>) -> usize {
    let byte = |at: usize| memory.get(at);
    let key = u64::from_le_bytes(std::array::from_fn(byte));
    let number = |at: usize| u32::from_le_bytes(std::array::from_fn(|index| memory.get(at + index)));
    let (kind, extra) = (number(8), number(12));
    let size = match kind {
        V1_USER => {
            let size = (extra & 0xFF) as usize;
            assert!((HEADER..=MOST).contains(&size), "L2: {size} bytes");
            let whole = (HEADER..size).all(|at| byte(at) == filling(key, at, size));
            assert!(whole, "L2: a packet of {size} bytes is not what was sent");
            size
        }
        V1_SIGNAL => {
            assert!([READABLE, PEER].contains(&number(32)), "L4: {:#x}", number(32));
            assert!((16..32).chain(36..OF_CHANNEL).all(|at| byte(at) == 0) && extra == 0, "L1");
            OF_CHANNEL
        }
        other => panic!("there are no V1 packets of type {other}"),
    };
    assert!(memory.untouched_from(size), "L3: beyond the packet");
    size
}

/// Takes what a V1 port has, as far as this handle may.
fn empty(port: Known) {
    let mut all = [0_u8; MOST];
    for _ in 0..MANY {
        if c!(mx_port_wait(port.raw, 0, all.as_mut_ptr().cast(), MOST)) != OK {
            return;
        }
    }
}

/// Size 0: that of a V2 port. On a V1 port it is too short, which is found after the right.
fn queue_v2(f: &mut Fuzzer<'_>) -> i32 {
    let port = f.pick(Some(kind::PORT));
    let null = f.dice.one_in(16);
    if port.kind == kind::PORT_V1 {
        f.gate.handle(port, Some(kind::PORT_V1), right::WRITE);
        f.gate.must(INVALID_ARGS);
    }
    f.gate.handle(port, Some(kind::PORT), right::WRITE);
    f.gate.must_if(null, INVALID_ARGS);
    f.gate.may(&[SHOULD_WAIT]);
    if !f.gate.exact {
        // H4.
        f.gate.may(&[BAD_STATE]);
    }
    let (key, status) = (f.key(), f.dice.number32() as i32);
    let packet = Packet { key, kind: f.dice.number32(), status, payload: payload(key, status) };
    let mut packet = Memory::holding(&mut f.dice, &[packet]).nulled(null);
    c!(mx_port_queue(port.raw, packet.pointer().cast(), 0))
}

/// More than the most: a V2 port finds that there is a size at all (L7), all others that it is too large, live or not.
fn queue_too_much(f: &mut Fuzzer<'_>) -> i32 {
    let wanted = f.dice.pick(&[kind::PORT, kind::PORT_V1]);
    let port = f.pick(Some(wanted));
    if port.is_guess() && !port.stale {
        f.gate.may(&[WRONG_TYPE]);
    }
    if port.kind == kind::PORT && !port.stale {
        if !f.gate.exact {
            f.gate.may(&[BUFFER_TOO_SMALL, BAD_HANDLE]);
        }
        f.gate.must(WRONG_TYPE);
    }
    f.gate.must(BUFFER_TOO_SMALL);
    let size = f.dice.pick(&[MOST + 1, 4096, 1 << 32, usize::MAX]);
    // Nobody reads it.
    let mut packet: Memory<u8> = Memory::or_null(&mut f.dice, HEADER);
    c!(mx_port_queue(port.raw, packet.pointer().cast(), size))
}

pub fn mx_port_queue(f: &mut Fuzzer<'_>) -> Option<i32> {
    let size = match f.dice.below(16) {
        0..=4 => return Some(queue_v2(f)),
        5 => return Some(queue_too_much(f)),
        6 => 1 + f.dice.below(HEADER - 1),
        7 => f.dice.pick(&[HEADER, OF_CHANNEL, MOST]),
        _ => HEADER + f.dice.below(MOST - HEADER + 1),
    };
    let port = f.handle(Some(kind::PORT_V1), right::WRITE);
    let null = f.dice.one_in(16);
    f.gate.must_if(null || size < HEADER, INVALID_ARGS);
    if !f.gate.exact {
        // H4.
        f.gate.may(&[UNAVAILABLE]);
    }
    if f.dice.one_in(64) {
        empty(port);
    }
    let packet = packet(f, size);
    let mut memory = Memory::holding(&mut f.dice, &packet).nulled(null);
    Some(c!(mx_port_queue(port.raw, memory.pointer().cast(), size)))
}

fn wait_v2(f: &mut Fuzzer<'_>, port: Known, deadline: i64) -> i32 {
    let mut packet = f.out::<Packet>();
    f.gate.must_if(packet.is_null(), INVALID_ARGS);
    f.gate.handle(port, Some(kind::PORT), right::READ);
    f.gate.may(&[TIMED_OUT]);
    let status = c!(mx_port_wait(port.raw, deadline as u64, packet.pointer().cast(), 0));
    match status {
        OK => judge(&packet.get(0)),
        _ => assert!(packet.untouched(), "E3"),
    }
    if f.setting.board == 0 {
        f.assert_late(status, deadline);
    }
    status
}

/// A packet that did not fit is still there, and longer than the room.
fn assert_stays(port: Known, room: usize) {
    let mut all = [0_u8; MOST];
    assert_eq!(c!(mx_port_wait(port.raw, 0, all.as_mut_ptr().cast(), MOST)), OK, "L3: it stays");
    let extra = all[12];
    let size = if u32::from(all[8]) == V1_USER { usize::from(extra) } else { OF_CHANNEL };
    assert!(size > room, "L3: {size} bytes fit into {room}");
}

pub fn mx_port_wait(f: &mut Fuzzer<'_>) -> Option<i32> {
    let size = match f.dice.below(16) {
        0..=5 => 0,
        6 => f.dice.below(MOST),
        7 => f.dice.pick(&[HEADER, OF_CHANNEL - 1, OF_CHANNEL, MOST - 1]),
        8 => usize::MAX,
        _ => MOST,
    };
    let deadline = f.unsigned_deadline();
    let wanted = if size == 0 && !f.dice.one_in(16) { kind::PORT } else { kind::PORT_V1 };
    let port = f.pick(Some(wanted));
    if size == 0 && port.kind != kind::PORT_V1 {
        return Some(wait_v2(f, port, deadline));
    }
    let room = size.min(MOST);
    let mut memory: Memory<u8> = Memory::or_null(&mut f.dice, room);
    f.gate.must_if(memory.is_null(), INVALID_ARGS);
    f.gate.handle(port, Some(kind::PORT_V1), right::READ);
    f.gate.may(&[TIMED_OUT]);
    if size < MOST {
        f.gate.may(&[INVALID_ARGS]);
    }
    let status = c!(mx_port_wait(port.raw, deadline as u64, memory.pointer().cast(), size));
    match status {
        OK => assert!(judge_v1(&memory) <= size, "L3"),
        _ => assert!(memory.untouched(), "L3"),
    }
    if status == INVALID_ARGS && !memory.is_null() && f.gate.exact {
        assert_stays(port, size);
    }
    f.assert_late(status, deadline);
    Some(status)
}

pub fn mx_port_bind(f: &mut Fuzzer<'_>) -> Option<i32> {
    let any = f.signals();
    let signals = f.dice.pick(&[READABLE, READABLE, PEER, READABLE | PEER, READABLE | PEER, 0, any]);
    f.gate.must_if(signals == 0, INVALID_ARGS);
    let port = f.handle(Some(kind::PORT_V1), right::WRITE);
    // The source's right comes before its type.
    let source = f.pick(Some(kind::CHANNEL));
    f.gate.handle(source, None, right::READ);
    if source.is_guess() {
        f.gate.may(&[NOT_SUPPORTED, BAD_STATE, INVALID_ARGS]);
    }
    f.gate.must_if(!source.is_guess() && source.kind != kind::CHANNEL, NOT_SUPPORTED);
    let koid = if f.gate.exact && source.kind == kind::CHANNEL { f.koid(source.raw) } else { 0 };
    if f.gate.exact {
        f.gate.must_if(koid != 0 && f.bound.contains(&koid), BAD_STATE);
    } else {
        f.gate.may(&[BAD_STATE]);
    }
    f.gate.must_if(signals & !(READABLE | PEER) != 0, INVALID_ARGS);
    let key = f.key();
    let status = c!(mx_port_bind(port.raw, key, source.raw, signals));
    if status == OK && koid != 0 {
        f.bound.push(koid);
    }
    Some(status)
}

pub fn mx_port_cancel(f: &mut Fuzzer<'_>) -> Option<i32> {
    let tie = f.tied(None);
    // Any port will do (G7).
    let port = if f.dice.one_in(4) { f.pick(Some(kind::PORT)) } else { tie.port };
    f.gate.handle(port, Some(kind::PORT), right::WRITE);
    f.judge_waitable(tie.source, right::WRITE);
    Some(c!(mx_port_cancel(port.raw, tie.source.raw, tie.key)))
}
