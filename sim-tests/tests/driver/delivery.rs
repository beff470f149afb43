//! From the pin to the packet: stamps, order, gaps, counters, sharing of hardware ports.

use std::time::Duration;

use portolan::device::Device;
use portolan::{Board, Delivery, Event, Gap, Interrupt, LineConfig, LineMode, Packet, Status};
use portolan_regs::{map, port as page};
use portolan_sim::{Change, Changes, RandomChanges, Size};

use super::{ARRIVAL, bound, checks, drain, gap_port, ns, open, port, soon};

/// Toggles line 0 so often, every `gap` cycles from cycle `gap` on.
fn toggles(count: u64, gap: u64) -> Changes {
    let changes: Vec<_> = (1..=count).map(|n| Change { cycle: n * gap, pins: n & 1 }).collect();
    changes.into()
}

/// More edges than the board and its ring hold.
fn flood(board: &Board) -> u64 {
    500 + 2 * u64::from(board.info().ring_slots)
}

#[test]
fn an_edge_arrives_with_the_stamp_of_its_cycle() {
    for size in Size::ALL {
        let (sim, board) = open(size);
        let port = port();
        let _line = bound(&board, 3, Delivery::Stream, &port);
        let start = sim.start(Changes::from([(100, 0b1000), (257, 0)])).unwrap();
        for (cycle, level) in [(100, true), (257, false)] {
            let Event::Interrupt { packet, detail } = port.wait_event(soon(&port)).unwrap() else {
                panic!("the packet of a line")
            };
            assert_eq!((packet.key(), packet.timestamp()), (3, Some(ns(start + cycle))));
            assert_eq!((detail.line, detail.ticks, detail.level), (3, start + cycle, level));
            assert_eq!((detail.coalesced, detail.counted_before, detail.error_bound_ns), (0, 0, 0));
        }
    }
}

#[test]
fn all_lines_in_one_cycle_make_a_packet_each_with_one_stamp() {
    let (sim, board) = open(Size::L32P8);
    let port = port();
    let _lines: Vec<_> = (0..32).map(|line| bound(&board, line, Delivery::Stream, &port)).collect();
    let start = sim.start(Changes::from([(10, 0xffff_ffff)])).unwrap();
    let mut packets = vec![Packet::default(); 64];
    let mut count = 0;
    while count < 32 {
        count += port.wait_batch(&mut packets[count..], soon(&port)).unwrap();
    }
    let mut keys: Vec<_> = packets[..count].iter().map(Packet::key).collect();
    keys.sort_unstable();
    assert!(keys.into_iter().eq(0..32));
    assert!(packets[..count].iter().all(|packet| packet.timestamp() == Some(ns(start + 10))));
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
}

#[test]
fn a_test_edge_goes_the_way_of_a_real_one() {
    let (_, board) = open(Size::L64P4);
    let port = port();
    let _line = bound(&board, 63, Delivery::Ack, &port);
    board.fire(63).unwrap();
    assert_eq!(port.wait(soon(&port)).map(|packet| packet.key()), Ok(63));
    assert_eq!(board.counters(63).unwrap().delivered, 1);
}

#[test]
fn an_edge_overtakes_a_user_packet_that_was_there_first() {
    let (sim, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 1, Delivery::Stream, &port);
    port.queue(&Packet::user(100, 0, [0; 32])).unwrap();
    board.fire(1).unwrap();
    sim.run(ARRIVAL).unwrap();
    assert_eq!(port.try_wait().map(|packet| packet.key()), Ok(1), "E5");
    assert_eq!(port.try_wait().map(|packet| packet.key()), Ok(100));
}

#[test]
fn a_slow_reader_is_back_pressure_and_what_does_not_fit_is_told_by_a_gap() {
    let (sim, board) = open(Size::L16P4);
    let port = gap_port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    let edges = flood(&board);
    let start = sim.start(toggles(edges, 4)).unwrap();
    sim.run(5 * edges).unwrap();
    // Nothing was read: the packets are on the board, or in its ring, and nowhere else.
    let depth = board.info().interrupt_depth;
    let levels = sim.read(map::port(1) + page::LEVELS).unwrap();
    assert!(page::LEVELS::INTERRUPT.get(levels) <= depth && page::LEVELS::INTERRUPT.get(levels) > 0);
    let before = board.counters(0).unwrap();
    assert!(before.hold() && before.lost > 0, "{before:?}");
    assert!(before.undelivered <= u64::from(depth + board.info().ring_slots) + 1, "{before:?}");

    let mut expected = 1;
    let mut gaps = Vec::new();
    for event in drain(&port) {
        match event {
            Event::Interrupt { packet, detail } => {
                assert_eq!(detail.ticks, start + 4 * expected, "edge {expected}");
                assert_eq!(packet.timestamp(), Some(ns(detail.ticks)));
                expected += 1;
            }
            Event::Gap(gap) => {
                assert_eq!(gap.first_ticks, start + 4 * expected, "the gap begins with edge {expected}");
                expected += gap.count;
                assert_eq!(gap.last_ticks, start + 4 * (expected - 1));
                assert_eq!((gap.first_ns, gap.last_ns), (ns(gap.first_ticks), ns(gap.last_ticks)));
                gaps.push(gap);
            }
            Event::Packet(packet) => panic!("{packet:?}"),
        }
    }
    assert_eq!(expected, edges + 1, "every edge is a packet or in a gap");
    let after = board.counters(0).unwrap();
    assert!(after.hold() && after.undelivered == 0, "{after:?}");
    assert_eq!(after.lost, gaps.iter().map(|gap| gap.count).sum::<u64>());
}

#[test]
fn a_reader_that_slept_once_and_then_only_looks_gets_all() {
    let (sim, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    sim.start(toggles(1, 100)).unwrap();
    assert!(port.wait(soon(&port)).is_ok());
    // Some at a time, as many in all as no ring and no queue holds.
    for round in 0..200 {
        sim.start(Changes::from(Vec::from_iter((1..=32).map(|n| Change { cycle: 10 * n, pins: n & 1 ^ 1 }))))
            .unwrap();
        sim.run(320 + ARRIVAL).unwrap();
        let taken = std::iter::from_fn(|| port.try_wait().ok()).count();
        assert_eq!(taken, 32, "round {round}");
    }
    let counters = board.counters(0).unwrap();
    assert!(counters.hold() && counters.delivered == 6_401, "{counters:?}");
}

#[test]
fn a_port_without_gaps_never_sees_one() {
    let (sim, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    let edges = flood(&board);
    sim.start(toggles(edges, 4)).unwrap();
    sim.run(5 * edges).unwrap();
    let events = drain(&port);
    assert!(events.iter().all(|event| matches!(event, Event::Interrupt { .. })));
    let counters = board.counters(0).unwrap();
    assert_eq!(counters.delivered, events.len() as u64);
    assert!(counters.hold() && counters.lost > 0 && counters.undelivered == 0, "{counters:?}");
}

#[test]
fn a_port_that_nobody_reads_does_not_hold_up_those_that_share_its_hardware_port() {
    let (sim, board) = open(Size::L4P1);
    let (unread, read) = (gap_port(), port());
    let _flood = bound(&board, 0, Delivery::Stream, &unread);
    let _other = bound(&board, 1, Delivery::Stream, &read);
    let changes: Vec<_> =
        (1..=20_000).map(|n| Change { cycle: n * 40, pins: n & 1 | ((n / 500) & 1) << 1 }).collect();
    sim.start(Changes::from(changes)).unwrap();
    for edge in 1..=40 {
        let packet = read.wait(soon(&read)).unwrap();
        assert_eq!(packet.key(), 1, "edge {edge}");
    }
    sim.run(1_000).unwrap();
    let (mut packets, mut lost, mut last) = (0, 0, 0);
    for event in drain(&unread) {
        match event {
            Event::Interrupt { detail, .. } => {
                assert!(detail.ticks > last, "in order");
                (packets, last) = (packets + 1, detail.ticks);
            }
            Event::Gap(Gap { count, first_ticks, last_ticks, .. }) => {
                assert!(first_ticks > last && last_ticks >= first_ticks);
                (lost, last) = (lost + count, last_ticks);
            }
            Event::Packet(packet) => panic!("{packet:?}"),
        }
    }
    assert_eq!(packets + lost, 20_000);
    assert!(packets <= 2 * u64::from(board.info().interrupt_depth) + 1, "{packets} were kept");
    let counters = board.counters(0).unwrap();
    assert!(counters.hold(), "{counters:?}");
    assert_eq!((counters.delivered, counters.lost, counters.undelivered), (packets, lost, 0));
}

#[test]
fn more_ports_than_hardware_ports_get_their_own_packets_each() {
    let (_, board) = open(Size::L16P4);
    let ports: Vec<_> = (0..7).map(|_| port()).collect();
    let lines: Vec<_> =
        (0..7).map(|line| bound(&board, line, Delivery::Ack, &ports[line as usize])).collect();
    for round in 0..3 {
        (0..7).for_each(|line| board.fire(line).unwrap());
        for index in [6, 0, 3, 5, 1, 4, 2] {
            assert_eq!(ports[index].wait(soon(&ports[index])).unwrap().key(), index as u64, "round {round}");
            assert_eq!(ports[index].try_wait(), Err(Status::TIMED_OUT));
            lines[index].ack().unwrap();
        }
    }
    // A hardware port that is given back is used again.
    drop(lines);
    for line in 0..16 {
        let port = port();
        let interrupt = bound(&board, line, Delivery::Ack, &port);
        board.fire(line).unwrap();
        assert_eq!(port.wait(soon(&port)).unwrap().key(), u64::from(line));
        interrupt.unbind(&port).unwrap();
    }
}

#[test]
fn a_level_fires_again_at_the_acknowledge_while_it_lasts() {
    let (sim, board) = open(Size::L16P4);
    let port = port();
    let config = LineConfig { mode: LineMode::High, delivery: Delivery::Ack, filter: 0 };
    let line = Interrupt::line(&board, 2, config).unwrap();
    line.bind(&port, 2).unwrap();
    sim.set_pins(0b100);
    for _ in 0..3 {
        assert_eq!(port.wait(soon(&port)).map(|packet| packet.key()), Ok(2));
        sim.run(100).unwrap();
        assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "masked until the acknowledge");
        line.ack().unwrap();
        sim.run(100).unwrap();
    }
    assert!(port.try_wait().is_ok(), "I21");
    sim.set_pins(0);
    sim.run(100).unwrap();
    line.ack().unwrap();
    sim.run(100).unwrap();
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
    let levels = LineConfig { delivery: Delivery::Stream, ..config };
    assert_eq!(Interrupt::line(&board, 3, levels).unwrap_err().status(), Status::INVALID_ARGS);
}

#[test]
fn an_unbound_stream_keeps_its_first_edge_and_unbinding_puts_the_oldest_back() {
    let (sim, board) = open(Size::L16P4);
    let (one, two) = (port(), port());
    let line = bound(&board, 4, Delivery::Stream, &one);
    for _ in 0..3 {
        board.fire(4).unwrap();
    }
    sim.run(ARRIVAL).unwrap();
    let first = one.try_wait().unwrap().timestamp();
    line.unbind(&one).unwrap();
    board.fire(4).unwrap();
    assert_eq!(one.try_wait(), Err(Status::TIMED_OUT));
    line.bind(&two, 4).unwrap();
    sim.run(ARRIVAL).unwrap();
    let second = two.try_wait().unwrap().timestamp();
    assert!(second > first);
    assert_eq!(two.try_wait(), Err(Status::TIMED_OUT));
    board.fire(4).unwrap();
    board.fire(4).unwrap();
    sim.run(ARRIVAL).unwrap();
    assert!(two.try_wait().is_ok() && two.try_wait().is_ok());
    assert_eq!(line.ack(), Ok(()), "nothing to acknowledge");
    let counters = board.counters(4).unwrap();
    assert!(counters.hold(), "{counters:?}");
    assert_eq!((counters.delivered, counters.lost, counters.undelivered), (4, 2, 0));
}

#[test]
fn every_edge_is_accounted_for_under_random_traffic() {
    let seed = portolan_sim::raw::seed(0xed6e);
    let (sim, board) = open(Size::L16P4);
    let ports = [gap_port(), port(), port(), gap_port(), port()];
    let lines: Vec<_> = (0..16)
        .map(|line| {
            let delivery = if line % 2 == 0 { Delivery::Stream } else { Delivery::Ack };
            bound(&board, line, delivery, &ports[line as usize % 5])
        })
        .collect();
    sim.start(RandomChanges::new(seed, 16, 400, 1_000_000)).unwrap();
    let mut handed = [0u64; 16];
    let mut last_round = false;
    while !last_round {
        last_round = sim.stimulus_ended();
        for (index, port) in ports.iter().enumerate() {
            let deadline = port.deadline_after(Duration::from_micros(3));
            // A few each, so that none starves; all of them when nothing more comes.
            let most = if last_round { usize::MAX } else { 20 };
            for event in std::iter::from_fn(|| port.wait_event(deadline).ok()).take(most) {
                if let Event::Interrupt { detail, .. } = event {
                    assert_eq!(usize::from(detail.line) % 5, index);
                    handed[usize::from(detail.line)] += 1;
                    lines[usize::from(detail.line)].ack().unwrap();
                }
            }
        }
        for line in 0..16 {
            checks::balance(&board, line).unwrap_or_else(|error| panic!("PORTOLAN_SEED={seed}: {error}"));
        }
    }
    for (line, handed) in (0..16).zip(handed) {
        let counters = checks::account(&board, line, handed);
        let counters = counters.unwrap_or_else(|error| panic!("PORTOLAN_SEED={seed}: {error}"));
        assert!(counters.edges > 100 && handed > 10, "line {line} had traffic: {counters:?}");
    }
    drop(lines);
    for line in 0..16 {
        let counters = board.counters(line).unwrap();
        assert!(counters.hold() && counters.undelivered == 0, "PORTOLAN_SEED={seed}: {counters:?}");
    }
    assert_eq!(board.stats().unwrap().stale, 0);
}
