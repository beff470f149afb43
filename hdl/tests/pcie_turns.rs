//! Completer and requester share the stream TLP by TLP, and neither starves.
//!
//! RustHDL's model, with two senders that want the stream now and then, or always, and a stream that has room now
//! and then.

use portolan_hdl::lint::lint;
use portolan_hdl::pcie::Turns;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::*;

/// One sender: words of its TLP that are still to go.
#[derive(Clone, Copy, Default)]
struct Sender {
    left: u32,
    sent: u64,
    tlps: u64,
}

struct Bench {
    dut: Turns,
    random: ChaCha8Rng,
    room: bool,
    senders: [Sender; 2],
    /// Whose TLP is on the stream.
    open: Option<usize>,
    clocks: u64,
}

impl Bench {
    fn new(seed: u64) -> Bench {
        let mut dut = Turns::default();
        dut.connect_all();
        let mut bench = Bench {
            dut,
            random: ChaCha8Rng::seed_from_u64(seed),
            room: false,
            senders: Default::default(),
            open: None,
            clocks: 0,
        };
        bench.settle();
        bench
    }

    fn settle(&mut self) {
        assert!(simulate(&mut self.dut, 20), "it does not settle");
    }

    /// One clock: each sender begins a TLP with a chance in 16, has a word ready with a chance in 16, and the stream
    /// has room in the next clock with one.
    fn clock(&mut self, begins: [u32; 2], ready: u32, room: u32) {
        let mut chance = |of_16: u32| self.random.random_range(0..16) < of_16;
        let begin = begins.map(&mut chance);
        let has_word = [chance(ready), chance(ready)];
        let room_next = chance(room);
        for (sender, begin) in self.senders.iter_mut().zip(begin) {
            if sender.left == 0 && begin {
                sender.left = self.random.random_range(1..7);
            }
        }
        self.dut.clock.next = Clock { clk: false };
        self.dut.room_next.next = room_next;
        self.dut.completer_wants.next = self.senders[0].left > 0;
        self.dut.requester_wants.next = self.senders[1].left > 0;
        self.dut.completer_pushes.next = false;
        self.dut.requester_pushes.next = false;
        self.settle();
        let granted = [self.dut.completer_granted.val(), self.dut.requester_granted.val()];
        assert!(!(granted[0] && granted[1]), "both");
        assert!(self.room || granted == [false; 2], "a grant without room");
        let pushes = [0, 1].map(|i| granted[i] && has_word[i] && self.senders[i].left > 0);
        self.dut.completer_pushes.next = pushes[0];
        self.dut.requester_pushes.next = pushes[1];
        self.dut.completer_ends.next = self.senders[0].left == 1;
        self.dut.requester_ends.next = self.senders[1].left == 1;
        self.settle();
        for (i, sender) in self.senders.iter_mut().enumerate().filter(|(i, _)| pushes[*i]) {
            assert!(self.open.is_none_or(|open| open == i), "a word within another's TLP");
            assert_eq!(self.dut.by_requester.val(), i == 1);
            sender.left -= 1;
            sender.sent += 1;
            sender.tlps += u64::from(sender.left == 0);
            self.open = (sender.left > 0).then_some(i);
        }
        self.room = room_next;
        self.dut.clock.next = Clock { clk: true };
        self.settle();
        self.clocks += 1;
    }
}

#[test]
fn the_lint_has_nothing_to_say() {
    let mut turns = Turns::default();
    turns.connect_all();
    assert_eq!(lint("turns", &turns), []);
}

#[test]
fn tlps_are_never_mixed_and_nobody_waits_for_ever() {
    for seed in 0..40 {
        let mut bench = Bench::new(seed);
        let (begin, ready, room) =
            [([16, 16], 16, 16), ([3, 16], 9, 9), ([16, 2], 16, 5), ([1, 1], 5, 16)][seed as usize % 4];
        for _ in 0..2000 {
            bench.clock(begin, ready, room);
        }
        assert!(bench.senders.iter().all(|sender| sender.tlps > 30), "seed {seed}");
    }
}

#[test]
fn two_that_always_want_it_take_turns_and_fill_every_clock() {
    let mut bench = Bench::new(1);
    for _ in 0..2001 {
        bench.clock([16, 16], 16, 16);
    }
    let [completer, requester] = bench.senders;
    assert!(completer.tlps.abs_diff(requester.tlps) <= 1, "{} and {}", completer.tlps, requester.tlps);
    assert_eq!(completer.sent + requester.sent, bench.clocks - 1, "a clock without a word");
}

#[test]
fn who_wants_it_alone_has_it_at_once() {
    for alone in [[16, 0], [0, 16]] {
        let mut bench = Bench::new(2);
        for _ in 0..501 {
            bench.clock(alone, 16, 16);
        }
        assert_eq!(bench.senders[0].sent + bench.senders[1].sent, 500);
    }
}
