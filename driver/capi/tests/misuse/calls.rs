//! The exported functions, as the linker knows them.
//!
//! Those of the conformance suite, whose types a C compiler has checked against the headers, and the others.

use std::ffi::{c_char, c_void};

use portolan_capi::boards::BoardInfo;
use portolan_capi::system::StringView;
use portolan_conformance::Table;
use portolan_conformance::abi::{CallArgs, LineCounters, Packet, WaitItem};

macro_rules! declare {
    (
        both { $($name:ident($($arg:ident: $ty:ty),* $(,)?) -> $result:ty;)* }
        here { $($own:ident($($own_arg:ident: $own_ty:ty),*) -> $own_result:ty;)* }
    ) => {
        unsafe extern "C" {
            $(pub fn $name($($arg: $ty),*) -> $result;)*
            $(pub fn $own($($own_arg: $own_ty),*) -> $own_result;)*
        }

        /// Those of the conformance suite.
        pub static TABLE: Table = Table { $($name),* };
    };
}

portolan_conformance::with_calls!(declare! {
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
    }
});

/// Calls one of them.
macro_rules! c {
    ($name:ident($($arg:expr),* $(,)?)) => {
        // SAFETY: every pointer is NULL, or of memory that is as large as the call is told, which nobody else uses and
        // which lives until the call returns.
        unsafe { $crate::calls::$name($($arg),*) }
    };
}
pub(crate) use c;
