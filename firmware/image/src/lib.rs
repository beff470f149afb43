//! Firmware images.
#![forbid(unsafe_code)]
pub mod packages;
