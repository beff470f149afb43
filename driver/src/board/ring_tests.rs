//! A ring against a device that writes as it should, and against one that does not.

use std::sync::Arc;
use std::thread;

use portolan_regs::slot::{GENERATION, USER_WORDS};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const SLOTS: u32 = 64;

/// A ring that is ready for `first`.
fn ring<const WORDS: usize>(first: u32) -> Ring<WORDS> {
    let mut ring = Ring::new(SLOTS, Memory::new(Ring::<WORDS>::bytes(SLOTS)).unwrap());
    ring.prepare(first);
    ring
}

/// A slot with `word` in all words but the last, which fits.
fn slot<const WORDS: usize>(sequence: u32, word: u32) -> [u32; WORDS] {
    let mut words = [word; WORDS];
    words[Ring::<WORDS>::SEQUENCE] = sequence;
    let binding = &mut words[Ring::<WORDS>::BINDING];
    *binding = GENERATION.get(*binding);
    words[Ring::<WORDS>::BINDING] |= CHECK.put(u32::from(check(&words)));
    words
}

/// Of an interrupt packet.
fn edge(sequence: u32, word: u32) -> [u32; INTERRUPT_WORDS] {
    slot(sequence, word)
}

/// What a device puts in a place, the sequence number last.
fn put<const WORDS: usize>(memory: &Memory, place: u32, words: &[u32; WORDS]) {
    let place = &memory.words()[place as usize * WORDS..][..WORDS];
    for (place, word) in place.iter().zip(words).take(Ring::<WORDS>::SEQUENCE) {
        place.store(word.to_le(), Ordering::Relaxed);
    }
    place[Ring::<WORDS>::SEQUENCE].store(words[Ring::<WORDS>::SEQUENCE].to_le(), Ordering::Release);
}

/// As a device should.
fn write<const WORDS: usize>(memory: &Memory, words: &[u32; WORDS]) {
    put(memory, words[Ring::<WORDS>::SEQUENCE] % SLOTS, words);
}

fn slots_come_out_as_they_were_written<const WORDS: usize>() {
    // Over the end of the ring, and of the numbers.
    let first = u32::MAX - 2 * SLOTS - 3;
    let mut ring = ring::<WORDS>(first);
    for turn in 0..4 * SLOTS {
        assert_eq!(ring.take(), Ok(None));
        let sequence = first.wrapping_add(turn);
        let words = slot(sequence, turn);
        write(&ring.memory, &words);
        assert_eq!(ring.count(), Ok(1));
        assert_eq!(ring.take(), Ok(Some(words)));
    }
}

#[test]
fn interrupt_slots_come_out_as_they_were_written() {
    slots_come_out_as_they_were_written::<INTERRUPT_WORDS>();
}

#[test]
fn user_slots_come_out_as_they_were_written() {
    slots_come_out_as_they_were_written::<USER_WORDS>();
}

#[test]
fn a_whole_ring_can_wait() {
    let mut ring = ring::<INTERRUPT_WORDS>(5);
    (0..SLOTS).for_each(|turn| write(&ring.memory, &edge(5 + turn, turn)));
    assert_eq!(ring.count(), Ok(SLOTS));
    assert!(ring.waiting().eq((0..SLOTS).map(|turn| edge(5 + turn, turn))), "they stay until they are taken");
    for turn in 0..SLOTS {
        assert_eq!(ring.take(), Ok(Some(edge(5 + turn, turn))));
        assert_eq!(ring.count(), Ok(SLOTS - 1 - turn));
    }
    assert_eq!(ring.take(), Ok(None));
}

#[test]
fn a_ring_that_is_prepared_again_forgets_what_was_in_it() {
    let mut ring = ring::<INTERRUPT_WORDS>(5);
    (0..SLOTS).for_each(|turn| write(&ring.memory, &edge(5 + turn, turn)));
    ring.prepare(0x8000_0000);
    assert_eq!(ring.take(), Ok(None));
    write(&ring.memory, &edge(0x8000_0000, 1));
    assert_eq!(ring.take(), Ok(Some(edge(0x8000_0000, 1))));
}

#[test]
fn a_slot_that_was_there_and_is_not_any_more_is_a_fault() {
    let mut ring = ring::<INTERRUPT_WORDS>(5);
    write(&ring.memory, &edge(5, 1));
    assert_eq!(ring.count(), Ok(1));
    ring.slot(5)[SEQUENCE].store(5u32.wrapping_sub(SLOTS).to_le(), Ordering::Release);
    assert!(matches!(ring.take(), Err(Fault::Sequence { expected: 5, .. })));
}

fn a_number_out_of_turn_is_a_fault<const WORDS: usize>() {
    for wrong in [6, 4, 5 + SLOTS, 5u32.wrapping_sub(2 * SLOTS), u32::MAX] {
        let mut ring = ring::<WORDS>(5);
        let mut words: [u32; WORDS] = slot(5, 1);
        words[Ring::<WORDS>::SEQUENCE] = wrong;
        put(&ring.memory, 5, &words);
        assert_eq!(ring.take(), Err(Fault::Sequence { place: 5, expected: 5, found: wrong }));
    }
}

#[test]
fn a_number_out_of_turn_in_a_ring_of_interrupts_is_a_fault() {
    a_number_out_of_turn_is_a_fault::<INTERRUPT_WORDS>();
}

#[test]
fn a_number_out_of_turn_in_a_ring_of_user_packets_is_a_fault() {
    a_number_out_of_turn_is_a_fault::<USER_WORDS>();
}

fn a_slot_with_any_one_bit_wrong_is_a_fault<const WORDS: usize>() {
    let good: [u32; WORDS] = slot(5, 0x1234_5678);
    for bit in 0..32 * WORDS {
        let mut ring = ring::<WORDS>(5);
        let mut words = good;
        words[bit / 32] ^= 1 << (bit % 32);
        put(&ring.memory, 5, &words);
        assert!(ring.take().is_err(), "bit {bit}");
    }
}

#[test]
fn an_interrupt_slot_with_any_one_bit_wrong_is_a_fault() {
    a_slot_with_any_one_bit_wrong_is_a_fault::<INTERRUPT_WORDS>();
}

#[test]
fn a_user_slot_with_any_one_bit_wrong_is_a_fault() {
    a_slot_with_any_one_bit_wrong_is_a_fault::<USER_WORDS>();
}

/// What a device writes that does whatever it likes.
fn whatever_a_device_writes_a_reader_gets_whole_slots_in_turn_or_a_fault<const WORDS: usize>() {
    let rounds = if std::env::var_os("PORTOLAN_SOAK").is_some() { 10_000_000 } else { 100_000 };
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut found, mut nothing, mut faults) = (0, 0, 0);
    let mut ring = ring::<WORDS>(0);
    for _ in 0..rounds {
        let next = ring.next;
        let mut words: [u32; WORDS] = slot(next, random.random());
        match random.random_range(0..8) {
            0 => words = std::array::from_fn(|_| random.random()),
            1 => words[random.random_range(0..WORDS)] ^= 1 << random.random_range(0..32),
            2 => words = [u32::MAX; WORDS],
            3 => words[Ring::<WORDS>::SEQUENCE] = next.wrapping_sub(SLOTS),
            4 => words = slot(next.wrapping_add(random.random_range(0..4)), random.random()),
            _ => {}
        }
        put(&ring.memory, next % SLOTS, &words);
        match ring.take() {
            Ok(Some(slot)) => {
                assert_eq!(slot, words);
                assert_eq!(slot[Ring::<WORDS>::SEQUENCE], next);
                assert_eq!(CHECK.get(slot[Ring::<WORDS>::BINDING]) as u16, check(&slot));
                found += 1;
            }
            Ok(None) => nothing += 1,
            Err(_) => {
                faults += 1;
                ring.prepare(random.random());
            }
        }
    }
    assert!(found > rounds / 3 && nothing > rounds / 20 && faults > rounds / 5, "{found} {nothing} {faults}");
}

#[test]
fn whatever_a_device_writes_a_reader_of_interrupts_gets_whole_slots_in_turn_or_a_fault() {
    whatever_a_device_writes_a_reader_gets_whole_slots_in_turn_or_a_fault::<INTERRUPT_WORDS>();
}

#[test]
fn whatever_a_device_writes_a_reader_of_user_packets_gets_whole_slots_in_turn_or_a_fault() {
    whatever_a_device_writes_a_reader_gets_whole_slots_in_turn_or_a_fault::<USER_WORDS>();
}

#[test]
fn a_reader_beside_a_writer_never_sees_half_a_slot() {
    const COUNT: u32 = 100_000;
    let mut ring = ring::<INTERRUPT_WORDS>(0);
    let (memory, taken) = (ring.memory.clone(), Arc::new(AtomicU32::new(0)));
    let device = thread::spawn({
        let taken = taken.clone();
        move || {
            for sequence in 0..COUNT {
                while sequence - taken.load(Ordering::Acquire) == SLOTS {
                    thread::yield_now();
                }
                write(&memory, &edge(sequence, sequence));
            }
        }
    });
    for sequence in 0..COUNT {
        let found = loop {
            match ring.take().unwrap() {
                Some(words) => break words,
                None => thread::yield_now(),
            }
        };
        assert_eq!(found, edge(sequence, sequence));
        taken.store(sequence + 1, Ordering::Release);
    }
    device.join().unwrap();
}
