//! Turns the Verilog that boards get into C++ models, and links them.
//!
//! The AXI top has two per size: one is for speed; the other can write waveforms, for which it keeps every
//! signal in memory and takes half as long again. The other tops have one per size, but the Zynq top: it differs from the
//! one with rings by its slave alone, which is the same at every size, so it has one of the default size. The UART top has
//! that size at its usual rate, and a smaller one at a rate that tests can be fast with.
//! No model is compiled again unless its Verilog, its shim or Verilator changed; a change in the RTL
//! crate runs this script again by itself, because it is a build dependency.

mod model;
mod store;
mod verilator;

use anyhow::{Context, Result};
use model::Model;
use portolan_hdl::emit::{self, HERTZ, Rates, Size, Top};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs};
use verilator::Verilator;

/// Verilator's own part of every model.
const RUNTIME: &str = "verilated_runtime";
/// Bits per second of the fast UART top: eight clocks for a bit.
const FAST_BAUD: u32 = HERTZ / 8;

fn main() {
    if let Err(error) = build() {
        eprintln!("portolan-sim: {error:#}");
        std::process::exit(1);
    }
}

fn build() -> Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").context("OUT_DIR is not set: run by cargo")?);
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=cpp");
    for name in ["PORTOLAN_VERILATOR", "PORTOLAN_CACHE", "CXX", "CXXFLAGS"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let verilator = Verilator::find()?;
    println!("cargo:rerun-if-changed={}", verilator.program.display());

    let mut libraries = Vec::new();
    let mut runtime = BTreeSet::new();
    for top in Top::ALL {
        for (size, rates) in built(top)? {
            let verilog = emit::verilog_at(top, size, rates);
            for traced in [false, true] {
                if traced && top != Top::Axi {
                    continue;
                }
                let model = Model::prepare(&out, top, size, traced, &verilog)?;
                let (library, list) = (model.library(), format!("{}.runtime", model.library()));
                provide(&out, &library, &model.fingerprint(&verilator)?, &[&list], || {
                    verilator.need_headers()?;
                    let classes = model.compile(&verilator)?;
                    fs::write(out.join(&list), classes.join("\n")).with_context(|| format!("writing {list}"))
                })?;
                let list = fs::read_to_string(out.join(&list)).with_context(|| format!("reading {list}"))?;
                runtime.extend(list.lines().map(str::to_string));
                libraries.push(library);
            }
        }
    }
    let mut hash = DefaultHasher::new();
    (&runtime, verilator.environment()?).hash(&mut hash);
    provide(&out, RUNTIME, &format!("{:016x}", hash.finish()), &[], || {
        let mut build = verilator.compiler(true);
        build.files(runtime.iter().map(|name| verilator.include().join(format!("{name}.cpp"))));
        build.try_compile(RUNTIME).context("compiling Verilator's runtime")
    })?;
    libraries.push(RUNTIME.to_string());

    println!("cargo:rustc-env=PORTOLAN_FAST_BAUD={FAST_BAUD}");
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

/// In which sizes a top is Verilated, and at which rates.
fn built(top: Top) -> Result<Vec<(Size, Rates)>> {
    Ok(match top {
        Top::Axi | Top::AxiRings | Top::Pcie => {
            Size::ALL.iter().map(|size| (*size, Rates::default())).collect()
        }
        Top::Zynq => vec![(Size::DEFAULT, Rates::default())],
        Top::Uart => vec![
            (Size::DEFAULT, Rates::default()),
            (Size::new(16, 4)?, Rates { hertz: HERTZ, baud: FAST_BAUD }),
        ],
    })
}

/// Sees to it that a library, and files beside it, are in `out` as they are made from what the key is a hash of: left
/// by an earlier build, or kept by another one, or made now.
fn provide(
    out: &Path,
    library: &str,
    key: &str,
    beside: &[&str],
    make: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let archive = format!("lib{library}.a");
    let files: Vec<String> = beside.iter().map(|file| file.to_string()).chain([archive]).collect();
    let stamp = out.join(format!("{library}.built-from"));
    let are_there = files.iter().all(|file| out.join(file).exists());
    if are_there && fs::read_to_string(&stamp).is_ok_and(|old| old == key) {
        return Ok(());
    }
    let _ = fs::remove_file(&stamp);
    if !store::fetch(key, &files, out) {
        make()?;
        store::keep(key, &files, out);
    }
    fs::write(&stamp, key).with_context(|| format!("writing {}", stamp.display()))
}
