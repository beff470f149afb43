//! Zircon's status codes (ports.md A1): the error type of every port and interrupt call.

use std::fmt;

/// A Zircon status. As an error it is never [`Status::OK`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(i32);

macro_rules! statuses {
    ($($(#[doc = $text:literal])+ $name:ident = $value:literal, $string:literal;)*) => {
        impl Status {
            $($(#[doc = $text])+ pub const $name: Status = Status($value);)*

            /// The name in Zircon's headers, such as `ZX_ERR_BAD_STATE`; `None` for a number that
            /// is no status of this list.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($string),)*
                    _ => None,
                }
            }

            /// Every status of the list.
            pub const ALL: &'static [Status] = &[$(Status::$name),*];
        }
    };
}

statuses! {
    /// Success.
    OK = 0, "ZX_OK";
    /// The library is at fault.
    INTERNAL = -1, "ZX_ERR_INTERNAL";
    /// The operation is not supported here.
    NOT_SUPPORTED = -2, "ZX_ERR_NOT_SUPPORTED";
    /// Out of some resource other than memory.
    NO_RESOURCES = -3, "ZX_ERR_NO_RESOURCES";
    /// Out of memory.
    NO_MEMORY = -4, "ZX_ERR_NO_MEMORY";
    /// An argument is invalid.
    INVALID_ARGS = -10, "ZX_ERR_INVALID_ARGS";
    /// No such handle.
    BAD_HANDLE = -11, "ZX_ERR_BAD_HANDLE";
    /// The object is of another type, or a port was made without the option that is needed.
    WRONG_TYPE = -12, "ZX_ERR_WRONG_TYPE";
    /// No such system call.
    BAD_SYSCALL = -13, "ZX_ERR_BAD_SYSCALL";
    /// An argument is outside its range.
    OUT_OF_RANGE = -14, "ZX_ERR_OUT_OF_RANGE";
    /// The buffer is too small.
    BUFFER_TOO_SMALL = -15, "ZX_ERR_BUFFER_TOO_SMALL";
    /// The object is not in a state for this operation.
    BAD_STATE = -20, "ZX_ERR_BAD_STATE";
    /// The deadline passed.
    TIMED_OUT = -21, "ZX_ERR_TIMED_OUT";
    /// Not now; perhaps later.
    SHOULD_WAIT = -22, "ZX_ERR_SHOULD_WAIT";
    /// The operation was canceled, or its object destroyed.
    CANCELED = -23, "ZX_ERR_CANCELED";
    /// The peer is closed.
    PEER_CLOSED = -24, "ZX_ERR_PEER_CLOSED";
    /// What was asked for is not there.
    NOT_FOUND = -25, "ZX_ERR_NOT_FOUND";
    /// It is there already.
    ALREADY_EXISTS = -26, "ZX_ERR_ALREADY_EXISTS";
    /// It is bound already.
    ALREADY_BOUND = -27, "ZX_ERR_ALREADY_BOUND";
    /// Not available for the moment.
    UNAVAILABLE = -28, "ZX_ERR_UNAVAILABLE";
    /// A right is missing.
    ACCESS_DENIED = -30, "ZX_ERR_ACCESS_DENIED";
    /// A device failed.
    IO = -40, "ZX_ERR_IO";
}

impl Status {
    /// The status with this number.
    pub const fn from_raw(raw: i32) -> Status {
        Status(raw)
    }

    /// The number, as Zircon's calls return it.
    pub const fn into_raw(self) -> i32 {
        self.0
    }

    /// `Ok` for OK (and any positive number), else the status as an error.
    pub const fn ok(self) -> Result<(), Status> {
        if self.0 >= 0 { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "status {}", self.0),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Status {}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn every_status_has_its_own_number_and_name() {
        for (i, a) in Status::ALL.iter().enumerate() {
            assert!(a.name().is_some());
            for b in &Status::ALL[..i] {
                assert!(a != b && a.name() != b.name(), "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_status_prints_its_name_and_number() {
        assert_eq!(Status::SHOULD_WAIT.to_string(), "ZX_ERR_SHOULD_WAIT (-22)");
        assert_eq!(Status::from_raw(-999).to_string(), "status -999");
        assert_eq!(Status::OK.ok(), Ok(()));
        assert_eq!(Status::IO.ok(), Err(Status::IO));
    }
}
