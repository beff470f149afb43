//! Pull mode: LATCH freezes a head, POP removes exactly that packet, reads change nothing.

use portolan_regs::{control, map, mode, port};
use portolan_sim::Size;
use portolan_sim::raw::{Config, Raw};

/// A block with so many packets of line 0 in port 0, and others in port 1.
fn filled(edges: u32) -> Raw {
    let mut raw = Raw::open(Size::L16P4);
    for (line, port) in [(0, 0), (1, 1)] {
        raw.configure(line, Config::stream(mode::BOTH));
        raw.bind(line, port, 1);
    }
    for _ in 0..edges {
        raw.sim.set_pins(raw.sim.pins() ^ 0b11);
        raw.run(10);
    }
    raw.run(30);
    raw
}

fn bad_tags(raw: &mut Raw) -> u32 {
    control::BAD_TAGS::COUNT.get(raw.read(control::BAD_TAGS))
}

#[test]
fn a_pop_with_a_wrong_tag_does_nothing_and_is_counted() {
    let mut raw = filled(3);
    let (tag, words) = raw.latch(0, 0).expect("a packet");
    for wrong in [tag ^ 1, tag ^ 0x8000, tag.wrapping_add(1) & 0xffff] {
        raw.pop(0, wrong);
    }
    assert_eq!(bad_tags(&mut raw), 3);
    assert_eq!(raw.levels(0).0, 3);
    raw.pop(0, tag);
    assert_eq!(raw.levels(0).0, 2);
    raw.pop(0, tag);
    assert_eq!((raw.levels(0).0, bad_tags(&mut raw)), (2, 4), "a tag is good for one pop");
    let (next, after) = raw.latch(0, 0).expect("the next packet");
    assert_ne!(next, tag);
    assert_ne!(after, words);
}

#[test]
fn a_pop_without_a_latch_does_nothing() {
    let mut raw = filled(2);
    for tag in 0..4 {
        raw.pop(0, tag);
    }
    assert_eq!((raw.levels(0).0, bad_tags(&mut raw)), (2, 4));
}

#[test]
fn latch_of_an_empty_queue_finds_nothing_and_its_tag_pops_nothing() {
    let mut raw = filled(0);
    assert_eq!(raw.latch(0, 0), None);
    let status = raw.read(map::port(0) + port::HEAD_STATUS);
    raw.run(5);
    raw.sim.set_pins(1);
    raw.run(40);
    raw.pop(0, port::HEAD_STATUS::TAG.get(status));
    assert_eq!((raw.levels(0).0, bad_tags(&mut raw)), (1, 1));
}

#[test]
fn a_latched_head_stays_while_packets_arrive_and_reads_change_nothing() {
    let mut raw = filled(1);
    let (tag, words) = raw.latch(0, 0).expect("a packet");
    for _ in 0..30 {
        raw.sim.set_pins(raw.sim.pins() ^ 0b11);
        raw.run(10);
        let again: Vec<u32> =
            (0..words.len() as u32).map(|i| raw.read(map::port(0) + port::HEAD + 4 * i)).collect();
        assert_eq!(again, words);
    }
    let (same_tag_or_new, same) = raw.latch(0, 0).expect("still the head");
    assert_eq!(same, words, "latching again finds the same packet");
    let queued = raw.levels(0).0;
    raw.pop(0, same_tag_or_new);
    assert_eq!(raw.levels(0).0, queued - 1);
    raw.pop(0, tag);
    assert_eq!(raw.levels(0).0, queued - 1);
}

#[test]
fn ports_and_classes_latch_apart() {
    let mut raw = filled(2);
    raw.post(0, &[7; 12]);
    let (tag0, words0) = raw.latch(0, 0).expect("port 0");
    let (tag1, words1) = raw.latch(1, 0).expect("port 1");
    assert_ne!(words0, words1);
    assert_eq!(raw.read(map::port(0) + port::HEAD + 16), words0[4], "port 0 still shows its own");
    raw.pop(0, tag0);
    assert_eq!((raw.levels(0), raw.levels(1)), ((1, 1), (2, 0)));
    raw.pop(1, tag1);
    assert_eq!((raw.levels(0), raw.levels(1)), ((1, 1), (1, 0)));
    let (_, user) = raw.latch(0, 1).expect("the user packet");
    assert_eq!(user[..12], [7; 12]);
    assert_eq!(raw.pull(0).map(|p| p.line), Some(0), "a latch of one class does not hide the other");
    assert_eq!(raw.levels(0), (0, 1));
}

#[test]
fn check_and_sequence_read_zero() {
    let mut raw = filled(1);
    let (_, words) = raw.latch(0, 0).expect("a packet");
    assert_eq!(portolan_regs::slot::CHECK.get(words[portolan_regs::slot::BINDING]), 0);
    assert_eq!(words[portolan_regs::slot::SEQUENCE], 0);
}
