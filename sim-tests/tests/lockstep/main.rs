//! Guard: RustHDL's model and the Verilated Verilog of the AXI top do the same, cycle by cycle.
//!
//! RustHDL simulates Rust and prints Verilog; where the two mean different things nobody else would
//! notice. The same random traffic goes into both, and every output is compared in both halves of
//! every clock. A test also proves that the comparison sees a difference when there is one.
//!
//! PORTOLAN_SEED repeats a run; PORTOLAN_SOAK=1 makes the runs longer.

mod compare;
mod planted;
mod sides;
mod traffic;

use std::time::Instant;

use portolan_sim::{Model, Size, raw};

use compare::compare;
use sides::{RustSide, VerilogSide};
use traffic::{Seen, Traffic};

/// Runs both sides for so many cycles, many times more in a soak; panics at the first difference.
fn lockstep(size: Size, cycles: u64, default_seed: u64) -> Seen {
    let cycles = if std::env::var_os("PORTOLAN_SOAK").is_some() { 50 * cycles } else { cycles };
    let seed = raw::seed(default_seed);
    let begin = Instant::now();
    let mut traffic = Traffic::new(size, seed);
    let mut rust = RustSide::new(size);
    let mut verilog = VerilogSide(Model::new(size));
    let result = compare(cycles, &mut rust, &mut verilog, |outputs| traffic.step(outputs));
    let seconds = begin.elapsed().as_secs_f64();
    println!("{size:?}: {cycles} cycles in {seconds:.1} s; {:?}", traffic.seen);
    if let Err(difference) = result {
        panic!("RustHDL (first) and Verilog (second) differ, PORTOLAN_SEED={seed}: {difference}");
    }
    traffic.seen
}

/// The traffic went everywhere: a comparison of two blocks that do nothing proves nothing.
fn went_everywhere(seen: Seen, interrupt_depth: u32, user_depth: u32) {
    let [interrupt, user] = seen.levels;
    assert_eq!(interrupt, (interrupt_depth, 0), "levels of the interrupt queues: {seen:?}");
    assert_eq!(user, (user_depth, 0), "levels of the user queues: {seen:?}");
    assert!(seen.resets >= 2 && seen.irq_rises >= 5 && seen.gaps >= 1, "{seen:?}");
    assert!(seen.pops >= 200 && seen.credits >= 5 && seen.refused >= 20, "{seen:?}");
    assert!(seen.both_at_once >= 100, "a read and a write were rarely under way together: {seen:?}");
}

#[test]
fn the_smallest_block_does_the_same_in_rust_and_in_verilog() {
    let seen = lockstep(Size::L4P1, 40_000, 1);
    went_everywhere(seen, 64, 64);
}

#[test]
fn the_other_blocks_do_the_same_in_rust_and_in_verilog() {
    for (size, seed) in [(Size::L16P4, 3), (Size::L64P4, 4)] {
        let seen = lockstep(size, 4_000, seed);
        assert!(seen.writes > 50, "{seen:?}");
    }
}

#[test]
fn the_default_block_does_the_same_in_rust_and_in_verilog() {
    let seen = lockstep(Size::L32P8, 8_000, 2);
    assert!(seen.pops > 10 && seen.writes > 100, "{seen:?}");
}
