//! The bytes of docs/protocol.md, made here by hand: whoever changes one of them changes the version.

use crc::{CRC_32_ISO_HDLC, Crc};
use portolan_proto::{
    Answer, Board, Boot, Cause, Class, Counts, DELIMITER, Event, Failure, Host, InterruptPacket, LONGEST,
    LineStats, LinkCounts, MESSAGE, Operation, Phase, Refusal, Request, UserPacket, VERSION,
};

pub const NO_SESSION: u32 = 0;

/// The frame of this content, between two delimiters.
pub fn frame(content: &[u8], session: u32) -> Vec<u8> {
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let check = crc.checksum(&[&session.to_le_bytes(), content].concat());
    let coded = cobs::encode_vec(&[content, &check.to_le_bytes()].concat());
    [&[DELIMITER], &coded[..], &[DELIMITER]].concat()
}

const USER: UserPacket = UserPacket { key: 0x0102_0304_0506_0708, status: -3, payload: [0xaa; 32] };
const INTERRUPT: InterruptPacket =
    InterruptPacket { ticks: 300, counted_before: 2, line: 9, kind: 1, flags: 3, generation: 500, count: 7 };

/// Requests and their bytes.
fn requests() -> Vec<(Operation, Vec<u8>)> {
    let mut queue = vec![1, 4, 8, 7, 6, 5, 4, 3, 2, 1, 5];
    queue.extend([0xaa; 32]);
    vec![
        (Operation::Create { port: 4 }, vec![0, 4]),
        (Operation::Queue { port: 4, packet: USER }, queue),
        (Operation::Wait { port: 4, class: Class::User, credits: 300 }, vec![2, 4, 1, 0xac, 2]),
        (Operation::Cancel { port: 4, class: Class::Interrupt }, vec![3, 4, 0]),
        (Operation::Bind { line: 300, port: 4, generation: 1 }, vec![4, 0xac, 2, 4, 1]),
        (Operation::Unbind { line: 3, generation: 300 }, vec![5, 3, 0xac, 2]),
        (Operation::Ack { line: 3, generation: 300 }, vec![6, 3, 0xac, 2]),
        (Operation::Mode { line: 3, mode: 5, stream: true, unmask: false }, vec![7, 3, 5, 1, 0]),
        (Operation::Filter { line: 3, ticks: 255 }, vec![8, 3, 255]),
        (Operation::Stats { line: 3 }, vec![9, 3]),
        (Operation::Read { offset: 0x3_0000 }, vec![10, 0x80, 0x80, 0x0c]),
        (Operation::Write { offset: 8, value: u32::MAX }, vec![11, 8, 255, 255, 255, 255, 15]),
        (Operation::Counts, vec![12]),
        (Operation::Fail(Failure::Hang), vec![13, 1]),
    ]
}

/// Events and their bytes.
fn events() -> Vec<(Event, Vec<u8>)> {
    let answer = |result| Event::Answer { tag: 9, result };
    let link = LinkCounts { resent: 1, cut: 2, garbled: 3, lost: 4, doubled: 5, strange: 6 };
    let stats = LineStats {
        state: 0x3_0001,
        binding: 0x5_0004,
        edges: 300,
        delivered: 1,
        coalesced: 2,
        lost: 3,
        discarded: 4,
        undelivered: 5,
        rejected: 6,
    };
    let mut user = vec![2, 4, 8, 7, 6, 5, 4, 3, 2, 1, 5];
    user.extend([0xaa; 32]);
    vec![
        (answer(Ok(Answer::Done)), vec![0, 9, 0, 0]),
        (answer(Ok(Answer::Created { interrupts: 96, users: 300 })), vec![0, 9, 0, 1, 96, 0xac, 2]),
        (answer(Ok(Answer::Cancelled { credits: 3 })), vec![0, 9, 0, 2, 3]),
        (answer(Ok(Answer::Word(300))), vec![0, 9, 0, 3, 0xac, 2]),
        (
            answer(Ok(Answer::Stats(stats))),
            vec![0, 9, 0, 4, 0x81, 0x80, 0x0c, 0x84, 0x80, 0x14, 0xac, 2, 1, 2, 3, 4, 5, 6],
        ),
        (answer(Ok(Answer::Counts(Counts { link, failed: 7 }))), vec![0, 9, 0, 5, 1, 2, 3, 4, 5, 6, 7]),
        (answer(Err(Refusal::InvalidArgs)), vec![0, 9, 1, 0]),
        (answer(Err(Refusal::BadState)), vec![0, 9, 1, 1]),
        (answer(Err(Refusal::ShouldWait)), vec![0, 9, 1, 2]),
        (answer(Err(Refusal::Bus)), vec![0, 9, 1, 3]),
        (Event::Interrupt { port: 4, packet: INTERRUPT }, vec![1, 4, 0xac, 2, 2, 9, 1, 3, 0xf4, 3, 7]),
        (Event::User { port: 4, packet: USER }, user),
    ]
}

/// What an end sends next.
fn sent(transmit: impl FnOnce(&mut [u8; LONGEST]) -> usize) -> Vec<u8> {
    let mut line = [0; LONGEST];
    let length = transmit(&mut line);
    line[..length].to_vec()
}

#[test]
fn what_both_ends_send_is_what_the_document_says() {
    const SESSION: u32 = 0x4433_2211;
    let layout = portolan_regs::LAYOUT_HASH.to_le_bytes();
    let hello = [&[VERSION], &layout[..], &SESSION.to_le_bytes()].concat();
    let mut board = Board::new(Boot { starts: 300, cause: Cause::Panic });
    let boot = [0xac, 2, 2];
    assert_eq!(sent(|line| board.transmit(0, line)), frame(&[&[3], &boot[..]].concat(), NO_SESSION));
    let mut host = Host::new(SESSION);
    let greeting = sent(|line| host.transmit(0, line));
    assert_eq!(greeting, frame(&[&[0], &hello[..]].concat(), NO_SESSION));
    greeting.iter().for_each(|byte| board.receive(*byte, 0));
    let welcome = sent(|line| board.transmit(0, line));
    assert_eq!(welcome, frame(&[&[1], &hello[..], &boot[..]].concat(), NO_SESSION));
    welcome.iter().for_each(|byte| host.receive(*byte, 0));
    assert!(matches!(host.phase(), Phase::Open(_)));

    // Of each message one frame, which takes along that nothing, or all until now, was received.
    for (n, (operation, bytes)) in (0..).zip(requests()) {
        assert!(host.request(&Request { tag: 0x77, operation }));
        let data = sent(|line| host.transmit(0, line));
        let content = [&[5, 0, 0, n, bytes.len() as u8 + 1, 0x77], &bytes[..]].concat();
        assert_eq!(data, frame(&content, SESSION), "{operation:?}");
        data.iter().for_each(|byte| board.receive(*byte, 0));
        assert_eq!(board.request(0), Some(Request { tag: 0x77, operation }));
    }
    let taken = requests().len() as u8;
    for (n, (event, bytes)) in (0..).zip(events()) {
        assert!(board.send(&event));
        let data = sent(|line| board.transmit(0, line));
        let content = [&[5, taken, 0, n, bytes.len() as u8], &bytes[..]].concat();
        assert_eq!(data, frame(&content, SESSION), "{event:?}");
        data.iter().for_each(|byte| host.receive(*byte, 0));
        assert_eq!(host.event(0), Some(event));
    }
    // An acknowledge by itself; and one of a message that came before one that did not.
    assert_eq!(sent(|line| host.transmit(0, line)), frame(&[6, events().len() as u8, 0], SESSION));
    frame(&[5, events().len() as u8, 0, taken + 1, 2, 9, 12], SESSION)
        .iter()
        .for_each(|byte| board.receive(*byte, 1));
    assert_eq!(sent(|line| board.transmit(1, line)), frame(&[6, taken, 2], SESSION));
    assert_eq!((board.counts().lost, board.counts().strange), (1, 0));
}

#[test]
fn the_longest_of_each_message_fits() {
    let link = LinkCounts {
        resent: u32::MAX,
        cut: u32::MAX,
        garbled: u32::MAX,
        lost: u32::MAX,
        doubled: u32::MAX,
        strange: u32::MAX,
    };
    let stats = LineStats {
        state: u32::MAX,
        binding: u32::MAX,
        edges: u64::MAX,
        delivered: u64::MAX,
        coalesced: u64::MAX,
        lost: u64::MAX,
        discarded: u64::MAX,
        undelivered: u32::MAX,
        rejected: u32::MAX,
    };
    let user = UserPacket { key: u64::MAX, status: i32::MIN, payload: [255; 32] };
    let interrupt = InterruptPacket {
        ticks: u64::MAX,
        counted_before: u64::MAX,
        line: u16::MAX,
        kind: u8::MAX,
        flags: u8::MAX,
        generation: u16::MAX,
        count: u32::MAX,
    };
    let answers = [Answer::Stats(stats), Answer::Counts(Counts { link, failed: u32::MAX })];
    let answers = answers.map(|answer| Event::Answer { tag: 255, result: Ok(answer) });
    let [first, second] = answers;
    let events = [
        first,
        second,
        Event::User { port: 255, packet: user },
        Event::Interrupt { port: 255, packet: interrupt },
    ];
    for event in events {
        let length = postcard::to_slice(&event, &mut [0; 256]).expect("it is short").len();
        assert!(length <= MESSAGE, "{length}: {event:?}");
    }
    let queue = Request { tag: 255, operation: Operation::Queue { port: 255, packet: user } };
    assert!(postcard::to_slice(&queue, &mut [0; 256]).expect("it is short").len() <= MESSAGE);
}
