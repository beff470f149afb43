//! One thread's part of a run: it picks a call, makes up arguments, and judges the answer.
//!
//! A call is a [`Row`]; `rows` has them. What calls have in common is here: how handles and numbers are picked, what happens
//! to a handle that a call has made, and the rules that hold for all.

use std::sync::Arc;

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::dice::Dice;
use crate::gate::Gate;
use crate::memory::Memory;
use crate::pool::{Known, Pool, first_rights, kind, magenta_rights};
use crate::rows::ROWS;
use crate::watch::Station;

/// A call.
pub struct Row {
    pub name: &'static str,
    /// How often it is picked.
    pub weight: usize,
    /// Without a board it never succeeds.
    pub needs_board: bool,
    /// Makes the call with made-up arguments. Tells the gate what it may answer, and judges what it wrote. `None` when it was
    /// not made after all.
    pub run: fn(&mut Fuzzer<'_>) -> Option<i32>,
}

/// How a run is.
#[derive(Clone, Copy, Default)]
pub struct Setting {
    /// The simulated board is there: its resource, which the run's threads make duplicates of. 0 without.
    pub board: u32,
    /// Policies that kill may be set.
    pub kill: bool,
    /// Handles that are only borrowed are closed as well.
    pub borrowed: bool,
    /// There is one thread.
    pub alone: bool,
}

/// A source that was tied to a port under a key.
#[derive(Clone, Copy)]
pub struct Tie {
    pub source: Known,
    pub port: Known,
    pub key: u64,
}

/// How often each call answered what: by row, then by status.
pub type Tally = Vec<[u64; 64]>;

/// Deadlines are at most this far away, in ns.
const SOON: usize = 50_000;
const LATER: usize = 1_000_000;
/// The most slack that is set for this process, in ns.
pub const SLACK: i64 = 20_000;

/// Conditions of policies (A12).
pub mod condition {
    pub const BAD_HANDLE: u32 = 0;
    pub const NEW_ANY: u32 = 3;
}

/// Actions of policies (A12).
pub const ALLOW: u32 = 0;
pub const DENY: u32 = 1;
pub const KILL: u32 = 4;

/// Sets a policy of this process's job, which can be overridden.
pub fn set_own_policy(condition: u32, action: u32) -> i32 {
    const BASIC_V2: u32 = 0x0100_0000;
    let (job, entry) = (c!(zx_job_default()), PolicyV2 { condition, action, flags: 0 });
    c!(zx_job_set_policy(job, 0, BASIC_V2, (&raw const entry).cast(), 1))
}

pub struct Fuzzer<'r> {
    pub dice: Dice,
    pub pool: &'r Pool,
    pub gate: Gate,
    pub setting: Setting,
    pub station: Arc<Station>,
    pub tally: Tally,
    /// The koid of this process's job.
    pub own_job: u64,
    /// What was registered or bound lately, with a port and a key: only who names all three again can undo it.
    ties: [Tie; 8],
    steps: u64,
    /// Calls that were made and judged.
    pub made: u64,
    /// Handles that a call took and gave back. Meanwhile they are bad handles, so that a thread that wanted to close one
    /// may have forgotten it.
    pub lent: Vec<u32>,
    /// The koids of channels that were bound to a V1 port, if this is the only thread.
    pub bound: Vec<u64>,
    /// Each row, as often as its weight.
    lot: Vec<usize>,
}

impl<'r> Fuzzer<'r> {
    pub fn new(dice: Dice, pool: &'r Pool, setting: Setting, station: Arc<Station>) -> Fuzzer<'r> {
        let lot = ROWS.iter().enumerate().flat_map(|(index, row)| std::iter::repeat_n(index, row.weight));
        let mut fuzzer = Fuzzer {
            dice,
            pool,
            gate: Gate::new(setting.alone && !setting.borrowed),
            setting,
            station,
            tally: vec![[0; 64]; ROWS.len()],
            own_job: 0,
            ties: [Tie { source: Known::no_handle(0), port: Known::no_handle(0), key: 0 }; 8],
            steps: 0,
            made: 0,
            lent: Vec::new(),
            bound: Vec::new(),
            lot: lot.collect(),
        };
        fuzzer.own_job = fuzzer.describe(c!(zx_job_default())).map_or(0, |basic| basic.koid);
        if setting.board != 0 {
            fuzzer.lend(setting.board);
        }
        fuzzer
    }

    /// Makes one call.
    pub fn step(&mut self) {
        self.steps += 1;
        if self.steps.is_multiple_of(256) {
            self.forgive();
        }
        let choice = self.dice.below(self.lot.len());
        let index = self.lot[choice];
        let row = &ROWS[index];
        self.gate.reset();
        self.station.begin(index);
        let answer = (row.run)(self);
        self.station.end();
        let Some(status) = answer else { return };
        let allowed = self.gate.verdict();
        assert!(allowed.has(status), "{} answered {status}; allowed: {:?}", row.name, allowed.list());
        self.tally[index][-status as usize] += 1;
        self.made += 1;
    }

    /// A policy that denies new objects is taken back, so that there are some. It stays while the job has jobs in it.
    fn forgive(&mut self) {
        let status = set_own_policy(condition::NEW_ANY, ALLOW);
        assert!([OK, BAD_STATE].contains(&status) || self.setting.borrowed, "{status}");
    }

    /// A handle for a call: most often a live one, of this type if one is named.
    pub fn pick(&mut self, kind: Option<u32>) -> Known {
        let wanted = kind.filter(|_| !self.dice.one_in(8));
        match self.dice.below(64) {
            0 => Known::no_handle(0),
            1 => Known::guess(self.dice.number() as u32 & i32::MAX as u32 | 3),
            2 => {
                let bit = self.dice.pick(&[1, 2, 3]);
                Known::no_handle(self.pool.pick(&mut self.dice, wanted).raw & !bit)
            }
            3 => Known::no_handle(self.pool.pick(&mut self.dice, wanted).raw | 1 << 31),
            4 => Known::no_handle(self.dice.pick(&[1, 2, i32::MAX as u32 - 1, u32::MAX])),
            _ => self.pool.pick(&mut self.dice, wanted),
        }
    }

    /// Picks a handle and says that the call looks it up now.
    pub fn handle(&mut self, kind: Option<u32>, rights: u32) -> Known {
        let known = self.pick(kind);
        self.gate.handle(known, kind, rights);
        known
    }

    /// The same for a handle that is waited for, by who has this right: an object without signals is NOT_SUPPORTED (B2).
    pub fn waitable(&mut self, right: u32) -> Known {
        let known = self.pick(None);
        self.judge_waitable(known, right);
        known
    }

    /// The same for this one.
    pub fn judge_waitable(&mut self, known: Known, right: u32) {
        self.gate.handle(known, None, right);
        if known.is_guess() {
            self.gate.may(&[NOT_SUPPORTED]);
        }
        self.gate.must_if(kind::has_no_signals(known.kind), NOT_SUPPORTED);
    }

    /// Remembers a tie.
    pub fn tie(&mut self, source: Known, port: Known, key: u64) {
        let place = self.dice.below(self.ties.len());
        self.ties[place] = Tie { source, port, key };
    }

    /// A tie that was made, rather of this type of source, or one that was never made.
    pub fn tied(&mut self, kind: Option<u32>) -> Tie {
        let mut tie = self.dice.pick(&self.ties);
        if self.gate.exact {
            (tie.source, tie.port) = (self.pool.again(tie.source), self.pool.again(tie.port));
        }
        let fits = kind.is_none_or(|kind| kind == tie.source.kind);
        if tie.source.stale || !fits || self.dice.one_in(4) {
            let (source, port) = (self.pick(kind), self.pick(Some(kind::PORT)));
            return Tie { source, port, key: self.key() };
        }
        tie
    }

    /// One of these options, or something else: then the call answers this.
    pub fn option(&mut self, valid: &[u32], otherwise: i32) -> u32 {
        let option = if self.dice.one_in(8) { self.dice.number32() } else { self.dice.pick(valid) };
        self.gate.must_if(!valid.contains(&option), otherwise);
        option
    }

    /// A few keys, so that they meet.
    pub fn key(&mut self) -> u64 {
        if self.dice.one_in(16) { self.dice.number64() as u64 } else { self.dice.below(3) as u64 }
    }

    pub fn signals(&mut self) -> u32 {
        let any = self.dice.number32();
        self.dice.pick(&[
            0,
            1,
            2,
            PEER,
            SIGNALED,
            SIGNALED,
            UNTRIGGERED,
            USER_0,
            USER_1,
            HANDLE_CLOSED,
            u32::MAX,
            any,
        ])
    }

    /// A deadline on CLOCK_MONOTONIC: mostly passed, else soon.
    pub fn deadline(&mut self) -> i64 {
        let now = c!(zx_clock_get_monotonic());
        match self.dice.below(32) {
            0 => now + self.dice.below(LATER) as i64,
            1..=7 => now + self.dice.below(SOON) as i64,
            8..=15 => now,
            at => [0, 0, PAST, -1, 1, i64::MIN + 1, now - 1, i64::from(i32::MAX)][at % 8],
        }
    }

    /// The same for calls of Magenta's, whose times have no sign: with one they would be for ever.
    pub fn unsigned_deadline(&mut self) -> i64 {
        self.deadline().max(0)
    }

    /// Nobody gives up before the deadline, slack apart.
    pub fn assert_late(&self, status: i32, deadline: i64) {
        let now = c!(zx_clock_get_monotonic());
        assert!(
            status != TIMED_OUT || now >= deadline.saturating_sub(SLACK),
            "gave up at {now}, not {deadline}"
        );
    }

    /// Memory for the one result of a call, or NULL: then the call answers INVALID_ARGS when it gets there.
    pub fn out<T: Copy>(&mut self) -> Memory<T> {
        Memory::or_null(&mut self.dice, 1)
    }

    /// Judges a call of Zircon's that makes handles of new objects.
    pub fn made(&mut self, status: i32, kind: u32, out: &[Memory<u32>]) -> i32 {
        self.made_with(first_rights, status, kind, out)
    }

    /// Judges one of Magenta's.
    pub fn made_by_magenta(&mut self, status: i32, kind: u32, out: &[Memory<u32>]) -> i32 {
        self.made_with(magenta_rights, status, kind, out)
    }

    /// Both or none.
    fn made_with(&mut self, rights: fn(u32) -> u32, status: i32, kind: u32, out: &[Memory<u32>]) -> i32 {
        if status != OK {
            assert!(out.iter().all(Memory::untouched), "memory was written with {status}");
            return status;
        }
        for memory in out {
            self.add(Known::live(memory.get(0), kind, rights(kind)));
        }
        status
    }

    /// Adds a handle to those of the run.
    pub fn add(&mut self, known: Known) {
        assert!(known.raw & 3 == 3 && known.raw as i32 > 0, "A6: {:#x}", known.raw);
        if self.dice.one_in(16) {
            let basic = self.describe(known.raw);
            let told = basic.map(|basic| (basic.kind, basic.rights));
            assert_eq!(told, Some((kind::told(known.kind), known.rights)), "of a new handle");
        }
        if let Some(old) = self.pool.add(&mut self.dice, known) {
            self.close(old);
        }
    }

    /// Adds a handle of which nothing is known.
    pub fn adopt(&mut self, raw: u32) {
        let basic = self.describe(raw).expect("nobody else knows this handle");
        self.add(Known::live(raw, kind_of(raw, &basic), basic.rights));
    }

    /// Adds a duplicate of a handle that the run must not close.
    pub fn lend(&mut self, borrowed: u32) {
        let mut raw = 0;
        match c!(zx_handle_duplicate(borrowed, right::SAME, &mut raw)) {
            OK => self.adopt(raw),
            status => assert!(self.setting.borrowed && status == BAD_HANDLE, "{borrowed:#x}: {status}"),
        }
        if self.setting.borrowed {
            let basic = self.describe(borrowed);
            if let Some(basic) = basic {
                self.add(Known::live(borrowed, kind_of(borrowed, &basic), basic.rights));
            }
        }
    }

    /// Closes a handle that fell out of the pool.
    fn close(&mut self, known: Known) {
        let status = c!(zx_handle_close(known.raw));
        assert!(status == OK || status == BAD_HANDLE && !self.gate.exact, "{known:?}: {status}");
    }

    /// What a handle is, if it is one.
    pub fn describe(&self, raw: u32) -> Option<Basic> {
        let mut basic = Basic::default();
        let (place, none) = (&raw mut basic, std::ptr::null_mut());
        let status = c!(zx_object_get_info(raw, 2, place.cast(), size_of::<Basic>(), none, none));
        (status == OK).then_some(basic)
    }

    /// The koid of a handle's object, or 0.
    pub fn koid(&self, raw: u32) -> u64 {
        self.describe(raw).map_or(0, |basic| basic.koid)
    }

    /// Whether it is a handle of this process's job, or might be.
    pub fn is_own_job(&self, raw: u32) -> bool {
        self.describe(raw).is_none_or(|basic| basic.koid == self.own_job)
    }
}

/// What a handle is that came out of a message, of those that the call for information does not tell apart: found by calls
/// that change nothing.
fn kind_of(raw: u32, basic: &Basic) -> u32 {
    match basic.kind {
        // No port is a source: a V1 port says what is wrong with it, any other port that it is of the wrong type.
        kind::PORT if c!(mx_port_bind(raw, 0, raw, READABLE)) != WRONG_TYPE => kind::PORT_V1,
        kind::INTERRUPT => {
            let (mut basic, none) = (Basic::default(), std::ptr::null_mut());
            let place = (&raw mut basic).cast();
            let status = c!(mx_object_get_info(raw, 2, place, size_of::<Basic>(), none, none));
            // Zircon's field that is reserved tells Magenta's programs whether it can be waited for.
            if status == OK && basic.reserved == 0 { kind::INTERRUPT_EVENT } else { kind::INTERRUPT }
        }
        kind => kind,
    }
}
