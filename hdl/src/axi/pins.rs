//! An AXI top's ports by name, whatever its size: how a model is driven beside its Verilog.

use rust_hdl::prelude::{Block, Clock};

use super::{AxiRingsTop, AxiTop, ZynqTop};

/// A connected model of an AXI top.
pub trait AxiModel: Block {
    /// Drives an input; panics when there is no such input or it is narrower than the value.
    fn set(&mut self, input: &str, value: u64);
    /// An output's value; panics when there is no such output.
    fn get(&self, output: &str) -> u64;
}

/// Lets the model settle; false when it does not within `rounds` rounds.
pub fn settle<B: Block + ?Sized>(model: &mut B, rounds: usize) -> bool {
    (0..rounds).any(|_| {
        model.update_all();
        !model.has_changed()
    })
}

macro_rules! pins {
    ($top:ident: bits in $($in_bits:ident)+; bit in $($in_bit:ident)+; bits out $($out_bits:ident)+; bit out $($out_bit:ident)+) => {
        impl<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize> AxiModel
            for $top<LINES, LW, PORTS, IA, UA>
        {
            fn set(&mut self, input: &str, value: u64) {
                match input {
                    "s_axi_aclk" => self.s_axi_aclk.next = Clock { clk: value != 0 },
                    $(stringify!($in_bits) => self.$in_bits.next = value.into(),)+
                    $(stringify!($in_bit) => self.$in_bit.next = value != 0,)+
                    _ => panic!("this top has no input `{input}`"),
                }
            }

            fn get(&self, output: &str) -> u64 {
                match output {
                    $(stringify!($out_bits) => self.$out_bits.val().to_u64(),)+
                    $(stringify!($out_bit) => u64::from(self.$out_bit.val()),)+
                    _ => panic!("this top has no output `{output}`"),
                }
            }
        }
    };
}

pins! {
    AxiTop:
    bits in s_axi_awaddr s_axi_wdata s_axi_wstrb s_axi_araddr lines;
    bit in s_axi_aresetn s_axi_awvalid s_axi_wvalid s_axi_bready s_axi_arvalid s_axi_rready;
    bits out s_axi_bresp s_axi_rdata s_axi_rresp post_credits;
    bit out s_axi_awready s_axi_wready s_axi_bvalid s_axi_arready s_axi_rvalid irq idle
}

pins! {
    AxiRingsTop:
    bits in s_axi_awaddr s_axi_wdata s_axi_wstrb s_axi_araddr m_axi_bresp lines;
    bit in s_axi_aresetn s_axi_awvalid s_axi_wvalid s_axi_bready s_axi_arvalid s_axi_rready
        m_axi_awready m_axi_wready m_axi_bvalid;
    bits out s_axi_bresp s_axi_rdata s_axi_rresp post_credits
        m_axi_awaddr m_axi_awlen m_axi_awsize m_axi_awburst m_axi_awcache m_axi_awprot m_axi_wdata m_axi_wstrb;
    bit out s_axi_awready s_axi_wready s_axi_bvalid s_axi_arready s_axi_rvalid irq idle
        m_axi_awvalid m_axi_wlast m_axi_wvalid m_axi_bready
}

pins! {
    ZynqTop:
    bits in s_axi_awid s_axi_awaddr s_axi_awlen s_axi_awsize s_axi_awburst s_axi_awlock s_axi_wid s_axi_wdata s_axi_wstrb
        s_axi_arid s_axi_araddr s_axi_arlen s_axi_arsize s_axi_arburst s_axi_arlock m_axi_bresp lines;
    bit in s_axi_aresetn s_axi_awvalid s_axi_wlast s_axi_wvalid s_axi_bready s_axi_arvalid s_axi_rready
        m_axi_awready m_axi_wready m_axi_bvalid;
    bits out s_axi_bid s_axi_bresp s_axi_rid s_axi_rdata s_axi_rresp post_credits
        m_axi_awid m_axi_awaddr m_axi_awlen m_axi_awsize m_axi_awburst m_axi_awlock m_axi_awcache m_axi_awprot
        m_axi_wid m_axi_wdata m_axi_wstrb;
    bit out s_axi_awready s_axi_wready s_axi_bvalid s_axi_arready s_axi_rlast s_axi_rvalid irq idle
        m_axi_awvalid m_axi_wlast m_axi_wvalid m_axi_bready
}
