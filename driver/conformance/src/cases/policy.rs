//! Job policy: A12, C1, C3, K4.

use crate::Zx;
use crate::abi::*;
use crate::zx::Result;

/// A call that makes an object.
type Maker = fn(Zx) -> Result<u32>;

const NEW_ANY: u32 = 3;
const NEW_PORT: u32 = 8;
const ALLOW: u32 = 0;
const DENY: u32 = 1;
const KILL: u32 = 4;

/// C1, C3.
pub fn policy_is_asked_before_the_arguments_of_port_create(z: Zx) {
    let job = z.job_default();
    z.set_basic(job, NEW_PORT, DENY).unwrap();
    assert_eq!(z.port_create(0), Err(ACCESS_DENIED));
    assert_eq!(z.port_create(7), Err(ACCESS_DENIED), "before the options");
    assert_eq!(z.port_create_null(0), Err(ACCESS_DENIED), "before the pointer");
    z.set_basic(job, NEW_PORT, ALLOW).unwrap();
    assert_eq!(z.port_create(7), Err(INVALID_ARGS));
    assert_eq!(z.port_create_null(7), Err(INVALID_ARGS));
    assert_eq!(z.port_create_null(0), Err(INVALID_ARGS));
    z.close(z.port_create(0).unwrap()).unwrap();
}

/// C3: NEW_ANY, and each condition by itself.
pub fn policy_for_new_objects_denies_each_of_them(z: Zx) {
    let job = z.job_default();
    let makers: [(u32, Maker); 5] = [
        (NEW_PORT, |z| z.port_create(0)),
        (5, |z| {
            z.channel_create(0).map(|(a, b)| {
                z.close(b).unwrap();
                a
            })
        }),
        (6, |z| z.event_create(0)),
        (7, |z| {
            z.eventpair_create(0).map(|(a, b)| {
                z.close(b).unwrap();
                a
            })
        }),
        (11, |z| z.timer_create(0, 0)),
    ];
    let check = |denied: &dyn Fn(u32) -> bool| {
        for (condition, make) in makers {
            match make(z) {
                Ok(handle) => {
                    assert!(!denied(condition), "condition {condition}");
                    z.close(handle).unwrap();
                }
                Err(status) => assert!(denied(condition) && status == ACCESS_DENIED, "{condition}: {status}"),
            }
        }
    };
    for (own, _) in makers {
        z.set_basic(job, own, DENY).unwrap();
        check(&|condition| condition == own);
        z.set_basic(job, own, ALLOW).unwrap();
    }
    z.set_basic(job, NEW_ANY, DENY).unwrap();
    check(&|_| true);
    let interrupt = z.interrupt_create(0, 0, VIRTUAL);
    assert!(interrupt.is_ok(), "C3: there is no policy for interrupts");
    z.set_basic(job, NEW_PORT, ALLOW).unwrap();
    check(&|condition| condition != NEW_PORT);
    z.set_basic(job, NEW_ANY, ALLOW).unwrap();
    check(&|_| false);
    z.close(interrupt.unwrap()).unwrap();
}

/// C3.
pub fn a_denied_port_kills_by_policy(z: Zx) {
    z.set_basic(z.job_default(), NEW_PORT, KILL).unwrap();
    let _ = z.port_create(0);
    panic!("still alive");
}

/// A12: numbers, and the errors of setting policy.
pub fn policy_that_cannot_be_set_is_refused(z: Zx) {
    let job = z.job_create(z.job_default(), 0).unwrap();
    let v2 = |condition, action, flags| [PolicyV2 { condition, action, flags }];
    const V2: u32 = 0x0100_0000;
    for action in [2, 3] {
        assert_eq!(z.job_set_policy(job, 0, V2, &v2(NEW_PORT, action, 0)), Err(NOT_SUPPORTED), "exceptions");
    }
    assert_eq!(z.job_set_policy(job, 0, V2, &v2(NEW_PORT, 5, 0)), Err(NOT_SUPPORTED));
    assert_eq!(z.job_set_policy(job, 0, V2, &v2(18, DENY, 0)), Err(NOT_SUPPORTED));
    assert_eq!(z.job_set_policy(job, 0, V2, &v2(17, DENY, 2)), Err(INVALID_ARGS));
    assert_eq!(z.job_set_policy(0, 0, 2, &v2(0, 0, 0)), Err(INVALID_ARGS), "the topic before the handle");
    assert_eq!(z.job_set_policy(0, 2, V2, &v2(0, 0, 0)), Err(INVALID_ARGS), "the options before the handle");
    assert_eq!(z.job_set_policy(0, 0, V2, &[0u8; 0]), Err(INVALID_ARGS), "the count before the handle");
    assert_eq!(z.job_set_policy_null(0, V2, 1), Err(INVALID_ARGS));
    assert_eq!(z.job_set_policy_null(job, 0, 33), Err(INVALID_ARGS));
    assert_eq!(z.job_set_policy(0, 0, V2, &v2(0, 0, 0)), Err(BAD_HANDLE));
    let event = z.event();
    assert_eq!(z.job_set_policy(event, 0, V2, &v2(0, 0, 0)), Err(WRONG_TYPE));
    let poor = z.duplicate(job, right::DUPLICATE).unwrap();
    assert_eq!(z.job_set_policy(poor, 0, V2, &v2(0, 0, 0)), Err(ACCESS_DENIED));
    assert_eq!(z.job_create(poor, 0), Err(ACCESS_DENIED));
    assert_eq!(z.job_create(job, 1), Err(INVALID_ARGS));

    // Version 1 cannot be overridden.
    assert_eq!(z.job_set_policy(job, 1, 0, &[(NEW_PORT, DENY)]), Ok(()));
    assert_eq!(z.job_set_policy(job, 1, V2, &v2(NEW_PORT, ALLOW, 0)), Err(ALREADY_EXISTS));
    assert_eq!(z.job_set_policy(job, 0, V2, &v2(NEW_PORT, ALLOW, 0)), Ok(()), "relative: it stays");
    let child = z.job_create(job, 0).unwrap();
    assert_eq!(z.job_set_policy(child, 1, V2, &v2(NEW_PORT, ALLOW, 0)), Err(ALREADY_EXISTS), "inherited");
    assert_eq!(z.job_set_policy(job, 0, V2, &v2(NEW_PORT, ALLOW, 0)), Err(BAD_STATE), "it has a job");
    z.close_many(&[child, job, event, poor]).unwrap();
}

/// K4: the errors.
pub fn slack_policy_that_cannot_be_set_is_refused(z: Zx) {
    let job = z.job_create(z.job_default(), 0).unwrap();
    let slack = |min_slack, default_mode| PolicySlack { min_slack, default_mode, padding1: [0; 4] };
    assert_eq!(z.job_set_policy(job, 0, 1, &[slack(-1, 0)]), Err(INVALID_ARGS));
    assert_eq!(z.job_set_policy(job, 0, 1, &[slack(1, 3)]), Err(INVALID_ARGS));
    assert_eq!(z.job_set_policy(job, 1, 1, &[slack(1, 0)]), Err(INVALID_ARGS), "relative only");
    assert_eq!(z.job_set_policy(job, 0, 1, &[slack(1, 0); 2]), Err(INVALID_ARGS), "one only");
    assert_eq!(z.job_set_policy(0, 0, 1, &[slack(1, 0)]), Err(BAD_HANDLE));
    assert_eq!(z.job_set_policy(job, 0, 1, &[slack(1, 2)]), Ok(()));
    z.close(job).unwrap();
}

/// E11, K2, K4: a process of its own, because slack can only grow.
pub fn slack_lets_a_wait_end_with_a_timer_inside_its_window(z: Zx) {
    const MS: i64 = 1_000_000;
    let slack = |min_slack, default_mode| [PolicySlack { min_slack, default_mode, padding1: [0; 4] }];
    let (port, timer, other) = (z.port(), z.timer_create(1, 0).unwrap(), z.timer_create(1, 0).unwrap());
    let far = 100_000 * MS;

    z.job_set_policy(z.job_default(), 0, 1, &slack(far, 1)).unwrap();
    z.job_set_policy(z.job_default(), 0, 1, &slack(5, 2)).unwrap();
    z.timer_set(timer, z.after(2 * far), 7).unwrap();
    assert_eq!(z.info::<TimerInfo>(timer, 25).unwrap().slack, far, "K2: the greater; K4: it only grows");

    // The mode is LATE now: the window of this wait goes from now on to `far` later, and the timer is in it.
    let soon = z.after(30 * MS);
    z.timer_cancel(timer).unwrap();
    z.timer_set(other, soon, 0).unwrap();
    let begin = z.now();
    assert_eq!(z.port_wait(port, begin + MS).unwrap_err(), TIMED_OUT);
    assert!(z.now() >= soon, "E11: it ended {} ns before the timer", soon - z.now());
    z.timer_cancel(other).unwrap();
    let deadline = z.after(5 * MS);
    assert_eq!(z.port_wait(port, deadline).unwrap_err(), TIMED_OUT);
    assert!(z.now() >= deadline && z.now() < deadline + far, "no other timer: the deadline itself");
    z.timer_set(other, z.after(far / 2), 0).unwrap();
    z.port_queue(port, &Packet::user(1)).unwrap();
    assert_eq!(z.port_wait(port, z.after(MS)).unwrap().key, 1, "a packet wakes at once");
}
