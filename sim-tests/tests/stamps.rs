//! A stamp is the cycle of the edge, exactly.

use portolan_regs::mode;
use portolan_sim::raw::{Config, Packet, Raw, seed};
use portolan_sim::{Change, Changes, RandomChanges, Size, Stimulus};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Line, tick, level: what an edge and its packet have in common.
type Edge = (u32, u64, bool);

fn edge_of(packet: &Packet) -> Edge {
    assert!(!packet.is_gap(), "a gap: {packet:?}");
    (packet.line, packet.ticks, packet.level())
}

fn listens(mode: u32, level: bool) -> bool {
    mode == mode::BOTH || (mode == mode::RISING) == level
}

#[test]
fn a_stamp_is_the_cycle_of_the_edge_for_every_filter_and_edge_mode() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(3));
    let mut raw = Raw::open(Size::L4P1);
    raw.bind(0, 0, 1);
    for mode in [mode::RISING, mode::FALLING, mode::BOTH] {
        for filter in 0..=portolan_regs::MAX_FILTER {
            raw.configure(0, Config::stream(mode).filtered(filter));
            let mut edges = Vec::new();
            for level in [true, false] {
                raw.run(random.random_range(1..50));
                raw.set_pin(0, level);
                edges.push((0, raw.sim.tick(), level));
                // The shortest time that the filter lets through, to the cycle.
                raw.run(u64::from(filter) + 1);
            }
            edges.retain(|&(_, _, level)| listens(mode, level));
            raw.run(u64::from(filter) + 30);
            let packets: Vec<_> = raw.pull_all(0).iter().map(edge_of).collect();
            assert_eq!(packets, edges, "mode {mode}, filter {filter}");
        }
    }
}

#[test]
fn a_pulse_one_cycle_too_short_is_rejected_and_counted() {
    let mut raw = Raw::open(Size::L4P1);
    raw.bind(1, 0, 1);
    for filter in 1..=portolan_regs::MAX_FILTER {
        raw.configure(1, Config::stream(mode::BOTH).filtered(filter));
        raw.set_pin(1, true);
        raw.run(filter.into());
        raw.set_pin(1, false);
        raw.run(u64::from(filter) + 30);
        assert_eq!(raw.pull(0), None, "filter {filter}");
        let counters = raw.counters(1);
        assert_eq!((counters.rejected, counters.edges), (filter, 0));
    }
}

#[test]
fn a_level_is_stamped_when_it_comes_and_again_when_it_stays() {
    for (mode, there) in [(mode::HIGH, true), (mode::LOW, false)] {
        for filter in [0, 1, 7, 200] {
            let mut raw = Raw::open(Size::L4P1);
            raw.set_pin(2, !there);
            raw.run(20);
            raw.configure(2, Config::ack(mode).filtered(filter));
            raw.bind(2, 0, 5);
            raw.run(500);
            assert_eq!(raw.pull(0), None, "mode {mode}: the level is not there");
            raw.set_pin(2, there);
            let came = raw.sim.tick();
            raw.run(500);
            let packet = raw.pull(0).unwrap_or_else(|| {
                panic!("mode {mode}, filter {filter}: the level came, {:?}", raw.counters(2))
            });
            assert_eq!(edge_of(&packet), (2, came, there), "mode {mode}, filter {filter}");
            assert_eq!(raw.pull(0), None, "one packet until it is acknowledged");
            let before = raw.sim.tick();
            raw.ack(2, 5);
            let after = raw.sim.tick();
            raw.run(50);
            let packet = raw.pull(0).expect("the level is still there");
            assert!((before..=after).contains(&packet.ticks), "{before} <= {} <= {after}", packet.ticks);
            raw.set_pin(2, !there);
            raw.run(500);
            raw.ack(2, 5);
            raw.run(500);
            assert_eq!(raw.pull(0), None, "the level went before the acknowledge");
            assert!(raw.counters(2).balance());
        }
    }
}

#[test]
fn all_lines_in_one_cycle_are_packets_of_one_stamp_in_line_order() {
    for size in Size::ALL {
        let mut raw = Raw::open(size);
        for line in 0..size.lines() {
            raw.configure(line, Config::stream(mode::BOTH));
            raw.bind(line, 0, line + 100);
        }
        for round in 0..50 {
            raw.run(round % 13);
            let level = round % 2 == 0;
            raw.sim.set_pins(if level { size.mask() } else { 0 });
            let tick = raw.sim.tick();
            raw.run(u64::from(size.lines()) + 30);
            let expected: Vec<Edge> = (0..size.lines()).map(|line| (line, tick, level)).collect();
            let packets = raw.pull_all(0);
            assert_eq!(packets.iter().map(edge_of).collect::<Vec<_>>(), expected, "{size}, round {round}");
            assert!(packets.iter().all(|packet| packet.generation == packet.line + 100));
        }
    }
}

#[test]
fn test_edges_of_one_word_have_one_stamp_within_the_write() {
    let mut raw = Raw::open(Size::L64P4);
    for line in 0..64 {
        raw.configure(line, Config::stream(mode::RISING));
        raw.bind(line, line % 4, 1);
    }
    for word in 0..2 {
        let before = raw.sim.tick();
        raw.trigger(word, 0xf00f_1234);
        let after = raw.sim.tick();
        raw.run(100);
        let mut packets: Vec<Packet> = (0..4).flat_map(|port| raw.pull_all(port)).collect();
        packets.sort_by_key(|packet| packet.line);
        let lines: Vec<u32> =
            (0..32).filter(|i| 0xf00f_1234u32 >> i & 1 != 0).map(|i| 32 * word + i).collect();
        assert_eq!(packets.iter().map(|p| p.line).collect::<Vec<_>>(), lines);
        assert!((before..=after).contains(&packets[0].ticks));
        assert!(packets.iter().all(|packet| packet.ticks == packets[0].ticks));
    }
}

/// The edges of a stimulus that starts at `start`, by line and in order.
fn edges_of(mut stimulus: impl Stimulus, start: u64, size: Size) -> Vec<Vec<Edge>> {
    let mut edges = vec![Vec::new(); size.lines() as usize];
    let mut pins = 0;
    while let Some(change) = stimulus.next().unwrap() {
        for line in 0..size.lines() {
            if (change.pins ^ pins) >> line & 1 != 0 {
                edges[line as usize].push((line, start + change.cycle, change.pins >> line & 1 != 0));
            }
        }
        pins = change.pins;
    }
    edges
}

#[test]
fn every_edge_of_random_traffic_arrives_with_its_own_cycle() {
    let seed = seed(4);
    for size in Size::ALL {
        let mut raw = Raw::open(size);
        for line in 0..size.lines() {
            raw.configure(line, Config::stream(mode::BOTH));
            raw.bind(line, line % size.ports(), 9);
        }
        // Slow enough that the server comes to each line between two of its edges.
        let rest = u64::from(size.lines()) + 16;
        let stimulus = RandomChanges::new(seed, size.lines(), 8000, 300_000).resting(rest);
        let start = raw.sim.start(Box::new(stimulus.clone())).unwrap();
        let expected = edges_of(stimulus, start, size);
        let mut found = vec![Vec::new(); size.lines() as usize];
        while !raw.sim.quiet() || (0..size.ports()).any(|port| raw.levels(port).0 > 0) {
            for port in 0..size.ports() {
                for packet in raw.pull_all(port) {
                    found[packet.line as usize].push(edge_of(&packet));
                }
            }
            raw.run(20);
        }
        assert!(expected.iter().map(Vec::len).sum::<usize>() > 300, "{size}");
        assert_eq!(found, expected, "{size}");
        for line in 0..size.lines() {
            let counters = raw.counters(line);
            assert!(counters.balance(), "{counters:?}");
            assert_eq!(counters.delivered as usize, expected[line as usize].len());
        }
    }
}

#[test]
fn an_edge_per_cycle_on_one_line_is_stamped_cycle_by_cycle() {
    let mut raw = Raw::open(Size::L32P8);
    raw.configure(7, Config::stream(mode::BOTH));
    raw.bind(7, 3, 1);
    let changes: Vec<Change> =
        (0..20).map(|c| Change { cycle: c, pins: if c % 2 == 0 { 1 << 7 } else { 0 } }).collect();
    let start = raw.sim.start(Box::new(Changes::from(changes))).unwrap();
    raw.run(100);
    let mut next = start;
    let mut told = 0;
    for packet in raw.pull_all(3) {
        assert_eq!(packet.ticks, next, "{packet:?}");
        let edges = if packet.is_gap() { u64::from(packet.count) } else { 1 };
        if packet.is_gap() {
            assert_eq!(packet.counted_before, next + edges - 1, "last stamp of the gap");
        }
        next += edges;
        told += edges;
    }
    assert_eq!(told, 20);
    assert!(raw.counters(7).balance());
}

#[test]
fn stamps_are_exact_where_the_low_half_of_the_ticks_overflows() {
    let mut raw = Raw::skipping(Size::L4P1);
    raw.configure(0, Config::stream(mode::BOTH).filtered(100));
    raw.bind(0, 0, 1);
    for offset in (0..150).step_by(7) {
        let edge = (1 << 32) * (1 + offset) - offset;
        raw.run(edge - raw.sim.tick());
        raw.toggle(0);
        raw.run(200);
        let packet = raw.pull(0).expect("one packet");
        assert_eq!(packet.ticks, edge);
    }
}
