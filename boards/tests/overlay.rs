//! The device-tree overlay of the Zynq boards, applied to a tree with the labels that Linux's zynq-7000.dtsi has.

use std::fs;
use std::path::Path;
use std::process::Command;

use portolan_boards::toolbox::{DeviceTree, Toolbox};

const OVERLAY: &str = include_str!("../zynq/portolan.dtso");

/// What the overlay refers to: the names, cells and addresses are those of arch/arm/boot/dts/xilinx/zynq-7000.dtsi.
const BASE: &str = r#"/dts-v1/;
/ {
    #address-cells = <1>;
    #size-cells = <1>;
    compatible = "xlnx,zynq-7000";
    memory@0 { device_type = "memory"; reg = <0x0 0x10000000>; };
    axi {
        compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges;
        intc: interrupt-controller@f8f01000 {
            compatible = "arm,cortex-a9-gic"; #interrupt-cells = <3>; interrupt-controller;
            reg = <0xF8F01000 0x1000>, <0xF8F00100 0x100>;
        };
        clkc: clkc@f8000100 { compatible = "xlnx,ps7-clkc"; #clock-cells = <1>; reg = <0xF8000100 0x100>; };
    };
};
"#;

/// The output of a tool that must succeed and not complain.
fn said(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let complaints = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && complaints.is_empty(), "{command:?}:\n{complaints}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn compile(tools: &Toolbox, folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(format!("{name}.dts")), text).unwrap();
    let mut dtc = tools.device_tree(DeviceTree::Compile);
    dtc.args(["-@", "-I", "dts", "-O", "dtb", "-o", &format!("{name}.dtb"), &format!("{name}.dts")]);
    said(dtc.current_dir(folder));
}

#[test]
fn the_overlay_gives_registers_rings_interrupt_and_clock() {
    let tools = match Toolbox::pinned_or_newest() {
        Ok(tools) => tools,
        Err(error) => {
            let why = format!("no device-tree compiler: {error}");
            assert!(std::env::var_os("PORTOLAN_NO_SKIP").is_none_or(|v| v != "1"), "{why}");
            println!("SKIPPED: {why}");
            return;
        }
    };
    let work = tempfile::tempdir().unwrap();
    compile(&tools, work.path(), "base", BASE);
    compile(&tools, work.path(), "overlay", OVERLAY);
    let mut apply = tools.device_tree(DeviceTree::Overlay);
    apply.args(["-i", "base.dtb", "-o", "whole.dtb", "overlay.dtb"]);
    said(apply.current_dir(work.path()));
    let get = |kind: &str, node: &str, property: &str| {
        let mut fdtget = tools.device_tree(DeviceTree::Get);
        said(fdtget.args(["-t", kind, "whole.dtb", node, property]).current_dir(work.path()))
    };

    let bus = "/portolan-bus";
    let device = &format!("{bus}/portolan@40000000");
    assert_eq!(get("s", device, "compatible"), "generic-uio");
    // Registers first: the window of every board's block; then the rings.
    let reg: Vec<u32> =
        get("x", device, "reg").split(' ').map(|word| u32::from_str_radix(word, 16).unwrap()).collect();
    assert_eq!(reg[0], 0x4000_0000);
    let ports = portolan_board::all().iter().map(|board| board.size.ports).max().unwrap();
    assert!(reg[1] >= portolan_regs::map::window(ports), "{reg:x?}");
    let rings = get("x", "/reserved-memory/rings@f000000", "reg");
    assert_eq!(rings, format!("{:x} {:x}", reg[2], reg[3]));
    said(
        tools
            .device_tree(DeviceTree::Get)
            .args(["-p", "whole.dtb", "/reserved-memory/rings@f000000"])
            .current_dir(work.path()),
    )
    .lines()
    .find(|property| *property == "no-map")
    .expect("no-map");
    // Shared peripheral interrupt 29, active high level.
    assert_eq!(get("u", device, "interrupts"), "0 29 4");
    let intc = get("x", "/axi/interrupt-controller@f8f01000", "phandle");
    assert_eq!(get("x", device, "interrupt-parent"), intc);
    let clkc = get("x", "/axi/clkc@f8000100", "phandle");
    assert_eq!(get("x", bus, "clocks"), format!("{clkc} f"));
    // FCLK0 at what every board is built for.
    for board in portolan_board::all().iter().filter(|board| board.top == portolan_board::Top::Zynq) {
        assert_eq!(get("u", bus, "assigned-clock-rates"), board.clock_hz.to_string(), "{}", board.id);
    }
}
