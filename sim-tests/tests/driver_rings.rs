//! The driver's tests on the board on AXI4-Lite that writes its packets to rings in host memory.

mod driver;

const TOP: portolan_sim::Top = portolan_sim::Top::AxiRings;
