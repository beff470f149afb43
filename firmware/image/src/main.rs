//! x
fn main() { println!("{:?}", portolan_image::packages::Rust::fetch().unwrap()); println!("{:?}", portolan_image::packages::emulator("qemu-system-riscv32").unwrap()); }
