//! zx_job_*: jobs and their policy (spec A12, C3, K4; abi section 6).

use portolan::Status;
use portolan::object::{Action, BasicPolicy, Condition, JobObject, Mode, RawHandle, Rights, Slack};

use crate::table::{get, give};
use crate::{In, Out, calls};

const TOPIC_BASIC_V1: u32 = 0;
const TOPIC_TIMER_SLACK: u32 = 1;
const TOPIC_BASIC_V2: u32 = 0x0100_0000;
const MAX_ENTRIES: u32 = 32;

/// zx_policy_basic_v1_t, and mx_policy_basic_t.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct BasicV1 {
    pub(crate) condition: u32,
    pub(crate) policy: u32,
}

/// zx_policy_basic_v2_t.
#[derive(Clone, Copy)]
#[repr(C)]
struct BasicV2 {
    condition: u32,
    action: u32,
    flags: u32,
}

/// zx_policy_timer_slack_t.
#[derive(Clone, Copy)]
#[repr(C)]
struct TimerSlack {
    min_slack: i64,
    default_mode: u32,
    padding1: [u8; 4],
}

const _: () =
    assert!(size_of::<BasicV1>() == 8 && size_of::<BasicV2>() == 12 && size_of::<TimerSlack>() == 16);

/// NOT_SUPPORTED for what is no condition or action, or an action with an exception; INVALID_ARGS for other flags.
fn entry(raw: &BasicV2) -> Result<BasicPolicy, Status> {
    Ok(BasicPolicy {
        condition: Condition::from_raw(raw.condition).ok_or(Status::NOT_SUPPORTED)?,
        action: Action::from_raw(raw.action)?,
        may_override: match raw.flags {
            0 => true,
            1 => false,
            _ => return Err(Status::INVALID_ARGS),
        },
    })
}

/// Sets basic policy of entries that `entry` reads: the handle, then the entries.
pub(crate) fn set_basic<T>(
    job: RawHandle,
    options: u32,
    entries: &[T],
    entry: impl Fn(&T) -> Result<BasicPolicy, Status>,
) -> Result<(), Status> {
    let mode = if options == 0 { Mode::Relative } else { Mode::Absolute };
    let job = get::<JobObject>(job, Rights::SET_POLICY)?;
    let entries: Vec<_> = entries.iter().map(entry).collect::<Result<_, _>>()?;
    job.set_policy(mode, &entries)
}

calls! {
    /// Makes a job in another.
    fn create = zx_job_create(parent: RawHandle, options: u32, out: Out<'_, RawHandle>) -> Status {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        give(get::<JobObject>(parent, Rights::MANAGE_JOB)?.create()?, &out)
    }

    /// Sets a job's policy. The topic, the options, and the entries, are looked at before the handle.
    fn set_policy = zx_job_set_policy(
        job: RawHandle,
        options: u32,
        topic: u32,
        policy: In<'_, u8>,
        count: u32,
    ) -> Status {
        if ![TOPIC_BASIC_V1, TOPIC_BASIC_V2, TOPIC_TIMER_SLACK].contains(&topic)
            || options > 1
            || policy.is_null()
            || count == 0
            || count > MAX_ENTRIES
        {
            return Err(Status::INVALID_ARGS);
        }
        let count = count as usize;
        match topic {
            TOPIC_BASIC_V1 => {
                // What an old program sets cannot be changed later.
                let v2 = |v1: BasicV1| BasicV2 { condition: v1.condition, action: v1.policy, flags: 1 };
                let entries = policy.cast::<BasicV1>().get_many(count)?;
                set_basic(job, options, &entries, |v1| entry(&v2(*v1)))
            }
            TOPIC_BASIC_V2 => set_basic(job, options, &policy.cast().get_many(count)?, entry),
            _ => {
                if count != 1 || options != 0 {
                    return Err(Status::INVALID_ARGS);
                }
                let slack = policy.cast::<TimerSlack>().get()?;
                let job = get::<JobObject>(job, Rights::SET_POLICY)?;
                let mode = Slack::from_raw(slack.default_mode).ok_or(Status::INVALID_ARGS)?;
                job.set_slack(slack.min_slack, mode)
            }
        }
    }
}
