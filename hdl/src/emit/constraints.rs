//! Constraints for Vivado (XDC).

use super::Size;

/// Cuts the paths into the first flip-flop of each line's synchroniser. That the two flip-flops
/// stay together is said in the RTL, by ASYNC_REG (Xilinx UG912).
pub(super) fn text(size: Size) -> String {
    format!(
        "\
# Portolan, {size}. The clock itself is constrained by the design around the block.
#
# The pins in `lines` belong to no clock: no timing from anywhere into the first flip-flop of a
# synchroniser ({lines} of them). The second one must follow closely, which ASYNC_REG in the RTL asks for.
set_false_path -to [get_pins -of_objects [get_cells -hierarchical \\
    -filter {{ASYNC_REG == TRUE && NAME =~ *synchroniser*/first_reg*}}] -filter {{REF_PIN_NAME == D}}]
",
        lines = size.lines()
    )
}
