//! zx_status_get_string.

use std::ffi::{CStr, c_char};

use crate::values;

/// Names of every number with a macro in zircon/errors.h.
const NAMES: &[(i32, &CStr)] = &[
    (0, c"ZX_OK"),
    (-1, c"ZX_ERR_INTERNAL"),
    (-2, c"ZX_ERR_NOT_SUPPORTED"),
    (-3, c"ZX_ERR_NO_RESOURCES"),
    (-4, c"ZX_ERR_NO_MEMORY"),
    (-6, c"ZX_ERR_INTERNAL_INTR_RETRY"),
    (-10, c"ZX_ERR_INVALID_ARGS"),
    (-11, c"ZX_ERR_BAD_HANDLE"),
    (-12, c"ZX_ERR_WRONG_TYPE"),
    (-13, c"ZX_ERR_BAD_SYSCALL"),
    (-14, c"ZX_ERR_OUT_OF_RANGE"),
    (-15, c"ZX_ERR_BUFFER_TOO_SMALL"),
    (-20, c"ZX_ERR_BAD_STATE"),
    (-21, c"ZX_ERR_TIMED_OUT"),
    (-22, c"ZX_ERR_SHOULD_WAIT"),
    (-23, c"ZX_ERR_CANCELED"),
    (-24, c"ZX_ERR_PEER_CLOSED"),
    (-25, c"ZX_ERR_NOT_FOUND"),
    (-26, c"ZX_ERR_ALREADY_EXISTS"),
    (-27, c"ZX_ERR_ALREADY_BOUND"),
    (-28, c"ZX_ERR_UNAVAILABLE"),
    (-30, c"ZX_ERR_ACCESS_DENIED"),
    (-40, c"ZX_ERR_IO"),
    (-41, c"ZX_ERR_IO_REFUSED"),
    (-42, c"ZX_ERR_IO_DATA_INTEGRITY"),
    (-43, c"ZX_ERR_IO_DATA_LOSS"),
    (-44, c"ZX_ERR_IO_NOT_PRESENT"),
    (-45, c"ZX_ERR_IO_OVERRUN"),
    (-46, c"ZX_ERR_IO_MISSED_DEADLINE"),
    (-47, c"ZX_ERR_IO_INVALID"),
    (-50, c"ZX_ERR_BAD_PATH"),
    (-51, c"ZX_ERR_NOT_DIR"),
    (-52, c"ZX_ERR_NOT_FILE"),
    (-53, c"ZX_ERR_FILE_BIG"),
    (-54, c"ZX_ERR_NO_SPACE"),
    (-55, c"ZX_ERR_NOT_EMPTY"),
    (-60, c"ZX_ERR_STOP"),
    (-61, c"ZX_ERR_NEXT"),
    (-62, c"ZX_ERR_ASYNC"),
    (-70, c"ZX_ERR_PROTOCOL_NOT_SUPPORTED"),
    (-71, c"ZX_ERR_ADDRESS_UNREACHABLE"),
    (-72, c"ZX_ERR_ADDRESS_IN_USE"),
    (-73, c"ZX_ERR_NOT_CONNECTED"),
    (-74, c"ZX_ERR_CONNECTION_REFUSED"),
    (-75, c"ZX_ERR_CONNECTION_RESET"),
    (-76, c"ZX_ERR_CONNECTION_ABORTED"),
];

/// The macro's name of a status; "(UNKNOWN)" for a number that has none.
pub fn name(status: i32) -> &'static CStr {
    NAMES.iter().find(|(number, _)| *number == status).map_or(c"(UNKNOWN)", |(_, name)| name)
}

values! {
    /// [`name`] as C has it.
    fn name_pointer = zx_status_get_string(status: i32) -> *const c_char { name(status).as_ptr() }
}

#[cfg(test)]
mod tests {
    use portolan::Status;

    use super::*;

    #[test]
    fn names_are_those_of_the_rust_library() {
        for status in Status::ALL {
            assert_eq!(name(status.into_raw()).to_str().ok(), status.name());
        }
        for unknown in [1, -5, -502, i32::MIN] {
            assert_eq!(name(unknown), c"(UNKNOWN)", "{unknown}");
        }
    }
}
