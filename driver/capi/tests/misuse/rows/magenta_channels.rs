//! mx_channel_*: what a message that was not written carries stays the caller's.

use portolan_conformance::abi::*;

use super::channels::{Body, Cargo, MAX_BYTES, OWN_TXID, REPLY_TIME, ask, read, readable, received};
use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;
use crate::pool::{Known, kind};

const MAX_HANDLES: usize = 1024;
const MAY_DISCARD: u32 = 1;
/// Transaction ids of calls that are made at once, so that some are the same.
const TXIDS: usize = 8;

pub fn mx_channel_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], INVALID_ARGS);
    f.gate.may(&[ACCESS_DENIED]);
    let mut out = [f.out(), f.out()];
    f.gate.must_if(out.iter().any(Memory::is_null), INVALID_ARGS);
    let [first, second] = out.each_mut().map(Memory::pointer);
    let status = c!(mx_channel_create(options, first, second));
    Some(f.made_by_magenta(status, kind::CHANNEL, &out))
}

pub fn mx_channel_read(f: &mut Fuzzer<'_>) -> Option<i32> {
    let channel = readable(f);
    let options = f.option(&[0, 0, MAY_DISCARD], NOT_SUPPORTED);
    let num_bytes = if f.dice.one_in(32) { MAX_BYTES } else { f.dice.pick(&[0, 4, 64, 64, 64]) };
    let num_handles = f.dice.pick(&[0, 1, 4, 64, MAX_HANDLES, MAX_HANDLES]);
    Some(read(f, channel, num_bytes, num_handles, |raw, bytes, handles, actual_bytes, actual_handles| {
        let (count, handle_count) = (num_bytes as u32, num_handles as u32);
        c!(mx_channel_read(raw, options, bytes, handles, count, handle_count, actual_bytes, actual_handles))
    }))
}

/// The handles of a message: those of the run, or, now and then, many that nobody else knows.
struct Load {
    cargo: Cargo,
    private: bool,
}

impl Load {
    fn make(f: &mut Fuzzer<'_>, channel: Known) -> Load {
        let private = f.dice.one_in(256);
        let cargo = if private { many(f) } else { Cargo::load(f, channel, MAX_HANDLES) };
        Load { cargo, private }
    }

    /// One after the other is looked at, before the message. Then, whether one is there twice.
    fn judge(&self, f: &mut Fuzzer<'_>, channel: Known) {
        let all = &self.cargo.all;
        f.gate.must_if(self.cargo.memory.is_null() && !all.is_empty(), INVALID_ARGS);
        for known in all {
            f.gate.must_if(known.stale, BAD_HANDLE);
            if known.is_guess() {
                f.gate.may(&[BAD_HANDLE, ACCESS_DENIED]);
                continue;
            }
            if !f.gate.exact && !self.private {
                f.gate.may(&[BAD_HANDLE]);
            }
            f.gate.must_if(known.raw == channel.raw, NOT_SUPPORTED);
            f.gate.must_if(known.rights & right::TRANSFER == 0, ACCESS_DENIED);
        }
        let twice = |index: usize| all[..index].iter().any(|known| known.raw == all[index].raw);
        f.gate.must_if((1..all.len()).any(twice), INVALID_ARGS);
    }

    /// The call is about to take them.
    fn lend(&self, f: &Fuzzer<'_>) {
        if !f.gate.exact {
            self.cargo.all.iter().for_each(|known| f.pool.lend(*known));
        }
    }

    /// The message was written.
    fn gone(&self, f: &mut Fuzzer<'_>) {
        match f.gate.exact {
            true => self.cargo.gone(f),
            false => self.cargo.all.iter().for_each(|known| f.pool.sent(*known)),
        }
    }

    /// The message was not written: they are as they were.
    fn stay(&self, f: &mut Fuzzer<'_>) {
        let live = self.cargo.all.iter().filter(|known| !known.stale && !known.is_guess());
        for known in live {
            if self.private {
                assert_eq!(c!(mx_handle_close(known.raw)), OK, "{known:?} comes back");
            } else if f.gate.exact {
                assert_eq!(c!(zx_handle_check_valid(known.raw)), OK, "{known:?} comes back");
            } else {
                f.lent.push(known.raw);
            }
        }
    }
}

/// More than Zircon's messages have.
fn many(f: &mut Fuzzer<'_>) -> Cargo {
    let (of, count) = (f.pick(Some(kind::EVENT)), f.dice.pick(&[64, 65, 300, MAX_HANDLES]));
    let again = |_| {
        let mut raw = 0;
        (c!(mx_handle_duplicate(of.raw, right::SAME, &mut raw)) == OK).then_some(raw)
    };
    let raws: Vec<_> = (0..count).map_while(again).collect();
    // Whatever it was: who picked it knows, unless it was guessed.
    let all = raws.into_iter().map(|raw| Known::live(raw, of.kind, of.rights)).collect();
    Cargo::of(f, all)
}

pub fn mx_channel_write(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], INVALID_ARGS);
    let channel = f.handle(Some(kind::CHANNEL), right::WRITE);
    let (mut body, mut load) = (Body::load(f, 0), Load::make(f, channel));
    judge_message(f, &body, &load, channel);
    f.gate.may(&[PEER_CLOSED]);
    let (bytes, count) = (body.pointer().cast(), body.count);
    let (handles, num_handles) = (load.cargo.memory.pointer(), load.cargo.all.len() as u32);
    load.lend(f);
    let status = c!(mx_channel_write(channel.raw, options, bytes, count, handles, num_handles));
    match status {
        OK => load.gone(f),
        _ => load.stay(f),
    }
    Some(status)
}

/// How many there are of both, then both.
fn judge_message(f: &mut Fuzzer<'_>, body: &Body, load: &Load, channel: Known) {
    f.gate.must_if(body.count as usize > MAX_BYTES || load.cargo.all.len() > MAX_HANDLES, OUT_OF_RANGE);
    body.judge(f);
    load.judge(f, channel);
}

pub fn mx_channel_call(f: &mut Fuzzer<'_>) -> Option<i32> {
    let without = f.dice.one_in(16);
    f.gate.must_if(without, INVALID_ARGS);
    let options = f.option(&[0], INVALID_ARGS);
    let channel = f.handle(Some(kind::CHANNEL), right::WRITE);
    let txid = OWN_TXID + f.dice.below(TXIDS) as u32;
    let (mut body, mut load) = (Body::load(f, 0).with_txid(txid), Load::make(f, channel));
    judge_message(f, &body, &load, channel);
    f.gate.must_if(body.count < 4, INVALID_ARGS);
    f.gate.may(&[PEER_CLOSED, TIMED_OUT, CALL_FAILED]);
    // Often long enough that another thread may reply.
    let deadline = if f.dice.one_in(2) { f.unsigned_deadline() } else { c!(zx_deadline_after(REPLY_TIME)) };
    let (room, handle_room) = (f.dice.pick(&[0, 4, 64, 64]), f.dice.pick(&[0, 4]));
    let mut bytes: Memory<u8> = Memory::or_null(&mut f.dice, room);
    let mut handles: Memory<u32> = Memory::or_null(&mut f.dice, handle_room);
    let args = CallArgs {
        wr_bytes: body.pointer(),
        wr_handles: load.cargo.memory.pointer(),
        rd_bytes: bytes.pointer(),
        rd_handles: handles.pointer(),
        wr_num_bytes: body.count,
        wr_num_handles: load.cargo.all.len() as u32,
        rd_num_bytes: room as u32,
        rd_num_handles: handle_room as u32,
    };
    let mut args = Memory::holding(&mut f.dice, &[args]).nulled(without);
    let (mut actual_bytes, mut actual_handles) = (f.out::<u32>(), f.out::<u32>());
    let mut why = f.out::<i32>();
    let (counts, places) = (actual_bytes.pointer(), actual_handles.pointer());
    let place = args.pointer();
    load.lend(f);
    ask(f, channel);
    let status =
        c!(mx_channel_call(channel.raw, options, deadline as u64, place, counts, places, why.pointer()));
    f.pool.ask(0);
    f.assert_late(status, deadline);
    match status {
        OK | TIMED_OUT | CALL_FAILED => load.gone(f),
        _ => load.stay(f),
    }
    let counted = !actual_bytes.is_null() && !actual_handles.is_null();
    match status {
        OK => {
            assert!(counted, "there is nowhere to say how much");
            let actual = (actual_bytes.get(0) as usize, actual_handles.get(0) as usize);
            received(f, &bytes, &handles, actual, actual.0 <= room && actual.1 <= handle_room);
            let own = u32::from_le_bytes(std::array::from_fn(|at| bytes.get(at)));
            assert_eq!(own, txid, "the reply is to another call");
        }
        CALL_FAILED if why.is_null() => assert!(handles.untouched()),
        CALL_FAILED => {
            let null = bytes.is_null() || handles.is_null() || !counted;
            match why.get(0) {
                INVALID_ARGS => assert!(null && handles.untouched()),
                PEER_CLOSED | BUFFER_TOO_SMALL => assert!(bytes.untouched() && actual_bytes.untouched()),
                CANCELED => assert!(!f.gate.exact && bytes.untouched() && actual_bytes.untouched()),
                other => panic!("a call failed with {other}"),
            }
        }
        _ => assert!(bytes.untouched() && handles.untouched() && actual_bytes.untouched()),
    }
    assert!(status == CALL_FAILED || why.untouched(), "why it failed was written with {status}");
    Some(status)
}
