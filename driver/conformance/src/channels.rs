//! The calls on channels, with results in place of buffers, lists of handles and counts: a part of [`Zx`].
#![allow(missing_docs, reason = "each method is the call of its name")]

use std::ptr::null;

use crate::Zx;
use crate::abi::CallArgs;
use crate::zx::{Result, call, done, two};

impl Zx {
    pub fn channel_create(self, options: u32) -> Result<(u32, u32)> {
        two(|a, b| call!(self, zx_channel_create(options, a, b)))
    }

    pub fn channel(self) -> (u32, u32) {
        self.channel_create(0).expect("a channel")
    }

    pub fn channel_write(self, channel: u32, bytes: &[u8], handles: &[u32]) -> Result {
        let (num_bytes, num_handles) = (bytes.len() as u32, handles.len() as u32);
        let bytes = bytes.as_ptr().cast();
        done(call!(self, zx_channel_write(channel, 0, bytes, num_bytes, handles.as_ptr(), num_handles)))
    }

    /// Bytes and handles of a message, with room for so many.
    pub fn channel_read(
        self,
        channel: u32,
        room: (usize, usize),
        options: u32,
    ) -> Result<(Vec<u8>, Vec<u32>)> {
        let (mut bytes, mut handles) = (vec![0; room.0], vec![0; room.1]);
        let (mut actual_bytes, mut actual_handles) = (0, 0);
        let status = call!(
            self,
            zx_channel_read(
                channel,
                options,
                bytes.as_mut_ptr().cast(),
                handles.as_mut_ptr(),
                room.0 as u32,
                room.1 as u32,
                &mut actual_bytes,
                &mut actual_handles
            )
        );
        done(status)?;
        bytes.truncate(actual_bytes as usize);
        handles.truncate(actual_handles as usize);
        Ok((bytes, handles))
    }

    /// The bytes of the reply, of at most 64.
    pub fn channel_call(self, channel: u32, request: &[u8], deadline: i64) -> Result<Vec<u8>> {
        self.channel_call_for(channel, request, 0, deadline).map(|(bytes, _)| bytes)
    }

    /// Bytes and handles of the reply, with room for 64 bytes and so many handles.
    pub fn channel_call_for(
        self,
        channel: u32,
        request: &[u8],
        room: usize,
        deadline: i64,
    ) -> Result<(Vec<u8>, Vec<u32>)> {
        let (mut reply, mut handles) = (vec![0; 64], vec![0; room]);
        let (mut actual_bytes, mut actual_handles) = (0, 0);
        let args = CallArgs {
            wr_bytes: request.as_ptr(),
            wr_handles: null(),
            rd_bytes: reply.as_mut_ptr(),
            rd_handles: handles.as_mut_ptr(),
            wr_num_bytes: request.len() as u32,
            wr_num_handles: 0,
            rd_num_bytes: reply.len() as u32,
            rd_num_handles: room as u32,
        };
        let status =
            call!(self, zx_channel_call(channel, 0, deadline, &args, &mut actual_bytes, &mut actual_handles));
        done(status)?;
        reply.truncate(actual_bytes as usize);
        handles.truncate(actual_handles as usize);
        Ok((reply, handles))
    }
}
