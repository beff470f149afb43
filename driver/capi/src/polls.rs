//! portolan_port_poll: ports among the descriptors that a program polls.
//!
//! C knows a [`Pollable`] by its descriptor. A descriptor that was closed with close(2) is still known here, until
//! the system gives its number to another one: hence portolan_poll_close.

use std::collections::HashMap;
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portolan::object::{RawHandle, Rights};
use portolan::{Packet, Pollable, Status};

use crate::table::with_port;
use crate::{Out, own_calls};

type Pollables = HashMap<i32, Arc<Mutex<Pollable>>>;

fn pollables() -> MutexGuard<'static, Option<Pollables>> {
    static POLLABLES: Mutex<Option<Pollables>> = Mutex::new(None);
    POLLABLES.lock().unwrap_or_else(PoisonError::into_inner)
}

own_calls! {
    /// Makes a descriptor to poll a port by. READ; NO_RESOURCES when there is none left.
    fn portolan_port_poll(port: RawHandle, descriptor: Out<'_, i32>) -> Status {
        let pollable = with_port(port, Rights::READ, |port| {
            port.pollable().map_err(|_| Status::NO_RESOURCES)
        })?;
        let number = pollable.as_raw_fd();
        descriptor.put(number)?;
        let pollable = Arc::new(Mutex::new(pollable));
        // One of that number was closed behind our back: the number is not its own to close any more.
        if let Some(stale) = pollables().get_or_insert_default().insert(number, pollable) {
            std::mem::forget(stale);
        }
        Ok(())
    }

    /// Takes the next packet. TIMED_OUT, BAD_HANDLE, IO.
    fn portolan_poll_take(descriptor: i32, packet: Out<'_, Packet>) -> Status {
        let known = pollables().as_ref().and_then(|known| known.get(&descriptor).cloned());
        let pollable = known.ok_or(Status::BAD_HANDLE)?;
        let taken = pollable.lock().unwrap_or_else(PoisonError::into_inner).try_wait()?;
        packet.put(taken)
    }

    /// Closes the descriptor. BAD_HANDLE.
    fn portolan_poll_close(descriptor: i32) -> Status {
        let known = pollables().as_mut().and_then(|known| known.remove(&descriptor));
        known.map(drop).ok_or(Status::BAD_HANDLE)
    }
}
