//! Gives the shared library the name by which programs ask for it: the file that cargo makes has another.

/// Changes with the ABI.
const SONAME: &str = "libportolan.so.0";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
}
