//! Constraints for Vivado (XDC).

use super::{Size, Top};

/// Cuts the paths into the first flip-flop of each line's synchroniser. That the two flip-flops
/// stay together is said in the RTL, by ASYNC_REG (Xilinx UG912). Of the PCIe top also bounds what crosses
/// between its clocks.
pub(super) fn text(top: Top, size: Size) -> String {
    let mut text = lines(size, if top == Top::Uart { " The pin `rx` is one more." } else { "" });
    if top == Top::Pcie {
        text += CROSSING;
    }
    text
}

/// A Gray-coded pointer is read rightly only if its bits arrive within a period of the clock that sends it:
/// 8 ns is that of 125 MHz, the fastest clock that either side may have.
const CROSSING: &str = "
# Between core_clk and user_clk go Gray-coded pointers, single flip-flops and memory words that have been
# written long before; no path may be longer than a period of the faster clock.
set_max_delay -datapath_only 8.0 -from [get_clocks -of_objects [get_pins -of_objects \\
    [get_cells -hierarchical -filter {NAME =~ *core_side/*asks/q_reg*}] -filter {REF_PIN_NAME == C}]] \\
    -to [get_clocks -of_objects [get_pins -of_objects \\
    [get_cells -hierarchical -filter {NAME =~ *user_side/*asks/q_reg*}] -filter {REF_PIN_NAME == C}]]
set_max_delay -datapath_only 8.0 -from [get_clocks -of_objects [get_pins -of_objects \\
    [get_cells -hierarchical -filter {NAME =~ *user_side/*asks/q_reg*}] -filter {REF_PIN_NAME == C}]] \\
    -to [get_clocks -of_objects [get_pins -of_objects \\
    [get_cells -hierarchical -filter {NAME =~ *core_side/*asks/q_reg*}] -filter {REF_PIN_NAME == C}]]
";

fn lines(size: Size, more: &str) -> String {
    format!(
        "\
# Portolan, {size}. The clock itself is constrained by the design around the block.
#
# The pins in `lines` belong to no clock: no timing from anywhere into the first flip-flop of a
# synchroniser ({lines} of them). The second one must follow closely, which ASYNC_REG in the RTL asks for.{more}
set_false_path -to [get_pins -of_objects [get_cells -hierarchical \\
    -filter {{ASYNC_REG == TRUE && NAME =~ *synchroniser*/first_reg*}}] -filter {{REF_PIN_NAME == D}}]
",
        lines = size.lines()
    )
}
