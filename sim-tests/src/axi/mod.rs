//! An AXI4-Lite master that checks the slave while it drives it.
//!
//! Here is what a test sees of it: timings, answers and errors. `channel` is one channel of one access,
//! `master` the accesses. [`memory`] is the other way: the slave that a block with rings writes to, whose
//! writes [`burst`] checks. [`AxiDoor`] is a block with all of it. [`bursts`] is a master of AXI3, for the top that has such
//! a slave.
//!
//! Pure logic, one step per cycle: [`Master::drive`] before the clock's low half sets the inputs,
//! [`Master::observe`] after it takes the outputs that the edge finds. One read and one write may be under
//! way at once. With [`Timing`] the master idles before it asserts valid and holds back ready, at random
//! from a seed or by fixed numbers, so that address and data of a write come in any order.
//!
//! The rules are those of ARM IHI 0022 (AXI4, sections A3.2 and A3.3, B1.1 for AXI4-Lite); a slave that
//! breaks one gets a [`BusError`], and every later step returns it again.

pub mod burst;
pub mod bursts;
mod channel;
mod door;
mod master;
pub mod memory;
#[cfg(test)]
mod tests;

pub use door::AxiDoor;
pub use master::{DEFAULT_LIMIT, Master};

/// What the slave did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// An access did not end in time.
    #[error("{access} has not ended after {cycles} cycles: {waits_for}")]
    Timeout {
        /// Which access, with its address.
        access: String,
        /// How many cycles it was given.
        cycles: u32,
        /// What the master waits for.
        waits_for: &'static str,
    },
    /// A rule of the protocol was broken.
    #[error("the block broke a rule of AXI: {rule} (ARM IHI 0022, {section})")]
    Violation {
        /// The rule.
        rule: &'static str,
        /// Where it is written.
        section: &'static str,
    },
}

/// A slave's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// OKAY.
    Okay,
    /// SLVERR: the slave refuses the access.
    SlaveError,
    /// DECERR: nobody lives at the address.
    DecodeError,
}

/// When the master is ready and valid. Counted in cycles.
#[derive(Clone, Debug)]
pub enum Timing {
    /// Never idle, always ready: every access takes the slave's own time.
    Fast,
    /// Fixed idle cycles before valid on each channel, and cycles that the master lets a response wait.
    Fixed {
        /// Idle before the write address.
        aw: u32,
        /// Idle before the write data.
        w: u32,
        /// Idle before the read address.
        ar: u32,
        /// How long a write response waits.
        b: u32,
        /// How long read data wait.
        r: u32,
    },
    /// 0 to `longest` cycles at random, anew for each channel of each access.
    Random {
        /// The seed.
        seed: u64,
        /// The longest idle time.
        longest: u32,
    },
}
