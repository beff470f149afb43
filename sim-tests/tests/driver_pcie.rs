//! The driver's tests on the board behind a PCIe root complex, whose packets come by rings and messages.

mod driver;

const TOP: portolan_sim::Top = portolan_sim::Top::Pcie;
