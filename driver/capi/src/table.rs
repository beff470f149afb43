//! The handles of this process.

use std::sync::{Arc, LazyLock};

use portolan::Status;
use portolan::object::{Condition, Handle, HandleTable, Job, PortObject, RawHandle, Rights, Typed};

use crate::Out;

static TABLE: LazyLock<HandleTable> = LazyLock::new(HandleTable::new);

/// The table.
pub(crate) fn table() -> &'static HandleTable {
    &TABLE
}

/// Asks the policy for bad handles, which may end the process (B3); the result stays BAD_HANDLE.
pub(crate) fn attend<T>(result: Result<T, Status>) -> Result<T, Status> {
    if let Err(Status::BAD_HANDLE) = result {
        let _ = Job::check_default(Condition::BadHandle);
    }
    result
}

/// The object of a handle: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (B1).
pub(crate) fn get<T: Typed>(raw: RawHandle, rights: Rights) -> Result<Arc<T>, Status> {
    attend(table().get(raw, rights))
}

/// Runs `body` with the port of a handle: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (B1), or what `body` says.
#[inline]
pub(crate) fn with_port<R>(
    raw: RawHandle,
    rights: Rights,
    body: impl FnOnce(&PortObject) -> Result<R, Status>,
) -> Result<R, Status> {
    match table().with_port(raw, rights, body) {
        Ok(result) => result,
        failed => attend(failed)?,
    }
}

/// Runs `body` with the handle. BAD_HANDLE, or what `body` says.
pub(crate) fn with<R>(raw: RawHandle, body: impl FnOnce(&Handle) -> Result<R, Status>) -> Result<R, Status> {
    attend(table().with(raw, body)).and_then(|result| result)
}

/// Gives a new handle to the caller. NO_MEMORY, INVALID_ARGS when there is nowhere to write it; it is closed then.
pub(crate) fn give(handle: impl Into<Handle>, out: &Out<'_, RawHandle>) -> Result<(), Status> {
    if out.is_null() {
        return Err(Status::INVALID_ARGS);
    }
    out.put(table().insert(handle)?)
}

/// Gives two new handles to the caller, both or none.
pub(crate) fn give_two(
    handles: (impl Into<Handle>, impl Into<Handle>),
    out: [&Out<'_, RawHandle>; 2],
) -> Result<(), Status> {
    if out.iter().any(|out| out.is_null()) {
        return Err(Status::INVALID_ARGS);
    }
    let first = table().insert(handles.0)?;
    let second = match table().insert(handles.1) {
        Ok(second) => second,
        Err(status) => {
            drop(table().remove(first));
            return Err(status);
        }
    };
    out[0].put(first)?;
    out[1].put(second)
}
