//! A process that can start no more threads: an error, and no end of it.

use std::process::Command;
use std::time::Duration;

use portolan::object::{AsHandle, Signals, Slack, Timer, TimerClock, WaitResult};
use portolan::{Deadline, Status};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const CHILD: &str = "PORTOLAN_LIMITED";

/// Leaves no room for a thread's stack, as large as it is by default.
fn limit_memory() {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")?.split_whitespace().next());
    let size: u64 = size.and_then(|size| size.parse().ok()).expect("a size in KiB");
    let maximum = getrlimit(Resource::As).maximum;
    setrlimit(Resource::As, Rlimit { current: Some((size + 1024) * 1024), maximum })
        .expect("less is allowed");
}

#[test]
#[ignore = "the next test runs it, in a process of its own"]
fn without_room_for_a_thread() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let before = getrlimit(Resource::As);
    let timer = Timer::new(TimerClock::Monotonic, Slack::Center);
    timer.signal(Signals::NONE, Signals::user(0)).expect("its own to set");
    limit_memory();
    let set = || timer.set(Deadline::after(Duration::from_millis(1)), Duration::ZERO);
    assert_eq!(set(), Err(Status::NO_RESOURCES));
    setrlimit(Resource::As, before).expect("as it was");
    assert_eq!(set(), Ok(()), "it tries again");
    let expired = timer.wait_one(Signals::SIGNALED, Deadline::INFINITE);
    assert_eq!(expired, WaitResult::Ok(Signals::SIGNALED | Signals::user(0)));
}

#[test]
fn setting_a_timer_without_room_for_its_thread_is_an_error_and_works_when_there_is_room() {
    let output = Command::new(std::env::current_exe().expect("a test is a program"))
        .args(["--exact", "without_room_for_a_thread", "--ignored", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("it starts again");
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}
