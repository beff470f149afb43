//! Reads and writes do what the registers say, whatever their length, alignment, byte enables and header.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use portolan_regs::{Access, control, line, map, port_control, vector};
use portolan_sim::Size;
use portolan_sim::pcie::root::{BAR, Root, memory};
use portolan_sim::pcie::tlp::{Attributes, Operation, Request, Status};
use portolan_sim::raw::seed;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::registers::registers;
use crate::{links, rounds};

/// Bytes of the window.
const WINDOW: u32 = 1 << 18;

/// What reads of the whole window give, as far as it stands still.
struct Reference {
    /// Doublewords that hold what is written, with the bits that they have.
    plain: BTreeMap<u32, u32>,
    words: BTreeMap<u32, u32>,
    registers: BTreeMap<u32, Access>,
}

impl Reference {
    fn new(root: &mut Root, size: Size) -> Reference {
        let mut plain = BTreeMap::from([(control::SCRATCH, u32::MAX), (control::IRQ_ENABLE, 1)]);
        plain.extend((0..size.lines()).map(|l| (map::line(l) + line::CONFIG, 0xff1f)));
        plain.extend(
            (0..size.ports()).map(|p| (map::port_control(p) + port_control::MODERATION, 0xffff_00ff)),
        );
        plain.insert(control::ERROR_VECTOR, 0xff);
        plain.extend((0..size.ports()).map(|p| (map::port_control(p) + port_control::VECTOR, 0xff)));
        for number in 0..=size.ports() {
            let entry = map::vector(number);
            plain.extend([(entry, !3), (entry + 4, u32::MAX), (entry + vector::DATA, u32::MAX)]);
            plain.insert(entry + vector::CONTROL, 1);
        }
        let mut words: BTreeMap<u32, u32> = plain.keys().map(|offset| (*offset, 0)).collect();
        words.insert(control::ERROR_VECTOR, size.ports());
        words.extend((0..size.ports()).map(|p| (map::port_control(p) + port_control::VECTOR, p)));
        words.extend((0..=size.ports()).map(|number| (map::vector(number) + vector::CONTROL, 1)));
        for offset in (control::ID..=control::HASH).step_by(4) {
            words.insert(offset, root.read_register(offset).expect("a read"));
        }
        for offset in (control::CAP_SIZE..=control::CAP_VECTORS).step_by(4) {
            words.insert(offset, root.read_register(offset).expect("a read"));
        }
        assert_eq!(words[&control::ID], portolan_regs::ID);
        assert_eq!(words[&control::HASH], portolan_regs::LAYOUT_HASH);
        let registers = registers(size, true, true);
        let commands = registers.iter().filter(|(_, access)| **access == Access::Command);
        words.extend(commands.map(|(offset, _)| (*offset, 0)));
        Reference { plain, words, registers }
    }

    /// What a read of this doubleword gives; none when it moves.
    fn read(&self, offset: u32) -> Option<u32> {
        match self.words.get(&offset) {
            Some(word) => Some(*word),
            None if self.registers.contains_key(&offset) => None,
            None => Some(0),
        }
    }

    fn write(&mut self, offset: u32, word: u32, enables: u8) {
        if let Some(bits) = self.plain.get(&offset) {
            let old = self.words[&offset];
            let mask = mask(enables);
            self.words.insert(offset, (old & !mask | word & mask) & bits);
        }
    }
}

fn mask(enables: u8) -> u32 {
    (0..4).filter(|i| enables >> i & 1 != 0).fold(0, |mask, i| mask | 0xff << (8 * i))
}

/// A legal request of random length, alignment and byte enables (Base 2.2.5, 2.2.7), beginning at `offset`.
fn random_request(random: &mut ChaCha8Rng, base: u64, offset: u32, longest: u32) -> Request {
    let room = 1024 - (offset / 4) % 1024;
    let longest = longest.min(room);
    let words =
        if random.random_range(0..8) == 0 { longest } else { random.random_range(1..=longest) } as u16;
    let operation = if random.random() { Operation::Read } else { Operation::Write };
    let (first_enable, last_enable) = match words {
        1 => (random.random_range(0..16), 0),
        2 if offset.is_multiple_of(8) => (random.random_range(1..16), random.random_range(1..16)),
        _ => (15 << random.random_range(0..4) & 15, 15 >> random.random_range(0..4)),
    };
    let data = match operation {
        Operation::Write => (0..words).map(|_| random.random()).collect(),
        _ => Vec::new(),
    };
    Request {
        first_enable,
        last_enable,
        attributes: Attributes { class: random.random_range(0..8), bits: random.random_range(0..8) },
        poisoned: false,
        ..memory(operation, base + u64::from(offset), words, data)
    }
}

/// An offset: half of them where something is.
fn random_offset(random: &mut ChaCha8Rng, size: Size) -> u32 {
    match random.random_range(0..7) {
        0 => random.random_range(0..WINDOW / 4) * 4,
        1 => random.random_range(0..40) * 4,
        2 => control::SCRATCH,
        3 => map::line(random.random_range(0..size.lines())) + 4 * random.random_range(0..8),
        4 => map::port_control(random.random_range(0..size.ports())) + 4 * random.random_range(0..4),
        5 => map::vector(random.random_range(0..=size.ports())) + 4 * random.random_range(0..4),
        _ => map::port(random.random_range(0..size.ports())) + 4 * random.random_range(0..48),
    }
}

/// What a random test has seen.
#[derive(Debug, Default)]
struct Seen {
    reads: u64,
    writes: u64,
    words: u64,
    compared: u64,
    nothing: u64,
    most_completions: usize,
    payloads: BTreeSet<usize>,
}

fn random_traffic(size: Size, base: u64, seed: u64, seen: &mut Seen) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let link = links()[seed as usize % links().len()];
    let mut root = Root::open(size, link, seed).expect("the top comes up");
    // Rings that these writes enable by chance are to write nothing.
    root.inputs.command &= !4;
    let mut reference = Reference::new(&mut root, size);
    for _ in 0..6 {
        let payload = [128, 256, 512][random.random_range(0..3)];
        root.set_payload(payload);
        // Any function of any bus: the ID is taken from the configuration signals at any time.
        root.inputs.bus = random.random();
        root.inputs.device = random.random_range(0..32);
        root.run(4).expect("settings settle");
        let mut waiting = Vec::new();
        for _ in 0..12 {
            let longest = [1, 2, 4, 40, 1024][random.random_range(0..5)];
            let offset = random_offset(&mut random, size);
            let mut request = random_request(&mut random, base, offset, longest);
            if request.operation == Operation::Write {
                // A reset in the middle would be another test.
                request.data.iter_mut().for_each(|word| *word &= !0x4000_0000);
                for (i, word) in request.data.iter().enumerate() {
                    reference.write(offset + 4 * i as u32, *word, request.enables(i as u16));
                }
                seen.writes += 1;
                root.send(request, 1).expect("a write");
            } else {
                let expected: Vec<Option<u32>> =
                    (0..request.words).map(|i| reference.read(offset + 4 * u32::from(i))).collect();
                seen.reads += 1;
                seen.nothing += u64::from(request.first_enable == 0);
                waiting.push((root.send(request, 1).expect("a read"), expected));
            }
        }
        for (tag, expected) in waiting {
            let answer = root.wait(tag).unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
            assert_eq!(answer.status, Status::Successful);
            assert_eq!(answer.data.len(), expected.len());
            seen.words += expected.len() as u64;
            seen.most_completions = seen.most_completions.max(answer.completions);
            if expected.len() > 128 {
                seen.payloads.insert(payload);
            }
            for (i, (word, expected)) in answer.data.iter().zip(expected).enumerate() {
                let mask = mask(answer.request.enables(i as u16));
                if let Some(expected) = expected {
                    let offset = answer.request.address + 4 * i as u64;
                    assert_eq!(word & mask, expected & mask, "seed {seed}: {offset:#x}");
                    seen.compared += 1;
                }
            }
        }
    }
    assert_eq!(root.reports, Default::default(), "nothing to report");
    assert_eq!(root.outstanding(), 0);
}

#[test]
fn requests_of_any_length_and_alignment_do_what_the_registers_say() {
    let seed = seed(1);
    let mut seen = Seen::default();
    for round in 0..rounds(24) {
        let size = Size::ALL[round as usize % 4];
        let base = if round % 2 == 0 { BAR } else { 0x12_3400_0000 + u64::from(round) * 0x4_0000 };
        random_traffic(size, base, seed + u64::from(round), &mut seen);
    }
    println!("{seen:?}");
    assert!(seen.reads > 500 && seen.writes > 500 && seen.nothing > 5, "{seen:?}");
    assert!(seen.compared > seen.words / 2, "{seen:?}");
    assert_eq!((seen.most_completions, seen.payloads.len()), (32, 3), "{seen:?}");
}

#[test]
fn a_page_read_by_one_request_is_the_page_read_word_by_word() {
    let mut root = Root::open(Size::L4P1, links()[0], 1).expect("the top comes up");
    for page in [0x0000, 0x8000, 0x3_0000] {
        let single: Vec<u32> = (0..1024).map(|i| root.read_register(page + 4 * i).expect("a read")).collect();
        for (payload, completions) in [(128, 32), (256, 16), (512, 8)] {
            root.set_payload(payload);
            root.run(4).expect("settings settle");
            let request = memory(Operation::Read, BAR + u64::from(page), 1024, Vec::new());
            let tag = root.send(request, 1).expect("a read");
            let answer = root.wait(tag).expect("an answer");
            assert_eq!(answer.completions, completions, "as few as Max_Payload_Size allows");
            // Ticks, and the count of holes.
            let moves = |i: usize| page == 0 && [4, 12, 13, 23].contains(&i);
            for i in (0..1024).filter(|i| !moves(*i)) {
                assert_eq!(answer.data[i], single[i], "{:#x}", page + 4 * i as u32);
            }
        }
    }
}

#[test]
fn a_large_max_payload_size_is_used_up_to_512_bytes() {
    let mut root = Root::open(Size::L4P1, links()[0], 1).expect("the top comes up");
    root.set_payload(4096);
    root.run(4).expect("settings settle");
    let tag = root.send(memory(Operation::Read, BAR, 1024, Vec::new()), 1).expect("a read");
    assert_eq!(root.wait(tag).expect("an answer").completions, 8);
}

#[test]
fn holes_read_zero_and_each_is_counted() {
    let mut root = Root::open(Size::L4P1, links()[0], 1).expect("the top comes up");
    let before = root.read_register(control::HOLES).expect("a read");
    assert_eq!(root.read(0x2_0000, 1024).expect("a read"), vec![0; 1024]);
    root.write(0x2_0000, &[u32::MAX; 30]).expect("a write");
    // Nothing is read or written where no byte is enabled.
    let nothing = |operation, data| portolan_sim::pcie::tlp::Request {
        first_enable: 0,
        ..memory(operation, BAR + 0x2_0000, 1, data)
    };
    let tag = root.send(nothing(Operation::Read, Vec::new()), 1).expect("a read");
    assert_eq!(root.wait(tag).expect("an answer").data, [0]);
    root.send(nothing(Operation::Write, vec![1]), 1).expect("a write");
    assert_eq!(root.read_register(control::HOLES).expect("a read") - before, 1054);
}

#[test]
fn a_read_sees_every_write_before_it_and_flushes_it() {
    for link in links() {
        let mut root = Root::open(Size::L4P1, link, 3).expect("the top comes up");
        for value in 1..40 {
            root.write(control::SCRATCH, &[value]).expect("a write");
            if value % 2 == 0 {
                assert_eq!(root.read_register(control::SCRATCH).expect("a read"), value);
            } else {
                let flush = Request {
                    first_enable: 0,
                    ..memory(Operation::Read, BAR + u64::from(control::SCRATCH), 1, Vec::new())
                };
                let tag = root.send(flush, 1).expect("a flush");
                root.wait(tag).expect("an answer");
            }
        }
        // Commands take as long as they take; the read waits for them.
        root.write(control::RESET, &[portolan_regs::RESET_KEY]).expect("a write");
        assert_eq!(root.read_register(control::SCRATCH).expect("a read"), 0);
    }
}

#[test]
fn a_register_read_takes_few_clocks() {
    let mut root = Root::open(Size::L4P1, links()[0], 1).expect("the top comes up");
    root.read_register(control::ID).expect("a read");
    let before = root.user_clocks();
    root.read_register(control::ID).expect("a read");
    let clocks = root.user_clocks() - before;
    println!("a register read, from its first beat to the end of its completion: {clocks} clocks");
    assert!(clocks <= 30, "{clocks}");
}
