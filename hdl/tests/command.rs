//! The command: what it writes, and what it says when it cannot.

use std::process::{Command, Output};

fn portolan_hdl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portolan-hdl")).args(arguments).output().expect("the command starts")
}

#[test]
fn emit_writes_every_file_of_the_size_that_was_asked_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inside = folder.path().join("new/rtl");
    let path = inside.to_str().expect("a plain path");
    let arguments =
        ["emit", "--top", "axi", "--lines", "4", "--ports", "1", "--clock", "125000000", "-o", path];
    let output = portolan_hdl(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut names: Vec<String> = std::fs::read_dir(&inside)
        .expect("the folder was made")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .collect();
    names.sort();
    let files = ["core", "v", "vh", "xdc"].map(|extension| format!("portolan_axi.{extension}"));
    assert_eq!(names, [&files[..], &["registers.md".to_string()]].concat());
    let verilog = std::fs::read_to_string(inside.join("portolan_axi.v")).expect("Verilog");
    assert!(verilog.contains("\nmodule portolan_axi("));
    assert!(verilog.contains("input wire  [3:0] lines;"), "four lines");
    assert!(verilog.contains("= 32'h7735940;"), "CAP_CLOCK reads 125,000,000");
    assert!(!verilog.contains("top$"), "every module is named after the top");
}

#[test]
fn emit_writes_the_top_with_rings() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_str().expect("a plain path");
    let output = portolan_hdl(&["emit", "--top", "axi-rings", "--lines", "4", "--ports", "1", "-o", path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verilog = std::fs::read_to_string(folder.path().join("portolan_axi_rings.v")).expect("Verilog");
    assert!(verilog.contains("\nmodule portolan_axi_rings("));
    assert!(verilog.contains("[63:0] m_axi_awaddr;"), "the master's address");
    let core = std::fs::read_to_string(folder.path().join("portolan_axi_rings.core")).expect("a core file");
    assert!(core.contains("toplevel: portolan_axi_rings"), "{core}");
}

#[test]
fn emit_writes_the_zynq_top_with_everything_beside_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_str().expect("a plain path");
    let output = portolan_hdl(&["emit", "--top", "zynq", "--lines", "4", "--ports", "1", "-o", path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect(name);
    let verilog = text("portolan_zynq.v");
    assert!(verilog.contains("\nmodule portolan_zynq("));
    assert!(verilog.contains("input wire  [11:0] s_axi_wid;"), "GP0's IDs");
    assert!(verilog.contains("[3:0] m_axi_awlen;"), "AXI3 counts to 16 beats");
    assert!(text("portolan_zynq.vh").contains(".m_axi_wid"), "every port stands in the template");
    assert!(text("portolan_zynq.xdc").contains("ASYNC_REG"));
    assert!(text("portolan_zynq.core").contains("toplevel: portolan_zynq"));
    assert_eq!(text("registers.md"), portolan_regs::Markdown.to_string());
}

#[test]
fn a_size_that_is_not_built_is_refused_with_the_list_of_those_that_are() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inside = folder.path().join("rtl");
    let output = portolan_hdl(&["emit", "--lines", "5", "-o", inside.to_str().expect("a plain path")]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr).trim(),
        "portolan-hdl: no block of 5 lines and 8 ports is built; \
         the sizes are 4×1, 16×4, 32×8, 64×4 (lines × ports)"
    );
    assert!(!inside.exists(), "nothing is written");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let output = portolan_hdl(&["emit", "-o", "/dev/null/rtl"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("cannot make the folder `/dev/null/rtl`"), "{said}");
}

#[test]
fn registers_prints_the_map() {
    let output = portolan_hdl(&["registers"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), portolan_regs::Markdown.to_string());
}
