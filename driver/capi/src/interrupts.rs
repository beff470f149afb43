//! zx_interrupt_*: virtual interrupts and lines of boards (spec I).

use portolan::object::{InterruptObject, PortObject, RawHandle, ResourceObject, Rights};
use portolan::{BoardError, Interrupt, LineConfig, LineMode, Status};

use crate::table::{get, give};
use crate::{Out, calls};

/// ZX_INTERRUPT_* options of [`create`] (A9).
mod option {
    pub(super) const REMAP_IRQ: u32 = 0x1;
    pub(super) const MODE_MASK: u32 = 0xE;
    pub(super) const VIRTUAL: u32 = 0x10;
    pub(super) const WAKE_VECTOR: u32 = 0x20;
    pub(super) const TIMESTAMP_MONO: u32 = 0x40;
}

/// What a MODE field asks of a line; DEFAULT is the rising edge. INVALID_ARGS for EDGE_BOTH, as in the kernel, and for
/// what is no mode (I3).
fn mode(options: u32) -> Result<LineMode, Status> {
    match options & option::MODE_MASK {
        0 | 4 => Ok(LineMode::Rising),
        2 => Ok(LineMode::Falling),
        6 => Ok(LineMode::Low),
        8 => Ok(LineMode::High),
        _ => Err(Status::INVALID_ARGS),
    }
}

fn virtual_interrupt(resource: RawHandle, options: u32) -> Result<Interrupt, Status> {
    match options & !(option::VIRTUAL | option::TIMESTAMP_MONO) {
        0 => Ok(Interrupt::virtual_interrupt()),
        // Only a wake vector asks for a resource; there is nothing that could sleep and be woken (I32).
        option::WAKE_VECTOR => {
            get::<ResourceObject>(resource, Rights::NONE).map_err(|_| Status::BAD_HANDLE)?;
            Ok(Interrupt::virtual_interrupt())
        }
        _ => Err(Status::INVALID_ARGS),
    }
}

fn line(resource: RawHandle, vector: u32, options: u32) -> Result<Interrupt, Status> {
    use option::*;
    let resource = get::<ResourceObject>(resource, Rights::NONE)?;
    let board = resource.board();
    if vector >= board.info().lines {
        return Err(Status::OUT_OF_RANGE);
    }
    if options & !(REMAP_IRQ | MODE_MASK | WAKE_VECTOR | TIMESTAMP_MONO) != 0 {
        return Err(Status::INVALID_ARGS);
    }
    let config = LineConfig { mode: mode(options)?, ..LineConfig::default() };
    Interrupt::line(board, vector, config).map_err(|error: BoardError| error.status())
}

calls! {
    /// Makes an interrupt: a virtual one, or that of a line of the board that the resource stands for (I1–I6).
    fn create = zx_interrupt_create(
        resource: RawHandle,
        vector: u32,
        options: u32,
        out: Out<'_, RawHandle>,
    ) -> Status {
        let made = match options & option::VIRTUAL {
            0 => line(resource, vector, options)?,
            _ => virtual_interrupt(resource, options)?,
        };
        give(made, &out)
    }

    /// Binds to a port (0), or unbinds from it (1) (I7–I11).
    fn bind = zx_interrupt_bind(interrupt: RawHandle, port: RawHandle, key: u64, options: u32) -> Status {
        if options > 1 {
            return Err(Status::INVALID_ARGS);
        }
        let interrupt = get::<InterruptObject>(interrupt, Rights::READ)?;
        let port = get::<PortObject>(port, Rights::WRITE)?;
        match options {
            0 => interrupt.bind(&port, key),
            _ => interrupt.unbind(&port),
        }
    }

    /// Acknowledges (I18–I21).
    fn ack = zx_interrupt_ack(interrupt: RawHandle) -> Status {
        get::<InterruptObject>(interrupt, Rights::WRITE)?.ack()
    }

    /// Triggers a virtual interrupt (I13–I17).
    fn trigger = zx_interrupt_trigger(interrupt: RawHandle, options: u32, timestamp: i64) -> Status {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        get::<InterruptObject>(interrupt, Rights::SIGNAL)?.trigger(timestamp)
    }

    /// Sleeps until it is triggered; the time stamp may be unwanted (I22–I24).
    fn wait = zx_interrupt_wait(interrupt: RawHandle, timestamp: Out<'_, i64>) -> Status {
        let seen = get::<InterruptObject>(interrupt, Rights::WAIT)?.wait()?;
        timestamp.put_if_wanted(seen);
        Ok(())
    }

    /// Destroys; needs no right (I25–I27).
    fn destroy = zx_interrupt_destroy(interrupt: RawHandle) -> Status {
        get::<InterruptObject>(interrupt, Rights::NONE)?.destroy()
    }
}
