//! zx_job_*, and the handles that a program borrows.
//!
//! Policy of this process's own job applies to the run itself: it never kills but in a process of its own, it can always
//! be overridden, and its slack is small.

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::{ALLOW, DENY, Fuzzer, KILL, SLACK};
use crate::memory::Memory;
use crate::pool::kind;

const MANAGE_JOB: u32 = 1 << 16;
const SET_POLICY: u32 = 1 << 10;
const BASIC_V1: u32 = 0;
const BASIC_V2: u32 = 0x0100_0000;
const TIMER_SLACK: u32 = 1;
const CONDITIONS: u32 = 18;
const ABSOLUTE: u32 = 1;

pub fn zx_job_create(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0], INVALID_ARGS);
    let parent = f.handle(Some(kind::JOB), MANAGE_JOB);
    // While this process's job has jobs in it, its policy stands still; so it seldom has.
    if f.is_own_job(parent.raw) && !parent.stale && !f.dice.one_in(8) {
        return None;
    }
    f.gate.may(&[OUT_OF_RANGE]);
    let mut out = f.out();
    f.gate.must_if(out.is_null(), INVALID_ARGS);
    let status = c!(zx_job_create(parent.raw, options, out.pointer()));
    Some(f.made(status, kind::JOB, &[out]))
}

/// Entries of basic policy; what is wrong with the first bad one (A12).
fn entries(f: &mut Fuzzer<'_>, count: usize, own: bool) -> (Vec<PolicyV2>, Option<i32>) {
    let mut wrong = None;
    let entries = (0..count).map(|_| {
        let condition =
            if f.dice.one_in(16) { f.dice.number32() } else { f.dice.below(CONDITIONS as usize) as u32 };
        let any = f.dice.number32();
        let mut action = f.dice.pick(&[ALLOW, ALLOW, ALLOW, ALLOW, ALLOW, ALLOW, DENY, KILL, 2, 3, any]);
        if own && action == KILL && !f.setting.kill {
            action = ALLOW;
        }
        let flags = match f.dice.below(16) {
            0 => f.dice.number32(),
            at => (at % 2) as u32,
        };
        let flags = if own && flags == 1 { 0 } else { flags };
        let known = condition < CONDITIONS && [ALLOW, DENY, KILL].contains(&action);
        let status = match (known, flags) {
            (false, _) => Some(NOT_SUPPORTED),
            (true, 0 | 1) => None,
            (true, _) => Some(INVALID_ARGS),
        };
        wrong = wrong.or(status);
        PolicyV2 { condition, action, flags }
    });
    (entries.collect(), wrong)
}

fn slack(f: &mut Fuzzer<'_>, own: bool) -> (PolicySlack, Option<i32>) {
    let most = if own { SLACK } else { i64::MAX };
    let min_slack = f.dice.number64().min(most);
    let default_mode = if f.dice.one_in(8) { f.dice.number32() } else { f.dice.below(3) as u32 };
    let wrong = (default_mode > 2 || min_slack < 0).then_some(INVALID_ARGS);
    (PolicySlack { min_slack, default_mode, padding1: [0; 4] }, wrong)
}

pub fn zx_job_set_policy(f: &mut Fuzzer<'_>) -> Option<i32> {
    let options = f.option(&[0, ABSOLUTE], INVALID_ARGS);
    let mut topic = f.option(&[BASIC_V1, BASIC_V2, BASIC_V2, TIMER_SLACK], INVALID_ARGS);
    let (null, mut count) = (f.dice.one_in(16), 1 + f.dice.below(3));
    if f.dice.one_in(16) {
        count = f.dice.pick(&[0, 32, 33, u32::MAX as usize]);
    }
    f.gate.must_if(null || count == 0 || count > 32, INVALID_ARGS);
    f.gate.must_if(topic == TIMER_SLACK && (count != 1 || options != 0), INVALID_ARGS);
    let job = f.handle(Some(kind::JOB), SET_POLICY);
    let own = f.is_own_job(job.raw);
    if own && topic == BASIC_V1 {
        // Which cannot be overridden.
        topic = BASIC_V2;
    }
    let there = count.min(33);
    let (mut v1, mut v2, mut of_timers): (Memory<[u32; 2]>, Memory<PolicyV2>, Memory<PolicySlack>);
    let (pointer, wrong) = match topic {
        TIMER_SLACK => {
            let (policy, wrong) = slack(f, own);
            of_timers = Memory::holding(&mut f.dice, &[policy]).nulled(null);
            (of_timers.pointer().cast(), wrong)
        }
        BASIC_V1 => {
            let (mut policy, _) = entries(f, there, own);
            policy.iter_mut().for_each(|entry| entry.flags = 1);
            let bad = |entry: &PolicyV2| {
                entry.condition >= CONDITIONS || ![ALLOW, DENY, KILL].contains(&entry.action)
            };
            let wrong = policy.iter().any(bad).then_some(NOT_SUPPORTED);
            let pairs: Vec<_> = policy.iter().map(|entry| [entry.condition, entry.action]).collect();
            v1 = Memory::holding(&mut f.dice, &pairs).nulled(null);
            (v1.pointer().cast(), wrong)
        }
        _ => {
            let (policy, wrong) = entries(f, there, own);
            v2 = Memory::holding(&mut f.dice, &policy).nulled(null);
            (v2.pointer().cast(), wrong)
        }
    };
    f.gate.must_if(wrong.is_some(), wrong.unwrap_or(OK));
    f.gate.may(&[BAD_STATE, ALREADY_EXISTS]);
    Some(c!(zx_job_set_policy(job.raw, options, topic, pointer, count as u32)))
}

/// Judges a handle that is borrowed: always the same, and good unless the run closes such.
pub fn borrowed(f: &mut Fuzzer<'_>, raw: u32, again: u32, of: u32) -> Option<i32> {
    assert_eq!(raw, again);
    match f.describe(raw) {
        Some(basic) => assert_eq!(basic.kind, of),
        None => assert!(f.setting.borrowed, "it was not closed"),
    }
    f.lend(raw);
    Some(OK)
}

pub fn zx_job_default(f: &mut Fuzzer<'_>) -> Option<i32> {
    borrowed(f, c!(zx_job_default()), c!(zx_job_default()), kind::JOB)
}

pub fn zx_process_self(f: &mut Fuzzer<'_>) -> Option<i32> {
    borrowed(f, c!(zx_process_self()), c!(zx_process_self()), kind::PROCESS)
}

pub fn zx_thread_self(f: &mut Fuzzer<'_>) -> Option<i32> {
    borrowed(f, c!(zx_thread_self()), c!(zx_thread_self()), kind::THREAD)
}

pub fn zx_vmar_root_self(_: &mut Fuzzer<'_>) -> Option<i32> {
    assert_eq!(c!(zx_vmar_root_self()), 0);
    Some(OK)
}

pub fn zx_take_startup_handle(f: &mut Fuzzer<'_>) -> Option<i32> {
    let info = f.dice.number32();
    assert_eq!(c!(zx_take_startup_handle(info)), 0, "{info:#x}");
    Some(OK)
}
