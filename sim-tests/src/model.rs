//! The AXI tops: pins in, pins out, one clock.
//!
//! A cycle is [`Model::low`] with the inputs, then [`Model::high`]: the rising edge. The outputs that
//! `low` returns are those that the edge will find, the ones that `high` returns stand after it.
//! [`Model::run`] makes many cycles in C++, for speed. Leaves to others: reset, the bus protocol, time.

use crate::instance::{Common, Instance};
use crate::size::Size;
use std::ffi::{CString, c_char, c_void};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Every input of the block but the clock. Names are those of the Verilog, without `s_axi_`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Levels of the lines, line 0 in bit 0; bits beyond the last line are ignored.
    pub lines: u64,
    /// Write address, 18 bits.
    pub awaddr: u32,
    /// Write data.
    pub wdata: u32,
    /// Read address, 18 bits.
    pub araddr: u32,
    /// 0 resets the block.
    pub aresetn: u8,
    /// Write address valid, 1 bit.
    pub awvalid: u8,
    /// Write strobes, 4 bits.
    pub wstrb: u8,
    /// Write data valid, 1 bit.
    pub wvalid: u8,
    /// Write response ready, 1 bit.
    pub bready: u8,
    /// Read address valid, 1 bit.
    pub arvalid: u8,
    /// Read data ready, 1 bit.
    pub rready: u8,
    /// Of the memory behind the rings: write address ready. These four are ignored without rings.
    pub m_awready: u8,
    /// Write data ready.
    pub m_wready: u8,
    /// Write response, 2 bits.
    pub m_bresp: u8,
    /// Write response valid.
    pub m_bvalid: u8,
    /// What AXI3 has beyond AXI4-Lite, which ignores it. Write burst: beats less one, 4 bits.
    pub awlen: u8,
    /// log2 of the bytes in a beat, 3 bits.
    pub awsize: u8,
    /// Kind of burst, 2 bits.
    pub awburst: u8,
    /// Exclusive or locked, 2 bits.
    pub awlock: u8,
    /// Last beat of write data.
    pub wlast: u8,
    /// Read burst: beats less one, 4 bits.
    pub arlen: u8,
    /// log2 of the bytes in a beat, 3 bits.
    pub arsize: u8,
    /// Kind of burst, 2 bits.
    pub arburst: u8,
    /// Exclusive or locked, 2 bits.
    pub arlock: u8,
    /// Write ID, 12 bits.
    pub awid: u16,
    /// ID of write data, 12 bits.
    pub wid: u16,
    /// Read ID, 12 bits.
    pub arid: u16,
}

impl Inputs {
    /// Makes an AXI3 burst of one whole word of each access, with these IDs of writes and reads.
    pub fn as_single_beats(&mut self, [write, read]: [u16; 2]) {
        (self.awlen, self.awsize, self.awburst, self.awid) = (0, 2, 1, write);
        (self.wlast, self.wid) = (1, write);
        (self.arlen, self.arsize, self.arburst, self.arid) = (0, 2, 1, read);
    }
}

/// Every output of the block. Names are those of the Verilog, without `s_axi_`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// One bit per port, set for one cycle when a user packet left the port's queue.
    pub post_credits: u64,
    /// Of the AXI master that writes rings, without `axi_`: write address. All of these are zero without rings.
    pub m_awaddr: u64,
    /// Write data.
    pub m_wdata: u64,
    /// Read data.
    pub rdata: u32,
    /// Write address ready.
    pub awready: u8,
    /// Write data ready.
    pub wready: u8,
    /// Write response, 2 bits.
    pub bresp: u8,
    /// Write response valid.
    pub bvalid: u8,
    /// Read address ready.
    pub arready: u8,
    /// Read response, 2 bits.
    pub rresp: u8,
    /// Read data valid.
    pub rvalid: u8,
    /// The level interrupt.
    pub irq: u8,
    /// 1: nothing but the tick counter moves.
    pub idle: u8,
    /// Beats less one.
    pub m_awlen: u8,
    /// log2 of the bytes in a beat.
    pub m_awsize: u8,
    /// Kind of burst.
    pub m_awburst: u8,
    /// Memory type.
    pub m_awcache: u8,
    /// Protection.
    pub m_awprot: u8,
    /// Write address valid.
    pub m_awvalid: u8,
    /// Write strobes.
    pub m_wstrb: u8,
    /// Last beat of a burst.
    pub m_wlast: u8,
    /// Write data valid.
    pub m_wvalid: u8,
    /// Write response ready.
    pub m_bready: u8,
    /// Of AXI3, zero on AXI4-Lite: last beat of read data.
    pub rlast: u8,
    /// Of the master that writes rings: ID.
    pub m_awid: u8,
    /// Exclusive or locked.
    pub m_awlock: u8,
    /// ID of write data.
    pub m_wid: u8,
    /// ID of the write response.
    pub bid: u16,
    /// ID of the read data.
    pub rid: u16,
}

/// What ends a [`Model::run`] early.
#[derive(Clone, Copy, Debug, Default)]
pub struct Until {
    /// The interrupt output is set.
    pub irq: bool,
    /// The idle output is set.
    pub idle: bool,
}

/// `PortolanModelTable` of cpp/axi.h.
#[repr(C)]
struct Table {
    common: Common,
    low: unsafe extern "C" fn(*mut c_void, *const Inputs, *mut Outputs),
    high: unsafe extern "C" fn(*mut c_void, *mut Outputs),
    run: unsafe extern "C" fn(*mut c_void, *const Inputs, u64, u32, *mut Outputs) -> u64,
    trace: unsafe extern "C" fn(*mut c_void, *const c_char) -> i32,
}

// SAFETY: declared as cpp/axi.h defines them; build/ links these tables. They are constants.
unsafe extern "C" {
    #[link_name = "portolan_model_4x1"]
    safe static MODEL_4X1: Table;
    #[link_name = "portolan_model_4x1_traced"]
    safe static TRACED_4X1: Table;
    #[link_name = "portolan_model_16x4"]
    safe static MODEL_16X4: Table;
    #[link_name = "portolan_model_16x4_traced"]
    safe static TRACED_16X4: Table;
    #[link_name = "portolan_model_32x8"]
    safe static MODEL_32X8: Table;
    #[link_name = "portolan_model_32x8_traced"]
    safe static TRACED_32X8: Table;
    #[link_name = "portolan_model_64x4"]
    safe static MODEL_64X4: Table;
    #[link_name = "portolan_model_64x4_traced"]
    safe static TRACED_64X4: Table;
    #[link_name = "portolan_model_rings_4x1"]
    safe static RINGS_4X1: Table;
    #[link_name = "portolan_model_rings_16x4"]
    safe static RINGS_16X4: Table;
    #[link_name = "portolan_model_rings_32x8"]
    safe static RINGS_32X8: Table;
    #[link_name = "portolan_model_rings_64x4"]
    safe static RINGS_64X4: Table;
    #[link_name = "portolan_model_zynq_32x8"]
    safe static ZYNQ_32X8: Table;
}

/// One Verilated block. Instances share nothing.
pub struct Model {
    table: &'static Table,
    instance: Instance,
    mask: u64,
}

impl Model {
    /// A block at power-up, its clock low, all inputs zero (so in reset).
    pub fn new(size: Size) -> Model {
        let table = match size {
            Size::L4P1 => &MODEL_4X1,
            Size::L16P4 => &MODEL_16X4,
            Size::L32P8 => &MODEL_32X8,
            Size::L64P4 => &MODEL_64X4,
        };
        Model::of(table, size)
    }

    /// The same, slower, of which [`Model::trace`] can write a waveform.
    pub fn traceable(size: Size) -> Model {
        let table = match size {
            Size::L4P1 => &TRACED_4X1,
            Size::L16P4 => &TRACED_16X4,
            Size::L32P8 => &TRACED_32X8,
            Size::L64P4 => &TRACED_64X4,
        };
        Model::of(table, size)
    }

    /// A block with rings, and an AXI master that writes them.
    pub fn with_rings(size: Size) -> Model {
        let table = match size {
            Size::L4P1 => &RINGS_4X1,
            Size::L16P4 => &RINGS_16X4,
            Size::L32P8 => &RINGS_32X8,
            Size::L64P4 => &RINGS_64X4,
        };
        Model::of(table, size)
    }

    /// The same on AXI3, as a Zynq-7000's GP0 has it; there is one of the default size.
    pub fn zynq() -> Model {
        Model::of(&ZYNQ_32X8, Size::L32P8)
    }

    fn of(table: &'static Table, size: Size) -> Model {
        let mut model = Model { table, instance: Instance::new(&table.common, size), mask: size.mask() };
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

    /// At most `cycles` whole cycles with these inputs. Ends after a cycle that leaves an output set that
    /// `until` names or, of a block with rings, a VALID of its master or a credit. Returns the cycles run, and the outputs after the last.
    pub fn run(&mut self, inputs: &Inputs, cycles: u64, until: Until) -> (u64, Outputs) {
        let inputs = self.cut(inputs);
        let mut outputs = Outputs::default();
        let until = u32::from(until.irq) | u32::from(until.idle) << 1;
        // SAFETY: the instance lives until drop; both structs outlive the call, which keeps no pointer.
        let done = unsafe { (self.table.run)(self.instance.pointer(), &inputs, cycles, until, &mut outputs) };
        (done, outputs)
    }

    /// Verilator takes for granted that no bit beyond an input's width is set.
    fn cut(&self, inputs: &Inputs) -> Inputs {
        Inputs {
            lines: inputs.lines & self.mask,
            awaddr: inputs.awaddr & 0x3_ffff,
            araddr: inputs.araddr & 0x3_ffff,
            aresetn: inputs.aresetn & 1,
            awvalid: inputs.awvalid & 1,
            wstrb: inputs.wstrb & 15,
            wvalid: inputs.wvalid & 1,
            bready: inputs.bready & 1,
            arvalid: inputs.arvalid & 1,
            rready: inputs.rready & 1,
            m_awready: inputs.m_awready & 1,
            m_wready: inputs.m_wready & 1,
            m_bresp: inputs.m_bresp & 3,
            m_bvalid: inputs.m_bvalid & 1,
            awlen: inputs.awlen & 15,
            awsize: inputs.awsize & 7,
            awburst: inputs.awburst & 3,
            awlock: inputs.awlock & 3,
            wlast: inputs.wlast & 1,
            arlen: inputs.arlen & 15,
            arsize: inputs.arsize & 7,
            arburst: inputs.arburst & 3,
            arlock: inputs.arlock & 3,
            awid: inputs.awid & 0xfff,
            wid: inputs.wid & 0xfff,
            arid: inputs.arid & 0xfff,
            ..*inputs
        }
    }

    /// The tick register: the number by which the coming edge is called.
    pub fn ticks(&self) -> u64 {
        self.instance.ticks()
    }

    /// Moves the tick register, as if the cycles between had been run. True only while the idle output is
    /// set, and nothing that an edge could still move is in flight (the lines' synchronisers).
    pub fn set_ticks(&mut self, ticks: u64) {
        self.instance.set_ticks(ticks);
    }

    /// Starts an FST waveform of everything in the block; a model of [`Model::new`] has none. Its time is
    /// ticks × 10 ns.
    pub fn trace(&mut self, path: &Path) -> io::Result<()> {
        // Verilator's writer does not say why it cannot open a file.
        std::fs::File::create(path)?;
        let name = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: the instance lives until drop; the string outlives the call, which keeps no pointer.
        match unsafe { (self.table.trace)(self.instance.pointer(), name.as_ptr()) } {
            0 => Err(io::Error::other("the waveform writer could not open it")),
            _ => Ok(()),
        }
    }
}
