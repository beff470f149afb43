//! The checker against traces written by hand: what is right passes, each rule that is broken is told.

use super::checker::{Checker, Violation};
use super::root::{REQUESTER, memory};
use super::tlp::{Attributes, Completion, Operation, Request, Status, Tlp};

const ENDPOINT: u16 = 0x0518;

fn read(address: u64, words: u16, first: u8, last: u8) -> Request {
    Request {
        first_enable: first,
        last_enable: last,
        tag: 7,
        attributes: Attributes { class: 3, bits: 5 },
        ..memory(Operation::Read, address, words, Vec::new())
    }
}

/// A completion of a request with tag 7.
fn completion(byte_count: u16, lower_address: u8, words: usize) -> Completion {
    Completion {
        completer: ENDPOINT,
        status: Status::Successful,
        byte_count,
        requester: REQUESTER,
        tag: 7,
        lower_address,
        attributes: Attributes { class: 3, bits: 5 },
        locked: false,
        data: (0..words as u32).map(|word| 0x0102_0304 * word).collect(),
    }
}

/// What the checker says to these completions of a request, with payloads of 128 bytes.
fn judge(request: &Request, completions: &[Completion]) -> Result<usize, Violation> {
    let mut checker = Checker::default();
    checker.sent(request, ENDPOINT, 128);
    let mut answers = 0;
    for completion in completions {
        let words = Tlp::Completion(completion.clone()).encode();
        answers += usize::from(checker.received(&words)?.is_some());
    }
    assert_eq!(checker.outstanding(), 1 - answers);
    Ok(answers)
}

#[track_caller]
fn wrong(request: &Request, completions: &[Completion], words: &str) {
    let error = judge(request, completions).expect_err("a rule is broken");
    let text = match &error {
        Violation::Malformed(malformed) => malformed.to_string(),
        rule => rule.to_string(),
    };
    assert!(text.contains(words), "{text:?} should say {words:?}");
}

#[test]
fn good_traces_pass() {
    assert_eq!(judge(&read(0x1000, 1, 15, 0), &[completion(4, 0, 1)]), Ok(1));
    // Byte enables: three bytes from 0x1001; nothing at all; six bytes over two doublewords.
    assert_eq!(judge(&read(0x1000, 1, 0b1110, 0), &[completion(3, 1, 1)]), Ok(1));
    assert_eq!(judge(&read(0x1000, 1, 0b1010, 0), &[completion(3, 1, 1)]), Ok(1));
    assert_eq!(judge(&read(0x1000, 1, 0, 0), &[completion(1, 0, 1)]), Ok(1));
    assert_eq!(judge(&read(0x1008, 2, 0b1000, 0b0011), &[completion(3, 0xb, 2)]), Ok(1));
    // Split at 128 bytes, the first one short.
    let long = read(0x1070, 40, 0b1100, 0b0001);
    let parts = [completion(155, 0x72, 4), completion(141, 0, 32), completion(13, 0, 4)];
    assert_eq!(judge(&long, &parts), Ok(1));
    assert_eq!(judge(&long, &parts[..2]), Ok(0));
    // More pieces than needed, but each up to a boundary, are as good.
    let whole = read(0x1000, 1024, 15, 15);
    let parts: Vec<Completion> = (0..32).map(|i| completion(4096 - 128 * i, 0, 32)).collect();
    assert_eq!(judge(&whole, &parts), Ok(1));
}

#[test]
fn every_broken_rule_of_a_completion_is_told() {
    let request = read(0x1070, 40, 15, 15);
    let (first, second) = (completion(160, 0x70, 4), completion(144, 0, 32));
    let change = |change: fn(&mut Completion)| {
        let mut changed = first.clone();
        change(&mut changed);
        [changed]
    };
    wrong(&request, &change(|c| c.tag = 8), "nobody waits for");
    wrong(&request, &change(|c| c.requester = 9), "nobody waits for");
    wrong(&request, &change(|c| c.completer = 0), "own ID");
    wrong(&request, &change(|c| c.attributes.class = 0), "attributes");
    wrong(&request, &change(|c| c.attributes.bits = 1), "attributes");
    wrong(&request, &change(|c| c.locked = true), "locked");
    wrong(&request, &change(|c| c.byte_count = 156), "bytes that are left");
    wrong(&request, &change(|c| c.lower_address = 0), "address of its first byte");
    wrong(&request, &change(|c| c.data.push(0)), "read completion boundary");
    wrong(&request, &change(|c| c.data.clear()), "has data");
    wrong(&request, &change(|c| c.status = Status::Unsupported), "data without success");
    wrong(&request, &[first.clone(), first.clone()], "bytes that are left");
    wrong(&request, std::slice::from_ref(&second), "bytes that are left");
    let long = completion(144, 0, 36);
    wrong(&request, &[first.clone(), long], "Max_Payload_Size");
    let last = completion(16, 0, 5);
    wrong(&request, &[first.clone(), second.clone(), last], "nobody asked for");
    let good = completion(16, 0, 4);
    wrong(&request, &[first, second, good.clone(), good], "nobody waits for");
}

#[test]
fn what_an_endpoint_does_not_support_is_refused_and_not_completed() {
    for operation in [Operation::IoRead, Operation::IoWrite, Operation::LockedRead] {
        let data = if operation == Operation::IoWrite { vec![1] } else { Vec::new() };
        let request = Request { tag: 7, ..memory(operation, 0x1000, 1, data) };
        let locked = operation == Operation::LockedRead;
        let refused = Completion {
            status: Status::Unsupported,
            attributes: Attributes::default(),
            locked,
            ..completion(4, 0, 0)
        };
        assert_eq!(judge(&request, std::slice::from_ref(&refused)), Ok(1));
        let done = Completion { status: Status::Successful, ..refused.clone() };
        wrong(&request, &[done], "does not support");
        let unlocked = Completion { locked: !locked, ..refused };
        wrong(&request, &[unlocked], "locked");
    }
}

#[test]
fn doublewords_that_are_no_tlp_are_told() {
    let good = Tlp::Completion(completion(4, 0, 1)).encode();
    let told = |change: fn(&mut Vec<u32>), words: &str| {
        let mut trace = good.clone();
        change(&mut trace);
        let error = Checker::default().received(&trace).expect_err("no TLP");
        let Violation::Malformed(error) = error else { panic!("{error}") };
        assert!(error.to_string().contains(words), "{error}");
    };
    told(|t| t.truncate(2), "shorter than a header");
    told(|t| t.push(0), "Length");
    told(|t| t[0] += 1, "Length");
    told(|t| t[0] |= 1 << 15, "reserved bit");
    told(|t| t[0] |= 1 << 10, "reserved bit");
    told(|t| t[0] |= 1 << 31, "prefix");
    told(|t| t[0] |= 1 << 14, "poisoned");
    told(|t| t[0] = t[0] & !(31 << 24) | 21 << 24, "unknown type");
    // An I/O read with an address of 64 bits.
    told(|t| t[0] = 0x2200_0001, "unknown type");
    told(|t| t[1] |= 1 << 12, "BCM");
    told(|t| t[1] |= 7 << 13, "unknown status");
    told(|t| t[2] |= 1 << 7, "reserved bit");
    let narrow = memory(Operation::Write, 0x1000, 1, vec![0]);
    let wide = Tlp::Request(Request { wide: true, ..narrow.clone() }).encode();
    assert!(Tlp::decode(&wide).is_err_and(|error| error.what.contains("below 4 GiB")));
    let asked = Checker::default().received(&Tlp::Request(narrow).encode());
    assert!(asked.expect_err("nobody asked").to_string().contains("nobody asked for"));
}

#[test]
fn packets_come_back_as_they_were() {
    const WIDE: u64 = 0x12_3456_7000;
    for (operation, words, addresses) in [
        (Operation::Read, 1024, &[0x1000, WIDE][..]),
        (Operation::Write, 33, &[0x1000, WIDE]),
        (Operation::IoRead, 1, &[0x1000]),
    ] {
        for &address in addresses {
            let data = if operation == Operation::Write { (0..33).collect() } else { Vec::new() };
            let attributes = Attributes { class: 5, bits: 6 };
            let request = Request {
                requester: 0x1234,
                tag: 0x56,
                attributes,
                poisoned: true,
                ..memory(operation, address, words, data)
            };
            let tlp = Tlp::Request(request);
            assert_eq!(Tlp::decode(&tlp.encode()), Ok(tlp));
        }
    }
    let tlp = Tlp::Completion(completion(4096, 0x7f, 32));
    assert_eq!(Tlp::decode(&tlp.encode()), Ok(tlp));
    // As the specification draws a memory read of one doubleword (2.2.7).
    let read = Request { requester: 0x0100, tag: 0xc, ..memory(Operation::Read, 0xfdaf_f040, 1, Vec::new()) };
    assert_eq!(Tlp::Request(read).encode(), [0x0000_0001, 0x0100_0c0f, 0xfdaf_f040]);
}

#[test]
fn interrupt_messages_alternate_and_keep_to_interrupt_disable() {
    let mut checker = Checker::default();
    assert!(checker.message(false, true).is_err_and(|error| error.to_string().contains("twice")));
    assert!(checker.message(true, false).is_err_and(|error| error.to_string().contains("disabled")));
    assert_eq!(checker.message(true, true), Ok(()));
    assert!(checker.message(true, true).is_err_and(|error| error.to_string().contains("twice")));
    assert_eq!(checker.message(false, false), Ok(()));
}
