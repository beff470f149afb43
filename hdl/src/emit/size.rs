//! The sizes that tops are built in.

use std::fmt;

use rust_hdl::prelude::{Block, clog2};

use crate::axi::{AxiModel, AxiRingsTop, AxiTop, ZynqTop};
use crate::pcie::{PcieModel, PcieTop};
use crate::row::QUEUED_BITS;
use crate::uart::{UartModel, UartTop};

use super::Rates;

/// Lines and ports of a block. Sizes are const generics of the RTL, so only those of
/// [`Size::ALL`] exist; [`Size::new`] is the only way to name one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    lines: u32,
    ports: u32,
}

/// No top is built in this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no block of {lines} lines and {ports} ports is built; the sizes are {}", list())]
pub struct UnsupportedSize {
    lines: u32,
    ports: u32,
}

/// User packets that a port's queue holds.
const USER_DEPTH: usize = 64;

/// A connected top of this size, in a box.
macro_rules! build {
    ($size:ident, $top:ident, $hertz:ident, $($lines:literal x $ports:literal, $depth:literal;)+) => {
        match ($size.lines, $size.ports) {
            $(($lines, $ports) => {
                let mut top = $top::<
                    $lines, { clog2($lines) },
                    $ports, { clog2($ports * $depth) }, { clog2(4 * $ports * USER_DEPTH) },
                >::new($hertz, $depth, USER_DEPTH);
                top.connect_all();
                Box::new(top)
            })+
            _ => unreachable!("a size is one of Size::ALL"),
        }
    };
}

macro_rules! sizes {
    ($($lines:literal x $ports:literal, $depth:literal deep;)+) => {
        // A line that moves may have its reserved place and the shared ones of every port; before each gap record
        // goes an edge.
        $(const _: () = assert!(1 + $ports * ($depth - $lines) < 1 << QUEUED_BITS);)+

        impl Size {
            /// Every size that is built and tested, smallest first.
            pub const ALL: &[Size] = &[$(Size { lines: $lines, ports: $ports }),+];

            /// The AXI top of this size at `hertz` ticks per second, connected.
            pub fn axi_top(self, hertz: u32) -> Box<dyn AxiModel> {
                with_room(move || -> Box<dyn AxiModel + Send> { build!(self, AxiTop, hertz, $($lines x $ports, $depth;)+) })
            }

            /// The AXI top with rings of this size at `hertz` ticks per second, connected.
            pub fn axi_rings_top(self, hertz: u32) -> Box<dyn AxiModel> {
                with_room(move || -> Box<dyn AxiModel + Send> { build!(self, AxiRingsTop, hertz, $($lines x $ports, $depth;)+) })
            }

            /// The Zynq-7000 top of this size at `hertz` ticks per second, connected.
            pub fn zynq_top(self, hertz: u32) -> Box<dyn AxiModel> {
                with_room(move || -> Box<dyn AxiModel + Send> { build!(self, ZynqTop, hertz, $($lines x $ports, $depth;)+) })
            }

            /// The UART top of this size at these rates, connected.
            pub fn uart_top(self, rates: Rates) -> Box<dyn UartModel> {
                with_room(move || -> Box<dyn UartModel + Send> { build!(self, UartTop, rates, $($lines x $ports, $depth;)+) })
            }

            /// The PCIe top of this size, whose core clock makes `hertz` ticks per second, connected.
            pub fn pcie_top(self, hertz: u32) -> Box<dyn PcieModel> {
                with_room(move || -> Box<dyn PcieModel + Send> { build!(self, PcieTop, hertz, $($lines x $ports, $depth;)+) })
            }
        }
    };
}

// One place of a port's interrupt queue is reserved for each line, the others are shared.
sizes! {
    4 x 1, 64 deep;
    16 x 4, 64 deep;
    32 x 8, 64 deep;
    64 x 4, 128 deep;
}

/// Runs on a stack that is large enough: a model is made as one value, of several megabytes, before
/// it can move to the heap.
fn with_room<T: Send + 'static>(make: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(make);
    match thread.expect("the system has a thread to spare").join() {
        Ok(made) => made,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

impl Size {
    /// The size that boards have: 32 lines, 8 ports.
    pub const DEFAULT: Size = Size { lines: 32, ports: 8 };

    /// The size of so many lines and ports, if it is built.
    pub fn new(lines: u32, ports: u32) -> Result<Size, UnsupportedSize> {
        let size = Size { lines, ports };
        if Size::ALL.contains(&size) { Ok(size) } else { Err(UnsupportedSize { lines, ports }) }
    }

    /// Lines.
    pub fn lines(self) -> u32 {
        self.lines
    }

    /// Ports.
    pub fn ports(self) -> u32 {
        self.ports
    }
}

impl Default for Size {
    fn default() -> Size {
        Size::DEFAULT
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.ports == 1 { "" } else { "s" };
        write!(f, "{} lines, {} port{plural}", self.lines, self.ports)
    }
}

fn list() -> String {
    let sizes: Vec<String> = Size::ALL.iter().map(|s| format!("{}×{}", s.lines, s.ports)).collect();
    format!("{} (lines × ports)", sizes.join(", "))
}
