//! mx_event_create, mx_eventpair_create, mx_object_signal, mx_object_signal_peer.

use portolan::Status;
use portolan::object::{AsHandle, Handle, ObjectType, RawHandle, Rights, Signals, magenta};

use crate::objects::{make_event, make_event_pair};
use crate::table::with;
use crate::{Out, calls};

/// NOT_SUPPORTED for an object whose signals were not for programs to change. In Zircon any object that can be waited for
/// has user signals.
fn has_user_signals(handle: &Handle) -> Result<(), Status> {
    match handle.basic_info().kind {
        ObjectType::Event | ObjectType::EventPair | ObjectType::Channel => Ok(()),
        _ => Err(Status::NOT_SUPPORTED),
    }
}

calls! {
    /// Makes an event.
    fn event_create = mx_event_create(options: u32, out: Out<'_, RawHandle>) -> Status {
        make_event(options, magenta::event, &out)
    }

    /// Makes an event pair.
    fn eventpair_create = mx_eventpair_create(
        options: u32,
        out0: Out<'_, RawHandle>,
        out1: Out<'_, RawHandle>,
    ) -> Status {
        make_event_pair(options, magenta::event_pair, [&out0, &out1])
    }

    /// Clears, then sets, signals: who may WRITE may.
    fn signal = mx_object_signal(handle: RawHandle, clear: u32, set: u32) -> Status {
        with(handle, |handle| {
            handle.require(Rights::WRITE)?;
            has_user_signals(handle)?;
            handle.signal_by(Rights::WRITE, Signals::from_bits(clear), Signals::from_bits(set))
        })
    }

    /// The same on the peer, for which no right is asked.
    fn signal_peer = mx_object_signal_peer(handle: RawHandle, clear: u32, set: u32) -> Status {
        with(handle, |handle| {
            handle.signal_peer_by(Rights::NONE, Signals::from_bits(clear), Signals::from_bits(set))
        })
    }
}
