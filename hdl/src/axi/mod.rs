//! AXI: how the block is reached from a bus.

mod axi3_slave;
mod burst;
mod pins;
mod rings_top;
mod slave;
mod top;
mod writer;
mod zynq_top;

pub use axi3_slave::Axi3Slave;
pub use pins::{AxiModel, settle};
pub use rings_top::AxiRingsTop;
pub use slave::AxiSlave;
pub use top::AxiTop;
pub use writer::AxiWriter;
pub use zynq_top::ZynqTop;
