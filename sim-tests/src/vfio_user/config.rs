//! Configuration space of the card: bytes, which of them a host may write, and what follows from that.
//!
//! As the 7-series integrated block shows a function with power management, PCI Express, MSI-X and Advanced Error
//! Reporting. Sources: **Base**, *PCI Express Base Specification, Revision 3.0*; **PCI**, *PCI Local Bus Specification,
//! Revision 3.0*; **PM**, *PCI Bus Power Management Interface Specification, Revision 1.2*. Pure: what the block behind it
//! is told is the [card's](super::card) business.

use portolan_regs::pci::{self, capability, command, config, msix, power};
use portolan_regs::{pending, vector};

/// Bytes of the space.
const BYTES: usize = config::BYTES as usize;

/// Where the capabilities are: the integrated block's own places.
const POWER: u64 = 0x40;
const EXPRESS: u64 = 0x60;
const MSIX: u64 = 0x9c;
const ERRORS: u64 = config::EXTENDED;

/// Bits of Status: INTx is asserted; there are capabilities.
const INTERRUPT_STATUS: u16 = 1 << 3;
const CAPABILITIES: u16 = 1 << 4;
/// Those that a one clears: detected and signaled errors (Base 7.5.1.2).
const STATUS_ERRORS: u16 = 0xf900;
/// Command bits that are there: memory, bus master, parity, SERR#, Interrupt Disable (Base 7.5.1.1).
const COMMAND_BITS: u16 =
    command::MEMORY | command::BUS_MASTER | 1 << 6 | 1 << 8 | command::INTERRUPT_DISABLE;

/// Power Management Control/Status, from its capability (PM 3.2.4).
const POWER_CONTROL: u64 = POWER + power::CONTROL;
/// What was set up stays in D3hot.
const NO_SOFT_RESET: u16 = 1 << 3;

/// Device Control and Status, from the capability (Base 7.8.4, 7.8.5).
const DEVICE_CONTROL: u64 = EXPRESS + 8;
const DEVICE_STATUS: u64 = EXPRESS + 10;
/// Initiate Function Level Reset.
const INITIATE_RESET: u16 = 1 << 15;
/// Correctable error, non-fatal error, unsupported request.
const CORRECTABLE: u16 = 1;
const NON_FATAL: u16 = 1 << 1;
const UNSUPPORTED: u16 = 1 << 3;

/// Uncorrectable and correctable error status, from the capability (Base 7.10.2, 7.10.5).
const UNCORRECTABLE_STATUS: u64 = ERRORS + 4;
const CORRECTABLE_STATUS: u64 = ERRORS + 0x10;
/// Errors that this function can have: data link protocol; poisoned TLP, flow control, completion timeout, completer abort,
/// unexpected completion, receiver overflow, malformed TLP, ECRC, unsupported request.
const UNCORRECTABLE: u32 = 0x001f_f010;
const UNSUPPORTED_REQUEST: u32 = 1 << 20;
/// Receiver error, bad TLP and DLLP, replay rollover and timeout, advisory non-fatal error.
const CORRECTABLE_ERRORS: u32 = 0x31c1;
const ADVISORY: u32 = 1 << 13;

/// The space.
pub struct ConfigSpace {
    values: Box<[u8; BYTES]>,
    /// Bits that a write changes.
    writable: Box<[u8; BYTES]>,
    /// Bits that a write of one clears.
    clearable: Box<[u8; BYTES]>,
}

/// What a register is at power-up, and how it is written.
struct Setup<'a>(&'a mut ConfigSpace);

impl Setup<'_> {
    fn fixed<const N: usize>(&mut self, at: u64, value: [u8; N]) {
        self.0.values[at as usize..][..N].copy_from_slice(&value);
    }
    fn half(&mut self, at: u64, value: u16, writable: u16, clearable: u16) {
        self.fixed(at, value.to_le_bytes());
        let at = at as usize;
        self.0.writable[at..at + 2].copy_from_slice(&writable.to_le_bytes());
        self.0.clearable[at..at + 2].copy_from_slice(&clearable.to_le_bytes());
    }
    fn word(&mut self, at: u64, value: u32, writable: u32, clearable: u32) {
        for (at, shift) in [(at, 0), (at + 2, 16)] {
            let half = |word: u32| (word >> shift) as u16;
            self.half(at, half(value), half(writable), half(clearable));
        }
    }
}

impl ConfigSpace {
    /// A function after power-up; with so many MSI-X vectors, if it has any.
    pub fn new(vectors: Option<u16>) -> ConfigSpace {
        let zero = || Box::new([0; BYTES]);
        let mut space = ConfigSpace { values: zero(), writable: zero(), clearable: zero() };
        let mut setup = Setup(&mut space);
        setup.word(config::ID, u32::from(pci::DEVICE) << 16 | u32::from(pci::VENDOR), 0, 0);
        setup.half(config::COMMAND, 0, COMMAND_BITS, 0);
        setup.half(config::STATUS, CAPABILITIES, 0, STATUS_ERRORS);
        setup.word(config::CLASS, pci::CLASS << 8, 0, 0);
        // Cache line size: it may be written, and means nothing (Base 7.5.1.3).
        setup.half(0x0c, 0, 0xff, 0);
        // 32 bits, not prefetchable.
        setup.word(config::BARS, 0, !(pci::BAR_BYTES - 1), 0);
        setup.word(config::SUBSYSTEM, u32::from(pci::SUBSYSTEM) << 16 | u32::from(pci::VENDOR), 0, 0);
        setup.fixed(config::CAPABILITIES, [POWER as u8]);
        // INTA.
        setup.half(config::INTERRUPT_LINE, 0x0100, 0xff, 0);

        setup.fixed(POWER, [capability::POWER, EXPRESS as u8]);
        // Version 3; no D1, D2 or PME# (PM 3.2.3).
        setup.half(POWER + 2, 3, 0, 0);
        setup.half(POWER_CONTROL, NO_SOFT_RESET, power::STATE, 0);

        let next = if vectors.is_some() { MSIX as u8 } else { 0 };
        setup.fixed(EXPRESS, [capability::EXPRESS, next]);
        // Version 2, an endpoint (Base 7.8.2).
        setup.half(EXPRESS + 2, 2, 0, 0);
        // 512 bytes of payload; any latency of L0s and L1; role-based errors; Function Level Reset (7.8.3).
        setup.word(EXPRESS + 4, 2 | 7 << 6 | 7 << 9 | 1 << 15 | 1 << 28, 0, 0);
        // Relaxed ordering and no snoop may be used, and reads of 512 bytes, as after every reset (7.8.4).
        setup.half(DEVICE_CONTROL, 0x2810, 0x78ff, 0);
        setup.half(DEVICE_STATUS, 0, 0, 0xf);
        // Four lanes of 5 GT/s, without ASPM, which may be so (7.8.6 to 7.8.8).
        setup.word(EXPRESS + 0x0c, 2 | 4 << 4 | 1 << 22, 0, 0);
        setup.half(EXPRESS + 0x10, 0, 0xcb, 0);
        setup.half(EXPRESS + 0x12, 2 | 4 << 4 | 1 << 12, 0, 0);
        // 2.5 and 5 GT/s, the latter is aimed at (7.8.18, 7.8.19).
        setup.word(EXPRESS + 0x2c, 0b11 << 1, 0, 0);
        setup.half(EXPRESS + 0x30, 2, 0xf, 0);

        if let Some(vectors) = vectors {
            setup.fixed(MSIX, [capability::MSIX, 0]);
            setup.half(MSIX + msix::CONTROL, (vectors - 1) & msix::SIZE, msix::ENABLE | msix::MASK, 0);
            setup.word(MSIX + msix::TABLE, vector::AREA.base | u32::from(pci::BAR), 0, 0);
            setup.word(MSIX + msix::PENDING, pending::AREA.base | u32::from(pci::BAR), 0, 0);
        }

        // Advanced Error Reporting, version 2, the last one (7.10.1).
        setup.word(ERRORS, 2 << 16 | 1, 0, 0);
        setup.word(UNCORRECTABLE_STATUS, 0, 0, UNCORRECTABLE);
        setup.word(ERRORS + 8, 0, UNCORRECTABLE, 0);
        // Fatal: data link protocol, flow control, overflow, malformed (7.10.4).
        setup.word(ERRORS + 0x0c, 0x0006_2010, UNCORRECTABLE, 0);
        setup.word(CORRECTABLE_STATUS, 0, 0, CORRECTABLE_ERRORS);
        setup.word(ERRORS + 0x14, ADVISORY, CORRECTABLE_ERRORS, 0);
        space
    }

    /// So many bytes from an offset on; `None` beyond the end.
    pub fn read(&self, offset: u64, count: usize) -> Option<&[u8]> {
        let offset = usize::try_from(offset).ok()?;
        self.values.get(offset..offset.checked_add(count)?)
    }

    /// Writes bytes; whether a Function Level Reset was initiated. `None` beyond the end.
    pub fn write(&mut self, offset: u64, data: &[u8]) -> Option<bool> {
        let offset = usize::try_from(offset).ok()?;
        let end = offset.checked_add(data.len()).filter(|end| *end <= BYTES)?;
        let state = self.half(POWER_CONTROL) & power::STATE;
        for (at, byte) in (offset..end).zip(data) {
            let (writable, clearable) = (self.writable[at], self.clearable[at]);
            let kept = self.values[at] & !writable & !(clearable & byte);
            self.values[at] = kept | byte & writable;
        }
        // D1 and D2 are not there, and a write of one changes nothing (PM 3.2.4).
        if matches!(self.half(POWER_CONTROL) & power::STATE, 1 | 2) {
            let control = self.half(POWER_CONTROL) & !power::STATE | state;
            self.put(POWER_CONTROL, control);
        }
        let high = DEVICE_CONTROL as usize + 1;
        let initiates = INITIATE_RESET.to_le_bytes()[1];
        Some((offset..end).contains(&high) && data[high - offset] & initiates != 0)
    }

    fn half(&self, at: u64) -> u16 {
        let at = at as usize;
        u16::from_le_bytes([self.values[at], self.values[at + 1]])
    }

    fn put(&mut self, at: u64, value: u16) {
        self.values[at as usize..][..2].copy_from_slice(&value.to_le_bytes());
    }

    fn set(&mut self, at: u64, bits: u32) {
        for (at, bits) in (at as usize..).zip(bits.to_le_bytes()) {
            self.values[at] |= bits;
        }
    }

    /// The command register.
    pub fn command(&self) -> u16 {
        self.half(config::COMMAND)
    }

    /// Device Control.
    pub fn device_control(&self) -> u16 {
        self.half(DEVICE_CONTROL)
    }

    /// Not in D3hot.
    pub fn is_awake(&self) -> bool {
        self.half(POWER_CONTROL) & power::STATE == 0
    }

    /// Message Control of MSI-X; zero without it.
    pub fn msix_control(&self) -> u16 {
        self.half(MSIX + msix::CONTROL)
    }

    /// Whether the function answers memory requests.
    pub fn answers_memory(&self) -> bool {
        self.is_awake() && self.command() & command::MEMORY != 0
    }

    /// Interrupt Status (Base 7.5.1.2).
    pub fn set_interrupt_status(&mut self, asserted: bool) {
        let status = self.half(config::STATUS) & !INTERRUPT_STATUS;
        self.put(config::STATUS, if asserted { status | INTERRUPT_STATUS } else { status });
    }

    /// An unsupported request came. One that is not posted is told by its completion, so it is an advisory error alone
    /// (Base 6.2.3.2.4.1).
    pub fn note_unsupported(&mut self, posted: bool) {
        let kind = if posted { NON_FATAL } else { CORRECTABLE };
        self.set(DEVICE_STATUS, (kind | UNSUPPORTED).into());
        self.set(UNCORRECTABLE_STATUS, UNSUPPORTED_REQUEST);
        if !posted {
            self.set(CORRECTABLE_STATUS, ADVISORY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(space: &ConfigSpace, at: u64) -> u32 {
        let bytes = space.read(at, 4).expect("it is there");
        u32::from_le_bytes(bytes.try_into().expect("four bytes"))
    }

    fn write(space: &mut ConfigSpace, at: u64, value: u32) -> bool {
        space.write(at, &value.to_le_bytes()).expect("it is there")
    }

    #[test]
    fn a_host_finds_every_capability_by_walking_the_list() {
        for (vectors, expected) in [(Some(9), &[1, 0x10, 0x11][..]), (None, &[1, 0x10][..])] {
            let space = ConfigSpace::new(vectors);
            let mut at = word(&space, config::CAPABILITIES) & 0xff;
            let mut found = Vec::new();
            while at != 0 {
                let header = word(&space, at.into());
                found.push(header & 0xff);
                at = header >> 8 & 0xff;
            }
            assert_eq!(found, expected);
            assert_eq!(word(&space, config::EXTENDED), 0x0002_0001, "AER, and nothing behind it");
        }
        let space = ConfigSpace::new(Some(9));
        assert_eq!(word(&space, config::ID), 0x7024_10ee);
        assert_eq!(space.msix_control(), 8);
        assert_eq!((word(&space, MSIX + 4), word(&space, MSIX + 8)), (0x1_0000, 0x1_0800));
    }

    #[test]
    fn a_base_address_tells_its_size_and_read_only_bits_stay() {
        let mut space = ConfigSpace::new(Some(9));
        let before = *space.values;
        for at in (0..config::BYTES).step_by(4) {
            if at != DEVICE_CONTROL {
                write(&mut space, at, u32::MAX);
            }
        }
        assert_eq!(word(&space, config::BARS), 0xfffc_0000);
        for (at, before) in before.iter().enumerate() {
            let fixed = !space.writable[at];
            assert_eq!(space.values[at] & fixed, before & fixed, "byte {at:#x}");
        }
        assert_eq!(space.read(4093, 4), None);
        assert_eq!(space.write(4095, &[0, 0]), None);
        assert_eq!(space.read(u64::MAX, 4), None);
    }

    #[test]
    fn power_states_that_are_not_there_are_not_entered() {
        let mut space = ConfigSpace::new(None);
        write(&mut space, config::COMMAND, command::MEMORY.into());
        for (written, awake) in [(1, true), (2, true), (3, false), (2, false), (0, true)] {
            write(&mut space, POWER_CONTROL, written);
            assert_eq!((space.is_awake(), space.answers_memory()), (awake, awake), "D{written}");
        }
    }

    #[test]
    fn a_function_level_reset_is_initiated_by_its_bit_alone_which_reads_as_zero() {
        let mut space = ConfigSpace::new(None);
        assert!(!write(&mut space, DEVICE_CONTROL, 0x7fff));
        assert!(write(&mut space, DEVICE_CONTROL, 0x8000));
        assert_eq!(space.device_control(), 0);
        assert_eq!(space.write(DEVICE_CONTROL + 1, &[0x80]), Some(true));
        assert_eq!(space.write(DEVICE_CONTROL, &[0x80]), Some(false));
    }

    #[test]
    fn errors_stay_until_a_one_is_written() {
        let mut space = ConfigSpace::new(None);
        space.note_unsupported(false);
        assert_eq!(word(&space, DEVICE_CONTROL) >> 16, 9);
        assert_eq!(word(&space, UNCORRECTABLE_STATUS), UNSUPPORTED_REQUEST);
        assert_eq!(word(&space, CORRECTABLE_STATUS), ADVISORY);
        write(&mut space, UNCORRECTABLE_STATUS, 0);
        assert_eq!(word(&space, UNCORRECTABLE_STATUS), UNSUPPORTED_REQUEST);
        write(&mut space, UNCORRECTABLE_STATUS, UNSUPPORTED_REQUEST);
        assert_eq!(word(&space, UNCORRECTABLE_STATUS), 0);
        space.set_interrupt_status(true);
        assert_eq!(word(&space, config::COMMAND) >> 16 & 8, 8);
    }
}
