//! How much of the transmit stream rings use while packets wait: some tens at once, and thousands one after the other.

use portolan_regs::map;
use portolan_sim::Size;
use portolan_sim::pcie::root::{Link, Written};
use portolan_sim::ring::Ring;

use crate::board::{Board, ring};

/// Beats of a write: four doublewords of header above 4 GiB, three below, and its data.
fn beats(write: &Written) -> u64 {
    (write.words + if write.address >> 32 != 0 { 4 } else { 3 }).div_ceil(2) as u64
}

/// Beats that the stream carried, of those that it could have, and user clocks per packet, while packets wait.
fn throughput(size: Size, user: bool, payload: usize) -> (f64, f64) {
    let ports = size.ports();
    let mut board = Board::listening(size, Link::default(), 14);
    board.root.set_payload(payload);
    for _ in 0..60 {
        if user {
            (0..ports).for_each(|port| board.post(port, 5));
        } else {
            board.root.inputs.lines = !board.root.inputs.lines & size.mask();
        }
        board.run(80);
    }
    board.flush();
    let waiting: u32 = (0..ports)
        .map(|port| board.read(map::port(port) + portolan_regs::port::LEVELS))
        .map(|levels| if user { levels >> 16 } else { levels & 0xffff })
        .sum();
    board.root.records_writes = true;
    // All at once: the register writes of one ring take as long as many bursts of another.
    for port in 0..ports {
        board.enable(ring(port, user, 16, 1000));
    }
    let words = waiting as usize * if user { 16 } else { 8 };
    let written = |board: &Board| board.root.written.iter().map(|write| write.words).sum::<usize>();
    board.until(20_000, "all are written", |board| written(board) >= words);
    let writes = &board.root.written;
    let clocks = writes[writes.len() - 1].taken - writes[0].taken;
    let carried: u64 = writes[1..].iter().map(beats).sum();
    let packets = writes[1..].iter().map(|write| write.words).sum::<usize>() / if user { 16 } else { 8 };
    (carried as f64 / clocks as f64, clocks as f64 / packets as f64)
}

#[test]
fn waiting_packets_fill_nearly_every_beat_of_the_stream() {
    for (user, payload) in [(false, 128), (false, 256), (false, 512), (true, 128), (true, 512)] {
        let (share, clocks) = throughput(Size::L4P1, user, payload);
        let kind = if user { "user" } else { "interrupt" };
        println!(
            "payload {payload}: {:.1} % of the beats, {clocks:.2} clocks per {kind} packet",
            100.0 * share
        );
        assert!(share >= 0.95, "{share}");
    }
}

/// One packet for each of eight ports, in one cycle: eight bursts of one slot.
#[test]
fn single_slots_follow_each_other_without_a_pause() {
    let mut board = Board::listening(Size::L32P8, Link::default(), 15);
    board.enable_all(6);
    board.root.records_writes = true;
    let mut shares = Vec::new();
    for _ in 0..4 {
        board.run(300);
        board.root.written.clear();
        board.root.inputs.lines ^= 0xff;
        board.run(300);
        let writes = &board.root.written;
        assert!(writes.len() == 8 && writes.iter().all(|write| write.words == 8), "{writes:?}");
        let clocks = writes[7].taken - writes[0].taken;
        // Three or four doublewords of header and eight of data: six beats.
        shares.push(6.0 * 7.0 / clocks as f64);
    }
    println!("{shares:.3?} of the beats; {:.2} clocks per packet", 6.0 / shares[0]);
    assert!(shares.iter().all(|share| *share >= 0.95), "{shares:?}");
}

/// Packets that are measured.
const MANY: usize = 6_000;
/// Packets before, until everything is as it stays.
const FIRST: usize = 500;
/// Slots of each ring. A reader follows, and gives them back.
const LOG: u32 = 10;

/// Beats that the stream carried of those that it could have, user clocks per packet and packets per write over thousands
/// of packets, with an edge every `gap` clocks.
fn sustained(ports: u32, gap: u64, payload: usize) -> (f64, f64, f64) {
    let mut board = Board::open(Size::L32P8, Link::default(), 16);
    board.root.set_payload(payload);
    board.listen_by(ports);
    let mut rings: Vec<Ring> =
        (0..ports).map(|port| board.enable(ring(port, false, LOG, 1000 * port))).collect();
    board.root.records_writes = true;
    let (begin, mut edges, mut taken, mut consumed) = (board.root.ticks(), 0, 0, vec![0; ports as usize]);
    while taken < FIRST + MANY {
        if edges < (board.root.ticks() - begin) / gap {
            board.toggle((edges % 32) as u32);
            edges += 1;
        }
        board.run(1);
        if board.root.ticks().is_multiple_of(64) {
            for (ring, consumed) in rings.iter_mut().zip(&mut consumed) {
                let slots = board.take_all(ring).len();
                (taken, *consumed) = (taken + slots, *consumed + slots);
                if *consumed >= 1 << (LOG - 1) {
                    board.doorbell(ring, false);
                    *consumed = 0;
                }
            }
        }
        assert!(board.root.ticks() - begin < 20 * (FIRST + MANY) as u64, "{taken} packets");
    }
    let packets = |writes: &[Written]| writes.iter().map(|write| write.words / 8).sum::<usize>();
    let writes = &board.root.written;
    let first = (0..writes.len()).find(|&first| packets(&writes[..first]) >= FIRST).expect("there are more");
    let (writes, clocks) = (&writes[first + 1..], writes[writes.len() - 1].taken - writes[first].taken);
    let carried: u64 = writes.iter().map(beats).sum();
    let measured = packets(writes) as f64;
    (carried as f64 / clocks as f64, clocks as f64 / measured, measured / writes.len() as f64)
}

#[test]
fn thousands_of_packets_fill_nearly_every_beat_of_the_stream() {
    // Eight rings with a packet each in turn, as fast as the stream carries them; one ring, with more than it carries.
    for (ports, gap, payload) in [(8, 6, 128), (1, 3, 128), (1, 3, 256), (1, 3, 512)] {
        let (share, clocks, burst) = sustained(ports, gap, payload);
        println!(
            "{ports} rings, payload {payload}, an edge every {gap} clocks: {:.1} % of the beats, {clocks:.2} clocks per packet, \
             {burst:.2} packets per write",
            100.0 * share
        );
        assert!(share >= 0.95, "{ports} rings, payload {payload}: {share}");
        let full = payload as f64 / 32.0;
        assert!(if ports == 1 { burst > 0.85 * full } else { burst < 1.5 }, "{burst} packets per write");
    }
}
