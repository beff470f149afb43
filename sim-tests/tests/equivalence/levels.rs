//! A line that listens to a level, through the driver, against a model (I3, I21–I23): masked from delivery, and
//! unmasked by the acknowledge or by the next wait; a level that is still there then fires again at once.
//!
//! `Edge` stands for a change of the level here. What fires is known by the operation, numbered from 1, during
//! which it fired.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use portolan::device::Device;
use portolan::{Board, Delivery, Interrupt, LineConfig, LineMode, Port};
use portolan_regs::control;
use portolan_sim::{Changes, NS_PER_TICK, Options, SimBoard, Size, Top, raw};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::model::{Model, Op, Outcome, Subject};
use crate::subjects::{self, SETTLED};
use crate::{Case, Together, random_op};

use Op::{Ack, Bind, Edge, Read, Renew, Unbind, Wait, WaitForEdge};
use Outcome::{Done, Nothing, Packet, Waited};

/// The model of an interrupt behind a controller that masks a level.
struct Level {
    interrupt: Model,
    there: bool,
    operations: u64,
}

impl Level {
    fn new() -> Level {
        Level { interrupt: Model::new(), there: false, operations: 0 }
    }

    /// Whether a wait would sleep now: it unmasks, so a level that is there ends it.
    fn would_block(&self) -> bool {
        self.interrupt.would_block() && !self.there
    }

    fn fire(&mut self) {
        self.interrupt.apply(Op::Edge, self.operations);
    }
}

impl Subject for Level {
    fn apply(&mut self, op: Op, _: u64) -> Outcome {
        self.operations += 1;
        let outcome = match op {
            Op::Edge => {
                self.there = !self.there;
                Outcome::Done
            }
            Op::Wait | Op::WaitForEdge => {
                self.there |= op == Op::WaitForEdge;
                if self.there && self.interrupt.would_block() {
                    self.fire();
                }
                self.interrupt.apply(Op::Wait, 0)
            }
            op => self.interrupt.apply(op, 0),
        };
        if self.there && !self.interrupt.is_masked() {
            self.fire();
        }
        outcome
    }
}

const LINE: u32 = 2;

/// A line of a simulated board that listens to a level, through the driver.
struct LevelLine {
    mode: LineMode,
    board: Board,
    sim: Arc<SimBoard>,
    interrupt: Option<Interrupt>,
    ports: [Port; 2],
    /// First and last tick of each operation. The level that fires at once has the first one as its stamp.
    operations: Vec<(u64, u64)>,
}

impl LevelLine {
    fn new(top: Top, size: Size, mode: LineMode) -> LevelLine {
        let initial_pins = u64::from(mode == LineMode::Low) << LINE;
        let sim = SimBoard::open(Options { top, size, initial_pins, ..Options::default() });
        let sim = sim.expect("the board opens");
        let board = Board::open(sim.clone()).expect("the driver opens it");
        let interrupt = Some(LevelLine::interrupt(&board, mode));
        LevelLine { mode, board, sim, interrupt, ports: subjects::ports(), operations: Vec::new() }
    }

    fn interrupt(board: &Board, mode: LineMode) -> Interrupt {
        let config = LineConfig { mode, delivery: Delivery::Ack, filter: 0 };
        Interrupt::line(board, LINE, config).expect("the line is free")
    }

    /// The operation during which a stamp was taken.
    fn operation(&self, tick: u64) -> u64 {
        let index = self.operations.iter().rposition(|&(first, last)| (first..=last).contains(&tick));
        index.unwrap_or_else(|| panic!("nothing was done at tick {tick}: {:?}", self.operations)) as u64 + 1
    }

    /// Changes the level at the coming cycle.
    fn change(sim: &SimBoard) -> u64 {
        let changes = Changes::from([(0, sim.pins() ^ 1 << LINE)]);
        sim.start(changes).expect("the stimulus starts")
    }

    fn carry_out(&mut self, op: Op) -> Outcome {
        let live = self.interrupt.as_ref().expect("there is always one");
        // As a number, the tick; the operation is known when this one has ended.
        if let Some(outcome) = subjects::apply(live, &self.ports, op, |stamp| stamp as u64 / NS_PER_TICK) {
            return outcome;
        }
        match op {
            Op::Edge => {
                LevelLine::change(&self.sim);
                Outcome::Done
            }
            Op::WaitForEdge => {
                let (waited, tick) = thread::scope(|scope| {
                    let waiter = scope.spawn(|| live.wait());
                    // Until then the level is masked, so it would fire later than it comes.
                    let limit = Instant::now() + Duration::from_secs(60);
                    while !live.is_waited_for() {
                        assert!(Instant::now() < limit, "the thread waits");
                        thread::yield_now();
                    }
                    // A read is answered after the writes before it: the acknowledge has arrived.
                    self.sim.read(control::ID).expect("the board is there");
                    let tick = LevelLine::change(&self.sim);
                    (waiter.join().expect("no panic").expect("the level ends the wait"), tick)
                });
                assert_eq!(waited as u64, tick * NS_PER_TICK, "the stamp is the cycle at which it came");
                Outcome::Waited(tick)
            }
            _ => {
                let result = live.destroy();
                let counters = self.board.counters(LINE).expect("the board lives");
                assert!(counters.hold() && counters.undelivered == 0, "{counters:?}");
                self.interrupt = None;
                self.interrupt = Some(LevelLine::interrupt(&self.board, self.mode));
                result.into()
            }
        }
    }
}

impl Subject for LevelLine {
    fn apply(&mut self, op: Op, _: u64) -> Outcome {
        let first = self.sim.cycles();
        let outcome = self.carry_out(op);
        self.sim.run(SETTLED).expect("time goes by");
        let last = if op == Op::Edge { first } else { self.sim.cycles() - 1 };
        self.operations.push((first, last));
        match outcome {
            Outcome::Packet(key, tick) => Outcome::Packet(key, self.operation(tick)),
            Outcome::Waited(tick) => Outcome::Waited(self.operation(tick)),
            outcome => outcome,
        }
    }
}

const CASES: &[Case] = &[
    Case {
        rule: "I21: the acknowledge unmasks, and a level that is there fires again at once",
        ops: &[Bind(0, 7), Edge, Read(0), Read(0), Ack, Read(0), Edge, Ack, Read(0)],
        ends: &[Packet(7, 2), Nothing, Done, Packet(7, 5), Done, Done, Nothing],
        raw: false,
    },
    Case {
        rule: "I3: masked from delivery to acknowledge: what goes and comes meanwhile is not seen",
        ops: &[Bind(0, 7), Edge, Read(0), Edge, Edge, Edge, Read(0), Edge, Ack, Read(0)],
        ends: &[Packet(7, 2), Done, Done, Done, Nothing, Done, Done, Packet(7, 9)],
        raw: false,
    },
    Case {
        rule: "I23: the next wait is the acknowledge",
        ops: &[Edge, Wait, Wait, Edge, WaitForEdge],
        ends: &[Done, Waited(1), Waited(3), Done, Waited(5)],
        raw: false,
    },
    Case {
        rule: "I8: a bind sends a level that nobody has seen, though it is gone",
        ops: &[Edge, Edge, Bind(0, 7), Read(0), Ack, Read(0)],
        ends: &[Done, Packet(7, 1), Done, Nothing],
        raw: false,
    },
    Case {
        rule: "I10: an unread packet is kept by unbinding, and masks on",
        ops: &[Bind(0, 7), Edge, Unbind(0), Read(0), Bind(1, 8), Read(1), Read(1), Ack, Read(1)],
        ends: &[Nothing, Done, Packet(8, 2), Nothing, Done, Packet(8, 8)],
        raw: false,
    },
    Case {
        rule: "I11: after a read packet a rebound level waits for the acknowledge",
        ops: &[Bind(0, 7), Edge, Read(0), Unbind(0), Bind(1, 8), Read(1), Ack, Read(1)],
        ends: &[Packet(7, 2), Done, Done, Nothing, Done, Packet(8, 7)],
        raw: false,
    },
    Case {
        rule: "I20 a: an acknowledge before the read unmasks, and what fires then is lost",
        ops: &[Bind(0, 7), Edge, Ack, Read(0), Read(0), Ack, Read(0)],
        ends: &[Done, Packet(7, 2), Nothing, Done, Packet(7, 6)],
        raw: false,
    },
    Case {
        rule: "I28: a new interrupt is not masked",
        ops: &[Bind(0, 7), Edge, Renew, Wait, Renew, Edge, Wait],
        ends: &[Done, Waited(3), Done, Done, Waited(5)],
        raw: false,
    },
];

fn together(size: Size, mode: LineMode) -> Together<Level> {
    let line =
        |top: Top| -> (_, Box<dyn Subject>) { (top.name(), Box::new(LevelLine::new(top, size, mode))) };
    Together::with(Level::new(), Top::ALL.map(line).into())
}

const MODES: [LineMode; 2] = [LineMode::High, LineMode::Low];

#[test]
fn every_case_of_levels_is_that_of_a_masked_interrupt() {
    for (size, mode) in [Size::L16P4, Size::L4P1].into_iter().flat_map(|size| MODES.map(|mode| (size, mode)))
    {
        for case in CASES {
            case.run(together(size, mode)).unwrap_or_else(|error| panic!("{size}, {mode:?}: {error}"));
        }
    }
}

#[test]
fn random_operations_on_levels_are_those_of_a_masked_interrupt() {
    let seed = raw::seed(0x1e7);
    for (size, operations) in [(Size::L16P4, 20_000), (Size::L4P1, 5_000)] {
        for mode in MODES {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let mut together = together(size, mode);
            for _ in 0..operations {
                let op = random_op(&mut random, together.model.would_block());
                let result = together.apply(op);
                result
                    .unwrap_or_else(|error| panic!("PORTOLAN_SEED={seed}, {size} board, {mode:?}: {error}"));
            }
        }
    }
}

/// A line whose level is not masked after its delivery.
struct Unmasked(LevelLine);

impl Subject for Unmasked {
    fn apply(&mut self, op: Op, edge: u64) -> Outcome {
        let outcome = self.0.apply(op, edge);
        if matches!(outcome, Outcome::Packet(..)) {
            self.0.carry_out(Op::Ack);
            self.0.sim.run(SETTLED).expect("time goes by");
            // What fires now fires during this operation.
            self.0.operations.last_mut().expect("it was carried out").1 = self.0.sim.cycles() - 1;
        }
        outcome
    }
}

#[test]
fn a_level_that_is_not_masked_is_found() {
    for case in &CASES[..2] {
        let unmasked = Unmasked(LevelLine::new(Top::Axi, Size::L16P4, LineMode::High));
        let error = case.run(Together::with(Level::new(), vec![("unmasked", Box::new(unmasked))]));
        assert!(error.is_err(), "{}", case.rule);
    }
}
