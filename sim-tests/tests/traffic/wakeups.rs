//! No lost wake-up (promise 4): at a pace that a board can sustain nine of ten edges at least are delivered, the others
//! accounted for, and nobody sleeps while there is a packet for him.

use std::time::Instant;

use portolan::device::{Device, DeviceError, Wake};
use portolan::{Deadline, Delivery};
use portolan_regs::slot::TICKS;
use portolan_regs::{POSITION_BITS, map, port as page};
use portolan_sim::Changes;
use portolan_sim::raw::seed;

use crate::boards::{Kind, PCIE, PULL, RINGS};
use crate::consumer::{Course, SIZE, Summary, consume};
use crate::meddled::{self, Honest, Meddler, Nth, Wires, fit};
use crate::{bound, port, scaled};

/// So many that the ring of the busiest port goes through all positions of its doorbell.
const EDGES: u64 = 1_250_000;

/// A course that the board can sustain.
pub fn sustained(kind: Kind, edges: u64) -> Course {
    Course { pace: kind.pace, often: kind.often, edges, slow: 20 }
}

fn run(kind: Kind, default_seed: u64) -> Summary {
    let seed = seed(default_seed);
    let begin = Instant::now();
    let course = sustained(kind, scaled(EDGES / kind.share));
    let summary = consume(kind, course, seed, Honest).unwrap_or_else(|error| panic!("{error}"));
    println!("{}: {summary:?} in {:.1?}", kind.name(), begin.elapsed());
    assert!(summary.edges >= course.edges, "{summary:?}");
    assert!(10 * summary.delivered >= 9 * summary.edges, "{summary:?}");
    assert!(summary.sleeps > summary.edges / 100 && summary.expired > summary.edges / 1000, "{summary:?}");
    summary
}

#[test]
fn no_wake_up_is_lost_by_rings_and_each_edge_is_accounted_for() {
    let summary = run(RINGS, 0x3a6e);
    assert!(summary.busiest > 1 << POSITION_BITS, "positions went through their wrap: {summary:?}");
}

#[test]
fn no_wake_up_is_lost_by_pulling_and_each_edge_is_accounted_for() {
    run(PULL, 0x3a6f);
}

#[test]
fn no_wake_up_is_lost_on_pcie_and_each_edge_is_accounted_for() {
    run(PCIE, 0x3a70);
}

/// A host that looks at its memory once per cycle.
struct Hasty;

impl Meddler for Hasty {
    fn relax(&self, wires: &Wires) {
        wires.sim.run(1).expect("the stimulus is sound");
    }
}

#[test]
fn a_reader_who_is_faster_than_the_account_of_the_board_sleeps_until_the_next_edge() {
    for clock in 0..60 {
        let (device, board) = meddled::open(RINGS, SIZE, None, Hasty);
        let port = port(false);
        let _lines: Vec<_> = (0..16).map(|line| bound(&board, line, Delivery::Stream, &port)).collect();
        let sim = &device.wires.sim;
        sim.start(Changes::from([(100, 0xffff), (100_000, 0xfffe)])).unwrap();
        sim.run(100 + clock).unwrap();
        let mut taken = 0;
        while taken < 16 {
            taken += u64::from(port.try_wait().is_ok());
            assert!(sim.cycles() < 10_000, "{taken} packets");
        }
        let (begin, reads) = (sim.cycles(), sim.reads());
        // The slots of the last burst are not all counted as completed yet.
        let packet = port.wait(Deadline::INFINITE);
        assert_eq!(packet.map(|packet| packet.key()), Ok(0), "clock {clock}: {:?}", board.obituary());
        assert!(sim.cycles() - begin > 90_000 && sim.reads() - reads < 10);
    }
}

/// What the check says of a board with this fault.
fn found(kind: Kind, fault: impl Meddler) -> String {
    consume(kind, sustained(kind, 20_000), 11, fault).expect_err("the fault is found")
}

/// Arms no doorbell any more, from the nth on. One that is not armed is not enough: who serves another's looks at all.
pub struct Unarmed(pub Nth);

impl Meddler for Unarmed {
    fn written(&self, offset: u32, value: u32) -> u32 {
        let pages = map::port(0)..map::port(SIZE.ports());
        let register = pages.contains(&offset).then(|| (offset - pages.start) % page::AREA.stride);
        let armed =
            register == Some(page::DOORBELL_INTERRUPT) && page::DOORBELL_INTERRUPT::ARM.get(value) == 1;
        let arm = if armed && self.0.has_come() { page::DOORBELL_INTERRUPT::ARM.put(1) } else { 0 };
        value & !arm
    }
}

/// Does not hear the vector, once, in a wait that has so much left, in ns, that a reader must miss it.
pub struct Deaf {
    pub when: Nth,
    pub long: i64,
}

impl Meddler for Deaf {
    fn wait(&self, wires: &Wires, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let wake = wires.sim.wait(vector, deadline)?;
        let is_long = deadline - wires.sim.now() > self.long;
        let deaf = wake == Wake::Interrupt && is_long && self.when.is_now();
        Ok(if deaf { wires.sleep_on(deadline) } else { wake })
    }
}

/// Makes the stamp of a port's newest slot late, by a tick each time, from the nth interrupt on: it may have been read
/// already.
struct Late(Nth);

impl Meddler for Late {
    fn wait(&self, wires: &Wires, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let wake = wires.sim.wait(vector, deadline)?;
        let (_, ring) = wires.ring(1);
        if wake == Wake::Interrupt && self.0.has_come() {
            let newest = ring.newest();
            let mut words = ring.read(newest);
            words[TICKS] += 1;
            ring.write(newest, fit(words));
        }
        Ok(wake)
    }
}

#[test]
fn doorbells_that_are_not_armed_are_found() {
    for kind in [RINGS, PULL, PCIE] {
        let error = found(kind, Unarmed(Nth::after(300)));
        assert!(error.contains("woke late") || error.contains("missed"), "{error}");
    }
}

#[test]
fn a_vector_that_is_not_heard_once_is_found() {
    for kind in [RINGS, PULL, PCIE] {
        let error = found(kind, Deaf { when: Nth::after(300), long: 2_000_000 });
        assert!(error.contains("woke late") || error.contains("missed"), "{error}");
    }
}

#[test]
fn a_stamp_in_a_ring_that_is_one_tick_late_is_found() {
    let error = found(RINGS, Late(Nth::after(300)));
    assert!(error.contains("the stamp"), "{error}");
}
