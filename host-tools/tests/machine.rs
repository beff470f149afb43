//! `portolan devices`, `bind`, `unbind` and `doctor` on machines that the tests make up: a folder with the files that
//! the kernel would show.
#![cfg(unix)]

mod common;

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use tempfile::TempDir;

const BDF: &str = "0000:01:00.0";

/// A machine with files.
struct Machine(TempDir);

impl Machine {
    /// Nothing is plugged in; an IOMMU, VFIO, a user of the group portolan: everything as it should be.
    fn new() -> Machine {
        let machine = Machine(TempDir::new().unwrap());
        machine
            .user(1000, "1000 950")
            .write(
                "proc/self/limits",
                "Limit  Soft  Hard  Units\nMax locked memory         8388608  8388608  bytes\n",
            )
            .write("etc/group", "root:x:0:\nportolan:x:950:somebody\n")
            .write("usr/lib/udev/rules.d/60-portolan.rules", "")
            .write("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "4\n")
            .write("sys/devices/system/cpu/cpu0/cpuidle/state0/name", "POLL\n")
            .write("sys/devices/system/cpu/cpu0/cpuidle/state0/latency", "0\n")
            .write("sys/devices/system/cpu/cpu0/cpuidle/state1/name", "C6\n")
            .write("sys/devices/system/cpu/cpu0/cpuidle/state1/latency", "133\n")
            .write("sys/devices/system/cpu/cpu0/cpuidle/state1/disable", "1\n")
            .write("sys/devices/system/node/node0/cpulist", "0-3\n")
            .write("sys/devices/system/node/node1/cpulist", "4-7\n")
            .folder("sys/kernel/iommu_groups/0")
            .folder("sys/module/vfio_pci")
            .folder("sys/bus/pci/drivers/vfio-pci")
            .folder("sys/bus/pci/drivers/uio_pci_generic")
            .folder("sys/bus/pci/drivers/nvme")
            .write("sys/bus/pci/drivers_probe", "");
        machine
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn folder(&self, path: &str) -> &Machine {
        fs::create_dir_all(self.path(path)).unwrap();
        self
    }

    fn write(&self, path: &str, text: &str) -> &Machine {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
        self
    }

    fn link(&self, path: &str, to: &str) -> &Machine {
        let _ = fs::remove_file(self.path(path));
        symlink(self.path(to), self.path(path)).unwrap();
        self
    }

    fn remove(&self, path: &str) -> &Machine {
        let path = self.path(path);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap()
        } else {
            fs::remove_file(path).unwrap()
        }
        self
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn user(&self, uid: u32, groups: &str) -> &Machine {
        let status = format!(
            "Name:\tportolan\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{uid}\t{uid}\t{uid}\t{uid}\nGroups:\t{groups} \n\
             Cpus_allowed_list:\t4-7\nMems_allowed_list:\t1\n"
        );
        self.write("proc/self/status", &status)
    }

    /// A file of the kernel's that may be opened by all, or by root alone.
    fn node(&self, path: &str, open: bool) -> &Machine {
        self.write(path, "");
        // Whoever runs the tests owns it: the mode for others counts, since the made-up user is another.
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(if open { 0o666 } else { 0o600 }))
            .unwrap();
        self
    }

    /// A PCI function in an IOMMU group, without a driver.
    fn function(&self, bdf: &str, ids: [&str; 4], class: &str, group: Option<&str>) -> &Machine {
        let folder = format!("sys/bus/pci/devices/{bdf}");
        for (file, id) in ["vendor", "device", "subsystem_vendor", "subsystem_device"].iter().zip(ids) {
            self.write(&format!("{folder}/{file}"), &format!("{id}\n"));
        }
        self.write(&format!("{folder}/class"), &format!("{class}\n"));
        self.write(&format!("{folder}/driver_override"), "(null)\n")
            .write(&format!("{folder}/numa_node"), "-1\n");
        if let Some(group) = group {
            let of = format!("sys/kernel/iommu_groups/{group}");
            self.folder(&format!("{of}/devices")).link(&format!("{of}/devices/{bdf}"), &folder);
            self.link(&format!("{folder}/iommu_group"), &of);
        }
        self
    }

    /// A Portolan board in group 7.
    fn board(&self) -> &Machine {
        self.function(BDF, ["0x10ee", "0x7024", "0x10ee", "0x5052"], "0x120000", Some("7"))
    }

    fn driver(&self, bdf: &str, driver: &str) -> &Machine {
        self.folder(&format!("sys/bus/pci/drivers/{driver}"));
        self.link(&format!("sys/bus/pci/devices/{bdf}/driver"), &format!("sys/bus/pci/drivers/{driver}"))
    }

    /// A board that VFIO has and this user may open.
    fn ready(&self) -> &Machine {
        self.board().driver(BDF, "vfio-pci").node("dev/vfio/vfio", true).node("dev/vfio/7", true)
    }

    /// Exit code, objects and message.
    fn run(&self, args: &[&str]) -> (Option<i32>, Vec<Value>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_portolan"))
            .args(args)
            .args(["--json", "--root"])
            .arg(self.0.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let objects = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (output.status.code(), objects, String::from_utf8(output.stderr).unwrap())
    }

    /// How a check of `doctor` stands: the first that is not fine, if any is.
    fn check(&self, check: &str) -> (String, String, Option<String>) {
        let (_, findings, message) = self.run(&["doctor"]);
        let text = |finding: &Value, field: &str| finding[field].as_str().map(str::to_string);
        let of = findings.iter().filter(|finding| finding["check"] == check);
        let finding = of.clone().find(|finding| finding["state"] != "ok").or(of.clone().next());
        let finding = finding.unwrap_or_else(|| panic!("nothing was found of {check}: {message}"));
        let mend = text(finding, "mend");
        assert_eq!(finding["state"] == "ok", mend.is_none(), "{finding}");
        (text(finding, "state").unwrap(), text(finding, "what").unwrap(), mend)
    }

    /// Wants a check to stand so, and to say these things of it.
    fn expect(&self, check: &str, state: &str, parts: &[&str]) {
        let (found, what, mend) = self.check(check);
        let all = format!("{what} → {}", mend.unwrap_or_default());
        assert_eq!(found, state, "{check}: {all}");
        assert!(parts.iter().all(|part| all.contains(part)), "{check}: {all}");
    }
}

#[test]
fn without_a_board_there_is_none_to_list() {
    let machine = Machine::new();
    machine.function("0000:02:00.0", ["0x8086", "0x0001", "0x8086", "0x0002"], "0x010802", Some("3"));
    // The same FPGA with another's design in it: told by the subsystem.
    machine.function("0000:03:00.0", ["0x10ee", "0x7024", "0x10ee", "0x0007"], "0x058000", Some("4"));
    assert_eq!(machine.run(&["devices"]), (Some(0), vec![], String::new()));
}

#[test]
fn a_board_is_listed_with_who_has_it_and_what_is_missing() {
    let machine = Machine::new();
    let device = |machine: &Machine| machine.run(&["devices"]).1.remove(0);
    let missing = |device: &Value, parts: &[&str]| {
        let text = device["missing"].to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{device}");
        assert_eq!(device["ready"], false, "{device}");
    };
    let plugged_in = device(machine.board());
    assert_eq!((&plugged_in["bdf"], &plugged_in["board"]), (&BDF.into(), &Value::Null));
    assert_eq!(
        (&plugged_in["ids"], &plugged_in["iommu_group"]),
        (&"10ee:7024 10ee:5052".into(), &"7".into())
    );
    missing(&plugged_in, &["no driver has it", "portolan bind 0000:01:00.0"]);
    missing(&device(machine.driver(BDF, "xdma")), &["xdma has it", "portolan bind"]);
    missing(&device(machine.driver(BDF, "vfio-pci")), &["/dev/vfio/7 is not there"]);
    machine.node("dev/vfio/vfio", true).node("dev/vfio/7", false);
    missing(&device(&machine), &["may not open /dev/vfio/7"]);
    let ready = device(machine.ready());
    assert_eq!((&ready["ready"], &ready["board"]), (&true.into(), &"vfio:0000:01:00.0".into()), "{ready}");
    assert_eq!(ready["missing"], Value::Array(vec![]));
    // A character device is preferred.
    machine.folder(&format!("sys/bus/pci/devices/{BDF}/vfio-dev/vfio0")).node("dev/iommu", true);
    missing(&device(&machine), &["/dev/vfio/devices/vfio0"]);
    machine.node("dev/vfio/devices/vfio0", true);
    assert_eq!(device(&machine)["ready"], true);
    // Another of the group, in the kernel's hands.
    machine.function("0000:01:00.1", ["0x10ee", "0x0001", "0x10ee", "0x0001"], "0x020000", Some("7"));
    assert_eq!(device(&machine)["ready"], true, "nobody has it");
    machine.driver("0000:01:00.1", "e1000e");
    missing(&device(&machine), &["0000:01:00.1", "e1000e", "group 7", "--any"]);
    machine.remove(&format!("sys/bus/pci/devices/{BDF}/iommu_group"));
    missing(&device(&machine), &["no IOMMU", "doctor"]);
}

#[test]
fn boards_by_uio_are_listed_and_other_uio_devices_are_not() {
    let machine = Machine::new();
    machine
        .write("sys/class/uio/uio0/name", "portolan\n")
        .write("sys/class/uio/uio0/maps/map0/size", "0x00040000\n")
        .write("sys/class/uio/uio1/name", "dma-controller\n")
        .write("sys/class/uio/uio2/name", "block\n")
        .write("sys/class/uio/uio2/maps/map0/size", "0x00001000\n")
        .write("sys/class/uio/uio2/device/of_node/compatible", "portolan,block-1.0\0generic-uio\0")
        .node("dev/uio0", true)
        .node("dev/uio2", true);
    let devices = machine.run(&["devices"]).1;
    let boards: Vec<&str> = devices.iter().map(|device| device["board"].as_str().unwrap()).collect();
    assert_eq!(boards, ["uio:0", "uio:2"]);
    assert_eq!((&devices[0]["ready"], &devices[1]["ready"]), (&true.into(), &false.into()));
    assert!(devices[1]["missing"].to_string().contains("device tree"), "{}", devices[1]);
    // A PCI board by uio_pci_generic is one device, not two.
    machine.board().driver(BDF, "uio_pci_generic").write("sys/class/uio/uio3/name", "uio_pci_generic\n");
    machine.link("sys/class/uio/uio3/device", &format!("sys/bus/pci/devices/{BDF}")).node("dev/uio3", true);
    let devices = machine.run(&["devices"]).1;
    assert_eq!(
        devices.iter().filter(|device| device["board"] == "uio:3" && device["ready"] == true).count(),
        1
    );
    assert_eq!(devices.len(), 3);
}

#[test]
fn a_dry_run_says_what_would_be_written_and_writes_nothing() {
    let machine = Machine::new();
    machine.board().driver(BDF, "xdma").write(&format!("sys/bus/pci/devices/{BDF}/driver/unbind"), "");
    let writes = |args: &[&str]| -> Vec<(String, String)> {
        let (code, objects, message) = machine.run(&[args, &["--dry-run"]].concat());
        assert_eq!(code, Some(0), "{message}");
        let text = |object: &Value, field: &str| object[field].as_str().unwrap().to_string();
        objects.iter().map(|object| (text(object, "file"), text(object, "text"))).collect()
    };
    let file = |name: &str| format!("sys/bus/pci/devices/{BDF}/{name}");
    let write = |file: String, text: &str| (file, text.to_string());
    let probe = || write("sys/bus/pci/drivers_probe".into(), BDF);
    let expected = [write(file("driver_override"), "vfio-pci"), write(file("driver/unbind"), BDF), probe()];
    assert_eq!(writes(&["bind", "01:00.0"]), expected);
    let expected = [write(file("driver_override"), "\n"), write(file("driver/unbind"), BDF), probe()];
    assert_eq!(writes(&["unbind", BDF]), expected);
    assert_eq!(machine.read(&file("driver_override")), "(null)\n");
    assert_eq!(machine.read("sys/bus/pci/drivers_probe"), "");
}

/// Plays the kernel: when an address is written to `drivers_probe`, the driver of its override gets it.
fn kernel(machine: &Machine, obeys: bool) -> thread::JoinHandle<Vec<String>> {
    let probe = machine.path("sys/bus/pci/drivers_probe");
    fs::remove_file(&probe).unwrap();
    assert!(Command::new("mkfifo").arg(&probe).status().unwrap().success());
    let devices = machine.path("sys/bus/pci/devices");
    let drivers = machine.path("sys/bus/pci/drivers");
    thread::spawn(move || {
        let mut probed = Vec::new();
        for _ in 0..if obeys { 1 } else { 2 } {
            let mut bdf = String::new();
            fs::File::open(&probe).unwrap().read_to_string(&mut bdf).unwrap();
            let wanted = fs::read_to_string(devices.join(&bdf).join("driver_override")).unwrap();
            if obeys {
                let link = devices.join(&bdf).join("driver");
                let _ = fs::remove_file(&link);
                symlink(drivers.join(wanted.trim()), link).unwrap();
            }
            probed.push(format!("{bdf} {}", wanted.trim()));
        }
        probed
    })
}

#[test]
fn bind_hands_a_board_over_and_says_who_has_it() {
    for driver in ["vfio-pci", "uio_pci_generic"] {
        let machine = Machine::new();
        let kernel = kernel(machine.board(), true);
        let (code, objects, message) = machine.run(&["bind", BDF, "--driver", driver]);
        assert_eq!((code, message), (Some(0), String::new()));
        assert_eq!((&objects[0]["driver"], &objects[0]["changed"]), (&driver.into(), &true.into()));
        assert!(kernel.join().unwrap()[0].starts_with(&format!("{BDF} {driver}")));
        let (code, objects, _) = machine.run(&["bind", BDF, "--driver", driver]);
        assert_eq!((code, &objects[0]["changed"]), (Some(0), &false.into()), "it has it already");
    }
}

#[test]
fn a_kernel_that_does_not_obey_is_told_of_and_all_is_as_before() {
    let machine = Machine::new();
    let kernel = kernel(machine.board(), false);
    let (code, _, message) = machine.run(&["bind", BDF]);
    assert_eq!(code, Some(1));
    assert!(["vfio-pci", "no driver has it", "dmesg"].iter().all(|part| message.contains(part)), "{message}");
    kernel.join().unwrap();
    let left = machine.read(&format!("sys/bus/pci/devices/{BDF}/driver_override"));
    assert!(!left.contains("vfio-pci"), "{left:?}");
}

#[test]
fn what_must_not_be_bound_is_refused_and_untouched() {
    let machine = Machine::new();
    machine.board().function("0000:02:00.0", ["0x144d", "0xa808", "0x144d", "0xa801"], "0x010802", Some("3"));
    machine.driver("0000:02:00.0", "nvme");
    let refused = |args: &[&str], parts: &[&str]| {
        let (code, objects, message) = machine.run(args);
        assert_eq!((code, objects.len()), (Some(2), 0), "{message}");
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    };
    refused(&["bind", "0000:02:00.0"], &["144d:a808", "no Portolan board", "--any"]);
    refused(&["unbind", "0000:02:00.0"], &["no Portolan board", "--any"]);
    refused(&["bind", "0000:09:00.0"], &["no PCI function 0000:09:00.0", "portolan devices"]);
    refused(&["bind", "card"], &["'card'", "0000:01:00.0"]);
    refused(&["bind", BDF, "--driver", "e1000"], &["e1000", "vfio-pci"]);
    machine.remove("sys/bus/pci/drivers/vfio-pci");
    refused(&["bind", BDF], &["has not loaded vfio-pci", "modprobe vfio_pci"]);
    machine.folder("sys/bus/pci/drivers/vfio-pci").remove(&format!("sys/bus/pci/devices/{BDF}/iommu_group"));
    refused(&["bind", BDF], &["no IOMMU", "portolan doctor"]);
    assert_eq!(machine.read("sys/bus/pci/devices/0000:02:00.0/driver_override"), "(null)\n");
}

#[test]
fn unbind_gives_a_board_back() {
    let machine = Machine::new();
    let overriding = format!("sys/bus/pci/devices/{BDF}/driver_override");
    machine.board().write(&overriding, "vfio-pci\n");
    let (code, objects, message) = machine.run(&["unbind", BDF]);
    assert_eq!((code, &objects[0]["driver"]), (Some(0), &Value::Null), "{message}");
    assert!(machine.read(&overriding).starts_with('\n'), "the override is cleared");
    assert!(machine.read("sys/bus/pci/drivers_probe").starts_with(BDF));
}

#[test]
fn a_machine_on_which_nothing_is_missing_is_fine() {
    let machine = Machine::new();
    let (code, findings, message) = machine.ready().run(&["doctor"]);
    assert_eq!((code, message.as_str()), (Some(0), ""), "{findings:#?}");
    assert!(findings.iter().all(|finding| finding["state"] == "ok"), "{findings:#?}");
    for check in
        ["boards", "iommu", "modules", "driver", "group", "udev rule", "rights", "memlock", "hugepages"]
    {
        machine.expect(check, "ok", &[]);
    }
    machine.expect("c-states", "ok", &["POLL"]);
    machine.expect("aspm", "ok", &[BDF]);
}

#[test]
fn what_is_missing_is_found_and_its_remedy_named() {
    let machine = Machine::new();
    machine.ready();
    machine.remove("sys/kernel/iommu_groups").expect("iommu", "missing", &["intel_iommu=on"]);
    machine.folder("sys/kernel/iommu_groups/0").remove(&format!("sys/bus/pci/devices/{BDF}/iommu_group"));
    machine.expect("iommu", "missing", &[BDF, "slot"]);
    machine.board();

    machine.remove("sys/module/vfio_pci").expect("modules", "ok", &[]);
    machine.remove("sys/bus/pci/drivers/vfio-pci").expect(
        "modules",
        "ok",
        &["uio_pci_generic", "without rings"],
    );
    machine.remove("sys/bus/pci/drivers/uio_pci_generic");
    machine.expect("modules", "missing", &["sudo modprobe vfio_pci"]);
    machine.folder("sys/module/vfio_pci");

    machine.driver(BDF, "xdma").expect("driver", "missing", &["xdma has", "sudo portolan bind 0000:01:00.0"]);
    machine.driver(BDF, "vfio-pci");

    machine.user(1000, "1000").expect("group", "missing", &["usermod", "portolan"]);
    machine.user(1000, "1000 950").write("etc/group", "root:x:0:\n");
    machine.expect("group", "missing", &["no group portolan", "sysusers"]);
    machine.user(0, "0").expect("group", "advice", &["only root"]);
    machine.user(1000, "1000 950").write("etc/group", "portolan:x:950:\n");

    machine.remove("usr/lib/udev/rules.d/60-portolan.rules");
    machine.expect("udev rule", "missing", &["60-portolan.rules", "make deb"]);
    machine.write("etc/udev/rules.d/60-portolan.rules", "").expect("udev rule", "ok", &["/etc/udev"]);

    machine.node("dev/vfio/7", false).expect("rights", "missing", &["/dev/vfio/7", "udevadm trigger"]);
    machine.remove("dev/vfio/7").expect("rights", "missing", &["/dev/vfio/7 is not there"]);
    machine.node("dev/vfio/7", true);

    let limit = |soft: &str| format!("Max locked memory         {soft}  {soft}  bytes\n");
    machine.write("proc/self/limits", &limit("65536"));
    machine.expect("memlock", "missing", &["4 MiB", "limits.d", "memlock 4096"]);
    machine.user(0, "0").expect("memlock", "ok", &["root"]);
    machine.user(1000, "1000 950").write("proc/self/limits", &limit("unlimited")).expect(
        "memlock",
        "ok",
        &["no limit"],
    );
    assert_eq!(machine.run(&["doctor"]).0, Some(0), "all is mended again");
}

#[test]
fn what_is_slow_is_advice_and_no_failure() {
    let machine = Machine::new();
    machine.ready();
    let board = |file: &str| format!("sys/bus/pci/devices/{BDF}/{file}");
    machine.write("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "0\n");
    machine.expect("hugepages", "advice", &["sysctl vm.nr_hugepages"]);
    machine.write("sys/devices/system/cpu/cpu0/cpuidle/state1/disable", "0\n");
    machine.expect("c-states", "advice", &["C6", "133 µs", "cpupower"]);
    machine
        .write(&board("link/l1_aspm"), "1\n")
        .write("sys/module/pcie_aspm/parameters/policy", "[default] performance\n");
    machine.expect("aspm", "advice", &["[default]", "for s in l1;", "${s}_aspm"]);
    // The program may run on node 1 only.
    machine.write(&board("numa_node"), "1\n").expect("numa node", "ok", &["node 1"]);
    machine.write(&board("numa_node"), "0\n").expect("numa node", "advice", &["numactl --cpunodebind=0"]);
    machine
        .folder(&board("msi_irqs"))
        .write(&board("msi_irqs/40"), "msix\n")
        .write(&board("msi_irqs/41"), "msix\n");
    machine.write("proc/irq/40/smp_affinity_list", "0-3\n").write("proc/irq/41/smp_affinity_list", "2\n");
    machine.expect("irq affinity", "ok", &["2 interrupts"]);
    machine.write("proc/irq/41/smp_affinity_list", "0-7\n");
    machine.expect("irq affinity", "advice", &["for i in 41;", "smp_affinity_list"]);
    let (code, _, message) = machine.run(&["doctor"]);
    assert_eq!((code, message.as_str()), (Some(0), ""));
}

#[test]
fn a_zynq_needs_neither_iommu_nor_vfio() {
    let machine = Machine::new();
    machine
        .remove("sys/kernel/iommu_groups")
        .remove("sys/module/vfio_pci")
        .remove("sys/bus/pci/drivers/vfio-pci");
    machine
        .write("sys/class/uio/uio0/name", "portolan\n")
        .write("sys/class/uio/uio0/maps/map0/size", "0x40000\n");
    machine.folder("sys/bus/platform/drivers/uio_pdrv_genirq").node("dev/uio0", true);
    let (code, findings, _) = machine.run(&["doctor"]);
    assert_eq!(code, Some(0), "{findings:#?}");
    machine.expect("boards", "ok", &["uio:0"]);
    machine.expect("iommu", "ok", &["AXI"]);
    machine.remove("sys/bus/platform").expect(
        "modules",
        "missing",
        &["uio_pdrv_genirq", "of_id=generic-uio"],
    );
    machine.node("dev/uio0", false).expect("rights", "missing", &["/dev/uio0"]);
}

#[test]
fn people_see_each_finding_with_what_mends_it() {
    let machine = Machine::new();
    machine.board();
    let output = Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(["doctor", "--root"])
        .arg(machine.0.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("missing  driver       no driver has 0000:01:00.0"), "{text}");
    assert!(text.contains("→ sudo portolan bind 0000:01:00.0"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours where it is no terminal: {text}");
    assert_eq!(output.status.code(), Some(1));
    let list = Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(["devices", "--root"])
        .arg(machine.0.path())
        .output();
    assert!(String::from_utf8(list.unwrap().stdout).unwrap().starts_with("0000:01:00.0  not ready\n"));
}
