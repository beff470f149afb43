//! zx_system_get_*: what this machine and this library are.

use std::ffi::{CStr, c_char};
use std::sync::OnceLock;

use portolan::object::machine;

use crate::values;

/// The library's name and version.
pub(crate) const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!("portolan ", env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("one zero, at the end"),
    };

/// zx_string_view_t. It lives for ever, and a zero follows it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(missing_docs, reason = "the names are Zircon's and say all")]
pub struct StringView {
    pub c_str: *const c_char,
    pub length: usize,
}

const _: () = assert!(size_of::<StringView>() == 16);

values! {
    /// Processors that this process might use when it first asked: compilers are told that the answer does not change.
    fn num_cpus = zx_system_get_num_cpus() -> u32 {
        static FIRST: OnceLock<u32> = OnceLock::new();
        *FIRST.get_or_init(machine::processors)
    }
    /// Bytes of a page.
    fn page_size = zx_system_get_page_size() -> u32 { machine::page_size() as u32 }
    /// Bytes of memory.
    fn physmem = zx_system_get_physmem() -> u64 { machine::physical_memory() }
    /// Bytes of the smallest line of a data cache; 0 where the processor does not tell programs.
    fn dcache_line_size = zx_system_get_dcache_line_size() -> u32 { machine::cache_line_size() }
    /// The library's name and version: Linux's own is uname's.
    fn version_string = zx_system_get_version_string() -> StringView {
        StringView { c_str: VERSION.as_ptr(), length: VERSION.count_bytes() }
    }
}
