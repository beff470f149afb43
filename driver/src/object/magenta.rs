//! Objects as Magenta's calls make them: the same ones, under handles with the rights that Magenta gave (ports.md A3;
//! abi.md 8.2), and the two kinds of object that Zircon no longer has.
//!
//! Magenta of May 2017 had no SIGNAL, WAIT and INSPECT: who may READ may wait, who may WRITE may signal.

use std::sync::Arc;

use super::port_v1::PortV1Object;
use super::{Channel, Event, EventPair, Handle, InterruptEventObject, JobObject, Rights};
use crate::{Board, BoardError, Port, PortOptions, Status, sys};

/// The most handles of a message.
pub const MAX_MESSAGE_HANDLES: usize = 1024;
/// The most objects that a thread waits for at once.
pub const MAX_WAIT_ITEMS: usize = 1024;

/// DUPLICATE, TRANSFER, READ, WRITE: ports, events and event pairs.
pub const SHARED: Rights = Rights::from_bits(0xF);
/// TRANSFER, READ, WRITE: channels and interrupts, which cannot be duplicated.
pub const SINGLE: Rights = Rights::from_bits(0xE);
/// [`SHARED`], and a job's own: GET_PROPERTY, SET_PROPERTY, ENUMERATE, SET_POLICY, GET_POLICY.
pub const JOB: Rights = Rights::from_bits(0xDCF);

/// A clock of mx_time_get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// CLOCK_MONOTONIC.
    Monotonic = 0,
    /// CLOCK_REALTIME: time of day.
    Utc = 1,
    /// The time that the calling thread has run.
    Thread = 2,
}

impl Clock {
    /// The clock with this number.
    pub fn from_raw(raw: u32) -> Option<Clock> {
        [Clock::Monotonic, Clock::Utc, Clock::Thread].into_iter().find(|clock| *clock as u32 == raw)
    }

    /// Ns on this clock.
    pub fn now(self) -> i64 {
        match self {
            Clock::Monotonic => sys::monotonic(),
            Clock::Utc => sys::utc(),
            Clock::Thread => sys::thread_time(),
        }
    }
}

/// The object of a handle that was made just now, under one with these rights.
fn with_rights(made: impl Into<Handle>, rights: Rights) -> Handle {
    Handle::with_rights(made.into().object().clone(), rights)
}

/// A port of the first generation.
pub fn port_v1() -> Handle {
    Handle::with_rights(Arc::new(PortV1Object::new()).into(), SHARED)
}

/// A port of the second generation, which is one that Zircon has, too. No interrupt can be bound to it.
pub fn port_v2() -> Handle {
    with_rights(Port::new(PortOptions::default()), SHARED)
}

/// An event.
pub fn event() -> Handle {
    with_rights(Event::new(), SHARED)
}

/// Both ends of an event pair.
pub fn event_pair() -> (Handle, Handle) {
    let (first, second) = EventPair::create();
    (with_rights(first, SHARED), with_rights(second, SHARED))
}

/// Both ends of a channel.
pub fn channel() -> (Handle, Handle) {
    let (first, second) = Channel::create();
    (with_rights(first, SINGLE), with_rights(second, SINGLE))
}

/// A job in another; see [`JobObject::create`].
pub fn job(parent: &Arc<JobObject>) -> Result<Handle, Status> {
    Ok(with_rights(parent.create()?, JOB))
}

/// The interrupt of a board's line, which listens to rising edges from now on.
pub fn interrupt(board: &Board, line: u32) -> Result<Handle, BoardError> {
    Ok(Handle::with_rights(Arc::new(InterruptEventObject::new(board, line)?).into(), SINGLE))
}
