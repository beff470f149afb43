//! Each operation, by what the block's registers say of it afterwards.

use portolan_proto::{Answer, Class, Counts, Operation, Refusal, UserPacket, mail};
use portolan_regs::{control, line, map, mode, port};
use portolan_sim::Size;
use portolan_sim::raw::Config;

use crate::bench::Bench;

const RISING: u8 = mode::RISING as u8;

#[test]
fn lines_are_set_bound_acknowledged_and_unbound() {
    let mut bench = Bench::open();
    bench.do_(Operation::Filter { line: 3, ticks: 20 });
    bench.do_(Operation::Mode { line: 3, mode: RISING, stream: false, unmask: true });
    let config = bench.rtl.raw.read(map::line(3) + line::CONFIG);
    assert_eq!(line::CONFIG::MODE.get(config), mode::RISING);
    assert_eq!((line::CONFIG::STREAM.get(config), line::CONFIG::UNMASK.get(config)), (0, 1));
    assert_eq!(line::CONFIG::FILTER.get(config), 20);
    bench.do_(Operation::Bind { line: 3, port: 2, generation: 700 });
    let Answer::Stats(stats) = bench.do_(Operation::Stats { line: 3 }) else { panic!("no stats") };
    assert_eq!(control::SNAPSHOT_STATE::BOUND.get(stats.state), 1);
    assert_eq!(control::SNAPSHOT_BINDING::PORT.get(stats.binding), 2);
    assert_eq!(control::SNAPSHOT_BINDING::GENERATION.get(stats.binding), 700);
    // Stamps would be off by what the filter changes.
    assert_eq!(bench.ask(Operation::Filter { line: 3, ticks: 5 }), Err(Refusal::BadState));
    // A mode can change at any time, and leaves the filter.
    bench.do_(Operation::Mode { line: 3, mode: mode::BOTH as u8, stream: true, unmask: false });
    let config = bench.rtl.raw.read(map::line(3) + line::CONFIG);
    assert_eq!((line::CONFIG::MODE.get(config), line::CONFIG::FILTER.get(config)), (mode::BOTH, 20));
    bench.do_(Operation::Mode { line: 3, mode: RISING, stream: false, unmask: true });
    bench.rtl.raw.run(100);
    for level in [true, false, true, false] {
        bench.rtl.raw.set_pin(3, level);
        bench.rtl.raw.run(100);
    }
    bench.create(2, 10, 10);
    bench.pass(200_000);
    assert_eq!(bench.interrupts.len(), 1, "until it is acknowledged");
    bench.do_(Operation::Ack { line: 3, generation: 700 });
    bench.pass(200_000);
    assert_eq!(bench.interrupts.len(), 2);
    // Of another generation: ignored, and counted by the block.
    bench.do_(Operation::Unbind { line: 3, generation: 699 });
    assert_eq!(control::STALE::COUNT.get(bench.rtl.raw.read(control::STALE)), 1);
    bench.do_(Operation::Unbind { line: 3, generation: 700 });
    let Answer::Stats(stats) = bench.do_(Operation::Stats { line: 3 }) else { panic!("no stats") };
    assert_eq!(control::SNAPSHOT_STATE::BOUND.get(stats.state), 0);
    assert_eq!((stats.edges, stats.delivered), (2, 2));
}

#[test]
fn what_is_not_there_is_refused_without_touching_the_block() {
    let mut bench = Bench::open();
    let (lines, ports) = (Size::L16P4.lines() as u16, Size::L16P4.ports() as u8);
    let packet = UserPacket { key: 1, status: 0, payload: [0; 32] };
    for operation in [
        Operation::Create { port: ports },
        Operation::Queue { port: ports, packet },
        Operation::Wait { port: 255, class: Class::User, credits: 1 },
        Operation::Bind { line: lines, port: 0, generation: 1 },
        Operation::Bind { line: 0, port: ports, generation: 1 },
        Operation::Unbind { line: u16::MAX, generation: 1 },
        Operation::Ack { line: lines, generation: 1 },
        Operation::Mode { line: lines, mode: RISING, stream: false, unmask: true },
        Operation::Mode { line: 0, mode: 4, stream: false, unmask: true },
        Operation::Filter { line: lines, ticks: 1 },
        Operation::Stats { line: lines },
    ] {
        assert_eq!(bench.ask(operation), Err(Refusal::InvalidArgs), "{operation:?}");
    }
    for operation in [
        Operation::Read { offset: map::line(lines.into()) },
        Operation::Read { offset: control::ID + 1 },
        Operation::Read { offset: control::ERROR_VECTOR },
        Operation::Write { offset: control::ID, value: 0 },
        Operation::Write { offset: u32::MAX - 3, value: 0 },
    ] {
        assert_eq!(bench.ask(operation), Err(Refusal::Bus), "{operation:?}");
    }
    for operation in [
        Operation::Wait { port: 1, class: Class::User, credits: 1 },
        Operation::Cancel { port: 1, class: Class::Interrupt },
    ] {
        assert_eq!(bench.ask(operation), Err(Refusal::BadState), "{operation:?}");
    }
    // What needs no answer is counted when it fails.
    bench.send(0, Operation::Ack { line: lines, generation: 1 });
    bench.send(0, Operation::Ack { line: 0, generation: 1 });
    let Answer::Counts(Counts { link, failed }) = bench.do_(Operation::Counts) else { panic!("no counts") };
    assert_eq!((failed, link.strange), (1, 0));
    assert_eq!(control::HOLES::COUNT.get(bench.rtl.raw.read(control::HOLES)), 0);
}

#[test]
fn every_register_reads_as_it_does_on_the_bus() {
    let mut bench = Bench::open();
    assert_eq!(bench.do_(Operation::Read { offset: control::ID }), Answer::Word(portolan_regs::ID));
    bench.do_(Operation::Write { offset: control::SCRATCH, value: 0x1234_5678 });
    assert_eq!(bench.rtl.raw.read(control::SCRATCH), 0x1234_5678);
    for area in map::AREAS {
        for register in area.registers {
            let offset = area.base + register.offset;
            let moves = [control::TICKS, control::ALIVE, control::HOLES].contains(&offset);
            let asked = bench.ask(Operation::Read { offset });
            let holes = bench.rtl.raw.read(control::HOLES);
            match bench.rtl.raw.try_read(offset) {
                Ok(_) if moves => assert!(asked.is_ok(), "{}", register.name),
                Ok(word) => assert_eq!(asked, Ok(Answer::Word(word)), "{}", register.name),
                Err(_) => {
                    assert_eq!(asked, Err(Refusal::Bus), "{}", register.name);
                    assert_eq!(
                        bench.rtl.raw.read(control::HOLES),
                        holes + 1,
                        "only this test has touched it"
                    );
                }
            }
        }
    }
}

#[test]
fn the_firmware_is_a_program_at_a_port() {
    let mut bench = Bench::open();
    bench.create(1, 0, 100);
    let own = Size::L16P4.ports() as u8 - 1;
    let payload = |verb: u8, port: u8| {
        let mut payload: [u8; 32] = std::array::from_fn(|n| n as u8);
        (payload[mail::VERB], payload[mail::ANSWER_PORT]) = (verb, port);
        payload
    };
    let mut mail = |verb, port, key| {
        let packet = UserPacket { key, status: 5, payload: payload(verb, port) };
        bench.do_(Operation::Queue { port: own, packet });
    };
    mail(mail::verb::ECHO, 1, 11);
    mail(mail::verb::STATUS, 1, 12);
    // Nobody can be answered there.
    mail(mail::verb::ECHO, 200, 13);
    mail(99, 1, 14);
    bench.until("three answers come", |bench| bench.users.len() == 3);
    let answers: Vec<UserPacket> = bench.users.drain(..).map(|(_, packet)| packet).collect();
    assert_eq!(answers[0], UserPacket { key: 11, status: 0, payload: payload(mail::verb::ECHO, 1) });
    let number =
        |at: usize| u64::from_le_bytes(*answers[1].payload[at..].first_chunk().expect("eight bytes"));
    assert_eq!((answers[1].key, answers[1].status), (12, 0));
    assert!(number(mail::UPTIME) > 0 && number(mail::UPTIME) <= bench.rtl.raw.sim.tick() / 100);
    assert!(number(mail::REQUESTS) >= 5, "{}", number(mail::REQUESTS));
    assert!(number(mail::PACKETS) <= 1);
    assert_eq!(answers[2], UserPacket { key: 14, status: mail::NOT_SUPPORTED, payload: payload(99, 1) });

    // Another bus master than the host writes to the firmware's window: to it that is the same.
    let window = map::port(own.into()) + port::POST;
    let words: Vec<u32> = [21, 0, 0, 0, 0x0100].into_iter().chain([0; 7]).collect();
    for (n, word) in (0..).zip(words) {
        bench.rtl.raw.write(window + 4 * n, word);
    }
    bench.until("it is answered", |bench| bench.users.len() == 1);
    assert_eq!(bench.users[0].1.key, 21);

    // A stream of that port takes its packets.
    bench.create(own, 0, 10);
    bench.do_(Operation::Queue { port: own, packet: UserPacket { key: 31, status: 0, payload: [0; 32] } });
    bench.until("it comes to the host", |bench| bench.users.len() == 2);
    assert_eq!((bench.users[1].0, bench.users[1].1.key), (own, 31));
}

#[test]
fn a_new_session_begins_with_no_streams() {
    let mut bench = Bench::open();
    bench.create(0, 100, 100);
    bench.rtl.raw.configure(0, Config::stream(mode::BOTH));
    bench.rtl.raw.bind(0, 0, 1);
    bench.host = portolan_proto::Host::new(78);
    bench.until("it begins", |bench| matches!(bench.host.phase(), portolan_proto::Phase::Open(_)));
    bench.rtl.raw.toggle(0);
    bench.pass(100_000);
    assert_eq!(bench.interrupts.len(), 0);
    bench.create(0, 1, 0);
    bench.until("the edge comes", |bench| bench.interrupts.len() == 1);
}
