//! Zircon's and Magenta's calls, as C has them.

use std::ffi::{c_char, c_void};

use crate::abi::{CallArgs, LineCounters, Packet, WaitItem};

macro_rules! declare {
    (both { $($name:ident($($arg:ident: $ty:ty),* $(,)?) -> $result:ty;)* }) => {
        /// The calls. Pointers are as in C: NULL, or of as much memory as the call is told.
        ///
        /// # Safety
        ///
        /// Each call may be made only with such pointers.
        #[allow(missing_docs, reason = "the names are Zircon's and say all")]
        #[allow(clippy::missing_safety_doc, reason = "one sentence holds for all")]
        #[allow(clippy::too_many_arguments, reason = "Zircon's calls have as many")]
        pub trait Calls: Sync {
            $(unsafe fn $name(&self, $($arg: $ty),*) -> $result;)*
        }

        /// The calls of a C program, in this order.
        #[repr(C)]
        #[allow(missing_docs, reason = "the names are Zircon's and say all")]
        pub struct Table {
            $(pub $name: unsafe extern "C" fn($($ty),*) -> $result,)*
        }

        #[allow(clippy::too_many_arguments, reason = "Zircon's calls have as many")]
        impl Calls for Table {
            $(unsafe fn $name(&self, $($arg: $ty),*) -> $result {
                // SAFETY: the C program gave a function of this type; the pointers are the caller's to answer for.
                unsafe { (self.$name)($($arg),*) }
            })*
        }
    };
}

/// Hands the calls to the macro `$to`, as `both { name(argument: type, …) -> type; … }` and what follows them here.
/// Where it is used, `CallArgs`, `LineCounters`, `Packet` and `WaitItem` of [`abi`](crate::abi) and C's types must be in sight.
#[macro_export]
macro_rules! with_calls {
    ($to:ident! { $($own:tt)* }) => {
        $to! {
            both {
                zx_port_create(options: u32, out: *mut u32) -> i32;
                zx_port_queue(port: u32, packet: *const Packet) -> i32;
                zx_port_wait(port: u32, deadline: i64, packet: *mut Packet) -> i32;
                zx_port_cancel(port: u32, source: u32, key: u64) -> i32;
                zx_port_cancel_key(port: u32, options: u32, key: u64) -> i32;
                zx_interrupt_create(resource: u32, vector: u32, options: u32, out: *mut u32) -> i32;
                zx_interrupt_bind(interrupt: u32, port: u32, key: u64, options: u32) -> i32;
                zx_interrupt_wait(interrupt: u32, timestamp: *mut i64) -> i32;
                zx_interrupt_ack(interrupt: u32) -> i32;
                zx_interrupt_trigger(interrupt: u32, options: u32, timestamp: i64) -> i32;
                zx_interrupt_destroy(interrupt: u32) -> i32;
                zx_object_wait_one(handle: u32, signals: u32, deadline: i64, observed: *mut u32) -> i32;
                zx_object_wait_many(items: *mut WaitItem, count: usize, deadline: i64) -> i32;
                zx_object_wait_async(handle: u32, port: u32, key: u64, signals: u32, options: u32) -> i32;
                zx_object_signal(handle: u32, clear: u32, set: u32) -> i32;
                zx_object_signal_peer(handle: u32, clear: u32, set: u32) -> i32;
                zx_object_get_info(
                    handle: u32,
                    topic: u32,
                    buffer: *mut c_void,
                    size: usize,
                    actual: *mut usize,
                    available: *mut usize,
                ) -> i32;
                zx_handle_close(handle: u32) -> i32;
                zx_handle_close_many(handles: *const u32, count: usize) -> i32;
                zx_handle_duplicate(handle: u32, rights: u32, out: *mut u32) -> i32;
                zx_handle_replace(handle: u32, rights: u32, out: *mut u32) -> i32;
                zx_handle_check_valid(handle: u32) -> i32;
                zx_event_create(options: u32, out: *mut u32) -> i32;
                zx_eventpair_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32;
                zx_timer_create(options: u32, clock: u32, out: *mut u32) -> i32;
                zx_timer_set(timer: u32, deadline: i64, slack: i64) -> i32;
                zx_timer_cancel(timer: u32) -> i32;
                zx_channel_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32;
                zx_channel_read(
                    channel: u32,
                    options: u32,
                    bytes: *mut c_void,
                    handles: *mut u32,
                    num_bytes: u32,
                    num_handles: u32,
                    actual_bytes: *mut u32,
                    actual_handles: *mut u32,
                ) -> i32;
                zx_channel_write(
                    channel: u32,
                    options: u32,
                    bytes: *const c_void,
                    num_bytes: u32,
                    handles: *const u32,
                    num_handles: u32,
                ) -> i32;
                zx_channel_call(
                    channel: u32,
                    options: u32,
                    deadline: i64,
                    args: *const CallArgs,
                    actual_bytes: *mut u32,
                    actual_handles: *mut u32,
                ) -> i32;
                zx_job_create(parent: u32, options: u32, out: *mut u32) -> i32;
                zx_job_set_policy(job: u32, options: u32, topic: u32, policy: *const c_void, count: u32) -> i32;
                zx_job_default() -> u32;
                zx_process_self() -> u32;
                zx_thread_self() -> u32;
                zx_clock_get_monotonic() -> i64;
                zx_clock_get_boot() -> i64;
                zx_ticks_get() -> i64;
                zx_ticks_per_second() -> i64;
                zx_deadline_after(nanoseconds: i64) -> i64;
                zx_nanosleep(deadline: i64) -> i32;
                zx_status_get_string(status: i32) -> *const c_char;
                portolan_board_open(name: *const c_char, resource: *mut u32) -> i32;
                portolan_board_fire(resource: u32, line: u32) -> i32;
                portolan_board_get_time(resource: u32, now: *mut i64) -> i32;
                portolan_line_get_counters(resource: u32, line: u32, counters: *mut LineCounters) -> i32;
                portolan_sim_set_pins(resource: u32, pins: u64) -> i32;
                portolan_sim_run(resource: u32, ticks: u64) -> i32;
                mx_port_create(options: u32, out: *mut u32) -> i32;
                mx_port_queue(port: u32, packet: *const c_void, size: usize) -> i32;
                mx_port_wait(port: u32, deadline: u64, packet: *mut c_void, size: usize) -> i32;
                mx_port_bind(port: u32, key: u64, source: u32, signals: u32) -> i32;
                mx_port_cancel(port: u32, source: u32, key: u64) -> i32;
                mx_object_wait_one(handle: u32, signals: u32, deadline: u64, observed: *mut u32) -> i32;
                mx_object_wait_many(items: *mut WaitItem, count: u32, deadline: u64) -> i32;
                mx_object_wait_async(handle: u32, port: u32, key: u64, signals: u32, options: u32) -> i32;
                mx_object_signal(handle: u32, clear: u32, set: u32) -> i32;
                mx_object_signal_peer(handle: u32, clear: u32, set: u32) -> i32;
                mx_object_get_info(
                    handle: u32,
                    topic: u32,
                    buffer: *mut c_void,
                    size: usize,
                    actual: *mut usize,
                    available: *mut usize,
                ) -> i32;
                mx_handle_close(handle: u32) -> i32;
                mx_handle_duplicate(handle: u32, rights: u32, out: *mut u32) -> i32;
                mx_handle_replace(handle: u32, rights: u32, out: *mut u32) -> i32;
                mx_event_create(options: u32, out: *mut u32) -> i32;
                mx_eventpair_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32;
                mx_channel_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32;
                mx_channel_read(
                    channel: u32,
                    options: u32,
                    bytes: *mut c_void,
                    handles: *mut u32,
                    num_bytes: u32,
                    num_handles: u32,
                    actual_bytes: *mut u32,
                    actual_handles: *mut u32,
                ) -> i32;
                mx_channel_write(
                    channel: u32,
                    options: u32,
                    bytes: *const c_void,
                    num_bytes: u32,
                    handles: *const u32,
                    num_handles: u32,
                ) -> i32;
                mx_channel_call(
                    channel: u32,
                    options: u32,
                    deadline: u64,
                    args: *const CallArgs,
                    actual_bytes: *mut u32,
                    actual_handles: *mut u32,
                    read_status: *mut i32,
                ) -> i32;
                mx_interrupt_create(resource: u32, vector: u32, options: u32) -> i32;
                mx_interrupt_complete(interrupt: u32) -> i32;
                mx_interrupt_wait(interrupt: u32) -> i32;
                mx_interrupt_signal(interrupt: u32) -> i32;
                mx_job_create(parent: u32, options: u32, out: *mut u32) -> i32;
                mx_job_set_policy(job: u32, options: u32, topic: u32, policy: *const c_void, count: u32) -> i32;
                mx_time_get(clock: u32) -> u64;
                mx_nanosleep(deadline: u64) -> i32;
                mx_deadline_after(nanoseconds: u64) -> u64;
                mx_ticks_get() -> u64;
                mx_ticks_per_second() -> u64;
                mx_system_get_num_cpus() -> u32;
                mx_system_get_version(version: *mut c_char, length: u32) -> i32;
                mx_system_get_physmem() -> u64;
                mx_status_get_string(status: i32) -> *const c_char;
            }
            $($own)*
        }
    };
}

with_calls!(declare! {});
