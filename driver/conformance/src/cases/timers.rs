//! Section K: timers.

use crate::Zx;
use crate::abi::*;

/// K1.
pub fn timer_create_checks_clock_policy_and_mode(z: Zx) {
    assert_eq!(z.timer_create(9, 2), Err(INVALID_ARGS));
    z.set_basic(z.job_default(), 11, 1).unwrap();
    assert_eq!(z.timer_create(9, 2), Err(INVALID_ARGS), "the clock before policy");
    assert_eq!(z.timer_create(9, 0), Err(ACCESS_DENIED), "policy before the mode");
    z.set_basic(z.job_default(), 11, 0).unwrap();
    for mode in [3, 4, u32::MAX] {
        assert_eq!(z.timer_create(mode, 0), Err(INVALID_ARGS), "{mode}");
    }
}

/// K2.
pub fn timer_set_signals_at_its_deadline_and_at_once_if_that_has_passed(z: Zx) {
    let (port, event) = (z.port(), z.event());
    assert_eq!(z.timer_set(0, 0, -1), Err(OUT_OF_RANGE), "before the handle");
    assert_eq!(z.timer_set(0, 0, 0), Err(BAD_HANDLE));
    assert_eq!(z.timer_set(event, 0, 0), Err(WRONG_TYPE));
    for clock in [0, 1] {
        let timer = z.timer_create(0, clock).unwrap();
        for deadline in [0, -1, i64::MIN] {
            z.timer_set(timer, deadline, 0).unwrap();
            assert_eq!(z.signals(timer), SIGNALED, "{deadline}");
        }
        let now = if clock == 0 { z.now() } else { z.boot() };
        z.timer_set(timer, now + 3_000_000, 0).unwrap();
        assert_eq!(z.signals(timer), 0, "setting clears it");
        z.wait_async(timer, port, 1, SIGNALED, TIMESTAMP).unwrap();
        let packet = z.port_wait(port, INFINITE).unwrap();
        assert_eq!((packet.key, packet.observed()), (1, SIGNALED));
        assert!(if clock == 0 { z.now() } else { z.boot() } >= now + 3_000_000);
        let info: TimerInfo = z.info(timer, 25).unwrap();
        assert_eq!((info.deadline, info.slack), (0, 0), "it is not set any more");
        z.close(timer).unwrap();
    }
    let poor = z.without(z.timer_create(0, 0).unwrap(), right::WRITE);
    assert_eq!(z.timer_set(poor, 0, 0), Err(ACCESS_DENIED));
    assert_eq!(z.timer_cancel(poor), Err(ACCESS_DENIED));
    z.close_many(&[poor, port, event]).unwrap();
}

/// K3.
pub fn timer_cancel_clears_the_signal_and_may_be_repeated(z: Zx) {
    let timer = z.timer_create(0, 0).unwrap();
    assert_eq!(z.timer_cancel(timer), Ok(()));
    z.timer_set(timer, 0, 0).unwrap();
    assert_eq!(z.timer_cancel(timer), Ok(()));
    assert_eq!(z.signals(timer), 0);
    z.timer_set(timer, z.after(2_000_000), 0).unwrap();
    assert_eq!((z.timer_cancel(timer), z.timer_cancel(timer)), (Ok(()), Ok(())));
    assert_eq!(z.wait_one(timer, SIGNALED, z.after(4_000_000)).0, Err(TIMED_OUT));
    z.close(timer).unwrap();
}

/// K2: slack, between timers.
pub fn a_timer_with_slack_expires_with_one_inside_its_window(z: Zx) {
    const MS: i64 = 1_000_000;
    let (first, late) = (z.timer_create(0, 0).unwrap(), z.timer_create(2, 0).unwrap());
    let soon = z.after(500 * MS);
    z.timer_set(first, soon, 0).unwrap();
    z.timer_set(late, soon - 100 * MS, 1000 * MS).unwrap();
    assert_eq!(z.wait_one(late, SIGNALED, INFINITE).0, Ok(()));
    assert!(z.now() >= soon, "it expired with the first, not before");
    z.timer_set(late, z.after(2 * MS), 0).unwrap();
    assert_eq!(z.wait_one(late, SIGNALED, INFINITE).0, Ok(()));
    z.close_many(&[first, late]).unwrap();
}
