//! Talking to the firmware through a port: the payload of user packets to it and from it (docs/protocol.md).

/// Byte of the verb.
pub const VERB: usize = 0;
/// Byte of the port that the answer is posted to.
pub const ANSWER_PORT: usize = 1;
/// The first of eight bytes: µs since the firmware started.
pub const UPTIME: usize = 8;
/// The first of eight bytes: requests carried out since then.
pub const REQUESTS: usize = 16;
/// The first of eight bytes: packets sent since then.
pub const PACKETS: usize = 24;

/// What can be asked for.
pub mod verb {
    /// The payload comes back.
    pub const ECHO: u8 = 0;
    /// How the firmware is.
    pub const STATUS: u8 = 1;
}

/// Status of the answer to a verb that there is not: NOT_SUPPORTED (ports.md, A1).
pub const NOT_SUPPORTED: i32 = -2;
