//! What the endpoint does not support, or must not believe, does nothing and is reported.

use portolan_regs::control;
use portolan_sim::Size;
use portolan_sim::pcie::root::{BAR, REQUESTER, Reports, Root, memory};
use portolan_sim::pcie::tlp::{Attributes, Completion, Operation, Request, Status, Tlp};

use crate::links;

const SCRATCH: u64 = BAR + control::SCRATCH as u64;

fn open(link: usize) -> Root {
    let mut root = Root::open(Size::L4P1, links()[link], 7).expect("the top comes up");
    root.write(control::SCRATCH, &[0x1234_5678]).expect("a write");
    root
}

/// Nothing has happened but what was reported, and the endpoint goes on.
#[track_caller]
fn untouched(root: &mut Root, reports: Reports) {
    assert_eq!(root.read_register(control::SCRATCH).expect("a read"), 0x1234_5678);
    assert_eq!(root.read_register(control::PARTIAL_WRITES).expect("a read"), 0);
    assert_eq!(root.read_register(control::HOLES).expect("a read"), 0);
    root.run(100).expect("reports go out");
    assert_eq!(root.reports, reports);
}

#[test]
fn requests_that_are_not_supported_are_answered_so() {
    for link in 0..links().len() {
        let mut root = open(link);
        let attributes = Attributes { class: 5, bits: 3 };
        let requests = [
            (memory(Operation::Read, SCRATCH, 1, Vec::new()), 2),
            (memory(Operation::Read, SCRATCH, 300, Vec::new()), 0x40),
            (memory(Operation::LockedRead, SCRATCH, 1, Vec::new()), 1),
            (Request { first_enable: 6, ..memory(Operation::LockedRead, SCRATCH, 1, Vec::new()) }, 1),
            (memory(Operation::IoRead, SCRATCH, 1, Vec::new()), 1),
            (memory(Operation::IoWrite, SCRATCH, 1, vec![9]), 1),
        ];
        for round in 0..10 {
            // Several at once: each waits for the integrated block to take the one before.
            let tags: Vec<u8> = requests
                .iter()
                .map(|(request, bars)| {
                    root.send(Request { attributes, ..request.clone() }, *bars).expect("a request")
                })
                .collect();
            let between = root.read_register(control::SCRATCH).expect("a read");
            assert_eq!(between, 0x1234_5678, "round {round}");
            for tag in tags {
                assert_eq!(root.wait(tag).expect("an answer").status, Status::Unsupported);
            }
        }
        untouched(&mut root, Reports { non_posted: 60, ..Reports::default() });
    }
}

#[test]
fn a_write_to_another_bar_is_reported_as_posted() {
    let mut root = open(0);
    root.send(memory(Operation::Write, SCRATCH, 3, vec![1, 2, 3]), 0b10).expect("a write");
    untouched(&mut root, Reports { posted: 1, ..Reports::default() });
}

#[test]
fn a_poisoned_write_does_nothing_and_a_poisoned_read_is_a_read() {
    let mut root = open(0);
    for words in [1, 2, 33] {
        let data = vec![u32::MAX; usize::from(words)];
        let write = Request { poisoned: true, ..memory(Operation::Write, SCRATCH, words, data) };
        root.send(write, 1).expect("a write");
    }
    let read = Request { poisoned: true, ..memory(Operation::Read, SCRATCH, 1, Vec::new()) };
    let tag = root.send(read, 1).expect("a read");
    assert_eq!(root.wait(tag).expect("an answer").data, [0x1234_5678]);
    untouched(&mut root, Reports::default());
}

#[test]
fn malformed_requests_do_nothing_and_are_reported() {
    let mut root = open(0);
    let write = |address, words, first_enable, last_enable| Request {
        first_enable,
        last_enable,
        ..memory(Operation::Write, address, words, vec![u32::MAX; usize::from(words)])
    };
    let read = |address, words, first_enable, last_enable| Request {
        data: Vec::new(),
        operation: Operation::Read,
        ..write(address, words, first_enable, last_enable)
    };
    let bad = [
        write(BAR + 0xffc, 2, 15, 15),
        write(BAR + 0x38, 1024, 15, 15),
        write(SCRATCH, 1, 15, 1),
        write(SCRATCH, 2, 0, 15),
        write(SCRATCH, 2, 15, 0),
        read(BAR + 0xff8, 3, 15, 15),
        read(SCRATCH, 1, 15, 15),
        read(SCRATCH, 2, 0, 15),
        read(SCRATCH, 2, 15, 0),
    ];
    for request in &bad {
        // Not through the checker: these get no answer.
        root.send_raw(&Tlp::Request(request.clone()).encode(), 1);
    }
    untouched(&mut root, Reports { malformed: bad.len() as u64, ..Reports::default() });
}

#[test]
fn a_tlp_that_ends_too_early_leaves_the_endpoint_usable() {
    let mut root = open(0);
    let read = Tlp::Request(memory(Operation::Read, SCRATCH, 1, Vec::new())).encode();
    root.send_raw(&read[..2], 1);
    let write = Tlp::Request(memory(Operation::Write, BAR + 8, 6, vec![0; 6])).encode();
    root.send_raw(&write[..5], 1);
    assert_eq!(root.read_register(control::SCRATCH).expect("a read"), 0x1234_5678);
    root.run(50).expect("reports go out");
    assert_eq!(root.reports, Reports { malformed: 2, ..Reports::default() });
}

#[test]
fn a_digest_behind_a_request_is_skipped() {
    let mut root = open(0);
    for operation in [Operation::Read, Operation::Write] {
        for words in [1, 2] {
            let data = if operation == Operation::Write { vec![0x1234_5678; words] } else { Vec::new() };
            let mut trace = Tlp::Request(memory(operation, SCRATCH, words as u16, data)).encode();
            trace[0] |= 1 << 15;
            trace.push(0xc0de_c0de);
            if operation == Operation::Write {
                // Read-only, or SCRATCH itself.
                root.send_raw(&trace, 1);
            }
        }
    }
    assert_eq!(root.read_register(control::SCRATCH).expect("a read"), 0x1234_5678);
    assert_eq!(root.reports, Reports::default());
}

#[test]
fn completions_are_unexpected_and_messages_are_dropped() {
    let mut root = open(0);
    for words in [0, 1, 32] {
        let completion = Completion {
            completer: 0,
            status: Status::Successful,
            byte_count: 4 * words.max(1),
            requester: root.identifier(),
            tag: 3,
            lower_address: 0,
            attributes: Attributes::default(),
            locked: false,
            data: vec![0; usize::from(words)],
        };
        root.send_raw(&Tlp::Completion(completion).encode(), 0);
    }
    // Set_Slot_Power_Limit, and PM_Active_State_Nak without data (Base 2.2.8).
    root.send_raw(&[0x7400_0001, u32::from(REQUESTER) << 16 | 0x50, 0, 0, 0x0a00_0000], 0);
    root.send_raw(&[0x3400_0000, u32::from(REQUESTER) << 16 | 0x14, 0, 0], 0);
    untouched(&mut root, Reports { unexpected: 3, ..Reports::default() });
}
