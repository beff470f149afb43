//! `portolan bind` and `portolan unbind`: handing a PCI function to the driver by which programs get it, and back.
//!
//! By driver_override (Linux, Documentation/ABI/testing/sysfs-bus-pci), which names the one driver that may have this
//! function and touches no other, where new_id would catch every card of the same kind.

use super::pci::{Bdf, Function};
use super::root::Root;
use super::{SystemArgs, print, print_json};
use crate::failure::Failure;
use anyhow::{Context, anyhow};
use clap::Args;
use serde::Serialize;
use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

/// How long the kernel may take to probe.
const PROBING: Duration = Duration::from_secs(2);
const PROBE: &str = "sys/bus/pci/drivers_probe";

/// Arguments of `portolan bind`.
#[derive(Clone, Debug, Args)]
#[command(after_help = BIND_HELP)]
pub struct BindArgs {
    /// The function's address, as `portolan devices` shows it
    #[arg(value_name = "BDF")]
    pub bdf: Bdf,

    /// The driver that shall have it
    #[arg(long, default_value = "vfio-pci", value_parser = ["vfio-pci", "uio_pci_generic"])]
    pub driver: String,

    /// Bind it although it is no Portolan board, such as another device of a board's IOMMU group
    #[arg(long)]
    pub any: bool,

    /// Say what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// What all commands about this machine are told.
    #[command(flatten)]
    pub system: SystemArgs,
}

const BIND_HELP: &str = "\
Examples:
  sudo portolan bind 0000:01:00.0
  portolan bind 01:00.0 --driver uio_pci_generic --dry-run

The binding lasts until the machine is switched off, or `portolan unbind`.";

/// Arguments of `portolan unbind`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  sudo portolan unbind 0000:01:00.0\n\nThe kernel may then give it to any driver that wants it."
)]
pub struct UnbindArgs {
    /// The function's address, as `portolan devices` shows it
    #[arg(value_name = "BDF")]
    pub bdf: Bdf,

    /// Unbind it although it is no Portolan board
    #[arg(long)]
    pub any: bool,

    /// Say what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// What all commands about this machine are told.
    #[command(flatten)]
    pub system: SystemArgs,
}

/// A word into a file of the kernel's.
#[derive(Debug, Serialize)]
struct Write {
    v: u32,
    r#type: &'static str,
    file: String,
    text: String,
}

impl Write {
    fn new(file: &str, text: &str) -> Write {
        Write { v: 1, r#type: "write", file: file.into(), text: text.into() }
    }
}

/// What became of it.
#[derive(Debug, Serialize)]
struct Bound {
    v: u32,
    r#type: &'static str,
    bdf: String,
    driver: Option<String>,
    changed: bool,
}

/// Runs `portolan bind`.
pub fn bind(args: &BindArgs) -> Result<(), Failure> {
    let root = args.system.root();
    let function = function(&root, &args.bdf, args.any)?;
    let driver = &args.driver;
    if function.driver.as_ref() == Some(driver) {
        return report(&args.system, &function, Some(driver.clone()), false);
    }
    if !root.exists(&format!("sys/bus/pci/drivers/{driver}")) {
        return Err(Failure::Input(anyhow!(
            "the kernel has not loaded {driver}; type: sudo modprobe {}",
            driver.replace('-', "_")
        )));
    }
    if driver == "vfio-pci" && function.group.is_none() {
        return Err(Failure::Input(anyhow!(
            "{} is behind no IOMMU, so vfio-pci cannot have it; portolan doctor says how to switch that on",
            args.bdf
        )));
    }
    let overriding = function.file("driver_override");
    let mut writes = vec![Write::new(&overriding, driver)];
    writes.extend(release(&function));
    writes.push(Write::new(PROBE, &args.bdf.to_string()));
    if args.dry_run {
        return show(&args.system, &writes);
    }
    let done = carry_out(&root, &writes).and_then(|()| settle(&root, &args.bdf, Some(driver)));
    if let Err(failure) = done {
        // As it was: another driver may have it again.
        let _ = root.write(&overriding, function.wanted_driver.as_deref().unwrap_or("\n"));
        let _ = root.write(PROBE, &args.bdf.to_string());
        return Err(failure);
    }
    report(&args.system, &function, Some(driver.clone()), true)
}

/// Runs `portolan unbind`.
pub fn unbind(args: &UnbindArgs) -> Result<(), Failure> {
    let root = args.system.root();
    let function = function(&root, &args.bdf, args.any)?;
    if function.driver.is_none() && function.wanted_driver.is_none() {
        return report(&args.system, &function, None, false);
    }
    let mut writes = vec![Write::new(&function.file("driver_override"), "\n")];
    writes.extend(release(&function));
    writes.push(Write::new(PROBE, &args.bdf.to_string()));
    if args.dry_run {
        return show(&args.system, &writes);
    }
    carry_out(&root, &writes)?;
    let driver = Function::at(&root, &args.bdf).and_then(|function| function.driver);
    report(&args.system, &function, driver, true)
}

/// The function, if it may be touched.
fn function(root: &Root, bdf: &Bdf, any: bool) -> Result<Function, Failure> {
    let Some(function) = Function::at(root, bdf) else {
        return Err(Failure::Input(anyhow!(
            "there is no PCI function {bdf}; portolan devices lists the boards that are plugged in"
        )));
    };
    if !function.is_board() && !any {
        let [vendor, device, ..] = function.ids;
        return Err(Failure::Input(anyhow!(
            "{bdf} ({vendor:04x}:{device:04x}) is no Portolan board, and a device that is in use must not lose its \
             driver; --any does it nevertheless"
        )));
    }
    Ok(function)
}

/// Takes it from the driver that has it.
fn release(function: &Function) -> Option<Write> {
    function.driver.as_ref().map(|_| Write::new(&function.file("driver/unbind"), &function.bdf.to_string()))
}

fn carry_out(root: &Root, writes: &[Write]) -> Result<(), Failure> {
    writes.iter().try_for_each(|Write { file, text, .. }| {
        let what = || {
            let word = text.trim_end();
            format!("writing '{word}' to /{file} failed")
        };
        root.write(file, text).map_err(|error| {
            let may_not = error.kind() == ErrorKind::PermissionDenied;
            let failed = Err::<(), _>(error).with_context(what).unwrap_err();
            match may_not {
                true => {
                    Failure::Input(failed.context("only root may bind drivers; type it again behind sudo"))
                }
                false => Failure::Run(failed),
            }
        })
    })
}

/// Waits until the driver has it: the kernel may probe in the background.
fn settle(root: &Root, bdf: &Bdf, driver: Option<&String>) -> Result<(), Failure> {
    let limit = Instant::now() + PROBING;
    loop {
        let now = Function::at(root, bdf).and_then(|function| function.driver);
        if now.as_ref() == driver {
            return Ok(());
        }
        if Instant::now() > limit {
            let wanted = driver.map_or("none", |driver| driver);
            let has = now.map_or("no driver".into(), |now| format!("the driver {now}"));
            return Err(Failure::Run(anyhow!(
                "{bdf} was offered to {wanted}, but {has} has it; the kernel's log (sudo dmesg) says why"
            )));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn show(args: &SystemArgs, writes: &[Write]) -> Result<(), Failure> {
    if args.json {
        return print_json(writes);
    }
    let line = |Write { file, text, .. }: &Write| format!("echo '{}' > /{file}\n", text.trim_end());
    print(&writes.iter().map(line).collect::<String>())
}

fn report(
    args: &SystemArgs,
    function: &Function,
    driver: Option<String>,
    changed: bool,
) -> Result<(), Failure> {
    let bdf = function.bdf.to_string();
    if args.json {
        return print_json(&[Bound { v: 1, r#type: "bound", bdf, driver, changed }]);
    }
    let has = driver.map_or("no driver has it".into(), |driver| format!("{driver} has it"));
    let already = if changed { "" } else { " already" };
    print(&format!("{bdf}: {has}{already}\n"))
}
