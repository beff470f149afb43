//! mx_job_*.
//!
//! What these calls set cannot be overridden, so nothing is set for this process's own job: then an entry is wrong.

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::{ALLOW, DENY, Fuzzer};
use crate::memory::Memory;
use crate::pool::kind;

const SET_POLICY: u32 = 1 << 10;
const ABSOLUTE: u32 = 1;
const BASIC: u32 = 0;
/// MX_POL_MAX: conditions, and entries at once.
const MAX: usize = 11;
/// MX_POL_ACTION_ALARM, which no other action may be or-ed with either.
const ALARM: u32 = 2;
const KILL: u32 = 5;

pub fn mx_job_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], INVALID_ARGS);
    let parent = f.handle(Some(kind::JOB), right::WRITE);
    // While this process's job has jobs in it, its policy stands still; so it seldom has.
    if f.is_own_job(parent.raw) && !parent.stale && !f.dice.one_in(8) {
        return None;
    }
    f.gate.may(&[OUT_OF_RANGE]);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(mx_job_create(parent.raw, options, out.pointer()));
    Some(f.made_by_magenta(status, kind::JOB, &[out]))
}

/// mx_policy_basic_t; whether it can be set.
fn entry(f: &mut Fuzzer<'_>) -> ([u32; 2], bool) {
    let condition = if f.dice.one_in(32) { f.dice.number32() } else { f.dice.below(MAX) as u32 };
    let any = f.dice.number32();
    let action = match f.dice.below(32) {
        0 => f.dice.pick(&[ALARM, 3, 4, 7, any]),
        at => [ALLOW, ALLOW, DENY, KILL][at % 4],
    };
    ([condition, action], condition < MAX as u32 && [ALLOW, DENY, KILL].contains(&action))
}

pub fn mx_job_set_policy(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0, ABSOLUTE], INVALID_ARGS);
    let topic = f.option(&[BASIC], INVALID_ARGS);
    let null = f.dice.one_in(16);
    let count = match f.dice.below(16) {
        0 => f.dice.pick(&[0, MAX + 1, 32, u32::MAX as usize]),
        1 => MAX,
        _ => 1 + f.dice.below(3),
    };
    f.gate.must_if(null || count == 0, INVALID_ARGS);
    let job = f.handle(Some(kind::JOB), SET_POLICY);
    f.gate.must_if(count > MAX, OUT_OF_RANGE);
    let (mut entries, valid): (Vec<_>, Vec<_>) = (0..count.min(MAX + 1)).map(|_| entry(f)).unzip();
    let own = f.is_own_job(job.raw);
    if let Some(last) = entries.last_mut().filter(|_| own) {
        last[1] = ALARM;
    }
    f.gate.must_if(own || valid.contains(&false), NOT_SUPPORTED);
    f.gate.may(&[BAD_STATE, ALREADY_EXISTS]);
    let mut policy = Memory::holding(&mut f.dice, &entries).nulled(null);
    Some(c!(mx_job_set_policy(job.raw, options, topic, policy.pointer().cast(), count as u32)))
}
