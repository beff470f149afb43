//! Timers (ports.md section K).

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::base::Base;
use super::clockwork::{Arming, Clockwork, Slack};
use super::observe::Observable;
use super::{Dispatch, Handle, Job, Signals, owned};
use crate::sync::Lock;
use crate::{Deadline, Status, sys};

/// The clock of a timer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimerClock {
    /// CLOCK_MONOTONIC: stands still while the system is suspended.
    #[default]
    Monotonic = 0,
    /// CLOCK_BOOTTIME: goes on.
    Boot = 1,
}

impl TimerClock {
    /// Ns on this clock.
    pub fn now(self) -> i64 {
        match self {
            TimerClock::Monotonic => sys::monotonic(),
            TimerClock::Boot => sys::boot(),
        }
    }
}

/// What a timer tells (ZX_INFO_TIMER).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerInfo {
    /// Its slack mode.
    pub mode: Slack,
    /// Its clock.
    pub clock: TimerClock,
    /// When it will expire, in ns; 0 when it is not set.
    pub deadline: i64,
    /// Its slack, in ns; 0 when it is not set.
    pub slack: i64,
}

/// What a timer does, whatever handle it is reached by.
pub struct TimerObject {
    this: Weak<TimerObject>,
    base: Base,
    signals: Observable,
    mode: Slack,
    clock: TimerClock,
    armed: Lock<Option<Armed>>,
}

#[derive(Clone, Copy)]
struct Armed {
    deadline: i64,
    slack: i64,
    at: i64,
    arming: Arming,
}

impl TimerObject {
    /// The clockwork says that this arming is due.
    pub(crate) fn expire(&self, arming: Arming) {
        let mut armed = self.armed.lock();
        if armed.is_some_and(|own| own.arming == arming) {
            *armed = None;
            self.signals.update(Signals::NONE, Signals::SIGNALED);
        }
    }

    fn disarm(&self, armed: &mut Option<Armed>) {
        if let Some(armed) = armed.take() {
            Clockwork::get().disarm(self.clock, armed.at, armed.arming);
        }
        self.signals.update(Signals::SIGNALED, Signals::NONE);
    }
}

impl Dispatch for TimerObject {
    fn base(&self) -> &Base {
        &self.base
    }

    fn observable(&self) -> Option<&Observable> {
        Some(&self.signals)
    }

    fn end(&self) {
        self.disarm(&mut self.armed.lock());
    }
}

impl Drop for TimerObject {
    /// A call that began before the last handle was closed may have set it after that.
    fn drop(&mut self) {
        if let Some(armed) = self.armed.lock().take() {
            Clockwork::get().disarm(self.clock, armed.at, armed.arming);
        }
    }
}

owned! {
    /// A timer: SIGNALED is active from its deadline on.
    ///
    /// ```
    /// use std::time::Duration;
    /// use portolan::Deadline;
    /// use portolan::object::{AsHandle, Signals, Slack, Timer, TimerClock};
    ///
    /// let timer = Timer::new(TimerClock::Monotonic, Slack::Center);
    /// timer.set(Deadline::after(Duration::from_millis(1)), Duration::ZERO)?;
    /// assert!(timer.wait_one(Signals::SIGNALED, Deadline::INFINITE).is_ok());
    /// # Ok::<(), portolan::Status>(())
    /// ```
    Timer, TimerObject
}

impl Timer {
    /// A timer that is not set.
    pub fn new(clock: TimerClock, mode: Slack) -> Timer {
        Timer(Handle::new(Arc::new_cyclic(|this| TimerObject {
            this: this.clone(),
            base: Base::new(),
            signals: Observable::default(),
            mode,
            clock,
            armed: Lock::default(),
        })))
    }
}

impl TimerObject {
    /// Sets it anew: SIGNALED is cleared, and active again from `deadline` on, on the timer's clock, at once if that
    /// has passed. With slack it may expire together with another timer inside the window that its mode says; the
    /// [default job](Job::default_job)'s slack counts if it is greater (K2). NO_RESOURCES, and nothing has changed, when
    /// the thread for timers cannot be started.
    pub fn set(&self, deadline: Deadline, slack: Duration) -> Result<(), Status> {
        Clockwork::get().start()?;
        let slack = i64::try_from(slack.as_nanos()).unwrap_or(i64::MAX);
        let slack = slack.max(Job::default_slack().0);
        let deadline = deadline.into_nanos();
        let mut armed = self.armed.lock();
        self.disarm(&mut armed);
        if deadline <= self.clock.now() {
            self.signals.update(Signals::NONE, Signals::SIGNALED);
            return Ok(());
        }
        let window = self.mode.window(deadline, slack);
        let (at, arming) = Clockwork::get().arm(self.this.clone(), self.clock, deadline, window);
        *armed = Some(Armed { deadline, slack, at, arming });
        Ok(())
    }

    /// Sets it back: it will not expire, and SIGNALED is cleared (K3).
    pub fn cancel(&self) {
        self.disarm(&mut self.armed.lock());
    }

    /// What it tells.
    pub fn info(&self) -> TimerInfo {
        let armed = *self.armed.lock();
        let (deadline, slack) = armed.map_or((0, 0), |armed| (armed.deadline, armed.slack));
        TimerInfo { mode: self.mode, clock: self.clock, deadline, slack }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{AsHandle, WaitResult};

    #[test]
    fn a_deadline_that_has_passed_signals_at_once_and_cancel_clears() {
        let timer = Timer::new(TimerClock::Monotonic, Slack::Center);
        for deadline in [0, -1, i64::MIN] {
            timer.set(Deadline::from_nanos(deadline), Duration::ZERO).unwrap();
            assert_eq!(
                timer.wait_one(Signals::SIGNALED, Deadline::PAST),
                WaitResult::Ok(Signals::SIGNALED),
                "{deadline}"
            );
            timer.cancel();
            assert_eq!(
                timer.wait_one(Signals::SIGNALED, Deadline::PAST),
                WaitResult::TimedOut(Signals::NONE)
            );
        }
        timer.cancel();
    }

    #[test]
    fn timers_of_both_clocks_expire_not_before_their_deadline() {
        for clock in [TimerClock::Monotonic, TimerClock::Boot] {
            let timer = Timer::new(clock, Slack::Late);
            let deadline = clock.now() + 2_000_000;
            timer.set(Deadline::from_nanos(deadline), Duration::ZERO).unwrap();
            assert!(timer.wait_one(Signals::SIGNALED, Deadline::INFINITE).is_ok());
            assert!(clock.now() >= deadline, "{clock:?}");
            assert_eq!(timer.info().deadline, 0, "it is not set any more");
        }
    }

    #[test]
    fn a_timer_that_is_set_again_does_not_expire_by_its_old_deadline() {
        let timer = Timer::new(TimerClock::Monotonic, Slack::Center);
        timer.set(Deadline::after(Duration::from_millis(1)), Duration::ZERO).unwrap();
        timer.set(Deadline::INFINITE, Duration::ZERO).unwrap();
        let soon = Deadline::after(Duration::from_millis(5));
        assert_eq!(timer.wait_one(Signals::SIGNALED, soon), WaitResult::TimedOut(Signals::NONE));
        let info = timer.info();
        assert_eq!((info.deadline, info.mode), (i64::MAX, Slack::Center));
    }

    #[test]
    fn a_timer_without_handles_leaves_the_schedule() {
        let timer = Timer::new(TimerClock::Boot, Slack::Center);
        timer.set(Deadline::INFINITE, Duration::ZERO).unwrap();
        let weak = timer.this.clone();
        assert!(Clockwork::get().holds(&weak));
        drop(timer);
        assert!(weak.upgrade().is_none());
        assert!(!Clockwork::get().holds(&weak));
    }

    #[test]
    fn a_timer_that_is_set_while_its_last_handle_is_closed_leaves_the_schedule() {
        let timer = Timer::new(TimerClock::Monotonic, Slack::Center);
        // What a call holds of it.
        let object = timer.this.upgrade().unwrap();
        drop(timer);
        object.set(Deadline::INFINITE, Duration::ZERO).unwrap();
        let weak = object.this.clone();
        drop(object);
        assert!(!Clockwork::get().holds(&weak), "its memory would stay until it is due");
    }
}
