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

/// What comes of thousands of packets, one after the other.
#[derive(Debug)]
struct Stream {
    /// Beats that the stream carried, of those that it could have.
    share: f64,
    /// User clocks per packet.
    clocks: f64,
    /// Packets per write.
    burst: f64,
}

fn packets(writes: &[Written]) -> usize {
    writes.iter().map(|write| write.words / 8).sum()
}

/// An edge comes every `gap` clocks, and first so many ahead, but not while more than `most` packets are on their way.
fn sustained(size: Size, ports: u32, payload: usize, gap: u64, ahead: u64, most: u64) -> Stream {
    let mut board = Board::open(size, Link::default(), 16);
    board.root.set_payload(payload);
    board.listen_by(ports);
    for edge in 0..ahead {
        board.toggle(edge as u32 % size.lines());
        board.run(20);
    }
    let mut rings: Vec<Ring> =
        (0..ports).map(|port| board.enable(ring(port, false, LOG, 1000 * port))).collect();
    board.root.records_writes = true;
    let (mut next, mut edges, mut taken, mut consumed) =
        (board.root.ticks(), ahead, 0, vec![0; ports as usize]);
    let (mut counted, mut written) = (0, 0);
    let end = board.root.ticks() + 20 * (FIRST + MANY) as u64;
    while taken < FIRST + MANY {
        written += packets(&board.root.written[counted..]) as u64;
        counted = board.root.written.len();
        if next <= board.root.ticks() && edges < written.saturating_add(most) {
            board.toggle(edges as u32 % size.lines());
            (next, edges) = (next + gap, edges + 1);
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
        assert!(board.root.ticks() < end, "{taken} packets");
    }
    let writes = &board.root.written;
    let first = (0..writes.len()).find(|&first| packets(&writes[..first]) >= FIRST).expect("there are more");
    let clocks = (writes[writes.len() - 1].taken - writes[first].taken) as f64;
    let writes = &writes[first + 1..];
    let (carried, measured) = (writes.iter().map(beats).sum::<u64>() as f64, packets(writes) as f64);
    Stream { share: carried / clocks, clocks: clocks / measured, burst: measured / writes.len() as f64 }
}

#[test]
fn thousands_of_packets_fill_nearly_every_beat_of_the_stream() {
    // Eight rings with a packet each in turn, as fast as the stream carries them.
    let single = sustained(Size::L32P8, 8, 128, 6, 0, u64::MAX);
    println!("single slots: {single:.3?}");
    assert!(single.share >= 0.95 && single.burst < 2.0, "{single:?}");
    // One ring, for which there are always some to be written.
    for payload in [128, 256, 512] {
        let full = sustained(Size::L64P4, 1, payload, 2, 48, 64);
        println!("full bursts, payload {payload}: {full:.3?}");
        assert!(
            full.share >= 0.95 && 32.0 * full.burst > 0.95 * payload as f64,
            "payload {payload}: {full:?}"
        );
    }
}

#[test]
fn a_ring_fills_nearly_every_beat_of_the_stream_while_every_line_waits_for_room() {
    let flooded = sustained(Size::L32P8, 1, 128, 3, 0, u64::MAX);
    println!("flooded: {flooded:.3?}");
    assert!(flooded.share >= 0.95 && flooded.clocks < 5.0, "{flooded:?}");
}
