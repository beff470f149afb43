//! The calls with results in place of pointers: what cases are written with.
//!
//! An error is the number that the call returned. NULL is passed by the methods that say so.
#![allow(missing_docs, reason = "each method is the call of its name")]

use std::ffi::{CStr, c_void};
use std::ptr::{null, null_mut};

use crate::Calls;
use crate::abi::*;

/// The calls.
#[derive(Clone, Copy)]
pub struct Zx(pub &'static dyn Calls);

/// A board goes on by at least so many ticks while the counters of a line are read, a dozen accesses.
const TICKS_OF_COUNTERS: u64 = 50;

/// How far a time stamp of a board that is not simulated may be off, in ns.
const CLOCK_SLACK: i64 = 20_000_000;

/// What a call gives.
pub type Result<T = ()> = std::result::Result<T, i32>;

pub(crate) fn done(status: i32) -> Result {
    if status == OK { Ok(()) } else { Err(status) }
}

/// Calls with pointers to local values, which live through the call.
macro_rules! call {
    ($zx:expr, $name:ident($($arg:expr),* $(,)?)) => {
        // SAFETY: every pointer is NULL, or of a local value or slice as long as the call is told, which lives until
        // the call returns.
        unsafe { $zx.0.$name($($arg),*) }
    };
}
pub(crate) use call;

pub(crate) fn one(make: impl FnOnce(*mut u32) -> i32) -> Result<u32> {
    let mut out = 0;
    done(make(&mut out)).map(|()| out)
}

pub(crate) fn two(make: impl FnOnce(*mut u32, *mut u32) -> i32) -> Result<(u32, u32)> {
    let (mut a, mut b) = (0, 0);
    done(make(&mut a, &mut b)).map(|()| (a, b))
}

impl Zx {
    pub fn port_create(self, options: u32) -> Result<u32> {
        one(|out| call!(self, zx_port_create(options, out)))
    }

    pub fn port_create_null(self, options: u32) -> Result {
        done(call!(self, zx_port_create(options, null_mut())))
    }

    /// A port to which interrupts can be bound.
    pub fn port(self) -> u32 {
        self.port_create(TO_INTERRUPT).expect("a port")
    }

    pub fn port_queue(self, port: u32, packet: &Packet) -> Result {
        done(call!(self, zx_port_queue(port, packet)))
    }

    pub fn port_queue_null(self, port: u32) -> Result {
        done(call!(self, zx_port_queue(port, null())))
    }

    pub fn port_wait(self, port: u32, deadline: i64) -> Result<Packet> {
        let mut packet = Packet::default();
        done(call!(self, zx_port_wait(port, deadline, &mut packet))).map(|()| packet)
    }

    /// Waits into this packet.
    pub fn port_wait_into(self, port: u32, deadline: i64, packet: &mut Packet) -> Result {
        done(call!(self, zx_port_wait(port, deadline, packet)))
    }

    pub fn port_wait_null(self, port: u32, deadline: i64) -> Result {
        done(call!(self, zx_port_wait(port, deadline, null_mut())))
    }

    /// The next packet, if there is one now.
    pub fn poll(self, port: u32) -> Result<Packet> {
        self.port_wait(port, 0)
    }

    /// There is no packet.
    pub fn assert_empty(self, port: u32) {
        assert_eq!(self.poll(port), Err(TIMED_OUT), "a packet that should not be there");
    }

    pub fn port_cancel(self, port: u32, source: u32, key: u64) -> Result {
        done(call!(self, zx_port_cancel(port, source, key)))
    }

    pub fn port_cancel_key(self, port: u32, options: u32, key: u64) -> Result {
        done(call!(self, zx_port_cancel_key(port, options, key)))
    }

    pub fn interrupt_create(self, resource: u32, vector: u32, options: u32) -> Result<u32> {
        one(|out| call!(self, zx_interrupt_create(resource, vector, options, out)))
    }

    pub fn interrupt_create_null(self, resource: u32, vector: u32, options: u32) -> Result {
        done(call!(self, zx_interrupt_create(resource, vector, options, null_mut())))
    }

    pub fn interrupt_bind(self, interrupt: u32, port: u32, key: u64, options: u32) -> Result {
        done(call!(self, zx_interrupt_bind(interrupt, port, key, options)))
    }

    pub fn interrupt_wait(self, interrupt: u32) -> Result<i64> {
        let mut timestamp = -1;
        done(call!(self, zx_interrupt_wait(interrupt, &mut timestamp))).map(|()| timestamp)
    }

    pub fn interrupt_wait_null(self, interrupt: u32) -> Result {
        done(call!(self, zx_interrupt_wait(interrupt, null_mut())))
    }

    pub fn interrupt_ack(self, interrupt: u32) -> Result {
        done(call!(self, zx_interrupt_ack(interrupt)))
    }

    pub fn interrupt_trigger(self, interrupt: u32, options: u32, timestamp: i64) -> Result {
        done(call!(self, zx_interrupt_trigger(interrupt, options, timestamp)))
    }

    pub fn interrupt_destroy(self, interrupt: u32) -> Result {
        done(call!(self, zx_interrupt_destroy(interrupt)))
    }

    /// The result, and what was observed: `u32::MAX` when nothing was written.
    pub fn wait_one(self, handle: u32, signals: u32, deadline: i64) -> (Result, u32) {
        let mut observed = u32::MAX;
        let status = call!(self, zx_object_wait_one(handle, signals, deadline, &mut observed));
        (done(status), observed)
    }

    pub fn wait_one_null(self, handle: u32, signals: u32, deadline: i64) -> Result {
        done(call!(self, zx_object_wait_one(handle, signals, deadline, null_mut())))
    }

    /// The signals that are active.
    pub fn signals(self, handle: u32) -> u32 {
        self.wait_one(handle, 0, PAST).1
    }

    pub fn wait_many(self, items: &mut [WaitItem], deadline: i64) -> Result {
        done(call!(self, zx_object_wait_many(items.as_mut_ptr(), items.len(), deadline)))
    }

    pub fn wait_many_null(self, count: usize, deadline: i64) -> Result {
        done(call!(self, zx_object_wait_many(null_mut(), count, deadline)))
    }

    pub fn wait_async(self, handle: u32, port: u32, key: u64, signals: u32, options: u32) -> Result {
        done(call!(self, zx_object_wait_async(handle, port, key, signals, options)))
    }

    pub fn signal(self, handle: u32, clear: u32, set: u32) -> Result {
        done(call!(self, zx_object_signal(handle, clear, set)))
    }

    pub fn signal_peer(self, handle: u32, clear: u32, set: u32) -> Result {
        done(call!(self, zx_object_signal_peer(handle, clear, set)))
    }

    /// One record.
    pub fn info<T: Copy + Default>(self, handle: u32, topic: u32) -> Result<T> {
        let mut record = T::default();
        let (mut actual, mut available) = (7, 7);
        let place: *mut T = &mut record;
        let status = call!(
            self,
            zx_object_get_info(
                handle,
                topic,
                place.cast::<c_void>(),
                size_of::<T>(),
                &mut actual,
                &mut available
            )
        );
        done(status).map(|()| {
            assert_eq!((actual, available), (1, 1), "one record of one");
            record
        })
    }

    /// Into so many bytes of a buffer, or nowhere: the result, and how many records were written and are there.
    pub fn info_into(
        self,
        handle: u32,
        topic: u32,
        buffer: Option<&mut [u8]>,
        size: usize,
    ) -> (Result, usize, usize) {
        let (mut actual, mut available) = (7, 7);
        let place = buffer.map_or(null_mut(), |buffer| {
            assert!(buffer.len() >= size);
            buffer.as_mut_ptr().cast()
        });
        let status = call!(self, zx_object_get_info(handle, topic, place, size, &mut actual, &mut available));
        (done(status), actual, available)
    }

    pub fn basic(self, handle: u32) -> Result<Basic> {
        self.info(handle, 2)
    }

    pub fn thread_state(self, thread: u32) -> u32 {
        self.info::<ThreadInfo>(thread, 10).expect("a thread's handle").state
    }

    pub fn handle_count(self, handle: u32) -> Result<u32> {
        self.info(handle, 19)
    }

    pub fn close(self, handle: u32) -> Result {
        done(call!(self, zx_handle_close(handle)))
    }

    pub fn close_many(self, handles: &[u32]) -> Result {
        done(call!(self, zx_handle_close_many(handles.as_ptr(), handles.len())))
    }

    pub fn duplicate(self, handle: u32, rights: u32) -> Result<u32> {
        one(|out| call!(self, zx_handle_duplicate(handle, rights, out)))
    }

    /// The same handle without these rights; the handle is gone.
    pub fn without(self, handle: u32, rights: u32) -> u32 {
        let own = self.basic(handle).expect("a handle").rights;
        self.replace(handle, own & !rights).expect("fewer rights")
    }

    pub fn replace(self, handle: u32, rights: u32) -> Result<u32> {
        one(|out| call!(self, zx_handle_replace(handle, rights, out)))
    }

    pub fn check_valid(self, handle: u32) -> Result {
        done(call!(self, zx_handle_check_valid(handle)))
    }

    pub fn event_create(self, options: u32) -> Result<u32> {
        one(|out| call!(self, zx_event_create(options, out)))
    }

    pub fn event(self) -> u32 {
        self.event_create(0).expect("an event")
    }

    pub fn eventpair_create(self, options: u32) -> Result<(u32, u32)> {
        two(|a, b| call!(self, zx_eventpair_create(options, a, b)))
    }

    pub fn timer_create(self, options: u32, clock: u32) -> Result<u32> {
        one(|out| call!(self, zx_timer_create(options, clock, out)))
    }

    pub fn timer_set(self, timer: u32, deadline: i64, slack: i64) -> Result {
        done(call!(self, zx_timer_set(timer, deadline, slack)))
    }

    pub fn timer_cancel(self, timer: u32) -> Result {
        done(call!(self, zx_timer_cancel(timer)))
    }

    pub fn job_create(self, parent: u32, options: u32) -> Result<u32> {
        one(|out| call!(self, zx_job_create(parent, options, out)))
    }

    /// Sets policy of structures of this type.
    pub fn job_set_policy<T: Copy>(self, job: u32, options: u32, topic: u32, policy: &[T]) -> Result {
        let count = policy.len() as u32;
        done(call!(self, zx_job_set_policy(job, options, topic, policy.as_ptr().cast(), count)))
    }

    pub fn job_set_policy_null(self, job: u32, topic: u32, count: u32) -> Result {
        done(call!(self, zx_job_set_policy(job, 0, topic, null(), count)))
    }

    /// Sets basic policy that can be overridden later.
    pub fn set_basic(self, job: u32, condition: u32, action: u32) -> Result {
        self.job_set_policy(job, 1, 0x0100_0000, &[PolicyV2 { condition, action, flags: 0 }])
    }

    pub fn job_default(self) -> u32 {
        call!(self, zx_job_default())
    }

    pub fn process_self(self) -> u32 {
        call!(self, zx_process_self())
    }

    pub fn thread_self(self) -> u32 {
        call!(self, zx_thread_self())
    }

    pub fn now(self) -> i64 {
        call!(self, zx_clock_get_monotonic())
    }

    pub fn boot(self) -> i64 {
        call!(self, zx_clock_get_boot())
    }

    pub fn ticks(self) -> i64 {
        call!(self, zx_ticks_get())
    }

    pub fn ticks_per_second(self) -> i64 {
        call!(self, zx_ticks_per_second())
    }

    pub fn after(self, nanoseconds: i64) -> i64 {
        call!(self, zx_deadline_after(nanoseconds))
    }

    pub fn nanosleep(self, deadline: i64) -> Result {
        done(call!(self, zx_nanosleep(deadline)))
    }

    pub fn status_name(self, status: i32) -> String {
        let name = call!(self, zx_status_get_string(status));
        // SAFETY: the call gives a string that lives for ever.
        unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
    }

    pub fn board_open(self, name: &CStr) -> Result<u32> {
        one(|out| call!(self, portolan_board_open(name.as_ptr(), out)))
    }

    pub fn board_fire(self, resource: u32, line: u32) -> Result {
        done(call!(self, portolan_board_fire(resource, line)))
    }

    pub fn board_time(self, resource: u32) -> i64 {
        let mut now = 0;
        assert_eq!(call!(self, portolan_board_get_time(resource, &mut now)), OK);
        now
    }

    pub fn sim_set_pins(self, resource: u32, pins: u64) -> Result {
        done(call!(self, portolan_sim_set_pins(resource, pins)))
    }

    pub fn sim_run(self, resource: u32, ticks: u64) -> Result {
        done(call!(self, portolan_sim_run(resource, ticks)))
    }

    /// How far a time stamp of a board may be off, in ns: nothing on a simulated one. Another one's clock is compared with
    /// ours by reading it, which takes as long as a busy machine pleases.
    pub fn clock_slack(self, resource: u32) -> i64 {
        if self.sim_run(resource, 0) == Err(NOT_SUPPORTED) { CLOCK_SLACK } else { 0 }
    }

    /// Lets what is on its way on a board arrive: so many ticks of a simulated one's time. Another one's goes by itself;
    /// it has gone on when the board has answered a few accesses, and what it wrote to memory before is there then.
    pub fn settle(self, resource: u32, ticks: u64) {
        match self.sim_run(resource, ticks) {
            Err(NOT_SUPPORTED) => {
                for _ in 0..ticks.div_ceil(TICKS_OF_COUNTERS) {
                    let mut counters = LineCounters::default();
                    let status = call!(self, portolan_line_get_counters(resource, 0, &mut counters));
                    assert_eq!(status, OK, "the board answers");
                }
            }
            run => run.expect("time goes by"),
        }
    }
}
