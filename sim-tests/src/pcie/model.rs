//! The Verilated PCIe top: pins in, pins out, two clocks.
//!
//! [`Model::eval`] sets the inputs and the levels of both clocks, and settles: a clock's edge is a call that
//! raises it. Inputs change in a call of their own, before the edge, or every flip-flop would be in doubt of
//! which it saw. Leaves to others: time, reset, the protocol.

use crate::instance::{Common, Instance};
use crate::size::Size;
use std::ffi::c_void;

/// Every input of the top but its clocks. Named after what they say; docs/pcie.md has the signals.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Levels of the lines, line 0 in bit 0; bits beyond the last line are ignored.
    pub lines: u64,
    /// Received: two doublewords, the first one low.
    pub rx_data: u64,
    /// Received: bit 2, BAR 0 is hit; 22 bits.
    pub rx_user: u32,
    /// Command register.
    pub command: u16,
    /// Device Control register.
    pub device_control: u16,
    /// Resets the core side.
    pub core_reset: u8,
    /// Resets the PCIe side.
    pub user_reset: u8,
    /// Received: which bytes are there.
    pub rx_keep: u8,
    /// Received: last beat.
    pub rx_last: u8,
    /// Received: a beat is there.
    pub rx_valid: u8,
    /// To send: the beat is taken.
    pub tx_ready: u8,
    /// Bus number.
    pub bus: u8,
    /// Device number, 5 bits.
    pub device: u8,
    /// Function number, 3 bits.
    pub function: u8,
    /// Function Level Reset.
    pub function_reset: u8,
    /// Reports that ask for a completion are taken.
    pub report_ready: u8,
    /// The INTx message is taken.
    pub interrupt_ready: u8,
    /// MSI-X is on.
    pub msix_enable: u8,
    /// All vectors are masked.
    pub msix_mask: u8,
}

/// Every output of the top.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// One bit per port, set for one core clock when a user packet left the port's queue.
    pub post_credits: u64,
    /// To send: two doublewords, the first one low.
    pub tx_data: u64,
    /// What the completion of an unsupported request copies, 48 bits.
    pub report_header: u64,
    /// Received: the beat is taken.
    pub rx_ready: u8,
    /// To send: which bytes are there.
    pub tx_keep: u8,
    /// To send: last beat.
    pub tx_last: u8,
    /// To send: a beat is there.
    pub tx_valid: u8,
    /// To send: bit 3, discontinue.
    pub tx_user: u8,
    /// Report: unsupported request.
    pub unsupported: u8,
    /// Report: it was posted.
    pub posted: u8,
    /// Report: it was locked.
    pub locked: u8,
    /// Report: unexpected completion.
    pub unexpected: u8,
    /// Report: malformed TLP.
    pub malformed: u8,
    /// Asks for an INTx message.
    pub interrupt: u8,
    /// It is to be an assertion.
    pub interrupt_assert: u8,
    /// Which of INTA to INTD, from 0.
    pub interrupt_pin: u8,
    /// Interrupt Status.
    pub interrupt_status: u8,
    /// 1: nothing but the tick counter moves on the core side.
    pub idle: u8,
}

/// `PortolanPcieTable` of cpp/pcie.h.
#[repr(C)]
struct Table {
    common: Common,
    eval: unsafe extern "C" fn(*mut c_void, *const Inputs, u8, u8, *mut Outputs),
}

// SAFETY: declared as cpp/pcie.h defines them; build/ links one table per size. They are constants.
unsafe extern "C" {
    #[link_name = "portolan_pcie_model_4x1"]
    safe static MODEL_4X1: Table;
    #[link_name = "portolan_pcie_model_16x4"]
    safe static MODEL_16X4: Table;
    #[link_name = "portolan_pcie_model_32x8"]
    safe static MODEL_32X8: Table;
    #[link_name = "portolan_pcie_model_64x4"]
    safe static MODEL_64X4: Table;
}

/// One Verilated PCIe top. Instances share nothing.
pub struct Model {
    table: &'static Table,
    instance: Instance,
    mask: u64,
}

impl Model {
    /// A top at power-up, its clocks low, all inputs zero.
    pub fn new(size: Size) -> Model {
        let table = match size {
            Size::L4P1 => &MODEL_4X1,
            Size::L16P4 => &MODEL_16X4,
            Size::L32P8 => &MODEL_32X8,
            Size::L64P4 => &MODEL_64X4,
        };
        let mut model = Model { table, instance: Instance::new(&table.common, size), mask: size.mask() };
        model.eval(&Inputs::default(), false, false);
        model
    }

    /// Settles with these inputs and levels of the clocks; returns the outputs after that.
    pub fn eval(&mut self, inputs: &Inputs, core_clock: bool, user_clock: bool) -> Outputs {
        // Verilator takes for granted that no bit beyond an input's width is set.
        let inputs = Inputs {
            lines: inputs.lines & self.mask,
            rx_user: inputs.rx_user & 0x3f_ffff,
            core_reset: inputs.core_reset & 1,
            user_reset: inputs.user_reset & 1,
            rx_last: inputs.rx_last & 1,
            rx_valid: inputs.rx_valid & 1,
            tx_ready: inputs.tx_ready & 1,
            device: inputs.device & 31,
            function: inputs.function & 7,
            function_reset: inputs.function_reset & 1,
            report_ready: inputs.report_ready & 1,
            interrupt_ready: inputs.interrupt_ready & 1,
            msix_enable: inputs.msix_enable & 1,
            msix_mask: inputs.msix_mask & 1,
            ..*inputs
        };
        let mut outputs = Outputs::default();
        let (core, user) = (u8::from(core_clock), u8::from(user_clock));
        // SAFETY: the instance lives until drop; both structs outlive the call, which keeps no pointer.
        unsafe { (self.table.eval)(self.instance.pointer(), &inputs, core, user, &mut outputs) };
        outputs
    }

    /// The tick register: the number by which the core clock's coming edge is called.
    pub fn ticks(&self) -> u64 {
        self.instance.ticks()
    }

    /// Moves the tick register, as if the core clocks between had been run. True only while the idle output
    /// is set, and nothing that an edge could still move is in flight.
    pub fn set_ticks(&mut self, ticks: u64) {
        self.instance.set_ticks(ticks);
    }
}
