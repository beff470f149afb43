//! Guard: RustHDL's model and the Verilated Verilog of every top do the same, cycle by cycle.
//!
//! RustHDL simulates Rust and prints Verilog; where the two mean different things nobody else would
//! notice. The same random traffic goes into both, and every output is compared in both halves of
//! every clock. A test also proves that the comparison sees a difference when there is one.
//!
//! PORTOLAN_SEED repeats a run; PORTOLAN_SOAK=1 makes the runs longer.

mod compare;
mod pcie;
mod planted;
mod sides;
mod traffic;
mod uart;

use std::time::Instant;

use portolan_hdl::emit::Top;
use portolan_sim::{Model, Outputs, Size, raw};

use compare::{Side, compare};
use sides::{RustSide, VerilogSide};
use traffic::Traffic;

/// Traffic for an AXI top, and its Verilated Verilog.
fn sides(top: Top, size: Size, seed: u64) -> (Traffic, Model) {
    match top {
        Top::Axi => (Traffic::new(size, seed), Model::new(size)),
        Top::AxiRings => (Traffic::with_rings(size, seed), Model::with_rings(size)),
        Top::Zynq => {
            assert_eq!(size, Size::L32P8, "the size that it is Verilated in");
            (Traffic::with_bursts(size, seed), Model::zynq())
        }
        Top::Pcie | Top::Uart => unreachable!("modules of their own compare them"),
    }
}

/// Runs both sides until the traffic has been everywhere, but at least for so many cycles, many times more in
/// a soak; panics at the first difference.
fn lockstep(top: Top, size: Size, cycles: u64, default_seed: u64) {
    let cycles = if std::env::var_os("PORTOLAN_SOAK").is_some() { 50 * cycles } else { cycles };
    let seed = raw::seed(default_seed);
    let begin = Instant::now();
    let (mut traffic, model) = sides(top, size, seed);
    let mut rust = RustSide::new(top, size);
    let mut verilog = VerilogSide(model);
    let mut cycle = 0;
    let result = compare(cycles.max(60_000), &mut rust, &mut verilog, |outputs| {
        cycle += 1;
        (cycle <= cycles || !traffic.seen.everything()).then(|| traffic.step(outputs))
    });
    let seconds = begin.elapsed().as_secs_f64();
    println!("{top:?}, {size:?}: {} cycles in {seconds:.1} s; {:?}", cycle - 1, traffic.seen);
    if let Err(difference) = result {
        panic!("RustHDL (first) and Verilog (second) differ, PORTOLAN_SEED={seed}: {difference}");
    }
    assert!(traffic.seen.everything(), "PORTOLAN_SEED={seed}: the traffic did not get everywhere");
}

#[test]
fn the_smallest_block_does_the_same_in_rust_and_in_verilog() {
    lockstep(Top::Axi, Size::L4P1, 40_000, 1);
}

#[test]
fn the_block_of_16_lines_does_the_same_in_rust_and_in_verilog() {
    lockstep(Top::Axi, Size::L16P4, 12_288, 3);
}

#[test]
fn the_block_of_64_lines_does_the_same_in_rust_and_in_verilog() {
    lockstep(Top::Axi, Size::L64P4, 12_288, 4);
}

#[test]
fn the_default_block_does_the_same_in_rust_and_in_verilog() {
    lockstep(Top::Axi, Size::L32P8, 12_288, 2);
}

#[test]
fn the_smallest_block_with_rings_does_the_same_in_rust_and_in_verilog() {
    lockstep(Top::AxiRings, Size::L4P1, 30_000, 5);
}

#[test]
fn the_block_of_16_lines_with_rings_does_the_same_in_rust_and_in_verilog() {
    lockstep(Top::AxiRings, Size::L16P4, 12_288, 6);
}

#[test]
fn the_block_of_64_lines_with_rings_does_the_same_in_rust_and_in_verilog() {
    lockstep(Top::AxiRings, Size::L64P4, 12_288, 7);
}

#[test]
fn the_default_block_with_rings_does_the_same_in_rust_and_in_verilog() {
    lockstep(Top::AxiRings, Size::L32P8, 12_288, 8);
}

#[test]
fn the_default_zynq_block_does_the_same_in_rust_and_in_verilog() {
    lockstep(Top::Zynq, Size::L32P8, 12_288, 9);
}

#[test]
fn whatever_the_seed_the_traffic_gets_everywhere() {
    let tops = [Top::Axi, Top::AxiRings].into_iter().flat_map(|top| Size::ALL.map(|size| (top, size)));
    for (top, size) in tops.chain([(Top::Zynq, Size::L32P8)]) {
        for seed in 0..20 {
            let (mut traffic, model) = sides(top, size, seed);
            let mut verilog = VerilogSide(model);
            let mut outputs = Outputs::default();
            let cycles = (0..60_000).take_while(|_| {
                verilog.low(&traffic.step(&outputs));
                outputs = verilog.high();
                !traffic.seen.everything()
            });
            let cycles = cycles.count();
            assert!(
                traffic.seen.everything(),
                "{top:?}, {size}, seed {seed}, {cycles} cycles: {:?}",
                traffic.seen
            );
        }
    }
}
