//! mx_interrupt_*: lines of boards as events (spec L11). None of these calls asks for a right.

use portolan::object::{InterruptEventObject, RawHandle, ResourceObject, Rights, magenta};
use portolan::{BoardError, Status};

use crate::table::{get, table};
use crate::{calls, values};

/// The interrupt of a line of the board that the resource stands for. INVALID_ARGS for a line that there is not,
/// ALREADY_EXISTS for one that somebody has. Of the options there is only MX_FLAG_REMAP_IRQ, which has no meaning here;
/// Magenta looked at no other bit.
pub fn made(resource: RawHandle, vector: u32, _options: u32) -> Result<RawHandle, Status> {
    let resource = get::<ResourceObject>(resource, Rights::NONE)?;
    let made = magenta::interrupt(resource.board(), vector).map_err(|error| match error {
        BoardError::NoSuchLine { .. } => Status::INVALID_ARGS,
        BoardError::LineTaken { .. } => Status::ALREADY_EXISTS,
        error => error.status(),
    })?;
    table().insert(made)
}

values! {
    /// [`made`], as Magenta has it: a handle, which is positive, or a status, which is negative.
    fn create = mx_interrupt_create(resource: RawHandle, vector: u32, options: u32) -> i32 {
        made(resource, vector, options).map_or_else(Status::into_raw, |handle| handle as i32)
    }
}

calls! {
    /// Clears the event and lets the line's next edge set it again.
    fn complete = mx_interrupt_complete(interrupt: RawHandle) -> Status {
        get::<InterruptEventObject>(interrupt, Rights::NONE)?.complete();
        Ok(())
    }

    /// Sleeps until the event is set, by the line or by a program.
    fn wait = mx_interrupt_wait(interrupt: RawHandle) -> Status {
        get::<InterruptEventObject>(interrupt, Rights::NONE)?.wait()
    }

    /// Sets the event: who waits returns.
    fn signal = mx_interrupt_signal(interrupt: RawHandle) -> Status {
        get::<InterruptEventObject>(interrupt, Rights::NONE)?.signal();
        Ok(())
    }
}
