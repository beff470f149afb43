//! zx_handle_*: closing and making handles of handles (spec B4–B7).

use portolan::Status;
use portolan::object::{AsHandle, RawHandle, Rights};

use crate::table::{attend, give, table, with};
use crate::{In, Out, calls};

calls! {
    /// Closes a handle; closing none (0) is OK (B4). Waits that were made through it are canceled (B7).
    fn close = zx_handle_close(handle: RawHandle) -> Status {
        match handle {
            0 => Ok(()),
            _ => attend(table().remove(handle)).map(drop),
        }
    }

    /// Closes many. BAD_HANDLE when one is bad; the others are closed all the same (B4).
    fn close_many = zx_handle_close_many(handles: In<'_, RawHandle>, count: usize) -> Status {
        let handles = handles.get_many(count)?;
        let mut result = Ok(());
        for handle in handles {
            result = result.and(close(handle));
        }
        result
    }

    /// Makes another handle of the object, with some of the rights, or all (B5).
    fn duplicate = zx_handle_duplicate(handle: RawHandle, rights: u32, out: Out<'_, RawHandle>) -> Status {
        let made = with(handle, |handle| handle.duplicate_handle(Rights::from_bits(rights)))?;
        give(made, &out)
    }

    /// Replaces a handle by one with some of the rights, or all. The old one is gone, also when this fails with
    /// INVALID_ARGS (B6).
    fn replace = zx_handle_replace(handle: RawHandle, rights: u32, out: Out<'_, RawHandle>) -> Status {
        let old = attend(table().remove(handle))?;
        give(old.replace(Rights::from_bits(rights))?, &out)
    }

    /// OK for a handle, BAD_HANDLE for anything else; policy is not asked.
    fn check_valid = zx_handle_check_valid(handle: RawHandle) -> Status {
        table().with(handle, |_| ())
    }
}
