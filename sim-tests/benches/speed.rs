//! How fast the simulated board is: `cargo bench -p portolan-sim`.
//!
//! Of each rate two figures: per second of the processor, which other programs on the machine hardly
//! change, and per second of the clock on the wall.

use portolan::device::Device;
use portolan_regs::{control, mode};
use portolan_sim::raw::{Config, Raw};
use portolan_sim::{Change, Changes, Options, RandomChanges, SimBoard, Size};
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// What this thread has used of a processor.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a processor's time is not negative")
}

/// Runs it three times and tells the best rates.
fn rate(name: &str, unit: &str, count: u64, mut run: impl FnMut()) {
    let mut best = (f64::INFINITY, f64::INFINITY);
    for _ in 0..3 {
        let (wall, processor) = (Instant::now(), processor_time());
        run();
        best.0 = best.0.min((processor_time() - processor).as_secs_f64());
        best.1 = best.1.min(wall.elapsed().as_secs_f64());
    }
    let millions = |seconds: f64| count as f64 / seconds / 1e6;
    println!(
        "{name:<56} {:>6.2} M {unit}/s of processor time, {:>6.2} of wall time",
        millions(best.0),
        millions(best.1)
    );
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
        rate(&format!("{size}, an edge every 6,000 cycles, as in recordings"), "cycles", 1_000_000, || {
            let changes: Vec<_> = (1..=166).map(|n| Change { cycle: 6_000 * n, pins: n & 1 }).collect();
            raw.sim.start(Box::new(Changes::from(changes))).unwrap();
            raw.run(1_000_000);
        });
        rate(&format!("{size}, an edge every 30 cycles"), "cycles", 500_000, || {
            let stimulus = RandomChanges::new(1, size.lines(), 100, u64::MAX);
            raw.sim.start(Box::new(stimulus)).unwrap();
            raw.run(500_000);
        });
        rate(&format!("{size}, the same, bus looked at in every cycle"), "cycles", 500_000, || {
            for _ in 0..500_000 {
                raw.sim.cycle().unwrap();
            }
        });
    }
    let board = SimBoard::open(Options::default()).unwrap();
    rate("32x8, register reads", "reads", 50_000, || {
        for _ in 0..50_000 {
            board.read(control::ID).unwrap();
        }
    });
}
