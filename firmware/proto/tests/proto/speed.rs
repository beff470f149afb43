//! What the line carries at 921,600 baud, in its own time.

use portolan_proto::{Answer, Event, Operation, Request};

use crate::line::{Line, Quality};
use crate::packets::{Stream, send_to_board, send_to_host, take_at_board, take_at_host};

/// Bytes of a port packet.
const PACKET: f64 = portolan_regs::packet::SIZE as f64;
const COUNT: u64 = 5_000;

/// 48 bytes for each packet, of what the line would carry: towards the host, towards the board.
fn shares(quality: &Quality) -> [f64; 2] {
    let mut line = Line::open(5, quality);
    let mut stream = Stream::default();
    let begin = line.now();
    line.run_until("all packets arrive", |line| {
        send_to_host(line, &mut stream, COUNT);
        take_at_host(line, &mut stream);
        stream.arrived == COUNT
    });
    let up = COUNT as f64 * PACKET / line.capacity_since(begin);
    let mut stream = Stream::default();
    let begin = line.now();
    line.run_until("all packets arrive", |line| {
        send_to_board(line, &mut stream, COUNT);
        take_at_board(line, &mut stream);
        stream.arrived == COUNT
    });
    [up, COUNT as f64 * PACKET / line.capacity_since(begin)]
}

#[test]
fn packets_of_random_content_take_three_fifths_of_the_line_or_more() {
    let bare = shares(&Quality::default());
    // An adapter on USB that keeps what comes to the host for up to 16 ms (FTDI's latency timer as it comes, AN232B-04).
    let adapter = shares(&Quality { delay: 8_000_000, ..Quality::default() });
    println!("of the line's bytes: {bare:.3?} on a bare line, {adapter:.3?} with 16 ms there and back");
    assert!(bare.iter().chain(&adapter).all(|share| *share >= 0.6), "{bare:?} {adapter:?}");
}

#[test]
fn a_request_is_answered_within_two_milliseconds() {
    let mut line = Line::open(6, &Quality::default());
    let mut longest = 0;
    for n in 0..500 {
        // At any moment against what else the ends are doing.
        line.pass(37 * (n % 100));
        let tag = 1 + (n % 255) as u8;
        let begin = line.now();
        assert!(line.host.request(&Request { tag, operation: Operation::Stats { line: 9 } }));
        line.run_until("the answer comes", |line| {
            let now = line.now();
            if let Some(request) = line.board.request(now) {
                let result = Ok(Answer::Stats(Default::default()));
                assert!(line.board.send(&Event::Answer { tag: request.tag, result }));
            }
            line.host.event(now).is_some()
        });
        longest = longest.max(line.now() - begin);
    }
    println!("the longest round trip: {longest} µs");
    assert!(longest < 2_000, "{longest} µs");
}
