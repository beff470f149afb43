//! The UART top's ports by name, whatever its size: how a model is driven beside its Verilog.

use rust_hdl::prelude::{Block, Clock};

use super::UartTop;

/// A connected model of the UART top.
pub trait UartModel: Block {
    /// Drives an input; panics when there is no such input or it is narrower than the value.
    fn set(&mut self, input: &str, value: u64);
    /// An output's value; panics when there is no such output.
    fn get(&self, output: &str) -> u64;
}

impl<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize> UartModel
    for UartTop<LINES, LW, PORTS, IA, UA>
{
    fn set(&mut self, input: &str, value: u64) {
        match input {
            "clk" => self.clk.next = Clock { clk: value != 0 },
            "resetn" => self.resetn.next = value != 0,
            "rx" => self.rx.next = value != 0,
            "lines" => self.lines.next = value.into(),
            _ => panic!("the UART top has no input `{input}`"),
        }
    }

    fn get(&self, output: &str) -> u64 {
        u64::from(match output {
            "tx" => self.tx.val(),
            "irq" => self.irq.val(),
            "idle" => self.idle.val(),
            _ => panic!("the UART top has no output `{output}`"),
        })
    }
}
