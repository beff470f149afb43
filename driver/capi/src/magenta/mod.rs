//! Magenta's calls, as they were in May 2017: two generations of ports behind the same names.
//!
//! | file | calls |
//! |---|---|
//! | `ports` | mx_port_* |
//! | `waits`, `objects`, `handles`, `info` | mx_object_*, mx_event_create, mx_eventpair_create, mx_handle_* |
//! | `channels` | mx_channel_* |
//! | `interrupts` | mx_interrupt_* |
//! | `jobs` | mx_job_* |
//! | `clocks`, `system`, `status` | mx_time_get, mx_ticks_*, mx_nanosleep, mx_system_*, mx_status_get_string |
//! | `absent` | those that are not there |
//!
//! They share the handle table and every object with Zircon's calls; what is Magenta's own is the rights that they
//! ask for and give, ports of the first generation, and interrupts. docs/magenta.md says what that means for programs
//! that use both, and where Magenta's documents were followed rather than its kernel.

pub mod absent;
pub mod channels;
pub mod clocks;
pub mod handles;
pub mod info;
pub mod interrupts;
pub mod jobs;
pub mod objects;
pub mod ports;
pub mod status;
pub mod system;
pub mod waits;

use portolan::Deadline;

/// A deadline of Magenta's: ns on CLOCK_MONOTONIC without a sign. What is beyond the range of Linux's clock is for ever, as
/// MX_TIME_INFINITE is.
fn deadline(time: u64) -> Deadline {
    i64::try_from(time).map_or(Deadline::INFINITE, Deadline::from_nanos)
}
