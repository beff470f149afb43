//! Resets of either side, and clocks that stand still, at any moment of the traffic.

use portolan_regs::control;
use portolan_sim::Size;
use portolan_sim::pcie::root::{BAR, Link, Root, memory};
use portolan_sim::pcie::tlp::Operation;
use portolan_sim::raw::seed;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{links, rounds};

/// Traffic in both directions, not waited for.
fn burst(root: &mut Root, random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..6) {
        let words = [1, 2, 31, 200][random.random_range(0..4)];
        root.send(memory(Operation::Read, BAR, words, Vec::new()), 1).expect("a read");
        root.write(control::SCRATCH, &[random.random()]).expect("a write");
    }
}

fn ticks(root: &mut Root) -> u64 {
    let low = root.read(control::TICKS, 2).expect("a read");
    u64::from(low[0]) | u64::from(low[1]) << 32
}

/// The endpoint is as new, but for time and counts.
fn is_reset(root: &mut Root, epoch: u32) {
    root.run(1200).expect("the reset walk ends, and old answers have gone by");
    assert_eq!(root.read_register(control::SCRATCH).expect("a read"), 0);
    assert_eq!(root.read_register(control::ID).expect("a read"), portolan_regs::ID);
    assert_eq!(root.read_register(control::EPOCH).expect("a read"), epoch);
    root.write(control::SCRATCH, &[epoch]).expect("a write");
    assert_eq!(root.read_register(control::SCRATCH).expect("a read"), epoch);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Reset {
    Link,
    Function,
    Core,
}

fn resets(kind: Reset, default_seed: u64) -> u64 {
    let seed = seed(default_seed);
    let mut discontinued = 0;
    for round in 0..rounds(18) {
        let mut random = ChaCha8Rng::seed_from_u64(seed + u64::from(round));
        let link = links()[round as usize % links().len()];
        let mut root = Root::open(Size::L4P1, link, seed + u64::from(round)).expect("the top comes up");
        let mut epoch = root.read_register(control::EPOCH).expect("a read");
        for _ in 0..4 {
            let before = ticks(&mut root);
            burst(&mut root, &mut random);
            root.run(random.random_range(0..400)).expect("traffic");
            match kind {
                Reset::Link => root.reset_link(random.random_range(1..300)).expect("a reset"),
                Reset::Function => root.reset_function().expect("a reset"),
                Reset::Core => {
                    root.forget_requests();
                    root.inputs.core_reset = 1;
                    let core = root.core_clocks() + random.random_range(1..20);
                    while root.core_clocks() < core {
                        root.step().expect("a step");
                    }
                    root.inputs.core_reset = 0;
                }
            }
            epoch += 1;
            // Both sides as slow as they get need some time; what is still to come is heard meanwhile.
            root.run(4000).expect("a restart");
            let scratch = root.read_register(control::SCRATCH).expect("a read");
            if scratch != 0 {
                // A write that had not been taken before the reset came after it.
                root.write(control::SCRATCH, &[0]).expect("a write");
            }
            is_reset(&mut root, epoch);
            assert!(ticks(&mut root) > before, "no reset touches time");
        }
        discontinued += root.discontinued();
    }
    discontinued
}

#[test]
fn a_link_that_goes_down_at_any_moment_resets_the_endpoint() {
    resets(Reset::Link, 1);
}

#[test]
fn a_function_level_reset_at_any_moment_resets_the_endpoint_and_no_tlp_is_cut() {
    let discontinued = resets(Reset::Function, 2);
    println!("{discontinued} TLPs were discontinued");
    assert!(discontinued > 0, "some reset came in the middle of a TLP");
}

#[test]
fn a_reset_of_the_core_at_any_moment_resets_the_endpoint_and_no_tlp_is_cut() {
    let discontinued = resets(Reset::Core, 3);
    assert!(discontinued > 0, "some reset came in the middle of a TLP");
}

#[test]
fn time_goes_on_while_the_pcie_clock_stands_still_and_so_does_the_traffic_after_it() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(4));
    for link in links() {
        let mut root = Root::open(Size::L4P1, link, 9).expect("the top comes up");
        for _ in 0..10 {
            root.write(control::SCRATCH, &[77]).expect("a write");
            let tag = root.send(memory(Operation::Read, BAR, 300, Vec::new()), 1).expect("a read");
            root.run(random.random_range(0..600)).expect("traffic");
            let (before, clocks) = (root.ticks(), root.core_clocks());
            root.link = Link { user_period: 0, ..link };
            root.run(500).expect("the core goes on");
            assert_eq!(root.ticks() - before, root.core_clocks() - clocks);
            root.link = link;
            assert_eq!(root.wait(tag).expect("an answer").data.len(), 300);
            assert_eq!(root.read_register(control::SCRATCH).expect("a read"), 77);
        }
    }
}

#[test]
fn a_reset_of_the_core_waits_for_a_pcie_clock_that_stands_still() {
    let mut root = Root::open(Size::L4P1, Link::default(), 9).expect("the top comes up");
    let epoch = root.read_register(control::EPOCH).expect("a read");
    root.link.user_period = 0;
    root.inputs.core_reset = 1;
    root.run(10).expect("a reset");
    root.inputs.core_reset = 0;
    root.run(1000).expect("it waits");
    root.link.user_period = 10;
    root.run(100).expect("it goes on");
    is_reset(&mut root, epoch + 1);
}
