//! mx_channel_*.
//!
//! The handles of a message that was not written stay the caller's, with the values that they had; Zircon's calls consume
//! them whatever becomes of the write.

use portolan::Status;
use portolan::object::magenta::{self, MAX_MESSAGE_HANDLES};
use portolan::object::{CallError, ChannelObject, Handle, MAX_BYTES, Message, RawHandle, Rights};

use super::deadline;
use crate::channels::{self, CallArgs, hand_over, make_channel};
use crate::table::{attend, get, table};
use crate::{In, Out, calls};

/// ERR_CALL_FAILED, which Zircon no longer has: the request was written, and what became of the reply is told apart.
pub const CALL_FAILED: Status = Status::from_raw(-5);

/// Takes a message's bytes and handles from the caller and gives them to `write`, which gives the handles back when it
/// fails.
fn send(
    channel: &ChannelObject,
    bytes: &In<'_, u8>,
    num_bytes: u32,
    handles: &In<'_, RawHandle>,
    num_handles: u32,
    write: impl FnOnce(Message) -> Result<(), (Status, Vec<Handle>)>,
) -> Result<(), Status> {
    if num_bytes as usize > MAX_BYTES || num_handles as usize > MAX_MESSAGE_HANDLES {
        return Err(Status::OUT_OF_RANGE);
    }
    let bytes = bytes.get_many(num_bytes as usize)?;
    let raws = handles.get_many(num_handles as usize)?;
    attend(table().lend(
        &raws,
        |handle| channel.admits_handle(handle),
        |handles| write(Message { bytes, handles }),
    ))
}

calls! {
    /// Makes a channel.
    fn create = mx_channel_create(options: u32, out0: Out<'_, RawHandle>, out1: Out<'_, RawHandle>) -> Status {
        make_channel(options, magenta::channel, [&out0, &out1])
    }

    /// Reads a message.
    fn read = mx_channel_read(
        channel: RawHandle,
        options: u32,
        bytes: Out<'_, u8>,
        handles: Out<'_, RawHandle>,
        num_bytes: u32,
        num_handles: u32,
        actual_bytes: Out<'_, u32>,
        actual_handles: Out<'_, u32>,
    ) -> Status {
        channels::read(channel, options, bytes, handles, num_bytes, num_handles, actual_bytes, actual_handles)
    }

    /// Writes a message.
    fn write = mx_channel_write(
        channel: RawHandle,
        options: u32,
        bytes: In<'_, u8>,
        num_bytes: u32,
        handles: In<'_, RawHandle>,
        num_handles: u32,
    ) -> Status {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let channel = get::<ChannelObject>(channel, Rights::WRITE)?;
        send(&channel, &bytes, num_bytes, &handles, num_handles, |message| {
            channel
                .write_within(message, MAX_MESSAGE_HANDLES)
                .map_err(|error| (error.status, error.message.handles))
        })
    }

    /// Writes a request and waits for the reply that has the same first four bytes, which are the caller's to choose. What
    /// fails after the request was written is CALL_FAILED, and why is in `read_status`; but TIMED_OUT is itself.
    fn call = mx_channel_call(
        channel: RawHandle,
        options: u32,
        time: u64,
        args: In<'_, CallArgs>,
        actual_bytes: Out<'_, u32>,
        actual_handles: Out<'_, u32>,
        read_status: Out<'_, i32>,
    ) -> Status {
        let args = args.get()?;
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let channel = get::<ChannelObject>(channel, Rights::WRITE)?;
        let mut answer = Err(Status::TIMED_OUT);
        let (bytes, handles) = (args.wr_bytes.input(), args.wr_handles.input());
        send(&channel, &bytes, args.wr_num_bytes, &handles, args.wr_num_handles, |message| {
            match channel.call_with_own_id(message, MAX_MESSAGE_HANDLES, deadline(time)) {
                Err(CallError::Unwritten(error)) => return Err((error.status, error.message.handles)),
                Err(CallError::Unanswered(status)) => answer = Err(status),
                Ok(reply) => answer = Ok(reply),
            }
            Ok(())
        })?;
        let read = answer.and_then(|reply| {
            let (count, handle_count) = (reply.bytes.len() as u32, reply.handles.len() as u32);
            if count > args.rd_num_bytes || handle_count > args.rd_num_handles {
                return Err(Status::BUFFER_TOO_SMALL);
            }
            actual_bytes.put(count)?;
            actual_handles.put(handle_count)?;
            hand_over(reply, &args.rd_bytes.output(), &args.rd_handles.output())
        });
        match read {
            Ok(()) => Ok(()),
            Err(Status::TIMED_OUT) => Err(Status::TIMED_OUT),
            Err(status) => {
                read_status.put_if_wanted(status.into_raw());
                Err(CALL_FAILED)
            }
        }
    }
}
