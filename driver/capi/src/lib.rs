//! libportolan: Zircon's port calls, and Magenta's, for C and C++ programs on Linux.
//!
//! Every call of `include/zircon/` is a function here, under `zx_NAME` and `_zx_NAME`; `portolan.h` has the
//! few that are Portolan's own, and what ends a thread or the process is in [`threads`]. Calls of
//! `include/magenta/` are in [`magenta`], under `mx_NAME` and `_mx_NAME`. A call resolves its handles in one table of the
//! process, in the order of errors that Zircon's kernel has (spec sections B to K), and does the rest with the objects
//! of the crate `portolan`. Pointers are checked for NULL where the kernel would find them unreadable; any other bad
//! pointer is the caller's fault, as in any C library.
//!
//! The same functions can be called from Rust, by their Rust names and with a `Result`: so the conformance suite runs
//! in the process as well as through the shared library. Pointers are [`In`] and [`Out`], which only `unsafe` code
//! makes.
//!
//! Job policy is asked here, and not by the constructors of the crate `portolan`.

#![deny(unsafe_code)]

pub mod absent;
pub mod boards;
pub mod channels;
pub mod clocks;
pub mod handles;
pub mod info;
pub mod interrupts;
pub mod jobs;
pub mod magenta;
#[allow(unsafe_code, reason = "C's pointers are read and written here")]
mod memory;
pub mod objects;
pub mod polls;
pub mod ports;
pub mod status;
pub mod system;
mod table;
pub mod tasks;
pub mod threads;
pub mod waits;

pub use memory::{In, Out};

/// Defines calls: a Rust function, and for C the same under Zircon's or Magenta's two names.
macro_rules! calls {
    ($($(#[$doc:meta])* fn $name:ident = $zx:ident($($arg:ident: $ty:ty),* $(,)?) -> Status $body:block)*) => {
        $(
            $(#[$doc])*
            #[allow(clippy::too_many_arguments, reason = "Zircon's call has as many")]
            pub fn $name($($arg: $ty),*) -> Result<(), Status> $body

            #[doc = concat!("[`", stringify!($name), "()`] for C.")]
            #[allow(unsafe_code, reason = "the name is Zircon's, and nobody else's")]
            #[allow(clippy::too_many_arguments, reason = "as above")]
            #[unsafe(no_mangle)]
            pub extern "C" fn $zx($($arg: $ty),*) -> i32 {
                match $name($($arg),*) {
                    Ok(()) => 0,
                    Err(status) => status.into_raw(),
                }
            }

            const _: () = {
                #[allow(unsafe_code, reason = "as above")]
                #[allow(clippy::too_many_arguments, reason = "as above")]
                #[unsafe(export_name = concat!("_", stringify!($zx)))]
                extern "C" fn twin($($arg: $ty),*) -> i32 {
                    $zx($($arg),*)
                }
            };
        )*
    };
}
/// Defines functions that return a value and cannot fail, under the one name that Zircon has for them.
macro_rules! once_named {
    ($($(#[$doc:meta])* fn $name:ident = $zx:ident($($arg:ident: $ty:ty),*) -> $result:ty $body:block)*) => {
        $(
            $(#[$doc])*
            pub fn $name($($arg: $ty),*) -> $result $body

            #[doc = concat!("[`", stringify!($name), "()`] for C.")]
            #[allow(unsafe_code, reason = "the name is Zircon's, and nobody else's")]
            #[unsafe(no_mangle)]
            pub extern "C" fn $zx($($arg: $ty),*) -> $result {
                $name($($arg),*)
            }
        )*
    };
}
/// Defines calls that return a value and cannot fail.
macro_rules! values {
    ($($(#[$doc:meta])* fn $name:ident = $zx:ident($($arg:ident: $ty:ty),*) -> $result:ty $body:block)*) => {
        $crate::once_named! {
            $($(#[$doc])* fn $name = $zx($($arg: $ty),*) -> $result $body)*
        }
        $(
            const _: () = {
                #[allow(unsafe_code, reason = "as above")]
                #[unsafe(export_name = concat!("_", stringify!($zx)))]
                extern "C" fn twin($($arg: $ty),*) -> $result {
                    $zx($($arg),*)
                }
            };
        )*
    };
}
/// Defines calls that are Portolan's own: functions for C, under their one name.
macro_rules! own_calls {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> Status $body:block)*) => {
        $(
            $(#[$doc])*
            #[allow(unsafe_code, reason = "the name is Portolan's")]
            #[unsafe(no_mangle)]
            pub extern "C" fn $name($($arg: $ty),*) -> i32 {
                let call = move || -> Result<(), Status> { $body };
                call().err().unwrap_or(Status::OK).into_raw()
            }
        )*
    };
}
pub(crate) use {calls, once_named, own_calls, values};
