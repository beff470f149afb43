//! Calls that Magenta has, that the headers declare, and that are not there: NOT_SUPPORTED, whatever the arguments.
//!
//! The list in docs/magenta.md is kept equal to this one by a test.

use std::ffi::c_void;

use portolan::Status;

use crate::absent::absent;

type Handle = u32;

absent! {
    mx_object_get_property = object_get_property(Handle, u32, *mut c_void, usize);
    mx_object_set_property = object_set_property(Handle, u32, *const c_void, usize);
    mx_object_get_child = object_get_child(Handle, u64, u32, *mut Handle);
    mx_object_set_cookie = object_set_cookie(Handle, Handle, u64);
    mx_object_get_cookie = object_get_cookie(Handle, Handle, *mut u64);
    mx_task_bind_exception_port = task_bind_exception_port(Handle, Handle, u64, u32);
    mx_task_kill = task_kill(Handle);
    mx_task_suspend = task_suspend(Handle);
    mx_task_resume = task_resume(Handle, u32);
    mx_waitset_create = waitset_create(u32, *mut Handle);
    mx_waitset_add = waitset_add(Handle, u64, Handle, u32);
    mx_waitset_remove = waitset_remove(Handle, u64);
    mx_waitset_wait = waitset_wait(Handle, u64, *mut c_void, *mut u32);
}
