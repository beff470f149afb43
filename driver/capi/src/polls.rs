//! portolan_port_poll: ports among the descriptors that a program polls.
//!
//! C knows a [`Pollable`] by a descriptor that is a duplicate of its own. So a program that closes it with close(2), which
//! it should not, closes nothing that this library writes to; it only leaves a waiter behind, until the system gives
//! the number to another one.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use portolan::object::{RawHandle, Rights};
use portolan::{Packet, Pollable, Port, Status};
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::{DupFlags, dup3};

use crate::table::with_port;
use crate::{Out, own_calls};

/// What C knows by a descriptor.
struct Known {
    pollable: Arc<Mutex<Pollable>>,
    /// The duplicate that C has.
    descriptor: OwnedFd,
}

fn known() -> MutexGuard<'static, HashMap<i32, Known>> {
    static KNOWN: LazyLock<Mutex<HashMap<i32, Known>>> = LazyLock::new(Mutex::default);
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new one, and the duplicate for C: that has the lower number, which is the next to be given out when the program
/// closes it, so that what was left behind is found soon.
fn made(port: &Port) -> io::Result<(Pollable, OwnedFd)> {
    let mut duplicate = eventfd(0, EventfdFlags::CLOEXEC)?;
    let pollable = port.pollable()?;
    dup3(&pollable, &mut duplicate, DupFlags::CLOEXEC)?;
    Ok((pollable, duplicate))
}

own_calls! {
    /// Makes a descriptor to poll a port by. READ; NO_RESOURCES when there is none left.
    fn portolan_port_poll(port: RawHandle, descriptor: Out<'_, i32>) -> Status {
        let (pollable, duplicate) = with_port(port, Rights::READ, |port| {
            made(port).map_err(|_| Status::NO_RESOURCES)
        })?;
        let number = duplicate.as_raw_fd();
        descriptor.put(number)?;
        let new = Known { pollable: Arc::new(Mutex::new(pollable)), descriptor: duplicate };
        let stale = known().insert(number, new);
        if let Some(stale) = stale {
            // Closed behind our back: the number is not its own to close any more.
            std::mem::forget(stale.descriptor);
        }
        Ok(())
    }

    /// Takes the next packet. TIMED_OUT, BAD_HANDLE, IO, NO_RESOURCES.
    fn portolan_poll_take(descriptor: i32, packet: Out<'_, Packet>) -> Status {
        let pollable = known().get(&descriptor).map(|known| known.pollable.clone());
        let pollable = pollable.ok_or(Status::BAD_HANDLE)?;
        let taken = pollable.lock().unwrap_or_else(PoisonError::into_inner).try_wait()?;
        packet.put(taken)
    }

    /// Closes the descriptor. BAD_HANDLE.
    fn portolan_poll_close(descriptor: i32) -> Status {
        let closed = known().remove(&descriptor);
        closed.map(drop).ok_or(Status::BAD_HANDLE)
    }
}
