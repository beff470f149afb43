//! Packets on their way from the block to the host: all of them, in order, as many as there are credits for.

use portolan_proto::{Answer, Class, Operation, Refusal, UserPacket};
use portolan_regs::{control, mode, slot};
use portolan_sim::Size;
use portolan_sim::raw::Config;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::bench::Bench;

fn user(n: u64) -> UserPacket {
    let mut random = ChaCha8Rng::seed_from_u64(n);
    UserPacket { key: random.random(), status: random.random(), payload: random.random() }
}

#[test]
fn edges_come_with_their_stamps_and_interrupts_before_users() {
    let mut bench = Bench::open();
    bench.rtl.raw.configure(5, Config::stream(mode::BOTH));
    bench.rtl.raw.bind(5, 2, 9);
    for n in 0..10 {
        bench.do_(Operation::Queue { port: 2, packet: user(n) });
    }
    let mut stamps = Vec::new();
    for _ in 0..20 {
        stamps.push(bench.rtl.raw.sim.tick());
        bench.rtl.raw.toggle(5);
        bench.rtl.raw.run(37);
    }
    let created = bench.do_(Operation::Create { port: 2 });
    let depth = bench.rtl.raw.read(control::CAP_DEPTH);
    let expected = Answer::Created {
        interrupts: control::CAP_DEPTH::INTERRUPT.get(depth) as u16,
        users: control::CAP_DEPTH::USER.get(depth) as u16,
    };
    assert_eq!(created, expected);
    // In one frame's time, so that both are there when the first is chosen.
    bench.send(0, Operation::Wait { port: 2, class: Class::User, credits: 100 });
    bench.send(0, Operation::Wait { port: 2, class: Class::Interrupt, credits: 100 });
    bench.until("all packets come", |bench| bench.interrupts.len() == 20 && bench.users.len() == 10);
    let ticks: Vec<u64> = bench.interrupts.iter().map(|(_, packet)| packet.ticks).collect();
    assert_eq!(ticks, stamps);
    for (n, (port, packet)) in bench.interrupts.iter().enumerate() {
        let level = if n % 2 == 0 { slot::flag::LEVEL } else { 0 };
        assert_eq!((*port, packet.line, packet.generation), (2, 5, 9));
        assert_eq!((u32::from(packet.kind), u32::from(packet.flags)), (slot::kind::EDGE, level));
        assert_eq!((packet.count, packet.counted_before), (0, 0));
    }
    let users: Vec<UserPacket> = bench.users.iter().map(|(_, packet)| *packet).collect();
    assert_eq!(users, (0..10).map(user).collect::<Vec<_>>());
}

#[test]
fn no_more_come_than_there_are_credits_and_what_is_cancelled_stays_in_the_block() {
    let mut bench = Bench::open();
    bench.create(1, 0, 3);
    for n in 0..8 {
        bench.do_(Operation::Queue { port: 1, packet: user(n) });
    }
    bench.pass(300_000);
    assert_eq!(bench.users.len(), 3);
    bench.do_(Operation::Wait { port: 1, class: Class::User, credits: 2 });
    bench.pass(300_000);
    assert_eq!(bench.users.len(), 5);
    bench.do_(Operation::Wait { port: 1, class: Class::Interrupt, credits: 7 });
    let answer = bench.do_(Operation::Cancel { port: 1, class: Class::Interrupt });
    assert_eq!(answer, Answer::Cancelled { credits: 7 });
    assert_eq!(
        bench.do_(Operation::Cancel { port: 1, class: Class::User }),
        Answer::Cancelled { credits: 0 }
    );
    assert_eq!(bench.rtl.raw.levels(1), (0, 3), "what nobody waits for stays");
    bench.create(1, 0, u16::MAX);
    bench.until("the rest comes", |bench| bench.users.len() == 8);
    let users: Vec<UserPacket> = bench.users.iter().map(|(_, packet)| *packet).collect();
    assert_eq!(users, (0..8).map(user).collect::<Vec<_>>());
}

#[test]
fn a_full_queue_says_should_wait_and_takes_nothing() {
    let mut bench = Bench::open();
    let mut queued = 0;
    while bench.ask(Operation::Queue { port: 0, packet: user(queued) }) == Ok(Answer::Done) {
        queued += 1;
        assert!(queued < 1_000);
    }
    assert_eq!(bench.ask(Operation::Queue { port: 0, packet: user(queued) }), Err(Refusal::ShouldWait));
    assert_eq!(bench.rtl.raw.levels(0).1, queued as u32);
    bench.create(0, 0, u16::MAX);
    bench.until("all come", |bench| bench.users.len() as u64 == queued);
    bench.pass(200_000);
    let users: Vec<UserPacket> = bench.users.iter().map(|(_, packet)| *packet).collect();
    assert_eq!(users, (0..queued).map(user).collect::<Vec<_>>());
}

/// Random edges on all lines and user packets, while one byte in a hundred is damaged both ways: what the block has counted is what
/// has come, and nothing is missing or doubled.
#[test]
fn on_a_bad_line_every_packet_comes_once_and_in_order() {
    let seed = portolan_sim::raw::seed(5);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut bench = Bench::open();
    for line in 0..Size::L16P4.lines() {
        bench.rtl.raw.configure(line, Config::stream(mode::BOTH));
        bench.rtl.raw.bind(line, line % 3, 1);
    }
    for port in 0..3 {
        bench.create(port, u16::MAX, u16::MAX);
    }
    bench.damaged = 10_000;
    let (mut toggled, mut queued) = (0_u64, 0_u64);
    while bench.interrupts.len() + bench.users.len() < 800 {
        if random.random_range(0..60) == 0 && toggled < bench.interrupts.len() as u64 + 20 {
            bench.rtl.raw.toggle(random.random_range(0..Size::L16P4.lines()));
            toggled += 1;
        }
        if random.random_range(0..200) == 0 && queued < bench.users.len() as u64 + 20 && bench.host.room() > 0
        {
            bench.send(0, Operation::Queue { port: 1, packet: user(queued) });
            queued += 1;
        }
        bench.step();
    }
    bench.until("all come", |bench| {
        bench.interrupts.len() as u64 == toggled && bench.users.len() as u64 == queued
    });
    bench.damaged = 0;
    bench.pass(3_000_000);
    assert_eq!((bench.interrupts.len() as u64, bench.users.len() as u64), (toggled, queued));
    let users: Vec<UserPacket> = bench.users.iter().map(|(_, packet)| *packet).collect();
    assert_eq!(users, (0..queued).map(user).collect::<Vec<_>>());
    for line in 0..Size::L16P4.lines() {
        let of_line = bench.interrupts.iter().filter(|(_, packet)| u32::from(packet.line) == line);
        let ticks: Vec<u64> = of_line.map(|(_, packet)| packet.ticks).collect();
        assert!(ticks.is_sorted_by(|one, next| one < next), "line {line}");
        let Answer::Stats(stats) = bench.do_(Operation::Stats { line: line as u16 }) else {
            panic!("no stats")
        };
        assert_eq!((stats.edges, stats.delivered), (ticks.len() as u64, ticks.len() as u64), "line {line}");
    }
    let counts = bench.host.counts();
    assert!(counts.cut + counts.garbled > 100 && counts.strange == 0, "{counts:?}");
}
