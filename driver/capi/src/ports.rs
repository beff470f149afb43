//! zx_port_*: making ports, queueing, waiting, canceling (spec C, D, E, G).

use portolan::object::{AsHandle, Condition, Job, RawHandle, Rights};
use portolan::{Deadline, Packet, Port, PortOptions, Status};

use crate::table::{give, with, with_port};
use crate::{In, Out, calls};

/// ZX_PORT_BIND_TO_INTERRUPT.
pub const BIND_TO_INTERRUPT: u32 = 1;

calls! {
    /// Makes a port. Policy, then options, then memory, then `out` (C1, C2).
    fn create = zx_port_create(options: u32, out: Out<'_, RawHandle>) -> Status {
        Job::check_default(Condition::NewPort)?;
        let bind_to_interrupt = match options {
            0 => false,
            BIND_TO_INTERRUPT => true,
            _ => return Err(Status::INVALID_ARGS),
        };
        give(Port::new(PortOptions { bind_to_interrupt, gaps: false }), &out)
    }

    /// Queues a user packet (D1–D6).
    fn queue = zx_port_queue(port: RawHandle, packet: In<'_, Packet>) -> Status {
        with_port(port, Rights::WRITE, |port| port.queue(&packet.get()?))
    }

    /// Takes the next packet. NULL is found only when there is one, which is lost (E2).
    fn wait = zx_port_wait(port: RawHandle, deadline: i64, packet: Out<'_, Packet>) -> Status {
        with_port(port, Rights::READ, |port| packet.put(port.wait_until(Deadline::from_nanos(deadline))?))
    }

    /// Removes what was registered through this handle with this key, and its queued packets (G1–G3).
    fn cancel = zx_port_cancel(port: RawHandle, source: RawHandle, key: u64) -> Status {
        with_port(port, Rights::WRITE, |port| with(source, |source| source.cancel_async(port, key)))
    }

    /// Removes everything with this key but interrupts (G4).
    fn cancel_key = zx_port_cancel_key(port: RawHandle, options: u32, key: u64) -> Status {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        with_port(port, Rights::WRITE, |port| port.cancel_key(key))
    }
}
