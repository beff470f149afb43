//! Packets reach host memory by memory write requests, whatever the link does.

use std::collections::BTreeMap;

use portolan_regs::{control, map, port_control};
use portolan_sim::Size;
use portolan_sim::memory::Refused;
use portolan_sim::pcie::root::{Link, Written};
use portolan_sim::raw::{Packet, seed};
use portolan_sim::ring::Ring;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::board::{Board, ring};
use crate::{links, rounds};

const BUS_MASTER: u16 = 1 << 2;
/// User clocks in which everything that was sent has come, by the slowest link.
const SETTLES: u64 = 40_000;

fn idle(board: &mut Board, ring: &Ring) -> bool {
    port_control::RING_STATUS::IDLE.get(board.read(ring.status_offset())) != 0
}

#[test]
fn the_top_says_that_it_has_rings() {
    let mut board = Board::open(Size::L4P1, Link::default(), 1);
    let features = board.read(control::CAP_FEATURES);
    assert_eq!(control::CAP_FEATURES::RINGS.get(features), 1);
    assert_eq!(control::CAP_FEATURES::ADDRESS.get(features), 64);
    for user in [false, true] {
        assert!(idle(&mut board, &ring(0, user, 6, 0)));
    }
}

#[test]
fn an_edge_becomes_a_slot_with_its_stamp_by_one_write() {
    for size in [Size::L4P1, Size::L16P4] {
        let mut board = Board::listening(size, Link::default(), 2);
        let mut rings = board.enable_all(6);
        board.root.records_writes = true;
        for (port, ring) in rings.iter_mut().enumerate() {
            board.run(50);
            let edge = board.root.ticks();
            board.toggle(port as u32);
            board.until(80, "a slot", |board| !board.root.written.is_empty());
            let written = std::mem::take(&mut board.root.written);
            let [Written { address, words: 8, .. }] = written[..] else { panic!("{written:x?}") };
            assert_eq!(address, ring.address(ring.next));
            let slots = board.take_all(ring);
            let packet = Packet::decode(&slots[0]);
            assert_eq!((slots.len(), packet.ticks, packet.line), (1, edge, port as u32));
            let counters = board.counters(port as u32);
            assert_eq!((counters.edges, counters.delivered), (1, 1));
        }
    }
}

/// Edges, user packets, reads and writes of registers, all at random, by a link whose PCIe clock stops now and then.
fn random_traffic(size: Size, link: Link, payload: usize, seed: u64) -> (u64, usize) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut board = Board::open(size, link, seed);
    board.root.set_payload(payload);
    board.root.reorders = true;
    board.root.records_writes = true;
    board.listen();
    let mut rings = board.enable_all(6);
    for port in 0..size.ports() {
        let ring = board.enable(ring(port, true, 6, 0x100 * port));
        rings.push(ring);
    }
    let mut posted = vec![Vec::new(); size.ports() as usize];
    let mut packets = BTreeMap::<u32, Vec<Packet>>::new();
    let mut users = vec![Vec::new(); size.ports() as usize];
    for round in 0..150 {
        for _ in 0..random.random_range(0..30) {
            board.toggle(random.random_range(0..size.lines()));
            board.run(random.random_range(0..20));
        }
        let port = random.random_range(0..size.ports());
        for _ in 0..random.random_range(0..5) {
            let word = random.random();
            board.post(port, word);
            posted[port as usize].push(word);
        }
        let words = random.random_range(1..200);
        board.root.read(map::line(0), words).expect("a read");
        let which = random.random_range(0..rings.len());
        let slots = board.take_all(&mut rings[which]);
        let ring = rings[which];
        for words in slots {
            if ring.user {
                users[ring.port as usize].push(words[0]);
            } else {
                let packet = Packet::decode(&words);
                packets.entry(packet.line).or_default().push(packet);
            }
        }
        board.doorbell(&ring, false);
        if round % 10 == 0 {
            // The core goes on; what it has to send waits.
            board.root.link = Link { user_period: 0, ..link };
            board.run(random.random_range(1..2000));
            board.root.link = link;
        }
    }
    for _ in 0..12 {
        board.run(SETTLES / 20);
        for ring in &mut rings {
            for words in board.take_all(ring) {
                if ring.user {
                    users[ring.port as usize].push(words[0]);
                } else {
                    let packet = Packet::decode(&words);
                    packets.entry(packet.line).or_default().push(packet);
                }
            }
            let (offset, word) = ring.ringing(false);
            board.write(offset, word);
        }
        board.flush();
    }
    // Not one is lost uncounted, and they came in order.
    let dropped = board.read(control::POST_DROPS);
    let arrived: usize = users.iter().map(Vec::len).sum();
    let sent: usize = posted.iter().map(Vec::len).sum();
    assert_eq!(arrived + dropped as usize, sent, "user packets");
    for (users, posted) in users.iter().zip(&posted) {
        let mut rest = posted.iter();
        assert!(users.iter().all(|word| rest.any(|sent| sent == word)), "not in their order");
    }
    for line in 0..size.lines() {
        let counters = board.counters(line);
        assert!(counters.balance() && counters.undelivered == 0, "{line}: {counters:?}");
        let packets = packets.remove(&line).unwrap_or_default();
        let edges = packets.iter().filter(|packet| !packet.is_gap()).count() as u64;
        assert_eq!(edges, counters.delivered, "line {line}");
        let stamps = packets.iter().filter(|packet| !packet.is_gap()).map(|packet| packet.ticks);
        assert!(stamps.is_sorted(), "line {line}: stamps go backwards");
    }
    let longest = board.root.written.iter().map(|write| 4 * write.words).max().unwrap_or(0);
    (board.root.written.len() as u64, longest)
}

#[test]
fn random_traffic_loses_nothing_uncounted_by_any_link_at_any_max_payload_size() {
    let seed = seed(31);
    for round in 0..rounds(12) {
        let size = [Size::L4P1, Size::L16P4, Size::L4P1, Size::L32P8][round as usize % 4];
        let link = links()[round as usize % links().len()];
        let payload = [128, 256, 512][round as usize / 2 % 3];
        let (writes, longest) = random_traffic(size, link, payload, seed + u64::from(round));
        println!("{size}, {link:?}, payload {payload}: {writes} writes, of up to {longest} bytes");
        assert!(writes > 100 && longest <= payload, "{writes} writes, of up to {longest} bytes");
    }
}

#[test]
fn bursts_use_max_payload_size_up_to_512_bytes() {
    for payload in [128, 256, 512, 1024] {
        for user in [false, true] {
            let mut board = Board::listening(Size::L4P1, Link::default(), 4);
            board.root.set_payload(payload);
            for _ in 0..50 {
                if user {
                    board.post(0, 5);
                } else {
                    board.toggle(0);
                }
                board.run(10);
            }
            board.flush();
            board.root.records_writes = true;
            // 62 leaves two slots to the end of the ring.
            board.enable(ring(0, user, 6, 62));
            board.run(1500);
            let lengths: Vec<usize> = board.root.written.iter().map(|write| 4 * write.words).collect();
            let slot = if user { 64 } else { 32 };
            assert_eq!(lengths.iter().sum::<usize>(), 50 * slot, "{lengths:?}");
            let full = payload.min(512);
            assert_eq!(lengths[..2], [2 * slot, full], "payload {payload}, user {user}: {lengths:?}");
        }
    }
}

#[test]
fn without_bus_mastering_a_write_fails_and_with_it_the_ring_begins_anew() {
    for link in links() {
        let mut board = Board::listening(Size::L16P4, link, 6);
        let mut rings = board.enable_all(6);
        board.root.inputs.command &= !BUS_MASTER;
        board.run(200);
        board.toggle(0);
        board.run(600);
        let status = board.read(rings[0].status_offset());
        assert_eq!(status & 7, 0b101, "{status:#x}: idle, with an error");
        assert_eq!(port_control::RING_STATUS::FAILED.get(status), 1);
        assert!(board.has_error());
        let counters = board.counters(0);
        assert_eq!((counters.edges, counters.discarded, counters.delivered), (1, 1, 0));
        assert_eq!(board.take_all(&mut rings[0]).len(), 0);
        // The other rings have nothing to say meanwhile.
        board.root.inputs.command |= BUS_MASTER;
        board.configure(rings[0]);
        board.flush();
        assert!(!board.has_error());
        board.toggle(0);
        board.toggle(1);
        board.run(600);
        assert_eq!((board.take_all(&mut rings[0]).len(), board.take_all(&mut rings[1]).len()), (1, 1));
    }
}

#[test]
fn bus_mastering_that_goes_off_in_traffic_loses_nothing_uncounted() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(7));
    for link in links() {
        let mut board = Board::listening(Size::L4P1, link, 7);
        let mut ring = board.enable_all(6).remove(0);
        let mut taken = 0;
        for _ in 0..12 {
            for _ in 0..random.random_range(0..40) {
                board.toggle(random.random_range(0..4));
                board.run(random.random_range(0..10));
            }
            board.root.inputs.command &= !BUS_MASTER;
            board.run(random.random_range(0..300));
            board.toggle(0);
            board.run(random.random_range(600..1000));
            board.root.inputs.command |= BUS_MASTER;
            board.run(600);
            taken += board.take_all(&mut ring).len();
            if !idle(&mut board, &ring) {
                let (offset, word) = ring.controlling(false);
                board.write(offset, word);
                board.until(SETTLES, "the ring ends", |board| idle(board, &ring));
                taken += board.take_all(&mut ring).len();
            }
            ring = board.enable(Ring { next: random.random(), ..ring });
        }
        board.run(5000);
        taken += board.take_all(&mut ring).len();
        let mut delivered = 0;
        let mut discarded = 0;
        for line in 0..4 {
            let counters = board.counters(line);
            assert!(counters.balance(), "{counters:?}");
            delivered += counters.delivered;
            discarded += counters.discarded;
        }
        assert!(delivered > 0 && discarded > 0, "{delivered} delivered, {discarded} discarded");
        assert!(taken as u64 >= delivered, "{taken} slots for {delivered} edges delivered");
    }
}

#[test]
fn a_write_to_a_page_that_is_not_mapped_is_told_by_the_root_and_the_top_goes_on() {
    let mut board = Board::listening(Size::L16P4, Link::default(), 8);
    let mut rings = board.enable_all(6);
    let lost = Ring { base: 0x7_0000_0000, ..rings[2] };
    let (offset, word) = lost.controlling(false);
    board.write(offset, word);
    board.configure(lost);
    board.flush();
    board.root.records_faults = true;
    for _ in 0..100 {
        board.toggle(2);
        board.toggle(1);
        board.run(40);
    }
    board.run(200);
    // A posted write has no answer: the device cannot know (Base 2.3.1).
    assert_eq!(board.root.faults.len(), 64, "all slots of the ring, and no more");
    assert_eq!(board.root.faults[0], Refused::Unmapped(lost.address(lost.next)));
    assert_eq!(board.take_all(&mut rings[1]).len(), 64, "others go on");
    assert_eq!(board.read(control::ID), portolan_regs::ID);
    let (offset, word) = lost.controlling(false);
    board.write(offset, word);
    assert!(idle(&mut board, &lost));
    board.doorbell(&rings[1], false);
    board.run(500);
    assert!(!board.take_all(&mut rings[1]).is_empty());
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Reset {
    Link,
    Function,
    Core,
    Soft,
}

fn reset(board: &mut Board, kind: Reset, random: &mut ChaCha8Rng) {
    let root = &mut board.root;
    match kind {
        Reset::Link => root.reset_link(random.random_range(1..300)).expect("a reset"),
        Reset::Function => root.reset_function().expect("a reset"),
        Reset::Core => {
            root.forget_requests();
            root.inputs.core_reset = 1;
            let end = root.core_clocks() + random.random_range(1..20);
            while root.core_clocks() < end {
                root.step().expect("a step");
            }
            root.inputs.core_reset = 0;
        }
        Reset::Soft => root.write(control::RESET, &[portolan_regs::RESET_KEY]).expect("a write"),
    }
}

#[test]
fn every_reset_in_traffic_ends_the_rings_and_none_of_their_writes_comes_after_it() {
    let seed = seed(9);
    for (index, kind) in [Reset::Link, Reset::Function, Reset::Core, Reset::Soft].into_iter().enumerate() {
        let mut discontinued = 0;
        for round in 0..rounds(6) {
            let seed = seed + 100 * index as u64 + u64::from(round);
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let link = links()[round as usize % links().len()];
            let mut board = Board::listening(Size::L4P1, link, seed);
            for attempt in 0..6 {
                // Memory of its own each time: the old one is taken away, so that a late write is found out.
                let mut ring = Ring { base: 0x8000_0000 + 0x10_0000 * attempt, ..ring(0, false, 6, 77) };
                board.enable(ring);
                for _ in 0..random.random_range(1..40) {
                    board.toggle(random.random_range(0..4));
                    board.run(random.random_range(1..8));
                }
                reset(&mut board, kind, &mut random);
                board.run(4000);
                assert!(idle(&mut board, &ring), "seed {seed}, {kind:?}");
                assert!(!board.has_error());
                let before = board.take_all(&mut ring).len();
                board.root.memory.unmap(ring.base);
                board.listen();
                let fresh = Ring { base: 0x9000_0000 + 0x10_0000 * attempt, next: 5, ..ring };
                let mut fresh = board.enable(fresh);
                board.toggle(1);
                board.run(2000);
                assert_eq!(board.take_all(&mut fresh).len(), 1, "seed {seed}, {kind:?}: after {before}");
                let (offset, word) = fresh.controlling(false);
                board.write(offset, word);
                assert!(idle(&mut board, &fresh));
                board.root.memory.unmap(fresh.base);
                for line in 0..4 {
                    let counters = board.counters(line);
                    assert!(counters.balance(), "seed {seed}, {kind:?}: {counters:?}");
                }
            }
            discontinued += board.root.discontinued();
        }
        println!("{kind:?}: {discontinued} TLPs were discontinued");
        assert!(discontinued > 0 || matches!(kind, Reset::Link | Reset::Soft), "{kind:?} never cut a TLP");
    }
}

#[test]
fn while_the_pcie_clock_stands_still_packets_wait_and_then_all_come() {
    let mut board = Board::listening(Size::L4P1, Link::default(), 11);
    let mut ring = board.enable_all(6).remove(0);
    for stop in [50, 300, 5000] {
        let before = board.counters(3);
        board.root.link.user_period = 0;
        let ticks = board.root.ticks();
        for _ in 0..40 {
            board.toggle(3);
            board.run(stop / 40 + 4);
        }
        assert!(board.root.ticks() >= ticks + stop, "time goes on");
        board.root.link.user_period = 10;
        board.run(1000);
        let packets = board.take_all(&mut ring);
        board.doorbell(&ring, false);
        let counters = board.counters(3);
        assert_eq!(counters.edges - before.edges, 40);
        assert_eq!((packets.len(), counters.lost), (40, 0), "there was room for all");
    }
}

/// Core clocks from the edge at the pin to the first beat of its TLP.
#[test]
fn an_edge_is_on_the_link_within_24_cycles() {
    for size in [Size::L4P1, Size::L32P8] {
        let mut board = Board::listening(size, Link::default(), 12);
        board.enable_all(16);
        board.run(300);
        board.root.records_writes = true;
        let mut times = Vec::new();
        for line in 0..size.lines() {
            board.root.written.clear();
            let before = board.root.ticks();
            board.toggle(line);
            board.run(80);
            times.push(board.root.written[0].shown - before);
        }
        let (least, most) = (times.iter().min().expect("lines"), times.iter().max().expect("lines"));
        println!("{size}: edge to first beat {least} to {most} cycles");
        assert!(*most <= 24, "{times:?}");
    }
}

#[test]
fn thirty_two_edges_of_one_cycle_are_in_memory_within_12_cycles_each() {
    let mut board = Board::listening(Size::L32P8, Link::default(), 13);
    let mut rings = board.enable_all(6);
    board.run(300);
    let begin = board.root.core_clocks();
    board.root.inputs.lines = u64::from(u32::MAX);
    let mut taken = 0;
    while taken < 32 {
        board.run(1);
        taken += rings.iter_mut().map(|ring| board.take_all(ring).len()).sum::<usize>();
        let cycles = board.root.core_clocks() - begin;
        assert!(cycles <= 32 * 12, "{taken} of 32 are there");
    }
    println!("32 edges in memory after {} cycles", board.root.core_clocks() - begin);
}
