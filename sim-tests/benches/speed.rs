//! How fast the simulated board is: `cargo bench -p portolan-sim`.

use portolan::device::Device;
use portolan_regs::{control, mode};
use portolan_sim::raw::{Config, Raw};
use portolan_sim::{Options, RandomChanges, SimBoard, Size};
use std::time::Instant;

/// Runs it three times and tells the best rate.
fn rate(name: &str, unit: &str, count: u64, mut run: impl FnMut()) {
    let best = (0..3)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    println!("{name:<44} {:>8.2} M {unit}/s", count as f64 / best / 1e6);
}

fn main() {
    for size in Size::ALL {
        let mut raw = Raw::open(size);
        rate(&format!("{size}, all lines at rest, nothing skipped"), "cycles", 1_000_000, || {
            raw.run(1_000_000)
        });
        for line in 0..size.lines() {
            raw.configure(line, Config::stream(mode::BOTH));
            raw.bind(line, 0, 1);
        }
        rate(&format!("{size}, an edge every 30 cycles"), "cycles", 500_000, || {
            let stimulus = RandomChanges::new(1, size.lines(), 100, u64::MAX);
            raw.sim.start(Box::new(stimulus)).unwrap();
            raw.run(500_000);
        });
    }
    let board = SimBoard::open(Options::default()).unwrap();
    rate("32x8, register reads", "reads", 50_000, || {
        for _ in 0..50_000 {
            board.read(control::ID).unwrap();
        }
    });
}
