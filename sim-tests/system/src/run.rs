//! Runs guests: the card beside each, the emulator under a limit of time, and what the guest says, line by line.

use std::collections::VecDeque;
use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use portolan_packages::progress::Stage;

use crate::Parts;
use crate::archive::Archive;
use crate::guests::{Edges, Guest, Kernel, Machine, Step};
use crate::tree;

/// How long a guest may take.
const LIMIT: Duration = Duration::from_secs(150);
/// How long the card may take until it can be attached.
const CARD_LIMIT: Duration = Duration::from_secs(30);
/// As many guests run at once as there are processors, and not more: a guest and its card take one and a half.
const AT_ONCE: usize = 2;

/// Where the card is on its bus: arm64.dtso has the interrupt of this slot.
const CARD_SLOT: &str = "1.0";

/// Shared libraries of lspci.
const LSPCI_LIBRARIES: [&str; 10] = [
    "libpci.so.3",
    "libkmod.so.2",
    "libc.so.6",
    "libz.so.1",
    "libudev.so.1",
    "libcap.so.2",
    "libzstd.so.1",
    "liblzma.so.5",
    "libcrypto.so.3",
    "libresolv.so.2",
];

/// What came of a step.
struct Heard {
    name: String,
    passed: bool,
    says: String,
}

/// What came of a guest.
pub struct Outcome {
    name: &'static str,
    seconds: f64,
    steps: Vec<Heard>,
    /// Why it did not get to its end.
    broken: Option<String>,
}

impl Outcome {
    /// Whether every step passed.
    pub fn passed(&self) -> bool {
        self.broken.is_none() && self.steps.iter().all(|step| step.passed)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.passed() { "passed" } else { "FAILED" };
        writeln!(f, "{:<14} {word} in {:.0} s", self.name, self.seconds)?;
        for step in &self.steps {
            let word = if step.passed { "ok" } else { "FAILED" };
            writeln!(f, "    {:<24} {word:<7} {}", step.name, step.says)?;
        }
        if let Some(why) = &self.broken {
            writeln!(f, "    {why}")?;
        }
        Ok(())
    }
}

/// Runs them, a few at once; in the order of the list.
pub fn all(parts: &Parts, guests: &[Guest], verbose: bool) -> Result<Vec<Outcome>> {
    let queue = Mutex::new((0..guests.len()).collect::<VecDeque<_>>());
    let outcomes = Mutex::new(Vec::new());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(index) = next() {
                    let outcome = one(parts, &guests[index], verbose);
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((index, outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

fn one(parts: &Parts, guest: &Guest, verbose: bool) -> Outcome {
    let stage = Stage::begin(guest.name);
    let begun = Instant::now();
    let mut outcome = Outcome { name: guest.name, seconds: 0.0, steps: Vec::new(), broken: None };
    if let Err(error) = boot(parts, guest, verbose, &mut outcome) {
        outcome.broken = Some(format!("{error:#}"));
    }
    outcome.seconds = begun.elapsed().as_secs_f64();
    stage.done(if outcome.passed() { "passed" } else { "FAILED" });
    outcome
}

/// A process that does not outlive its owner.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn boot(parts: &Parts, guest: &Guest, verbose: bool, outcome: &mut Outcome) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    write_stimulus(&at("edges.vcd"), guest.edges)?;
    write_files(parts, guest, &at("initrd"))?;
    let card = start_card(parts, guest, folder.path())?;

    let mut qemu = emulator(parts, guest, folder.path())?;
    qemu.arg("-kernel").arg(parts.kernels.image(guest.kernel)?).arg("-initrd").arg(at("initrd"));
    let errors = File::create(at("qemu.log"))?;
    let mut emulator = Owned(
        qemu.stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .context("cannot start QEMU")?,
    );
    let console = BufReader::new(emulator.0.stdout.take().context("QEMU's output")?);
    let mut ended = false;
    let mut tail = VecDeque::new();
    for line in console.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        if verbose {
            eprintln!("{}: {line}", guest.name);
        }
        match parse(line) {
            Some(result) if result.name == "end" => ended = true,
            Some(result) => {
                if !result.passed {
                    eprintln!(
                        "{}: {} failed:\n{}",
                        guest.name,
                        result.name,
                        Vec::from(tail.clone()).join("\n")
                    );
                }
                outcome.steps.push(result);
                tail.clear();
            }
            None => {
                tail.push_back(line.to_owned());
                if tail.len() > 40 {
                    tail.pop_front();
                }
            }
        }
    }
    drop(emulator);
    drop(card);
    if !ended {
        let said = Vec::from(tail).join("\n");
        let qemu = fs::read_to_string(at("qemu.log")).unwrap_or_default();
        let card = fs::read_to_string(at("card.log")).unwrap_or_default();
        anyhow::bail!("it did not get to its end (limit {LIMIT:?}):\n{said}\nQEMU: {qemu}\ncard: {card}");
    }
    let missing: Vec<_> = guest
        .steps
        .iter()
        .map(|Step { name, .. }| *name)
        .filter(|name| !outcome.steps.iter().any(|result| result.name == *name))
        .collect();
    ensure!(missing.is_empty(), "nothing was heard of: {}", missing.join(", "));
    Ok(())
}

/// `@@ NAME | STATUS | TEXT`.
fn parse(line: &str) -> Option<Heard> {
    let mut parts = line.strip_prefix("@@ ")?.splitn(3, " |");
    let (name, status, says) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Heard { name: name.to_owned(), passed: status.trim() == "0", says: says.trim().to_owned() })
}

/// The card as a server, until it can be attached.
fn start_card(parts: &Parts, guest: &Guest, folder: &Path) -> Result<Owned> {
    let socket = folder.join("card.sock");
    let log = File::create(folder.join("card.log"))?;
    let mut command = Command::new(&parts.programs.tool);
    command.args(["sim", "serve", "--top", guest.top, "--socket"]).arg(&socket);
    if guest.takes_edges() {
        command.arg("--stimulus").arg(folder.join("edges.vcd"));
    }
    let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
    let mut card = Owned(child.context("cannot start portolan")?);
    let begun = Instant::now();
    while !socket.exists() {
        let said = || fs::read_to_string(folder.join("card.log")).unwrap_or_default();
        if let Some(status) = card.0.try_wait()? {
            anyhow::bail!("the card ended ({status}): {}", said());
        }
        ensure!(begun.elapsed() < CARD_LIMIT, "the card cannot be attached: {}", said());
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(card)
}

/// QEMU with the card, but for what is booted.
fn emulator(parts: &Parts, guest: &Guest, folder: &Path) -> Result<Command> {
    let (program, machine, console) = match guest.kernel.machine() {
        Machine::X86 => ("qemu-system-x86_64", "q35,kernel-irqchip=split", "ttyS0"),
        Machine::Arm64 => ("qemu-system-aarch64", "virt,gic-version=3", "ttyAMA0"),
    };
    let mut qemu = parts.packages.start(program);
    qemu.args(["-machine", machine, "-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "512"]);
    qemu.args([
        "-object",
        "memory-backend-memfd,id=mem0,size=512M,share=on",
        "-machine",
        "memory-backend=mem0",
    ]);
    qemu.args(["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio"]);
    if guest.kernel.machine() == Machine::Arm64 {
        let tree = tree::write(&parts.packages, &qemu, folder)?;
        qemu.arg("-dtb").arg(tree);
    }
    if guest.iommu {
        qemu.args(["-device", "intel-iommu,intremap=on,caching-mode=on"]);
    }
    let device = serde_json::json!({
        "driver": "vfio-user-pci",
        "socket": { "path": folder.join("card.sock"), "type": "unix" },
        "addr": CARD_SLOT,
    });
    qemu.args(["-device", &device.to_string()]);
    qemu.args(["-append", &format!("console={console} quiet panic=-1 {}", guest.options)]);
    // A guest that hangs, or whose card does not answer any more, ends by this.
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", &LIMIT.as_secs().to_string()]);
    command.arg(qemu.get_program()).args(qemu.get_args());
    Ok(command)
}

fn write_files(parts: &Parts, guest: &Guest, path: &Path) -> Result<()> {
    let machine = guest.kernel.machine();
    let inside = parts.packages.inside(machine);
    let programs = parts.programs.inside(machine)?;
    let mut archive = Archive::create(path)?;
    archive.text("init", &guest.init())?;
    for folder in ["proc", "sys", "dev", "tmp"] {
        archive.folder(folder)?;
    }
    for program in ["portolan-guest", "portolan"] {
        archive.copy(&format!("bin/{program}"), &programs.join(program))?;
    }
    archive.copy("bin/busybox", &inside.join("usr/bin/busybox"))?;
    if machine == Machine::X86 {
        write_lspci(&mut archive, inside)?;
    }
    if guest.kernel == Kernel::Debian {
        let modules = inside.join("usr/lib/modules").join(parts.packages.release()?).join("kernel");
        for module in guest.modules {
            let name = module.rsplit('/').next().unwrap_or(module);
            archive.copy(&format!("modules/{name}.ko.xz"), &modules.join(format!("{module}.ko.xz")))?;
        }
    }
    archive.finish()
}

fn write_lspci(archive: &mut Archive, inside: &Path) -> Result<()> {
    archive.copy("usr/bin/lspci", &inside.join("usr/bin/lspci"))?;
    archive.copy("usr/share/misc/pci.ids", &inside.join("usr/share/misc/pci.ids"))?;
    let libraries = "usr/lib/x86_64-linux-gnu";
    for library in LSPCI_LIBRARIES.iter().filter(|library| inside.join(libraries).join(library).exists()) {
        archive.copy(&format!("{libraries}/{library}"), &inside.join(libraries).join(library))?;
    }
    let loader = format!("{libraries}/ld-linux-x86-64.so.2");
    archive.copy(&loader, &inside.join(&loader))?;
    archive.link("lib", "usr/lib")?;
    archive.link("lib64/ld-linux-x86-64.so.2", &format!("/{loader}"))
}

/// Lines in turn, each of which changes at every edge of it.
fn write_stimulus(path: &Path, edges: Edges) -> Result<()> {
    /// Lines of the card.
    const LINES: u64 = 32;
    /// When the first edge comes: every line is armed by then.
    const FIRST: u64 = 2_000_000_000;
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "$timescale 1 ns $end\n$scope module edges $end")?;
    let id = |line: u64| char::from(b'!' + line as u8);
    for line in 0..LINES {
        writeln!(out, "$var wire 1 {} line{line} $end", id(line))?;
    }
    writeln!(out, "$upscope $end\n$enddefinitions $end\n#0")?;
    for line in 0..LINES {
        writeln!(out, "0{}", id(line))?;
    }
    for edge in 0..edges.count {
        let level = (edge / LINES + 1) % 2;
        writeln!(out, "#{}\n{level}{}", FIRST + edge * edges.period, id(edge % LINES))?;
    }
    out.flush()?;
    Ok(())
}
