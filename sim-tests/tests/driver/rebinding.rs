//! Edges that come while a line is bound, unbound and acknowledged: none is lost to the operation.

use std::time::Duration;

use portolan::{Board, Delivery, Event, Interrupt, LineConfig, LineMode, Port, Status};
use portolan_sim::raw::seed;
use portolan_sim::{Changes, RandomChanges, SimBoard, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{drain, gap_port, ns, open};

const LINE: u32 = 0;
/// The longest way from one edge to the next, in cycles: as long as the register accesses of an operation.
const GAP: u64 = 2000;

/// Random operations on a line of which edges keep coming.
struct Traffic {
    board: Board,
    line: Interrupt,
    ports: Vec<Port>,
    bound: Option<usize>,
    stamps: Vec<u64>,
    random: ChaCha8Rng,
}

impl Traffic {
    fn new(board: &Board, sim: &SimBoard, delivery: Delivery, seed: u64) -> Traffic {
        let config = LineConfig { mode: LineMode::Both, delivery, filter: 0 };
        let line = Interrupt::line(board, LINE, config).expect("the line is free");
        // From now on edges count.
        sim.start(RandomChanges::new(seed, 1, GAP, 2_000_000)).unwrap();
        Traffic {
            board: board.clone(),
            line,
            // More than the board has, so that some share a lane.
            ports: (0..6).map(|_| gap_port()).collect(),
            bound: None,
            stamps: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    fn step(&mut self) {
        match (self.random.random_range(0..6), self.bound) {
            (0 | 1, None) => {
                let to = self.random.random_range(0..self.ports.len());
                self.line.bind(&self.ports[to], to as u64).unwrap();
                self.bound = Some(to);
            }
            (0, Some(from)) => {
                self.line.unbind(&self.ports[from]).unwrap();
                self.bound = None;
            }
            (1 | 2, _) => match self.line.ack() {
                Ok(()) | Err(Status::BAD_STATE) => {}
                Err(status) => panic!("{status}"),
            },
            (_, Some(port)) => {
                let deadline = self.ports[port].deadline_after(Duration::from_nanos(800));
                if let Ok(Event::Interrupt { detail, .. }) = self.ports[port].wait_event(deadline) {
                    self.stamps.push(detail.ticks);
                }
            }
            (_, None) => {}
        }
    }

    fn check(&self) {
        let counters = self.board.counters(LINE).unwrap();
        assert!(counters.hold(), "{counters:?}");
        assert_eq!(counters.discarded, 0, "bind, unbind and ack discard nothing: {counters:?}");
        assert_eq!(counters.delivered, self.stamps.len() as u64);
    }
}

fn play(delivery: Delivery, default_seed: u64) {
    let seed = seed(default_seed);
    let (sim, board) = open(Size::L16P4);
    let mut traffic = Traffic::new(&board, &sim, delivery, seed);
    while !sim.stimulus_ended() {
        traffic.step();
        traffic.check();
    }
    assert!(traffic.stamps.is_sorted_by(|a, b| a < b), "each edge once, in order");
    let counters = board.counters(LINE).unwrap();
    assert!(counters.edges > 2000 && counters.delivered > 300, "{counters:?}");
    assert_eq!(board.stats().unwrap().stale_packets, 0, "no packet met a binding that was not its own");
    assert_eq!(board.stats().unwrap().stale, 0);
}

#[test]
fn an_edge_during_bind_unbind_or_ack_is_kept_by_the_rules_in_ack_delivery() {
    play(Delivery::Ack, 71);
}

#[test]
fn an_edge_during_bind_or_unbind_is_delivered_or_told_of_in_stream_delivery() {
    play(Delivery::Stream, 72);
}

/// Binds a streaming line while changes come; what the port has in the end.
fn bound_amid(changes: Changes, filter: u8) -> (u64, Board, Vec<Event>) {
    let (sim, board) = open(Size::L4P1);
    let port = gap_port();
    let config = LineConfig { mode: LineMode::Both, delivery: Delivery::Stream, filter };
    let line = Interrupt::line(&board, LINE, config).unwrap();
    let begin = sim.start(changes).unwrap();
    line.bind(&port, 0).unwrap();
    sim.run(2000).unwrap();
    (begin, board, drain(&port))
}

#[test]
fn an_edge_at_any_clock_of_a_bind_reaches_the_port_with_its_own_stamp() {
    for filter in [0, 200] {
        for clock in 0..600 {
            let (begin, board, events) = bound_amid([(clock, 1), (clock + 1000, 0)].into(), filter);
            let stamps: Vec<_> = events.iter().map(|event| event.packet().unwrap().timestamp()).collect();
            let edges = [clock, clock + 1000].map(|cycle| Some(ns(begin + cycle)));
            assert_eq!(stamps, edges, "filter {filter}, clock {clock}: {:?}", board.counters(LINE));
        }
    }
}

#[test]
fn a_pulse_longer_than_the_filter_is_not_rejected_at_any_clock_of_a_bind() {
    for clock in 0..600 {
        let (_, board, _) = bound_amid([(clock, 1), (clock + 210, 0)].into(), 200);
        let counters = board.counters(LINE).unwrap();
        assert_eq!((counters.edges, counters.rejected), (2, 0), "clock {clock}");
    }
}
