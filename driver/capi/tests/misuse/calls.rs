//! The exported functions, as the linker knows them.
//!
//! [`TABLE`] is the table that C programs of the conformance suite fill, whose types a C compiler has checked against the
//! headers: a declaration here that differs from theirs does not compile.

use std::ffi::{c_char, c_void};

use portolan_capi::boards::{BoardInfo, LineCounters};
use portolan_capi::system::StringView;
use portolan_conformance::Table;
use portolan_conformance::abi::{CallArgs, Packet, WaitItem};

macro_rules! calls {
    (
        both { $($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)* }
        here { $($own:ident($($own_arg:ident: $own_ty:ty),*) -> $own_result:ty;)* }
    ) => {
        unsafe extern "C" {
            $(pub fn $name($($arg: $ty),*) -> $result;)*
            $(pub fn $own($($own_arg: $own_ty),*) -> $own_result;)*
        }

        /// What the conformance suite's table has of them.
        pub static TABLE: Table = Table { $($name),* };
    };
}

calls! {
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
        zx_object_get_info(handle: u32, topic: u32, buffer: *mut c_void, size: usize, actual: *mut usize, available: *mut usize) -> i32;
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
        zx_channel_read(channel: u32, options: u32, bytes: *mut c_void, handles: *mut u32, num_bytes: u32, num_handles: u32, actual_bytes: *mut u32, actual_handles: *mut u32) -> i32;
        zx_channel_write(channel: u32, options: u32, bytes: *const c_void, num_bytes: u32, handles: *const u32, num_handles: u32) -> i32;
        zx_channel_call(channel: u32, options: u32, deadline: i64, args: *const CallArgs, actual_bytes: *mut u32, actual_handles: *mut u32) -> i32;
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
        mx_object_get_info(handle: u32, topic: u32, buffer: *mut c_void, size: usize, actual: *mut usize, available: *mut usize) -> i32;
        mx_handle_close(handle: u32) -> i32;
        mx_handle_duplicate(handle: u32, rights: u32, out: *mut u32) -> i32;
        mx_handle_replace(handle: u32, rights: u32, out: *mut u32) -> i32;
        mx_event_create(options: u32, out: *mut u32) -> i32;
        mx_eventpair_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32;
        mx_channel_create(options: u32, out0: *mut u32, out1: *mut u32) -> i32;
        mx_channel_read(channel: u32, options: u32, bytes: *mut c_void, handles: *mut u32, num_bytes: u32, num_handles: u32, actual_bytes: *mut u32, actual_handles: *mut u32) -> i32;
        mx_channel_write(channel: u32, options: u32, bytes: *const c_void, num_bytes: u32, handles: *const u32, num_handles: u32) -> i32;
        mx_channel_call(channel: u32, options: u32, deadline: u64, args: *const CallArgs, actual_bytes: *mut u32, actual_handles: *mut u32, read_status: *mut i32) -> i32;
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
    here {
        zx_ticks_get_boot() -> i64;
        zx_vmar_root_self() -> u32;
        zx_take_startup_handle(info: u32) -> u32;
        zx_system_get_num_cpus() -> u32;
        zx_system_get_page_size() -> u32;
        zx_system_get_physmem() -> u64;
        zx_system_get_dcache_line_size() -> u32;
        zx_system_get_version_string() -> StringView;
        thrd_get_zx_handle(thread: usize) -> u32;
        thrd_set_zx_process(process: u32) -> u32;
        portolan_port_poll(port: u32, descriptor: *mut i32) -> i32;
        portolan_poll_take(descriptor: i32, packet: *mut Packet) -> i32;
        portolan_poll_close(descriptor: i32) -> i32;
        portolan_board_get_info(resource: u32, info: *mut BoardInfo) -> i32;
        portolan_line_get_counters(resource: u32, line: u32, counters: *mut LineCounters) -> i32;
    }
}

/// Calls one of them.
macro_rules! c {
    ($name:ident($($arg:expr),* $(,)?)) => {
        // SAFETY: every pointer is NULL, or of memory that is as large as the call is told, which nobody else uses and
        // which lives until the call returns.
        unsafe { $crate::calls::$name($($arg),*) }
    };
}
pub(crate) use c;
