//! The FuseSoC core file (CAPI2).

use super::{Size, Top};

/// A core with the RTL and its constraints, and a target that lints it.
pub(super) fn text(top: Top, size: Size) -> String {
    format!(
        "\
CAPI=2:

name: portolan:portolan:{top}:{version}
description: \"Portolan port accelerator {description}: {size}\"

filesets:
  rtl:
    files:
      - {top}.v
    file_type: verilogSource-2005
  template:
    files:
      - {top}.vh: {{is_include_file: true}}
    file_type: verilogSource-2005
  vivado:
    files:
      - {top}.xdc
    file_type: xdc

targets:
  default: &default
    filesets:
      - rtl
      - \"tool_vivado? (vivado)\"
    toplevel: {top}
  lint:
    <<: *default
    default_tool: verilator
    tools:
      verilator:
        mode: lint-only
        verilator_options: [-Wall, -Wno-WIDTH, -Wno-UNUSED, -Wno-DECLFILENAME, -Wno-UNOPTFLAT]
",
        top = top.name(),
        description = top.description(),
        version = env!("CARGO_PKG_VERSION")
    )
}
