//! zx_channel_*.
//!
//! A channel's end that lies unread in its own queue, or ends that lie in one another's, are closed by nobody any more,
//! here as on Zircon, whichever family's calls sent them. So that a run can look for leaks, an end is sent only through channels that are younger than its
//! own: then there are no rings. A channel's own end may be sent as well, which is refused.

use std::ffi::c_void;

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;
use crate::pool::{Known, kind};

pub(super) const MAX_BYTES: usize = 65536;
const MAX_HANDLES: usize = 64;
const USE_IOVEC: u32 = 2;
const MAY_DISCARD: u32 = 1;
/// Transaction ids are from this one on, and no other message here begins with such a number: those that Magenta's callers
/// choose, and the library's, which have the top bit set.
pub(super) const OWN_TXID: u32 = 0x7000_0000;
/// Handles that came in one message and are kept.
const KEPT: usize = 64;

/// How long a reply is waited for, in ns.
pub(super) const REPLY_TIME: i64 = 300_000;

/// zx_channel_iovec_t.
#[derive(Clone, Copy)]
#[repr(C)]
struct Iovec {
    buffer: *const u8,
    capacity: u32,
    reserved: u32,
}

pub fn zx_channel_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], INVALID_ARGS);
    f.gate.may(&[ACCESS_DENIED]);
    let mut out = [f.out(), f.out()];
    f.gate.must_if(out.iter().any(Memory::is_null), INVALID_ARGS);
    let [first, second] = out.each_mut().map(Memory::pointer);
    let status = c!(zx_channel_create(options, first, second));
    Some(f.made(status, kind::CHANNEL, &out))
}

/// The bytes of a message of this length; the first four are also a reply's number, which the library writes.
pub(super) fn text(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index * 7 + count) as u8).collect()
}

fn judge_text(bytes: &[u8]) {
    let whole = bytes.iter().zip(text(bytes.len())).skip(4).all(|(byte, sent)| *byte == sent);
    assert!(whole, "a message of {} bytes is not what was sent", bytes.len());
}

pub fn zx_channel_read(f: &mut Fuzzer<'_>) -> Option<i32> {
    let channel = readable(f);
    let options = f.option(&[0, 0, MAY_DISCARD], NOT_SUPPORTED);
    let num_bytes = if f.dice.one_in(32) { MAX_BYTES } else { f.dice.pick(&[0, 4, 64, 64, 64]) };
    let num_handles = f.dice.pick(&[0, 1, 4, MAX_HANDLES, MAX_HANDLES]);
    Some(read(f, channel, num_bytes, num_handles, |raw, bytes, handles, actual_bytes, actual_handles| {
        let (count, handle_count) = (num_bytes as u32, num_handles as u32);
        c!(zx_channel_read(raw, options, bytes, handles, count, handle_count, actual_bytes, actual_handles))
    }))
}

/// A channel to read from, judged: rather one where somebody waits for a reply.
pub(super) fn readable(f: &mut Fuzzer<'_>) -> Known {
    let asked = f.pool.asked().and_then(|(koid, mut all)| all.find(|known| f.koid(known.raw) == koid));
    let channel = match asked {
        Some(known) if !f.dice.one_in(4) => known,
        _ => f.pick(Some(kind::CHANNEL)),
    };
    f.gate.handle(channel, Some(kind::CHANNEL), right::READ);
    channel
}

/// Says that a call through this channel waits for a reply.
pub(super) fn ask(f: &Fuzzer<'_>, channel: Known) {
    let peer = f.describe(channel.raw).filter(|basic| basic.kind == kind::CHANNEL);
    f.pool.ask(peer.map_or(0, |basic| basic.related_koid));
}

/// Reads from a channel that was judged.
pub(super) fn read(
    f: &mut Fuzzer<'_>,
    channel: Known,
    num_bytes: usize,
    num_handles: usize,
    call: impl FnOnce(u32, *mut c_void, *mut u32, *mut u32, *mut u32) -> i32,
) -> i32 {
    let mut bytes: Memory<u8> = Memory::or_null(&mut f.dice, num_bytes);
    let mut handles: Memory<u32> = Memory::or_null(&mut f.dice, num_handles);
    let (mut actual_bytes, mut actual_handles) = (Memory::new(&mut f.dice, 1), Memory::new(&mut f.dice, 1));
    f.gate.may(&[SHOULD_WAIT, PEER_CLOSED, BUFFER_TOO_SMALL]);
    if bytes.is_null() || handles.is_null() {
        f.gate.may(&[INVALID_ARGS]);
    }
    let status = call(
        channel.raw,
        bytes.pointer().cast(),
        handles.pointer(),
        actual_bytes.pointer(),
        actual_handles.pointer(),
    );
    let actual = (actual_bytes.get(0) as usize, actual_handles.get(0) as usize);
    let fits = actual.0 <= num_bytes && actual.1 <= num_handles;
    match status {
        OK => received(f, &bytes, &handles, actual, fits),
        BUFFER_TOO_SMALL => assert!(!fits && bytes.untouched() && handles.untouched()),
        INVALID_ARGS => assert!(handles.untouched()),
        _ => assert!([&actual_bytes, &actual_handles].into_iter().all(Memory::untouched), "{status}"),
    }
    if status == OK {
        echo(f, channel, &bytes, actual);
    }
    status
}

/// A message: it is as it was sent, and nothing lies beyond.
pub(super) fn received(
    f: &mut Fuzzer<'_>,
    bytes: &Memory<u8>,
    handles: &Memory<u32>,
    actual: (usize, usize),
    fits: bool,
) {
    assert!(fits, "{actual:?}");
    let text: Vec<_> = (0..actual.0).map(|index| bytes.get(index)).collect();
    judge_text(&text);
    assert!(bytes.untouched_from(actual.0) && handles.untouched_from(actual.1), "beyond the message");
    (0..actual.1.min(KEPT)).for_each(|index| f.adopt(handles.get(index)));
    (KEPT..actual.1).for_each(|index| assert_eq!(c!(zx_handle_close(handles.get(index))), OK));
}

/// A request is answered, now and then, so that calls get replies.
fn echo(f: &mut Fuzzer<'_>, channel: Known, bytes: &Memory<u8>, (count, _): (usize, usize)) {
    if count < 4 || f.dice.one_in(4) {
        return;
    }
    let text: Vec<_> = (0..count).map(|index| bytes.get(index)).collect();
    let txid = u32::from_le_bytes(std::array::from_fn(|at| text[at]));
    if txid >= OWN_TXID {
        let status =
            c!(zx_channel_write(channel.raw, 0, text.as_ptr().cast(), count as u32, std::ptr::null(), 0));
        assert!([OK, PEER_CLOSED, ACCESS_DENIED, BAD_HANDLE].contains(&status), "{status}");
    }
}

/// The lower koid of a channel's two ends: how old it is.
fn age(f: &Fuzzer<'_>, raw: u32) -> Option<u64> {
    let basic = f.describe(raw).filter(|basic| basic.kind == kind::CHANNEL)?;
    Some(basic.koid.min(basic.related_koid))
}

/// A handle for a message through this channel.
fn sendable(f: &mut Fuzzer<'_>, channel: Known) -> Known {
    let known = if f.dice.one_in(32) { channel } else { f.pick(None) };
    match (age(f, known.raw), age(f, channel.raw)) {
        _ if known.raw == channel.raw => known,
        (Some(own), Some(through)) if own >= through => Known::no_handle(0),
        _ => known,
    }
}

/// The handles of a message, and NULL or not.
pub(super) struct Cargo {
    pub(super) all: Vec<Known>,
    pub(super) memory: Memory<u32>,
}

impl Cargo {
    /// For a message that may have so many.
    pub(super) fn load(f: &mut Fuzzer<'_>, channel: Known, most: usize) -> Cargo {
        let count = match f.dice.below(64) {
            0 => f.dice.pick(&[most, most + 1, most + 6]),
            1..=24 => 1 + f.dice.below(3),
            _ => 0,
        };
        // Too many are of the same few, so that the others of the run are not all used up.
        let some: Vec<_> = (0..count.min(4)).map(|_| sendable(f, channel)).collect();
        Cargo::of(f, (0..count).map(|index| some[index % some.len()]).collect())
    }

    pub(super) fn of(f: &mut Fuzzer<'_>, all: Vec<Known>) -> Cargo {
        let values: Vec<_> = all.iter().map(|known| known.raw).collect();
        let null = f.dice.one_in(16);
        let memory = Memory::holding(&mut f.dice, &values).nulled(null);
        Cargo { all, memory }
    }

    /// What becomes of the call when it looks at them, after all else.
    fn judge(&self, f: &mut Fuzzer<'_>, channel: Known) {
        f.gate.must_if(self.memory.is_null() && !self.all.is_empty(), INVALID_ARGS);
        f.gate.must_if(self.all.len() > MAX_HANDLES, OUT_OF_RANGE);
        let repeated = |index: usize| self.all[..index].iter().any(|known| known.raw == self.all[index].raw);
        let bad = |index: usize| self.all[index].stale || repeated(index);
        f.gate.must_if((0..self.all.len()).any(bad), BAD_HANDLE);
        if self.all.iter().any(Known::is_guess) || !self.all.is_empty() && !f.gate.exact {
            f.gate.may(&[BAD_HANDLE]);
        }
        for known in &self.all {
            f.gate.must_if(known.raw == channel.raw, NOT_SUPPORTED);
            match known.is_guess() {
                true => f.gate.may(&[ACCESS_DENIED]),
                false => f.gate.must_if(known.rights & right::TRANSFER == 0, ACCESS_DENIED),
            }
        }
    }

    /// They are gone.
    pub(super) fn gone(&self, f: &mut Fuzzer<'_>) {
        if !self.memory.is_null() {
            self.all.iter().for_each(|known| f.pool.retire(*known));
        }
    }
}

/// The bytes of a message, as one piece or as several.
pub(super) struct Body {
    whole: Memory<u8>,
    parts: Option<Memory<Iovec>>,
    pub(super) count: u32,
}

impl Body {
    pub(super) fn load(f: &mut Fuzzer<'_>, options: u32) -> Body {
        let count = match f.dice.below(64) {
            0 => f.dice.pick(&[MAX_BYTES, MAX_BYTES + 1]),
            1..=4 => f.dice.below(4),
            _ => f.dice.pick(&[0, 4, 5, 16, 64]),
        };
        let null = f.dice.one_in(16);
        let mut whole = Memory::holding(&mut f.dice, &text(count)).nulled(null);
        if options & USE_IOVEC == 0 {
            return Body { whole, parts: None, count: count as u32 };
        }
        let half = count / 2;
        let reserved = u32::from(f.dice.one_in(16));
        let start = whole.pointer().cast_const();
        let second = if null { start } else { start.wrapping_add(half) };
        let parts = [
            Iovec { buffer: start, capacity: half as u32, reserved: 0 },
            Iovec { buffer: second, capacity: (count - half) as u32, reserved },
        ];
        let without = f.dice.one_in(16);
        let parts = Memory::holding(&mut f.dice, &parts).nulled(without);
        let count = if f.dice.one_in(32) { 8193 } else { 2 };
        Body { whole, parts: Some(parts), count }
    }

    pub(super) fn judge(&self, f: &mut Fuzzer<'_>) {
        let Some(parts) = &self.parts else {
            f.gate.must_if(self.count as usize > MAX_BYTES, OUT_OF_RANGE);
            return f.gate.must_if(self.whole.is_null() && self.count > 0, INVALID_ARGS);
        };
        f.gate.must_if(self.count > 8192, OUT_OF_RANGE);
        f.gate.must_if(parts.is_null(), INVALID_ARGS);
        let mut total = 0;
        for part in [parts.get(0), parts.get(1)] {
            f.gate.must_if(part.reserved != 0, INVALID_ARGS);
            total += part.capacity as usize;
            f.gate.must_if(total > MAX_BYTES, OUT_OF_RANGE);
            f.gate.must_if(part.buffer.is_null() && part.capacity > 0, INVALID_ARGS);
        }
    }

    /// With this number in the first four bytes, of a body in one piece.
    pub(super) fn with_txid(mut self, txid: u32) -> Body {
        for (at, byte) in txid.to_le_bytes().into_iter().enumerate().take(self.count as usize) {
            self.whole.set(at, byte);
        }
        self
    }

    /// How long the message is.
    fn len(&self) -> usize {
        match &self.parts {
            None => self.count as usize,
            Some(parts) => (0..2).map(|index| parts.get(index).capacity as usize).sum(),
        }
    }

    pub(super) fn pointer(&mut self) -> *const u8 {
        match &mut self.parts {
            None => self.whole.pointer().cast_const(),
            Some(parts) => parts.pointer().cast_const().cast(),
        }
    }
}

pub fn zx_channel_write(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0, 0, USE_IOVEC], INVALID_ARGS);
    let channel = f.handle(Some(kind::CHANNEL), right::WRITE);
    let mut body = Body::load(f, options);
    body.judge(f);
    let mut cargo = Cargo::load(f, channel, MAX_HANDLES);
    cargo.judge(f, channel);
    f.gate.may(&[PEER_CLOSED]);
    let (bytes, count) = (body.pointer().cast(), body.count);
    let (handles, num_handles) = (cargo.memory.pointer(), cargo.all.len() as u32);
    let status = c!(zx_channel_write(channel.raw, options, bytes, count, handles, num_handles));
    cargo.gone(f);
    Some(status)
}

pub fn zx_channel_call(f: &mut Fuzzer<'_>) -> Option<i32> {
    let without = f.dice.one_in(16);
    f.gate.must_if(without, INVALID_ARGS);
    let options = f.option(&[0, 0, USE_IOVEC], INVALID_ARGS);
    let channel = f.handle(Some(kind::CHANNEL), right::READ | right::WRITE);
    let mut body = Body::load(f, options);
    body.judge(f);
    let mut cargo = Cargo::load(f, channel, MAX_HANDLES);
    // Often long enough that another thread may reply.
    let deadline = if f.dice.one_in(2) { f.deadline() } else { c!(zx_deadline_after(REPLY_TIME)) };
    // A request has a number, for which it needs room. It is looked for after the handles were taken, and before
    // what they are.
    judge_call(f, &body, &cargo, channel);
    let (room, handle_room) = (f.dice.pick(&[0, 4, 64, 64]), f.dice.pick(&[0, 4]));
    let mut bytes: Memory<u8> = Memory::or_null(&mut f.dice, room);
    let mut handles: Memory<u32> = Memory::or_null(&mut f.dice, handle_room);
    if bytes.is_null() || handles.is_null() {
        f.gate.may(&[INVALID_ARGS]);
    }
    let (mut actual_bytes, mut actual_handles) = (Memory::new(&mut f.dice, 1), Memory::new(&mut f.dice, 1));
    let args = CallArgs {
        wr_bytes: body.pointer(),
        wr_handles: cargo.memory.pointer(),
        rd_bytes: bytes.pointer(),
        rd_handles: handles.pointer(),
        wr_num_bytes: body.count,
        wr_num_handles: cargo.all.len() as u32,
        rd_num_bytes: room as u32,
        rd_num_handles: handle_room as u32,
    };
    let mut args = Memory::holding(&mut f.dice, &[args]).nulled(without);
    let (counts, places) = (actual_bytes.pointer(), actual_handles.pointer());
    ask(f, channel);
    let status = c!(zx_channel_call(channel.raw, options, deadline, args.pointer(), counts, places));
    f.pool.ask(0);
    if !without {
        cargo.gone(f);
    }
    f.assert_late(status, deadline);
    let actual = (actual_bytes.get(0) as usize, actual_handles.get(0) as usize);
    let fits = actual.0 <= room && actual.1 <= handle_room;
    match status {
        OK => received(f, &bytes, &handles, actual, fits),
        BUFFER_TOO_SMALL => assert!(!fits && bytes.untouched() && handles.untouched()),
        INVALID_ARGS => assert!(handles.untouched()),
        _ => assert!(actual_bytes.untouched() && actual_handles.untouched(), "{status}"),
    }
    Some(status)
}

fn judge_call(f: &mut Fuzzer<'_>, body: &Body, cargo: &Cargo, channel: Known) {
    let short = body.len() < 4;
    if short {
        // Either was wrong with the handles before, or it is too short.
        f.gate.may(&[BAD_HANDLE, OUT_OF_RANGE]);
        return f.gate.must(INVALID_ARGS);
    }
    cargo.judge(f, channel);
    f.gate.may(&[PEER_CLOSED, TIMED_OUT, BUFFER_TOO_SMALL]);
    if !f.gate.exact {
        f.gate.may(&[CANCELED]);
    }
}
