//! Virtual interrupts and lines of boards behave the same, step by step (promise 5).
//!
//! One list of cases, and then random operations, are applied to a model, to the software interrupt, to a
//! line of the RTL through the driver, and, where no driver is needed (I14–I19), to the RTL by its
//! registers. Levels are not for virtual interrupts; a line that listens to one is compared with a model of its
//! own. PORTOLAN_SEED repeats a random run.

mod levels;
mod model;
mod planted;
mod subjects;

use model::{Model, Op, Outcome, Subject};
use portolan_sim::{Size, Top, raw};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use subjects::{Line, Registers, Software};

use Op::{Ack, Bind, Edge, Read, Renew, Unbind, Wait, WaitForEdge};

/// A rule, and operations that show it.
struct Case {
    rule: &'static str,
    ops: &'static [Op],
    /// What the last operations give, so that the model cannot be wrong in the same way as the rest.
    ends: &'static [Outcome],
    /// The hardware alone does it.
    raw: bool,
}

use Outcome::{Done, Failed, Nothing, Packet, Waited};
use portolan::Status;

const CASES: &[Case] = &[
    Case {
        rule: "I14: three triggers, two packets",
        ops: &[Bind(0, 7), Edge, Edge, Edge, Read(0), Read(0), Ack, Read(0), Ack, Read(0), Edge, Read(0)],
        ends: &[Packet(7, 1), Nothing, Done, Packet(7, 2), Done, Nothing, Done, Packet(7, 4)],
        raw: true,
    },
    Case {
        rule: "I15: two edges before a wait make one return",
        ops: &[Edge, Edge, Wait, WaitForEdge],
        ends: &[Done, Done, Waited(1), Waited(3)],
        raw: false,
    },
    Case {
        rule: "I17: an edge before the acknowledge queues nothing",
        ops: &[Bind(0, 7), Edge, Read(0), Edge, Read(0)],
        ends: &[Packet(7, 1), Done, Nothing],
        raw: true,
    },
    Case {
        rule: "I18: unbound, there is no acknowledge",
        ops: &[Ack],
        ends: &[Failed(Status::BAD_STATE)],
        raw: true,
    },
    Case {
        rule: "I19: the pending edge comes with the acknowledge, and acknowledges repeat",
        ops: &[Bind(0, 7), Ack, Edge, Read(0), Edge, Ack, Read(0), Ack, Ack, Edge, Read(0)],
        ends: &[Done, Packet(7, 2), Done, Done, Done, Packet(7, 3)],
        raw: true,
    },
    Case {
        rule: "I20 a: an acknowledge before the read loses the next edge",
        ops: &[Bind(0, 7), Edge, Ack, Edge, Read(0), Read(0), Edge, Read(0), Ack, Read(0)],
        ends: &[Packet(7, 1), Nothing, Done, Nothing, Done, Packet(7, 3)],
        raw: false,
    },
    Case {
        rule: "I20 a: but not an edge after the read",
        ops: &[Bind(0, 7), Edge, Ack, Read(0), Edge, Read(0)],
        ends: &[Packet(7, 1), Done, Packet(7, 2)],
        raw: false,
    },
    Case {
        rule: "I20 b: with an edge pending the acknowledge fails and drops it",
        ops: &[Bind(0, 7), Edge, Edge, Ack, Read(0), Read(0), Ack, Read(0), Edge, Read(0)],
        ends: &[Failed(Status::BAD_STATE), Packet(7, 1), Nothing, Done, Nothing, Done, Packet(7, 3)],
        raw: false,
    },
    Case {
        rule: "I20: early acknowledges go on and on",
        ops: &[
            Bind(0, 7),
            Edge,
            Ack,
            Edge,
            Ack,
            Edge,
            Edge,
            Ack,
            Edge,
            Ack,
            Read(0),
            Read(0),
            Ack,
            Edge,
            Read(0),
        ],
        ends: &[Packet(7, 1), Nothing, Done, Done, Packet(7, 6)],
        raw: false,
    },
    Case {
        rule: "I8: a bind sends the first edge that nobody has seen",
        ops: &[Edge, Edge, Bind(0, 7), Read(0), Ack, Read(0)],
        ends: &[Done, Packet(7, 1), Done, Nothing],
        raw: false,
    },
    Case {
        rule: "I10: unbinding an unread packet keeps it for the next port",
        ops: &[Bind(0, 7), Edge, Edge, Unbind(0), Read(0), Bind(1, 8), Read(1), Ack, Read(1)],
        ends: &[Nothing, Done, Packet(8, 1), Done, Nothing],
        raw: false,
    },
    Case {
        rule: "I10: or for a wait",
        ops: &[Bind(0, 7), Edge, Unbind(0), Edge, Wait, WaitForEdge],
        ends: &[Waited(1), Waited(3)],
        raw: false,
    },
    Case {
        rule: "I11: after a read packet a rebound edge waits for the acknowledge",
        ops: &[Bind(0, 7), Edge, Read(0), Unbind(0), Edge, Edge, Bind(1, 8), Read(1), Ack, Read(1)],
        ends: &[Nothing, Done, Packet(8, 2)],
        raw: false,
    },
    Case {
        rule: "I11: so does an edge that was pending before the unbind, or came after the bind",
        ops: &[
            Bind(0, 7),
            Edge,
            Read(0),
            Edge,
            Unbind(0),
            Bind(0, 9),
            Read(0),
            Edge,
            Ack,
            Read(0),
            Read(0),
            Ack,
            Read(0),
            Unbind(0),
            Bind(1, 4),
            Edge,
            Read(1),
            Ack,
            Read(1),
        ],
        ends: &[Packet(9, 2), Nothing, Done, Nothing, Done, Done, Done, Packet(4, 4), Done, Nothing],
        raw: false,
    },
    Case {
        rule: "I23: waiting again acknowledges; a pending edge returns at once",
        ops: &[WaitForEdge, Edge, Edge, Wait, WaitForEdge],
        ends: &[Waited(2), Waited(4)],
        raw: false,
    },
    Case {
        rule: "I26: destroying reports a packet that was read and not acknowledged",
        ops: &[Bind(0, 7), Edge, Renew, Read(0), Bind(0, 8), Edge, Read(0), Renew, Edge, Wait],
        ends: &[Failed(Status::NOT_FOUND), Done, Waited(3)],
        raw: false,
    },
];

/// Applies operations to a model and all subjects at once and compares.
struct Together<M = Model> {
    model: M,
    others: Vec<(&'static str, Box<dyn Subject>)>,
    edges: u64,
    history: Vec<(Op, Outcome)>,
}

impl Together {
    fn new(others: Vec<(&'static str, Box<dyn Subject>)>) -> Together {
        Together::with(Model::new(), others)
    }
}

impl<M: Subject> Together<M> {
    fn with(model: M, others: Vec<(&'static str, Box<dyn Subject>)>) -> Together<M> {
        Together { model, others, edges: 0, history: Vec::new() }
    }

    /// The outcome, or who does otherwise.
    fn apply(&mut self, op: Op) -> Result<Outcome, String> {
        self.edges += u64::from(matches!(op, Edge | WaitForEdge));
        let expected = self.model.apply(op, self.edges);
        for (name, subject) in &mut self.others {
            let outcome = subject.apply(op, self.edges);
            if outcome != expected {
                let recent = &self.history[self.history.len().saturating_sub(16)..];
                let (number, edges) = (self.history.len(), self.edges);
                return Err(format!(
                    "{name}: {outcome:?} instead of {expected:?} of {op:?} as operation {number} (edge {edges}); \
                     before it {recent:#?}"
                ));
            }
        }
        self.history.push((op, expected));
        Ok(expected)
    }
}

impl Case {
    fn run<M: Subject>(&self, mut together: Together<M>) -> Result<(), String> {
        let outcomes = self.ops.iter().map(|op| together.apply(*op)).collect::<Result<Vec<_>, _>>();
        let outcomes = outcomes.map_err(|error| format!("{}: {error}", self.rule))?;
        assert!(outcomes.ends_with(self.ends), "{}: {outcomes:?}", self.rule);
        Ok(())
    }
}

fn run_cases(only_raw: bool, subjects: impl Fn() -> Vec<(&'static str, Box<dyn Subject>)>) {
    for case in CASES.iter().filter(|case| case.raw || !only_raw) {
        case.run(Together::new(subjects())).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// In software, and on a line of every board.
fn software_and_lines(size: Size) -> Vec<(&'static str, Box<dyn Subject>)> {
    let line = |top: Top| -> (_, Box<dyn Subject>) { (top.name(), Box::new(Line::new(top, size, 2))) };
    let mut subjects: Vec<(_, Box<dyn Subject>)> = vec![("software", Box::new(Software::new()))];
    subjects.extend(Top::ALL.map(line));
    subjects
}

#[test]
fn every_case_is_the_same_in_software_and_on_a_line_with_hardware_ports_of_its_own() {
    run_cases(false, || software_and_lines(Size::L16P4));
}

#[test]
fn every_case_is_the_same_on_a_line_whose_ports_share_hardware_port_0() {
    run_cases(false, || software_and_lines(Size::L4P1));
}

#[test]
fn the_cases_that_need_no_driver_are_the_same_by_registers_alone() {
    run_cases(true, || vec![("registers", Box::new(Registers::new()))]);
}

/// A random operation; waits only where they return.
fn random_op(random: &mut ChaCha8Rng, would_block: bool) -> Op {
    let port = random.random_range(0..2);
    match random.random_range(0..100) {
        0..35 => Edge,
        35..55 => Ack,
        55..77 => Read(port),
        77..86 => Bind(port, random.random_range(0..1000)),
        86..94 => Unbind(port),
        94..99 if would_block => WaitForEdge,
        94..99 => Wait,
        _ => Renew,
    }
}

fn random_operations(seed: u64, operations: usize, mut together: Together) -> Result<(), String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..operations {
        let op = random_op(&mut random, together.model.would_block());
        together.apply(op)?;
    }
    Ok(())
}

fn run_random(seed: u64, operations: usize, size: Size) {
    let result = random_operations(seed, operations, Together::new(software_and_lines(size)));
    result.unwrap_or_else(|error| panic!("PORTOLAN_SEED={seed}, {size} board: {error}"));
}

#[test]
fn random_operations_are_the_same_in_software_and_on_a_line_with_hardware_ports_of_its_own() {
    run_random(raw::seed(0x1d0), 100_000, Size::L16P4);
}

#[test]
fn random_operations_are_the_same_on_a_line_whose_ports_share_hardware_port_0() {
    run_random(raw::seed(0x1d1), 20_000, Size::L4P1);
}

#[test]
fn random_operations_that_need_no_driver_are_the_same_by_registers_alone() {
    let seed = raw::seed(0x1d2);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let fail = |error: String| -> Outcome { panic!("PORTOLAN_SEED={seed}: {error}") };
    let mut together = Together::new(vec![
        ("registers", Box::new(Registers::new())),
        ("software", Box::new(Software::new())),
    ]);
    together.apply(Bind(0, 7)).unwrap_or_else(fail);
    for _ in 0..100_000 {
        // An acknowledge before the read is the driver's to resolve (I20).
        let op = match random.random_range(0..3) {
            0 => Edge,
            1 if !together.model.is_unread() => Ack,
            _ => Read(0),
        };
        together.apply(op).unwrap_or_else(fail);
    }
}
