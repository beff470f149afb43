//! A board's registers as the driver reaches them, and the one place where a board dies.
//!
//! A board is dead from the first access that fails, or from the first register that reads as ones
//! although it never can. Whoever finds that out records why, and from then on every access fails at
//! once.

use std::sync::{Arc, OnceLock};

use portolan_regs::{control, port};

use crate::device::Device;

/// The board is dead; the reason stands in [`Registers::obituary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dead;

/// Registers of an open board.
pub(crate) struct Registers {
    pub(crate) device: Arc<dyn Device>,
    /// Log2 of the bytes from one port page to the next.
    stride: u32,
    died_of: OnceLock<String>,
}

impl Registers {
    pub(crate) fn new(device: Arc<dyn Device>, stride: u32) -> Self {
        Registers { device, stride, died_of: OnceLock::new() }
    }

    /// Reads a register that may hold any value. Ones are believed of a board that is still there.
    pub(crate) fn read(&self, offset: u32) -> Result<u32, Dead> {
        let word = self.look(offset)?;
        if word == u32::MAX {
            self.live(control::ALIVE)?;
        }
        Ok(word)
    }

    /// Reads a register that has bits which always read as zero.
    pub(crate) fn live(&self, offset: u32) -> Result<u32, Dead> {
        match self.look(offset)? {
            u32::MAX => Err(self.die(format!("register {offset:#x} reads as ones"))),
            word => Ok(word),
        }
    }

    fn look(&self, offset: u32) -> Result<u32, Dead> {
        self.alive()?;
        self.device.read(offset).map_err(|error| self.bury(&error))
    }

    /// Reads two registers of which neither moves: low first.
    pub(crate) fn read_wide(&self, offset: u32) -> Result<u64, Dead> {
        let low = self.read(offset)?;
        Ok(u64::from(low) | u64::from(self.read(offset + 4)?) << 32)
    }

    /// Writes a register.
    pub(crate) fn write(&self, offset: u32, value: u32) -> Result<(), Dead> {
        self.alive()?;
        self.device.write(offset, value).map_err(|error| self.bury(&error))
    }

    /// Writes a register whose effects nobody waits for; a read waits for them.
    pub(crate) fn post(&self, offset: u32, value: u32) -> Result<(), Dead> {
        self.alive()?;
        self.device.post(offset, value).map_err(|error| self.bury(&error))
    }

    /// The offset of a register in a port's page.
    pub(crate) fn page(&self, index: u32, register: u32) -> u32 {
        port::AREA.base + (index << self.stride) + register
    }

    /// Reads a register with always-zero bits in a port's page.
    pub(crate) fn live_page(&self, index: u32, register: u32) -> Result<u32, Dead> {
        self.live(self.page(index, register))
    }

    /// The same for a register in a port's page.
    pub(crate) fn post_page(&self, index: u32, register: u32, value: u32) -> Result<(), Dead> {
        self.post(self.page(index, register), value)
    }

    /// Declares the board dead.
    pub(crate) fn die(&self, why: String) -> Dead {
        // Only the first cause counts.
        let _ = self.died_of.set(why);
        Dead
    }

    /// Declares the board dead of this error.
    pub(crate) fn bury(&self, error: &dyn std::error::Error) -> Dead {
        let mut why = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            why = format!("{why}: {error}");
            cause = error.source();
        }
        self.die(why)
    }

    /// What the board died of; `None` while it lives.
    pub(crate) fn obituary(&self) -> Option<&str> {
        self.died_of.get().map(String::as_str)
    }

    fn alive(&self) -> Result<(), Dead> {
        if self.died_of.get().is_some() { Err(Dead) } else { Ok(()) }
    }
}
