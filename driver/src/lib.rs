//! Zircon-style ports and interrupts on Linux, in software and on Portolan boards.

pub mod device;
