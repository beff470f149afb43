//! mx_handle_*.

use portolan::Status;
use portolan::object::{RawHandle, Rights};

use crate::table::{attend, table, with};
use crate::{Out, calls, handles};

calls! {
    /// Closes a handle. BAD_HANDLE for none (0), too: closing nothing became OK with Zircon (B4).
    fn close = mx_handle_close(handle: RawHandle) -> Status {
        attend(table().remove(handle)).map(drop)
    }

    /// Makes another handle of the object, with some of the rights, or all.
    fn duplicate = mx_handle_duplicate(handle: RawHandle, rights: u32, out: Out<'_, RawHandle>) -> Status {
        handles::duplicate(handle, rights, out)
    }

    /// Replaces a handle by one with some of the rights, or all. INVALID_ARGS for rights that it has not: then it stays,
    /// unlike Zircon's (B6).
    fn replace = mx_handle_replace(handle: RawHandle, rights: u32, out: Out<'_, RawHandle>) -> Status {
        let wanted = Rights::from_bits(rights);
        if wanted != Rights::SAME_RIGHTS {
            with(handle, |handle| handle.require(wanted).map_err(|_| Status::INVALID_ARGS))?;
        }
        handles::replace(handle, rights, out)
    }
}
