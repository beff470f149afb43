//! A run: threads that make calls on the same handles, and what is left when they are done.

use std::sync::Barrier;

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::dice::Dice;
use crate::fuzzer::{ALLOW, Fuzzer, Setting, Tally, condition, set_own_policy};
use crate::ledger::outstanding;
use crate::pool::Pool;
use crate::watch::Watch;

/// Rounds after which nothing grows any more that stays: lists at their working size, threads' and the system's own.
const WARM_UP: u64 = 2;
const ROUNDS: u64 = 6;
/// An open board has lists for each of its lines and queues, which come into being when they are first needed.
const OF_A_BOARD: isize = 64;
/// More handles than a run has at once.
const MANY: usize = 20_000;
/// More than watch an object at once.
const MANY_WATCHERS: usize = 6000;

/// The answers of a run.
#[derive(Default)]
pub struct Tallies(Tally);

impl Tallies {
    fn add(&mut self, tally: &Tally) {
        self.0.resize(tally.len(), [0; 64]);
        for (all, own) in self.0.iter_mut().zip(tally) {
            all.iter_mut().zip(own).for_each(|(all, own)| *all += own);
        }
    }

    /// By row, then by status.
    pub fn rows(&self) -> &Tally {
        &self.0
    }

    fn calls(&self) -> u64 {
        self.0.iter().flatten().sum()
    }
}

pub struct Run {
    pub threads: usize,
    pub seed: u64,
    pub setting: Setting,
}

impl Run {
    /// So many calls in all, in rounds; after each of them, nothing is left.
    pub fn rounds(&self, calls: u64) -> Tallies {
        fill_the_table();
        fill_the_watchers();
        let mut tallies = Tallies::default();
        let mut before = outstanding();
        let begin = std::time::Instant::now();
        for round in 0..WARM_UP + ROUNDS {
            let run = Run { seed: self.seed.wrapping_add(round), ..*self };
            let tally = run.round(calls.div_ceil(WARM_UP + ROUNDS));
            tallies.add(&tally);
            drop(tally);
            let now = outstanding();
            if round >= WARM_UP {
                let seed = self.seed;
                assert!(
                    now.fits(before, if self.setting.board == 0 { 0 } else { OF_A_BOARD }),
                    "PORTOLAN_SEED={seed}: round {round} leaves something: {before:?}, {now:?}"
                );
            } else {
                before = now;
            }
        }
        let (calls, time) = (tallies.calls(), begin.elapsed());
        let rate = calls as f64 / time.as_secs_f64();
        crate::say(&format!("{} threads: {calls} calls in {time:.1?}, {rate:.0} a second", self.threads));
        tallies
    }

    /// So many calls, and everything closed.
    pub fn round(&self, calls: u64) -> Tally {
        let pool = Pool::new();
        let who = format!("PORTOLAN_SEED={}", self.seed);
        let watch = Watch::new(self.threads, self.setting.board, who);
        let start = Barrier::new(self.threads);
        let (mut tallies, mut lent) = (Tallies::default(), Vec::new());
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads)
                .map(|index| {
                    let station = watch.stations[index].clone();
                    let dice = Dice::seeded(self.seed, index as u64);
                    let (pool, start) = (&pool, &start);
                    scope.spawn(move || {
                        let mut fuzzer = Fuzzer::new(dice, pool, self.setting, station);
                        start.wait();
                        while fuzzer.made < calls.div_ceil(self.threads as u64) {
                            fuzzer.step();
                        }
                        (fuzzer.tally, fuzzer.lent)
                    })
                })
                .collect();
            for thread in threads {
                match thread.join() {
                    Ok((tally, own)) => {
                        tallies.add(&tally);
                        lent.extend(own);
                    }
                    Err(panic) => {
                        crate::say(&format!("PORTOLAN_SEED={}: a thread gave up", self.seed));
                        std::panic::resume_unwind(panic)
                    }
                }
            }
        });
        drop(watch);
        for known in pool.drain() {
            let status = c!(zx_handle_close(known.raw));
            assert!(status == OK || status == BAD_HANDLE && !self.setting.alone, "{known:?}: {status}");
        }
        for raw in lent {
            let status = c!(zx_handle_close(raw));
            assert!([OK, BAD_HANDLE].contains(&status), "{raw:#x}: {status}");
        }
        for descriptor in pool.drain_descriptors() {
            let status = c!(portolan_poll_close(descriptor));
            assert!(status == OK || status == BAD_HANDLE && !self.setting.alone, "{descriptor}: {status}");
        }
        restore();
        tallies.0
    }
}

/// This process's job denies nothing any more. No job is in it: all handles are closed.
fn restore() {
    for condition in [condition::BAD_HANDLE, condition::NEW_ANY] {
        let status = set_own_policy(condition, ALLOW);
        assert!([OK, BAD_HANDLE].contains(&status), "{status}");
    }
}

/// So do the lists of who watches the job and the process, which live as long as it: four threads may wait for 1024 times the
/// same one at once.
fn fill_the_watchers() {
    let mut port = 0;
    assert_eq!(c!(mx_port_create(V2, &mut port)), OK);
    for borrowed in [c!(zx_job_default()), c!(zx_process_self())] {
        let mut own = 0;
        assert_eq!(c!(zx_handle_duplicate(borrowed, right::SAME, &mut own)), OK);
        for _ in 0..MANY_WATCHERS {
            assert_eq!(c!(mx_object_wait_async(own, port, 0, USER_0, REPEATING)), OK);
        }
        assert_eq!(c!(zx_handle_close(own)), OK);
    }
    assert_eq!(c!(zx_handle_close(port)), OK);
}

/// The table of handles grows as it is used, and keeps what it has.
fn fill_the_table() {
    let mut all = vec![0; MANY];
    all.iter_mut().for_each(|raw| assert_eq!(c!(zx_event_create(0, raw)), OK));
    assert_eq!(c!(zx_handle_close_many(all.as_ptr(), all.len())), OK);
}
