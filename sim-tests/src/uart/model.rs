//! The UART top: pins in, pins out, one clock of 100 MHz.
//!
//! A cycle is [`Model::low`] with the inputs, then [`Model::high`]: the rising edge. [`Model::run`] makes many cycles in
//! C++, for speed. Leaves to others: what the bits on the line mean, time.

use std::ffi::c_void;

use portolan_regs::uart::BAUD;

use crate::instance::{Common, Instance};
use crate::size::Size;

/// As build/main.rs has made it.
const FAST_BAUD: u32 = match u32::from_str_radix(env!("PORTOLAN_FAST_BAUD"), 10) {
    Ok(baud) => baud,
    Err(_) => panic!("the build script tells a number"),
};

/// Which of the two UART tops that are Verilated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// 32 lines, 8 ports, 921,600 baud: what an Arty has.
    #[default]
    Usual,
    /// 16 lines, 4 ports, 12.5 Mbaud, eight clocks for a bit: for tests that ask a lot.
    Fast,
}

impl Rate {
    /// Bits per second.
    pub const fn baud(self) -> u32 {
        match self {
            Rate::Usual => BAUD,
            Rate::Fast => FAST_BAUD,
        }
    }

    /// Lines and ports.
    pub const fn size(self) -> Size {
        match self {
            Rate::Usual => Size::L32P8,
            Rate::Fast => Size::L16P4,
        }
    }
}

/// Every input but the clock.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// Levels of the lines, line 0 in bit 0; bits beyond the last line are ignored.
    pub lines: u64,
    /// 0 resets the block.
    pub resetn: u8,
    /// What the host sends; 1 at rest.
    pub rx: u8,
}

impl Default for Inputs {
    /// Out of reset, the serial line at rest, all lines low.
    fn default() -> Inputs {
        Inputs { lines: 0, resetn: 1, rx: 1 }
    }
}

/// Every output.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// What the board sends; 1 at rest.
    pub tx: u8,
    /// The level interrupt.
    pub irq: u8,
    /// 1: nothing but the tick counter moves.
    pub idle: u8,
}

/// `PortolanUartTable` of cpp/uart.h.
#[repr(C)]
struct Table {
    common: Common,
    low: unsafe extern "C" fn(*mut c_void, *const Inputs, *mut Outputs),
    high: unsafe extern "C" fn(*mut c_void, *mut Outputs),
    run: unsafe extern "C" fn(*mut c_void, *const Inputs, u64, u8, *mut Outputs) -> u64,
}

// SAFETY: declared as cpp/uart.h defines them; build/ links one table per size. They are constants.
unsafe extern "C" {
    #[link_name = "portolan_uart_model_16x4"]
    safe static FAST: Table;
    #[link_name = "portolan_uart_model_32x8"]
    safe static USUAL: Table;
}

/// One Verilated UART top. Instances share nothing.
pub struct Model {
    table: &'static Table,
    instance: Instance,
    mask: u64,
}

impl Model {
    /// A top at power-up, its clock low.
    pub fn new(rate: Rate) -> Model {
        let table = match rate {
            Rate::Usual => &USUAL,
            Rate::Fast => &FAST,
        };
        let instance = Instance::new(&table.common, rate.size());
        let mut model = Model { table, instance, mask: rate.size().mask() };
        model.low(&Inputs::default());
        model
    }

    /// The clock's low half, with these inputs. Returns the outputs that the coming edge finds.
    pub fn low(&mut self, inputs: &Inputs) -> Outputs {
        let inputs = self.cut(inputs);
        let mut outputs = Outputs::default();
        // SAFETY: the instance lives until drop; both structs outlive the call, which keeps no pointer.
        unsafe { (self.table.low)(self.instance.pointer(), &inputs, &mut outputs) };
        outputs
    }

    /// The rising edge and the clock's high half. Returns the outputs after the edge.
    pub fn high(&mut self) -> Outputs {
        let mut outputs = Outputs::default();
        // SAFETY: the instance lives until drop; the struct outlives the call, which keeps no pointer.
        unsafe { (self.table.high)(self.instance.pointer(), &mut outputs) };
        outputs
    }

    /// At most `cycles` whole cycles with these inputs. Ends after the cycle that moves `tx` and, `until_idle`, after one
    /// that leaves `idle` set. Returns the cycles run, and the outputs after the last.
    pub fn run(&mut self, inputs: &Inputs, cycles: u64, until_idle: bool) -> (u64, Outputs) {
        let inputs = self.cut(inputs);
        let mut outputs = Outputs::default();
        let until = u8::from(until_idle);
        // SAFETY: the instance lives until drop; both structs outlive the call, which keeps no pointer.
        let done = unsafe { (self.table.run)(self.instance.pointer(), &inputs, cycles, until, &mut outputs) };
        (done, outputs)
    }

    /// Verilator takes for granted that no bit beyond an input's width is set.
    fn cut(&self, inputs: &Inputs) -> Inputs {
        Inputs { lines: inputs.lines & self.mask, resetn: inputs.resetn & 1, rx: inputs.rx & 1 }
    }

    /// The tick register: the number by which the coming edge is called.
    pub fn ticks(&self) -> u64 {
        self.instance.ticks()
    }

    /// Moves the tick register, as if the cycles between had been run. True only while the idle output is set, and
    /// nothing that an edge could still move is in flight.
    pub fn set_ticks(&mut self, ticks: u64) {
        self.instance.set_ticks(ticks);
    }
}
