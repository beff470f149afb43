//! PCIe: how the block is reached through the 7-series integrated block (docs/pcie.md).
//!
//! On the PCIe clock: `receive` and `send` beside the streams, `interrupt` for INTx. On the core clock:
//! `completer`, which turns requests into accesses of the register bus, `requester`, which turns bursts to host
//! memory into requests, and `msix`, whose
//! messages are such requests, and `turns`, by which completer and requester share what goes out. Between the clocks two `fifo`s, which
//! `restart` clears on both sides together.

mod completer;
mod cross_memory;
mod fifo;
mod interrupt;
mod msix;
mod pins;
mod receive;
mod request;
mod requester;
mod restart;
mod send;
mod swap;
mod top;
mod turns;
mod word;

pub use fifo::CrossFifo;
pub use msix::Msix;
pub use pins::PcieModel;
pub use requester::Requester;
pub use restart::Restart;
pub use top::PcieTop;
pub use turns::Turns;
