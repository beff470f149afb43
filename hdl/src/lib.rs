//! Portolan's RTL, in RustHDL, with what turns it into Verilog and what guards it.
//!
//! A pin's way: `lines` (synchroniser, filter, edges) → `server` (stamp, room, loss) → `queue` →
//! `read` and `write` (the register bus) → `axi`, `pcie` or `uart`. `block` joins them; `notify` raises the interrupt.
#![forbid(unsafe_code)]

pub mod axi;
pub mod emit;
pub mod lint;
pub mod pcie;
pub mod uart;

mod age;
mod arbiter;
mod banks;
mod block;
mod command;
mod control;
mod decide;
mod decode;
mod edges;
mod latch;
mod ledger;
mod lines;
mod macros;
mod memory;
mod moderation;
mod notify;
mod pick;
mod places;
mod queue;
mod read;
mod reset;
mod ring;
mod row;
mod server;
mod settings;
mod slot;
mod snapshot;
mod stamps;
mod synchroniser;
mod table;
mod tally;
mod target;
mod timebase;
mod words;
mod write;
