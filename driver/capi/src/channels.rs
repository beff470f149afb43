//! zx_channel_*.
//!
//! The handles of a write are consumed whatever becomes of it. A message that was taken out of the channel and cannot
//! be written to the caller's memory is lost, as in the kernel.

use portolan::object::{
    Channel, ChannelObject, Condition, Handle, Job, MAX_BYTES, MAX_HANDLES, Message, RawHandle, ReadError,
    Rights,
};
use portolan::{Deadline, Status};

use crate::memory::Address;
use crate::table::{attend, get, give_two, table};
use crate::{In, Out, calls};

const READ_MAY_DISCARD: u32 = 1;
const WRITE_USE_IOVEC: u32 = 2;
const MAX_IOVECS: usize = 8192;

/// zx_channel_iovec_t.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Iovec {
    /// Bytes.
    pub buffer: Address<u8>,
    /// How many.
    pub capacity: u32,
    /// 0.
    pub reserved: u32,
}

/// zx_channel_call_args_t.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct CallArgs {
    /// The request's bytes.
    pub wr_bytes: Address<u8>,
    /// Its handles.
    pub wr_handles: Address<RawHandle>,
    /// Where the reply's bytes go.
    pub rd_bytes: Address<u8>,
    /// Where its handles go.
    pub rd_handles: Address<RawHandle>,
    /// How many bytes.
    pub wr_num_bytes: u32,
    /// How many handles.
    pub wr_num_handles: u32,
    /// Room for how many bytes.
    pub rd_num_bytes: u32,
    /// Room for how many handles.
    pub rd_num_handles: u32,
}

const _: () = assert!(size_of::<CallArgs>() == 48 && size_of::<Iovec>() == 16);

/// Makes a channel: options, then policy.
pub(crate) fn make_channel(
    options: u32,
    make: impl FnOnce() -> (Handle, Handle),
    out: [&Out<'_, RawHandle>; 2],
) -> Result<(), Status> {
    if options != 0 {
        return Err(Status::INVALID_ARGS);
    }
    Job::check_default(Condition::NewChannel)?;
    give_two(make(), out)
}

/// The bytes of a message to be written.
fn bytes(bytes: &In<'_, u8>, count: u32, options: u32) -> Result<Vec<u8>, Status> {
    let count = count as usize;
    if options & WRITE_USE_IOVEC == 0 {
        if count > MAX_BYTES {
            return Err(Status::OUT_OF_RANGE);
        }
        return bytes.get_many(count);
    }
    if count > MAX_IOVECS {
        return Err(Status::OUT_OF_RANGE);
    }
    let mut all = Vec::new();
    for part in bytes.cast::<Iovec>().get_many(count)? {
        if part.reserved != 0 {
            return Err(Status::INVALID_ARGS);
        }
        if all.len() + part.capacity as usize > MAX_BYTES {
            return Err(Status::OUT_OF_RANGE);
        }
        all.extend(part.buffer.input().get_many(part.capacity as usize)?);
    }
    Ok(all)
}

/// Takes all handles out of the table, even when one is bad; that decides the result.
fn take(handles: &In<'_, RawHandle>, count: u32) -> Result<Vec<Handle>, Status> {
    let count = count as usize;
    // More than a message can have are consumed as well.
    let taken: Vec<_> = handles.get_many(count)?.into_iter().map(|raw| attend(table().remove(raw))).collect();
    if count > MAX_HANDLES {
        return Err(Status::OUT_OF_RANGE);
    }
    taken.into_iter().collect()
}

/// Writes a message's bytes and handles to the caller. The handles come after the bytes.
pub(crate) fn hand_over(
    message: Message,
    bytes: &Out<'_, u8>,
    handles: &Out<'_, RawHandle>,
) -> Result<(), Status> {
    bytes.put_many(&message.bytes)?;
    if handles.is_null() && !message.handles.is_empty() {
        return Err(Status::INVALID_ARGS);
    }
    let mut raw = Vec::with_capacity(message.handles.len());
    for handle in message.handles {
        match table().insert(handle) {
            Ok(value) => raw.push(value),
            Err(status) => {
                raw.into_iter().for_each(|value| drop(table().remove(value)));
                return Err(status);
            }
        }
    }
    handles.put_many(&raw)
}

calls! {
    /// Makes a channel.
    fn create = zx_channel_create(options: u32, out0: Out<'_, RawHandle>, out1: Out<'_, RawHandle>) -> Status {
        let make = || {
            let (first, second) = Channel::create();
            (first.into(), second.into())
        };
        make_channel(options, make, [&out0, &out1])
    }

    /// Reads a message. BUFFER_TOO_SMALL says how large it is, and leaves it there unless it may be discarded.
    fn read = zx_channel_read(
        channel: RawHandle,
        options: u32,
        bytes: Out<'_, u8>,
        handles: Out<'_, RawHandle>,
        num_bytes: u32,
        num_handles: u32,
        actual_bytes: Out<'_, u32>,
        actual_handles: Out<'_, u32>,
    ) -> Status {
        let channel = get::<ChannelObject>(channel, Rights::READ)?;
        if options & !READ_MAY_DISCARD != 0 {
            return Err(Status::NOT_SUPPORTED);
        }
        let may_discard = options & READ_MAY_DISCARD != 0;
        let read = channel.read_within(num_bytes as usize, num_handles as usize, may_discard);
        let (count, handle_count) = match &read {
            Ok(message) => (message.bytes.len(), message.handles.len()),
            Err(ReadError::TooSmall { bytes, handles }) => (*bytes, *handles),
            Err(ReadError::Empty(status)) => return Err(*status),
        };
        actual_bytes.put_if_wanted(count as u32);
        actual_handles.put_if_wanted(handle_count as u32);
        hand_over(read.map_err(|error| error.status())?, &bytes, &handles)
    }

    /// Writes a message.
    fn write = zx_channel_write(
        channel: RawHandle,
        options: u32,
        bytes: In<'_, u8>,
        num_bytes: u32,
        handles: In<'_, RawHandle>,
        num_handles: u32,
    ) -> Status {
        // The channel is looked up first: its own handle may be among those that are sent.
        let channel = get::<ChannelObject>(channel, Rights::WRITE);
        let handles = take(&handles, num_handles);
        if options & !WRITE_USE_IOVEC != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let channel = channel?;
        let bytes = crate::channels::bytes(&bytes, num_bytes, options)?;
        channel.write(Message { bytes, handles: handles? }).map_err(|error| error.status)
    }

    /// Writes a request and waits for its reply, which has the same first four bytes.
    fn call = zx_channel_call(
        channel: RawHandle,
        options: u32,
        deadline: i64,
        args: In<'_, CallArgs>,
        actual_bytes: Out<'_, u32>,
        actual_handles: Out<'_, u32>,
    ) -> Status {
        let args = args.get()?;
        let channel = get::<ChannelObject>(channel, Rights::READ | Rights::WRITE);
        let handles = take(&args.wr_handles.input(), args.wr_num_handles);
        if options & !WRITE_USE_IOVEC != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let channel = channel?;
        let bytes = crate::channels::bytes(&args.wr_bytes.input(), args.wr_num_bytes, options)?;
        let request = Message { bytes, handles: handles? };
        let reply = channel.call(request, Deadline::from_nanos(deadline))?;
        let (count, handle_count) = (reply.bytes.len() as u32, reply.handles.len() as u32);
        actual_bytes.put_if_wanted(count);
        actual_handles.put_if_wanted(handle_count);
        if count > args.rd_num_bytes || handle_count > args.rd_num_handles {
            return Err(Status::BUFFER_TOO_SMALL);
        }
        hand_over(reply, &args.rd_bytes.output(), &args.rd_handles.output())
    }
}
