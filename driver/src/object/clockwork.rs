//! The thread that lets timers expire, and slack: the leave to be early or late so that timers expire
//! together (ports.md E11, K2).
//!
//! There is one thread, started by the first timer that is set; if the system has no room for it then, that is an error
//! of that call, and the next one tries again. It sleeps on CLOCK_MONOTONIC. A timer on
//! CLOCK_BOOTTIME, which goes on while the system is suspended, is converted each time the thread looks;
//! while there is one it looks at least twice a second, so after a resume such a timer is at most half a
//! second late.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Weak};

use super::timer::{TimerClock, TimerObject};
use crate::sync::{Lock, Token, Waiter, spawn};
use crate::{Status, sys};

/// How often the thread looks while a timer on CLOCK_BOOTTIME is set, in ns.
const LOOK: i64 = 500_000_000;

/// On which side of the deadline the slack lies (A11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slack {
    /// Both: from deadline − slack to deadline + slack.
    #[default]
    Center,
    /// Before.
    Early,
    /// After.
    Late,
}

impl Slack {
    /// The mode with this number (ZX_TIMER_SLACK_*).
    pub fn from_raw(raw: u32) -> Option<Slack> {
        [Slack::Center, Slack::Early, Slack::Late].into_iter().find(|mode| *mode as u32 == raw)
    }

    /// The earliest and latest time, in ns, saturating.
    pub(crate) fn window(self, deadline: i64, slack: i64) -> (i64, i64) {
        let (early, late) = (deadline.saturating_sub(slack), deadline.saturating_add(slack));
        match self {
            Slack::Center => (early, late),
            Slack::Early => (early, deadline),
            Slack::Late => (deadline, late),
        }
    }
}

/// Identity of an armed timer: which arming it is.
pub(crate) type Arming = u64;

type Schedule = BTreeMap<(i64, Arming), Weak<TimerObject>>;

#[derive(Default)]
struct Wheel {
    /// By time, on each clock.
    schedules: [Schedule; 2],
    armings: Arming,
}

/// The set timers of this process.
#[derive(Default)]
pub(crate) struct Clockwork {
    wheel: Lock<Wheel>,
    waiter: Arc<Waiter>,
    /// Its thread runs.
    runs: Lock<bool>,
}

static CLOCKWORK: LazyLock<Clockwork> = LazyLock::new(Clockwork::default);

impl Clockwork {
    /// The one of this process.
    pub(crate) fn get() -> &'static Clockwork {
        &CLOCKWORK
    }

    /// Makes sure that its thread runs. NO_RESOURCES.
    pub(crate) fn start(&'static self) -> Result<(), Status> {
        let mut runs = self.runs.lock();
        if !*runs {
            spawn("portolan-timers", || self.run()).map_err(|_| Status::NO_RESOURCES)?;
            *runs = true;
        }
        Ok(())
    }

    /// Schedules a timer, after [`start`](Self::start); when it will expire, and which arming that is.
    pub(crate) fn arm(
        &self,
        timer: Weak<TimerObject>,
        clock: TimerClock,
        deadline: i64,
        window: (i64, i64),
    ) -> (i64, Arming) {
        let mut wheel = self.wheel.lock();
        let schedule = &wheel.schedules[clock as usize];
        let at = coalesce(schedule, deadline, window);
        let first = schedule.keys().next().is_none_or(|(time, _)| at < *time);
        wheel.armings += 1;
        let arming = wheel.armings;
        wheel.schedules[clock as usize].insert((at, arming), timer);
        if first {
            self.waiter.mark(Token::RETRY);
            self.waiter.rouse();
        }
        (at, arming)
    }

    /// Takes a timer off the schedule.
    pub(crate) fn disarm(&self, clock: TimerClock, at: i64, arming: Arming) {
        self.wheel.lock().schedules[clock as usize].remove(&(at, arming));
    }

    /// Whether this timer is on the schedule, in whatever arming.
    #[cfg(test)]
    pub(crate) fn holds(&self, timer: &Weak<TimerObject>) -> bool {
        let wheel = self.wheel.lock();
        wheel.schedules.iter().any(|schedule| schedule.values().any(|other| other.ptr_eq(timer)))
    }

    /// When a wait with this deadline on CLOCK_MONOTONIC and slack gives up: with a set timer inside the window, if
    /// there is one (E11).
    pub(crate) fn align(deadline: i64, mode: Slack, slack: i64) -> i64 {
        if slack <= 0 || deadline == i64::MAX {
            return deadline;
        }
        let wheel = Clockwork::get().wheel.lock();
        coalesce(&wheel.schedules[TimerClock::Monotonic as usize], deadline, mode.window(deadline, slack))
    }

    fn run(&self) {
        loop {
            let (expired, next) = self.collect();
            for (timer, arming) in expired {
                if let Some(timer) = timer.upgrade() {
                    timer.expire(arming);
                }
            }
            self.waiter.sleep(next);
            self.waiter.take();
        }
    }

    /// Takes out what has expired; when to look again, on CLOCK_MONOTONIC.
    fn collect(&self) -> (Vec<(Weak<TimerObject>, Arming)>, i64) {
        let (mut expired, mut next) = (Vec::new(), i64::MAX);
        let mut wheel = self.wheel.lock();
        for clock in [TimerClock::Monotonic, TimerClock::Boot] {
            let now = clock.now();
            let schedule = &mut wheel.schedules[clock as usize];
            while let Some(entry) = schedule.first_entry()
                && entry.key().0 <= now
            {
                let ((_, arming), timer) = entry.remove_entry();
                expired.push((timer, arming));
            }
            if let Some(((at, _), _)) = schedule.first_key_value() {
                let wait = at.saturating_sub(now);
                let look = if clock == TimerClock::Boot { wait.min(LOOK) } else { wait };
                next = next.min(sys::monotonic().saturating_add(look));
            }
        }
        (expired, next)
    }
}

/// The time of a set timer inside the window that is nearest to the deadline, the earlier of two; or the deadline.
fn coalesce(schedule: &Schedule, deadline: i64, (early, late): (i64, i64)) -> i64 {
    if early == late {
        return deadline;
    }
    let before = schedule.range((early, 0)..=(deadline, Arming::MAX)).next_back().map(|((at, _), _)| *at);
    let after = schedule.range((deadline, 0)..=(late, Arming::MAX)).next().map(|((at, _), _)| *at);
    match (before, after) {
        (Some(before), Some(after)) if after - deadline < deadline - before => after,
        (Some(before), _) => before,
        (None, after) => after.unwrap_or(deadline),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(times: &[i64]) -> Schedule {
        times.iter().map(|at| ((*at, 0), Weak::new())).collect()
    }

    #[test]
    fn windows_lie_where_the_mode_says_and_saturate() {
        assert_eq!(Slack::Center.window(100, 10), (90, 110));
        assert_eq!(Slack::Early.window(100, 10), (90, 100));
        assert_eq!(Slack::Late.window(100, 10), (100, 110));
        assert_eq!(Slack::Center.window(i64::MAX, 10), (i64::MAX - 10, i64::MAX));
        assert_eq!(Slack::Center.window(i64::MIN, 10), (i64::MIN, i64::MIN + 10));
    }

    #[test]
    fn a_timer_expires_with_the_nearest_one_inside_its_window() {
        let set = schedule(&[80, 95, 103, 130]);
        assert_eq!(coalesce(&set, 100, Slack::Center.window(100, 10)), 103);
        assert_eq!(coalesce(&set, 100, Slack::Early.window(100, 10)), 95);
        assert_eq!(coalesce(&set, 100, Slack::Late.window(100, 10)), 103);
        assert_eq!(
            coalesce(&set, 110, Slack::Center.window(110, 5)),
            110,
            "none inside: the deadline itself"
        );
        assert_eq!(coalesce(&set, 100, Slack::Center.window(100, 0)), 100);
    }
}
