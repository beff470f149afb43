//! The bridge from a serial line keeps its protocol (docs/uart.md), whatever the line and the bus do.
//!
//! RustHDL's model of the bridge stands between a host, who is bits on two pins and frames by libraries that know nothing
//! of it, and a bus that answers when it likes.

mod bench;
mod frames;

use bench::{Access, Answer, Bench, CLOCKS, REFUSED, REPEAT};
use frames::{frame, read, simple, write};
use portolan_regs::uart::{DAMAGED, HELLO_WORD, REPEATED, command, kind, response};

/// The answer to a request, which is the only one that comes.
#[track_caller]
fn ask(bench: &mut Bench, content: &[u8]) -> Answer {
    bench.send(&frame(content));
    let answers = bench.settle();
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers[0]
}

#[test]
fn requests_reach_the_bus_and_each_is_answered() {
    let mut bench = Bench::new(1);
    bench.registers.insert(0x100, 0xdead_0000);
    let hello = ask(&mut bench, &simple(9, command::HELLO));
    assert_eq!(
        hello,
        Answer { sequence: 9, kind: command::HELLO, response: 0, irq: false, word: Some(HELLO_WORD) }
    );
    let word = ask(&mut bench, &read(10, 0x100));
    assert_eq!((word.kind, word.response, word.word), (command::READ, response::OKAY, Some(0xdead_0000)));
    let done = ask(&mut bench, &write(11, 0x3_fffc, 0x0001_0200));
    assert_eq!(
        (done.sequence, done.kind, done.response, done.word),
        (11, command::WRITE, response::OKAY, None)
    );
    let refused = ask(&mut bench, &write(12, REFUSED, 1));
    assert_eq!(refused.response, response::SLVERR);
    assert_eq!(ask(&mut bench, &read(13, REFUSED)).response, response::SLVERR);
    assert_eq!(
        bench.accesses,
        [
            Access::Read(0x100),
            Access::Write(0x3_fffc, 0x0001_0200),
            Access::Write(REFUSED, 1),
            Access::Read(REFUSED)
        ]
    );
    // Beyond the block there is no bus.
    for address in [0x4_0000, 0xff_fffc] {
        assert_eq!(ask(&mut bench, &read(address as u8, address)).response, response::DECERR);
        assert_eq!(ask(&mut bench, &write(!address as u8, address, 5)).response, response::DECERR);
    }
    assert_eq!(bench.accesses.len(), 4);
}

#[test]
fn a_request_that_comes_again_is_answered_again_and_not_carried_out_again() {
    let mut bench = Bench::new(2);
    ask(&mut bench, &simple(0, command::HELLO));
    // Zero is the first sequence number as any other.
    for sequence in [0, 1, 2, 255] {
        let first = ask(&mut bench, &write(sequence, 0x40, u32::from(sequence)));
        for _ in 0..3 {
            assert_eq!(ask(&mut bench, &write(sequence, 0x40, u32::from(sequence))), first);
        }
    }
    assert_eq!(bench.accesses.len(), 4, "{:?}", bench.accesses);
    let first = ask(&mut bench, &read(3, 0x40));
    bench.registers.insert(0x40, 77);
    assert_eq!(ask(&mut bench, &read(3, 0x40)), first, "what was read is kept");
    assert_eq!(ask(&mut bench, &read(4, 0x40)).word, Some(77));
    let counts = ask(&mut bench, &simple(5, command::COUNTS)).word.expect("a word");
    assert_eq!((REPEATED.get(counts), DAMAGED.get(counts)), (13, 0));
    // Whoever comes anew need not know what was asked last.
    ask(&mut bench, &simple(5, command::HELLO));
    assert_eq!(ask(&mut bench, &read(5, 0x40)).kind, command::READ);
}

#[test]
fn no_flipped_bit_is_believed_and_each_damaged_frame_is_counted() {
    let mut bench = Bench::new(3);
    let good = frame(&write(0x55, 0x100, 0x1200_0034));
    let mut damaged = 0;
    for bit in 0..8 * good.len() {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // A flipped delimiter joins the frame with the next one, which is empty here.
        bytes.push(0);
        bench.send(&bytes);
        let answers = bench.settle();
        // A byte that became a delimiter makes two frames of one.
        let pieces = bytes.split(|byte| *byte == 0).filter(|piece| !piece.is_empty()).count();
        damaged += pieces as u32;
        assert!(!answers.is_empty() && answers.iter().all(|answer| answer.kind == kind::NAK), "{answers:?}");
    }
    assert_eq!(bench.accesses, []);
    let counts = ask(&mut bench, &simple(1, command::COUNTS)).word.expect("a word");
    assert_eq!(DAMAGED.get(counts), damaged);
    // And the frame itself was a good one.
    bench.send(&good);
    bench.settle();
    assert_eq!(bench.accesses, [Access::Write(0x100, 0x1200_0034)]);
}

#[test]
fn after_any_garbage_the_frame_behind_a_delimiter_is_answered() {
    let mut bench = Bench::new(4);
    for round in 0..60_u8 {
        let length = bench.below(30);
        for _ in 0..length {
            let clocks = bench.clocks(30);
            match bench.below(8) {
                0 => bench.wire(&[(false, clocks), (true, CLOCKS)]),
                1 => bench.wire(&[(false, 1), (true, clocks)]),
                _ => {
                    let byte = bench.below(256) as u8;
                    bench.send(&[byte]);
                }
            }
        }
        // What was cut in the middle of a byte ends with the line at rest.
        bench.wire(&[(true, 12 * CLOCKS)]);
        bench.send(&[0]);
        bench.settle();
        bench.accesses.clear();
        let address = 4 * u32::from(round);
        bench.send(&frame(&read(round, address)));
        let answers = bench.settle();
        let last = answers.last().expect("it is answered");
        assert_eq!((last.sequence, last.kind), (round, command::READ), "{answers:?}");
        assert_eq!(bench.accesses, [Access::Read(address)]);
    }
}

#[test]
fn frames_back_to_back_are_answered_however_long_the_bus_takes() {
    let mut bench = Bench::new(5);
    for round in 0..100_u32 {
        bench.stall = [0, 1, 7, 400][round as usize % 4];
        let address = 4 * bench.below(1 << 16) as u32;
        let value = bench.below(1 << 32) as u32;
        // Sent in the clock in which the last bit of the answer before has come.
        bench.send(&frame(&write(2 * round as u8, address, value)));
        let done = bench.answer();
        assert_eq!((done.sequence, done.response), (2 * round as u8, response::OKAY));
        bench.send(&frame(&read(2 * round as u8 + 1, address)));
        let word = bench.answer();
        assert_eq!((word.sequence, word.word), (2 * round as u8 + 1, Some(value)));
    }
    assert_eq!(bench.accesses.len(), 200);
}

#[test]
fn a_request_that_comes_again_while_the_bus_is_slow_is_carried_out_once() {
    let mut bench = Bench::new(6);
    bench.stall = 4_000;
    bench.send(&frame(&write(7, 0x20, 1)));
    bench.send(&frame(&write(7, 0x20, 1)));
    let answers = bench.settle();
    assert!(
        answers.iter().all(|answer| (answer.sequence, answer.kind) == (7, command::WRITE)),
        "{answers:?}"
    );
    assert!(!answers.is_empty());
    assert_eq!(bench.accesses, [Access::Write(0x20, 1)]);
}

#[test]
fn the_interrupt_is_told_at_once_and_again_while_nobody_sees_to_it() {
    let mut bench = Bench::new(7);
    bench.irq = true;
    let first = bench.answer();
    assert_eq!((first.kind, first.irq, first.word), (kind::NOTICE, true, None));
    assert!(bench.clock < 100 * CLOCKS, "{}", bench.clock);
    let begin = bench.clock;
    for _ in 0..3 {
        assert_eq!(bench.answer().kind, kind::NOTICE);
    }
    let apart = (bench.clock - begin) / 3;
    assert!((REPEAT..REPEAT + 10).contains(&apart), "{apart} clocks apart");
    // An answer tells it too, so no notice is due for a while.
    bench.send(&frame(&read(1, 4)));
    assert!(bench.answer().irq);
    bench.irq = false;
    assert_eq!(bench.settle(), []);
    bench.send(&frame(&read(2, 4)));
    assert!(!bench.answer().irq);
    // Up again: news again.
    bench.irq = true;
    assert_eq!(bench.answer().kind, kind::NOTICE);
}

#[test]
fn a_host_two_percent_too_fast_or_too_slow_is_understood() {
    for thousandths in [980, 1020] {
        let mut bench = Bench::with_clocks(8, 100);
        bench.bit = 100 * thousandths / 1000;
        for sequence in 0..3 {
            bench.send(&frame(&write(sequence, 0x55a8, 0x00ff_55aa)));
            assert_eq!(bench.answer().sequence, sequence);
        }
        assert_eq!(bench.accesses.len(), 3);
    }
}

#[test]
fn reset_in_mid_traffic_leaves_nothing_behind() {
    let mut bench = Bench::new(9);
    for round in 0..40 {
        bench.stall = u64::from(round);
        bench.send(&frame(&write(1, 0x30, round)));
        let until = bench.clock + bench.clocks(1_500);
        while bench.clock < until {
            bench.step();
        }
        bench.reset();
        bench.accesses.clear();
        // The same number is not taken for a repeated one.
        bench.send(&frame(&write(1, 0x34, round)));
        assert_eq!(bench.answer().sequence, 1);
        assert_eq!(bench.accesses, [Access::Write(0x34, round)]);
        assert_eq!(bench.settle(), []);
    }
}
