//! What whoever finishes the Acorn's image starts from fits the top: wrapper.v beside board.xdc.

use std::collections::BTreeSet;

use portolan_hdl::emit::{HERTZ, Size, Top, ports};

const WRAPPER: &str = include_str!("../acorn-cle-215/wrapper.v");

/// Names in `.name(` of the instance of a module.
fn connected(module: &str) -> BTreeSet<String> {
    let start = format!("    {module} ");
    let (_, rest) = WRAPPER.split_once(&start).expect(module);
    let (instance, _) = rest.split_once(");\n").expect("an instance ends");
    instance
        .split(" .")
        .chain(instance.split("(\n        ."))
        .filter_map(|part| Some(part.split_once('(')?.0.trim().to_owned()))
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .collect()
}

#[test]
fn the_wrapper_connects_every_port_of_the_top() {
    let top = Top::Pcie.with(Size::DEFAULT, HERTZ, |design| ports(Top::Pcie.name(), design));
    let connected = connected(Top::Pcie.name());
    let missing: Vec<&str> =
        top.iter().map(|port| port.name.as_str()).filter(|name| !connected.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?} are not in {connected:?}");
    // And what the top has of the integrated block is asked of what is missing.
    let own = ["core_clk", "core_reset", "lines", "idle", "post_credits"];
    let core = self::connected("portolan_pcie_core");
    for port in top.iter().filter(|port| !own.contains(&port.name.as_str())) {
        assert!(core.contains(&port.name), "{}", port.name);
        let range = port.range();
        assert!(WRAPPER.contains(&format!("    wire {range}{};\n", port.name)), "{range}{}", port.name);
    }
}

#[test]
fn every_pin_is_a_port_of_the_wrapper() {
    let board = portolan_board::find("acorn-cle-215").unwrap();
    let (head, _) = WRAPPER.split_once(");\n").unwrap();
    for line in board.xdc.lines().filter(|line| line.contains("PACKAGE_PIN")) {
        let (_, port) = line.split_once("[get_ports ").unwrap();
        let name = port.trim_matches(['{', '}', ']']).split('[').next().unwrap();
        assert!(head.contains(&format!(" {name}")), "{name} of {line}");
    }
}
