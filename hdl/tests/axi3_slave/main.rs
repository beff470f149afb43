//! The AXI3 slave keeps the protocol and does with every burst what AXI3 says, whatever the master and the register
//! bus do.
//!
//! A master with random idle and back-pressure on all five channels sends random bursts, right and wrong, to RustHDL's
//! model of the slave; the register bus behind it answers after a random time. What each burst must do is worked out
//! here from IHI 0022H, not from the RTL. Checked each cycle: stability, order, IDs, one answer per write burst and per
//! read beat, and that no output moves between clock edges. Faults planted in what the slave shows must be found.

mod bench;
mod burst;

use std::panic::{AssertUnwindSafe, catch_unwind};

use bench::{Bench, Fault};
use burst::{Burst, FIXED, INCR, WRAP};

const WIDTH: usize = 14;
const IDS: usize = 12;
/// Addresses from here on are refused by the register bus.
const REFUSED: u64 = 0x3000;

#[test]
fn every_burst_does_what_axi3_says_and_is_answered_once_in_order() {
    let rates = [256, 230, 128, 30];
    let (mut both, mut refused, mut first) = (0, 0, 0);
    for (i, offer) in rates.into_iter().enumerate() {
        for (j, take) in rates.into_iter().enumerate() {
            for (k, answer) in rates.into_iter().enumerate() {
                let mut bench = Bench::new((100 * i + 10 * j + k) as u64);
                bench.reset();
                (bench.offer, bench.answer) = (offer, answer);
                (bench.take_b, bench.take_r) = (take, rates[3 - j]);
                bench.queue_random(40, 40);
                bench.run(40, 40);
                for _ in 0..50 {
                    bench.cycle();
                }
                assert_eq!((bench.writes_done, bench.reads_done), (40, 40), "an answer too many");
                assert!(bench.write_requests.is_empty() && bench.read_requests.is_empty(), "a beat too few");
                both += bench.both_in_flight;
                refused += bench.refused;
                first += bench.data_first;
            }
        }
    }
    assert!(both > 10_000, "a write and a read were in flight at once in only {both} cycles");
    assert!((500..2000).contains(&refused), "{refused} of 2560 writes were refused");
    assert!(first > 500, "{first} beats of data came before their address");
}

#[test]
fn each_fault_that_is_planted_in_what_the_slave_shows_is_found() {
    let run = |fault: Option<Fault>| {
        let mut bench = Bench::new(17);
        bench.reset();
        bench.fault = fault;
        bench.queue_random(60, 60);
        bench.run(60, 60);
        for _ in 0..50 {
            bench.cycle();
        }
    };
    run(None);
    let faults = [
        Fault::WriteId,
        Fault::ReadId,
        Fault::LastNever,
        Fault::LastAlways,
        Fault::ErrorHidden,
        Fault::ErrorMadeUp,
        Fault::AddressOff,
        Fault::StrobeWide,
        Fault::AnswerTwice,
    ];
    for fault in faults {
        assert!(catch_unwind(AssertUnwindSafe(|| run(Some(fault)))).is_err(), "{fault:?} was not found");
    }
}

#[test]
fn a_burst_of_every_kind_size_and_length_from_every_alignment_visits_its_addresses() {
    for kind in [FIXED, INCR, WRAP, 3] {
        let mut bench = Bench::fast(kind);
        bench.wrong = u64::MAX;
        let mut bursts = 0;
        for size in 0..4 {
            for length in 0..16 {
                for start in [0x0ac0, 0x0ffc, 0x1fc0] {
                    for low in 0..8 {
                        let address = start + low * (1 + 2 * length) % 64;
                        let burst = Burst {
                            id: (address ^ length) % (1 << IDS),
                            address,
                            length,
                            size,
                            kind,
                            lock: size,
                        };
                        bench.queue_write(burst);
                        bench.queue_read(burst);
                        bursts += 1;
                    }
                }
            }
        }
        bench.run(bursts, bursts);
        assert!(bench.write_requests.is_empty() && bench.read_requests.is_empty(), "a beat too few");
        let legal = bursts - bench.refused;
        assert!(if kind == 3 { legal == 0 } else { legal > 60 }, "kind {kind}: {legal} of {bursts} legal");
    }
}

#[test]
fn a_master_that_takes_no_write_responses_can_still_read_and_the_other_way_round() {
    for write in [true, false] {
        let mut bench = Bench::new(7);
        bench.reset();
        (bench.take_b, bench.take_r) = if write { (0, 256) } else { (256, 0) };
        bench.queue_random(3, 3);
        bench.run(if write { 0 } else { 3 }, if write { 3 } else { 0 });
        for _ in 0..300 {
            bench.cycle();
        }
        let (stalled, free) = (bench.writes_done, bench.reads_done);
        assert_eq!(if write { (stalled, free) } else { (free, stalled) }, (0, 3));
        (bench.take_b, bench.take_r) = (256, 256);
        bench.run(3, 3);
    }
}

#[test]
fn address_first_and_data_first_give_the_same_write() {
    for address_first in [true, false] {
        let mut bench = Bench::fast(3);
        bench.wrong = u64::MAX;
        bench.queue_write(Burst { id: 5, address: 0x104, length: 15, size: 2, kind: INCR, lock: 0 });
        let late = (std::mem::take(&mut bench.writes), std::mem::take(&mut bench.beats));
        if address_first {
            bench.writes = late.0.clone();
        } else {
            bench.beats = late.1.clone();
        }
        for _ in 0..20 {
            bench.cycle();
            assert!(bench.writing.is_none(), "a write started with one half of it");
        }
        assert_eq!((bench.writes_taken, bench.beats_taken), if address_first { (1, 0) } else { (0, 1) });
        if address_first {
            bench.beats = late.1;
        } else {
            bench.writes = late.0;
        }
        bench.run(1, 0);
    }
}

#[test]
fn a_reset_in_mid_burst_leaves_nothing_behind() {
    let mut bench = Bench::new(11);
    bench.reset();
    for round in 0..500 {
        bench.queue_random(10, 10);
        for _ in 0..bench.random.below(100) {
            bench.cycle();
        }
        bench.reset();
        assert!(bench.writes_done == 0 && bench.writing.is_none());
        bench.queue_random(2, 2);
        let cycles = bench.run(2, 2);
        assert!(cycles > 4, "round {round}: answered by what was there before the reset");
        bench.reset();
    }
}

#[test]
fn an_idle_register_bus_takes_a_beat_every_three_cycles() {
    let single = Burst { id: 1, address: 0x10, length: 0, size: 2, kind: INCR, lock: 0 };
    for (write, burst, cycles) in [
        (true, single, 4),
        (false, single, 4),
        (true, Burst { length: 15, ..single }, 49),
        (false, Burst { length: 15, ..single }, 34),
    ] {
        let mut bench = Bench::fast(5);
        bench.wrong = u64::MAX;
        let took = if write {
            bench.queue_write(burst);
            bench.run(1, 0)
        } else {
            bench.queue_read(burst);
            bench.run(0, 1)
        };
        assert_eq!(took, cycles, "{burst:?}, write {write}");
    }
}
