//! Words cross between the PCIe clock and the core clock once, in order, whatever the clocks do.
//!
//! RustHDL's model of a FIFO with the restart of both its sides, under clocks whose edges come in any order:
//! unrelated, one much faster, one that stands still. A reset may come on either side at any edge. What is
//! checked is the contract of `fifo` and `restart`: after a restart nothing of before comes out, and what is
//! pushed when both have gone on arrives. Wires between the clocks are not equally long, so the handshake may
//! be seen a clock of its sender later than the pointers that change beside it.

use std::collections::VecDeque;

use portolan_hdl::pcie::{CrossFifo, Restart};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::*;

/// Words that the FIFO's memory holds.
const DEPTH: usize = 8;

#[derive(LogicBlock, Default)]
struct Crossing {
    write_clock: Signal<In, Clock>,
    write_reset: Signal<In, Bit>,
    push: Signal<In, Bit>,
    word: Signal<In, Bits<16>>,
    room_next: Signal<Out, Bit>,
    write_hold: Signal<Out, Bit>,
    drained: Signal<Out, Bit>,
    read_clock: Signal<In, Clock>,
    read_reset: Signal<In, Bit>,
    take: Signal<In, Bit>,
    valid: Signal<Out, Bit>,
    head: Signal<Out, Bits<16>>,
    read_hold: Signal<Out, Bit>,
    fifo: CrossFifo<Bits<16>, 3, 4>,
    write_side: Restart,
    read_side: Restart,
    /// The handshake's wires from the side that pushes, and from the other, are the longer ones now.
    write_late: Signal<In, Bit>,
    read_late: Signal<In, Bit>,
    write_request: DFF<Bit>,
    write_acknowledge: DFF<Bit>,
    read_request: DFF<Bit>,
    read_acknowledge: DFF<Bit>,
}

impl Logic for Crossing {
    #[hdl_gen]
    fn update(&mut self) {
        self.write_side.clock.next = self.write_clock.val();
        self.read_side.clock.next = self.read_clock.val();
        self.fifo.write_clock.next = self.write_clock.val();
        self.fifo.read_clock.next = self.read_clock.val();
        self.write_side.reset.next = self.write_reset.val();
        self.read_side.reset.next = self.read_reset.val();
        dff_setup!(self, write_clock, write_request, write_acknowledge);
        dff_setup!(self, read_clock, read_request, read_acknowledge);
        self.write_request.d.next = self.write_side.request.val();
        self.write_acknowledge.d.next = self.write_side.acknowledge.val();
        self.read_request.d.next = self.read_side.request.val();
        self.read_acknowledge.d.next = self.read_side.acknowledge.val();
        self.write_side.other_request.next = self.read_side.request.val();
        self.write_side.other_acknowledge.next = self.read_side.acknowledge.val();
        if self.read_late.val() {
            self.write_side.other_request.next = self.read_request.q.val();
            self.write_side.other_acknowledge.next = self.read_acknowledge.q.val();
        }
        self.read_side.other_request.next = self.write_side.request.val();
        self.read_side.other_acknowledge.next = self.write_side.acknowledge.val();
        if self.write_late.val() {
            self.read_side.other_request.next = self.write_request.q.val();
            self.read_side.other_acknowledge.next = self.write_acknowledge.q.val();
        }
        self.fifo.write_hold.next = self.write_side.hold.val();
        self.fifo.read_hold.next = self.read_side.hold.val();
        self.fifo.write_clear.next = self.write_side.clear.val();
        self.fifo.read_clear.next = self.read_side.clear.val();
        self.fifo.push.next = self.push.val();
        self.fifo.word.next = self.word.val();
        self.fifo.take.next = self.take.val();
        self.room_next.next = self.fifo.room_next.val();
        self.drained.next = self.fifo.drained.val();
        self.valid.next = self.fifo.valid.val();
        self.head.next = self.fifo.head.val();
        self.write_hold.next = self.write_side.hold.val();
        self.read_hold.next = self.read_side.hold.val();
    }
}

/// Which clock has its next edge.
#[derive(Clone, Copy, PartialEq)]
enum Edge {
    Write,
    Read,
    Both,
}

struct Bench {
    dut: Crossing,
    random: ChaCha8Rng,
    room: bool,
    next_word: u16,
    inside: VecDeque<u16>,
    taken: usize,
    pushed: usize,
    most: usize,
    /// Chance in 16 to push and to take.
    push: u32,
    take: u32,
}

impl Bench {
    fn new(seed: u64) -> Bench {
        let mut dut = Crossing::default();
        dut.connect_all();
        let mut bench = Bench {
            dut,
            random: ChaCha8Rng::seed_from_u64(seed),
            room: false,
            next_word: 1,
            inside: VecDeque::new(),
            taken: 0,
            pushed: 0,
            most: 0,
            push: 12,
            take: 12,
        };
        bench.settle();
        bench
    }

    fn settle(&mut self) {
        assert!(simulate(&mut self.dut, 50), "the FIFO does not settle");
    }

    fn chance(&mut self, of_16: u32) -> bool {
        self.random.random_range(0..16) < of_16
    }

    /// One edge, with a reset on the side of the edge or none.
    fn edge(&mut self, edge: Edge, reset: bool) {
        let (write, read) = (edge != Edge::Read, edge != Edge::Write);
        if write {
            let push = self.room && self.chance(self.push);
            self.dut.push.next = push;
            self.dut.word.next = u64::from(self.next_word).to_bits();
            self.dut.write_reset.next = reset;
            self.dut.write_late.next = self.chance(8);
        }
        if read {
            let take = self.chance(self.take);
            self.dut.take.next = take;
            self.dut.read_reset.next = reset;
            self.dut.read_late.next = self.chance(8);
        }
        self.dut.write_clock.next = Clock { clk: false };
        self.dut.read_clock.next = Clock { clk: false };
        self.settle();
        let (write_holds, read_holds) = (self.dut.write_hold.val(), self.dut.read_hold.val());
        let room_next = self.dut.room_next.val();
        if read && self.dut.valid.val() && self.dut.take.val() && !read_holds {
            let word = self.dut.head.val().to_u64() as u16;
            assert_eq!(Some(word), self.inside.pop_front(), "the oldest word, once");
            self.taken += 1;
        }
        if write && self.dut.push.val() {
            if !write_holds {
                self.inside.push_back(self.next_word);
                self.pushed += 1;
            }
            self.next_word = self.next_word.wrapping_add(1);
        }
        if write_holds && read_holds {
            // What was inside is gone. A side that does not know yet of a restart goes on as before, but in order.
            self.inside.clear();
        }
        if write {
            self.room = room_next;
        }
        assert!(self.inside.len() <= DEPTH + 1, "more words than there is room for");
        self.most = self.most.max(self.inside.len());
        self.dut.write_clock.next = Clock { clk: write };
        self.dut.read_clock.next = Clock { clk: read };
        self.settle();
    }

    fn any_edge(&mut self, writes: u32, reads: u32) -> Edge {
        match self.random.random_range(0..writes + reads + 1) {
            0 => Edge::Both,
            n if n <= writes => Edge::Write,
            _ => Edge::Read,
        }
    }

    /// Both clocks, until both sides have gone on and the FIFO is empty.
    fn recover(&mut self) {
        (self.push, self.take) = (0, 16);
        for _ in 0..200 {
            let edge = self.any_edge(1, 1);
            self.edge(edge, false);
        }
        assert!(!self.dut.write_hold.val() && !self.dut.read_hold.val(), "a restart ends");
        assert!(self.inside.is_empty() && !self.dut.valid.val(), "everything was taken: {:?}", self.inside);
        assert!(self.dut.drained.val(), "the side that pushes knows");
    }

    /// So many words, with random edges.
    fn run(&mut self, words: usize, writes: u32, reads: u32) {
        let end = self.taken + words;
        let limit = 400 * (words + 10);
        for _ in 0..limit {
            if self.taken >= end {
                return;
            }
            let edge = self.any_edge(writes, reads);
            self.edge(edge, false);
        }
        panic!("only {} of {words} words came across", self.taken + words - end);
    }
}

#[test]
fn every_word_crosses_once_and_in_order_whatever_the_ratio_of_the_clocks() {
    for (seed, (writes, reads)) in [(1, 1), (3, 4), (1, 15), (15, 1)].into_iter().enumerate() {
        for (push, take) in [(16, 16), (16, 4), (4, 16)] {
            let mut bench = Bench::new(seed as u64);
            (bench.push, bench.take) = (push, take);
            bench.run(300, writes, reads);
            bench.recover();
            assert_eq!(bench.pushed, bench.taken);
        }
    }
}

#[test]
fn with_equal_clocks_a_word_crosses_in_every_cycle() {
    let mut bench = Bench::new(1);
    (bench.push, bench.take) = (16, 16);
    for _ in 0..20 {
        bench.edge(Edge::Both, false);
    }
    let before = bench.taken;
    for _ in 0..200 {
        bench.edge(Edge::Both, false);
    }
    assert_eq!(bench.taken - before, 200);
}

#[test]
fn a_clock_that_stands_still_loses_nothing() {
    let mut bench = Bench::new(5);
    (bench.push, bench.take) = (16, 16);
    for round in 0..60 {
        bench.run(20, 1, 1);
        let stopped = if round % 2 == 0 { Edge::Write } else { Edge::Read };
        for _ in 0..40 {
            bench.edge(stopped, false);
        }
    }
    assert!(bench.most > DEPTH, "the FIFO was full: {}", bench.most);
    bench.recover();
    assert_eq!(bench.pushed, bench.taken);
}

#[test]
fn a_reset_on_either_side_empties_the_fifo_and_leaves_it_usable() {
    let mut resets = 0;
    for seed in 0..40 {
        let mut bench = Bench::new(seed);
        for _ in 0..20 {
            (bench.push, bench.take) = (16, 8);
            let (writes, reads) = (1 + bench.random.random_range(0..8), 1 + bench.random.random_range(0..8));
            for _ in 0..bench.random.random_range(0..60) {
                let edge = bench.any_edge(writes, reads);
                let reset = bench.random.random_range(0..25) == 0;
                resets += u32::from(reset);
                bench.edge(edge, reset);
            }
            bench.recover();
            (bench.push, bench.take) = (12, 12);
            let before = bench.pushed;
            bench.run(2 * DEPTH + 3, writes, reads);
            bench.recover();
            assert!(bench.pushed - before >= 2 * DEPTH + 3);
        }
    }
    assert!(resets > 500, "{resets}");
}

#[test]
fn a_side_waits_for_another_whose_clock_stands_still_and_goes_on_with_it() {
    for (reset, stopped) in [(Edge::Write, Edge::Read), (Edge::Read, Edge::Write)] {
        let mut bench = Bench::new(9);
        (bench.push, bench.take) = (16, 0);
        bench.run(0, 1, 1);
        for _ in 0..30 {
            bench.edge(Edge::Both, false);
        }
        bench.edge(reset, true);
        for _ in 0..100 {
            bench.edge(reset, false);
        }
        let holds = match reset {
            Edge::Write => bench.dut.write_hold.val(),
            _ => bench.dut.read_hold.val(),
        };
        assert!(holds, "it goes on without the other side");
        assert_eq!(bench.taken, 0);
        for _ in 0..10 {
            bench.edge(stopped, false);
        }
        bench.recover();
        (bench.push, bench.take) = (16, 16);
        bench.run(30, 1, 1);
    }
}
