//! The three that must agree: the software interrupt, a line of the RTL through the driver, and the RTL
//! by its registers alone.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use portolan::{
    Board, Deadline, Delivery, Interrupt, LineConfig, LineMode, Packet, Port, PortOptions, Status,
};
use portolan_regs::mode;
use portolan_sim::raw::{Config, Raw};
use portolan_sim::{Changes, Options, SimBoard, Size, Top};

use crate::model::{Op, Outcome, Subject};

/// Cycles after which an edge is in its queue.
pub const SETTLED: u64 = 200;

pub fn ports<const N: usize>() -> [Port; N] {
    std::array::from_fn(|_| Port::new(PortOptions { bind_to_interrupt: true, gaps: false }))
}

/// What is common to all interrupts of the driver.
pub fn apply(
    interrupt: &Interrupt,
    ports: &[Port],
    op: Op,
    stamp_to_edge: impl Fn(i64) -> u64,
) -> Option<Outcome> {
    let waited = |result: Result<i64, Status>| match result {
        Ok(stamp) => Outcome::Waited(stamp_to_edge(stamp)),
        Err(status) => Outcome::Failed(status),
    };
    Some(match op {
        Op::Ack => interrupt.ack().into(),
        Op::Wait => waited(interrupt.wait()),
        Op::Bind(port, key) => interrupt.bind(&ports[port], key).into(),
        Op::Unbind(port) => interrupt.unbind(&ports[port]).into(),
        Op::Read(port) => match ports[port].wait(Deadline::PAST) {
            Ok(packet) => Outcome::Packet(packet.key(), stamp_to_edge(stamp(&packet))),
            Err(Status::TIMED_OUT) => Outcome::Nothing,
            Err(status) => Outcome::Failed(status),
        },
        Op::Edge | Op::WaitForEdge | Op::Renew => return None,
    })
}

fn stamp(packet: &Packet) -> i64 {
    packet.timestamp().expect("an interrupt packet")
}

/// A virtual interrupt.
pub struct Software {
    interrupt: Interrupt,
    ports: [Port; 2],
}

impl Software {
    pub fn new() -> Software {
        Software { interrupt: Interrupt::virtual_interrupt(), ports: ports() }
    }
}

impl Subject for Software {
    fn apply(&mut self, op: Op, edge: u64) -> Outcome {
        let Software { interrupt, ports } = self;
        if let Some(outcome) = apply(interrupt, ports, op, |stamp| stamp as u64) {
            return outcome;
        }
        match op {
            Op::Edge => interrupt.trigger(edge as i64).into(),
            Op::WaitForEdge => thread::scope(|scope| {
                let waiter = scope.spawn(|| interrupt.wait());
                interrupt.trigger(edge as i64).expect("a live virtual interrupt can be triggered");
                Outcome::Waited(waiter.join().expect("no panic").expect("the edge ends the wait") as u64)
            }),
            _ => {
                let result = interrupt.destroy();
                *interrupt = Interrupt::virtual_interrupt();
                result.into()
            }
        }
    }
}

/// A line of a simulated board, through the driver.
pub struct Line {
    pub board: Board,
    pub line: u32,
    sim: Arc<SimBoard>,
    interrupt: Option<Interrupt>,
    ports: [Port; 2],
    /// The edges of the present interrupt, by stamp.
    edges: HashMap<i64, u64>,
}

impl Line {
    pub fn new(top: Top, size: Size, line: u32) -> Line {
        let sim = SimBoard::open(Options { top, size, ..Options::default() }).expect("the board opens");
        let board = Board::open(sim.clone()).expect("the driver opens it");
        let interrupt = Some(Line::interrupt(&board, line));
        Line { board, line, sim, interrupt, ports: ports(), edges: HashMap::new() }
    }

    fn interrupt(board: &Board, line: u32) -> Interrupt {
        let config = LineConfig { mode: LineMode::Both, delivery: Delivery::Ack, filter: 0 };
        Interrupt::line(board, line, config).expect("the line is free")
    }

    /// An edge on the pin, begun at the next cycle.
    fn begin(sim: &SimBoard, line: u32) -> i64 {
        let pins = sim.pins() ^ 1 << line;
        let tick = sim.start(Changes::from([(0, pins)])).expect("the stimulus starts");
        board_ns(tick)
    }
}

fn board_ns(tick: u64) -> i64 {
    (tick * portolan_sim::NS_PER_TICK) as i64
}

impl Subject for Line {
    fn apply(&mut self, op: Op, edge: u64) -> Outcome {
        let outcome = self.carry_out(op, edge);
        // A packet that an operation sets free is on its way to its ring for a while.
        if self.board.info().ring_slots > 0 {
            self.sim.run(SETTLED).expect("time goes by");
        }
        outcome
    }
}

impl Line {
    fn carry_out(&mut self, op: Op, edge: u64) -> Outcome {
        let Line { board, line, sim, interrupt, ports, edges } = self;
        let live = interrupt.as_ref().expect("there is always one");
        let number =
            |stamp: i64| edges.get(&stamp).copied().unwrap_or_else(|| panic!("no edge at {stamp} ns"));
        if let Some(outcome) = apply(live, ports, op, number) {
            // An edge that waited for this comes to its port, by whatever way the board has.
            if matches!(op, Op::Bind(..) | Op::Ack) {
                sim.run(SETTLED).expect("time goes by");
            }
            return outcome;
        }
        match op {
            Op::Edge => {
                edges.insert(Line::begin(sim, *line), edge);
                sim.run(SETTLED).expect("time goes by");
                Outcome::Done
            }
            Op::WaitForEdge => {
                let (waited, stamp) = thread::scope(|scope| {
                    let waiter = scope.spawn(|| live.wait());
                    let stamp = Line::begin(sim, *line);
                    (waiter.join().expect("no panic").expect("the edge ends the wait"), stamp)
                });
                assert_eq!(waited, stamp, "the stamp of the edge that ended the wait");
                edges.insert(stamp, edge);
                Outcome::Waited(edge)
            }
            _ => {
                let result = live.destroy();
                *interrupt = None;
                *interrupt = Some(Line::interrupt(board, *line));
                edges.clear();
                result.into()
            }
        }
    }
}

/// A line of the RTL, bound to port 1 or unbound, by register access alone. It knows nothing of rules:
/// what it does is what the RTL does.
pub struct Registers {
    raw: Raw,
    generation: u32,
    key: Option<u64>,
    edges: HashMap<u64, u64>,
}

const LINE: u32 = 2;
const PORT: u32 = 1;

impl Registers {
    pub fn new() -> Registers {
        let mut raw = Raw::open(Size::L16P4);
        raw.configure(LINE, Config::ack(mode::BOTH));
        Registers { raw, generation: 0, key: None, edges: HashMap::new() }
    }

    /// Commands that the block ignored.
    pub fn stale(&mut self) -> u32 {
        self.raw.read(portolan_regs::control::STALE)
    }
}

impl Subject for Registers {
    fn apply(&mut self, op: Op, edge: u64) -> Outcome {
        match op {
            Op::Edge => {
                self.edges.insert(self.raw.sim.tick(), edge);
                self.raw.toggle(LINE);
                self.raw.run(SETTLED);
                Outcome::Done
            }
            Op::Bind(0, key) => {
                self.generation += 1;
                self.raw.bind(LINE, PORT, self.generation);
                self.key = Some(key);
                Outcome::Done
            }
            Op::Ack => {
                let stale = self.stale();
                self.raw.ack(LINE, self.generation);
                match self.stale() == stale {
                    true => Outcome::Done,
                    false => Outcome::Failed(Status::BAD_STATE),
                }
            }
            Op::Read(0) => match (self.raw.pull(PORT), self.key) {
                (Some(packet), Some(key)) => Outcome::Packet(key, self.edges[&packet.ticks]),
                _ => Outcome::Nothing,
            },
            other => unreachable!("{other:?} is the driver's business"),
        }
    }
}
