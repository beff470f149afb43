//! mx_port_*: two kinds of port behind the same calls (spec L1–L8, G7).
//!
//! A size of 0 means a port of the second generation (V2), any other one of the first (V1); the kernel of 2017 tried one
//! after the other. Where that gave what its documents do not say, the documents are followed (L2, L3, L7, L8).

use portolan::object::magenta;
use portolan::object::{
    ChannelObject, Condition, HEADER_V1, Job, MAX_PACKET_V1, PortObject, PortV1Object, RawHandle, Rights,
    Signals,
};
use portolan::{Packet, Status};

use super::deadline;
use crate::table::{get, give, table, with, with_port};
use crate::{In, Out, calls};

/// MX_PORT_OPT_V1.
pub const V1: u32 = 0;
/// MX_PORT_OPT_V2.
pub const V2: u32 = 1;

calls! {
    /// Makes a port of the first or the second generation. Options, then policy.
    fn create = mx_port_create(options: u32, out: Out<'_, RawHandle>) -> Status {
        let make = match options {
            V1 => magenta::port_v1,
            V2 => magenta::port_v2,
            _ => return Err(Status::INVALID_ARGS),
        };
        Job::check_default(Condition::NewPort)?;
        give(make(), &out)
    }

    /// Queues a packet: of `size` bytes on a V1 port; one like Zircon's, with `size` 0, on a V2 port (L2, L7).
    fn queue = mx_port_queue(port: RawHandle, packet: In<'_, u8>, size: usize) -> Status {
        if size == 0 {
            let queued = with_port(port, Rights::WRITE, |port| {
                // BAD_STATE: what a V2 port of 2017 said when its last handle was closed meanwhile (H4).
                port.queue(&packet.cast::<Packet>().get()?).map_err(|status| match status {
                    Status::BAD_HANDLE => Status::BAD_STATE,
                    status => status,
                })
            });
            if queued != Err(Status::WRONG_TYPE) {
                return queued;
            }
        }
        // A V2 port has no size that is too large, only one that is not 0: WRONG_TYPE (L7).
        if size > MAX_PACKET_V1 && table().get::<PortObject>(port, Rights::NONE).is_err() {
            return Err(Status::BUFFER_TOO_SMALL);
        }
        let port = get::<PortV1Object>(port, Rights::WRITE)?;
        if size < HEADER_V1 {
            return Err(Status::INVALID_ARGS);
        }
        port.queue(&packet.get_many(size)?)
    }

    /// Takes the next packet: of at most `size` bytes from a V1 port; one like Zircon's, with `size` 0, from a V2 port
    /// (L3, L7, L8). NULL is found first. A packet that does not fit is INVALID_ARGS, and stays.
    fn wait = mx_port_wait(port: RawHandle, time: u64, packet: Out<'_, u8>, size: usize) -> Status {
        if packet.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        if size == 0 {
            let taken = with_port(port, Rights::READ, |port| {
                packet.cast::<Packet>().put(port.wait_until(deadline(time))?)
            });
            if taken != Err(Status::WRONG_TYPE) {
                return taken;
            }
        }
        let port = get::<PortV1Object>(port, Rights::READ)?;
        packet.put_many(&port.wait(size, deadline(time))?)
    }

    /// Binds a channel to a V1 port, for good (L4). Signals, the port, the source, and then what the channel says.
    fn bind = mx_port_bind(port: RawHandle, key: u64, source: RawHandle, signals: u32) -> Status {
        if signals == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let port = get::<PortV1Object>(port, Rights::WRITE)?;
        with(source, |source| {
            source.require(Rights::READ)?;
            let channel = source.get::<ChannelObject>(Rights::NONE).map_err(|_| Status::NOT_SUPPORTED)?;
            channel.bind_v1(&port, key, Signals::from_bits(signals))
        })
    }

    /// Removes the registrations made through this handle with this key, whatever port they are with. Packets that are
    /// queued stay, and nothing to remove is OK, too (G7).
    fn cancel = mx_port_cancel(port: RawHandle, source: RawHandle, key: u64) -> Status {
        with_port(port, Rights::WRITE, |_| with(source, |source| source.withdraw(key)))
    }
}
