//! The same on boards whose time goes by itself, while the driver works and while its threads have no processor. How many
//! edges are delivered is a matter of the host then; that each is accounted for, that gaps are exact, and that nobody
//! sleeps on while there is a packet for him, is not.

use std::time::Instant;

use portolan::Delivery;
use portolan::device::Device;
use portolan_sim::raw::seed;
use portolan_sim::{Pace, Size};

use crate::boards::{Kind, PCIE, RINGS};
use crate::consumer::consume;
use crate::meddled::{self, Honest, Meddler, Nth};
use crate::plan::Plan;
use crate::wakeups::{Deaf, Unarmed, sustained};
use crate::{bound, port, scaled};

/// A reader whom the host keeps from his processor never catches up with his ring, and so never sleeps. Such a run shows
/// nothing of wake-ups, and is followed by another one, so many times at most.
const RUNS: u64 = 10;

fn run(kind: Kind, edges: u64, default_seed: u64) {
    let seed = seed(default_seed);
    let slept_often = (seed..seed + RUNS).any(|seed| {
        let begin = Instant::now();
        let summary = consume(kind, sustained(kind, scaled(edges)), seed, Honest);
        let summary = summary.unwrap_or_else(|error| panic!("{error}"));
        println!("{}, {:?}: {summary:?} in {:.1?}", kind.name(), kind.time, begin.elapsed());
        assert!(summary.edges >= edges && summary.delivered > edges / 100, "{summary:?}");
        summary.sleeps > summary.edges / 1000
    });
    assert!(slept_often, "the reader hardly slept in any of {RUNS} runs");
}

#[test]
fn no_wake_up_is_lost_by_rings_while_time_goes_by_itself() {
    run(RINGS.paced(Pace::FreeRunning), 60_000, 0x3a71);
}

#[test]
fn no_wake_up_is_lost_by_rings_in_real_time() {
    run(RINGS.paced(Pace::RealTime), 30_000, 0x3a72);
}

#[test]
fn no_wake_up_is_lost_on_pcie_while_time_goes_by_itself() {
    run(PCIE.paced(Pace::FreeRunning), 15_000, 0x3a73);
}

#[test]
fn no_wake_up_is_lost_on_pcie_in_real_time() {
    run(PCIE.paced(Pace::RealTime), 10_000, 0x3a74);
}

#[test]
fn no_stamp_is_ahead_of_the_boards_own_time() {
    for kind in [RINGS, PCIE] {
        let (device, board) = meddled::open(kind.paced(Pace::FreeRunning), Size::L4P1, None, Honest);
        let port = port(false);
        let _lines = [0, 1].map(|line| bound(&board, line, Delivery::Stream, &port));
        let sim = &device.wires.sim;
        sim.start(Plan::new(5, vec![0, 1], 40, 10_000)).expect("it starts");
        let mut seen = 0;
        while !sim.stimulus_ended() {
            // Looks again and again, and nothing that it does waits for the board.
            for _ in 0..1_000 {
                if let Ok(packet) = port.try_wait() {
                    let (stamp, now) = (packet.timestamp().expect("an interrupt"), sim.now());
                    assert!(stamp < now, "{}: packet {seen} of {stamp} ns at {now} ns", kind.name());
                    seen += 1;
                }
            }
        }
        assert!(seen > 1_000, "{}: {seen} packets", kind.name());
    }
}

/// What the check says of such a board with this fault.
fn found<M: Meddler>(kind: Kind, fault: impl Fn() -> M) -> String {
    let kind = kind.paced(Pace::FreeRunning);
    let look = |seed| consume(kind, sustained(kind, 10_000), seed, fault()).err();
    (11..11 + RUNS).find_map(look).expect("the fault is found")
}

#[test]
fn doorbells_that_are_not_armed_are_found_while_time_goes_by_itself() {
    for kind in [RINGS, PCIE] {
        let error = found(kind, || Unarmed(Nth::after(100)));
        assert!(error.contains("woke late") || error.contains("missed"), "{error}");
    }
}

#[test]
fn a_vector_that_is_not_heard_once_is_found_while_time_goes_by_itself() {
    for kind in [RINGS, PCIE] {
        let error = found(kind, || Deaf { when: Nth::after(100), long: 200_000_000 });
        assert!(error.contains("woke late") || error.contains("missed"), "{error}");
    }
}
