//! One size of a top on its way from Verilog to a library.
//!
//! The Verilog comes from `portolan_hdl::emit::verilog`, byte for byte what a board is built from.

use anyhow::{Context, Result, bail};
use portolan_hdl::emit::{self, Size, Top};
use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::verilator::Verilator;

/// The end of the tick register's path in the generated model.
const TICKS_MEMBER: &str = "timebase__DOT__ticks__DOT__q";
const VERILATOR_FLAGS: &[&str] =
    &["--cc", "-O3", "--x-assign", "fast", "--timescale-override", "1ns/1ns", "-Wno-fatal"];

/// Header and source of a top's shim.
fn shim(top: Top) -> [&'static str; 2] {
    match top {
        Top::Axi | Top::AxiRings | Top::Zynq => ["cpp/axi.h", "cpp/axi.cpp"],
        Top::Pcie => ["cpp/pcie.h", "cpp/pcie.cpp"],
        Top::Uart => ["cpp/uart.h", "cpp/uart.cpp"],
    }
}

/// One size of a top on its way from Verilog to a library.
pub struct Model {
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
    pub fn prepare(out: &Path, top: Top, size: Size, traced: bool, verilog: &str) -> Result<Model> {
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

    pub fn library(&self) -> String {
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
    pub fn fingerprint(&self, verilator: &Verilator) -> Result<String> {
        let mut hash = DefaultHasher::new();
        (&self.size, &self.verilog, &self.control).hash(&mut hash);
        for file in shim(self.top).into_iter().chain([
            "cpp/common.h",
            "cpp/instance.h",
            "build/model.rs",
            "build/verilator.rs",
        ]) {
            fs::read(file).with_context(|| format!("reading {file}"))?.hash(&mut hash);
        }
        verilator.environment()?.hash(&mut hash);
        Ok(format!("{:016x}", hash.finish()))
    }

    /// Verilates and compiles. Returns which files of Verilator's runtime it needs.
    pub fn compile(&self, verilator: &Verilator) -> Result<Vec<String>> {
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
        if matches!(self.top, Top::AxiRings | Top::Zynq) {
            build.define("PORTOLAN_RINGS", None);
        }
        if self.top == Top::Zynq {
            build.define("PORTOLAN_AXI3", None);
        }
        if self.top != Top::Pcie && self.has_one_trigger(&generated)? {
            build.define("PORTOLAN_EVAL_NBA", format!("{}___024root___eval_nba", self.prefix()).as_str());
        }
        build.try_compile(&self.library()).with_context(|| format!("compiling the {} model", self.size))?;
        Ok(classes.runtime.into_iter().collect())
    }

    /// The symbol of its table of functions.
    fn table(&self) -> String {
        match self.top {
            Top::Axi => format!("portolan_model_{}", self.size),
            Top::AxiRings => format!("portolan_model_rings_{}", self.size),
            Top::Zynq => format!("portolan_model_zynq_{}", self.size),
            Top::Pcie => format!("portolan_pcie_model_{}", self.size),
            Top::Uart => format!("portolan_uart_model_{}", self.size),
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

fn write_if_changed(path: &Path, text: &str) -> Result<()> {
    if !fs::read_to_string(path).is_ok_and(|old| old == text) {
        fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}
