//! Tells the linker where each board's memory is. Programs of this machine have nothing of it.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=link");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "none") {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default() + "/link";
        println!("cargo:rustc-link-arg-bins=-L{folder}");
        for program in ["soc", "virt", "zynq"] {
            println!("cargo:rustc-link-arg-bin={program}=-T{folder}/{program}.ld");
        }
    }
}
