//! The conformance suite: the rules of Zircon's ports, one case each or several, written once.
//!
//! A case sees nothing but [`Calls`]: Zircon's and Magenta's calls as they are in C. Two things implement them:
//!
//! - [`Table`], a table of C function pointers, which a C program fills from the headers and the shared library that
//!   it is linked with (`driver/capi/tests/conformance.c`);
//! - the Rust functions of `portolan-capi` in the process of a test (`driver/capi/tests/conformance.rs`).
//!
//! This crate depends on neither. [`Zx`] and [`Mx`] are what cases use: the same calls with results in place of
//! pointers. Cases about interrupts run on a virtual interrupt and on a line of each simulated board of [`BOARDS`]
//! ([`subject`]).
//! `docs/conformance.md` names the cases of each rule, and a test keeps it true.

pub mod abi;
mod calls;
pub mod cases;
mod channels;
mod mx;
mod run;
pub mod subject;
mod threads;
mod zx;

pub use calls::{Calls, Table};
pub use cases::{CASES, Case, Ends, Run};
pub use mx::Mx;
pub use run::{BOARDS, Report, run, run_alone, run_on};
pub use zx::Zx;
