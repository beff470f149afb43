//! zx_object_get_info (abi section 4).
//!
//! Topics that are not here are NOT_SUPPORTED.

use portolan::Status;
use portolan::object::{AsHandle, RawHandle, Rights, ThreadObject, TimerObject};

use crate::table::{get, table, with};
use crate::{Out, calls};

/// ZX_INFO_*.
pub mod topic {
    #![allow(missing_docs, reason = "the names are Zircon's and say all")]
    pub const HANDLE_VALID: u32 = 1;
    pub const HANDLE_BASIC: u32 = 2;
    pub const THREAD: u32 = 10;
    pub const HANDLE_COUNT: u32 = 19;
    pub const TIMER: u32 = 25;
}

/// zx_info_handle_basic_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs, reason = "the names are Zircon's and say all")]
pub struct HandleBasic {
    pub koid: u64,
    pub rights: u32,
    pub kind: u32,
    pub related_koid: u64,
    pub reserved: u32,
    pub padding1: [u8; 4],
}

/// zx_info_thread_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs, reason = "the names are Zircon's and say all")]
pub struct ThreadInfo {
    pub state: u32,
    pub wait_exception_channel_type: u32,
    pub cpu_affinity_mask: [u64; 8],
}

/// zx_info_timer_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs, reason = "the names are Zircon's and say all")]
pub struct Timer {
    pub options: u32,
    pub clock_id: u32,
    pub deadline: i64,
    pub slack: i64,
}

const _: () =
    assert!(size_of::<HandleBasic>() == 32 && size_of::<ThreadInfo>() == 72 && size_of::<Timer>() == 24);

/// Where an answer goes.
pub(crate) struct Answer<'a> {
    pub(crate) buffer: Out<'a, u8>,
    pub(crate) size: usize,
    pub(crate) actual: Out<'a, usize>,
    pub(crate) available: Out<'a, usize>,
}

impl Answer<'_> {
    /// One record: a buffer that is too small is told how many there are.
    pub(crate) fn give<T: Copy>(&self, record: T) -> Result<(), Status> {
        let fits = self.size >= size_of::<T>();
        if fits {
            self.buffer.cast::<T>().put(record)?;
        }
        self.actual.put_if_wanted(usize::from(fits));
        self.available.put_if_wanted(1);
        if fits { Ok(()) } else { Err(Status::BUFFER_TOO_SMALL) }
    }
}

fn basic(handle: RawHandle) -> Result<HandleBasic, Status> {
    let info = with(handle, |handle| Ok(handle.basic_info()))?;
    Ok(HandleBasic {
        koid: info.koid,
        rights: info.rights.bits(),
        kind: info.kind as u32,
        related_koid: info.related_koid,
        ..HandleBasic::default()
    })
}

fn thread(handle: RawHandle) -> Result<ThreadInfo, Status> {
    let thread = get::<ThreadObject>(handle, Rights::INSPECT)?;
    let (state, cpu_affinity_mask) = (thread.state() as u32, thread.affinity());
    Ok(ThreadInfo { state, wait_exception_channel_type: 0, cpu_affinity_mask })
}

fn timer(handle: RawHandle) -> Result<Timer, Status> {
    let info = get::<TimerObject>(handle, Rights::INSPECT)?.info();
    let (options, clock_id) = (info.mode as u32, info.clock as u32);
    Ok(Timer { options, clock_id, deadline: info.deadline, slack: info.slack })
}

calls! {
    /// Tells what an object or handle is.
    fn get_info = zx_object_get_info(
        handle: RawHandle,
        topic: u32,
        buffer: Out<'_, u8>,
        size: usize,
        actual: Out<'_, usize>,
        available: Out<'_, usize>,
    ) -> Status {
        let answer = Answer { buffer, size, actual, available };
        match topic {
            // The policy for bad handles is not asked.
            topic::HANDLE_VALID => table().with(handle, |_| ()),
            topic::HANDLE_BASIC => answer.give(basic(handle)?),
            topic::HANDLE_COUNT => answer.give(with(handle, |handle| handle.handle_count())?),
            topic::THREAD => answer.give(thread(handle)?),
            topic::TIMER => answer.give(timer(handle)?),
            _ => Err(Status::NOT_SUPPORTED),
        }
    }
}
