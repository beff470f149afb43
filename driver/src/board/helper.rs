//! A thread of the driver that leads a vector while there are only bystanders, who cannot.
//!
//! It is started when it is first needed. Unneeded it keeps ready for a while, so that one who waits again and
//! again does not start a thread each time; and it keeps neither the vector nor its device meanwhile.

use std::sync::{Arc, Weak};

use super::lead::{Hardware, Lead, Until, Vector};
use crate::sync::{Token, Waiter, spawn};
use crate::{Status, sys};

/// For how long it keeps ready, in ns.
const READY: i64 = 1_000_000_000;

/// Of a vector: its helper, under the vector's lock.
#[derive(Default)]
pub(super) enum Helper {
    /// There is none.
    #[default]
    None,
    /// It leads, or is about to.
    Leads,
    /// It keeps ready, and sleeps by this.
    Ready(Arc<Waiter>),
}

impl Helper {
    pub(super) fn leads(&self) -> bool {
        matches!(self, Helper::Leads)
    }
}

impl<H: Hardware> Vector<H> {
    /// Gives the lead, which nobody has, to a helper. NO_RESOURCES when none can be started: then nobody leads, and
    /// the followers are roused, to find that out for themselves.
    pub(super) fn help(self: &Arc<Self>) -> Result<(), Status> {
        {
            let mut state = self.state.lock();
            if let Helper::Ready(waiter) = std::mem::replace(&mut state.helper, Helper::Leads) {
                waiter.mark(Token::LEAD);
                drop(state);
                waiter.rouse();
                return Ok(());
            }
        }
        let vector = self.clone();
        spawn("portolan-lead", move || run(vector)).map_err(|_| {
            let mut state = self.state.lock();
            state.led_until = None;
            state.helper = Helper::None;
            let followers: Vec<_> = state.followers.drain(..).map(|follower| follower.waiter).collect();
            followers.iter().for_each(|waiter| waiter.mark(Token::RETRY));
            drop(state);
            followers.iter().for_each(|waiter| waiter.rouse());
            Status::NO_RESOURCES
        })
    }

    /// Leads until somebody else can, nobody wants it any more, or the device is dead.
    fn lead_for_bystanders(self: &Arc<Self>, waiter: &Arc<Waiter>) {
        let lead = Lead::take(self, waiter);
        let until = Until { deadline: i64::MAX, simulated: false };
        let mut dead = false;
        while !dead && self.state.lock().wants_help() {
            dead = self.turn(until).is_err();
        }
        let mut bystanders = Vec::new();
        {
            let mut state = self.state.lock();
            // Before the lead is handed on: it may come back at once.
            state.helper = Helper::Ready(waiter.clone());
            if dead {
                // They cannot find out by leading.
                state.followers.retain(|follower| {
                    if follower.bystander {
                        follower.waiter.mark(Token::RETRY);
                        bystanders.push(follower.waiter.clone());
                    }
                    !follower.bystander
                });
            }
        }
        drop(lead);
        bystanders.iter().for_each(|waiter| waiter.rouse());
        self.hardware.mourn();
    }

    /// Whether a helper that kept ready has been given the lead; if not it is none any more.
    fn wants_again(&self, waiter: &Waiter) -> bool {
        let mut state = self.state.lock();
        let wanted = waiter.take().has(Token::LEAD);
        if !wanted {
            state.helper = Helper::None;
        }
        wanted
    }
}

/// The life of a helper.
fn run<H: Hardware>(vector: Arc<Vector<H>>) {
    let waiter = Arc::new(Waiter::default());
    let mut leads = Some(vector);
    while let Some(vector) = leads.take() {
        vector.lead_for_bystanders(&waiter);
        let vector: Weak<_> = {
            let weak = Arc::downgrade(&vector);
            drop(vector);
            weak
        };
        // In a model no time passes.
        if cfg!(not(loom)) {
            waiter.sleep(sys::monotonic() + READY);
        }
        leads = vector.upgrade().filter(|vector| vector.wants_again(&waiter));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::HashSet;
    use std::sync::{Condvar, Mutex};
    use std::thread::ThreadId;

    use super::super::registers::Dead;
    use super::*;

    /// A device that only a kick wakes.
    #[derive(Default)]
    struct Quiet {
        kicked: Mutex<bool>,
        changed: Condvar,
        /// Who has slept in it.
        sleepers: Mutex<HashSet<ThreadId>>,
    }

    impl Hardware for Arc<Quiet> {
        fn sleep(&self, _: i64) -> Result<(), Dead> {
            self.sleepers.lock().unwrap().insert(std::thread::current().id());
            self.changed.notify_all();
            let mut kicked = self.kicked.lock().unwrap();
            while !std::mem::take(&mut *kicked) {
                kicked = self.changed.wait(kicked).unwrap();
            }
            Ok(())
        }

        fn limit(&self, _: i64) -> i64 {
            i64::MAX
        }

        fn kick(&self) {
            *self.kicked.lock().unwrap() = true;
            self.changed.notify_all();
        }

        fn now(&self) -> i64 {
            0
        }

        fn is_simulated(&self) -> bool {
            false
        }

        fn is_dead(&self) -> bool {
            false
        }

        fn mourn(&self) {}
    }

    #[test]
    fn one_thread_leads_again_and_again_and_none_is_left_when_the_vector_is_gone() {
        let quiet = Arc::new(Quiet::default());
        let vector = Arc::new(Vector::new(quiet.clone()));
        let waiter = Arc::new(Waiter::default());
        for round in 0..20 {
            vector.stand_by(&waiter, i64::MAX).unwrap();
            while quiet.sleepers.lock().unwrap().is_empty() {
                std::thread::yield_now();
            }
            vector.leave(&waiter);
            // It keeps ready before it is needed again.
            while !matches!(vector.state.lock().helper, Helper::Ready(_)) {
                std::thread::yield_now();
            }
            assert_eq!(quiet.sleepers.lock().unwrap().len(), 1, "in round {round}");
        }
        let gone = Arc::downgrade(&vector);
        drop(vector);
        // The helper may be on its way to sleep.
        while gone.strong_count() > 0 {
            std::thread::yield_now();
        }
    }
}
