//! Rings in host memory, without the driver: slots, order, flow control, doorbells, resets, failures.

mod throughput;

use std::collections::BTreeSet;

use portolan_regs::{bank, control, map, mode, port_control};
use portolan_sim::axi::memory::Speed;
use portolan_sim::raw::{Config, Packet, Raw, seed};
use portolan_sim::ring::{Found, Ring};
use portolan_sim::{Change, Changes, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SLOW: Speed = Speed { ready: 20, latency: (5, 60), seed: 3 };
/// Answers, and with them what was written, come late and many at once.
const LATE: Speed = Speed { ready: 64, latency: (1, 300), seed: 3 };

fn ring(port: u32, user: bool, size: u32, next: u32) -> Ring {
    let base = 0x12_3456_0000_0000 + 0x100_0000 * u64::from(2 * port + u32::from(user)) + 0x1000;
    Ring { port, user, base, size, next }
}

/// A block whose lines listen to both edges, line by line to port line % ports, with an interrupt ring each.
fn listening(size: Size, speed: Speed, log: u32) -> (Raw, Vec<Ring>) {
    let mut raw = Raw::with_rings(size, speed);
    for line in 0..size.lines() {
        raw.configure(line, Config::stream(mode::BOTH));
        raw.bind(line, line % size.ports(), 1);
    }
    let rings = (0..size.ports()).map(|port| enabled(&mut raw, ring(port, false, log, 0xffff_fff0 + port)));
    let rings: Vec<Ring> = rings.collect();
    (raw, rings)
}

/// Enables a ring in fresh memory.
fn enabled(raw: &mut Raw, ring: Ring) -> Ring {
    raw.sim.memory().map(ring.base, ring.bytes());
    ring.enable(raw);
    let status = ring.status(raw);
    assert_eq!(port_control::RING_STATUS::ENABLED.get(status), 1, "{status:#x}");
    ring
}

fn error(raw: &mut Raw) -> bool {
    control::STATUS::ERROR.get(raw.read(control::STATUS)) != 0
}

#[test]
fn a_block_with_rings_says_so_and_one_without_has_holes_there() {
    let mut raw = Raw::with_rings(Size::L4P1, Speed::FAST);
    let features = raw.read(control::CAP_FEATURES);
    assert_eq!(control::CAP_FEATURES::RINGS.get(features), 1);
    assert_eq!(control::CAP_FEATURES::ADDRESS.get(features), 64);
    assert!(ring(0, false, 6, 0).is_idle(&mut raw) && ring(0, true, 6, 0).is_idle(&mut raw));
    let mut raw = Raw::open(Size::L4P1);
    for offset in (port_control::RING_BASE..port_control::AREA.stride).step_by(4) {
        assert!(raw.try_read(map::port_control(0) + offset).is_err(), "{offset:#x}");
        assert!(raw.try_write(map::port_control(0) + offset, 1, 15).is_err(), "{offset:#x}");
    }
}

#[test]
fn an_edge_becomes_a_slot_with_its_stamp() {
    let (mut raw, mut rings) = listening(Size::L4P1, Speed::FAST, 6);
    let edge = raw.sim.tick();
    raw.sim.set_pins(0b100);
    raw.run(60);
    let packet = rings[0].take_packet(&mut raw).expect("a slot");
    assert_eq!((packet.ticks, packet.line, packet.level(), packet.generation), (edge, 2, true, 1));
    assert_eq!(rings[0].look(&mut raw), Found::Nothing);
    let counters = raw.counters(2);
    assert_eq!((counters.edges, counters.delivered), (1, 1));
    assert!(!raw.in_flight(2));
    assert_eq!(raw.levels(0), (0, 0));
}

#[test]
fn packets_that_are_pulled_beside_rings_give_their_places_back() {
    let mut raw = Raw::with_rings(Size::L16P4, Speed::FAST);
    raw.configure(3, Config::stream(mode::BOTH));
    raw.bind(3, 0, 1);
    let other = enabled(&mut raw, ring(1, false, 6, 0));
    // More in all than there are places.
    for round in 0..8 {
        for _ in 0..32 {
            raw.toggle(3);
            raw.run(10);
        }
        let pulled = std::iter::from_fn(|| raw.pull(0)).count();
        assert_eq!((pulled, raw.counters(3).lost), (32, 0), "round {round}");
    }
    assert_eq!(other.look(&mut raw), Found::Nothing);
}

#[test]
fn packets_come_in_order_through_every_wrap_of_the_ring() {
    let mut raw_rings = listening(Size::L4P1, SLOW, 6);
    let (raw, ring) = (&mut raw_rings.0, &mut raw_rings.1[0]);
    let mut last = 0;
    let mut taken = 0;
    for round in 0..400 {
        raw.toggle(round % 4);
        raw.run(u64::from(round % 7) * 10);
        while let Some(packet) = ring.take_packet(raw) {
            assert!(packet.ticks >= last, "{packet:?} after {last}");
            (last, taken) = (packet.ticks, taken + 1);
        }
        ring.doorbell(raw, false);
    }
    raw.run(500);
    taken += ring.take_all(raw).len();
    assert_eq!(taken, 400);
}

#[test]
fn user_packets_go_to_a_ring_of_their_own() {
    let mut raw = Raw::with_rings(Size::L16P4, SLOW);
    let mut ring = enabled(&mut raw, ring(2, true, 7, 0x8000_0000));
    let packet = |n: u32| std::array::from_fn(|word| 100 * n + word as u32);
    for n in 0..300 {
        raw.post(2, &packet(n));
        if n % 8 == 7 {
            raw.run(300);
            for (at, words) in ring.take_all(&mut raw).into_iter().enumerate() {
                assert_eq!(words[..12], packet(n - 7 + at as u32), "{n}");
                assert_eq!((words[12], words[13] & 0xffff, words[14]), (0, 0, 0));
            }
            assert_eq!(ring.next, 0x8000_0000 + n + 1);
            ring.doorbell(&mut raw, false);
        }
    }
    raw.run(500);
    assert_eq!(ring.take_all(&mut raw).len(), 4);
    assert_eq!(raw.sim.credits()[2], 300, "a credit for each");
}

#[test]
fn a_full_ring_is_back_pressure_and_then_counted_loss() {
    let (mut raw, mut rings) = listening(Size::L4P1, Speed::FAST, 6);
    let ring = &mut rings[0];
    for _ in 0..400 {
        raw.toggle(1);
        raw.run(8);
    }
    raw.run(100);
    let first = ring.next;
    let mut packets: Vec<_> = std::iter::from_fn(|| ring.take_packet(&mut raw)).collect();
    assert_eq!(packets.len(), 64, "the ring is full, not overrun");
    assert_eq!(ring.status(&mut raw) & 7, 2, "enabled and well");
    let counters = raw.counters(1);
    assert!(counters.balance() && counters.lost > 0 && counters.delivered == 64, "{counters:?}");
    assert_eq!(ring.look(&mut raw), Found::Nothing);
    loop {
        ring.doorbell(&mut raw, false);
        raw.run(300);
        let more: Vec<_> = std::iter::from_fn(|| ring.take_packet(&mut raw)).collect();
        if more.is_empty() {
            break;
        }
        packets.extend(more);
    }
    assert_eq!(ring.next.wrapping_sub(first) as usize, packets.len());
    let gaps: u64 = packets.iter().filter(|p| p.is_gap()).map(|p| u64::from(p.count)).sum();
    let edges = packets.iter().filter(|p| !p.is_gap()).count() as u64;
    let counters = raw.counters(1);
    assert_eq!((counters.lost, counters.delivered, counters.undelivered), (gaps, edges, 0), "{counters:?}");
    assert_eq!(edges + gaps, 400);
}

#[test]
fn a_doorbell_fires_after_the_data_and_only_beyond_its_position() {
    for seed in 0..20 {
        let (mut raw, mut rings) = listening(Size::L4P1, Speed { seed, ..SLOW }, 6);
        raw.enable_irq(true);
        for round in 0..10 {
            rings[0].doorbell(&mut raw, true);
            assert!(!raw.run_until_irq(50), "nothing is there yet");
            raw.toggle(round % 4);
            assert!(raw.run_until_irq(500));
            assert!(rings[0].take(&mut raw).is_some(), "the slot is there when the doorbell fires");
            // What is there already fires at once.
            raw.toggle(3);
            raw.run(300);
            rings[0].doorbell(&mut raw, true);
            assert!(raw.run_until_irq(5));
            assert!(rings[0].take(&mut raw).is_some());
        }
    }
}

/// An edge that was let go by an acknowledge while the port had no room follows the line's packet into the queue. In between
/// the line has none there, for a few cycles somewhere in the time that is tried here.
#[test]
fn a_line_that_waits_for_room_is_in_flight_all_the_time() {
    for delay in 0..60 {
        let mut raw = Raw::with_rings(Size::L4P1, Speed::FAST);
        raw.configure(0, Config::ack(mode::BOTH));
        raw.configure(1, Config::stream(mode::BOTH));
        raw.bind(0, 0, 1);
        raw.bind(1, 0, 1);
        raw.toggle(0);
        raw.run(20);
        for _ in 0..80 {
            raw.toggle(1);
            raw.run(10);
        }
        raw.toggle(0);
        raw.run(20);
        raw.ack(0, 1);
        let counters = raw.counters(0);
        assert_eq!((counters.edges, counters.delivered), (2, 0), "no room yet: {counters:?}");
        let mut ring = enabled(&mut raw, ring(0, false, 6, 0));
        raw.run(delay);
        assert!(raw.in_flight(0), "{delay} cycles after the ring was enabled");
        // What is read after it is later, and the second packet is still behind dozens.
        assert!(raw.counters(0).undelivered > 0);
        raw.run(600);
        let mut packets: Vec<_> = std::iter::from_fn(|| ring.take_packet(&mut raw)).collect();
        ring.doorbell(&mut raw, false);
        raw.run(600);
        packets.extend(std::iter::from_fn(|| ring.take_packet(&mut raw)));
        assert_eq!(packets.iter().filter(|packet| packet.line == 0).count(), 2);
        assert!(!raw.in_flight(0));
    }
}

/// A line remembers seven bits of an edge's tick, so the server has to come within 128 cycles, whatever else it is told.
#[test]
fn stamps_are_right_while_all_lines_flood_their_rings_and_the_bus_commands_as_fast_as_it_can() {
    const TOGGLES: u64 = 300;
    // A stamp that is wrong by 128 cycles is that of no edge.
    const PERIOD: u64 = 101;
    let (mut raw, mut rings) = listening(Size::L64P4, Speed::FAST, 10);
    let toggles =
        (0..TOGGLES).map(|n| Change { cycle: n * PERIOD, pins: if n % 2 == 0 { u64::MAX } else { 0 } });
    let start = raw.sim.start(Box::new(Changes::from(toggles.collect::<Vec<_>>()))).unwrap();
    let mut packets = Vec::new();
    while raw.sim.tick() < start + TOGGLES * PERIOD {
        for line in 0..32 {
            raw.ack(line, 9);
        }
        for ring in &mut rings {
            packets.extend(ring.take_all(&mut raw).iter().map(|words| Packet::decode(words)));
            ring.doorbell(&mut raw, false);
        }
    }
    let is_one = |tick: u64| tick >= start && (tick - start).is_multiple_of(PERIOD);
    let wrong = packets
        .iter()
        .find(|packet| !is_one(packet.ticks) || packet.is_gap() && !is_one(packet.counted_before));
    assert_eq!(wrong, None, "started at {start}");
    let gaps = packets.iter().filter(|packet| packet.is_gap()).count();
    println!("{} packets, {gaps} of them gaps", packets.len());
    assert!(gaps > 1000 && packets.len() - gaps > 1000);
}

/// A block with 16 lines for port 0, which has rings, in memory whose answers come late. All other lines are there to be busy, and
/// nobody takes their packets.
fn with_busy_lines() -> (Raw, Ring, Ring) {
    let mut raw = Raw::with_rings(Size::L64P4, LATE);
    for line in 0..64 {
        raw.configure(line, Config::stream(mode::BOTH));
        raw.bind(line, line % 4, 1);
    }
    raw.enable_irq(true);
    let interrupts = enabled(&mut raw, ring(0, false, 6, 0xffff_fff0));
    let users = enabled(&mut raw, ring(0, true, 6, 0x7fff_fff9));
    (raw, interrupts, users)
}

/// Runs while lines of other ports always wait for the server, as long as `goes_on` says.
fn run_busily(raw: &mut Raw, mut goes_on: impl FnMut(&mut Raw) -> bool) {
    let end = raw.sim.tick() + 4000;
    while goes_on(raw) {
        if raw.sim.tick().is_multiple_of(16) {
            raw.sim.set_pins(raw.sim.pins() ^ 0xeeee_eeee_eeee_eeee);
        }
        raw.run(1);
        assert!(raw.sim.tick() < end, "slots are missing");
    }
}

/// Makes 48 slots for the interrupt ring, and three for the user ring behind them; takes all of them in the cycle in which
/// they are in memory.
fn take_ahead(raw: &mut Raw, interrupts: &mut Ring, users: &mut Ring) {
    users.control(raw, false);
    (0..3).for_each(|word| raw.post(0, &[word; 12]));
    let last = (interrupts.next.wrapping_add(48), users.next.wrapping_add(3));
    for edge in 0..3 {
        if edge == 2 {
            users.control(raw, true);
        }
        raw.sim.set_pins(raw.sim.pins() ^ 0x1111_1111_1111_1111);
        let next = raw.sim.tick() + 100;
        run_busily(raw, |raw| {
            interrupts.take_all(raw);
            users.take_all(raw);
            raw.sim.tick() < next
        });
    }
    run_busily(raw, |raw| {
        interrupts.take_all(raw);
        users.take_all(raw);
        (interrupts.next, users.next) != last
    });
}

/// A slot is in memory before the block counts it as completed, so a reader can be ahead of that.
#[test]
fn a_doorbell_ahead_of_what_is_counted_fires_on_the_first_slot_beyond_it_and_not_before() {
    const ROUNDS: u64 = 40;
    for user in [false, true] {
        let (mut raw, mut interrupts, mut users) = with_busy_lines();
        let (mut early, mut ahead) = (0, 0);
        for delay in 0..ROUNDS {
            take_ahead(&mut raw, &mut interrupts, &mut users);
            raw.run(delay);
            let ring = if user { &mut users } else { &mut interrupts };
            ring.doorbell(&mut raw, true);
            ahead += u64::from(raw.read(bank::AREA.base + bank::IN_FLIGHT) & 0x1111_1111 != 0);
            if raw.run_until_irq(1000) {
                early += 1;
                ring.doorbell(&mut raw, true);
            }
            if user {
                raw.post(0, &[7; 12]);
            } else {
                raw.toggle(0);
            }
            assert!(raw.run_until_irq(600), "user {user}, after {delay} cycles: a slot is beyond it");
            assert_eq!(ring.take_all(&mut raw).len(), 1);
            interrupts.doorbell(&mut raw, false);
            users.doorbell(&mut raw, false);
        }
        println!("user {user}: {ahead} of {ROUNDS} doorbells were ahead");
        assert!(ahead >= ROUNDS / 4, "{ahead}");
        assert_eq!(early, 0, "of {ROUNDS}, user {user}: for slots that the position says were consumed");
    }
}

#[test]
fn moderation_counts_no_slot_that_a_doorbell_ahead_of_it_says_was_consumed() {
    let (mut raw, mut interrupts, mut users) = with_busy_lines();
    raw.moderate(0, 2, 0);
    for round in 0..20 {
        take_ahead(&mut raw, &mut interrupts, &mut users);
        interrupts.doorbell(&mut raw, true);
        assert!(!raw.run_until_irq(1000), "round {round}: nothing is beyond it");
        raw.toggle(0);
        assert!(!raw.run_until_irq(600), "round {round}: one is not enough");
        raw.toggle(0);
        assert!(raw.run_until_irq(600), "round {round}: two are");
        assert_eq!(interrupts.take_all(&mut raw).len(), 2);
        interrupts.doorbell(&mut raw, false);
        users.doorbell(&mut raw, false);
    }
}

#[test]
fn moderation_counts_completed_slots() {
    let (mut raw, mut rings) = listening(Size::L4P1, SLOW, 6);
    raw.enable_irq(true);
    raw.moderate(0, 4, 0);
    rings[0].doorbell(&mut raw, true);
    raw.sim.set_pins(0b0111);
    assert!(!raw.run_until_irq(1000));
    raw.sim.set_pins(0b1111);
    assert!(raw.run_until_irq(1000));
    assert_eq!(rings[0].take_all(&mut raw).len(), 4);
}

#[test]
fn a_ring_is_idle_only_when_its_last_write_is_answered() {
    let (mut raw, mut rings) = listening(Size::L4P1, Speed::FAST, 6);
    raw.sim.memory().set_speed(Speed { ready: 64, latency: (400, 400), seed: 1 });
    raw.sim.set_pins(0b1111);
    raw.run(60);
    rings[0].control(&mut raw, false);
    assert_eq!(rings[0].status(&mut raw) & 7, 0, "neither enabled nor idle");
    assert!(raw.in_flight(0));
    let stale = raw.read(control::STALE);
    rings[0].control(&mut raw, true);
    raw.write(map::port_control(0) + port_control::RING_BASE, 0);
    assert_eq!(raw.read(control::STALE), stale + 2, "not while writes are under way");
    raw.run(500);
    assert!(rings[0].is_idle(&mut raw) && !raw.in_flight(0));
    assert_eq!(rings[0].take_all(&mut raw).len(), 4);
    // What comes now stays in the queue, and can be pulled.
    raw.sim.set_pins(0);
    raw.run(60);
    assert_eq!(raw.levels(0).0, 4);
    assert!(raw.pull(0).is_some());
    // It leaves by the ring when that is enabled again.
    rings[0].next = 77;
    rings[0].enable(&mut raw);
    assert!(raw.latch(0, 0).is_none(), "a ring's packets are not pulled");
    raw.run(600);
    assert_eq!(rings[0].take_all(&mut raw).len(), 3);
}

#[test]
fn a_size_that_is_not_allowed_is_stale() {
    let mut raw = Raw::with_rings(Size::L4P1, Speed::FAST);
    for size in [0, 5, 17, 31] {
        let before = raw.read(control::STALE);
        ring(0, false, size, 0).control(&mut raw, true);
        assert_eq!(raw.read(control::STALE), before + 1, "{size}");
        assert!(ring(0, false, size, 0).is_idle(&mut raw));
    }
}

#[test]
fn a_failed_write_ends_the_ring_and_is_told_and_counted() {
    for (user, refused) in [(false, true), (true, true), (false, false)] {
        let (mut raw, rings) = listening(Size::L16P4, SLOW, 6);
        let mut other = rings[1];
        let mut bad = if user { enabled(&mut raw, ring(0, true, 6, 9)) } else { rings[0] };
        raw.enable_irq(true);
        if refused {
            let address = bad.address(bad.next);
            raw.sim.memory().make_bad(address..address + 1);
        } else {
            // Nobody answers there.
            bad.control(&mut raw, false);
            bad.base = 0x4000_0000_0000_0000;
            bad.enable(&mut raw);
        }
        let sends = |raw: &mut Raw| {
            if user {
                (0..4).for_each(|n| raw.post(0, &[n; 12]))
            } else {
                raw.toggle(0)
            }
            raw.toggle(1);
        };
        sends(&mut raw);
        assert!(raw.run_until_irq(2000), "an error asserts the interrupt");
        raw.run(2000);
        assert!(error(&mut raw));
        let status = bad.status(&mut raw);
        assert_eq!(status & 7, 0b101, "{status:#x}: idle, with an error");
        let failed = port_control::RING_STATUS::FAILED.get(status);
        if user {
            assert!((1..=4).contains(&failed), "{failed}");
            assert_eq!(failed + raw.levels(0).1, 4, "the others wait");
            let others = std::iter::from_fn(|| raw.pull_user(0)).count();
            assert_eq!(others as u32 + failed, 4);
        } else {
            let counters = raw.counters(0);
            assert_eq!((counters.edges, counters.discarded, counters.delivered, failed), (1, 1, 0, 1));
        }
        assert!(other.take(&mut raw).is_some(), "other rings go on");
        assert!(!raw.in_flight(0));
        // It can begin anew.
        raw.sim.memory().make_good();
        if !refused {
            bad = ring(0, false, 6, 0);
        }
        bad.enable(&mut raw);
        assert!(!error(&mut raw));
        sends(&mut raw);
        raw.run(2000);
        assert!(bad.take(&mut raw).is_some() && other.take(&mut raw).is_some());
    }
}

#[test]
fn a_bus_that_hangs_stalls_rings_but_not_registers() {
    let (mut raw, rings) = listening(Size::L4P1, Speed::FAST, 6);
    raw.sim.memory().stop(true);
    for _ in 0..1000 {
        raw.toggle(2);
        raw.run(5);
    }
    rings[0].control(&mut raw, false);
    assert_eq!(rings[0].status(&mut raw) & 7, 0);
    let counters = raw.counters(2);
    assert!(counters.balance() && counters.lost > 0, "{counters:?}");
    raw.soft_reset();
    assert!(!rings[0].is_idle(&mut raw), "its memory is still to be written");
    raw.sim.memory().stop(false);
    raw.run(300);
    assert!(rings[0].is_idle(&mut raw));
    let counters = raw.counters(2);
    assert!(counters.balance() && counters.undelivered == 0, "{counters:?}");
}

#[test]
fn resets_and_disables_in_traffic_lose_nothing_uncounted() {
    let seed = seed(21);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for size in [Size::L4P1, Size::L32P8] {
        let (mut raw, mut rings) = listening(size, Speed { seed, ..SLOW }, 6);
        let mut user_rings: Vec<Ring> =
            (0..size.ports()).map(|port| enabled(&mut raw, ring(port, true, 6, port))).collect();
        for _ in 0..300 {
            for _ in 0..random.random_range(0..40) {
                raw.toggle(random.random_range(0..size.lines()));
                raw.run(random.random_range(0..12));
            }
            let port = random.random_range(0..size.ports());
            raw.post(port, &[random.random(); 12]);
            let which = random.random_range(0..size.ports()) as usize;
            let ring = if random.random() { &mut rings[which] } else { &mut user_rings[which] };
            ring.take_all(&mut raw);
            ring.doorbell(&mut raw, random.random());
            match random.random_range(0..12) {
                0 => {
                    ring.control(&mut raw, false);
                    let end = raw.sim.tick() + 20_000;
                    while !ring.is_idle(&mut raw) {
                        assert!(raw.sim.tick() < end, "a ring becomes idle");
                    }
                    ring.take_all(&mut raw);
                    *ring = enabled(&mut raw, Ring { next: random.random(), ..*ring });
                }
                kind @ 1..=2 => {
                    if kind == 1 {
                        raw.soft_reset();
                    } else {
                        raw.sim.reset(random.random_range(2..9)).expect("it comes out of reset");
                    }
                    for line in 0..size.lines() {
                        raw.configure(line, Config::stream(mode::BOTH));
                        raw.bind(line, line % size.ports(), 1);
                    }
                    for ring in rings.iter_mut().chain(&mut user_rings) {
                        let end = raw.sim.tick() + 20_000;
                        while !ring.is_idle(&mut raw) {
                            assert!(raw.sim.tick() < end, "a ring becomes idle");
                        }
                        *ring = enabled(&mut raw, Ring { next: random.random(), ..*ring });
                    }
                }
                _ => {}
            }
            let line = random.random_range(0..size.lines());
            let counters = raw.counters(line);
            assert!(counters.balance(), "{size}, PORTOLAN_SEED={seed}: {counters:?}");
        }
        raw.run(5000);
        for _ in 0..8 {
            for ring in rings.iter_mut().chain(&mut user_rings) {
                ring.take_all(&mut raw);
                ring.doorbell(&mut raw, false);
            }
            raw.run(3000);
        }
        for line in 0..size.lines() {
            let counters = raw.counters(line);
            assert!(counters.balance() && counters.undelivered == 0, "{line}: {counters:?}");
            assert!(!raw.in_flight(line));
        }
        assert_eq!(control::STATUS::IDLE.get(raw.read(control::STATUS)), 1);
    }
}

#[test]
fn stamps_are_exact_while_every_line_and_every_ring_is_busy() {
    for size in [Size::L4P1, Size::L64P4] {
        let (mut raw, mut rings) = listening(size, Speed::FAST, 16);
        let mut edges = BTreeSet::new();
        for round in 0..2000 {
            edges.insert(raw.sim.tick());
            raw.sim.set_pins(!raw.sim.pins() & size.mask());
            raw.run([3, 40, 7, 90, 2, 130][round / 40 % 6]);
        }
        raw.run(2000);
        let mut taken = 0;
        for ring in &mut rings {
            while let Some(packet) = ring.take_packet(&mut raw) {
                taken += 1;
                assert!(edges.contains(&packet.ticks), "{size}: {packet:?}");
                assert!(!packet.is_gap() || edges.contains(&packet.counted_before), "{size}: {packet:?}");
            }
        }
        for line in 0..size.lines() {
            let counters = raw.counters(line);
            assert!(
                counters.balance() && counters.edges == 2000 && counters.undelivered == 0,
                "{counters:?}"
            );
        }
        println!("{size}: {taken} packets");
    }
}

/// Cycles from the edge at the pin to the first beat.
#[test]
fn an_edge_is_on_the_bus_within_24_cycles() {
    for size in [Size::L4P1, Size::L32P8] {
        let (mut raw, _) = listening(size, Speed::FAST, 16);
        raw.run(100);
        let mut worst = 0;
        for line in 0..size.lines() {
            raw.sim.memory().log = Some(Vec::new());
            let before = raw.sim.tick();
            raw.toggle(line);
            raw.run(80);
            let log = raw.sim.memory().log.take().expect("it was asked for");
            worst = worst.max(log[0].shown - before);
        }
        println!("{size}: edge to first beat at most {worst} cycles");
        assert!(worst <= 24, "{worst}");
    }
}

#[test]
fn thirty_two_edges_of_one_cycle_are_in_memory_within_12_cycles_each() {
    let (mut raw, mut rings) = listening(Size::L32P8, Speed::FAST, 6);
    raw.run(100);
    let begin = raw.sim.tick();
    raw.sim.set_pins(u64::from(u32::MAX));
    let mut taken = 0;
    while taken < 32 {
        raw.run(1);
        taken += rings.iter_mut().map(|ring| ring.take_all(&mut raw).len()).sum::<usize>();
        assert!(raw.sim.tick() - begin <= 32 * 12, "{taken} of 32 are there");
    }
    println!("32 edges in memory after {} cycles", raw.sim.tick() - begin);
}

#[test]
fn bursts_are_as_long_as_they_may_be() {
    let mut raw = Raw::with_rings(Size::L4P1, Speed::FAST);
    raw.configure(0, Config::stream(mode::BOTH));
    raw.bind(0, 0, 1);
    for _ in 0..50 {
        raw.toggle(0);
        raw.run(10);
    }
    raw.sim.memory().log = Some(Vec::new());
    enabled(&mut raw, ring(0, false, 6, 62));
    raw.run(400);
    let log = raw.sim.memory().log.take().expect("it was asked for");
    let beats: Vec<usize> = log.iter().map(|record| record.burst.data.len()).collect();
    assert_eq!(beats.iter().sum::<usize>(), 4 * 50);
    assert_eq!(beats[..3], [8, 16, 16], "two slots to the end of the ring, then four at a time");
}
