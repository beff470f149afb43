//! Many cycles at a time are the same as one cycle at a time.

use portolan_regs::mode;
use portolan_sim::raw::{Config, Raw, seed};
use portolan_sim::{RandomChanges, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn a_run_of_cycles_equals_the_same_cycles_one_by_one() {
    let seed = seed(14);
    for size in Size::ALL {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut one = Raw::open(size);
        let mut many = Raw::open(size);
        for raw in [&mut one, &mut many] {
            for line in 0..size.lines() {
                raw.configure(line, Config::stream(mode::BOTH).filtered(line % 5));
                raw.bind(line, line % size.ports(), 1);
            }
            raw.moderate(0, 3, 7);
            raw.doorbell(0, 0, true);
            raw.enable_irq(true);
            raw.sim.start(Box::new(RandomChanges::new(seed, size.lines(), 60, 40_000))).unwrap();
        }
        while many.sim.tick() < 30_000 {
            let cycles = random.random_range(1..200);
            many.run(cycles);
            for _ in 0..cycles {
                one.sim.cycle().unwrap();
            }
            assert_eq!(one.sim.outputs(), many.sim.outputs(), "{size}, tick {}", many.sim.tick());
            let port = random.random_range(0..size.ports());
            assert_eq!(one.pull(port), many.pull(port), "{size}, tick {}", many.sim.tick());
        }
    }
}
