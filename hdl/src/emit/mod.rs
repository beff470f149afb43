//! From RustHDL to files: Verilog of a top, and what belongs beside it in somebody's design.
//!
//! [`verilog`] is what boards get and what the simulator Verilates, byte for byte. [`package`]
//! adds an instantiation template, constraints, a FuseSoC core file and the register map. Nothing
//! here knows what a top does; names, ports and widths are read from the design itself.

mod constraints;
mod core_file;
mod ports;
mod rates;
mod share;
mod size;
mod template;
mod top;

pub use ports::{Direction, Port, ports};
pub use rates::Rates;
pub use size::{Size, UnsupportedSize};
pub use top::Top;

use portolan_regs::{LAYOUT_HASH, Markdown, VERSION_MAJOR, VERSION_MINOR};
use rust_hdl::prelude::{Block, ModuleDefines, check_all};

/// How the name of the tick register's module ends. No other instance shares that module, so that a
/// simulator can reach the register by it.
pub const TICKS_MODULE: &str = "timebase$ticks";

/// RustHDL refuses a design: a bug of the design, never of the caller.
#[derive(Debug, thiserror::Error)]
#[error("RustHDL refuses the design `{top}`: {problem}")]
pub struct EmitError {
    /// The top.
    pub top: String,
    /// What RustHDL's own checks found, with the signals' names.
    pub problem: String,
}

/// One file of [`package`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, without a folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Verilog (IEEE 1364-2005) of any connected block, its top module called `top`. Equal modules are
/// written once.
///
/// The block must have been through `connect_all`.
pub fn block_verilog(top: &str, block: &dyn Block) -> Result<String, EmitError> {
    check_all(block).map_err(|e| EmitError { top: top.into(), problem: format!("{e:?}") })?;
    let mut defines = ModuleDefines::default();
    block.accept(top, &mut defines);
    Ok(share::share(&defines.defines()))
}

/// Ticks per second that CAP_CLOCK tells unless something else is asked for.
pub const HERTZ: u32 = 100_000_000;

/// The Verilog of a top of this size at [`HERTZ`].
pub fn verilog(top: Top, size: Size) -> String {
    verilog_at(top, size, HERTZ)
}

/// The Verilog of a top of this size, whose core clock makes so many ticks per second; its module is called
/// [`Top::name`].
///
/// # Panics
/// When RustHDL refuses the design, which the tests of this crate rule out for every top and size; and when the UART top
/// cannot make its baud rate from its clock, which [`clocks_per_bit`](crate::uart::clocks_per_bit) tells beforehand.
pub fn verilog_at(top: Top, size: Size, rates: impl Into<Rates>) -> String {
    let name = top.name();
    let rates = rates.into();
    let hertz = rates.hertz;
    let code =
        top.with(size, rates, |design| block_verilog(name, design)).unwrap_or_else(|error| panic!("{error}"));
    format!(
        "// SPDX-License-Identifier: MIT OR Apache-2.0\n\
         // Portolan, {name}: {size}, {hertz} ticks per second.\n\
         // Register map {VERSION_MAJOR}.{VERSION_MINOR}, layout hash 0x{LAYOUT_HASH:08x}.\n\
         // Generated; change hdl/src instead and run `cargo run -p portolan-hdl -- emit` again.\n\
         {code}\n"
    )
}

/// Everything that somebody needs to put a top of this size into a design of his own, whose core clock makes so many
/// ticks per second. Panics as [`verilog_at`].
pub fn package(top: Top, size: Size, rates: impl Into<Rates>) -> Vec<File> {
    let name = top.name();
    let rates = rates.into();
    let ports = top.with(size, rates, |design| ports(name, design));
    let file = |extension: &str, text: String| File { name: format!("{name}.{extension}"), text };
    vec![
        file("v", verilog_at(top, size, rates)),
        file("vh", template::text(top, size, rates, &ports)),
        file("xdc", constraints::text(top, size)),
        file("core", core_file::text(top, size)),
        File { name: "registers.md".into(), text: Markdown.to_string() },
    ]
}
