//! Portolan's RTL, in RustHDL, with what turns it into Verilog and what guards it.
#![forbid(unsafe_code)]

pub mod axi;
pub mod lint;
