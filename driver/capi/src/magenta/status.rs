//! mx_status_get_string.

use std::ffi::{CStr, c_char};

use crate::values;

/// Names of every number with a macro in magenta/errors.h, as they were in May 2017.
const NAMES: &[(i32, &CStr)] = &[
    (0, c"NO_ERROR"),
    (-1, c"ERR_INTERNAL"),
    (-2, c"ERR_NOT_SUPPORTED"),
    (-3, c"ERR_NO_RESOURCES"),
    (-4, c"ERR_NO_MEMORY"),
    (-5, c"ERR_CALL_FAILED"),
    (-6, c"ERR_INTERRUPTED_RETRY"),
    (-10, c"ERR_INVALID_ARGS"),
    (-11, c"ERR_BAD_HANDLE"),
    (-12, c"ERR_WRONG_TYPE"),
    (-13, c"ERR_BAD_SYSCALL"),
    (-14, c"ERR_OUT_OF_RANGE"),
    (-15, c"ERR_BUFFER_TOO_SMALL"),
    (-20, c"ERR_BAD_STATE"),
    (-21, c"ERR_TIMED_OUT"),
    (-22, c"ERR_SHOULD_WAIT"),
    (-23, c"ERR_CANCELED"),
    (-24, c"ERR_PEER_CLOSED"),
    (-25, c"ERR_NOT_FOUND"),
    (-26, c"ERR_ALREADY_EXISTS"),
    (-27, c"ERR_ALREADY_BOUND"),
    (-28, c"ERR_UNAVAILABLE"),
    (-30, c"ERR_ACCESS_DENIED"),
    (-40, c"ERR_IO"),
    (-41, c"ERR_IO_REFUSED"),
    (-42, c"ERR_IO_DATA_INTEGRITY"),
    (-43, c"ERR_IO_DATA_LOSS"),
    (-50, c"ERR_BAD_PATH"),
    (-51, c"ERR_NOT_DIR"),
    (-52, c"ERR_NOT_FILE"),
    (-53, c"ERR_FILE_BIG"),
    (-54, c"ERR_NO_SPACE"),
    (-60, c"ERR_STOP"),
    (-61, c"ERR_NEXT"),
];

/// The macro's name of a status; "(UNKNOWN)" for a number that has none.
pub fn name(status: i32) -> &'static CStr {
    NAMES.iter().find(|(number, _)| *number == status).map_or(c"(UNKNOWN)", |(_, name)| name)
}

values! {
    /// [`name`] as C has it.
    fn name_pointer = mx_status_get_string(status: i32) -> *const c_char { name(status).as_ptr() }
}

#[cfg(test)]
mod tests {
    use portolan::Status;

    use super::*;

    #[test]
    fn names_are_those_of_the_rust_library_without_the_prefix() {
        for status in Status::ALL.iter().filter(|status| **status != Status::OK) {
            let zircon = status.name().unwrap();
            assert_eq!(name(status.into_raw()).to_str().ok(), zircon.strip_prefix("ZX_"));
        }
        assert_eq!((name(0), name(1)), (c"NO_ERROR", c"(UNKNOWN)"));
    }
}
