//! mx_object_wait_*: who may READ an object may wait for it.

use portolan::Status;
use portolan::object::magenta::MAX_WAIT_ITEMS;
use portolan::object::{AsyncOptions, RawHandle, RawWaitItem, Rights, Signals};

use super::deadline;
use crate::table::{attend, table, with_port};
use crate::waits::{many_by, one_by};
use crate::{Out, calls};

/// MX_WAIT_ASYNC_ONCE.
pub const ONCE: u32 = 0;

calls! {
    /// Waits for one object.
    fn one = mx_object_wait_one(
        handle: RawHandle,
        signals: u32,
        time: u64,
        observed: Out<'_, u32>,
    ) -> Status {
        one_by(Rights::READ, handle, signals, deadline(time), &observed)
    }

    /// Waits for many objects; with none it sleeps. INVALID_ARGS for more than 1024.
    fn many = mx_object_wait_many(items: Out<'_, RawWaitItem>, count: u32, time: u64) -> Status {
        let count = count as usize;
        if count > MAX_WAIT_ITEMS {
            return Err(Status::INVALID_ARGS);
        }
        many_by(Rights::READ, &items, count, deadline(time))
    }

    /// Registers with a V2 port, for one packet or, with any option, for more. The port, then the source (F1, L9).
    fn wait_async = mx_object_wait_async(
        handle: RawHandle,
        port: RawHandle,
        key: u64,
        signals: u32,
        options: u32,
    ) -> Status {
        let options = AsyncOptions { repeating: options != ONCE, ..AsyncOptions::default() };
        with_port(port, Rights::WRITE, |port| {
            let signals = Signals::from_bits(signals);
            attend(table().wait_async(handle, Rights::READ, port, key, signals, options))
        })
    }
}
