//! The driver's tests on the board on AXI4-Lite, whose packets are pulled.

mod driver;

const TOP: portolan_sim::Top = portolan_sim::Top::Axi;
