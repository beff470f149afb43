//! mx_job_*: jobs and their policy (abi section 8.5).

use portolan::Status;
use portolan::object::{Action, BasicPolicy, Condition, JobObject, RawHandle, Rights, magenta};

use crate::jobs::{BasicV1, set_basic};
use crate::table::{get, give};
use crate::{In, Out, calls};

const TOPIC_BASIC: u32 = 0;
/// MX_POL_MAX: conditions, and entries that can be set at once.
const MAX: u32 = 11;

/// MX_POL_ACTION_*. NOT_SUPPORTED for those with ALARM (2), which told an exception port, and for no action's number.
fn action(raw: u32) -> Result<Action, Status> {
    match raw {
        0 => Ok(Action::Allow),
        1 => Ok(Action::Deny),
        5 => Ok(Action::Kill),
        _ => Err(Status::NOT_SUPPORTED),
    }
}

/// What a program sets cannot be changed later.
fn entry(raw: &BasicV1) -> Result<BasicPolicy, Status> {
    let condition = Condition::from_raw(raw.condition).filter(|_| raw.condition < MAX);
    let condition = condition.ok_or(Status::NOT_SUPPORTED)?;
    Ok(BasicPolicy { condition, action: action(raw.policy)?, may_override: false })
}

calls! {
    /// Makes a job in another: who may WRITE may.
    fn create = mx_job_create(parent: RawHandle, options: u32, out: Out<'_, RawHandle>) -> Status {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        give(magenta::job(&get::<JobObject>(parent, Rights::WRITE)?)?, &out)
    }

    /// Sets a job's policy. Options, entries and topic, then the handle; OUT_OF_RANGE for more entries than conditions.
    fn set_policy = mx_job_set_policy(
        job: RawHandle,
        options: u32,
        topic: u32,
        policy: In<'_, u8>,
        count: u32,
    ) -> Status {
        if options > 1 || policy.is_null() || count == 0 || topic != TOPIC_BASIC {
            return Err(Status::INVALID_ARGS);
        }
        if count > MAX {
            get::<JobObject>(job, Rights::SET_POLICY)?;
            return Err(Status::OUT_OF_RANGE);
        }
        set_basic(job, options, &policy.cast::<BasicV1>().get_many(count as usize)?, entry)
    }
}
