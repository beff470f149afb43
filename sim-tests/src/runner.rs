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
    /// The last stepped wait came to its deadline on a quiet board.
    idle: bool,
    /// Those who wait.
    waiters: Vec<Waiter>,
    stop: bool,
}

/// Somebody who waits. Equal ones need not be told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Waiter {
    /// The vectors that he waits for: a bit each.
    vectors: u64,
    /// The tick at which he goes on in any case.
    limit: u64,
}

impl State {
    fn leave(&mut self, waiter: Waiter) {
        let place = self.waiters.iter().position(|other| *other == waiter).expect("he has entered");
        self.waiters.swap_remove(place);
    }

    /// The first tick, from this one on, at which somebody goes on; [`FOREVER`] if nobody does.
    fn next_limit(&self, from: u64) -> u64 {
        let limits = self.waiters.iter().map(|waiter| waiter.limit).filter(|limit| *limit >= from);
        limits.min().unwrap_or(FOREVER)
    }

    /// The vectors that somebody waits for: a bit each.
    fn awaited(&self) -> u64 {
        self.waiters.iter().fold(0, |vectors, waiter| vectors | waiter.vectors)
    }

    /// Whether somebody who waits may go on, and has not had the chance to.
    fn is_anothers_turn(&self) -> bool {
        (self.sim.irq() | self.kicked) & self.awaited() != 0 || self.next_limit(0) <= self.sim.tick()
    }
}

/// A [`Sim`] that threads share.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Somebody who waits may go on: kick, interrupt, deadline, new stimulus, access, error.
    woken: Condvar,
    /// The board's thread may have work.
    work: Condvar,
    /// The tick, readable without the lock: no earlier than what is in shared memory.
    tick: Arc<AtomicU64>,
    pace: Pace,
    /// When it began, and the tick then.
    born: (Instant, u64),
}

impl Shared {
    pub fn new(mut sim: Box<Sim<dyn Door>>, pace: Pace) -> Shared {
        let born = (Instant::now(), sim.tick());
        let tick = Arc::new(AtomicU64::new(born.1));
        sim.door().tell_ticks(&tick);
        let state = State { sim, watcher: None, kicked: 0, idle: false, waiters: Vec::new(), stop: false };
        Shared { state: Mutex::new(state), woken: Condvar::new(), work: Condvar::new(), tick, pace, born }
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
        self.stand_in_line(Waiter { vectors: 1 << vector, limit }, |state| match self.pace {
            Pace::Stepped => self.wait_stepped(state, vector, limit),
            Pace::FreeRunning | Pace::RealTime => self.wait_asleep(state, vector, limit),
        })
    }

    /// Until tick `limit`, whatever the interrupt output says.
    pub fn run_to(&self, limit: u64) -> Result<(), SimError> {
        if self.pace == Pace::Stepped {
            let mut state = self.state.lock();
            while state.sim.tick() < limit {
                fail(&state)?;
                self.advance(&mut state, limit, 0);
            }
            return Ok(());
        }
        self.stand_in_line(Waiter { vectors: 0, limit }, |state| {
            while state.sim.tick() < limit {
                fail(state)?;
                self.woken.wait(state);
            }
            Ok(())
        })
    }

    /// Waits as this one, who is known to those who move time.
    fn stand_in_line<R>(
        &self,
        waiter: Waiter,
        wait: impl FnOnce(&mut MutexGuard<'_, State>) -> Result<R, SimError>,
    ) -> Result<R, SimError> {
        let mut state = self.state.lock();
        state.waiters.push(waiter);
        self.work.notify_one();
        let result = wait(&mut state);
        state.leave(waiter);
        // Whoever moves time may have let this one go first.
        self.work.notify_one();
        if !state.waiters.is_empty() {
            self.woken.notify_all();
        }
        result
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
            let limit = state.next_limit(0);
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
            self.woken.wait(state);
        }
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
            let (now, quiet) = (state.sim.tick(), state.sim.quiet());
            // On a quiet board time can wait for those who may go on, as long as the host takes.
            if fail(&state).is_err() || quiet && state.is_anothers_turn() {
                self.woken.notify_all();
                self.work.wait(&mut state);
                continue;
            }
            let awaited = state.next_limit(now + 1);
            let limit = match self.pace {
                Pace::RealTime => awaited.min(self.real_tick()),
                Pace::Stepped | Pace::FreeRunning => awaited,
            };
            // A quiet board moves its time only for those who wait for a time, or with real time.
            if now >= limit || (limit == FOREVER && quiet) {
                match self.pace {
                    Pace::RealTime => self.sleep_until_change(&mut state),
                    Pace::Stepped | Pace::FreeRunning => self.work.wait(&mut state),
                }
                continue;
            }
            let asserted = state.sim.irq();
            state.sim.advance(limit, !asserted, BATCH);
            self.went_by(&mut state);
            if state.sim.tick() >= awaited || !asserted & state.sim.irq() != 0 || fail(&state).is_err() {
                self.woken.notify_all();
            }
            MutexGuard::bump(&mut state);
            // Real time is ahead again by now, though nothing moves in it.
            if self.pace == Pace::RealTime && state.sim.settled() {
                self.sleep_until_change(&mut state);
            }
        }
    }

    /// The board's thread sleeps until its next change, or tick that somebody waits for, or for a while.
    fn sleep_until_change(&self, state: &mut MutexGuard<'_, State>) {
        let next = state.sim.next_change().unwrap_or(FOREVER).min(state.next_limit(state.sim.tick() + 1));
        let ticks = next.saturating_sub(self.real_tick());
        if ticks > 0 && !state.stop {
            let until_then = Duration::from_nanos(ticks.saturating_mul(NS_PER_TICK));
            self.work.wait_for(state, until_then.min(IDLE_SLEEP));
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
    use crate::stimulus::Changes;
    use std::thread;

    #[test]
    fn a_board_in_real_time_on_which_nothing_moves_leaves_the_processor_to_others() {
        let mut sim = Sim::new(Size::L4P1, 0, true, Timing::Fast, None).expect("it powers up");
        sim.start(Box::new(Changes::from([(u64::from(u32::MAX), 1)]))).expect("a stimulus");
        let shared = Arc::new(Shared::new(Box::new(sim), Pace::RealTime));
        let turns = Arc::new(AtomicU64::new(0));
        shared.watch(Box::new({
            let turns = turns.clone();
            move |_| {
                turns.fetch_add(1, Relaxed);
            }
        }));
        let runner = thread::spawn({
            let shared = shared.clone();
            move || shared.run_free()
        });
        let begun = Instant::now();
        shared.wait(0, first_ns(shared.tick()) + 200_000_000).expect("nothing fails");
        shared.stop();
        runner.join().expect("it did not panic");
        let most = 2 * begun.elapsed().as_millis() as u64;
        assert!(turns.load(Relaxed) <= most, "{turns:?} turns in {:?}", begun.elapsed());
    }

    /// When a tick is.
    fn first_ns(tick: u64) -> i64 {
        (tick * NS_PER_TICK) as i64
    }

    #[test]
    fn time_does_not_pass_a_deadline_before_the_one_who_waits_for_it_has_gone_on() {
        for pace in [Pace::Stepped, Pace::FreeRunning] {
            let sim = Sim::new(Size::L4P1, 0, true, Timing::Fast, None).expect("it powers up");
            let shared = Arc::new(Shared::new(Box::new(sim), pace));
            let runner = (pace != Pace::Stepped).then(|| {
                let shared = shared.clone();
                thread::spawn(move || shared.run_free())
            });
            let soon = shared.tick() + 1_000;
            let first = Waiter { vectors: 0, limit: soon };
            shared.state.lock().waiters.push(first);
            let late = soon + 50_000;
            let other = thread::spawn({
                let shared = shared.clone();
                move || shared.wait(0, first_ns(late))
            });
            while shared.tick() < soon {
                thread::yield_now();
            }
            for _ in 0..1_000 {
                assert_eq!(shared.tick(), soon, "{pace:?}");
                thread::yield_now();
            }
            shared.state.lock().leave(first);
            shared.work.notify_one();
            shared.woken.notify_all();
            let waited = other.join().expect("it did not panic");
            assert_eq!(waited.expect("nothing fails"), Wake::Deadline);
            assert_eq!(shared.tick(), late);
            shared.stop();
            runner.into_iter().for_each(|runner| runner.join().expect("it did not panic"));
        }
    }
}
