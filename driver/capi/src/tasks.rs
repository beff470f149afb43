//! zx_process_self, zx_thread_self, zx_job_default: handles that the caller borrows and does not close; and those that no
//! process on Linux has.

use std::cell::RefCell;
use std::sync::OnceLock;

use portolan::object::{Handle, Job, Process, RawHandle, Thread};

use crate::table::table;
use crate::threads::{Pthread, forget, register};
use crate::{once_named, values};

/// A handle that lives as long as its thread.
struct Own {
    raw: RawHandle,
    of: Pthread,
}

impl Own {
    /// Of the calling thread; 0 when the table is full.
    fn new() -> Own {
        let raw = table().insert(Thread::current()).unwrap_or_default();
        Own { raw, of: register(raw) }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        forget(self.of);
        drop(table().remove(self.raw));
    }
}

thread_local! {
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

/// The handle, made when it is first asked for; 0 when the table is full.
fn once(place: &OnceLock<RawHandle>, make: impl FnOnce() -> Handle) -> RawHandle {
    *place.get_or_init(|| table().insert(make()).unwrap_or_default())
}

static PROCESS: OnceLock<RawHandle> = OnceLock::new();
static JOB: OnceLock<RawHandle> = OnceLock::new();

values! {
    /// This process.
    fn process_self = zx_process_self() -> RawHandle { once(&PROCESS, || Process::current().into()) }

    /// The job of this process.
    fn job_default = zx_job_default() -> RawHandle { once(&JOB, || Job::default_job().into()) }

    /// The calling thread. The handle is closed when the thread ends.
    fn thread_self = zx_thread_self() -> RawHandle {
        OWN.try_with(|own| own.borrow_mut().get_or_insert_with(Own::new).raw).unwrap_or_default()
    }

    /// 0: a process on Linux has no address regions.
    fn vmar_root_self = zx_vmar_root_self() -> RawHandle { 0 }
}

once_named! {
    /// 0, whatever it is asked for: nobody gives a process on Linux handles when it starts.
    fn take_startup_handle = zx_take_startup_handle(info: u32) -> RawHandle {
        let _ = info;
        0
    }
}
