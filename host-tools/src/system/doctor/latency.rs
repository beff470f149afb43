//! What makes boards slow: interrupts on far CPUs, sleep states of CPUs and links, memory on another node.

use super::{Finding, Machine};
use crate::system::pci::Function;
use crate::system::user::list;

/// A CPU that takes longer to wake, in µs, is felt in every wait.
const SLOW_WAKE: u64 = 50;

/// The CPUs of a board's node; empty on machines with one node.
fn near(machine: &Machine, board: &Function) -> Vec<u64> {
    let cpus = |node| machine.root.text(&format!("sys/devices/system/node/node{node}/cpulist"));
    board.node.and_then(cpus).map(|text| list(&text)).unwrap_or_default()
}

/// Whether interrupts of boards come to CPUs of their nodes.
pub(super) fn affinity(machine: &Machine) -> Vec<Finding> {
    let mut findings = Vec::new();
    for board in &machine.boards {
        let near = near(machine, board);
        let interrupts = machine.root.names(&board.file("msi_irqs"));
        if interrupts.is_empty() {
            continue;
        }
        let far = interrupts.iter().filter(|number| {
            let cpus = machine.root.text(&format!("proc/irq/{number}/smp_affinity_list"));
            let cpus = cpus.map(|text| list(&text)).unwrap_or_default();
            !near.is_empty() && cpus.iter().any(|cpu| !near.contains(cpu))
        });
        let far: Vec<&str> = far.map(String::as_str).collect();
        findings.push(match far.is_empty() {
            true => Finding::ok("irq affinity", format!("{} interrupts of {}", interrupts.len(), board.bdf)),
            false => {
                let node = board.node.unwrap_or_default();
                Finding::advice(
                    "irq affinity",
                    format!("interrupts of {} may come to CPUs that are far from it", board.bdf),
                    format!(
                        "for i in {}; do cat /sys/devices/system/node/node{node}/cpulist | \
                         sudo tee /proc/irq/$i/smp_affinity_list; done (irqbalance may undo it)",
                        far.join(" ")
                    ),
                )
            }
        });
    }
    findings
}

/// Whether CPUs sleep so deeply that waking takes long.
pub(super) fn c_states(machine: &Machine) -> Vec<Finding> {
    const CPUS: &str = "sys/devices/system/cpu";
    let states = machine.root.names(&format!("{CPUS}/cpu0/cpuidle")).into_iter();
    let enabled = states.filter_map(|state| {
        let number = |file: &str| machine.root.number(&format!("{CPUS}/cpu0/cpuidle/{state}/{file}"));
        let name = machine.root.text(&format!("{CPUS}/cpu0/cpuidle/{state}/name"))?;
        (number("disable") != Some(1)).then_some((number("latency")?, name))
    });
    vec![match enabled.max() {
        None => Finding::ok("c-states", "CPUs do not sleep, or not by this kernel's hand"),
        Some((latency, name)) if latency <= SLOW_WAKE => {
            Finding::ok("c-states", format!("the deepest is {name}, {latency} µs"))
        }
        Some((latency, name)) => Finding::advice(
            "c-states",
            format!("CPUs sleep as deeply as {name}, and take {latency} µs to wake"),
            format!("sudo cpupower idle-set --disable-by-latency {SLOW_WAKE}"),
        ),
    }]
}

/// Whether links of boards sleep.
pub(super) fn aspm(machine: &Machine) -> Vec<Finding> {
    let policy = machine.root.text("sys/module/pcie_aspm/parameters/policy").unwrap_or_default();
    let of = |board: &Function| {
        let on = |state: &&&str| machine.root.number(&board.file(&format!("link/{state}_aspm"))) == Some(1);
        let states: Vec<&str> = ["l0s", "l1"].iter().filter(on).copied().collect();
        match states.first() {
            None => Finding::ok("aspm", format!("the link of {} does not sleep", board.bdf)),
            Some(_) => Finding::advice(
                "aspm",
                format!("the link of {} sleeps ({}; policy {policy})", board.bdf, states.join(", ")),
                format!(
                    "for s in {}; do echo 0 | sudo tee /sys/bus/pci/devices/{}/link/${{s}}_aspm; done",
                    states.join(" "),
                    board.bdf
                ),
            ),
        }
    };
    machine.boards.iter().map(of).collect()
}

/// Whether this program runs, and has its memory, on the node of a board: the rings are where it runs.
pub(super) fn node(machine: &Machine) -> Vec<Finding> {
    let status = machine.root.text("proc/self/status").unwrap_or_default();
    let allowed = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.map(|text| list(text.trim())).unwrap_or_default()
    };
    let (cpus, nodes) = (allowed("Cpus_allowed_list:"), allowed("Mems_allowed_list:"));
    let of = |board: &Function| {
        let node = board.node?;
        let near = near(machine, board);
        let here = cpus.iter().all(|cpu| near.contains(cpu)) && nodes.iter().all(|other| *other == node);
        Some(match here || near.is_empty() {
            true => Finding::ok("numa node", format!("{} and this program are on node {node}", board.bdf)),
            false => Finding::advice(
                "numa node",
                format!("{} is on node {node}, and programs and their rings may be on another", board.bdf),
                format!("numactl --cpunodebind={node} --membind={node} PROGRAM"),
            ),
        })
    };
    machine.boards.iter().filter_map(of).collect()
}
