//! mx_object_get_info (abi section 8.5). Topics that are not here are NOT_SUPPORTED.

use portolan::Status;
use portolan::object::{AsHandle, RawHandle, Rights, ThreadObject};

use crate::info::{Answer, topic};
use crate::table::{get, table, with};
use crate::{Out, calls};

/// MX_OBJ_PROP_WAITABLE.
const WAITABLE: u32 = 1;

/// mx_info_handle_basic_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs, reason = "the names are Magenta's and say all")]
pub struct HandleBasic {
    pub koid: u64,
    pub rights: u32,
    pub kind: u32,
    pub related_koid: u64,
    pub props: u32,
    pub padding1: [u8; 4],
}

/// mx_info_thread_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs, reason = "the names are Magenta's and say all")]
pub struct ThreadInfo {
    pub state: u32,
    pub wait_exception_port_type: u32,
}

const _: () = assert!(size_of::<HandleBasic>() == 32 && size_of::<ThreadInfo>() == 8);

fn handle_basic(handle: RawHandle) -> Result<HandleBasic, Status> {
    with(handle, |handle| {
        let info = handle.basic_info();
        Ok(HandleBasic {
            koid: info.koid,
            rights: info.rights.bits(),
            kind: info.kind as u32,
            related_koid: info.related_koid,
            props: if handle.has_signals() { WAITABLE } else { 0 },
            padding1: [0; 4],
        })
    })
}

/// Magenta's states are the low bytes of Zircon's: in what a thread is blocked it did not tell.
fn thread(handle: RawHandle) -> Result<ThreadInfo, Status> {
    let state = get::<ThreadObject>(handle, Rights::READ)?.state() as u32 & 0xFF;
    Ok(ThreadInfo { state, wait_exception_port_type: 0 })
}

calls! {
    /// Tells what an object or handle is.
    fn get_info = mx_object_get_info(
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
            topic::HANDLE_BASIC => answer.give(handle_basic(handle)?),
            topic::THREAD => answer.give(thread(handle)?),
            _ => Err(Status::NOT_SUPPORTED),
        }
    }
}
