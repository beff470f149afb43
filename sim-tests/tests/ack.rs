//! Ack delivery by raw register access: one packet outstanding, the first edge after it waits.

use portolan_regs::{control, mode};
use portolan_sim::Size;
use portolan_sim::raw::{Config, Raw, seed};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn bound() -> Raw {
    let mut raw = Raw::open(Size::L4P1);
    raw.configure(0, Config::ack(mode::RISING));
    raw.bind(0, 0, 7);
    raw
}

/// A short pulse; returns the cycle of its rising edge.
fn pulse(raw: &mut Raw) -> u64 {
    raw.set_pin(0, true);
    let edge = raw.sim.tick();
    raw.run(3);
    raw.set_pin(0, false);
    raw.run(40);
    edge
}

fn stale(raw: &mut Raw) -> u32 {
    control::STALE::COUNT.get(raw.read(control::STALE))
}

#[test]
fn three_edges_are_two_packets_and_the_first_pending_stamp_wins() {
    let mut raw = bound();
    let edges = [pulse(&mut raw), pulse(&mut raw), pulse(&mut raw)];
    let first = raw.pull(0).expect("the first edge");
    assert_eq!((first.ticks, first.count, first.generation), (edges[0], 0, 7));
    assert_eq!(raw.pull(0), None, "not acknowledged");
    raw.ack(0, 7);
    raw.run(20);
    let second = raw.pull(0).expect("the pending edge");
    assert_eq!((second.ticks, second.count), (edges[1], 1), "the third is coalesced into it");
    raw.ack(0, 7);
    raw.run(20);
    assert_eq!(raw.pull(0), None);
    let counters = raw.counters(0);
    assert_eq!((counters.edges, counters.delivered, counters.coalesced), (3, 2, 1));
    assert!(counters.balance());
    let fourth = pulse(&mut raw);
    let packet = raw.pull(0).expect("armed again");
    assert_eq!((packet.ticks, packet.counted_before), (fourth, 1));
    assert_eq!(stale(&mut raw), 0);
}

#[test]
fn an_acknowledge_of_another_generation_does_nothing_and_is_counted() {
    let mut raw = bound();
    pulse(&mut raw);
    raw.pull(0).expect("the first edge");
    pulse(&mut raw);
    for generation in [6, 8, 0x7000, 0] {
        raw.ack(0, generation);
    }
    raw.run(20);
    assert_eq!(raw.pull(0), None);
    assert_eq!(stale(&mut raw), 4);
    raw.ack(1, 0);
    assert_eq!(stale(&mut raw), 5, "line 1 is not bound");
}

#[test]
fn an_acknowledge_without_a_packet_changes_nothing() {
    let mut raw = bound();
    for _ in 0..3 {
        raw.ack(0, 7);
    }
    let edges = [pulse(&mut raw), pulse(&mut raw)];
    assert_eq!(raw.pull_all(0).iter().map(|p| p.ticks).collect::<Vec<_>>(), edges[..1]);
    assert_eq!(stale(&mut raw), 0);
}

#[test]
fn any_order_of_edges_and_acknowledges_is_what_the_rules_say() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(6));
    let mut raw = bound();
    // The rules in a few lines: armed, or the stamp that waits and how many came after it.
    let (mut armed, mut pending): (bool, Option<(u64, u32)>) = (true, None);
    let mut expected = Vec::new();
    for step in 0..3000 {
        if random.random_bool(0.6) {
            let edge = pulse(&mut raw);
            match &mut pending {
                _ if armed => {
                    expected.push((edge, 0));
                    armed = false;
                }
                Some((_, count)) => *count += 1,
                None => pending = Some((edge, 0)),
            }
        } else {
            raw.ack(0, 7);
            raw.run(20);
            match pending.take() {
                Some(packet) => {
                    expected.push(packet);
                    armed = false;
                }
                None => armed = true,
            }
        }
        let found: Vec<_> = raw.pull_all(0).iter().map(|packet| (packet.ticks, packet.count)).collect();
        assert_eq!(found, std::mem::take(&mut expected), "step {step}");
        assert!(raw.counters(0).balance());
    }
}
