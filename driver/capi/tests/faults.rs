//! Planted faults: each breaks one rule in the sources, and the case that the rule names must notice.
//!
//! That each fault still fits the sources is checked always. That it is noticed takes a build per fault, in a copy of the
//! sources and without the simulator: `make soak` runs it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use portolan_conformance::{CASES, Ends};

#[path = "faults/bad_handles.rs"]
mod bad_handles;
#[path = "faults/interrupts.rs"]
mod interrupts;
#[path = "faults/list.rs"]
mod list;
#[path = "faults/magenta.rs"]
mod magenta;

use list::Fault;

/// All of them.
fn faults() -> impl Iterator<Item = &'static Fault> {
    [list::FAULTS, bad_handles::FAULTS, interrupts::FAULTS, magenta::FAULTS].into_iter().flatten()
}

/// What a build of the C library and its tests without the simulator needs of the workspace.
const FOLDERS: [&str; 3] = ["hdl/regs", "hdl/tests/tools", "driver"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn planted(root: &Path, fault: &Fault) -> String {
    let text = read(&root.join(fault.file));
    let found = text.matches(fault.find).count();
    assert_eq!(found, 1, "{} in {}: {:?} is there {found} times", fault.rule, fault.file, fault.find);
    text.replace(fault.find, fault.replace)
}

#[test]
fn every_planted_fault_fits_the_sources_and_names_a_case() {
    let root = root();
    let table = read(&root.join("docs/conformance.md"));
    let rules: BTreeSet<_> = faults().map(|fault| fault.rule).collect();
    assert!(rules.len() >= 50, "{} rules", rules.len());
    for fault in faults() {
        assert_ne!(planted(&root, fault), read(&root.join(fault.file)));
        let row = table.lines().find(|line| line.starts_with(&format!("| {} |", fault.rule)));
        let named = row.is_some_and(|row| row.contains(&format!("`{}`", fault.case)));
        assert!(named, "the row of {} does not name {}", fault.rule, fault.case);
        assert!(CASES.iter().any(|case| case.name == fault.case), "{}", fault.case);
    }
}

/// A copy of what the build needs.
fn copy(root: &Path, to: &Path) {
    fn folder(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder") {
            let path = entry.expect("an entry").path();
            let to = to.join(path.file_name().expect("a name"));
            if path.is_dir() {
                folder(&path, &to);
            } else {
                std::fs::copy(&path, &to).expect("a copy");
            }
        }
    }
    FOLDERS.iter().for_each(|name| folder(&root.join(name), &to.join(name)));
    std::fs::copy(root.join("Cargo.lock"), to.join("Cargo.lock")).expect("a copy");
    std::fs::create_dir_all(to.join("docs")).expect("a folder");
    // Without the members that are not copied, and without the simulator, which is one of them.
    let mut manifest = String::new();
    for line in read(&root.join("Cargo.toml")).lines() {
        let line = match line {
            line if line.starts_with("members") => {
                "members = [\"hdl/regs\", \"driver\", \"driver/capi\", \"driver/conformance\"]"
            }
            line if line.starts_with("portolan-sim") || line.starts_with("portolan-hdl") => continue,
            line => line,
        };
        manifest.extend([line, "\n"]);
    }
    std::fs::write(to.join("Cargo.toml"), manifest).expect("a file");
    let own = to.join("driver/capi/Cargo.toml");
    let own_text: String = read(&own)
        .lines()
        .filter(|line| !line.starts_with("portolan-sim"))
        .map(|line| match line {
            "sim = [\"dep:portolan-sim\"]" => "sim = []\n".to_owned(),
            line => format!("{line}\n"),
        })
        .collect();
    std::fs::write(own, own_text).expect("a file");
}

/// Whether this case passes in the copy; what was said.
fn passes(copy: &Path, case: &str) -> (bool, String) {
    // What ends its process, or may do so by a fault, is watched by a test that lives on.
    let alone = CASES.iter().any(|known| known.name == case && known.ends != Ends::Here);
    let test: &[&str] = match alone {
        true => &["cases_with_a_process_of_their_own_end_as_they_should"],
        false => &["one_case", "--ignored"],
    };
    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "-p", "portolan-capi", "--no-default-features", "--test", "conformance"])
        .args(["--", "--exact", "--nocapture"])
        .args(test)
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .env("PORTOLAN_CASE", case)
        // Lines are left out on purpose.
        .env_remove("PORTOLAN_NO_SKIP")
        .output()
        .expect("cargo starts");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!said.contains("could not compile"), "the fault for {case} does not compile:\n{said}");
    assert!(said.contains("running 1 test"), "{case} did not run:\n{said}");
    (output.status.success(), said)
}

#[test]
#[ignore = "takes a build per fault; make soak runs it"]
fn every_planted_fault_is_noticed_by_the_case_that_the_rule_names() {
    let (root, folder) = (root(), tempfile::tempdir().expect("a folder"));
    copy(&root, folder.path());
    let mut unnoticed = Vec::new();
    for fault in faults() {
        let place = folder.path().join(fault.file);
        let sound = read(&place);
        std::fs::write(&place, planted(folder.path(), fault)).expect("a file");
        let (passed, said) = passes(folder.path(), fault.case);
        println!("{}: {}", fault.rule, if passed { "NOT NOTICED" } else { "noticed" });
        if passed {
            unnoticed.push(fault.rule);
        } else {
            // It failed for what the case asserts, not for something else.
            assert!(said.contains(fault.case), "{}:\n{said}", fault.rule);
        }
        std::fs::write(&place, sound).expect("a file");
    }
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
    for case in faults().map(|fault| fault.case) {
        let (passed, said) = passes(folder.path(), case);
        assert!(passed, "{case} fails without a fault:\n{said}");
    }
}
