//! Packages of tools: exact versions from a lock file, fetched and unpacked into a folder of our own.
//!
//! apt resolves and downloads, with lists, cache and status of its own in a temporary folder, so it needs no root and
//! leaves the machine's packages alone; `dpkg-deb` unpacks. apt checks the archive's signature, and each file is then
//! checked against the lock. The suite is a moving one: when a pinned version has left the mirror, the error says which
//! and how to renew the pins.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::Error;
use crate::armv7;
use crate::mirror::Mirror;
use crate::progress::Stage;
use crate::toolbox::{self, run_quietly};

/// The Debian release that has the whole open 7-series flow.
const SUITE: &str = "forky";

/// What is fetched together, for one purpose.
#[derive(Debug)]
pub struct Set {
    /// Of its folder in the cache.
    pub name: &'static str,
    /// Its lock file, beside this crate.
    pub file: &'static str,
    /// That file's text, as committed.
    text: &'static str,
    /// What is called; the rest of the lock file is what these depend on. `NAME:ARCHITECTURE` for one of the foreign one.
    roots: &'static [&'static str],
    /// Another architecture that packages of the set are for.
    foreign: Option<&'static str>,
    /// Makes what was unpacked startable.
    prepare: fn(&Path) -> Result<(), Error>,
    /// Which version of `prepare` that is.
    prepared: u32,
}

/// Synthesis, place and route, frames, device trees, and an ARM to start programs on.
pub static FPGA: Set = Set {
    name: "fpga-tools",
    file: "packages.lock",
    text: include_str!("../packages.lock"),
    roots: &[
        "yosys",
        "nextpnr-himbaechel-xilinx",
        "nextpnr-himbaechel-xilinx-chipdb",
        "prjxray",
        "prjxray-database",
        "device-tree-compiler",
        "qemu-user",
    ],
    foreign: None,
    prepare: toolbox::prepare,
    prepared: 2,
};

/// Rust for ARMv7, since a toolchain of rustup may lack that target: Debian's compiler, with the standard library for both.
pub static ARMV7: Set = Set {
    name: "armv7-rust",
    file: "armv7.lock",
    text: include_str!("../armv7.lock"),
    roots: &["rustc", "libstd-rust-dev:armhf"],
    foreign: Some("armhf"),
    prepare: armv7::prepare,
    prepared: 1,
};

/// Every set.
pub static SETS: [&Set; 2] = [&FPGA, &ARMV7];

impl Set {
    /// The lock file that is committed beside this crate.
    pub fn committed(&'static self) -> Result<Lock, Error> {
        Lock::parse(self, self.text)
    }

    /// What the mirror has now.
    pub fn newest(&'static self) -> Result<Lock, Error> {
        let stage = Stage::begin("package lists");
        let work = temporary_folder(self, &std::env::temp_dir())?;
        let lock = Apt::update(self, work.path(), SUITE)?.resolve()?;
        stage.done(&format!("{} packages", lock.packages.len()));
        Ok(lock)
    }
}

/// One pinned package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name; with `:` and the architecture if that is not the machine's own.
    pub name: String,
    /// Its exact version, as Debian writes it.
    pub version: String,
    /// Of the .deb file, in hexadecimal.
    pub sha256: String,
}

/// A set of packages that makes a working toolbox.
#[derive(Debug, Clone)]
pub struct Lock {
    /// What it is a lock of.
    set: &'static Set,
    /// The Debian release that has them.
    pub suite: String,
    /// As Debian names it, such as `amd64`.
    pub architecture: String,
    /// The tools and all that they depend on.
    pub packages: Vec<Package>,
}

impl Lock {
    /// Reads what [`Lock`]'s `Display` writes. Blank lines and lines that begin with `#` say nothing.
    pub fn parse(set: &'static Set, text: &str) -> Result<Self, Error> {
        let mut lock = Lock { set, suite: String::new(), architecture: String::new(), packages: Vec::new() };
        for (number, line) in text.lines().enumerate() {
            let err = |reason| Error::LockSyntax {
                file: set.file,
                line: number + 1,
                reason,
                text: line.to_owned(),
            };
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["suite", suite] => lock.suite = suite.to_owned(),
                ["architecture", architecture] => lock.architecture = architecture.to_owned(),
                [name, version, sha256] => {
                    if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
                        return Err(err("not a SHA-256 in hexadecimal"));
                    }
                    let [name, version, sha256] = [name, version, sha256].map(str::to_owned);
                    lock.packages.push(Package { name, version, sha256 });
                }
                _ => return Err(err("neither `NAME VERSION SHA256` nor `suite` nor `architecture`")),
            }
        }
        let missing = [("suite", lock.suite.is_empty()), ("architecture", lock.architecture.is_empty())];
        if let Some((what, _)) = missing.into_iter().find(|(_, missing)| *missing) {
            return Err(Error::LockSyntax {
                file: set.file,
                line: 0,
                reason: "the file lacks",
                text: what.to_owned(),
            });
        }
        Ok(lock)
    }

    /// A short name of exactly this set, prepared to start the tools that we start.
    fn digest(&self) -> String {
        hex(Sha256::digest(format!("{self}{}", self.set.prepared)))[..12].to_owned()
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# The packages of {}: what this project calls and all that it depends on, with the SHA-256 of each file.",
            self.set.name
        )?;
        writeln!(
            f,
            "# Made by `cargo run -p portolan-boards -- lock`; when it changes, so may the figures."
        )?;
        writeln!(f, "suite {}", self.suite)?;
        writeln!(f, "architecture {}", self.architecture)?;
        self.packages.iter().try_for_each(|p| writeln!(f, "{} {} {}", p.name, p.version, p.sha256))
    }
}

/// The folder below `cache` with the lock's packages, fetched now if it is not there yet.
///
/// Safe to interrupt, and to call from several processes at once: the folder appears under its name when it is whole.
pub fn fetch(lock: &Lock, cache: &Path) -> Result<PathBuf, Error> {
    let actual = machine_architecture()?;
    if lock.architecture != actual {
        return Err(Error::Architecture { locked: lock.architecture.clone(), actual });
    }
    let set = lock.set;
    let root = cache.join(format!("{}-{}", set.name, lock.digest()));
    if root.exists() {
        return Ok(root);
    }
    fs::create_dir_all(cache).map_err(Error::io("cannot create", cache))?;
    let turn_path = cache.join(format!("{}.lock", set.name));
    let turn = File::create(&turn_path).map_err(Error::io("cannot create", &turn_path))?;
    turn.lock().map_err(Error::io("cannot lock", &turn_path))?;
    if root.exists() {
        return Ok(root);
    }

    let mut stage = Stage::begin("fetching packages");
    remove_leftovers(set, cache)?;
    let work = temporary_folder(set, cache)?;
    stage.detail("package lists");
    let apt = Apt::update(set, work.path(), &lock.suite)?;
    stage.detail("packages");
    let files = apt.download(lock)?;
    let unpacked = work.path().join("root");
    for (package, file) in lock.packages.iter().zip(&files) {
        stage.detail(&package.name);
        check(package, file)?;
        run_quietly(Command::new("dpkg-deb").arg("--extract").arg(file).arg(&unpacked))?;
    }
    (set.prepare)(&unpacked)?;
    fs::rename(&unpacked, &root).map_err(Error::io("cannot move the tools to", &root))?;
    stage.done(&format!("{} packages in {}", files.len(), root.display()));
    Ok(root)
}

/// Removes what an interrupted fetch left. Only for who has the turn: nobody else is fetching then.
fn remove_leftovers(set: &Set, cache: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(cache).map_err(Error::io("cannot read", cache))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&unfinished(set)) {
            fs::remove_dir_all(entry.path()).map_err(Error::io("cannot remove", entry.path()))?;
        }
    }
    Ok(())
}

/// Compares a downloaded file with its pin.
fn check(package: &Package, file: &Path) -> Result<(), Error> {
    let mut hash = Sha256::new();
    let mut reader = File::open(file).map_err(Error::io("cannot read", file))?;
    std::io::copy(&mut reader, &mut hash).map_err(Error::io("cannot read", file))?;
    let actual = hex(hash.finalize());
    if actual == package.sha256 {
        return Ok(());
    }
    let package_version = format!("{} {}", package.name, package.version);
    Err(Error::Checksum { package: package_version, expected: package.sha256.clone(), actual })
}

/// One line per package of `pinned` that `newest` has in another version, or not at all.
fn changes(pinned: &Lock, newest: &Lock) -> String {
    let line = |p: &Package| {
        let now = newest.packages.iter().find(|n| n.name == p.name).map(|n| n.version.as_str());
        (now != Some(p.version.as_str())).then(|| {
            format!(
                "  {}: pinned {}, on the mirror {}",
                p.name,
                p.version,
                now.unwrap_or("not needed any more")
            )
        })
    };
    pinned.packages.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

/// apt with folders of its own.
struct Apt<'a> {
    set: &'static Set,
    folder: &'a Path,
    suite: String,
}

impl<'a> Apt<'a> {
    /// Lays out the folders below `folder` and fetches the lists of `suite`.
    fn update(set: &'static Set, folder: &'a Path, suite: &str) -> Result<Self, Error> {
        for part in ["state/lists/partial", "cache/archives/partial", "debs"] {
            fs::create_dir_all(folder.join(part)).map_err(Error::io("cannot create", folder.join(part)))?;
        }
        let files =
            [("status", String::new()), ("sources.list", Mirror::of_this_machine()?.source_line(suite))];
        for (name, text) in files {
            fs::write(folder.join(name), text).map_err(Error::io("cannot write", folder.join(name)))?;
        }
        let apt = Apt { set, folder, suite: suite.to_owned() };
        // An error of `update` alone is a warning to apt; without Any it would go on with no lists.
        run_quietly(apt.command("apt-get").args(["-o", "APT::Update::Error-Mode=any", "update"]))?;
        Ok(apt)
    }

    /// A command of apt that touches nothing outside the folder. The machine's own apt.conf stays in force: it may
    /// name a proxy.
    fn command(&self, program: &str) -> Command {
        let at = |part: &str| self.folder.join(part).display().to_string();
        let mut command = Command::new(program);
        command.env("LC_ALL", "C").env("DEBIAN_FRONTEND", "noninteractive");
        for option in [
            format!("Dir::Etc::SourceList={}", at("sources.list")),
            "Dir::Etc::SourceParts=/dev/null".into(),
            "Dir::Etc::Preferences=/dev/null".into(),
            "Dir::Etc::PreferencesParts=/dev/null".into(),
            format!("Dir::State={}", at("state")),
            format!("Dir::State::Status={}", at("status")),
            format!("Dir::Cache={}", at("cache")),
            "APT::Sandbox::User=".into(), // the unprivileged user of apt cannot enter a private folder
            "APT::Install-Recommends=false".into(),
            "Acquire::Languages=none".into(),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".into(),
            "Acquire::Check-Valid-Until=false".into(), // a frozen mirror of a moving suite: signed, but old
            "Acquire::Retries=3".into(),
        ] {
            command.args(["-o", &option]);
        }
        if let Some(foreign) = self.set.foreign {
            command.args(["-o", &format!("APT::Architectures::={foreign}")]);
        }
        command
    }

    /// The tools and all that they depend on, as the mirror has them now.
    fn resolve(&self) -> Result<Lock, Error> {
        let simulated =
            run_quietly(self.command("apt-get").args(["--simulate", "install"]).args(self.set.roots))?;
        let chosen = parse_simulated(&simulated);
        let shown = run_quietly(self.command("apt-cache").arg("show").args(&chosen))?;
        let mut packages = parse_shown(&shown, self.set.foreign);
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        if packages.is_empty() || packages.len() != chosen.len() {
            let what = format!("{} of {} packages found", packages.len(), chosen.len());
            return Err(Error::Output { tool: "apt-cache", what });
        }
        Ok(Lock { set: self.set, suite: self.suite.clone(), architecture: machine_architecture()?, packages })
    }

    /// Downloads the packages of `lock`; the files in its order.
    fn download(&self, lock: &Lock) -> Result<Vec<PathBuf>, Error> {
        let debs = self.folder.join("debs");
        let names = lock.packages.iter().map(|p| format!("{}={}", p.name, p.version));
        let result = run_quietly(self.command("apt-get").arg("download").args(names).current_dir(&debs));
        if let Err(failed) = result {
            let changes = changes(lock, &self.resolve()?);
            return Err(if changes.is_empty() { failed } else { Error::MovedOn { changes } });
        }
        let present: Vec<String> = fs::read_dir(&debs)
            .map_err(Error::io("cannot read", &debs))?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let file_of = |package: &Package| {
            let (name, architecture) =
                package.name.split_once(':').unwrap_or((&package.name, &lock.architecture));
            let ends = [format!("_{architecture}.deb"), "_all.deb".into()];
            let start = format!("{name}_");
            let of_it =
                |name: &&String| name.starts_with(&start) && ends.iter().any(|end| name.ends_with(end));
            let name = present.iter().find(of_it);
            name.map(|name| debs.join(name)).ok_or_else(|| Error::Output {
                tool: "apt-get download",
                what: format!("no file of {}", package.name),
            })
        };
        lock.packages.iter().map(file_of).collect()
    }
}

/// `Inst NAME (VERSION SUITE [ARCH])` lines, as `NAME=VERSION`.
fn parse_simulated(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("Inst ")?.split_once(" (")?;
        Some(format!("{name}={}", rest.split_whitespace().next()?))
    };
    text.lines().filter_map(line).collect()
}

/// Stanzas of `apt-cache show`.
fn parse_shown(text: &str, foreign: Option<&str>) -> Vec<Package> {
    let stanza = |stanza: &str| {
        let field = |name: &str| {
            let value = stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
            Some(value.trim().to_owned())
        };
        let architecture = field("Architecture").filter(|one| foreign == Some(one));
        let name = field("Package")? + &architecture.map(|one| format!(":{one}")).unwrap_or_default();
        Some(Package { name, version: field("Version")?, sha256: field("SHA256")? })
    };
    text.split("\n\n").filter_map(stanza).collect()
}

/// This machine's architecture, as Debian names it.
fn machine_architecture() -> Result<String, Error> {
    Ok(run_quietly(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned())
}

/// How the name of a folder begins in which a fetch is under way.
fn unfinished(set: &Set) -> String {
    format!("{}.tmp-", set.name)
}

fn temporary_folder(set: &Set, parent: &Path) -> Result<tempfile::TempDir, Error> {
    tempfile::Builder::new()
        .prefix(&unfinished(set))
        .tempdir_in(parent)
        .map_err(Error::io("cannot create a folder in", parent))
}

/// In hexadecimal.
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str) -> Package {
        Package { name: name.into(), version: version.into(), sha256: "0".repeat(64) }
    }

    fn lock(packages: Vec<Package>) -> Lock {
        Lock { set: &FPGA, suite: "s".into(), architecture: "a".into(), packages }
    }

    #[test]
    fn the_committed_lock_names_every_tool() {
        for set in SETS {
            let lock = set.committed().unwrap();
            for root in set.roots {
                assert!(lock.packages.iter().any(|p| p.name == *root), "{}: {root}", set.name);
            }
        }
    }

    #[test]
    fn a_lock_reads_back_as_written() {
        let lock = lock(vec![package("b", "1:2.0+really1-1~a"), package("c", "3")]);
        let again = Lock::parse(&FPGA, &lock.to_string()).unwrap();
        assert_eq!(
            (again.suite, again.architecture, again.packages),
            (lock.suite, lock.architecture, lock.packages)
        );
    }

    #[test]
    fn a_broken_lock_is_refused_with_its_line() {
        for (text, line) in [("suite s\nb 1\n", 2), ("suite s\n\nb 1 abc\n", 3), ("suite s\n", 0)] {
            match Lock::parse(&FPGA, text) {
                Err(Error::LockSyntax { line: found, .. }) => assert_eq!(found, line, "{text:?}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_the_mirror_changed_is_named() {
        let pinned = lock(vec![package("same", "1"), package("newer", "1"), package("gone", "1")]);
        let newest = lock(vec![package("same", "1"), package("newer", "2"), package("added", "1")]);
        let text = changes(&pinned, &newest);
        assert_eq!(
            text,
            "  newer: pinned 1, on the mirror 2\n  gone: pinned 1, on the mirror not needed any more"
        );
    }

    #[test]
    fn a_file_with_other_contents_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(check(&package("p", "1"), file.path()), Err(Error::Checksum { .. })));
        let sha256 = hex(Sha256::digest([]));
        check(&Package { sha256, ..package("p", "1") }, file.path()).unwrap();
    }

    #[test]
    fn apts_answers_are_understood() {
        let simulated = "Reading...\nInst libc6 (2.43-7 Debian:testing [amd64]) []\nInst yosys (0.66-1 D:t [amd64])\nConf yosys (0)\n";
        assert_eq!(parse_simulated(simulated), ["libc6=2.43-7", "yosys=0.66-1"]);
        let shown = "Package: a\nVersion: 1:2\nMD5sum: 0\nSHA256: 12\nDescription: x\n y\n\nPackage: b\nVersion: 3\nSHA256: 45\n";
        let (a, b) = (("a", "1:2", "12"), ("b", "3", "45"));
        let expected =
            [a, b].map(|(n, v, s)| Package { name: n.into(), version: v.into(), sha256: s.into() });
        assert_eq!(parse_shown(shown, None), expected);
        let foreign = "Package: a\nArchitecture: armhf\nVersion: 1\nSHA256: 0\n\nPackage: a\nArchitecture: amd64\nVersion: 1\nSHA256: 1\n";
        let names: Vec<String> = parse_shown(foreign, Some("armhf")).into_iter().map(|p| p.name).collect();
        assert_eq!(names, ["a:armhf", "a"]);
    }
}
