//! Jobs: policy for the calls of processes (ports.md A12, C3, K4).
//!
//! On Zircon a process takes its policy from its job when it is made, and never changes it. Here there is one process,
//! this one, and it is there before anything could be set; so the default job's policy applies to it as soon as it is
//! set. Jobs made in it inherit, and can be given policy, but have no processes.

use std::sync::{Arc, OnceLock};

use super::base::Base;
use super::clockwork::Slack;
use super::observe::Observable;
use super::policy::Policies;
use super::{Action, BasicPolicy, Condition, Dispatch, Handle, Koid, Mode, Signals, owned};
use crate::sync::Lock;
use crate::{Status, sys};

/// How deep jobs may be nested below the default job, as below Zircon's root job.
const MAX_HEIGHT: u32 = 32;

/// What a job is, whatever handle it is reached by.
pub struct JobObject {
    base: Base,
    signals: Observable,
    parent: Option<Arc<JobObject>>,
    height: u32,
    state: Lock<JobState>,
}

struct JobState {
    policies: Policies,
    slack: (i64, Slack),
    children: u32,
}

impl JobObject {
    /// What happens when this is done.
    pub fn action(&self, condition: Condition) -> Action {
        self.state.lock().policies.action(condition)
    }

    /// Asks the policy: ACCESS_DENIED for DENY; KILL ends this process (C3).
    pub fn check(&self, condition: Condition) -> Result<(), Status> {
        match self.action(condition) {
            Action::Allow => Ok(()),
            Action::Deny => Err(Status::ACCESS_DENIED),
            Action::Kill => sys::kill_self(),
        }
    }

    /// Sets basic policy, all of it or, on an error, none. ALREADY_EXISTS as [`Mode`] says, BAD_STATE when the job has
    /// jobs in it.
    pub fn set_policy(&self, mode: Mode, policies: &[BasicPolicy]) -> Result<(), Status> {
        let mut state = self.state.lock();
        if state.children > 0 {
            return Err(Status::BAD_STATE);
        }
        state.policies = state.policies.with(mode, policies)?;
        Ok(())
    }

    /// Sets the timer slack, in ns, and its mode. The amount can only grow; the mode is replaced (K4). INVALID_ARGS when
    /// it is negative, BAD_STATE when the job has jobs in it.
    pub fn set_slack(&self, slack: i64, mode: Slack) -> Result<(), Status> {
        if slack < 0 {
            return Err(Status::INVALID_ARGS);
        }
        let mut state = self.state.lock();
        if state.children > 0 {
            return Err(Status::BAD_STATE);
        }
        state.slack = (state.slack.0.max(slack), mode);
        Ok(())
    }

    /// The timer slack, in ns, and its mode.
    pub fn slack(&self) -> (i64, Slack) {
        self.state.lock().slack
    }

    /// A new job in this one, with its policy. OUT_OF_RANGE below 32 others.
    pub fn create(self: &Arc<Self>) -> Result<Job, Status> {
        if self.height == MAX_HEIGHT {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut state = self.state.lock();
        let job = JobObject {
            base: Base::new(),
            signals: Observable::new(Signals::NO_JOBS | Signals::NO_PROCESSES),
            parent: Some(self.clone()),
            height: self.height + 1,
            state: Lock::new(JobState { policies: state.policies, slack: state.slack, children: 0 }),
        };
        state.children += 1;
        self.signals.update(Signals::NO_JOBS, Signals::NONE);
        drop(state);
        Ok(Job(Handle::new(Arc::new(job))))
    }
}

impl Drop for JobObject {
    fn drop(&mut self) {
        if let Some(parent) = &self.parent {
            let mut state = parent.state.lock();
            state.children -= 1;
            if state.children == 0 {
                parent.signals.update(Signals::NONE, Signals::NO_JOBS);
            }
        }
    }
}

impl Dispatch for JobObject {
    fn base(&self) -> &Base {
        &self.base
    }

    fn observable(&self) -> Option<&Observable> {
        Some(&self.signals)
    }

    fn related_koid(&self) -> Koid {
        self.parent.as_ref().map_or(0, |parent| parent.base.koid())
    }
}

owned! {
    /// A job.
    Job, JobObject
}

impl Job {
    fn default_object() -> &'static Arc<JobObject> {
        static JOB: OnceLock<Arc<JobObject>> = OnceLock::new();
        JOB.get_or_init(|| {
            Arc::new(JobObject {
                base: Base::new(),
                signals: Observable::new(Signals::NO_JOBS),
                parent: None,
                height: 0,
                state: Lock::new(JobState {
                    policies: Policies::default(),
                    slack: (0, Slack::Center),
                    children: 0,
                }),
            })
        })
    }

    /// The job of this process.
    pub fn default_job() -> Job {
        Job(Handle::new(Job::default_object().clone()))
    }

    /// Asks the policy of this process's job; see [`JobObject::check`].
    pub fn check_default(condition: Condition) -> Result<(), Status> {
        Job::default_object().check(condition)
    }

    /// The timer slack of this process, in ns.
    pub(crate) fn default_slack() -> (i64, Slack) {
        Job::default_object().slack()
    }

    /// A new job in this one; see [`JobObject::create`].
    pub fn create_child(&self) -> Result<Job, Status> {
        <JobObject as super::Typed>::of(&self.0).ok_or(Status::WRONG_TYPE)?.create()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Deadline;
    use crate::object::AsHandle;

    #[test]
    fn slack_grows_and_its_mode_is_replaced() {
        let job = Job::default_job().create_child().unwrap();
        job.set_slack(100, Slack::Early).unwrap();
        job.set_slack(50, Slack::Late).unwrap();
        assert_eq!(job.slack(), (100, Slack::Late));
        assert_eq!(job.set_slack(-1, Slack::Center), Err(Status::INVALID_ARGS));
        assert_eq!(job.create_child().unwrap().slack(), (100, Slack::Late), "inherited");
    }

    #[test]
    fn a_job_with_jobs_keeps_its_policy_and_says_when_they_are_gone() {
        let job = Job::default_job().create_child().unwrap();
        let child = job.create_child().unwrap();
        assert_eq!(job.set_policy(Mode::Relative, &[]), Err(Status::BAD_STATE));
        assert_eq!(child.basic_info().related_koid, job.basic_info().koid);
        assert!(!job.wait_one(Signals::NO_JOBS, Deadline::PAST).is_ok());
        drop(child);
        assert!(job.wait_one(Signals::NO_JOBS, Deadline::PAST).is_ok());
        assert_eq!(job.set_policy(Mode::Relative, &[]), Ok(()));
    }

    #[test]
    fn jobs_are_nested_32_deep() {
        let mut job = Job::default_job();
        for _ in 0..MAX_HEIGHT {
            job = job.create_child().unwrap();
        }
        assert_eq!(job.create_child().unwrap_err(), Status::OUT_OF_RANGE);
    }
}
