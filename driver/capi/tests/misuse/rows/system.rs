//! zx_system_get_*: they take nothing, and their answers stay.

use std::ffi::CStr;

use portolan_conformance::abi::*;

use crate::calls::c;
use crate::fuzzer::Fuzzer;

pub fn zx_system_get_num_cpus(_: &mut Fuzzer<'_>) -> Option<i32> {
    let count = c!(zx_system_get_num_cpus());
    assert!(count > 0 && count == c!(zx_system_get_num_cpus()), "{count}");
    Some(OK)
}

pub fn zx_system_get_page_size(_: &mut Fuzzer<'_>) -> Option<i32> {
    let size = c!(zx_system_get_page_size());
    assert!(size >= 4096 && size.is_power_of_two(), "{size}");
    Some(OK)
}

pub fn zx_system_get_physmem(_: &mut Fuzzer<'_>) -> Option<i32> {
    let bytes = c!(zx_system_get_physmem());
    assert!(bytes > 1 << 20, "{bytes}");
    Some(OK)
}

pub fn zx_system_get_dcache_line_size(_: &mut Fuzzer<'_>) -> Option<i32> {
    let size = c!(zx_system_get_dcache_line_size());
    let told = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    assert!(if told { size.is_power_of_two() } else { size == 0 }, "{size}");
    Some(OK)
}

pub fn zx_system_get_version_string(_: &mut Fuzzer<'_>) -> Option<i32> {
    let version = c!(zx_system_get_version_string());
    assert!(!version.c_str.is_null());
    // SAFETY: not NULL; the call promises a string that lives for ever.
    let text = unsafe { CStr::from_ptr(version.c_str) };
    assert!(text.count_bytes() == version.length && text.to_bytes().starts_with(b"portolan "), "{text:?}");
    Some(OK)
}
