//! The Verilated PCIe top under a root complex that checks everything it sends.
//!
//! PORTOLAN_SEED repeats a random test; PORTOLAN_SOAK=1 makes them longer.

mod board;
mod completer;
mod interrupts;
mod msix;
mod power;
mod refused;
#[path = "../common/registers.rs"]
mod registers;
mod restarts;
mod rings;
mod throughput;

use portolan_sim::pcie::root::Link;

/// Rounds of a random test: many times more in a soak.
fn rounds(usual: u32) -> u32 {
    if std::env::var_os("PORTOLAN_SOAK").is_some() { 50 * usual } else { usual }
}

/// Links that differ in the ratio of the clocks, idle cycles and back-pressure.
fn links() -> [Link; 6] {
    [
        Link::default(),
        Link { core_period: 10, user_period: 16, offer: 16, take: 16 },
        Link { core_period: 10, user_period: 7, offer: 8, take: 8 },
        Link { core_period: 100, user_period: 13, offer: 16, take: 3 },
        Link { core_period: 13, user_period: 100, offer: 3, take: 16 },
        Link { core_period: 10, user_period: 10, offer: 4, take: 12 },
    ]
}
