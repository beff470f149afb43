//! How the card shows itself on PCI Express: its identity, and the places in configuration space that both ends of the
//! link look at.
//!
//! Sources: **PCI**, *PCI Local Bus Specification, Revision 3.0*; **Base**, *PCI Express Base Specification, Revision
//! 3.0*; **PM**, *PCI Bus Power Management Interface Specification, Revision 1.2*. The vendor and device are those that
//! the 7-series integrated block has by default; Portolan is told by the subsystem.

use crate::map;

/// Vendor ID, of the function and of the subsystem: Xilinx.
pub const VENDOR: u16 = 0x10ee;
/// Device ID: the integrated block's default for four lanes of the second generation.
pub const DEVICE: u16 = 0x7024;
/// Subsystem ID: `PR`.
pub const SUBSYSTEM: u16 = 0x5052;
/// Class code: a processing accelerator.
pub const CLASS: u32 = 0x12_0000;
/// Which base address register the block's registers are behind.
pub const BAR: u8 = 0;
/// Bytes of it.
pub const BAR_BYTES: u32 = map::window(16);

/// Registers of every function (PCI 6.1, 6.2), by their offsets in bytes.
pub mod config {
    /// Vendor ID; the device ID is in the upper half.
    pub const ID: u64 = 0x00;
    /// Command.
    pub const COMMAND: u64 = 0x04;
    /// Status.
    pub const STATUS: u64 = 0x06;
    /// Revision in the lowest byte, class above it.
    pub const CLASS: u64 = 0x08;
    /// Header type.
    pub const HEADER: u64 = 0x0e;
    /// The first base address register.
    pub const BARS: u64 = 0x10;
    /// Subsystem vendor; the subsystem ID is in the upper half.
    pub const SUBSYSTEM: u64 = 0x2c;
    /// Where the first capability is.
    pub const CAPABILITIES: u64 = 0x34;
    /// Interrupt line.
    pub const INTERRUPT_LINE: u64 = 0x3c;
    /// Interrupt pin.
    pub const INTERRUPT_PIN: u64 = 0x3d;
    /// Bytes with the extended part.
    pub const BYTES: u64 = 4096;
    /// The first extended capability.
    pub const EXTENDED: u64 = 0x100;
}

/// Bits of the command register (PCI 6.2.2; Base 7.5.1.1).
pub mod command {
    /// Memory Space Enable.
    pub const MEMORY: u16 = 1 << 1;
    /// Bus Master Enable.
    pub const BUS_MASTER: u16 = 1 << 2;
    /// Interrupt Disable.
    pub const INTERRUPT_DISABLE: u16 = 1 << 10;
}

/// Capability IDs (PCI appendix H).
pub mod capability {
    /// Power management.
    pub const POWER: u8 = 0x01;
    /// PCI Express.
    pub const EXPRESS: u8 = 0x10;
    /// MSI-X.
    pub const MSIX: u8 = 0x11;
}

/// The power management capability (PM 3.2), by offsets from its beginning.
pub mod power {
    /// Power Management Control/Status.
    pub const CONTROL: u64 = 4;
    /// Of it: the power state; 3 is D3hot.
    pub const STATE: u16 = 3;
}

/// The MSI-X capability (PCI 6.8.2), by offsets from its beginning.
pub mod msix {
    /// Message Control.
    pub const CONTROL: u64 = 2;
    /// Table offset and BAR.
    pub const TABLE: u64 = 4;
    /// Offset and BAR of the pending bits.
    pub const PENDING: u64 = 8;
    /// Of Message Control: MSI-X Enable.
    pub const ENABLE: u16 = 1 << 15;
    /// Of Message Control: Function Mask.
    pub const MASK: u16 = 1 << 14;
    /// Of Message Control: the number of vectors less one.
    pub const SIZE: u16 = 0x7ff;
}

const _: () = assert!(BAR_BYTES.is_power_of_two() && BAR_BYTES == map::window(1));
