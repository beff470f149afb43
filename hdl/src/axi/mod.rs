//! AXI: how the block is reached from a bus.

mod pins;
mod slave;
mod top;

pub use pins::{AxiModel, settle};
pub use slave::AxiSlave;
pub use top::AxiTop;
