//! A serial line to the registers: frames of docs/uart.md on one side, an AXI4-Lite master on the other.
//!
//! A byte's way: `receiver` (pin to bytes) → `requests` (bytes to checked requests) → `bridge` (what is done, once) →
//! AXI4-Lite; and back: `bridge` → `answers` (answer to bytes, with `crc`) → `transmitter` (bytes to pin). `top` joins the
//! bridge with the AXI top.

mod answers;
mod bridge;
mod crc;
mod pins;
mod rate;
mod receiver;
mod requests;
mod top;
mod transmitter;

pub use bridge::Bridge;
pub use pins::UartModel;
pub use rate::{RateError, clocks_per_bit};
pub use receiver::Receiver;
pub use top::UartTop;
pub use transmitter::Transmitter;
