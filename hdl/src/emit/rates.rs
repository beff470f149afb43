//! How fast a top is clocked, and how fast it talks.

use portolan_regs::uart::BAUD;

use super::HERTZ;

/// Rates that a top is made for. From a number of ticks per second, the baud rate is [`BAUD`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Ticks per second: what CAP_CLOCK tells.
    pub hertz: u32,
    /// Bits per second of the UART top's serial line.
    pub baud: u32,
}

impl Default for Rates {
    fn default() -> Rates {
        HERTZ.into()
    }
}

impl From<u32> for Rates {
    fn from(hertz: u32) -> Rates {
        Rates { hertz, baud: BAUD }
    }
}
