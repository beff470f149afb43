//! Rings and their doorbells against a count of what was completed: a doorbell fires for each slot beyond its
//! position and for no other one, in whatever clock it is written.

use std::collections::VecDeque;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::*;

use super::Rings;
use crate::axi::settle;
use crate::notify::Notify;
use crate::queue::POSITION_BITS;

/// Positions and slot numbers are modulo this.
const POSITIONS: u64 = 1 << POSITION_BITS;
/// Both rings of this port are used, one after the other.
const PORT: u64 = 1;
/// So many clocks after a slot beyond its position was completed a doorbell has fired.
const SOON: u64 = 3;
/// A doorbell's flag.
const ARM: u64 = 1 << 31;

/// What the doorbell should do: written from DESIGN.md's words, not from the RTL.
struct Doorbell {
    position: u64,
    armed: bool,
    /// Fires when this many more slots are completed than the position says.
    least: u64,
    /// Clocks since it should have fired.
    overdue: u64,
}

/// What is put between rings and doorbells to be found out.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// A position is news unless it is exactly what is completed.
    Equality,
    /// Each completion is told, not only those beyond the position.
    EveryCompletion,
    /// Completions just after a doorbell's write are not told.
    Deaf,
}

/// What was met on the way, so that a test shows that it looked there.
#[derive(Debug, Default)]
struct Met {
    /// Doorbells written ahead of what was completed.
    ahead: u32,
    /// Behind it.
    behind: u32,
    /// In the clock before a completion, and in that after one.
    just_before: u32,
    just_after: u32,
    fired: u32,
}

struct Bench {
    rings: Rings<4, 2>,
    notify: Notify<2>,
    random: ChaCha8Rng,
    user: bool,
    fault: Fault,
    /// Packets in the queue.
    queued: u64,
    /// The clocks in which the sink answers bursts.
    answers: VecDeque<u64>,
    clocks: u64,
    /// Number of the next slot to be completed.
    completed: u64,
    /// Clocks since the last one was.
    since_completed: u64,
    since_written: u64,
    doorbell: Doorbell,
    met: Met,
}

impl Bench {
    /// A ring of 2^16 slots that begins just before positions wrap, and moderation by count.
    fn new(user: bool, least: u64, seed: u64) -> Bench {
        let first = POSITIONS - 20;
        let mut bench = Bench {
            rings: Rings::new(),
            notify: Notify::default(),
            random: ChaCha8Rng::seed_from_u64(seed),
            user,
            fault: Fault::None,
            queued: 0,
            answers: VecDeque::new(),
            clocks: 0,
            completed: first,
            since_completed: u64::MAX,
            since_written: u64::MAX,
            doorbell: Doorbell { position: 0, armed: false, least: least.max(1), overdue: 0 },
            met: Met::default(),
        };
        bench.rings.connect_all();
        bench.notify.connect_all();
        bench.rings.user.next = user;
        bench.rings.port.next = PORT.into();
        bench.rings.write_limit.next = 64.into();
        bench.rings.write_ready.next = true;
        bench.notify.here.next = (1 << PORT).into();
        bench.notify.strobe.next = 15.into();
        bench.clock();
        bench.notify.data.next = least.into();
        bench.notify.write.next = true;
        bench.clock();
        bench.notify.write.next = false;
        bench.rings.data.next = (0xabc0_0000 | first).into();
        bench.rings.write_first_sequence.next = true;
        bench.act();
        bench.rings.write_first_sequence.next = false;
        bench.clock();
        bench.rings.data.next = 0x1001.into();
        bench.rings.write_control.next = true;
        bench.act();
        bench.rings.write_control.next = false;
        bench.clock();
        assert!(bench.rings.is_enabled.val());
        bench
    }

    fn settle(&mut self, clock: bool) {
        self.rings.clock.next = Clock { clk: clock };
        assert!(settle(&mut self.rings, 100));
        self.notify.clock.next = Clock { clk: clock };
        self.notify.added.next = self.rings.delivered.val();
        self.notify.user_added.next = self.rings.user_delivered.val();
        self.notify.behind.next = self.rings.behind.val();
        match self.fault {
            Fault::None => {}
            Fault::Equality => self.notify.behind.next = self.doorbell.position != self.completed,
            Fault::EveryCompletion => {
                let told = if self.since_completed == 0 { 1 << PORT } else { 0 };
                self.notify.added.next = told.into();
                self.notify.user_added.next = told.into();
            }
            Fault::Deaf if self.since_written <= 3 => {
                self.notify.added.next = 0.into();
                self.notify.user_added.next = 0.into();
            }
            Fault::Deaf => {}
        }
        assert!(settle(&mut self.notify, 100));
    }

    /// How many more slots are completed than the doorbell's position says; negative when it is ahead.
    fn beyond(&self) -> i64 {
        let distance = (self.completed + POSITIONS - self.doorbell.position) % POSITIONS;
        if distance < POSITIONS / 2 { distance as i64 } else { distance as i64 - POSITIONS as i64 }
    }

    /// One clock, with whatever stands at the inputs; the sink answers, the queue gives.
    fn clock(&mut self) {
        self.settle(false);
        let rings = &self.rings;
        let written = rings.doorbell.val();
        let completes = rings.complete.completes.val();
        let taken = if rings.take.val() | rings.take_user.val() { rings.taken.val().to_u64() } else { 0 };
        let burst_ends = rings.write_valid.val() && rings.write_last.val();
        assert!(!(written && completes), "a slot is completed in the clock of a doorbell");
        self.settle(true);

        self.clocks += 1;
        self.queued -= taken;
        self.since_completed = if completes { 0 } else { self.since_completed.saturating_add(1) };
        self.since_written = if written { 0 } else { self.since_written.saturating_add(1) };
        if completes {
            self.completed = (self.completed + 1) % POSITIONS;
            self.met.just_before += u32::from(self.since_written == 1);
        }
        self.met.just_after += u32::from(written && self.since_completed == 1);
        if burst_ends {
            self.answers.push_back(self.clocks + self.random.random_range(0..30));
        }
        self.rings.write_done.next = self.answers.front().is_some_and(|at| *at <= self.clocks);
        if self.rings.write_done.next {
            self.answers.pop_front();
        }
        self.rings.command_taken.next = self.random.random();
        let level = self.queued.into();
        if self.user {
            self.rings.user_level.next = level
        } else {
            self.rings.level.next = level
        };
        self.check(written);
    }

    /// A clock in which the bus writes.
    fn act(&mut self) {
        self.rings.bus_acts.next = true;
        self.clock();
        self.rings.bus_acts.next = false;
    }

    /// Holds what the doorbell does against what it should do.
    fn check(&mut self, written: bool) {
        let fired = self.notify.fired.val().any();
        // What is there already when the doorbell is written fires at once, whatever moderation says.
        let least = if written { 1 } else { self.doorbell.least as i64 };
        let due = self.doorbell.armed && self.beyond() >= least;
        if written {
            assert_eq!(fired, due, "fired as it is written, {} beyond", self.beyond());
        }
        if fired && self.doorbell.armed {
            let beyond = self.beyond();
            assert!(due, "clock {}: fired for nothing, {beyond} beyond", self.clocks);
            self.doorbell.armed = false;
            self.met.fired += 1;
        }
        self.doorbell.overdue = if self.doorbell.armed && due { self.doorbell.overdue + 1 } else { 0 };
        assert!(self.doorbell.overdue <= SOON, "clock {}: not fired, {} beyond", self.clocks, self.beyond());
    }

    /// Writes the doorbell at a position so far from what is completed.
    fn write_doorbell(&mut self, ahead: i64, arm: bool) {
        let position = (self.completed as i64 + ahead).rem_euclid(POSITIONS as i64) as u64;
        self.doorbell = Doorbell { position, armed: arm, overdue: 0, ..self.doorbell };
        self.met.ahead += u32::from(ahead > 0);
        self.met.behind += u32::from(ahead < 0);
        let word = position | if arm { ARM } else { 0 };
        self.rings.data.next = word.into();
        self.rings.doorbell.next = true;
        self.notify.ring.next = !self.user;
        self.notify.user_ring.next = self.user;
        self.notify.arm.next = arm;
        self.act();
        self.rings.doorbell.next = false;
        self.notify.ring.next = false;
        self.notify.user_ring.next = false;
    }

    /// So many packets are queued.
    fn queue(&mut self, packets: u64) {
        self.queued += packets;
        let level = self.queued.into();
        if self.user {
            self.rings.user_level.next = level;
            self.rings.user_added.next = (1 << PORT).into();
        } else {
            self.rings.level.next = level;
            self.rings.added.next = (1 << PORT).into();
        }
        self.clock();
        self.rings.added.next = 0.into();
        self.rings.user_added.next = 0.into();
    }

    fn run(&mut self, clocks: u64) {
        (0..clocks).for_each(|_| self.clock());
    }
}

/// Doorbells at random, up to so many slots ahead and with less than that under way, against slots at random.
fn storm(user: bool, least: u64, fault: Fault) -> Met {
    let mut bench = Bench { fault, ..Bench::new(user, least, 10 * least + u64::from(user)) };
    for _ in 0..400 {
        let packets = bench.random.random_range(0..8);
        if packets > 0 && bench.queued < 40 {
            bench.queue(packets);
        }
        let clocks = bench.random.random_range(0..40);
        bench.run(clocks);
        for _ in 0..bench.random.random_range(0..3) {
            let ahead = bench.random.random_range(-2..8);
            let arm = bench.random.random_ratio(4, 5);
            bench.write_doorbell(ahead, arm);
            // Writes take some clocks of the bus.
            let clocks = bench.random.random_range(4..9);
            bench.run(clocks);
        }
    }
    bench.met
}

#[test]
fn a_doorbell_fires_for_the_slots_beyond_its_position_alone_whenever_it_is_written() {
    for user in [false, true] {
        let met = storm(user, 0, Fault::None);
        println!("user {user}: {met:?}");
        let Met { ahead, behind, just_before, just_after, fired } = met;
        assert!([ahead, behind, just_before, just_after, fired].iter().all(|count| *count > 20), "{met:?}");
    }
}

#[test]
fn moderation_counts_the_slots_beyond_the_position_alone() {
    for (user, least) in [(false, 2), (true, 2), (false, 5), (true, 5)] {
        let met = storm(user, least, Fault::None);
        println!("user {user}, {least}: {met:?}");
        assert!(met.ahead > 20 && met.fired > 20, "{met:?}");
    }
}

#[test]
fn a_ring_that_begins_anew_has_nothing_of_what_its_doorbell_told_before() {
    for user in [false, true] {
        let mut bench = Bench::new(user, 0, 3);
        bench.write_doorbell(30, true);
        bench.run(20);
        // It ends, and begins before the position that was told.
        bench.rings.data.next = 0.into();
        bench.rings.write_control.next = true;
        bench.act();
        bench.rings.write_control.next = false;
        bench.run(3);
        bench.completed = 7;
        bench.doorbell.position = 7;
        bench.rings.data.next = 7.into();
        bench.rings.write_first_sequence.next = true;
        bench.act();
        bench.rings.write_first_sequence.next = false;
        bench.clock();
        bench.rings.data.next = 0x1001.into();
        bench.rings.write_control.next = true;
        bench.act();
        bench.rings.write_control.next = false;
        bench.run(3);
        assert!(bench.rings.is_enabled.val() && bench.doorbell.armed);
        bench.queue(1);
        bench.run(200);
        assert_eq!((bench.met.fired, bench.completed), (1, 8), "the doorbell is still armed");
    }
}

#[test]
#[should_panic(expected = "fired as it is written")]
fn a_comparison_by_equality_is_found() {
    storm(false, 0, Fault::Equality);
}

#[test]
#[should_panic(expected = "fired for nothing")]
fn a_completion_up_to_the_position_that_is_told_is_found() {
    storm(true, 0, Fault::EveryCompletion);
}

#[test]
#[should_panic(expected = "not fired")]
fn a_completion_that_is_not_told_is_found() {
    storm(false, 0, Fault::Deaf);
}
