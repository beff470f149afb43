//! Who sleeps in a device: one *leader* per interrupt vector.
//!
//! Of all the threads that wait for something of a vector, one holds the lead: it sleeps in the
//! device, looks which doorbells fired, and rouses the waiters of those ports. The others, its
//! followers, sleep on the futex. The lead is handed on when the leader leaves, whatever it leaves
//! for: [`Lead`] does it when it is dropped.
//!
//! On simulated time a follower cannot give its deadline to the futex; the leader sleeps no longer
//! than the earliest of its followers' deadlines and tells them when theirs has passed.
//!
//! A *bystander* cannot lead: a thread that sleeps on several vectors, or what is no thread at all. While there
//! are only such, a [helper](super::helper) leads.

use std::collections::VecDeque;
use std::sync::Arc;

use super::helper::Helper;
use super::registers::Dead;
use crate::sync::{Bed, Lock, Token, Waiter};
use crate::{Status, sys};

/// How long a leader with a deadline on CLOCK_MONOTONIC lets a simulated board run before it looks
/// at its own clock again, in ns of simulated time.
const SLICE: i64 = 1_000_000;

/// The device below a vector.
pub(crate) trait Hardware: Send + Sync + 'static {
    /// Sleeps until the interrupt, a kick, or `deadline` in ns of [`now`](Self::now), though not for longer
    /// than it can go without looking at the device; rouses whom the interrupt is for.
    fn sleep(&self, deadline: i64) -> Result<(), Dead>;
    /// How long it sleeps at most from now on.
    fn limit(&self, now: i64) -> i64;
    /// Ends the present sleep, or else the next one.
    fn kick(&self);
    /// The device's time in ns.
    fn now(&self) -> i64;
    /// Whether that is simulated time.
    fn is_simulated(&self) -> bool;
    /// Whether it is known to be dead.
    fn is_dead(&self) -> bool;
    /// It may be dead: tells everybody. No locks are held.
    fn mourn(&self);
}

/// One interrupt vector.
pub(crate) struct Vector<H> {
    pub(super) hardware: H,
    pub(super) state: Lock<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// Until when the leader sleeps; `None` while nobody leads.
    pub(super) led_until: Option<i64>,
    pub(super) followers: VecDeque<Follower>,
    pub(super) helper: Helper,
}

impl State {
    /// Whether a helper must lead: there are only bystanders, and one that was not roused yet. So simulated time
    /// stands still while they are busy.
    pub(super) fn wants_help(&self) -> bool {
        self.followers.iter().all(|follower| follower.bystander)
            && self.followers.iter().any(|follower| follower.waiter.tokens() == Token::NONE)
    }
}

pub(super) struct Follower {
    pub(super) waiter: Arc<Waiter>,
    /// Deadline on simulated time.
    deadline: i64,
    /// It cannot lead.
    pub(super) bystander: bool,
}

/// When a waiter gives up, and by which clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    /// Ns.
    pub(crate) deadline: i64,
    /// By the device's simulated time; else CLOCK_MONOTONIC.
    pub(crate) simulated: bool,
}

impl<H: Hardware> Bed for Vector<H> {
    fn kick(&self) {
        self.hardware.kick();
    }
}

impl<H: Hardware> Vector<H> {
    pub(crate) fn new(hardware: H) -> Self {
        Vector { hardware, state: Lock::default() }
    }

    /// Sleeps until the waiter has a token or its deadline has passed; leads meanwhile if nobody
    /// else does.
    pub(crate) fn stay(self: &Arc<Self>, waiter: &Arc<Waiter>, until: Until) {
        let mut leads = self.join(waiter, if until.simulated { until.deadline } else { i64::MAX }, false);
        loop {
            if leads {
                return self.lead(waiter, until);
            }
            waiter.sleep(if until.simulated { i64::MAX } else { until.deadline });
            if !self.leave(waiter) {
                return;
            }
            leads = true;
        }
    }

    /// The same on several vectors at once, each with the deadline that is on its simulated time or
    /// i64::MAX. Each is led by somebody else, by a helper if need be: NO_RESOURCES when none can be started.
    pub(crate) fn stay_among<'v>(
        vectors: impl Iterator<Item = (&'v Arc<Self>, i64)> + Clone,
        waiter: &Arc<Waiter>,
        monotonic: i64,
    ) -> Result<(), Status> {
        let led = vectors.clone().try_for_each(|(vector, deadline)| vector.stand_by(waiter, deadline));
        if led.is_ok() {
            waiter.sleep(monotonic);
        }
        for (vector, _) in vectors {
            vector.leave(waiter);
        }
        led
    }

    /// Stands in line as a bystander, until it [leaves](Self::leave). `deadline` is on the device's simulated
    /// time, or i64::MAX. NO_RESOURCES when nobody can lead for it.
    pub(crate) fn stand_by(self: &Arc<Self>, waiter: &Arc<Waiter>, deadline: i64) -> Result<(), Status> {
        if self.join(waiter, deadline, true) { self.help() } else { Ok(()) }
    }

    /// Stands in line. True when the caller now holds the lead (a bystander: when somebody must be
    /// found for it).
    fn join(&self, waiter: &Arc<Waiter>, deadline: i64, bystander: bool) -> bool {
        let mut state = self.state.lock();
        let unled = state.led_until.is_none();
        if unled {
            state.led_until = Some(i64::MIN);
        }
        if !unled || bystander {
            state.followers.push_back(Follower { waiter: waiter.clone(), deadline, bystander });
        }
        let sooner = state.led_until.is_some_and(|until| deadline < until);
        drop(state);
        if sooner {
            self.kick();
        }
        unled
    }

    /// Leaves the line. True when the caller was given the lead.
    pub(crate) fn leave(&self, waiter: &Arc<Waiter>) -> bool {
        let mut state = self.state.lock();
        let before = state.followers.len();
        state.followers.retain(|follower| !Arc::ptr_eq(&follower.waiter, waiter));
        let idle = state.helper.leads() && state.followers.is_empty() && before > 0;
        drop(state);
        if idle {
            // A helper leads for its followers only.
            self.kick();
        }
        let given = waiter.tokens().has(Token::LEAD);
        waiter.clear(Token::LEAD);
        given
    }

    fn lead(self: &Arc<Self>, waiter: &Arc<Waiter>, until: Until) {
        let lead = Lead::take(self, waiter);
        while waiter.tokens() == Token::NONE && !self.expired(until) {
            if self.turn(until).is_err() {
                break;
            }
        }
        drop(lead);
    }

    fn expired(&self, until: Until) -> bool {
        let now = if until.simulated { self.hardware.now() } else { sys::monotonic() };
        until.deadline != i64::MAX && now >= until.deadline
    }

    /// One sleep of the leader, and what follows from it.
    pub(super) fn turn(&self, until: Until) -> Result<(), Dead> {
        if self.hardware.is_dead() {
            return Err(Dead);
        }
        let begun = self.hardware.now();
        let own = match (until.simulated, self.hardware.is_simulated()) {
            (false, true) if until.deadline == i64::MAX => i64::MAX,
            (false, true) => begun.saturating_add(SLICE),
            _ => until.deadline,
        };
        let wakes_at = {
            let mut state = self.state.lock();
            let first = state.followers.iter().map(|follower| follower.deadline).min();
            let at = own.min(first.unwrap_or(i64::MAX)).min(self.hardware.limit(begun));
            state.led_until = Some(at);
            at
        };
        self.hardware.sleep(wakes_at)?;
        self.expire(self.hardware.now());
        Ok(())
    }

    /// Tells followers that their simulated deadline has passed.
    fn expire(&self, now: i64) {
        let mut expired = Vec::new();
        self.state.lock().followers.retain(|follower| {
            let keep = follower.deadline == i64::MAX || follower.deadline > now;
            if !keep {
                follower.waiter.mark(Token::EXPIRED);
                expired.push(follower.waiter.clone());
            }
            keep
        });
        expired.iter().for_each(|waiter| waiter.rouse());
    }

    /// Gives the lead to the next follower, or to nobody.
    fn hand_on(self: &Arc<Self>) {
        let mut state = self.state.lock();
        let next = state.followers.iter().position(|follower| !follower.bystander);
        if let Some(Follower { waiter, .. }) = next.and_then(|index| state.followers.remove(index)) {
            waiter.mark(Token::LEAD);
            drop(state);
            return waiter.rouse();
        }
        let wanted = state.wants_help();
        if !wanted {
            state.led_until = None;
        }
        drop(state);
        if wanted {
            // If it cannot be had, those who want it were told.
            let _ = self.help();
        }
    }
}

/// The lead of a vector. Hands itself on when dropped.
pub(super) struct Lead<'a, H: Hardware> {
    vector: &'a Arc<Vector<H>>,
    waiter: &'a Arc<Waiter>,
}

impl<'a, H: Hardware> Lead<'a, H> {
    /// The caller has been given it.
    pub(super) fn take(vector: &'a Arc<Vector<H>>, waiter: &'a Arc<Waiter>) -> Self {
        waiter.lead(vector.clone());
        Lead { vector, waiter }
    }
}

impl<H: Hardware> Drop for Lead<'_, H> {
    fn drop(&mut self) {
        self.waiter.follow();
        self.vector.hand_on();
    }
}

#[cfg(all(test, loom))]
#[path = "lead_models.rs"]
mod models;
