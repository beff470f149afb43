//! The AXI4-Lite bus: identity, strobes, holes, order of the channels, back-pressure; at every size.

#[path = "common/registers.rs"]
mod registers;

use portolan_regs::{Access, control, line, map, port, port_control};
use portolan_sim::axi::memory::Speed;
use portolan_sim::axi::{Response, Timing};
use portolan_sim::raw::{Raw, seed};
use portolan_sim::{NS_PER_TICK, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use registers::registers;

/// A block with or without rings.
fn open(size: Size, rings: bool) -> Raw {
    if rings { Raw::with_rings(size, Speed::FAST) } else { Raw::open(size) }
}

fn holes(raw: &mut Raw) -> u32 {
    raw.read(control::HOLES)
}

#[test]
fn a_block_says_what_it_is() {
    for size in Size::ALL {
        let mut raw = Raw::open(size);
        assert_eq!(raw.read(control::ID), portolan_regs::ID);
        assert_eq!(raw.read(control::VERSION), portolan_regs::VERSION);
        assert_eq!(raw.read(control::HASH), portolan_regs::LAYOUT_HASH);
        let sizes = raw.read(control::CAP_SIZE);
        assert_eq!(control::CAP_SIZE::LINES.get(sizes), size.lines());
        assert_eq!(control::CAP_SIZE::PORTS.get(sizes), size.ports());
        assert_eq!(u64::from(raw.read(control::CAP_CLOCK)), 1_000_000_000 / NS_PER_TICK);
        let depth = raw.read(control::CAP_DEPTH);
        assert!(control::CAP_DEPTH::INTERRUPT.get(depth) > size.lines(), "a place for each line, and more");
        let features = raw.read(control::CAP_FEATURES);
        assert_eq!(control::CAP_FEATURES::PULL.get(features), 1);
        assert_eq!(control::CAP_FEATURES::POST.get(features), 1);
        assert_eq!(control::CAP_FEATURES::RINGS.get(features), 0);
        assert_eq!(1 << control::CAP_FEATURES::STRIDE.get(features), port::AREA.stride);
        for offset in [control::ID, control::VERSION, control::STATUS, control::ALIVE] {
            assert_ne!(raw.read(offset), u32::MAX, "register {offset:#x} never reads as a dead bus");
        }
    }
}

#[test]
fn scratch_keeps_the_bytes_whose_strobes_are_set() {
    let mut raw = Raw::open(Size::L32P8);
    for strobes in 0..16u8 {
        raw.write(control::SCRATCH, 0x1122_3344);
        raw.try_write(control::SCRATCH, 0xaabb_ccdd, strobes).expect("plain registers take any strobes");
        let mask = (0..4).filter(|i| strobes >> i & 1 != 0).fold(0, |m, i| m | 0xffu32 << (8 * i));
        assert_eq!(raw.read(control::SCRATCH), 0x1122_3344 & !mask | 0xaabb_ccdd & mask, "{strobes:#06b}");
    }
    assert_eq!(raw.read(control::PARTIAL_WRITES), 0, "partial writes of plain registers are not counted");
}

#[test]
fn a_partial_write_of_any_command_register_does_nothing_and_is_counted() {
    [false, true].into_iter().for_each(partial_writes);
}

fn partial_writes(rings: bool) {
    let size = Size::L4P1;
    let mut raw = open(size, rings);
    let commands = registers(size, rings, false).into_iter().filter(|(_, access)| *access == Access::Command);
    let commands: Vec<u32> = commands.map(|(offset, _)| offset).collect();
    assert!(commands.len() > 10);
    let mut expected = 0;
    for offset in commands {
        for strobes in 0..15 {
            // The word that would reset, bind line 0 to port 0, commit a packet, and so on.
            let value = if offset == control::RESET { portolan_regs::RESET_KEY } else { 0x0001_0100 };
            assert_eq!(raw.try_write(offset, value, strobes), Err(Response::SlaveError), "{offset:#x}");
            expected += 1;
        }
        assert_eq!(raw.read(offset), 0, "command register {offset:#x} reads zero");
    }
    assert_eq!(raw.read(control::PARTIAL_WRITES), expected);
    assert_eq!(raw.read(control::STALE), 0);
    assert_eq!(raw.read(control::EPOCH), 1, "nothing but power-up has reset the block");
    assert_eq!(raw.levels(0), (0, 0));
    let counters = raw.counters(0);
    assert_eq!(control::SNAPSHOT_STATE::BOUND.get(counters.state), 0);
}

#[test]
fn every_address_without_a_register_is_a_hole() {
    let plain = [Size::L4P1, Size::L32P8, Size::L64P4].map(|size| (size, false));
    for (size, rings) in plain.into_iter().chain([(Size::L16P4, true)]) {
        let mut raw = open(size, rings);
        let registers = registers(size, rings, false);
        let before = holes(&mut raw);
        let mut count = 0;
        // Every address in the pages where something is, a sample of the rest.
        for offset in (0..1u32 << 18).step_by(4).filter(|o| o % 0x1000 < 0x800 || o % 0x5c == 0) {
            match raw.try_read(offset) {
                Ok(_) => assert!(registers.contains_key(&offset), "{size}: {offset:#x} should be a hole"),
                Err(refused) => {
                    assert!(!registers.contains_key(&offset), "{size}: {offset:#x} is a register");
                    assert_eq!(refused, Response::SlaveError);
                    count += 1;
                }
            }
        }
        assert_eq!(
            holes(&mut raw).wrapping_sub(before) & 0xffff,
            count & 0xffff,
            "{size}: holes are counted"
        );
    }
}

#[test]
fn a_write_to_a_hole_or_a_read_only_register_is_refused_and_counted() {
    for (size, rings) in [(Size::L32P8, false), (Size::L16P4, true)] {
        let mut raw = open(size, rings);
        let registers = registers(size, rings, false);
        let before = holes(&mut raw);
        let mut count = 0;
        for offset in (0..1u32 << 18).step_by(4).filter(|o| o % 0x1000 < 0x100 || o % 0x174 == 0) {
            if registers.get(&offset).is_none_or(|access| *access == Access::ReadOnly) {
                assert_eq!(raw.try_write(offset, u32::MAX, 15), Err(Response::SlaveError), "{offset:#x}");
                count += 1;
            }
        }
        assert_eq!(holes(&mut raw).wrapping_sub(before) & 0xffff, count & 0xffff);
        assert_eq!(raw.read(control::ID), portolan_regs::ID);
    }
}

#[test]
fn ticks_read_high_low_high_are_the_cycle_of_the_read() {
    let mut raw = Raw::skipping(Size::L4P1);
    for start in [100, (1 << 32) - 40, (1 << 33) - 7, (1 << 40) + 5] {
        raw.run(start - raw.sim.tick());
        for _ in 0..20 {
            let before = raw.sim.tick();
            let ticks = loop {
                let high = raw.read(control::TICKS + 4);
                let low = raw.read(control::TICKS);
                if raw.read(control::TICKS + 4) == high {
                    break u64::from(high) << 32 | u64::from(low);
                }
            };
            let after = raw.sim.tick();
            assert!((before..after).contains(&ticks), "{before} <= {ticks} < {after}");
            assert_eq!(raw.sim.tick_register(), after, "our count is the register");
        }
    }
}

#[test]
fn the_alive_register_moves() {
    let mut raw = Raw::open(Size::L4P1);
    let first = raw.read(control::ALIVE);
    let second = raw.read(control::ALIVE);
    assert!(second > first);
    assert_eq!(second >> 31, 0);
}

#[test]
fn write_data_may_come_before_the_address_and_long_after_it() {
    let mut raw = Raw::open(Size::L4P1);
    for (aw, w) in [(0, 0), (7, 0), (0, 7), (1, 0), (0, 1), (40, 0), (0, 40)] {
        raw.sim.master().set_timing(Timing::Fixed { aw, w, ar: 0, b: 3, r: 3 });
        raw.write(control::SCRATCH, 1000 * aw + w);
        assert_eq!(raw.read(control::SCRATCH), 1000 * aw + w, "address after {aw}, data after {w}");
    }
}

/// The clocks of an access by itself.
fn alone(raw: &mut Raw, access: impl FnOnce(&mut Raw)) -> u64 {
    let before = raw.sim.tick();
    access(raw);
    raw.sim.tick() - before
}

#[test]
fn a_read_and_a_write_run_at_once_but_a_whole_write_is_carried_out_first() {
    let mut raw = Raw::open(Size::L32P8);
    let reading = alone(&mut raw, |raw| _ = raw.read(control::SCRATCH));
    let writing = alone(&mut raw, |raw| raw.write(control::SCRATCH, 0));
    let mut old = 0;
    for new in 1..200 {
        // Address and data with the read's address, and data that come while the read is under way or long after.
        let w = [0, 1, 2, 3, 4, 5, 6, 8, 60][new as usize % 9];
        let late = w > 0;
        raw.sim.master().set_timing(Timing::Fixed { aw: 0, w, ar: 0, b: 0, r: 0 });
        raw.sim.master().begin_write(control::SCRATCH, new, 15);
        raw.sim.master().begin_read(control::SCRATCH);
        let most = reading + 1 + if w < 60 { writing } else { 0 };
        let before = raw.sim.tick();
        let (mut written, mut fetched) = (None, None);
        while written.is_none() || fetched.is_none() {
            raw.sim.cycle().unwrap();
            written = written.or(raw.sim.master().take_written());
            fetched = fetched.or_else(|| {
                let answer = raw.sim.master().take_fetched()?;
                let took = raw.sim.tick() - before;
                assert!(took <= most, "the read takes {took} clocks, data {w} clocks late");
                Some(answer)
            });
        }
        let (response, value) = fetched.unwrap();
        assert_eq!((written.unwrap(), response), (Response::Okay, Response::Okay));
        let seen = if late { old..=new } else { new..=new };
        assert!(seen.contains(&value), "the read finds {value}, data {w} clocks late");
        if u64::from(w) < reading {
            let took = raw.sim.tick() - before;
            assert!(
                took < reading + writing + u64::from(w),
                "both took {took} clocks, data {w} clocks late: one after the other"
            );
        }
        old = new;
    }
}

#[test]
fn plain_registers_hold_what_was_written_whatever_the_timing() {
    let seed = seed(1);
    for size in Size::ALL {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut raw = Raw::with(size, Timing::Random { seed, longest: 9 }, 0);
        // Address, and the bits that exist.
        let mut plain = vec![(control::SCRATCH, u32::MAX), (control::IRQ_ENABLE, 1)];
        plain.extend((0..size.lines()).map(|l| (map::line(l) + line::CONFIG, 0xff1f)));
        plain.extend(
            (0..size.ports()).map(|p| (map::port_control(p) + port_control::MODERATION, 0xffff_00ff)),
        );
        let mut model = vec![0u32; plain.len()];
        for _ in 0..2000 {
            let which = random.random_range(0..plain.len());
            let (address, bits) = plain[which];
            if random.random() {
                let (value, strobes) = (random.random::<u32>(), random.random_range(0..16u8));
                raw.try_write(address, value, strobes).expect("plain");
                let mask = (0..4).filter(|i| strobes >> i & 1 != 0).fold(0, |m, i| m | 0xffu32 << (8 * i));
                model[which] = (model[which] & !mask | value & mask) & bits;
            }
            assert_eq!(raw.read(address), model[which], "{size}: {address:#x}");
        }
    }
}

#[test]
fn a_reset_in_the_middle_of_an_access_leaves_the_bus_usable() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(2));
    let mut raw = Raw::open(Size::L4P1);
    for round in 0..300 {
        raw.sim.master().begin_write(control::SCRATCH, round, 15);
        raw.sim.master().begin_read(control::TICKS);
        for _ in 0..random.random_range(0..9) {
            raw.sim.cycle().unwrap();
        }
        raw.sim.reset(random.random_range(2..6)).expect("no response after reset, and the walk ends");
        assert_eq!(raw.read(control::SCRATCH), 0, "reset clears configuration");
        raw.write(control::SCRATCH, round);
        assert_eq!(raw.read(control::SCRATCH), round);
    }
    assert_eq!(raw.read(control::EPOCH), 301);
}
