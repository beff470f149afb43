//! zx_thread_exit, zx_process_exit, and the functions of zircon/threads.h.

use std::ffi::{c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

use portolan_conformance::abi::*;

use super::jobs;
use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::pool::kind;

/// Threads and processes take long to make: one in so many picks does.
const SELDOM: usize = 16;

/// The C library's, and those of this library that do not return.
mod ends {
    use super::*;

    unsafe extern "C" {
        pub fn pthread_self() -> usize;
        pub fn pthread_create(
            thread: *mut usize,
            attributes: *const c_void,
            start: extern "C-unwind" fn(*mut c_void) -> *mut c_void,
            argument: *mut c_void,
        ) -> c_int;
        pub fn pthread_join(thread: usize, value: *mut *mut c_void) -> c_int;
        pub fn fork() -> c_int;
        pub fn waitpid(child: c_int, status: *mut c_int, options: c_int) -> c_int;
        pub fn zx_process_exit(code: i64) -> !;
    }
    unsafe extern "C-unwind" {
        /// Declared as if it might return, so that it is noticed if it does.
        pub fn zx_thread_exit();
    }
}

pub fn thrd_get_zx_handle(f: &mut Fuzzer<'_>) -> Option<i32> {
    // SAFETY: it takes nothing, and cannot fail.
    let own = unsafe { ends::pthread_self() };
    // Addresses of no thread: they are numbers to the call, which looks at nothing behind them.
    let other = own ^ (1 + f.dice.below(7));
    assert_eq!(c!(thrd_get_zx_handle(other)), 0);
    let raw = c!(thrd_get_zx_handle(own));
    assert_eq!(raw, c!(zx_thread_self()));
    jobs::borrowed(f, raw, c!(thrd_get_zx_handle(own)), kind::THREAD)
}

/// It remembers any number, and says which the last was; threads do not share it in a run of several.
pub fn thrd_set_zx_process(f: &mut Fuzzer<'_>) -> Option<i32> {
    let process = if f.dice.one_in(2) { f.pick(Some(kind::PROCESS)).raw } else { f.dice.number32() };
    c!(thrd_set_zx_process(process));
    let own = c!(zx_process_self());
    let last = c!(thrd_set_zx_process(own));
    assert!(!f.setting.alone || last == process, "{last:#x}, not {process:#x}");
    Some(OK)
}

/// A thread that says what its handle is, and ends by zx_thread_exit when it may.
struct Guest {
    handle: AtomicU32,
    may_end: AtomicBool,
    survived: AtomicBool,
}

extern "C-unwind" fn stay(argument: *mut c_void) -> *mut c_void {
    // SAFETY: the row keeps it until the thread has ended.
    let guest = unsafe { &*argument.cast::<Guest>() };
    guest.handle.store(c!(zx_thread_self()), SeqCst);
    while !guest.may_end.load(SeqCst) {
        std::thread::yield_now();
    }
    // SAFETY: a thread of C; nothing on its stack has anything to drop.
    unsafe { ends::zx_thread_exit() };
    guest.survived.store(true, SeqCst);
    null_mut()
}

pub fn zx_thread_exit(f: &mut Fuzzer<'_>) -> Option<i32> {
    if !f.dice.one_in(SELDOM) {
        return None;
    }
    let guest = Guest {
        handle: AtomicU32::new(0),
        may_end: AtomicBool::new(false),
        survived: AtomicBool::new(false),
    };
    let mut thread = 0;
    // SAFETY: the guest lives until the thread is joined, below.
    let made =
        unsafe { ends::pthread_create(&mut thread, null(), stay, (&raw const guest).cast_mut().cast()) };
    assert_eq!(made, 0);
    while guest.handle.load(SeqCst) == 0 {
        std::thread::yield_now();
    }
    let raw = guest.handle.load(SeqCst);
    let found = c!(thrd_get_zx_handle(thread));
    let mut watched = 0;
    let duplicated = c!(zx_handle_duplicate(raw, right::SAME, &mut watched));
    guest.may_end.store(true, SeqCst);
    // SAFETY: it was made above, and is joined once.
    let joined = unsafe { ends::pthread_join(thread, null_mut()) };
    assert_eq!((joined, found, duplicated), (0, raw, OK));
    assert!(!guest.survived.load(SeqCst), "zx_thread_exit returned");
    let mut observed = 0;
    assert_eq!(
        (c!(zx_object_wait_one(watched, SIGNALED, 0, &mut observed)), observed & SIGNALED),
        (OK, SIGNALED)
    );
    assert_eq!(c!(zx_handle_close(watched)), OK);
    // Other threads of the run may have made a thread at the same address, and a handle with the same number.
    assert!(!f.setting.alone || c!(thrd_get_zx_handle(thread)) == 0 && f.describe(raw).is_none());
    Some(OK)
}

pub fn zx_process_exit(f: &mut Fuzzer<'_>) -> Option<i32> {
    if !f.dice.one_in(SELDOM) {
        return None;
    }
    let code = if f.dice.one_in(2) { f.dice.number64() } else { f.dice.below(512) as i64 };
    // SAFETY: the child does nothing but the call, which takes no lock and no memory.
    let child = unsafe { ends::fork() };
    if child == 0 {
        // SAFETY: it takes no pointer.
        unsafe { ends::zx_process_exit(code) }
    }
    let mut status = -1;
    // SAFETY: the status is written by this call alone.
    let waited = unsafe { ends::waitpid(child, &mut status, 0) };
    assert!(child > 0 && waited == child, "{child}, {waited}");
    let low = (code & 0xff) as i32;
    let told = if low == 0 && code != 0 { 1 } else { low };
    // Bits 15 to 8 of a status are the code, bits 6 to 0 the signal.
    assert_eq!(status, told << 8, "{code} is told as {status:#x}");
    Some(OK)
}
