//! The two sides of the AXI tops: RustHDL's model and the Verilated Verilog.

use portolan_hdl::axi::{AxiModel, settle};
use portolan_hdl::emit::{self, Top};
use portolan_sim::{Inputs, Model, Outputs, Size};

use crate::compare::Side;

/// RustHDL's own simulation.
pub struct RustSide {
    model: Box<dyn AxiModel>,
    top: Top,
}

impl RustSide {
    pub fn new(top: Top, size: Size) -> RustSide {
        let size = emit::Size::new(size.lines(), size.ports()).expect("both crates know the same sizes");
        let model = match top {
            Top::Axi => size.axi_top(emit::HERTZ),
            Top::AxiRings => size.axi_rings_top(emit::HERTZ),
            Top::Zynq => size.zynq_top(emit::HERTZ),
            Top::Pcie | Top::Uart => unreachable!("modules of their own compare them"),
        };
        let mut side = RustSide { model, top };
        side.low(&Inputs::default());
        side
    }

    fn outputs(&mut self) -> Outputs {
        // A path from pin to pin takes a round per level of hierarchy, and some.
        assert!(settle(&mut *self.model, 100), "RustHDL's model does not settle: a loop");
        let get = |name: &str| self.model.get(name);
        let outputs = Outputs {
            post_credits: get("post_credits"),
            rdata: get("s_axi_rdata") as u32,
            awready: get("s_axi_awready") as u8,
            wready: get("s_axi_wready") as u8,
            bresp: get("s_axi_bresp") as u8,
            bvalid: get("s_axi_bvalid") as u8,
            arready: get("s_axi_arready") as u8,
            rresp: get("s_axi_rresp") as u8,
            rvalid: get("s_axi_rvalid") as u8,
            irq: get("irq") as u8,
            idle: get("idle") as u8,
            ..Outputs::default()
        };
        if self.top == Top::Axi {
            return outputs;
        }
        let outputs = Outputs {
            m_awaddr: get("m_axi_awaddr"),
            m_wdata: get("m_axi_wdata"),
            m_awlen: get("m_axi_awlen") as u8,
            m_awsize: get("m_axi_awsize") as u8,
            m_awburst: get("m_axi_awburst") as u8,
            m_awcache: get("m_axi_awcache") as u8,
            m_awprot: get("m_axi_awprot") as u8,
            m_awvalid: get("m_axi_awvalid") as u8,
            m_wstrb: get("m_axi_wstrb") as u8,
            m_wlast: get("m_axi_wlast") as u8,
            m_wvalid: get("m_axi_wvalid") as u8,
            m_bready: get("m_axi_bready") as u8,
            ..outputs
        };
        if self.top == Top::AxiRings {
            return outputs;
        }
        Outputs {
            rlast: get("s_axi_rlast") as u8,
            m_awid: get("m_axi_awid") as u8,
            m_awlock: get("m_axi_awlock") as u8,
            m_wid: get("m_axi_wid") as u8,
            bid: get("s_axi_bid") as u16,
            rid: get("s_axi_rid") as u16,
            ..outputs
        }
    }
}

impl Side<Inputs, Outputs> for RustSide {
    fn low(&mut self, inputs: &Inputs) -> Outputs {
        for (name, value) in [
            ("s_axi_aclk", 0),
            ("s_axi_aresetn", inputs.aresetn.into()),
            ("s_axi_awaddr", inputs.awaddr.into()),
            ("s_axi_awvalid", inputs.awvalid.into()),
            ("s_axi_wdata", inputs.wdata.into()),
            ("s_axi_wstrb", inputs.wstrb.into()),
            ("s_axi_wvalid", inputs.wvalid.into()),
            ("s_axi_bready", inputs.bready.into()),
            ("s_axi_araddr", inputs.araddr.into()),
            ("s_axi_arvalid", inputs.arvalid.into()),
            ("s_axi_rready", inputs.rready.into()),
            ("lines", inputs.lines),
        ] {
            self.model.set(name, value);
        }
        if self.top == Top::Zynq {
            for (name, value) in [
                ("s_axi_awid", inputs.awid),
                ("s_axi_awlen", inputs.awlen.into()),
                ("s_axi_awsize", inputs.awsize.into()),
                ("s_axi_awburst", inputs.awburst.into()),
                ("s_axi_awlock", inputs.awlock.into()),
                ("s_axi_wid", inputs.wid),
                ("s_axi_wlast", inputs.wlast.into()),
                ("s_axi_arid", inputs.arid),
                ("s_axi_arlen", inputs.arlen.into()),
                ("s_axi_arsize", inputs.arsize.into()),
                ("s_axi_arburst", inputs.arburst.into()),
                ("s_axi_arlock", inputs.arlock.into()),
            ] {
                self.model.set(name, value.into());
            }
        }
        if self.top != Top::Axi {
            for (name, value) in [
                ("m_axi_awready", inputs.m_awready),
                ("m_axi_wready", inputs.m_wready),
                ("m_axi_bresp", inputs.m_bresp),
                ("m_axi_bvalid", inputs.m_bvalid),
            ] {
                self.model.set(name, value.into());
            }
        }
        self.outputs()
    }

    fn high(&mut self) -> Outputs {
        self.model.set("s_axi_aclk", 1);
        self.outputs()
    }
}

/// The Verilated Verilog.
pub struct VerilogSide(pub Model);

impl Side<Inputs, Outputs> for VerilogSide {
    fn low(&mut self, inputs: &Inputs) -> Outputs {
        self.0.low(inputs)
    }
    fn high(&mut self) -> Outputs {
        self.0.high()
    }
}
