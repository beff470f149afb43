//! What a board needs: hardware, modules, rights, memory.

use super::{Finding, Machine, latency};
use crate::system::devices::vfio_nodes;
use crate::system::user::{GROUP, group_number, limit};

/// A check: what it finds, of each thing that it looks at.
pub(super) type Check = fn(&Machine) -> Vec<Finding>;

/// Every check, in the order in which one would mend things.
pub(super) const ALL: &[Check] = &[
    boards,
    iommu,
    modules,
    driver,
    group,
    udev_rule,
    nodes,
    memlock,
    hugepages,
    latency::affinity,
    latency::c_states,
    latency::aspm,
    latency::node,
];

/// Bytes that a process locks: the rings of a board are within 2 MiB, and a program may have two boards.
const LOCKED: u64 = 4 << 20;

/// Where udev looks for rules.
const RULES: [&str; 4] = ["etc/udev/rules.d", "run/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d"];
/// Ours.
const RULE: &str = "60-portolan.rules";

fn boards(machine: &Machine) -> Vec<Finding> {
    let names = machine.boards.iter().map(|board| board.bdf.to_string());
    let names: Vec<String> =
        names.chain(machine.uios.iter().map(|uio| format!("uio:{}", uio.number))).collect();
    vec![match names.is_empty() {
        true => Finding::advice(
            "boards",
            "no Portolan board is plugged in",
            "switch it on, let the FPGA be configured, then: echo 1 | sudo tee /sys/bus/pci/rescan",
        ),
        false => Finding::ok("boards", names.join(", ")),
    }]
}

fn iommu(machine: &Machine) -> Vec<Finding> {
    let groups = machine.root.names("sys/kernel/iommu_groups").len();
    let without = machine.boards.iter().find(|board| board.group.is_none());
    vec![match (groups, without) {
        // A block on AXI is behind none, and needs none.
        (0, _) if machine.boards.is_empty() && !machine.uios.is_empty() => {
            Finding::ok("iommu", "none, which boards on AXI do not need")
        }
        (0, _) => Finding::missing(
            "iommu",
            "the kernel uses no IOMMU, without which VFIO keeps no board from any memory of this machine",
            "switch VT-d, AMD-Vi or SMMU on in the firmware, add intel_iommu=on (Intel) to the kernel's command line, \
             and start anew",
        ),
        (_, Some(board)) => Finding::missing(
            "iommu",
            format!("{} is in no IOMMU group", board.bdf),
            "move the card to another slot, or switch the IOMMU of that slot on in the firmware",
        ),
        (groups, None) => Finding::ok("iommu", format!("{groups} groups")),
    }]
}

fn modules(machine: &Machine) -> Vec<Finding> {
    let loaded = |name: &str, driver: &str| {
        machine.root.exists(&format!("sys/module/{name}"))
            || machine.root.exists(&format!("sys/bus/{driver}"))
    };
    let mut findings = Vec::new();
    if !machine.boards.is_empty() || machine.uios.is_empty() {
        let vfio = loaded("vfio_pci", "pci/drivers/vfio-pci");
        let uio = loaded("uio_pci_generic", "pci/drivers/uio_pci_generic");
        findings.push(match (vfio, uio) {
            (true, _) => Finding::ok("modules", "vfio-pci is there"),
            (false, true) => Finding::ok("modules", "uio_pci_generic is there: boards are pulled, without rings"),
            (false, false) => Finding::missing(
                "modules",
                "vfio-pci is not loaded",
                "sudo modprobe vfio_pci; at each start: echo vfio_pci | sudo tee /etc/modules-load.d/portolan.conf",
            ),
        });
    }
    if !machine.uios.is_empty() {
        findings.push(match loaded("uio_pdrv_genirq", "platform/drivers/uio_pdrv_genirq") {
            true => Finding::ok("modules", "uio_pdrv_genirq is there"),
            false => Finding::missing(
                "modules",
                "uio_pdrv_genirq is not loaded",
                "sudo modprobe uio_pdrv_genirq of_id=generic-uio",
            ),
        });
    }
    findings
}

fn driver(machine: &Machine) -> Vec<Finding> {
    let of = |board: &crate::system::pci::Function| match board.driver.as_deref() {
        Some(driver @ ("vfio-pci" | "uio_pci_generic")) => {
            Finding::ok("driver", format!("{driver} has {}", board.bdf))
        }
        driver => Finding::missing(
            "driver",
            format!("{} has {}", driver.unwrap_or("no driver"), board.bdf),
            format!("sudo portolan bind {}", board.bdf),
        ),
    };
    machine.boards.iter().map(of).collect()
}

fn group(machine: &Machine) -> Vec<Finding> {
    let user = &machine.user;
    vec![match group_number(&machine.root, GROUP) {
        None if user.is_root() => Finding::advice(
            "group",
            format!("there is no group {GROUP}, so that only root can use boards"),
            "sudo systemd-sysusers (with portolan's file in /usr/lib/sysusers.d), or: sudo groupadd --system portolan",
        ),
        None => Finding::missing(
            "group",
            format!("there is no group {GROUP}"),
            "sudo systemd-sysusers (with portolan's file in /usr/lib/sysusers.d), or: sudo groupadd --system portolan",
        ),
        Some(_) if user.is_root() => Finding::ok("group", "root needs none"),
        Some(number) if user.is_in(number) => Finding::ok("group", format!("this user is in {GROUP}")),
        Some(_) => Finding::missing(
            "group",
            format!("this user is not in the group {GROUP}"),
            format!("sudo usermod --append --groups {GROUP} \"$USER\", then log in anew"),
        ),
    }]
}

fn udev_rule(machine: &Machine) -> Vec<Finding> {
    let found = RULES.iter().find(|folder| machine.root.exists(&format!("{folder}/{RULE}")));
    vec![match found {
        Some(folder) => Finding::ok("udev rule", format!("/{folder}/{RULE}")),
        None if machine.user.is_root() => Finding::advice(
            "udev rule",
            "it is not installed, so that only root can use boards",
            "install the package portolan (make deb), or copy host-tools/packaging/60-portolan.rules to \
             /etc/udev/rules.d",
        ),
        None => Finding::missing(
            "udev rule",
            "it is not installed",
            "install the package portolan (make deb), or copy host-tools/packaging/60-portolan.rules to \
             /etc/udev/rules.d",
        ),
    }]
}

/// The files that this user must be able to open.
fn nodes(machine: &Machine) -> Vec<Finding> {
    let mut nodes = Vec::new();
    for board in machine.boards.iter().filter(|board| board.driver.as_deref() == Some("vfio-pci")) {
        nodes.extend(vfio_nodes(&machine.root, board));
    }
    nodes.extend(machine.uios.iter().map(|uio| format!("/dev/uio{}", uio.number)));
    nodes.sort();
    nodes.dedup();
    let of = |node: &String| {
        let path = node.trim_start_matches('/');
        match machine.root.exists(path) {
            false => Finding::missing(
                "rights",
                format!("{node} is not there"),
                "sudo modprobe vfio_pci, or wait for udev: sudo udevadm settle",
            ),
            true if machine.user.may_use(&machine.root, path) => {
                Finding::ok("rights", format!("{node} can be opened"))
            }
            true => Finding::missing(
                "rights",
                format!("this user may not open {node}"),
                "sudo udevadm control --reload && sudo udevadm trigger --action=add --subsystem-match=vfio \
                 --subsystem-match=vfio-dev --subsystem-match=uio --subsystem-match=misc",
            ),
        }
    };
    nodes.iter().map(of).collect()
}

fn memlock(machine: &Machine) -> Vec<Finding> {
    let Some(bytes) = limit(&machine.root, "Max locked memory") else { return Vec::new() };
    let (needed, has) = (LOCKED >> 20, bytes >> 20);
    vec![match bytes {
        _ if machine.user.is_root() => Finding::ok("memlock", "root may lock any memory"),
        u64::MAX => Finding::ok("memlock", "no limit"),
        bytes if bytes >= LOCKED => Finding::ok("memlock", format!("{has} MiB")),
        _ => Finding::missing(
            "memlock",
            format!("{has} MiB may be locked, and rings may need {needed} MiB"),
            format!(
                "echo '@{GROUP} - memlock {}' | sudo tee /etc/security/limits.d/portolan.conf, then log in anew",
                LOCKED >> 10
            ),
        ),
    }]
}

fn hugepages(machine: &Machine) -> Vec<Finding> {
    let free = machine.root.number("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
    vec![match free {
        None => Finding::ok("hugepages", "this kernel has none of 2 MiB; rings use plain pages"),
        Some(0) => Finding::advice(
            "hugepages",
            "none is free, so that rings use plain pages",
            "sudo sysctl vm.nr_hugepages=8; at each start: echo vm.nr_hugepages=8 | sudo tee /etc/sysctl.d/portolan.conf",
        ),
        Some(free) => Finding::ok("hugepages", format!("{free} free")),
    }]
}
