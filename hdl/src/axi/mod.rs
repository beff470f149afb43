//! AXI: how the block is reached from a bus.

mod slave;
mod top;

pub use slave::AxiSlave;
pub use top::AxiTop;
