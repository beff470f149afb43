//! zx_thread_exit, zx_process_exit, and the two functions of zircon/threads.h: what ends, and whose handle it is.
//!
//! A thread of C is known by its pthread_t, which glibc and musl also have as thrd_t. One that has asked for its own handle is
//! registered here until it ends, so that others find that handle; nobody can make a handle of a thread from outside.

use std::collections::HashMap;
use std::ffi::{c_int, c_void};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use portolan::object::RawHandle;

use crate::once_named;
use crate::tasks::{process_self, thread_self};

/// pthread_t and thrd_t: as large as a pointer.
pub type Pthread = usize;

#[allow(unsafe_code, reason = "the C library's functions")]
mod c {
    use super::*;

    unsafe extern "C" {
        pub safe fn pthread_self() -> Pthread;
        pub safe fn _exit(code: c_int) -> !;
    }
    unsafe extern "C-unwind" {
        pub fn pthread_exit(value: *mut c_void) -> !;
    }
}

/// Handles of the threads that have one of themselves.
static THREADS: LazyLock<Mutex<HashMap<Pthread, RawHandle>>> = LazyLock::new(Mutex::default);

fn threads() -> MutexGuard<'static, HashMap<Pthread, RawHandle>> {
    THREADS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The calling thread has this handle of itself, until [`forget`].
pub(crate) fn register(raw: RawHandle) -> Pthread {
    let own = c::pthread_self();
    threads().insert(own, raw);
    own
}

/// The thread ends. It must be the calling one: its pthread_t may be another's when it has ended.
pub(crate) fn forget(own: Pthread) {
    threads().remove(&own);
}

/// What thrd_set_zx_process was told last.
static PROCESS: Mutex<Option<RawHandle>> = Mutex::new(None);

once_named! {
    /// The handle of a thread, as [`thread_self`] gives it to that thread; the caller borrows it. 0 for another thread
    /// that has not asked for it, or that has ended.
    fn handle_of = thrd_get_zx_handle(thread: Pthread) -> RawHandle {
        if thread == c::pthread_self() {
            return thread_self();
        }
        threads().get(&thread).copied().unwrap_or_default()
    }

    /// Remembers the process in which threads are to be made: what it was told before, at first [`process_self`].
    /// There are handles of this process only, so it makes no difference to threads.
    fn set_process = thrd_set_zx_process(process: RawHandle) -> RawHandle {
        let before = PROCESS.lock().unwrap_or_else(PoisonError::into_inner).replace(process);
        before.unwrap_or_else(process_self)
    }
}

/// What the parent is told of a code: its low eight bits, which is all that Linux passes on. A code that is not 0
/// never becomes 0.
fn exit_status(code: i64) -> c_int {
    match (code, code & 0xff) {
        (0, _) => 0,
        (_, 0) => 1,
        (_, low) => low as c_int,
    }
}

/// Ends this process at once: nothing is flushed, and no function of atexit is called.
#[allow(unsafe_code, reason = "the name is Zircon's, and nobody else's")]
#[unsafe(no_mangle)]
pub extern "C" fn zx_process_exit(code: i64) -> ! {
    c::_exit(exit_status(code))
}

/// Ends the calling thread, as pthread_exit does: the process goes on until its last thread has ended.
///
/// # Safety
///
/// The thread's stack is unwound without a panic. So every frame of Rust on it must have nothing to drop, as is so in a
/// thread of C; a closure of `std::thread` must return instead.
#[allow(unsafe_code, reason = "the name is Zircon's, and nobody else's")]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn zx_thread_exit() -> ! {
    // SAFETY: this frame has nothing to drop, and the caller promises the same of the others.
    unsafe { c::pthread_exit(std::ptr::null_mut()) }
}

#[allow(unsafe_code, reason = "as above")]
const _: () = {
    #[unsafe(export_name = "_zx_process_exit")]
    extern "C" fn process_exit_twin(code: i64) -> ! {
        zx_process_exit(code)
    }

    #[unsafe(export_name = "_zx_thread_exit")]
    unsafe extern "C-unwind" fn thread_exit_twin() -> ! {
        // SAFETY: as in `zx_thread_exit`.
        unsafe { zx_thread_exit() }
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_not_zero_never_looks_like_success() {
        let told = [(0, 0), (7, 7), (255, 255), (256, 1), (-1, 255), (-1024, 1), (i64::MIN, 1), (0x1_02, 2)];
        told.into_iter().for_each(|(code, status)| assert_eq!(exit_status(code), status, "{code}"));
    }
}
