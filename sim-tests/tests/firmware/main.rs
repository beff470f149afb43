//! The firmware's server on the Verilated block's registers, with a host at the other end of a line of 12.5 Mbaud.
//!
//! Only the processor is not there: what its program does, turn by turn, is done here.

mod bench;
mod operations;
mod packets;
