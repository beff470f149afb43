//! The files beside the Verilog fit it.

use portolan_hdl::emit::{self, Size, Top};

use crate::tools::warnings;

fn file(files: &[emit::File], name: &str) -> String {
    files.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("{name} is there")).text.clone()
}

#[test]
fn the_instantiation_template_names_every_port() {
    for (top, size) in Top::ALL.into_iter().flat_map(|top| Size::ALL.iter().map(move |size| (top, size))) {
        let files = emit::package(top, *size, emit::HERTZ);
        let [verilog, template] = ["v", "vh"].map(|extension| format!("{}.{extension}", top.name()));
        let user =
            format!("/* verilator lint_off UNDRIVEN */\nmodule user;\n`include \"{template}\"\nendmodule\n");
        let said = warnings(&[
            ("user.v", &user),
            (&verilog, &file(&files, &verilog)),
            (&template, &file(&files, &template)),
        ]);
        let Some(said) = said else { return };
        assert!(said.is_empty(), "{top:?}, {size}:\n{said}");
    }
}

#[test]
fn the_constraints_meet_the_first_flip_flop_of_every_line_and_nothing_else() {
    for (top, size) in Top::ALL.into_iter().flat_map(|top| Size::ALL.iter().map(move |size| (top, size))) {
        let files = emit::package(top, *size, emit::HERTZ);
        let xdc = file(&files, &format!("{}.xdc", top.name()));
        assert!(xdc.contains("ASYNC_REG == TRUE && NAME =~ *synchroniser*/first_reg*"), "{xdc}");
        // Vivado names a register after the instance path and the variable, with `_reg`.
        let verilog = file(&files, &format!("{}.v", top.name()));
        let mut met = 0;
        for module in verilog.split("\nmodule ").skip(1) {
            let name = module.split('(').next().expect("a module has a name");
            let is_synchroniser = name.rsplit('$').any(|part| part == "synchroniser");
            let first = module.lines().map(str::trim_start).find_map(|line| {
                line.strip_prefix("(* ASYNC_REG = \"TRUE\" *) reg [")?.strip_suffix(":0] first;")
            });
            if is_synchroniser {
                met += first.expect(name).parse::<u32>().expect("a number") + 1;
            } else {
                // Between the clocks of the PCIe top there are others, which have constraints of their own.
                assert!(first.is_none() || top == Top::Pcie, "{name}");
            }
        }
        // The pin rx of the UART top is one more.
        let pins = size.lines() + u32::from(top == Top::Uart);
        assert_eq!(met, pins, "{top:?}, {size}");
    }
}

#[test]
fn the_core_file_names_files_that_are_there() {
    for top in Top::ALL {
        let files = emit::package(top, Size::DEFAULT, emit::HERTZ);
        let core = file(&files, &format!("{}.core", top.name()));
        assert!(core.starts_with("CAPI=2:\n"), "FuseSoC knows a core file by its first line");
        for line in core.lines().filter(|line| line.starts_with("      - portolan")) {
            let name = line.trim_start_matches(" -").trim_start_matches("      - ");
            let name = name.split(':').next().expect("a name").trim();
            assert!(files.iter().any(|f| f.name == name), "{name}");
        }
    }
}

#[test]
fn the_constraints_of_the_pcie_top_find_the_clocks_by_flip_flops_that_are_there() {
    let files = emit::package(Top::Pcie, Size::DEFAULT, emit::HERTZ);
    let (xdc, verilog) = (file(&files, "portolan_pcie.xdc"), file(&files, "portolan_pcie.v"));
    for side in ["core_side", "user_side"] {
        assert_eq!(xdc.matches(&format!("NAME =~ *{side}/*asks/q_reg*")).count(), 2, "{xdc}");
        assert!(verilog.contains(&format!(" {side}(\n")), "an instance {side}");
    }
    assert!(verilog.contains(" asks(\n"), "a flip-flop asks in each");
}
