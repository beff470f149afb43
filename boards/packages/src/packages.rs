//! Sets of Debian packages: exact versions from a lock file, fetched and unpacked into a folder of our own.
//!
//! apt resolves and downloads, with lists, cache and status of its own in a temporary folder, so it needs no root and
//! leaves the machine's packages alone; `dpkg-deb` unpacks. apt checks the archive's signature, and each file is then
//! checked against the lock. Suites move: when a pinned version has left the mirror, [`fetch`] says which, and
//! [`fetch_or_newest`] takes what is there now.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::Error;
use crate::mirror::Mirror;
use crate::progress::Stage;
use crate::run::run_quietly;

/// Packages that are wanted together, and all that they depend on.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    /// How their folder's name begins.
    pub name: &'static str,
    /// What they are for, in a few words.
    pub purpose: &'static str,
    /// The Debian release that has them.
    pub suite: &'static str,
    /// What is wanted; the rest of the lock file is what these depend on. `NAME:ARCHITECTURE` for the foreign one.
    pub wanted: &'static [&'static str],
    /// Another architecture, as Debian names it, that some of the packages are for.
    pub foreign: Option<&'static str>,
    /// Those of their programs that are prepared to be started.
    pub programs: &'static [&'static str],
    /// The name of the lock file.
    pub file: &'static str,
    /// Its text, as committed.
    pub lock: &'static str,
    /// What renews it.
    pub renew: &'static str,
}

/// How the name of a folder goes on in which a fetch is under way.
const UNFINISHED: &str = ".tmp-";

/// One pinned package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name; with `:` and the architecture if that is the set's foreign one.
    pub name: String,
    /// Its exact version, as Debian writes it.
    pub version: String,
    /// Of the .deb file, in hexadecimal.
    pub sha256: String,
}

/// A set of packages that makes a working toolbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The Debian release that has them.
    pub suite: String,
    /// The machine's, as Debian names it, such as `amd64`.
    pub architecture: String,
    /// The tools and all that they depend on.
    pub packages: Vec<Package>,
}

impl Lock {
    /// Reads what [`Set::text`] writes, of `file`. Blank lines and lines that begin with `#` say nothing.
    pub fn parse(file: &'static str, text: &str) -> Result<Self, Error> {
        let mut lock = Lock { suite: String::new(), architecture: String::new(), packages: Vec::new() };
        for (number, line) in text.lines().enumerate() {
            let err = |reason| Error::LockSyntax { file, line: number + 1, reason, text: line.to_owned() };
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
            return Err(Error::LockSyntax { file, line: 0, reason: "the file lacks", text: what.to_owned() });
        }
        Ok(lock)
    }

    /// A short name of exactly this set, prepared to start these programs.
    fn digest(&self, programs: &[&str]) -> String {
        hex(Sha256::digest(format!("{self}{}", programs.join(" "))))[..12].to_owned()
    }
}

impl Set {
    /// What is pinned.
    pub fn pinned(&self) -> Result<Lock, Error> {
        Lock::parse(self.file, self.lock)
    }

    /// What the mirror has now.
    pub fn newest(&self) -> Result<Lock, Error> {
        let stage = Stage::begin("package lists");
        let work = temporary_folder(self.name, &std::env::temp_dir())?;
        let lock = Apt::update(work.path(), self)?.resolve()?;
        stage.done(&format!("{} packages", lock.packages.len()));
        Ok(lock)
    }

    /// A lock file.
    pub fn text(&self, lock: &Lock) -> String {
        let Set { purpose, renew, .. } = self;
        format!(
            "# The packages of {purpose}: those that are wanted and all that they depend on, with the SHA-256 of\n\
             # each file. Made by `{renew}`; when it changes, so may what comes out.\n{lock}"
        )
    }

    /// Writes the lock file in `folder` anew, with what the mirror has now, and says so on standard output.
    pub fn renew(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(self.file);
        let lock = self.newest()?;
        fs::write(&path, self.text(&lock)).map_err(Error::io("cannot write", &path))?;
        println!("{}: {} packages", path.display(), lock.packages.len());
        Ok(())
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "suite {}", self.suite)?;
        writeln!(f, "architecture {}", self.architecture)?;
        self.packages.iter().try_for_each(|p| writeln!(f, "{} {} {}", p.name, p.version, p.sha256))
    }
}

/// The folder below `cache` with the lock's packages, fetched now if it is not there yet. `prepare` finishes a freshly
/// unpacked one, which moves afterwards.
///
/// Safe to interrupt, and to call from several processes at once: the folder appears under its name when it is whole.
pub fn fetch(
    set: &Set,
    lock: &Lock,
    cache: &Path,
    prepare: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<PathBuf, Error> {
    let actual = machine_architecture()?;
    if lock.architecture != actual {
        return Err(Error::Architecture {
            file: set.file,
            locked: lock.architecture.clone(),
            actual,
            renew: set.renew,
        });
    }
    let root = cache.join(format!("{}-{}", set.name, lock.digest(set.programs)));
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
    remove_leftovers(set.name, cache)?;
    let work = temporary_folder(set.name, cache)?;
    stage.detail(set.purpose);
    let apt = Apt::update(work.path(), set)?;
    stage.detail("packages");
    let files = apt.download(lock)?;
    let unpacked = work.path().join("root");
    for (package, file) in lock.packages.iter().zip(&files) {
        stage.detail(&package.name);
        check(set, package, file)?;
        run_quietly(Command::new("dpkg-deb").arg("--extract").arg(file).arg(&unpacked))?;
    }
    prepare(&unpacked)?;
    fs::rename(&unpacked, &root).map_err(Error::io("cannot move the packages to", &root))?;
    stage.done(&format!("{}: {} packages in {}", set.purpose, files.len(), root.display()));
    Ok(root)
}

/// The same with what is pinned; when the mirror no longer has that, with what it has now, and the difference is told.
pub fn fetch_or_newest(
    set: &Set,
    cache: &Path,
    prepare: impl Fn(&Path) -> Result<(), Error>,
) -> Result<PathBuf, Error> {
    match fetch(set, &set.pinned()?, cache, &prepare) {
        Err(Error::MovedOn { changes, .. }) => {
            eprintln!(
                "the mirror no longer has all that is pinned for {}; it is taken as it is now:\n{changes}",
                set.purpose
            );
            fetch(set, &set.newest()?, cache, &prepare)
        }
        fetched => fetched,
    }
}

/// Removes what an interrupted fetch left. Only for who has the turn: nobody else is fetching then.
fn remove_leftovers(name: &str, cache: &Path) -> Result<(), Error> {
    let beginning = format!("{name}{UNFINISHED}");
    for entry in fs::read_dir(cache).map_err(Error::io("cannot read", cache))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(&beginning) {
            fs::remove_dir_all(entry.path()).map_err(Error::io("cannot remove", entry.path()))?;
        }
    }
    Ok(())
}

/// Compares a downloaded file with its pin.
fn check(set: &Set, package: &Package, file: &Path) -> Result<(), Error> {
    let mut hash = Sha256::new();
    let mut reader = File::open(file).map_err(Error::io("cannot read", file))?;
    std::io::copy(&mut reader, &mut hash).map_err(Error::io("cannot read", file))?;
    let actual = hex(hash.finalize());
    if actual == package.sha256 {
        return Ok(());
    }
    let package_version = format!("{} {}", package.name, package.version);
    Err(Error::Checksum {
        file: set.file,
        package: package_version,
        expected: package.sha256.clone(),
        actual,
    })
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
    folder: &'a Path,
    set: &'a Set,
}

impl<'a> Apt<'a> {
    /// Lays out the folders below `folder` and fetches the lists of the set's suite.
    fn update(folder: &'a Path, set: &'a Set) -> Result<Self, Error> {
        for part in ["state/lists/partial", "cache/archives/partial", "debs"] {
            fs::create_dir_all(folder.join(part)).map_err(Error::io("cannot create", folder.join(part)))?;
        }
        let files =
            [("status", String::new()), ("sources.list", Mirror::of_this_machine()?.source_line(set.suite))];
        for (name, text) in files {
            fs::write(folder.join(name), text).map_err(Error::io("cannot write", folder.join(name)))?;
        }
        let apt = Apt { folder, set };
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

    /// What is wanted and all that it depends on, as the mirror has it now.
    fn resolve(&self) -> Result<Lock, Error> {
        let simulated =
            run_quietly(self.command("apt-get").args(["--simulate", "install"]).args(self.set.wanted))?;
        let chosen = parse_simulated(&simulated);
        let shown = run_quietly(self.command("apt-cache").arg("show").args(&chosen))?;
        let mut packages = parse_shown(&shown, self.set.foreign);
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        if packages.is_empty() || packages.len() != chosen.len() {
            let what = format!("{} of {} packages found", packages.len(), chosen.len());
            return Err(Error::Output { tool: "apt-cache", what });
        }
        Ok(Lock { suite: self.set.suite.to_owned(), architecture: machine_architecture()?, packages })
    }

    /// Downloads the packages of `lock`; the files in its order.
    fn download(&self, lock: &Lock) -> Result<Vec<PathBuf>, Error> {
        let debs = self.folder.join("debs");
        let names = lock.packages.iter().map(|p| format!("{}={}", p.name, p.version));
        let result = run_quietly(self.command("apt-get").arg("download").args(names).current_dir(&debs));
        if let Err(failed) = result {
            let changes = changes(lock, &self.resolve()?);
            return Err(if changes.is_empty() {
                failed
            } else {
                Error::MovedOn { changes, renew: self.set.renew }
            });
        }
        let present: Vec<String> = fs::read_dir(&debs)
            .map_err(Error::io("cannot read", &debs))?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let file_of = |package: &Package| {
            let name = present.iter().find(|name| is_of(name, package, &lock.architecture));
            name.map(|name| debs.join(name)).ok_or_else(|| Error::Output {
                tool: "apt-get download",
                what: format!("no file of {}", package.name),
            })
        };
        lock.packages.iter().map(file_of).collect()
    }
}

/// Whether `file` is named `NAME_VERSION_ARCHITECTURE.deb` of the package, on a machine of this architecture.
fn is_of(file: &str, package: &Package, machine: &str) -> bool {
    let (name, architecture) = package.name.split_once(':').unwrap_or((&package.name, machine));
    let end = |architecture: &str| file.ends_with(&format!("_{architecture}.deb"));
    file.starts_with(&format!("{name}_")) && (end(architecture) || end("all"))
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

fn temporary_folder(name: &str, parent: &Path) -> Result<tempfile::TempDir, Error> {
    tempfile::Builder::new()
        .prefix(&format!("{name}{UNFINISHED}"))
        .tempdir_in(parent)
        .map_err(Error::io("cannot create a folder in", parent))
}

/// In hexadecimal.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str) -> Package {
        Package { name: name.into(), version: version.into(), sha256: "0".repeat(64) }
    }

    const SET: Set = Set {
        name: "s",
        purpose: "tests",
        suite: "s",
        wanted: &[],
        foreign: None,
        programs: &[],
        file: "l",
        lock: "",
        renew: "r",
    };

    fn lock(packages: Vec<Package>) -> Lock {
        Lock { suite: "s".into(), architecture: "a".into(), packages }
    }

    #[test]
    fn a_lock_reads_back_as_written() {
        let lock = lock(vec![package("b", "1:2.0+really1-1~a"), package("c", "3")]);
        assert_eq!(Lock::parse("l", &lock.to_string()).unwrap(), lock);
    }

    #[test]
    fn a_broken_lock_is_refused_with_its_line() {
        for (text, line) in [("suite s\nb 1\n", 2), ("suite s\n\nb 1 abc\n", 3), ("suite s\n", 0)] {
            match Lock::parse("l", text) {
                Err(Error::LockSyntax { file: "l", line: found, .. }) => assert_eq!(found, line, "{text:?}"),
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
        assert!(matches!(check(&SET, &package("p", "1"), file.path()), Err(Error::Checksum { .. })));
        let sha256 = hex(Sha256::digest([]));
        check(&SET, &Package { sha256, ..package("p", "1") }, file.path()).unwrap();
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
    }

    #[test]
    fn a_package_of_the_foreign_architecture_is_told_apart() {
        let shown = "Package: a\nArchitecture: armhf\nVersion: 1\nSHA256: 0\n\nPackage: a\nArchitecture: amd64\nVersion: 1\nSHA256: 1\n";
        let packages = parse_shown(shown, Some("armhf"));
        let names: Vec<&str> = packages.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["a:armhf", "a"]);
        for (file, foreign, native) in [
            ("a_1_armhf.deb", true, false),
            ("a_1_amd64.deb", false, true),
            ("a_1_all.deb", true, true),
            ("ab_1_amd64.deb", false, false),
        ] {
            let found = [&packages[0], &packages[1]].map(|package| is_of(file, package, "amd64"));
            assert_eq!(found, [foreign, native], "{file}");
        }
    }
}
