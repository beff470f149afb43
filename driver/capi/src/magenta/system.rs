//! mx_system_*: what this machine is.

use portolan::Status;
use portolan::object::machine;

use crate::system::VERSION;
use crate::{Out, calls, values};

values! {
    /// Processors that this process may use.
    fn num_cpus = mx_system_get_num_cpus() -> u32 { machine::processors() }
    /// Bytes of memory.
    fn physmem = mx_system_get_physmem() -> u64 { machine::physical_memory() }
}

calls! {
    /// The library's name and version, with a zero at the end. BUFFER_TOO_SMALL.
    fn version = mx_system_get_version(buffer: Out<'_, u8>, length: u32) -> Status {
        let version = VERSION.to_bytes_with_nul();
        if (length as usize) < version.len() {
            return Err(Status::BUFFER_TOO_SMALL);
        }
        buffer.put_many(version)
    }
}
