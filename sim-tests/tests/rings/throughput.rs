//! How much of the bus rings use while packets wait: some tens at once, and thousands one after the other.

use portolan_regs::mode;
use portolan_sim::Size;
use portolan_sim::axi::memory::{Record, Speed};
use portolan_sim::raw::{Config, Raw};
use portolan_sim::ring::Ring;

use crate::{enabled, ring};

/// A block whose lines listen to both edges, line by line to port line % ports.
fn listening(size: Size, ports: u32) -> Raw {
    let mut raw = Raw::with_rings(size, Speed::FAST);
    for line in 0..size.lines() {
        raw.configure(line, Config::stream(mode::BOTH));
        raw.bind(line, line % ports, 1);
    }
    raw
}

/// Beats per cycle while everything waits, for so many packets that wait in each of the ports.
fn throughput(size: Size, user: bool, ports: u32) -> f64 {
    let mut raw = listening(size, ports);
    for _ in 0..60 {
        if user {
            (0..ports).for_each(|port| raw.post(port, &[5; 12]));
        } else {
            raw.sim.set_pins(!raw.sim.pins() & size.mask());
            raw.run(80);
        }
    }
    let waiting: u32 = (0..ports).map(|port| raw.levels(port)).map(|(a, b)| if user { b } else { a }).sum();
    raw.sim.memory().log = Some(Vec::new());
    let _rings: Vec<Ring> = (0..ports).map(|port| enabled(&mut raw, ring(port, user, 16, 1000))).collect();
    let beats = u64::from(waiting) * if user { 8 } else { 4 };
    let end = raw.sim.tick() + 40 * beats + 1000;
    while raw.sim.memory().beats < beats {
        raw.run(1);
        assert!(raw.sim.tick() < end, "{} of {beats} beats", raw.sim.memory().beats);
    }
    let log = raw.sim.memory().log.take().expect("it was asked for");
    let cycles = log[log.len() - 1].taken - log[0].taken;
    let counted: usize = log[1..].iter().map(|record| record.burst.data.len()).sum();
    counted as f64 / cycles as f64
}

#[test]
fn waiting_packets_fill_nearly_every_cycle_of_the_bus() {
    for (size, user, ports) in [(Size::L4P1, false, 1), (Size::L4P1, true, 1), (Size::L32P8, false, 1)] {
        let share = throughput(size, user, ports);
        let kind = if user { "user" } else { "interrupt" };
        println!("{size}: {:.1} % of the cycles carry a beat of {kind} slots", 100.0 * share);
        assert!(share >= 0.95, "{share}");
    }
}

/// Packets that are measured.
const MANY: usize = 8_000;
/// Packets before, until everything is as it stays.
const FIRST: usize = 500;
/// Slots of each ring. A reader follows, and gives them back.
const LOG: u32 = 10;

/// What comes of thousands of packets, one after the other.
#[derive(Debug)]
struct Stream {
    /// Beats per cycle.
    share: f64,
    /// Cycles per packet.
    cycles: f64,
    /// Packets per burst.
    burst: f64,
}

/// An edge comes every `gap` cycles, and first so many ahead, but not while more than `most` packets are on their way.
fn sustained(ports: u32, gap: u64, ahead: u64, most: u64) -> Stream {
    let mut raw = listening(Size::L32P8, ports);
    for edge in 0..ahead {
        raw.toggle((edge % 32) as u32);
        raw.run(20);
    }
    let mut rings: Vec<Ring> =
        (0..ports).map(|port| enabled(&mut raw, ring(port, false, LOG, 1000 * port))).collect();
    raw.sim.memory().log = Some(Vec::new());
    let (mut next, mut edges, mut taken, mut consumed) = (raw.sim.tick(), ahead, 0, vec![0; ports as usize]);
    let end = raw.sim.tick() + 20 * (FIRST + MANY) as u64;
    while taken < FIRST + MANY {
        // A register write takes some cycles, in which edges are due as well.
        while next <= raw.sim.tick() && edges < (raw.sim.memory().beats / 4).saturating_add(most) {
            raw.sim.set_pins(raw.sim.pins() ^ 1 << (edges % 32));
            (next, edges) = (next + gap, edges + 1);
        }
        raw.run(1);
        if raw.sim.tick().is_multiple_of(64) {
            for (ring, consumed) in rings.iter_mut().zip(&mut consumed) {
                let slots = ring.take_all(&mut raw).len();
                (taken, *consumed) = (taken + slots, *consumed + slots);
                if *consumed >= 1 << (LOG - 1) {
                    ring.doorbell(&mut raw, false);
                    *consumed = 0;
                }
            }
        }
        assert!(raw.sim.tick() < end, "{taken} packets");
    }
    let log = raw.sim.memory().log.take().expect("it was asked for");
    let packets = |log: &[Record]| log.iter().map(|record| record.burst.data.len() / 4).sum::<usize>();
    let first = (0..log.len()).find(|&first| packets(&log[..first]) >= FIRST).expect("there are more");
    let (log, cycles) = (&log[first + 1..], (log[log.len() - 1].taken - log[first].taken) as f64);
    let measured = packets(log) as f64;
    Stream { share: 4.0 * measured / cycles, cycles: cycles / measured, burst: measured / log.len() as f64 }
}

#[test]
fn thousands_of_packets_fill_nearly_every_cycle_of_the_bus() {
    // Eight rings with a packet each in turn, as fast as the bus carries them.
    let single = sustained(8, 4, 0, u64::MAX);
    println!("single slots: {single:.3?}");
    assert!(single.share >= 0.95 && single.burst < 2.0, "{single:?}");
    // One ring, for which there are always some to be written.
    let full = sustained(1, 4, 24, 32);
    println!("full bursts: {full:.3?}");
    assert!(full.share >= 0.95 && full.burst > 3.5, "{full:?}");
}

#[test]
fn a_ring_fills_nearly_every_cycle_of_the_bus_while_every_line_waits_for_room() {
    let flooded = sustained(1, 3, 0, u64::MAX);
    println!("flooded: {flooded:.3?}");
    assert!(flooded.share >= 0.95 && flooded.cycles < 4.3, "{flooded:?}");
}
