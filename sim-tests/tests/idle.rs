//! The idle output keeps its word: once it is said, nothing but the tick counter moves until a pin changes
//! or the bus is used. Idle skip stands on it, and waits some cycles more, so it would not notice.

use portolan_regs::{RESET_KEY, bank, control, line, map, mode, port, port_control};
use portolan_sim::raw::{Config, Raw, seed};
use portolan_sim::{Outputs, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Longer than anything that a write begins here goes on: a visit of every line, a unit of moderation time.
const LONGEST: u64 = 400;

/// Leaves the block alone after an access: from the first cycle in which it says idle, no output may move.
/// True when it was idle in the end.
fn is_kept(raw: &mut Raw, cycles: u64) -> Result<bool, String> {
    let mut said: Option<(u64, Outputs)> = None;
    for cycle in 0..=cycles {
        let now = *raw.sim.outputs();
        match said {
            None if now.idle != 0 => said = Some((cycle, now)),
            Some((at, then)) if now != then => {
                return Err(format!("idle {at} cycles after the access, and in cycle {cycle} {now:?}"));
            }
            _ => {}
        }
        raw.sim.cycle().expect("the bus works");
    }
    Ok(said.is_some())
}

#[test]
fn unmasking_a_level_that_is_there_ends_the_idleness_at_once() {
    for size in Size::ALL {
        for (mode, pins) in [(mode::HIGH, size.mask()), (mode::LOW, 0)] {
            let mut raw = Raw::open(size);
            raw.sim.set_pins(pins);
            raw.bind(1, 0, 1);
            let masked = Config { unmask: false, ..Config::ack(mode) };
            raw.configure(1, masked);
            raw.run(LONGEST);
            raw.configure(1, Config { unmask: true, ..masked });
            assert_eq!(is_kept(&mut raw, LONGEST), Ok(true), "{size}, mode {mode}");
            assert_eq!(raw.counters(1).edges, 1, "the level was seen");
        }
    }
}

/// A write that begins something, mostly.
fn random_write(random: &mut ChaCha8Rng, size: Size) -> (u32, u32) {
    let line = random.random_range(0..size.lines());
    let port = random.random_range(0..size.ports());
    let (registers, page) = (map::line(line), map::port(port));
    let generation = random.random_range(0..2);
    match random.random_range(0..13) {
        0 | 1 => {
            let word = line::CONFIG::MODE.put(random.random_range(0..6))
                | line::CONFIG::STREAM.put(random.random_range(0..2))
                | line::CONFIG::UNMASK.put(random.random_range(0..2))
                | line::CONFIG::FILTER.put([0, 0, 5, 60][random.random_range(0..4)]);
            (registers + line::CONFIG, word)
        }
        2 | 3 => {
            let word = line::BIND::PORT.put(port)
                | line::BIND::BIND.put(u32::from(random.random_range(0..4) > 0))
                | line::BIND::GENERATION.put(generation);
            (registers + line::BIND, word)
        }
        4 => (registers + line::ACK, line::ACK::GENERATION.put(generation)),
        5 | 6 => (map::bank(bank::TRIGGER, line & !31), 1 << (line % 32)),
        7 => {
            let doorbell = if random.random() { port::DOORBELL_INTERRUPT } else { port::DOORBELL_USER };
            let word = port::DOORBELL_INTERRUPT::POSITION.put(random.random_range(0..4))
                | port::DOORBELL_INTERRUPT::ARM.put(1);
            (page + doorbell, word)
        }
        8 => {
            let word = port_control::MODERATION::COUNT.put(random.random_range(0..3))
                | port_control::MODERATION::TIME.put(random.random_range(0..3));
            (map::port_control(port) + port_control::MODERATION, word)
        }
        9 => (page + port::POST + 4 * [0, 11][random.random_range(0..2)], random.random()),
        10 => (control::IRQ_ENABLE, random.random_range(0..2)),
        11 => (control::SNAPSHOT, line),
        _ if random.random_range(0..10) == 0 => (control::RESET, RESET_KEY),
        _ => (page + port::LATCH, random.random_range(0..2)),
    }
}

#[test]
fn idle_is_not_taken_back_whatever_was_written() {
    let seed = seed(0x1d1e);
    for size in Size::ALL {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut raw = Raw::open(size);
        let mut idle = 0;
        for round in 0..3000 {
            if random.random_range(0..4) == 0 {
                raw.sim.set_pins(random.random::<u64>() & size.mask());
                raw.run(random.random_range(0..100));
            }
            let (address, word) = random_write(&mut random, size);
            // A full queue refuses a post.
            let _ = raw.try_write(address, word, 15);
            let told = is_kept(&mut raw, random.random_range(0..LONGEST));
            let context = format!("PORTOLAN_SEED={seed}, {size}, round {round}, {word:#x} to {address:#x}");
            idle += u32::from(told.unwrap_or_else(|error| panic!("{context}: {error}")));
            if random.random_range(0..3) == 0 {
                raw.pull(random.random_range(0..size.ports()));
            }
        }
        assert!(idle > 1000, "{size} was idle after {idle} writes");
    }
}
