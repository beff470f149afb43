//! Calls that Zircon has, that the headers declare, and that are not there: NOT_SUPPORTED, whatever the arguments.
//!
//! The list in docs/zircon.md is kept equal to this one by a test. Magenta's list is beside its other calls.

use std::ffi::{c_char, c_void};

use portolan::Status;

type Handle = u32;

/// Defines such calls, and the list of their names.
macro_rules! absent {
    ($($zx:ident = $name:ident($($ty:ty),*);)*) => {
        /// The names of the calls that are not there.
        pub const NAMES: &[&str] = &[$(stringify!($zx)),*];
        $($crate::absent::absent!(@one $zx $name ($($ty),*) (a b c d e f g h) ());)*
    };
    (@one $zx:ident $name:ident ($ty:ty $(, $rest:ty)*) ($arg:ident $($args:tt)*) ($($done:tt)*)) => {
        $crate::absent::absent!(@one $zx $name ($($rest),*) ($($args)*) ($($done)* ($arg: $ty)));
    };
    (@one $zx:ident $name:ident () ($($args:tt)*) ($(($arg:ident: $ty:ty))*)) => {
        $crate::calls! {
            /// NOT_SUPPORTED.
            fn $name = $zx($($arg: $ty),*) -> Status {
                $(let _ = $arg;)*
                Err(Status::NOT_SUPPORTED)
            }
        }
    };
}

pub(crate) use absent;

absent! {
    zx_object_get_property = object_get_property(Handle, u32, *mut c_void, usize);
    zx_object_set_property = object_set_property(Handle, u32, *const c_void, usize);
    zx_object_get_child = object_get_child(Handle, u64, u32, *mut Handle);
    zx_object_set_profile = object_set_profile(Handle, Handle, u32);
    zx_channel_read_etc =
        channel_read_etc(Handle, u32, *mut c_void, *mut c_void, u32, u32, *mut u32, *mut u32);
    zx_channel_write_etc = channel_write_etc(Handle, u32, *const c_void, u32, *mut c_void, u32);
    zx_channel_call_etc = channel_call_etc(Handle, u32, i64, *mut c_void, *mut u32, *mut u32);
    zx_job_set_critical = job_set_critical(Handle, u32, Handle);
    zx_task_kill = task_kill(Handle);
    zx_task_suspend = task_suspend(Handle, *mut Handle);
    zx_task_suspend_token = task_suspend_token(Handle, *mut Handle);
    zx_task_create_exception_channel = task_create_exception_channel(Handle, u32, *mut Handle);
    zx_thread_create = thread_create(Handle, *const c_char, usize, u32, *mut Handle);
    zx_thread_start = thread_start(Handle, usize, usize, usize, usize);
    zx_clock_create = clock_create(u64, *const c_void, *mut Handle);
    zx_clock_read = clock_read(Handle, *mut i64);
    zx_clock_update = clock_update(Handle, u64, *const c_void);
    zx_clock_get_details = clock_get_details(Handle, u64, *mut c_void);
    zx_system_get_features = system_get_features(u32, *mut u32);
    zx_system_get_event = system_get_event(Handle, u32, *mut Handle);
    zx_resource_create = resource_create(Handle, u32, u64, usize, *const c_char, usize, *mut Handle);
    zx_msi_allocate = msi_allocate(Handle, u32, *mut Handle);
    zx_msi_create = msi_create(Handle, u32, u32, Handle, usize, *mut Handle);
    zx_guest_set_trap = guest_set_trap(Handle, u32, usize, usize, Handle, u64);
    zx_pager_create_vmo = pager_create_vmo(Handle, u32, Handle, u64, u64, *mut Handle);
}
