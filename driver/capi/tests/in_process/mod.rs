//! [`Calls`] by the Rust functions of `portolan-capi`, in the process that includes this file.

use std::ffi::{c_char, c_void};

use portolan_capi::*;
use portolan_conformance::Calls;
use portolan_conformance::abi::{CallArgs, LineCounters, Packet, WaitItem};

/// The Rust functions.
#[derive(Clone, Copy)]
pub struct InProcess;

/// An argument of C's, as the Rust function has it.
trait Argument<T> {
    /// # Safety
    ///
    /// As [`Calls`].
    unsafe fn argument(self) -> T;
}

impl<T: Copy, U> Argument<In<'static, T>> for *const U {
    unsafe fn argument(self) -> In<'static, T> {
        // SAFETY: the caller of the call promises what C's caller would; the types have the same layout.
        unsafe { In::from_raw(self.cast()) }
    }
}

impl<T: Copy, U> Argument<Out<'static, T>> for *mut U {
    unsafe fn argument(self) -> Out<'static, T> {
        // SAFETY: as above.
        unsafe { Out::from_raw(self.cast()) }
    }
}

macro_rules! plain {
    ($($ty:ty),*) => {
        $(impl Argument<$ty> for $ty {
            unsafe fn argument(self) -> $ty {
                self
            }
        })*
    };
}
plain!(u32, i32, u64, i64, usize);

/// What a function gives, as C has it.
trait Outcome<T> {
    fn outcome(self) -> T;
}

impl Outcome<i32> for Result<(), portolan::Status> {
    fn outcome(self) -> i32 {
        self.err().unwrap_or(portolan::Status::OK).into_raw()
    }
}

macro_rules! same {
    ($($ty:ty),*) => {
        $(impl Outcome<$ty> for $ty {
            fn outcome(self) -> $ty {
                self
            }
        })*
    };
}
same!(i32, u32, i64, u64, *const c_char);

macro_rules! calls {
    ($($zx:ident($($arg:ident: $ty:ty),*) -> $result:ty = $function:path;)*) => {
        impl Calls for InProcess {
            $(unsafe fn $zx(&self, $($arg: $ty),*) -> $result {
                // SAFETY: the caller of the call promises what C's caller would.
                $function($(unsafe { $arg.argument() }),*).outcome()
            })*
        }
    };
}

#[rustfmt::skip]
calls! {
    zx_port_create(options: u32, out: *mut u32) -> i32 = ports::create;
    zx_port_queue(port: u32, packet: *const Packet) -> i32 = ports::queue;
    zx_port_wait(port: u32, deadline: i64, packet: *mut Packet) -> i32 = ports::wait;
    zx_port_cancel(port: u32, source: u32, key: u64) -> i32 = ports::cancel;
    zx_port_cancel_key(port: u32, options: u32, key: u64) -> i32 = ports::cancel_key;
    zx_interrupt_create(resource: u32, vector: u32, options: u32, out: *mut u32) -> i32 = interrupts::create;
    zx_interrupt_bind(interrupt: u32, port: u32, key: u64, options: u32) -> i32 = interrupts::bind;
    zx_interrupt_wait(interrupt: u32, timestamp: *mut i64) -> i32 = interrupts::wait;
    zx_interrupt_ack(interrupt: u32) -> i32 = interrupts::ack;
    zx_interrupt_trigger(interrupt: u32, options: u32, timestamp: i64) -> i32 = interrupts::trigger;
    zx_interrupt_destroy(interrupt: u32) -> i32 = interrupts::destroy;
    zx_object_wait_one(handle: u32, signals: u32, deadline: i64, observed: *mut u32) -> i32 = waits::one;
    zx_object_wait_many(items: *mut WaitItem, count: usize, deadline: i64) -> i32 = waits::many;
    zx_object_wait_async(handle: u32, port: u32, key: u64, signals: u32, options: u32) -> i32 = waits::wait_async;
    zx_object_signal(handle: u32, clear: u32, set: u32) -> i32 = objects::signal;
    zx_object_signal_peer(handle: u32, clear: u32, set: u32) -> i32 = objects::signal_peer;
    zx_object_get_info(handle: u32, topic: u32, buffer: *mut c_void, size: usize, actual: *mut usize, available: *mut usize) -> i32 = info::get_info;
    zx_handle_close(handle: u32) -> i32 = handles::close;
    zx_handle_close_many(handles: *const u32, count: usize) -> i32 = handles::close_many;
    zx_handle_duplicate(handle: u32, rights: u32, out: *mut u32) -> i32 = handles::duplicate;
    zx_handle_replace(handle: u32, rights: u32, out: *mut u32) -> i32 = handles::replace;
    zx_handle_check_valid(handle: u32) -> i32 = handles::check_valid;
    zx_event_create(options: u32, out: *mut u32) -> i32 = objects::event_create;
    zx_eventpair_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32 = objects::eventpair_create;
    zx_timer_create(options: u32, clock: u32, out: *mut u32) -> i32 = objects::timer_create;
    zx_timer_set(timer: u32, deadline: i64, slack: i64) -> i32 = objects::timer_set;
    zx_timer_cancel(timer: u32) -> i32 = objects::timer_cancel;
    zx_channel_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32 = channels::create;
    zx_channel_read(channel: u32, options: u32, bytes: *mut c_void, handles: *mut u32, num_bytes: u32, num_handles: u32, actual_bytes: *mut u32, actual_handles: *mut u32) -> i32 = channels::read;
    zx_channel_write(channel: u32, options: u32, bytes: *const c_void, num_bytes: u32, handles: *const u32, num_handles: u32) -> i32 = channels::write;
    zx_channel_call(channel: u32, options: u32, deadline: i64, args: *const CallArgs, actual_bytes: *mut u32, actual_handles: *mut u32) -> i32 = channels::call;
    zx_job_create(parent: u32, options: u32, out: *mut u32) -> i32 = jobs::create;
    zx_job_set_policy(job: u32, options: u32, topic: u32, policy: *const c_void, count: u32) -> i32 = jobs::set_policy;
    zx_job_default() -> u32 = tasks::job_default;
    zx_process_self() -> u32 = tasks::process_self;
    zx_thread_self() -> u32 = tasks::thread_self;
    zx_clock_get_monotonic() -> i64 = clocks::monotonic;
    zx_clock_get_boot() -> i64 = clocks::boot;
    zx_ticks_get() -> i64 = clocks::ticks;
    zx_ticks_per_second() -> i64 = clocks::ticks_per_second;
    zx_deadline_after(nanoseconds: i64) -> i64 = clocks::deadline_after;
    zx_nanosleep(deadline: i64) -> i32 = clocks::nanosleep;
    zx_status_get_string(status: i32) -> *const c_char = status::name_pointer;
    portolan_board_open(name: *const c_char, resource: *mut u32) -> i32 = boards::portolan_board_open;
    portolan_board_fire(resource: u32, line: u32) -> i32 = boards::portolan_board_fire;
    portolan_board_get_time(resource: u32, now: *mut i64) -> i32 = boards::portolan_board_get_time;
    portolan_line_get_counters(resource: u32, line: u32, counters: *mut LineCounters) -> i32 = boards::portolan_line_get_counters;
    portolan_sim_set_pins(resource: u32, pins: u64) -> i32 = boards::portolan_sim_set_pins;
    portolan_sim_run(resource: u32, ticks: u64) -> i32 = boards::portolan_sim_run;
    mx_port_create(options: u32, out: *mut u32) -> i32 = magenta::ports::create;
    mx_port_queue(port: u32, packet: *const c_void, size: usize) -> i32 = magenta::ports::queue;
    mx_port_wait(port: u32, deadline: u64, packet: *mut c_void, size: usize) -> i32 = magenta::ports::wait;
    mx_port_bind(port: u32, key: u64, source: u32, signals: u32) -> i32 = magenta::ports::bind;
    mx_port_cancel(port: u32, source: u32, key: u64) -> i32 = magenta::ports::cancel;
    mx_object_wait_one(handle: u32, signals: u32, deadline: u64, observed: *mut u32) -> i32 = magenta::waits::one;
    mx_object_wait_many(items: *mut WaitItem, count: u32, deadline: u64) -> i32 = magenta::waits::many;
    mx_object_wait_async(handle: u32, port: u32, key: u64, signals: u32, options: u32) -> i32 = magenta::waits::wait_async;
    mx_object_signal(handle: u32, clear: u32, set: u32) -> i32 = magenta::objects::signal;
    mx_object_signal_peer(handle: u32, clear: u32, set: u32) -> i32 = magenta::objects::signal_peer;
    mx_object_get_info(handle: u32, topic: u32, buffer: *mut c_void, size: usize, actual: *mut usize, available: *mut usize) -> i32 = magenta::info::get_info;
    mx_handle_close(handle: u32) -> i32 = magenta::handles::close;
    mx_handle_duplicate(handle: u32, rights: u32, out: *mut u32) -> i32 = magenta::handles::duplicate;
    mx_handle_replace(handle: u32, rights: u32, out: *mut u32) -> i32 = magenta::handles::replace;
    mx_event_create(options: u32, out: *mut u32) -> i32 = magenta::objects::event_create;
    mx_eventpair_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32 = magenta::objects::eventpair_create;
    mx_channel_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32 = magenta::channels::create;
    mx_channel_read(channel: u32, options: u32, bytes: *mut c_void, handles: *mut u32, num_bytes: u32, num_handles: u32, actual_bytes: *mut u32, actual_handles: *mut u32) -> i32 = magenta::channels::read;
    mx_channel_write(channel: u32, options: u32, bytes: *const c_void, num_bytes: u32, handles: *const u32, num_handles: u32) -> i32 = magenta::channels::write;
    mx_channel_call(channel: u32, options: u32, deadline: u64, args: *const CallArgs, actual_bytes: *mut u32, actual_handles: *mut u32, read_status: *mut i32) -> i32 = magenta::channels::call;
    mx_interrupt_create(resource: u32, vector: u32, options: u32) -> i32 = magenta::interrupts::create;
    mx_interrupt_complete(interrupt: u32) -> i32 = magenta::interrupts::complete;
    mx_interrupt_wait(interrupt: u32) -> i32 = magenta::interrupts::wait;
    mx_interrupt_signal(interrupt: u32) -> i32 = magenta::interrupts::signal;
    mx_job_create(parent: u32, options: u32, out: *mut u32) -> i32 = magenta::jobs::create;
    mx_job_set_policy(job: u32, options: u32, topic: u32, policy: *const c_void, count: u32) -> i32 = magenta::jobs::set_policy;
    mx_time_get(clock: u32) -> u64 = magenta::clocks::time;
    mx_nanosleep(deadline: u64) -> i32 = magenta::clocks::nanosleep;
    mx_deadline_after(nanoseconds: u64) -> u64 = magenta::clocks::deadline_after;
    mx_ticks_get() -> u64 = magenta::clocks::ticks;
    mx_ticks_per_second() -> u64 = magenta::clocks::ticks_per_second;
    mx_system_get_num_cpus() -> u32 = magenta::system::num_cpus;
    mx_system_get_version(version: *mut c_char, length: u32) -> i32 = magenta::system::version;
    mx_system_get_physmem() -> u64 = magenta::system::physmem;
    mx_status_get_string(status: i32) -> *const c_char = magenta::status::name_pointer;
}
