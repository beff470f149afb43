//! `portolan devices`: the boards that are plugged in, who has each, and what is missing before it can be opened.

use super::pci::Function;
use super::root::Root;
#[cfg(feature = "serial")]
use super::serial;
use super::uio::Uio;
use super::user::User;
use super::{SystemArgs, print, print_json};
use crate::failure::Failure;
use clap::Args;
#[cfg(feature = "serial")]
use portolan::device::UartAddress;
use serde::Serialize;
#[cfg(feature = "serial")]
use std::path::Path;

/// Arguments of `portolan devices`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  portolan devices\n  portolan devices --json | jq -r 'select(.ready).board'\n  \
                  portolan devices --serial /dev/ttyS0@115200 --no-usb"
)]
pub struct DevicesArgs {
    /// What all commands about this machine are told.
    #[command(flatten)]
    pub system: SystemArgs,

    /// Ask at this serial line as well; may be given several times
    #[cfg(feature = "serial")]
    #[arg(long, value_name = "PATH[@BAUD]")]
    pub serial: Vec<UartAddress>,

    /// Ask at no serial port on USB. What is no Portolan there gets some twenty bytes, and some boards begin anew when their port
    /// is opened
    #[cfg(feature = "serial")]
    #[arg(long)]
    pub no_usb: bool,
}

/// A board, and how it stands.
#[derive(Debug, Serialize)]
struct Device {
    v: u32,
    r#type: &'static str,
    /// What `--board` calls it, when a driver that Portolan works with has it.
    board: Option<String>,
    /// What it is on: `pci`, `uio`, `serial`.
    bus: &'static str,
    /// Its PCI address.
    bdf: Option<String>,
    /// Vendor, device, and the same of the subsystem.
    ids: Option<String>,
    driver: Option<String>,
    iommu_group: Option<String>,
    numa_node: Option<u64>,
    /// Files that must be opened.
    nodes: Vec<String>,
    /// Whether this user can open it now.
    ready: bool,
    /// What is in the way, and what to do about it.
    missing: Vec<String>,
}

/// Runs the command.
pub fn devices(args: &DevicesArgs) -> Result<(), Failure> {
    #[cfg_attr(not(feature = "serial"), expect(unused_mut, reason = "there are no more"))]
    let mut devices = find(&args.system.root());
    #[cfg(feature = "serial")]
    {
        // A machine that is made up has no serial ports.
        let usb = !args.no_usb && args.system.root == Path::new("/");
        devices.extend(serial::ask(&args.serial, usb).into_iter().map(of_line));
    }
    if args.system.json {
        return print_json(&devices);
    }
    print(&table(&devices))
}

fn find(root: &Root) -> Vec<Device> {
    let user = User::of(root);
    let uios = Uio::all(root);
    let pci = Function::boards(root).into_iter().map(|function| of_function(root, &user, &uios, function));
    let others = uios.iter().filter(|uio| uio.function.is_none() && uio.is_board());
    pci.chain(others.map(|uio| of_uio(root, &user, uio))).collect()
}

fn of_function(root: &Root, user: &User, uios: &[Uio], function: Function) -> Device {
    let bdf = &function.bdf;
    let (mut nodes, mut missing) = (Vec::new(), Vec::new());
    let uio = uios.iter().find(|uio| uio.function.as_ref().is_some_and(|other| other.bdf == *bdf));
    let board = match (function.driver.as_deref(), uio) {
        (Some("vfio-pci"), _) => {
            nodes.extend(vfio_nodes(root, &function));
            let group = function.group.as_deref().unwrap_or_default();
            for other in function.neighbours(root) {
                if let Some(driver) = other.driver.filter(|driver| driver != "vfio-pci") {
                    let other = other.bdf;
                    missing.push(format!(
                        "{other} of the same IOMMU group {group} is held by {driver}; type: portolan bind --any {other}"
                    ));
                }
            }
            Some(format!("vfio:{bdf}"))
        }
        (Some("uio_pci_generic"), Some(uio)) => {
            nodes.push(format!("/dev/uio{}", uio.number));
            Some(format!("uio:{}", uio.number))
        }
        (driver, _) => {
            let driver = driver.map_or("no driver has it".into(), |driver| format!("{driver} has it"));
            missing.push(format!("{driver}; type: portolan bind {bdf}"));
            None
        }
    };
    if function.group.is_none() && function.driver.as_deref() != Some("uio_pci_generic") {
        missing.push("it is behind no IOMMU; portolan doctor says how to switch that on".into());
    }
    missing.extend(rights(root, user, &nodes));
    let [vendor, device, sub_vendor, sub_device] = function.ids;
    Device {
        v: 1,
        r#type: "device",
        board,
        bus: "pci",
        bdf: Some(bdf.to_string()),
        ids: Some(format!("{vendor:04x}:{device:04x} {sub_vendor:04x}:{sub_device:04x}")),
        driver: function.driver,
        iommu_group: function.group,
        numa_node: function.node,
        nodes,
        ready: missing.is_empty(),
        missing,
    }
}

/// The files by which VFIO gives a function to a program: the character device with /dev/iommu where the kernel has
/// them, else the group.
pub(super) fn vfio_nodes(root: &Root, function: &Function) -> Vec<String> {
    let character = root.names(&function.file("vfio-dev")).into_iter().next();
    match (character, &function.group) {
        (Some(name), _) if root.exists("dev/iommu") => {
            vec![format!("/dev/vfio/devices/{name}"), "/dev/iommu".into()]
        }
        (_, Some(group)) => vec!["/dev/vfio/vfio".into(), format!("/dev/vfio/{group}")],
        _ => vec!["/dev/vfio/vfio".into()],
    }
}

fn of_uio(root: &Root, user: &User, uio: &Uio) -> Device {
    let nodes = vec![format!("/dev/uio{}", uio.number)];
    let mut missing = rights(root, user, &nodes);
    let needed = u64::from(portolan_regs::pci::BAR_BYTES);
    if let Some(bytes) = uio.bytes.filter(|bytes| *bytes < needed) {
        missing.push(format!(
            "its first mapping is {bytes:#x} bytes, and the registers need {needed:#x}; correct `reg` in the device tree"
        ));
    }
    Device {
        v: 1,
        r#type: "device",
        board: Some(format!("uio:{}", uio.number)),
        bus: "uio",
        bdf: None,
        ids: None,
        driver: Some(uio.name.clone()),
        iommu_group: None,
        numa_node: None,
        nodes,
        ready: missing.is_empty(),
        missing,
    }
}

#[cfg(feature = "serial")]
fn of_line(line: serial::Line) -> Device {
    Device {
        v: 1,
        r#type: "device",
        board: Some(line.address.to_string()),
        bus: "serial",
        bdf: None,
        ids: None,
        driver: None,
        iommu_group: None,
        numa_node: None,
        nodes: vec![line.address.path],
        ready: line.missing.is_none(),
        missing: line.missing.iter().map(ToString::to_string).collect(),
    }
}

/// Which of the files this user may not open, or are not there.
fn rights(root: &Root, user: &User, nodes: &[String]) -> Vec<String> {
    let path = |node: &str| node.trim_start_matches('/').to_string();
    let complain = |node: &String| match root.exists(&path(node)) {
        false => Some(format!("{node} is not there; portolan doctor says why")),
        true if user.may_use(root, &path(node)) => None,
        true => Some(format!("this user may not open {node}; portolan doctor says how to be allowed to")),
    };
    nodes.iter().filter_map(complain).collect()
}

fn table(devices: &[Device]) -> String {
    if devices.is_empty() {
        return "No Portolan board is plugged in. A simulated one is always there: portolan info --board sim\n".into();
    }
    let mut text = String::new();
    for device in devices {
        let name = device.board.as_deref().or(device.bdf.as_deref()).unwrap_or("?");
        text += &format!("{name}  {}\n", if device.ready { "ready" } else { "not ready" });
        let mut row = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                text += &format!("  {name:<14}{value}\n");
            }
        };
        row("ids", device.ids.clone());
        row("driver", device.driver.clone().or((device.bus == "pci").then(|| "none".into())));
        row("IOMMU group", device.iommu_group.clone());
        row("NUMA node", device.numa_node.map(|node| node.to_string()));
        row("files", Some(device.nodes.join(", ")).filter(|nodes| !nodes.is_empty()));
        device.missing.iter().for_each(|what| row("missing", Some(what.clone())));
    }
    text
}
