//! Doorbells, moderation and the interrupt output: told at once, never too early, never not at all.

use portolan_regs::{MODERATION_TICKS, bank, control, map, mode, port};
use portolan_sim::Size;
use portolan_sim::raw::{Config, Raw, seed};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// From the pin to the interrupt output, with every other line at rest.
const LATENCY: u64 = 24;

fn open() -> Raw {
    let mut raw = Raw::open(Size::L32P8);
    for line in 0..8 {
        raw.configure(line, Config::stream(mode::BOTH));
        raw.bind(line, line, 1);
    }
    raw.enable_irq(true);
    raw
}

fn fired(raw: &mut Raw) -> u32 {
    raw.read(map::bank(bank::FIRED, 0))
}

#[test]
fn an_armed_doorbell_fires_at_the_next_packet() {
    let mut raw = open();
    raw.doorbell(3, 0, true);
    assert!(!raw.run_until_irq(500), "nothing has happened");
    raw.toggle(3);
    assert!(raw.run_until_irq(LATENCY), "one edge, one interrupt");
    assert_eq!(fired(&mut raw), 1 << 3);
    assert_eq!(raw.levels(3).0, 1, "the packet is there before its notice");
}

#[test]
fn a_doorbell_behind_what_is_completed_fires_at_once() {
    let mut raw = open();
    raw.toggle(2);
    raw.run(50);
    raw.doorbell(2, 0, true);
    assert!(raw.run_until_irq(4), "a packet is there already");
    raw.doorbell(2, 1, true);
    assert!(!raw.run_until_irq(500), "that packet is consumed");
    raw.toggle(2);
    assert!(raw.run_until_irq(LATENCY));
}

#[test]
fn a_doorbell_fires_once_until_it_is_written_again() {
    let mut raw = open();
    raw.doorbell(0, 0, true);
    raw.toggle(0);
    assert!(raw.run_until_irq(LATENCY));
    raw.doorbell(0, 1, false);
    assert!(!raw.run_until_irq(10), "written without ARM: quiet");
    raw.toggle(0);
    assert!(!raw.run_until_irq(500), "not armed");
    raw.doorbell(0, 1, true);
    assert!(raw.run_until_irq(4));
}

#[test]
fn an_edge_never_falls_between_looking_and_arming() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(10));
    let mut raw = open();
    for round in 0..500 {
        // The edge comes at any time around the doorbell's write.
        let changes = [(random.random_range(0..60u64), raw.sim.pins() ^ 1)];
        raw.sim.start(Box::new(portolan_sim::Changes::from(changes))).unwrap();
        raw.run(random.random_range(0..40));
        raw.doorbell(0, round, true); // each round before this one consumed one packet
        assert!(raw.run_until_irq(120), "round {round}: the packet is announced");
        let packets = raw.pull_all(0);
        assert_eq!(packets.len(), 1, "round {round}");
    }
}

#[test]
fn each_port_and_class_fires_for_itself() {
    let mut raw = open();
    for port in 0..8 {
        raw.doorbell(port, 0, true);
    }
    raw.doorbell_user(6, 0, true);
    raw.toggle(1);
    raw.run(50);
    assert_eq!(fired(&mut raw), 1 << 1);
    raw.post(6, &[1; 12]);
    raw.run(10);
    assert_eq!(fired(&mut raw), 1 << 1 | 1 << 6);
    raw.doorbell(6, 0, true);
    assert_eq!(fired(&mut raw), 1 << 1 | 1 << 6, "the user doorbell of port 6 stays fired");
    raw.doorbell_user(6, 1, true);
    assert_eq!(fired(&mut raw), 1 << 1);
    raw.post(4, &[1; 12]);
    raw.run(50);
    assert_eq!(fired(&mut raw), 1 << 1, "the user doorbell of port 4 is not armed");
}

#[test]
fn packets_of_both_classes_count_together_even_in_one_cycle() {
    // The edge comes at every cycle around the one in which the post commits.
    for cycle in 0..80 {
        let mut raw = open();
        raw.moderate(3, 2, 0);
        raw.doorbell(3, 0, true);
        raw.doorbell_user(3, 0, true);
        for word in 0..11 {
            raw.write(map::port(3) + port::POST + 4 * word, word);
        }
        let changes = [(cycle, raw.sim.pins() ^ 1 << 3)];
        raw.sim.start(Box::new(portolan_sim::Changes::from(changes))).unwrap();
        raw.run(30);
        raw.write(map::port(3) + port::POST + 44, 11);
        assert!(raw.run_until_irq(200), "an edge at cycle {cycle}: both packets wait unannounced");
        assert_eq!(raw.levels(3), (1, 1));
    }
}

#[test]
fn the_interrupt_output_needs_its_enable() {
    let mut raw = open();
    raw.enable_irq(false);
    raw.doorbell(0, 0, true);
    raw.toggle(0);
    assert!(!raw.run_until_irq(100));
    assert_eq!(fired(&mut raw), 1);
    assert_eq!(control::STATUS::IRQ.get(raw.read(control::STATUS)), 0);
    raw.enable_irq(true);
    assert!(raw.run_until_irq(4));
    assert_eq!(control::STATUS::IRQ.get(raw.read(control::STATUS)), 1);
}

#[test]
fn moderation_by_count_waits_for_the_last_of_them() {
    for count in [0u32, 1, 2, 3, 10] {
        let mut raw = open();
        raw.moderate(5, count, 0);
        raw.doorbell(5, 0, true);
        for packet in 1..=count.max(1) {
            assert!(!raw.run_until_irq(300), "count {count}: {} packets are not enough", packet - 1);
            raw.toggle(5);
        }
        assert!(raw.run_until_irq(LATENCY), "count {count}");
        assert_eq!(raw.levels(5).0, count.max(1));
    }
}

#[test]
fn moderation_by_time_counts_from_the_first_unannounced_packet() {
    let unit = u64::from(MODERATION_TICKS);
    for time in [1u32, 2, 10, 100] {
        let mut raw = open();
        raw.moderate(5, 200, time);
        raw.doorbell(5, 0, true);
        for phase in 0..unit {
            raw.run(200 + phase);
            raw.toggle(5);
            let edge = raw.sim.tick();
            assert!(raw.run_until_irq(u64::from(time) * unit + LATENCY), "time {time}, phase {phase}");
            let waited = raw.sim.tick() - edge;
            assert!(waited + unit > u64::from(time) * unit, "time {time}: only {waited} ticks");
            let consumed = raw.pull_all(5).len() as u32;
            assert_eq!(consumed, 1);
            raw.doorbell(5, phase as u32 + 1, true);
        }
    }
}

#[test]
fn a_block_whose_moderation_time_runs_is_not_idle() {
    let mut raw = open();
    raw.moderate(0, 200, 50);
    raw.doorbell(0, 0, true);
    raw.run(50);
    assert_eq!(raw.sim.outputs().idle, 1);
    raw.toggle(0);
    raw.run(100);
    assert_eq!(raw.sim.outputs().idle, 0);
    assert!(raw.run_until_irq(50 * u64::from(MODERATION_TICKS)));
    raw.run(20);
    assert_eq!(raw.sim.outputs().idle, 1);
}
