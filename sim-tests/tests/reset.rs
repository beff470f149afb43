//! Reset in the middle of traffic: no stale packet, no lock-up, and every edge still accounted for.

use portolan_regs::{control, mode};
use portolan_sim::raw::{Config, Raw, seed};
use portolan_sim::{RandomChanges, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn set_up(raw: &mut Raw, generation: u32, random: &mut ChaCha8Rng) {
    let size = raw.sim.size();
    for line in 0..size.lines() {
        let stream = random.random();
        let filter = random.random_range(0..4);
        raw.configure(line, Config { mode: mode::BOTH, stream, unmask: true, filter });
        raw.bind(line, random.random_range(0..size.ports()), generation);
    }
    for port in 0..size.ports() {
        raw.moderate(port, random.random_range(0..4), random.random_range(0..20));
        raw.doorbell(port, 0, true);
    }
    raw.enable_irq(true);
}

/// Nothing of the time before is left.
fn check_empty(raw: &mut Raw, epoch: u32) {
    let size = raw.sim.size();
    assert_eq!(control::EPOCH::COUNT.get(raw.read(control::EPOCH)), epoch);
    assert_eq!(raw.sim.irq(), 0);
    for port in 0..size.ports() {
        assert_eq!(raw.levels(port), (0, 0), "port {port}");
        assert_eq!(raw.latch(port, 0), None);
        assert_eq!(raw.latch(port, 1), None);
    }
    for line in 0..size.lines() {
        assert!(!raw.in_flight(line));
        let counters = raw.counters(line);
        assert!(counters.balance(), "line {line}: {counters:?}");
        assert_eq!((counters.undelivered, counters.gaps), (0, 0), "line {line}: {counters:?}");
        assert_eq!(control::SNAPSHOT_STATE::BOUND.get(counters.state), 0);
        assert_eq!(control::SNAPSHOT_STATE::PENDING.get(counters.state), 0);
        assert_eq!(control::SNAPSHOT_STATE::GAP.get(counters.state), 0);
    }
}

fn in_mid_traffic(size: Size, cycles: u64) {
    let seed = seed(11);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut raw = Raw::open(size);
    let stimulus = RandomChanges::new(seed, size.lines(), 200, u64::MAX);
    raw.sim.start(Box::new(stimulus)).unwrap();
    let (mut generation, mut epoch, mut packets) = (0, 1, 0);
    while raw.sim.tick() < cycles || epoch < 60 {
        generation += 1;
        let born = raw.sim.tick();
        set_up(&mut raw, generation, &mut random);
        let mut edges_before = 0;
        for _ in 0..random.random_range(1..60) {
            let port = random.random_range(0..size.ports());
            match random.random_range(0..6) {
                0 => raw.post(port, &[generation; 12]),
                1 => {
                    if let Some(packet) = raw.pull_user(port) {
                        assert_eq!(packet, [generation; 12], "a stale user packet");
                    }
                }
                2 => {
                    let line = random.random_range(0..size.lines());
                    raw.ack(line, generation);
                    let counters = raw.counters(line);
                    assert!(counters.balance(), "line {line}: {counters:?}");
                }
                3 => raw.run(random.random_range(1..300)),
                4 => raw.doorbell(port, random.random(), true),
                _ => {
                    if let Some(packet) = raw.pull(port) {
                        assert_eq!(packet.generation, generation, "a stale packet: {packet:?}");
                        assert!(packet.ticks >= born, "{packet:?} is from before tick {born}");
                        packets += 1;
                    }
                }
            }
        }
        for line in 0..size.lines() {
            edges_before += raw.counters(line).edges;
        }
        if random.random() {
            raw.soft_reset();
        } else {
            if random.random() {
                raw.sim.master().begin_write(control::SCRATCH, 1, 15);
                for _ in 0..random.random_range(0..8) {
                    raw.sim.cycle().expect("the bus works");
                }
            }
            raw.sim.reset(random.random_range(2..100)).expect("the block comes out of reset");
        }
        epoch += 1;
        check_empty(&mut raw, epoch);
        let edges_after: u64 = (0..size.lines()).map(|line| raw.counters(line).edges).sum();
        assert!(edges_after >= edges_before, "a reset does not touch the counters");
        assert_eq!(raw.sim.tick_register(), raw.sim.tick(), "nor the ticks");
    }
    assert!(packets > 100, "{epoch} resets, {packets} packets");

    // Still alive: exact to the cycle.
    let pins = raw.sim.pins();
    raw.sim.start(Box::new(portolan_sim::Changes::from([(0, pins)]))).unwrap();
    raw.run(300);
    raw.configure(0, Config::stream(mode::BOTH));
    raw.bind(0, 0, 1);
    raw.toggle(0);
    let edge = raw.sim.tick();
    raw.run(100);
    assert_eq!(raw.pull(0).expect("the block works").ticks, edge);
}

#[test]
fn reset_in_mid_traffic_leaves_nothing_behind_32x8() {
    in_mid_traffic(Size::L32P8, 150_000);
}

#[test]
fn reset_in_mid_traffic_leaves_nothing_behind_64x4() {
    in_mid_traffic(Size::L64P4, 300_000);
}

#[test]
fn reset_in_mid_traffic_leaves_nothing_behind_4x1() {
    in_mid_traffic(Size::L4P1, 100_000);
}

#[test]
fn only_the_key_resets() {
    let mut raw = Raw::open(Size::L4P1);
    raw.write(control::SCRATCH, 5);
    for word in [0, 1, u32::MAX, portolan_regs::RESET_KEY ^ 1, portolan_regs::RESET_KEY.swap_bytes()] {
        raw.write(control::RESET, word);
    }
    assert_eq!((raw.read(control::EPOCH), raw.read(control::STALE)), (1, 5));
    assert_eq!(raw.read(control::SCRATCH), 5);
    raw.soft_reset();
    assert_eq!(raw.read(control::EPOCH), 2);
}
