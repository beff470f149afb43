//! Who moves simulated time, and how threads share a [`Sim`].
//!
//! *Stepped*: the thread that waits runs the cycles. *Free-running*: a thread of the board runs them, and
//! who waits sleeps. In both, time is run in short batches, and between two of them the lock is handed to
//! whoever asks for it, so that a register access or a kick never waits longer than a batch.

use crate::door::Door;
use crate::error::SimError;
use crate::sim::{IDLE_SETTLE, Sim};
use crate::{NS_PER_TICK, Pace};
use parking_lot::{Condvar, Mutex, MutexGuard};
use portolan::device::Wake;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Cycles between two chances for others to take the lock: some 0.1 ms of host time.
const BATCH: u64 = 512;
/// How long a stepped wait sleeps, in all, when the one before already found nothing to do.
const IDLE_SLEEP: Duration = Duration::from_millis(1);

/// Whoever is told of interrupts as they come, rather than asking for them.
pub(crate) type Watcher = Box<dyn FnMut(&mut Sim<dyn Door>) + Send>;

/// What the lock protects.
pub(crate) struct State {
    pub sim: Box<Sim<dyn Door>>,
    /// Called whenever time went by.
    watcher: Option<Watcher>,
    /// A bit for each vector.
    kicked: u64,
    /// How many wait for each vector.
    waiters: [u32; 64],
    /// The last stepped wait came to its deadline on a quiet board.
    idle: bool,
    /// The ticks at which those who wait want to go on, with a number to tell them apart.
    deadlines: BTreeSet<(u64, u64)>,
    sleepers: u64,
    stop: bool,
}

impl State {
    /// Somebody waits for this tick.
    fn enter(&mut self, limit: u64) -> (u64, u64) {
        self.sleepers += 1;
        let entry = (limit, self.sleepers);
        self.deadlines.insert(entry);
        entry
    }

    fn first_deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|&(tick, _)| tick)
    }

    /// The vectors that somebody waits for: a bit each.
    fn awaited(&self) -> u64 {
        let waiters = self.waiters.iter().enumerate().filter(|(_, waiters)| **waiters > 0);
        waiters.fold(0, |vectors, (vector, _)| vectors | 1 << vector)
    }

    /// Whether somebody who waits may go on, and has not had the chance to.
    fn is_anothers_turn(&self) -> bool {
        (self.sim.irq() | self.kicked) & self.awaited() != 0
            || self.first_deadline().is_some_and(|tick| tick <= self.sim.tick())
    }
}

/// A [`Sim`] that threads share.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Somebody who waits may go on: kick, interrupt, deadline, new stimulus, access, error.
    woken: Condvar,
    /// The board's thread may have work.
    work: Condvar,
    /// The tick, readable without the lock.
    tick: AtomicU64,
    pace: Pace,
    /// When it began, and the tick then.
    born: (Instant, u64),
}

impl Shared {
    pub fn new(sim: Box<Sim<dyn Door>>, pace: Pace) -> Shared {
        let born = (Instant::now(), sim.tick());
        let (kicked, waiters, idle, watcher) = (0, [0; 64], false, None);
        let (deadlines, sleepers, stop) = (BTreeSet::new(), 0, false);
        let state = State { sim, watcher, kicked, waiters, idle, deadlines, sleepers, stop };
        let (state, tick) = (Mutex::new(state), AtomicU64::new(born.1));
        Shared { state, woken: Condvar::new(), work: Condvar::new(), tick, pace, born }
    }

    /// From now on interrupts are told to `watcher`.
    pub fn watch(&self, watcher: Watcher) {
        self.state.lock().watcher = Some(watcher);
    }

    /// Who moves time.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// The coming tick.
    pub fn tick(&self) -> u64 {
        self.tick.load(Relaxed)
    }

    /// Looks at the simulation.
    pub fn look<R>(&self, what: impl FnOnce(&Sim<dyn Door>) -> R) -> R {
        what(&*self.state.lock().sim)
    }

    /// Does something to the simulation that others may be waiting for.
    pub fn act<R>(&self, what: impl FnOnce(&mut Sim<dyn Door>) -> R) -> R {
        let mut state = self.state.lock();
        if self.pace == Pace::RealTime {
            // The board's thread sleeps while there is nothing to do, and its time goes on all the same.
            state.sim.advance(self.real_tick(), 0, BATCH);
        }
        let result = what(&mut *state.sim);
        self.went_by(&mut state);
        // Whoever asks in a loop must not keep out those who wait for their turn.
        MutexGuard::unlock_fair(state);
        self.work.notify_one();
        self.woken.notify_all();
        result
    }

    /// The same for new stimuli and pins: waits are no longer idle.
    pub fn stimulate<R>(&self, what: impl FnOnce(&mut Sim<dyn Door>) -> R) -> R {
        self.state.lock().idle = false;
        self.act(what)
    }

    pub fn kick(&self, vector: u32) {
        self.state.lock().kicked |= 1 << vector;
        self.woken.notify_all();
    }

    /// Ends the board's thread.
    pub fn stop(&self) {
        self.state.lock().stop = true;
        self.work.notify_one();
    }

    /// Until the vector's interrupt, a kick of it, or the deadline.
    pub fn wait(&self, vector: u32, deadline: i64) -> Result<Wake, SimError> {
        let limit = first_tick(deadline);
        let mut state = self.state.lock();
        let entry = state.enter(limit);
        state.waiters[vector as usize] += 1;
        let result = match self.pace {
            Pace::Stepped => self.wait_stepped(&mut state, vector, limit),
            Pace::FreeRunning | Pace::RealTime => self.wait_asleep(&mut state, vector, limit),
        };
        state.waiters[vector as usize] -= 1;
        state.deadlines.remove(&entry);
        if !state.deadlines.is_empty() {
            // They may have let this one go first.
            self.woken.notify_all();
        }
        result
    }

    /// Until tick `limit`, whatever the interrupt output says.
    pub fn run_to(&self, limit: u64) -> Result<(), SimError> {
        let mut state = self.state.lock();
        match self.pace {
            Pace::Stepped => {
                while state.sim.tick() < limit {
                    fail(&state)?;
                    self.advance(&mut state, limit, 0);
                }
                Ok(())
            }
            Pace::FreeRunning | Pace::RealTime => {
                let entry = state.enter(limit);
                let result = loop {
                    if state.sim.tick() >= limit {
                        break Ok(());
                    }
                    if let Err(error) = fail(&state) {
                        break Err(error);
                    }
                    self.sleep(&mut state);
                };
                state.deadlines.remove(&entry);
                result
            }
        }
    }

    fn wait_stepped(
        &self,
        state: &mut MutexGuard<'_, State>,
        vector: u32,
        limit: u64,
    ) -> Result<Wake, SimError> {
        let ended = state.sim.stimulus_ended() && state.sim.tick() < limit;
        // Nothing will happen until another thread does something: it is given the time to, before time
        // moves on. What it does is carried out at once, and moves time no further than that takes.
        let pause = state.idle.then(|| Instant::now() + IDLE_SLEEP);
        loop {
            if let Some(wake) = reason(state, vector)? {
                state.idle = false;
                return Ok(wake);
            }
            let (now, quiet) = (state.sim.tick(), state.sim.quiet());
            if now >= limit {
                state.idle |= ended && quiet;
                return Ok(Wake::Deadline);
            }
            if state.is_anothers_turn() {
                self.woken.notify_all();
                self.woken.wait(state);
                continue;
            }
            let limit = state.first_deadline().unwrap_or(FOREVER);
            let awaited = state.awaited();
            let pause = pause.filter(|&end| state.idle && Instant::now() < end);
            match pause {
                _ if limit == FOREVER && quiet => self.woken.wait(state),
                Some(end) if quiet => {
                    self.woken.wait_until(state, end);
                }
                Some(_) => self.advance(state, limit.min(now + IDLE_SETTLE), awaited),
                None => self.advance(state, limit, awaited),
            }
        }
    }

    fn wait_asleep(
        &self,
        state: &mut MutexGuard<'_, State>,
        vector: u32,
        limit: u64,
    ) -> Result<Wake, SimError> {
        loop {
            if let Some(wake) = reason(state, vector)? {
                return Ok(wake);
            }
            if state.sim.tick() >= limit {
                return Ok(Wake::Deadline);
            }
            self.sleep(state);
        }
    }

    /// Sleeps until somebody has news.
    fn sleep(&self, state: &mut MutexGuard<'_, State>) {
        self.work.notify_one();
        self.woken.wait(state);
    }

    /// One batch, then a chance for others.
    fn advance(&self, state: &mut MutexGuard<'_, State>, limit: u64, awaited: u64) {
        state.sim.advance(limit, awaited, BATCH);
        self.went_by(state);
        MutexGuard::bump(state);
    }

    /// Time went by.
    fn went_by(&self, state: &mut State) {
        self.tick.store(state.sim.tick(), Relaxed);
        if let Some(watcher) = &mut state.watcher {
            watcher(&mut *state.sim);
        }
    }

    /// The tick that real time has reached.
    fn real_tick(&self) -> u64 {
        let (instant, tick) = self.born;
        let ns = u64::try_from(instant.elapsed().as_nanos()).unwrap_or(u64::MAX);
        tick.saturating_add(ns / NS_PER_TICK)
    }

    /// The board's thread.
    pub fn run_free(self: Arc<Shared>) {
        let mut state = self.state.lock();
        while !state.stop {
            let now = state.sim.tick();
            let awaited = state.deadlines.range((now + 1, 0)..).next().map(|&(tick, _)| tick);
            let allowed = match self.pace {
                Pace::RealTime => self.real_tick(),
                Pace::Stepped | Pace::FreeRunning => FOREVER,
            };
            // A quiet board moves its time only for those who wait for a time.
            let limit = if state.sim.quiet() && self.pace != Pace::RealTime {
                awaited.unwrap_or(0).min(allowed)
            } else {
                awaited.unwrap_or(FOREVER).min(allowed)
            };
            let failed = fail(&state).is_err();
            if failed || now >= limit || (limit == FOREVER && state.sim.quiet()) {
                if failed {
                    self.woken.notify_all();
                }
                match self.pace {
                    Pace::RealTime if !failed => {
                        let next = state.sim.next_change().unwrap_or(FOREVER).saturating_sub(now);
                        let until_then = Duration::from_nanos(next.saturating_mul(NS_PER_TICK));
                        self.work.wait_for(&mut state, until_then.min(IDLE_SLEEP));
                    }
                    _ => self.work.wait(&mut state),
                }
                continue;
            }
            let asserted = state.sim.irq();
            state.sim.advance(limit, !asserted, BATCH);
            self.went_by(&mut state);
            let reached = awaited.is_some_and(|tick| state.sim.tick() >= tick);
            if reached || !asserted & state.sim.irq() != 0 || fail(&state).is_err() {
                self.woken.notify_all();
            }
            MutexGuard::bump(&mut state);
        }
    }
}

/// No deadline at all.
const FOREVER: u64 = u64::MAX;

/// The first tick at or after a time in ns.
fn first_tick(deadline: i64) -> u64 {
    if deadline == i64::MAX { FOREVER } else { (deadline.max(0) as u64).div_ceil(NS_PER_TICK) }
}

fn fail(state: &State) -> Result<(), SimError> {
    if let Some(fault) = state.sim.fault() {
        return Err(SimError::Failed(fault.clone()));
    }
    match state.sim.stimulus_error() {
        Some(error) => Err(SimError::Stimulus(error.clone())),
        None => Ok(()),
    }
}

/// Why a wait may end now.
fn reason(state: &mut State, vector: u32) -> Result<Option<Wake>, SimError> {
    fail(state)?;
    let own = 1 << vector;
    if state.kicked & own != 0 {
        state.kicked &= !own;
        return Ok(Some(Wake::Kicked));
    }
    let asserted = state.sim.irq() & own != 0;
    if asserted {
        state.sim.door().take_irq(vector);
    }
    Ok(asserted.then_some(Wake::Interrupt))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axi::Timing;
    use crate::size::Size;
    use std::thread;

    #[test]
    fn time_does_not_pass_a_deadline_before_the_one_who_waits_for_it_has_gone_on() {
        let sim = Sim::new(Size::L4P1, 0, true, Timing::Fast, None).expect("it powers up");
        let shared = Arc::new(Shared::new(Box::new(sim), Pace::Stepped));
        let soon = shared.tick() + 1_000;
        let entry = shared.state.lock().enter(soon);
        let late = soon + 50_000;
        let other = thread::spawn({
            let shared = shared.clone();
            move || shared.wait(0, (late * NS_PER_TICK) as i64)
        });
        while shared.tick() < soon {
            thread::yield_now();
        }
        for _ in 0..1_000 {
            assert_eq!(shared.tick(), soon);
            thread::yield_now();
        }
        shared.state.lock().deadlines.remove(&entry);
        shared.woken.notify_all();
        let waited = other.join().expect("it did not panic");
        assert_eq!(waited.expect("nothing fails"), Wake::Deadline);
        assert_eq!(shared.tick(), late);
    }
}
