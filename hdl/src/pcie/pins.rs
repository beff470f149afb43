//! The PCIe top's ports by name, whatever its size: how a model is driven beside its Verilog.

use rust_hdl::prelude::{Block, Clock};

use super::PcieTop;

/// A connected model of the PCIe top.
pub trait PcieModel: Block {
    /// Drives an input; panics when there is no such input or it is narrower than the value.
    fn set(&mut self, input: &str, value: u64);
    /// An output's value; panics when there is no such output.
    fn get(&self, output: &str) -> u64;
}

macro_rules! pins {
    (
        clock in $($in_clock:ident)+; bits in $($in_bits:ident)+; bit in $($in_bit:ident)+;
        bits out $($out_bits:ident)+; bit out $($out_bit:ident)+
    ) => {
        impl<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize> PcieModel
            for PcieTop<LINES, LW, PORTS, IA, UA>
        {
            fn set(&mut self, input: &str, value: u64) {
                match input {
                    $(stringify!($in_clock) => self.$in_clock.next = Clock { clk: value != 0 },)+
                    $(stringify!($in_bits) => self.$in_bits.next = value.into(),)+
                    $(stringify!($in_bit) => self.$in_bit.next = value != 0,)+
                    _ => panic!("the PCIe top has no input `{input}`"),
                }
            }

            fn get(&self, output: &str) -> u64 {
                match output {
                    $(stringify!($out_bits) => self.$out_bits.val().to_u64(),)+
                    $(stringify!($out_bit) => u64::from(self.$out_bit.val()),)+
                    _ => panic!("the PCIe top has no output `{output}`"),
                }
            }
        }
    };
}

pins! {
    clock in core_clk user_clk;
    bits in m_axis_rx_tdata m_axis_rx_tkeep m_axis_rx_tuser cfg_bus_number cfg_device_number
        cfg_function_number cfg_command cfg_dcommand lines;
    bit in core_reset user_reset m_axis_rx_tlast m_axis_rx_tvalid s_axis_tx_tready
        cfg_received_func_lvl_rst cfg_err_cpl_rdy cfg_interrupt_rdy cfg_interrupt_msixenable
        cfg_interrupt_msixfm;
    bits out s_axis_tx_tdata s_axis_tx_tkeep s_axis_tx_tuser cfg_err_tlp_cpl_header cfg_interrupt_di
        post_credits;
    bit out m_axis_rx_tready s_axis_tx_tlast s_axis_tx_tvalid cfg_err_ur cfg_err_posted cfg_err_locked
        cfg_err_cpl_unexpect cfg_err_malformed cfg_interrupt cfg_interrupt_assert cfg_interrupt_stat idle
}
