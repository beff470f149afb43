//! The checker against traces written by hand: what is right passes, each rule that is broken is told.

use super::checker::{Checker, GRACE, Received, Settings, Vector, Violation};
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
        answers += usize::from(checker.received(&words)? != Received::Nothing);
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
    let asked = Checker::default().received(&Tlp::Request(read(0x1000, 1, 15, 0)).encode());
    assert!(asked.expect_err("an endpoint does not read").to_string().contains("other than a memory write"));
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

const ALLOWED: Settings = Settings { identifier: ENDPOINT, payload: 128, bus_master: true, messages: true };
const FORBIDDEN: Settings = Settings { bus_master: false, messages: false, ..ALLOWED };
const MESSAGE: Vector = Vector { address: 0xfee0_1000, data: 0x41, masked: false };
const WIDE_MESSAGE: Vector = Vector { address: 0x12_fee0_2004, data: 0x42, masked: false };

/// A write by the endpoint.
fn write(address: u64, words: u16) -> Request {
    let data = (0..u32::from(words)).map(|word| 0x0302_0100 + word).collect();
    Request { requester: ENDPOINT, ..memory(Operation::Write, address, words, data) }
}

fn message(vector: Vector) -> Request {
    Request { data: vec![vector.data], ..write(vector.address, 1) }
}

/// A checker that has seen settings and two vectors, 1 and 2.
fn prepared() -> Checker {
    let mut checker = Checker::default();
    checker.configure(ALLOWED);
    checker.set_vector(1, MESSAGE);
    checker.set_vector(2, WIDE_MESSAGE);
    checker.quiet();
    checker
}

fn hears(checker: &mut Checker, request: Request) -> Result<Received, Violation> {
    checker.received(&Tlp::Request(request).encode())
}

#[test]
fn good_writes_and_messages_pass() {
    let mut checker = prepared();
    for (address, words) in [(0x1000, 8), (0xffff_ffe0, 8), (0x1_0000_0000, 32), (0x1f80, 32), (0x1fe0, 8)] {
        let request = write(address, words);
        let data = request.data.clone();
        assert_eq!(hears(&mut checker, request), Ok(Received::Write { address, data }));
    }
    assert_eq!(hears(&mut checker, message(MESSAGE)), Ok(Received::Message(1)));
    assert_eq!(hears(&mut checker, message(WIDE_MESSAGE)), Ok(Received::Message(2)));
}

#[test]
fn every_broken_rule_of_a_write_is_told() {
    type Change = fn(&mut Request);
    let cases: [(Change, &str); 12] = [
        (|r| r.requester = 0, "own ID"),
        (|r| *r = write(0x1000, 40), "Max_Payload_Size"),
        (|r| *r = write(0x1fe0, 16), "across 4 KiB"),
        (|r| r.attributes.bits = 2, "an attribute"),
        (|r| r.attributes.bits = 1, "an attribute"),
        (|r| r.attributes.class = 1, "a traffic class"),
        (|r| r.poisoned = true, "poisoned"),
        (|r| r.first_enable = 14, "not enabled"),
        (|r| r.last_enable = 7, "not enabled"),
        (|r| *r = write(0x1000, 12), "whole slots"),
        (|r| *r = write(0x1010, 8), "whole slots"),
        (|r| *r = Request { requester: ENDPOINT, ..read(0x1000, 8, 15, 15) }, "other than a memory write"),
    ];
    for (change, words) in cases {
        let mut request = write(0x1000, 8);
        change(&mut request);
        let error = hears(&mut prepared(), request).expect_err(words).to_string();
        assert!(error.contains(words), "{error:?} should say {words:?}");
    }
    let narrow = Tlp::Request(Request { wide: true, ..write(0x1000, 8) }).encode();
    assert!(prepared().received(&narrow).is_err(), "four doublewords of header below 4 GiB");
}

#[test]
fn every_broken_rule_of_a_message_is_told() {
    let told = |checker: &mut Checker, request: Request, words: &str| {
        let error = hears(checker, request).expect_err(words).to_string();
        assert!(error.contains(words), "{error:?} should say {words:?}");
    };
    let wrong_data = Request { data: vec![0x40], ..message(MESSAGE) };
    told(&mut prepared(), wrong_data, "vector's data");
    told(&mut prepared(), write(MESSAGE.address, 8), "more than one doubleword");
    told(&mut prepared(), message(Vector { address: MESSAGE.address + 4, ..MESSAGE }), "nor a message");
    let mut checker = prepared();
    checker.configure(Settings { messages: false, ..ALLOWED });
    checker.quiet();
    told(&mut checker, message(MESSAGE), "without MSI-X Enable");
    assert!(hears(&mut checker, write(0x1000, 8)).is_ok(), "writes go on");
}

#[test]
fn what_is_forbidden_may_come_for_a_while_and_then_no_more() {
    let mut checker = prepared();
    checker.configure(FORBIDDEN);
    // Ten beats each: three doublewords of header, sixteen of data.
    let good =
        (0..100).take_while(|i| hears(&mut checker, write(0x1000 + 64 * i, 16)).is_ok()).count() as u64;
    assert!((GRACE / 10 - 1..=GRACE / 10 + 1).contains(&good), "{good}");
    let error = hears(&mut checker, write(0x1000, 8)).expect_err("it was long ago").to_string();
    assert!(error.contains("Bus Master Enable"), "{error}");
    let mut checker = prepared();
    checker.configure(FORBIDDEN);
    checker.quiet();
    assert!(hears(&mut checker, write(0x1000, 8)).is_err(), "nothing was under way");
    checker.configure(ALLOWED);
    assert!(hears(&mut checker, write(0x1000, 8)).is_ok(), "what is allowed is allowed at once");
}

#[test]
fn a_mask_holds_when_a_read_behind_it_is_answered() {
    let mut checker = prepared();
    let read = read(0x1000, 1, 15, 0);
    let answer = Tlp::Completion(completion(4, 0, 1)).encode();
    // This read was sent before.
    checker.sent(&Request { tag: 6, ..read.clone() }, ENDPOINT, 128);
    checker.sent(&write(0x1000, 1), ENDPOINT, 128);
    checker.set_vector(1, Vector { masked: true, ..MESSAGE });
    checker.sent(&read, ENDPOINT, 128);
    let before = Tlp::Completion(Completion { tag: 6, ..completion(4, 0, 1) }).encode();
    assert!(matches!(checker.received(&before), Ok(Received::Answer(_))));
    assert_eq!(hears(&mut checker, message(MESSAGE)), Ok(Received::Message(1)));
    assert!(matches!(checker.received(&answer), Ok(Received::Answer(_))));
    let error = hears(&mut checker, message(MESSAGE)).expect_err("it is masked").to_string();
    assert!(error.contains("masked vector"), "{error}");
    assert_eq!(hears(&mut checker, message(WIDE_MESSAGE)), Ok(Received::Message(2)), "another vector");
}
