//! When a queue is full nothing stalls and nothing is lost without a count: gaps, and the equation.

use portolan_regs::{control, mode};
use portolan_sim::raw::{Config, Counters, Packet, Raw, seed};
use portolan_sim::{Change, Changes, RandomChanges, Size, Stimulus};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a line's packets must tell of: its edges, in order, each once.
struct Account {
    stamps: Vec<u64>,
    told: usize,
    lost: u64,
}

impl Account {
    fn new(stamps: Vec<u64>) -> Account {
        Account { stamps, told: 0, lost: 0 }
    }

    fn take(&mut self, packet: &Packet) {
        let left = &self.stamps[self.told..];
        assert!(!left.is_empty(), "a packet without an edge: {packet:?}");
        assert_eq!(packet.ticks, left[0], "the next edge: {packet:?}");
        if packet.is_gap() {
            let count = packet.count as usize;
            assert!(count >= 1 && count <= left.len(), "{packet:?}");
            assert_eq!(packet.counted_before, left[count - 1], "the gap's last stamp");
            self.told += count;
            self.lost += u64::from(packet.count);
        } else {
            assert!(packet.counted_before >= self.lost, "{packet:?} comes after {} lost edges", self.lost);
            self.told += 1;
        }
    }

    fn close(&self, counters: &Counters) {
        assert_eq!(self.told, self.stamps.len(), "every edge is told of");
        assert_eq!(counters.edges, self.stamps.len() as u64);
        assert_eq!(counters.lost, self.lost, "gaps tell of the edges that are counted as lost");
        assert_eq!(counters.delivered, self.told as u64 - self.lost);
        assert_eq!((counters.undelivered, counters.gaps, counters.coalesced), (0, 0, 0));
        assert!(counters.balance(), "{counters:?}");
    }
}

/// Ticks of one line's edges.
fn stamps_of(mut stimulus: impl Stimulus, start: u64, line: u32) -> Vec<u64> {
    let (mut stamps, mut level) = (Vec::new(), 0);
    while let Some(change) = stimulus.next().unwrap() {
        let now = change.pins >> line & 1;
        if now != level {
            stamps.push(start + change.cycle);
        }
        level = now;
    }
    stamps
}

fn toggling(line: u32, edges: u64, every: u64) -> Changes {
    let change = |i: u64| Change { cycle: i * every, pins: ((i + 1) % 2) << line };
    Changes::from((0..edges).map(change).collect::<Vec<_>>())
}

#[test]
fn a_line_that_floods_its_queue_gets_its_places_one_held_edge_and_one_gap() {
    for size in Size::ALL {
        for every in [1, 2, 3, 50] {
            let mut raw = Raw::open(size);
            let depth = control::CAP_DEPTH::INTERRUPT.get(raw.read(control::CAP_DEPTH));
            let places = u64::from(depth - size.lines() + 1);
            raw.configure(1, Config::stream(mode::BOTH));
            raw.bind(1, 0, 1);
            let stimulus = toggling(1, 1000, every);
            let start = raw.sim.start(Box::new(stimulus.clone())).unwrap();
            raw.run(1000 * every + 100);
            let mut account = Account::new(stamps_of(stimulus, start, 1));

            let full = raw.counters(1);
            assert_eq!(full.edges, 1000);
            assert!(full.balance(), "{full:?}");
            if every == 50 {
                // Slow enough that the server sees edge by edge; else gaps take places too.
                assert_eq!(u64::from(raw.levels(0).0), places, "{size}: its own place and the shared ones");
                assert_eq!((full.undelivered, full.lost), (places + 1, 1000 - places - 1));
                assert_eq!(control::SNAPSHOT_STATE::PENDING.get(full.state), 1);
            }
            while let Some(packet) = raw.pull(0) {
                account.take(&packet);
                assert!(raw.counters(1).balance());
            }
            account.close(&raw.counters(1));

            // Empty again: the next edge is a plain packet that knows what was lost.
            raw.toggle(1);
            let tick = raw.sim.tick();
            raw.run(40);
            let packet = raw.pull(0).expect("one more");
            assert_eq!((packet.ticks, packet.counted_before), (tick, account.lost));
        }
    }
}

#[test]
fn a_flooding_line_leaves_every_other_line_its_place() {
    let size = Size::L32P8;
    let mut raw = Raw::open(size);
    for line in 0..32 {
        raw.configure(line, Config::stream(mode::BOTH));
        raw.bind(line, 2, 1);
    }
    raw.sim.start(Box::new(toggling(5, 500, 2))).unwrap();
    raw.run(1100);
    let tick = raw.sim.tick();
    raw.sim.set_pins(raw.sim.pins() ^ size.mask() & !(1 << 5));
    raw.run(100);
    let others: Vec<_> =
        raw.pull_all(2).iter().filter(|p| p.line != 5).map(|p| (p.line, p.ticks, p.is_gap())).collect();
    let expected: Vec<_> = (0..32).filter(|line| *line != 5).map(|line| (line, tick, false)).collect();
    assert_eq!(others, expected);
}

#[test]
fn every_edge_is_told_of_exactly_once_however_slowly_packets_are_pulled() {
    let seed = seed(5);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut lost = 0;
    for (round, size) in Size::ALL.into_iter().cycle().take(12).enumerate() {
        let mut raw = Raw::open(size);
        let lines = size.lines().min(random.random_range(1..=8));
        for line in 0..size.lines() {
            raw.configure(line, Config::stream(mode::BOTH));
            raw.bind(line, 0, 1);
        }
        let stimulus = RandomChanges::new(seed + round as u64, lines, 1 << random.random_range(0..8), 40_000);
        let start = raw.sim.start(Box::new(stimulus.clone())).unwrap();
        let mut accounts: Vec<_> =
            (0..lines).map(|line| Account::new(stamps_of(stimulus.clone(), start, line))).collect();
        let slow = random.random_range(1..2000);
        loop {
            let quiet = raw.sim.quiet();
            let Some(packet) = raw.pull(0) else {
                if quiet && raw.levels(0).0 == 0 {
                    break;
                }
                raw.run(30);
                continue;
            };
            accounts[packet.line as usize].take(&packet);
            raw.run(random.random_range(1..=slow));
            let line = random.random_range(0..lines);
            let counters = raw.counters(line);
            assert!(counters.balance(), "{size}, line {line}: {counters:?}");
        }
        for (line, account) in accounts.iter().enumerate() {
            account.close(&raw.counters(line as u32));
            lost += account.lost;
        }
    }
    assert!(lost > 1000, "the test means to overrun queues; {lost} lost");
}

#[test]
fn edges_of_an_unbound_line_are_discarded_and_of_a_masked_one_not_counted() {
    let mut raw = Raw::open(Size::L4P1);
    raw.configure(0, Config::stream(mode::BOTH));
    raw.configure(1, Config { unmask: false, ..Config::stream(mode::BOTH) });
    raw.bind(1, 0, 1);
    for _ in 0..10 {
        raw.sim.set_pins(raw.sim.pins() ^ 0b11);
        raw.run(10);
    }
    let unbound = raw.counters(0);
    assert_eq!((unbound.edges, unbound.discarded), (10, 10));
    let masked = raw.counters(1);
    assert_eq!((masked.edges, masked.discarded), (0, 0));
    assert_eq!(raw.pull(0), None);
}

#[test]
fn unbind_drops_what_waits_in_the_line_and_keeps_what_is_queued() {
    let mut raw = Raw::open(Size::L4P1);
    raw.configure(0, Config::stream(mode::BOTH));
    raw.bind(0, 0, 1);
    let stimulus = toggling(0, 300, 20);
    raw.sim.start(Box::new(stimulus)).unwrap();
    raw.run(300 * 20 + 100);
    let full = raw.counters(0);
    raw.unbind(0, 1);
    let unbound = raw.counters(0);
    assert_eq!(unbound.discarded, 1, "the held edge");
    assert_eq!(unbound.lost, full.lost);
    assert_eq!(unbound.gaps, 0, "the gap that waited is gone with it");
    assert!(unbound.balance(), "{unbound:?}");
    assert!(raw.in_flight(0));
    let queued = raw.levels(0).0;
    assert_eq!(raw.pull_all(0).len(), queued as usize);
    assert!(!raw.in_flight(0));
    assert!(raw.counters(0).balance());
}
