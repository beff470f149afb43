//! zx_object_wait_*: threads and ports that wait for signals (spec F, J).

use portolan::object::{AsyncOptions, RawHandle, RawWaitItem, Rights, Signals, Timestamp};
use portolan::{Deadline, Status};

use crate::table::{attend, table, with_port};
use crate::{Out, calls};

/// ZX_WAIT_ASYNC_* (A8).
mod option {
    pub(super) const TIMESTAMP: u32 = 1;
    pub(super) const EDGE: u32 = 2;
    pub(super) const BOOT_TIMESTAMP: u32 = 4;
}

fn async_options(options: u32) -> Result<AsyncOptions, Status> {
    let timestamp = match options & !option::EDGE {
        0 => Timestamp::None,
        option::TIMESTAMP => Timestamp::Monotonic,
        option::BOOT_TIMESTAMP => Timestamp::Boot,
        _ => return Err(Status::INVALID_ARGS),
    };
    Ok(AsyncOptions { timestamp, edge: options & option::EDGE != 0, repeating: false })
}

/// Waits for one object, by who has this right. What was seen is written for OK, TIMED_OUT and CANCELED, if it is
/// wanted (J1, J2).
pub(crate) fn one_by(
    right: Rights,
    handle: RawHandle,
    signals: u32,
    deadline: Deadline,
    observed: &Out<'_, u32>,
) -> Result<(), Status> {
    let result = table().wait_one(handle, right, Signals::from_bits(signals), deadline);
    if let Some(seen) = result.observed() {
        observed.put_if_wanted(seen.bits());
    }
    attend(result.status().ok())
}

/// Waits for many objects, by who has this right to each. What was seen is written for every item on OK, TIMED_OUT
/// and CANCELED (J3).
pub(crate) fn many_by(
    right: Rights,
    items: &Out<'_, RawWaitItem>,
    count: usize,
    deadline: Deadline,
) -> Result<(), Status> {
    let mut copies = items.get_many(count)?;
    let result = table().wait_many(&mut copies, right, deadline);
    if matches!(result, Ok(()) | Err(Status::TIMED_OUT | Status::CANCELED)) {
        items.put_many(&copies)?;
    }
    attend(result)
}

calls! {
    /// Waits for one object (J1, J2).
    fn one = zx_object_wait_one(
        handle: RawHandle,
        signals: u32,
        deadline: i64,
        observed: Out<'_, u32>,
    ) -> Status {
        one_by(Rights::WAIT, handle, signals, Deadline::from_nanos(deadline), &observed)
    }

    /// Waits for many objects (J3).
    fn many = zx_object_wait_many(items: Out<'_, RawWaitItem>, count: usize, deadline: i64) -> Status {
        if count > 64 {
            return Err(Status::OUT_OF_RANGE);
        }
        many_by(Rights::WAIT, &items, count, Deadline::from_nanos(deadline))
    }

    /// Registers with a port. Options, then the port, then the source (F1, F2).
    fn wait_async = zx_object_wait_async(
        handle: RawHandle,
        port: RawHandle,
        key: u64,
        signals: u32,
        options: u32,
    ) -> Status {
        let options = async_options(options)?;
        with_port(port, Rights::WRITE, |port| {
            attend(table().wait_async(handle, Rights::WAIT, port, key, Signals::from_bits(signals), options))
        })
    }
}
