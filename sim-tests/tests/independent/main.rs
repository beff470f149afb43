//! Models that others wrote beside ours: cocotbext-axi against the Verilog that boards get, and against our own AXI
//! models; cocotbext-pcie's TLP class against ours.
//!
//! What we call legal they must, and the other way about; a fault on the wires both must find. Python and the models are
//! those of scripts/setup. The Python programs beside this file know docs/registers.md and nothing of the crates.

mod buses;
mod environment;
mod models;
mod netlist;
mod packets;
#[path = "../../../hdl/tests/tools/skip.rs"]
mod skip;
mod trace;
mod wires;
