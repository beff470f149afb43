//! The Debian package: made, installed into a folder of its own, used there, removed; and what its files say.
#![cfg(feature = "sim")]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn packaging(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(file)
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {message}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_package_can_be_made_installed_used_and_removed() {
    let there = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    if !there("dpkg-deb") {
        return common::skip("dpkg-deb is not there; the package is for Debian");
    }
    let root = fs::read_to_string("/proc/self/status").unwrap().contains("Uid:\t0\t0");
    if !root && !there("fakeroot") {
        return common::skip(
            "fakeroot is not there, without which only root can install; sudo apt-get install fakeroot",
        );
    }
    let folder = TempDir::new().unwrap();
    let binary = env!("CARGO_BIN_EXE_portolan");
    // Packing is not what is tested.
    let package =
        succeed(Command::new(packaging("deb")).arg(binary).arg(folder.path()).env("DEB_COMPRESSION", "none"));
    let said = succeed(Command::new(packaging("try")).arg(package.trim()));
    assert!(said.contains("installed, used and removed"), "{said}");
    let depends = succeed(Command::new("dpkg-deb").arg("--field").arg(package.trim()).arg("Depends"));
    assert!(depends.contains("libc6 (>= 2.") && depends.contains("libstdc++6 (>="), "{depends}");
}

/// What the rule and its helper know of boards is what everybody else knows.
#[test]
fn the_rule_and_its_helper_know_boards_by_the_numbers_of_the_register_map() {
    use portolan_regs::pci;
    let vendor = format!("{:#06x}", pci::VENDOR);
    let subsystem = format!("{:#06x}", pci::SUBSYSTEM);
    let rules = fs::read_to_string(packaging("60-portolan.rules")).unwrap();
    let rules: Vec<&str> = rules.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let told = format!("ATTRS{{subsystem_vendor}}==\"{vendor}\", ATTRS{{subsystem_device}}==\"{subsystem}\"");
    assert_eq!(rules.iter().filter(|rule| rule.contains(&told)).count(), 2, "{rules:#?}");
    assert!(rules.iter().all(|rule| rule.contains("GROUP=\"portolan\", MODE=\"0660\"")), "{rules:#?}");
    let helper = fs::read_to_string(packaging("group-is-ours")).unwrap();
    assert!(helper.contains(&format!("'{vendor} {subsystem}'")), "{helper}");
}

#[test]
fn a_group_is_handed_out_only_if_all_its_devices_are_boards() {
    let sys = TempDir::new().unwrap();
    let device = |group: &str, name: &str, class: &str, vendor: &str, id: &str| {
        let folder = sys.path().join("devices").join(name);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in [("class", class), ("subsystem_vendor", vendor), ("subsystem_device", id)] {
            fs::write(folder.join(file), format!("{text}\n")).unwrap();
        }
        let group = sys.path().join("kernel/iommu_groups").join(group).join("devices");
        fs::create_dir_all(&group).unwrap();
        symlink(&folder, group.join(name)).unwrap();
    };
    device("1", "0000:01:00.0", "0x120000", "0x10ee", "0x5052");
    device("2", "0000:02:00.0", "0x120000", "0x10ee", "0x5052");
    device("2", "0000:00:01.0", "0x060400", "0x0000", "0x0000");
    device("3", "0000:03:00.0", "0x120000", "0x10ee", "0x5052");
    device("3", "0000:03:00.1", "0x020000", "0x8086", "0x0001");
    device("4", "0000:04:00.0", "0x120000", "0x10ee", "0x5053");
    device("5", "0000:00:02.0", "0x060400", "0x0000", "0x0000");
    let ours = |group: &str| {
        Command::new(packaging("group-is-ours")).arg(group).arg(sys.path()).output().unwrap().status.success()
    };
    assert_eq!(["1", "2", "3", "4", "5", "6"].map(ours), [true, true, false, false, false, false]);
}
