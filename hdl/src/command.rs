//! What the server can be told about one line: by the register bus, or by a queue that was popped.

use rust_hdl::prelude::*;

/// One command. Exactly one flag is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Command {
    /// Bind to `port` with `generation`; a bound line moves there.
    pub bind: Bit,
    /// Unbind, if `generation` is current.
    pub unbind: Bit,
    /// Acknowledge, if `generation` is current.
    pub ack: Bit,
    /// An edge packet of the line left its queue.
    pub pop_edge: Bit,
    /// A gap record of the line left its queue.
    pub pop_gap: Bit,
    /// With one of the last two: it was not delivered, its edge counts as discarded.
    pub failed: Bit,
    /// Nobody waits for `command_done`.
    pub unattended: Bit,
    /// Copy the counters to the snapshot registers.
    pub snapshot: Bit,
    /// Forget the binding and what waits; what was queued is gone.
    pub reset: Bit,
    /// Generation of the binding.
    pub generation: Bits<16>,
    /// Port to bind to.
    pub port: Bits<4>,
}
