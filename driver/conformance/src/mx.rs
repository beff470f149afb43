//! Magenta's calls with results in place of pointers, as [`Zx`] has Zircon's.
#![allow(missing_docs, reason = "each method is the call of its name")]

use std::ffi::{CStr, c_void};
use std::ptr::{null, null_mut};

use crate::abi::*;
use crate::zx::{Result, call, done, one, two};
use crate::{Calls, Zx};

/// The calls.
#[derive(Clone, Copy)]
pub struct Mx(pub &'static dyn Calls);

impl Zx {
    /// Magenta's calls.
    pub fn mx(self) -> Mx {
        Mx(self.0)
    }
}

/// A V1 packet of so many bytes, 16 at least: key, a type that nobody has, `extra`, and a pattern.
pub fn v1_packet(key: u64, size: usize) -> Vec<u8> {
    let mut bytes: Vec<_> = (0..size).map(|at| at as u8 ^ 0xA5).collect();
    bytes[..8].copy_from_slice(&key.to_le_bytes());
    bytes[8..12].copy_from_slice(&77u32.to_le_bytes());
    bytes
}

/// Key and type of a V1 packet.
pub fn v1_head(bytes: &[u8]) -> (u64, u32) {
    let key = bytes.first_chunk().expect("a header");
    let kind = bytes[8..].first_chunk().expect("a header");
    (u64::from_le_bytes(*key), u32::from_le_bytes(*kind))
}

impl Mx {
    pub fn port_create(self, options: u32) -> Result<u32> {
        one(|out| call!(self, mx_port_create(options, out)))
    }

    pub fn port_create_null(self, options: u32) -> Result {
        done(call!(self, mx_port_create(options, null_mut())))
    }

    pub fn v1(self) -> u32 {
        self.port_create(V1).expect("a port")
    }

    pub fn v2(self) -> u32 {
        self.port_create(V2).expect("a port")
    }

    /// Queues these bytes.
    pub fn queue(self, port: u32, packet: &[u8]) -> Result {
        done(call!(self, mx_port_queue(port, packet.as_ptr().cast(), packet.len())))
    }

    /// Queues a packet like Zircon's and says that it has this size.
    pub fn queue_v2(self, port: u32, packet: &Packet, size: usize) -> Result {
        // No more bytes than these are said to be there, or it is found before they are read.
        let mut room = [0u64; 32];
        let Packet { key, kind, status, payload } = *packet;
        room[0] = key;
        room[1] = u64::from(kind) | u64::from(status.cast_unsigned()) << 32;
        room[2..6].copy_from_slice(&payload);
        done(call!(self, mx_port_queue(port, room.as_ptr().cast(), size)))
    }

    pub fn queue_null(self, port: u32, size: usize) -> Result {
        done(call!(self, mx_port_queue(port, null(), size)))
    }

    /// The next packet of a V1 port, of at most so many bytes; a packet does not say how many it has, so the rest is zero.
    pub fn wait(self, port: u32, deadline: u64, room: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; room];
        done(call!(self, mx_port_wait(port, deadline, bytes.as_mut_ptr().cast(), room))).map(|()| bytes)
    }

    /// Key and type of the next packet of a V1 port, if there is one now.
    pub fn poll(self, port: u32) -> Result<(u64, u32)> {
        self.wait(port, 0, 128).map(|bytes| v1_head(&bytes))
    }

    /// The next packet of a V2 port, said to have this size.
    pub fn wait_v2(self, port: u32, deadline: u64, size: usize) -> Result<Packet> {
        let mut packet = Packet::default();
        let place: *mut Packet = &mut packet;
        done(call!(self, mx_port_wait(port, deadline, place.cast::<c_void>(), size))).map(|()| packet)
    }

    /// The next packet of a V2 port, if there is one now.
    pub fn poll_v2(self, port: u32) -> Result<Packet> {
        self.wait_v2(port, 0, 0)
    }

    pub fn wait_null(self, port: u32, deadline: u64, size: usize) -> Result {
        done(call!(self, mx_port_wait(port, deadline, null_mut(), size)))
    }

    pub fn bind(self, port: u32, key: u64, source: u32, signals: u32) -> Result {
        done(call!(self, mx_port_bind(port, key, source, signals)))
    }

    pub fn cancel(self, port: u32, source: u32, key: u64) -> Result {
        done(call!(self, mx_port_cancel(port, source, key)))
    }

    /// The result, and what was observed: `u32::MAX` when nothing was written.
    pub fn wait_one(self, handle: u32, signals: u32, deadline: u64) -> (Result, u32) {
        let mut observed = u32::MAX;
        let status = call!(self, mx_object_wait_one(handle, signals, deadline, &mut observed));
        (done(status), observed)
    }

    pub fn wait_many(self, items: &mut [WaitItem], deadline: u64) -> Result {
        done(call!(self, mx_object_wait_many(items.as_mut_ptr(), items.len() as u32, deadline)))
    }

    pub fn wait_many_null(self, count: u32, deadline: u64) -> Result {
        done(call!(self, mx_object_wait_many(null_mut(), count, deadline)))
    }

    pub fn wait_async(self, handle: u32, port: u32, key: u64, signals: u32, options: u32) -> Result {
        done(call!(self, mx_object_wait_async(handle, port, key, signals, options)))
    }

    pub fn signal(self, handle: u32, clear: u32, set: u32) -> Result {
        done(call!(self, mx_object_signal(handle, clear, set)))
    }

    pub fn signal_peer(self, handle: u32, clear: u32, set: u32) -> Result {
        done(call!(self, mx_object_signal_peer(handle, clear, set)))
    }

    /// One record, and how many were written and are there.
    pub fn info<T: Copy + Default>(self, handle: u32, topic: u32, size: usize) -> (Result<T>, usize, usize) {
        assert!(size <= size_of::<T>());
        let mut record = T::default();
        let (mut actual, mut available) = (7, 7);
        let place: *mut T = &mut record;
        let status = call!(
            self,
            mx_object_get_info(handle, topic, place.cast::<c_void>(), size, &mut actual, &mut available)
        );
        (done(status).map(|()| record), actual, available)
    }

    /// mx_info_handle_basic_t, which has its `props` where Zircon's is reserved.
    pub fn basic(self, handle: u32) -> Result<Basic> {
        self.info(handle, 2, size_of::<Basic>()).0
    }

    pub fn close(self, handle: u32) -> Result {
        done(call!(self, mx_handle_close(handle)))
    }

    pub fn close_all(self, handles: &[u32]) {
        handles.iter().for_each(|handle| self.close(*handle).expect("a live handle"));
    }

    pub fn duplicate(self, handle: u32, rights: u32) -> Result<u32> {
        one(|out| call!(self, mx_handle_duplicate(handle, rights, out)))
    }

    pub fn replace(self, handle: u32, rights: u32) -> Result<u32> {
        one(|out| call!(self, mx_handle_replace(handle, rights, out)))
    }

    pub fn event_create(self, options: u32) -> Result<u32> {
        one(|out| call!(self, mx_event_create(options, out)))
    }

    pub fn event(self) -> u32 {
        self.event_create(0).expect("an event")
    }

    pub fn eventpair_create(self, options: u32) -> Result<(u32, u32)> {
        two(|a, b| call!(self, mx_eventpair_create(options, a, b)))
    }

    pub fn channel_create(self, options: u32) -> Result<(u32, u32)> {
        two(|a, b| call!(self, mx_channel_create(options, a, b)))
    }

    pub fn channel(self) -> (u32, u32) {
        self.channel_create(0).expect("a channel")
    }

    pub fn write(self, channel: u32, options: u32, bytes: &[u8], handles: &[u32]) -> Result {
        let (num_bytes, num_handles) = (bytes.len() as u32, handles.len() as u32);
        let (bytes, handles) = (bytes.as_ptr().cast(), handles.as_ptr());
        done(call!(self, mx_channel_write(channel, options, bytes, num_bytes, handles, num_handles)))
    }

    /// Bytes and handles of a message, with room for so many.
    pub fn read(self, channel: u32, room: (usize, usize)) -> Result<(Vec<u8>, Vec<u32>)> {
        let (mut bytes, mut handles) = (vec![0; room.0], vec![0; room.1]);
        let (mut actual_bytes, mut actual_handles) = (0, 0);
        let place = bytes.as_mut_ptr().cast();
        done(call!(
            self,
            mx_channel_read(
                channel,
                0,
                place,
                handles.as_mut_ptr(),
                room.0 as u32,
                room.1 as u32,
                &mut actual_bytes,
                &mut actual_handles
            )
        ))?;
        bytes.truncate(actual_bytes as usize);
        handles.truncate(actual_handles as usize);
        Ok((bytes, handles))
    }

    /// The reply, with room for so many bytes, and the read status: `i32::MAX` when nothing was written.
    pub fn call(
        self,
        channel: u32,
        options: u32,
        deadline: u64,
        request: (&[u8], &[u32]),
        room: usize,
    ) -> (Result<Vec<u8>>, i32) {
        let mut reply = vec![0; room];
        let (mut actual_bytes, mut actual_handles, mut read_status) = (0, 0, i32::MAX);
        let args = CallArgs {
            wr_bytes: request.0.as_ptr(),
            wr_handles: request.1.as_ptr(),
            rd_bytes: reply.as_mut_ptr(),
            rd_handles: null_mut(),
            wr_num_bytes: request.0.len() as u32,
            wr_num_handles: request.1.len() as u32,
            rd_num_bytes: room as u32,
            rd_num_handles: 0,
        };
        let status = call!(
            self,
            mx_channel_call(
                channel,
                options,
                deadline,
                &args,
                &mut actual_bytes,
                &mut actual_handles,
                &mut read_status
            )
        );
        reply.truncate(actual_bytes as usize);
        (done(status).map(|()| reply), read_status)
    }

    /// A handle, which is positive.
    pub fn interrupt_create(self, resource: u32, vector: u32, options: u32) -> Result<u32> {
        let made = call!(self, mx_interrupt_create(resource, vector, options));
        assert_ne!(made, 0, "neither a handle nor an error");
        u32::try_from(made).map_err(|_| made)
    }

    pub fn interrupt_complete(self, interrupt: u32) -> Result {
        done(call!(self, mx_interrupt_complete(interrupt)))
    }

    pub fn interrupt_wait(self, interrupt: u32) -> Result {
        done(call!(self, mx_interrupt_wait(interrupt)))
    }

    pub fn interrupt_signal(self, interrupt: u32) -> Result {
        done(call!(self, mx_interrupt_signal(interrupt)))
    }

    pub fn job_create(self, parent: u32, options: u32) -> Result<u32> {
        one(|out| call!(self, mx_job_create(parent, options, out)))
    }

    pub fn job_set_policy(self, job: u32, options: u32, topic: u32, policy: &[MxPolicy]) -> Result {
        let count = policy.len() as u32;
        done(call!(self, mx_job_set_policy(job, options, topic, policy.as_ptr().cast(), count)))
    }

    pub fn time(self, clock: u32) -> u64 {
        call!(self, mx_time_get(clock))
    }

    pub fn nanosleep(self, deadline: u64) -> Result {
        done(call!(self, mx_nanosleep(deadline)))
    }

    pub fn after(self, nanoseconds: u64) -> u64 {
        call!(self, mx_deadline_after(nanoseconds))
    }

    pub fn ticks(self) -> u64 {
        call!(self, mx_ticks_get())
    }

    pub fn ticks_per_second(self) -> u64 {
        call!(self, mx_ticks_per_second())
    }

    pub fn num_cpus(self) -> u32 {
        call!(self, mx_system_get_num_cpus())
    }

    pub fn physmem(self) -> u64 {
        call!(self, mx_system_get_physmem())
    }

    /// The version, into so many bytes.
    pub fn version(self, length: usize) -> Result<String> {
        let mut bytes = vec![0u8; length];
        done(call!(self, mx_system_get_version(bytes.as_mut_ptr().cast(), length as u32)))?;
        let text = CStr::from_bytes_until_nul(&bytes).expect("a zero at the end");
        Ok(text.to_string_lossy().into_owned())
    }

    pub fn status_name(self, status: i32) -> String {
        let name = call!(self, mx_status_get_string(status));
        // SAFETY: the call gives a string that lives for ever.
        unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
    }
}
