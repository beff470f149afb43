//! zx_event_*, zx_eventpair_*, zx_timer_*, and signals (spec J4, J5, K).

use std::time::Duration;

use portolan::object::{
    AsHandle, Condition, Event, EventPair, Handle, Job, RawHandle, Rights, Signals, Slack, Timer, TimerClock,
    TimerObject,
};
use portolan::{Deadline, Status};

use crate::table::{get, give, give_two, with};
use crate::{Out, calls};

/// The clock with this number: MONOTONIC or BOOT.
pub(crate) fn clock(id: u32) -> Result<TimerClock, Status> {
    match id {
        0 => Ok(TimerClock::Monotonic),
        1 => Ok(TimerClock::Boot),
        _ => Err(Status::INVALID_ARGS),
    }
}

/// Makes an event: options, then policy.
pub(crate) fn make_event(
    options: u32,
    make: impl FnOnce() -> Handle,
    out: &Out<'_, RawHandle>,
) -> Result<(), Status> {
    no_options(options)?;
    Job::check_default(Condition::NewEvent)?;
    give(make(), out)
}

/// Makes an event pair: options, then policy.
pub(crate) fn make_event_pair(
    options: u32,
    make: impl FnOnce() -> (Handle, Handle),
    out: [&Out<'_, RawHandle>; 2],
) -> Result<(), Status> {
    no_options(options).map_err(|_| Status::NOT_SUPPORTED)?;
    Job::check_default(Condition::NewEventPair)?;
    give_two(make(), out)
}

fn no_options(options: u32) -> Result<(), Status> {
    if options == 0 { Ok(()) } else { Err(Status::INVALID_ARGS) }
}

calls! {
    /// Makes an event.
    fn event_create = zx_event_create(options: u32, out: Out<'_, RawHandle>) -> Status {
        make_event(options, || Event::new().into(), &out)
    }

    /// Makes an event pair.
    fn eventpair_create = zx_eventpair_create(
        options: u32,
        out0: Out<'_, RawHandle>,
        out1: Out<'_, RawHandle>,
    ) -> Status {
        let make = || {
            let (first, second) = EventPair::create();
            (first.into(), second.into())
        };
        make_event_pair(options, make, [&out0, &out1])
    }

    /// Makes a timer. The clock, then policy, then options, which are the slack mode (K1).
    fn timer_create = zx_timer_create(options: u32, clock_id: u32, out: Out<'_, RawHandle>) -> Status {
        let clock = clock(clock_id)?;
        Job::check_default(Condition::NewTimer)?;
        let mode = Slack::from_raw(options).ok_or(Status::INVALID_ARGS)?;
        give(Timer::new(clock, mode), &out)
    }

    /// Sets a timer. OUT_OF_RANGE for negative slack comes before the handle (K2). NO_RESOURCES when the thread for timers
    /// cannot be started.
    fn timer_set = zx_timer_set(timer: RawHandle, deadline: i64, slack: i64) -> Status {
        let slack = Duration::from_nanos(u64::try_from(slack).map_err(|_| Status::OUT_OF_RANGE)?);
        get::<TimerObject>(timer, Rights::WRITE)?.set(Deadline::from_nanos(deadline), slack)
    }

    /// Sets a timer back (K3).
    fn timer_cancel = zx_timer_cancel(timer: RawHandle) -> Status {
        get::<TimerObject>(timer, Rights::WRITE)?.cancel();
        Ok(())
    }

    /// Clears, then sets, signals (J4).
    fn signal = zx_object_signal(handle: RawHandle, clear: u32, set: u32) -> Status {
        with(handle, |handle| handle.signal(Signals::from_bits(clear), Signals::from_bits(set)))
    }

    /// The same on the peer.
    fn signal_peer = zx_object_signal_peer(handle: RawHandle, clear: u32, set: u32) -> Status {
        with(handle, |handle| handle.signal_peer(Signals::from_bits(clear), Signals::from_bits(set)))
    }
}
