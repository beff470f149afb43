//! Rings against queues that never end and a sink that is always ready: how many clocks carry a beat, and what
//! the beats say.

use portolan_regs::slot;
use rust_hdl::prelude::*;

use super::Rings;
use crate::axi::settle;

/// What the sink saw.
#[derive(Default)]
struct Seen {
    beats: Vec<u64>,
    /// Beats of each burst, as told and as counted.
    bursts: Vec<(u64, u64)>,
    addresses: Vec<u64>,
    /// Clocks from the first beat to the last.
    clocks: u64,
}

type Small = Rings<4, 2>;

fn clock(rings: &mut Small) {
    rings.clock.next = Clock { clk: true };
    assert!(settle(rings, 100));
    rings.clock.next = Clock { clk: false };
    assert!(settle(rings, 100));
}

fn write(rings: &mut Small, data: u64, pulse: impl Fn(&mut Small) -> &mut Signal<In, Bit>) {
    rings.data.next = data.into();
    pulse(rings).next = true;
    rings.bus_acts.next = true;
    clock(rings);
    pulse(rings).next = false;
    rings.bus_acts.next = false;
    clock(rings);
}

/// Runs a ring of 2^16 slots whose queue never ends, with bursts of at most so many beats.
fn run(user: bool, limit: u64, clocks: u64) -> Seen {
    let mut rings = Small::new();
    rings.connect_all();
    rings.user.next = user;
    rings.port.next = 1.into();
    rings.write_limit.next = limit.into();
    rings.write_ready.next = true;
    rings.command_taken.next = true;
    rings.level.next = 60.into();
    rings.user_level.next = 60.into();
    for _ in 0..4 {
        clock(&mut rings);
    }
    write(&mut rings, 0x7000_1000, |rings| &mut rings.write_base_low);
    write(&mut rings, 0x12, |rings| &mut rings.write_base_high);
    write(&mut rings, 0xabcd_0000, |rings| &mut rings.write_first_sequence);
    write(&mut rings, 0x1001, |rings| &mut rings.write_control);
    assert!(rings.is_enabled.val());
    let mut seen = Seen::default();
    let mut first = None;
    for at in 0..clocks {
        let valid = rings.write_valid.val();
        if valid {
            seen.clocks = at - *first.get_or_insert(at) + 1;
            if rings.write_first.val() {
                seen.bursts.push((rings.write_beats.val().to_u64(), 0));
                seen.addresses.push(rings.write_address.val().to_u64());
            }
            seen.bursts.last_mut().expect("a burst begins with its first beat").1 += 1;
            seen.beats.push(rings.write_data.val().to_u64());
        }
        let last = valid && rings.write_last.val();
        clock(&mut rings);
        rings.write_done.next = last;
    }
    seen
}

/// The shortest limit is eight beats. Bursts of one slot, of several rings, are for simulations with a bus around.
#[test]
fn bursts_of_every_limit_use_nearly_every_clock() {
    for (user, limit) in [(false, 8), (false, 16), (false, 64), (true, 8), (true, 16), (true, 64)] {
        let seen = run(user, limit, 900);
        let share = seen.beats.len() as f64 / seen.clocks as f64;
        println!("user {user}, {limit} beats a burst: {:.1} % of the clocks", 100.0 * share);
        assert!(share >= 0.95, "user {user}, limit {limit}: {share}");
        let (_, whole) = seen.bursts.split_last().expect("bursts");
        let full = whole.iter().filter(|(told, _)| *told == limit).count();
        assert!(10 * full >= 9 * whole.len(), "bursts are as long as they may be: {whole:?}");
    }
}

#[test]
fn bursts_are_told_as_they_are_and_follow_each_other_within_pages() {
    for (user, limit) in [(false, 12), (false, 40), (true, 24)] {
        let seen = run(user, limit, 700);
        let (_, whole) = seen.bursts.split_last().expect("bursts");
        let mut address = 0x12_7000_1000;
        for ((told, counted), at) in whole.iter().zip(&seen.addresses) {
            assert_eq!((told, address), (counted, *at));
            assert!(*told <= limit && at % 4096 + 8 * told <= 4096, "{at:#x}, {told} beats");
            address += 8 * told;
        }
    }
}

#[test]
fn a_slot_has_its_check_and_its_sequence_number_last() {
    for (user, words) in [(false, slot::INTERRUPT_WORDS), (true, slot::USER_WORDS)] {
        let seen = run(user, 16, 300);
        for (number, beats) in seen.beats.chunks_exact(words / 2).enumerate() {
            let slot: Vec<u32> = beats.iter().flat_map(|beat| [*beat as u32, (beat >> 32) as u32]).collect();
            assert_eq!(slot[words - 1], 0xabcd_0000 + number as u32);
            assert_eq!(slot::CHECK.get(slot[words - 3]), u32::from(slot::check(&slot)), "{slot:x?}");
        }
    }
}
