//! The sizes of the block that are Verilated: those that the RTL crate supports.

use std::fmt;

/// How many lines and ports a block has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Size {
    /// 4 lines, 1 port.
    L4P1,
    /// 16 lines, 4 ports.
    L16P4,
    /// 32 lines, 8 ports: what boards have unless they say otherwise.
    #[default]
    L32P8,
    /// 64 lines, 4 ports.
    L64P4,
}

impl Size {
    /// Every size.
    pub const ALL: [Size; 4] = [Size::L4P1, Size::L16P4, Size::L32P8, Size::L64P4];

    /// Number of lines.
    pub const fn lines(self) -> u32 {
        match self {
            Size::L4P1 => 4,
            Size::L16P4 => 16,
            Size::L32P8 => 32,
            Size::L64P4 => 64,
        }
    }

    /// Number of ports.
    pub const fn ports(self) -> u32 {
        match self {
            Size::L4P1 => 1,
            Size::L16P4 => 4,
            Size::L32P8 => 8,
            Size::L64P4 => 4,
        }
    }

    /// A one for every line.
    pub const fn mask(self) -> u64 {
        u64::MAX >> (64 - self.lines())
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.lines(), self.ports())
    }
}
