//! Binding, unbinding and moving a line by raw register access: whose packets go where, and that no
//! edge gets lost between two bindings.

use portolan_regs::{control, mode};
use portolan_sim::Size;
use portolan_sim::raw::{Config, Packet, Raw, seed};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Toggles a line; the tick of the edge. Long enough for its packet to reach the queue.
fn toggle(raw: &mut Raw, line: u32) -> u64 {
    raw.toggle(line);
    let edge = raw.sim.tick();
    raw.run(40);
    edge
}

fn stale(raw: &mut Raw) -> u32 {
    control::STALE::COUNT.get(raw.read(control::STALE))
}

#[test]
fn binding_an_unbound_line_discards_what_came_before() {
    let mut raw = Raw::open(Size::L4P1);
    raw.configure(1, Config::stream(mode::BOTH));
    toggle(&mut raw, 1);
    raw.bind(1, 0, 1);
    let edge = toggle(&mut raw, 1);
    let packets = raw.pull_all(0);
    assert_eq!(packets.iter().map(|packet| packet.ticks).collect::<Vec<_>>(), [edge]);
    let counters = raw.counters(1);
    assert_eq!((counters.edges, counters.delivered, counters.discarded), (2, 1, 1));
}

#[test]
fn unbinding_needs_the_current_generation() {
    let mut raw = Raw::open(Size::L4P1);
    raw.configure(3, Config::stream(mode::BOTH));
    raw.bind(3, 0, 1);
    raw.unbind(3, 2);
    assert_eq!(stale(&mut raw), 1);
    toggle(&mut raw, 3);
    assert_eq!(raw.pull(0).expect("still bound").generation, 1);
    raw.unbind(3, 1);
    raw.unbind(3, 1);
    assert_eq!(stale(&mut raw), 2, "not bound any more");
    toggle(&mut raw, 3);
    assert_eq!(raw.pull(0), None);
}

#[test]
fn a_bound_line_moves_with_what_it_holds_and_leaves_what_it_has_queued() {
    let mut raw = Raw::open(Size::L16P4);
    raw.configure(5, Config::ack(mode::BOTH));
    raw.bind(5, 0, 1);
    let edges: Vec<u64> = (0..4).map(|_| toggle(&mut raw, 5)).collect();
    raw.bind(5, 3, 2);
    raw.run(40);
    assert_eq!(raw.pull(3), None, "not acknowledged: a move does not arm");
    let queued = raw.pull(0).expect("queued before the move");
    assert_eq!((queued.ticks, queued.generation), (edges[0], 1));
    raw.ack(5, 1);
    assert_eq!(stale(&mut raw), 1, "the first binding is over");
    raw.ack(5, 2);
    raw.run(40);
    let held = raw.pull(3).expect("held while it moved");
    assert_eq!((held.ticks, held.generation, held.count), (edges[1], 2, 2));
    let counters = raw.counters(5);
    assert_eq!((counters.delivered, counters.coalesced, counters.discarded), (2, 2, 0));
    assert!(counters.balance() && raw.pull(0).is_none());
}

#[test]
fn a_stream_that_found_no_room_finds_it_at_the_port_it_moves_to() {
    let mut raw = Raw::open(Size::L16P4);
    raw.configure(2, Config::stream(mode::BOTH));
    raw.bind(2, 0, 1);
    let edges: Vec<u64> = (0..200).map(|_| toggle(&mut raw, 2)).collect();
    let queued = raw.levels(0).0 as usize;
    raw.bind(2, 1, 2);
    raw.run(40);
    let packets = raw.pull_all(1);
    let [held, gap] = &packets[..] else { panic!("the held edge and the gap: {packets:?}") };
    assert_eq!((held.ticks, held.count, held.is_gap()), (edges[queued], 0, false));
    assert!(gap.is_gap());
    assert_eq!((gap.ticks, gap.counted_before), (edges[queued + 1], edges[199]));
    assert_eq!(gap.count as usize, 200 - queued - 1);
    assert_eq!(raw.pull_all(0).len(), queued);
    assert!(raw.counters(2).balance());
}

#[test]
fn a_line_whose_packets_nobody_takes_may_move_on_and_on() {
    let mut raw = Raw::open(Size::L32P8);
    raw.configure(0, Config::stream(mode::BOTH));
    let mut edges = 0;
    for port in 0..8 {
        raw.bind(0, port, port + 1);
        for _ in 0..50 {
            toggle(&mut raw, 0);
            edges += 1;
        }
        let counters = raw.counters(0);
        assert!(counters.balance() && counters.edges == edges, "{counters:?}");
    }
    let packets: usize = (0..8).map(|port| raw.pull_all(port).len()).sum();
    assert!(packets > 128, "{packets} packets were queued");
    raw.run(40);
    raw.pull_all(7);
    let counters = raw.counters(0);
    assert!(counters.balance() && counters.undelivered == 0, "{counters:?}");
    assert!(!raw.in_flight(0));
}

#[test]
fn every_line_that_moves_to_a_full_port_finds_its_reserved_place_there() {
    let mut raw = Raw::open(Size::L16P4);
    for line in 0..16 {
        raw.configure(line, Config::stream(mode::BOTH));
        raw.bind(line, u32::from(line == 15), 1);
    }
    while {
        toggle(&mut raw, 15);
        raw.counters(15).lost == 0
    } {}
    let full = raw.levels(1).0;
    for line in 0..15 {
        // One packet stays at the old port: then there is no reserved place until it is taken.
        if line % 2 == 0 {
            toggle(&mut raw, line);
        }
        raw.bind(line, 1, 2);
        toggle(&mut raw, line);
    }
    assert_eq!(raw.levels(1).0, full + 7, "the lines without a packet anywhere");
    assert_eq!(raw.pull_all(0).len(), 8);
    raw.run(100);
    assert_eq!(raw.levels(1).0, full + 15, "and the others when theirs was taken");
    raw.pull_all(1);
    for line in 0..15 {
        let counters = raw.counters(line);
        assert!(
            counters.balance() && counters.lost == 0 && counters.undelivered == 0,
            "{line}: {counters:?}"
        );
    }
}

#[test]
fn no_edge_gets_lost_between_two_bindings_whatever_the_delivery_becomes() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(31));
    let mut raw = Raw::open(Size::L16P4);
    let line = 9;
    raw.configure(line, Config::ack(mode::BOTH));
    raw.bind(line, 0, 0);
    let (mut port, mut generation) = (0, 0);
    let (mut stamps, mut told) = (Vec::new(), Vec::new());
    for _ in 0..4000 {
        match random.random_range(0..10) {
            // Bursts, so that the command below finds edges everywhere between pin and queue.
            0..5 => {
                for _ in 0..random.random_range(1..4) {
                    raw.toggle(line);
                    stamps.push(raw.sim.tick());
                    raw.run(random.random_range(1..6));
                }
            }
            5 => raw.configure(
                line,
                if random.random() { Config::ack(mode::BOTH) } else { Config::stream(mode::BOTH) },
            ),
            6 => raw.ack(line, generation),
            _ => {
                // The old port is emptied before its packets could mix with those of a later return.
                let before = port;
                (port, generation) = (random.random_range(0..4), (generation + 1) % 65_536);
                raw.bind(line, port, generation);
                raw.run(random.random_range(0..30));
                for from in [before, port] {
                    told.extend(raw.pull_all(from));
                }
            }
        }
    }
    // What is held, and the gap behind it.
    for _ in 0..3 {
        raw.ack(line, generation);
        raw.run(40);
        told.extend(raw.pull_all(port));
    }
    let (gaps, edges): (Vec<_>, Vec<_>) = told.iter().partition(|packet| packet.is_gap());
    let sum = |packets: &[&Packet]| packets.iter().map(|packet| u64::from(packet.count)).sum::<u64>();
    let counters = raw.counters(line);
    assert!(counters.balance(), "{counters:?}");
    assert_eq!((counters.edges, counters.discarded), (stamps.len() as u64, 0));
    assert!(told.is_sorted_by_key(|packet| packet.ticks), "in the order of the edges");
    assert!(told.iter().all(|packet| stamps.binary_search(&packet.ticks).is_ok()), "each stamp is an edge's");
    assert!(counters.delivered > 500 && counters.lost > 50 && counters.coalesced > 500, "{counters:?}");
    assert_eq!((edges.len() as u64, counters.undelivered), (counters.delivered, 0));
    assert_eq!(sum(&gaps), counters.lost, "every loss is told of");
    assert!(
        sum(&edges) <= counters.coalesced,
        "what a held edge had coalesced may give way to a gap's count"
    );
}
