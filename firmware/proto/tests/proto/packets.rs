//! Numbered packets, and who sends and checks them.

use portolan_proto::{Event, Operation, Request, UserPacket};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::line::Line;

/// Packet number `n` of a stream, of random content.
pub fn packet(stream: u64, n: u64) -> UserPacket {
    let mut random = ChaCha8Rng::seed_from_u64(stream << 32 | n);
    UserPacket { key: n, status: random.random(), payload: random.random() }
}

/// How far a stream of packets has come.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    pub sent: u64,
    pub arrived: u64,
    /// Which packet is sent as the n-th to the host: a fault that is planted sends another one.
    pub number: fn(u64) -> u64,
}

impl Default for Stream {
    fn default() -> Stream {
        Stream { sent: 0, arrived: 0, number: |n| n }
    }
}

/// The board sends as many packets as there is room for, until it has sent so many.
pub fn send_to_host(line: &mut Line, stream: &mut Stream, count: u64) {
    while stream.sent < count
        && line.board.room() > 0
        && line.board.send(&Event::User { port: 3, packet: packet(1, (stream.number)(stream.sent)) })
    {
        stream.sent += 1;
    }
}

/// The same of the host, which asks for no answers.
pub fn send_to_board(line: &mut Line, stream: &mut Stream, count: u64) {
    let request = |n| Request { tag: 0, operation: Operation::Queue { port: 5, packet: packet(2, n) } };
    while stream.sent < count && line.host.room() > 0 && line.host.request(&request(stream.sent)) {
        stream.sent += 1;
    }
}

/// Takes and checks what has come to the host.
pub fn take_at_host(line: &mut Line, stream: &mut Stream) {
    let now = line.now();
    while let Some(event) = line.host.event(now) {
        assert_eq!(event, Event::User { port: 3, packet: packet(1, stream.arrived) });
        stream.arrived += 1;
    }
}

/// Takes and checks what has come to the board.
pub fn take_at_board(line: &mut Line, stream: &mut Stream) {
    let now = line.now();
    while let Some(request) = line.board.request(now) {
        assert_eq!(request.operation, Operation::Queue { port: 5, packet: packet(2, stream.arrived) });
        stream.arrived += 1;
    }
}

/// Sends so many packets in both directions; all have come, in order.
pub fn exchange(line: &mut Line, count: u64) {
    exchange_numbered(line, count, |n| n);
}

/// The same, with a fault.
pub fn exchange_numbered(line: &mut Line, count: u64, number: fn(u64) -> u64) {
    let (mut up, mut down) = (Stream { number, ..Stream::default() }, Stream::default());
    line.run_until("all packets arrive", |line| {
        send_to_host(line, &mut up, count);
        send_to_board(line, &mut down, count);
        take_at_host(line, &mut up);
        take_at_board(line, &mut down);
        (up.arrived, down.arrived) == (count, count)
    });
    // Nothing comes twice, and nothing behind the last.
    line.pass(300_000);
    take_at_host(line, &mut up);
    take_at_board(line, &mut down);
    assert_eq!((up.arrived, down.arrived), (count, count));
}
