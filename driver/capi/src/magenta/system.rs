//! mx_system_*: what this machine is.

use portolan::Status;
use portolan::object::magenta;

use crate::{Out, calls, values};

/// What mx_system_get_version says.
const VERSION: &str = concat!("portolan ", env!("CARGO_PKG_VERSION"), "\0");

values! {
    /// Processors that this process may use.
    fn num_cpus = mx_system_get_num_cpus() -> u32 { magenta::processors() }
    /// Bytes of memory.
    fn physmem = mx_system_get_physmem() -> u64 { magenta::physical_memory() }
}

calls! {
    /// The library's name and version, with a zero at the end. BUFFER_TOO_SMALL.
    fn version = mx_system_get_version(buffer: Out<'_, u8>, length: u32) -> Status {
        if (length as usize) < VERSION.len() {
            return Err(Status::BUFFER_TOO_SMALL);
        }
        buffer.put_many(VERSION.as_bytes())
    }
}
