//! AXI: how the block is reached from a bus.

mod slave;

pub use slave::AxiSlave;
