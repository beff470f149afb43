//! Bind, unbind, destroy, acknowledge and cancel at random, against edges in flight on all lines: each does what section I
//! says, no packet of a binding or of an interrupt that is over is ever seen, and the equation holds.
//!
//! Lines in ack delivery are held against [`Worlds`]. Stream delivery is Portolan's own, so of those lines the statuses
//! are checked, and that each packet is one of their edges, later than the one before, under the key of the present
//! binding, and no older than the interrupt.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portolan::device::Device;
use portolan::{Board, Contents, Deadline, Delivery, Interrupt, Packet, Port, Status};
use portolan_regs::{bank, map};
use portolan_sim::raw::seed;
use portolan_sim::{NS_PER_TICK, SimBoard, Size, Top};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::boards::{Kind, PCIE, PULL, RINGS};
use crate::meddled::{self, Honest};
use crate::model::{Op, Outcome};
use crate::plan::{Coming, Plan};
use crate::worlds::Worlds;
use crate::{interrupt, port, scaled, tick};

/// With three hardware ports to give: the last three ports share one.
const SIZE: Size = Size::L16P4;
const PORTS: usize = 6;
/// Of these the first ones are in ack delivery, the others in stream delivery.
const ACK_LINES: u32 = 12;
/// Cycles from one edge to the next, on average.
const PACE: u64 = 60;
/// Operations from one look at the equation of every line to the next.
const LOOK: u64 = 2_000;
/// Keys of user packets begin here; those of bindings are below.
const USER: u64 = 1 << 63;

/// One rule changed, for the check to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twist {
    None,
    /// Every acknowledge is one too many.
    AcknowledgesTwice,
    /// A new binding has the key of another one.
    MixesKeys,
    /// Destroying reports that all was acknowledged.
    ReportsNothing,
    /// Unbinding does not put the unread packet back.
    Forgets,
}

struct Line {
    number: u32,
    interrupt: Option<Interrupt>,
    /// Of every edge up to now.
    ticks: Vec<u64>,
    /// Port and key.
    bound: Option<(usize, u64)>,
    worlds: Worlds,
    /// In stream delivery: the stamp of the last packet, or when the interrupt was made.
    last: u64,
    /// Packets that were read.
    read: u64,
}

impl Line {
    fn is_stream(&self) -> bool {
        self.number >= ACK_LINES
    }

    fn live(&self) -> &Interrupt {
        self.interrupt.as_ref().expect("there is always one")
    }

    /// An operation's outcome, which must be one of those that are possible.
    fn check(&mut self, op: Op, when: (u64, u64), outcome: Outcome) -> Result<(), String> {
        let result = if self.is_stream() {
            let expected = match (op, self.bound) {
                (Op::Bind(..), Some(_)) => Err(Status::ALREADY_BOUND),
                (Op::Ack, None) => Err(Status::BAD_STATE),
                (Op::Unbind(port), bound) if bound.is_none_or(|(at, _)| at != port) => Err(Status::NOT_FOUND),
                _ => Ok(()),
            };
            let right = matches!(op, Op::Read(_)) || outcome == Outcome::from(expected);
            if right { Ok(()) } else { Err(format!("{outcome:?} of {op:?}, not {expected:?}")) }
        } else {
            self.worlds.apply(&self.ticks, op, when, outcome)
        };
        result.map_err(|error| format!("line {}: {error}", self.number))
    }
}

struct Storm {
    sim: Arc<SimBoard>,
    board: Board,
    ports: Vec<Port>,
    lines: Vec<Line>,
    /// Keys of the user packets of each port, in their order.
    users: Vec<VecDeque<u64>>,
    coming: Coming,
    keys: u64,
    random: ChaCha8Rng,
    twist: Twist,
}

impl Storm {
    fn new(kind: Kind, seed: u64, twist: Twist) -> Storm {
        let (device, board) = meddled::open(kind, SIZE, Some(seed), Honest);
        let sim = device.wires.sim.clone();
        let plan = Plan::new(seed, (0..SIZE.lines()).collect(), PACE, u64::MAX);
        let start = sim.start(plan.clone()).expect("it starts");
        let mut coming = Coming::new(plan, start, SIZE.lines());
        let lines = (0..SIZE.lines()).map(|number| {
            let made = sim.cycles();
            let live = Some(interrupt(&board, number, delivery(number)));
            coming.advance(sim.cycles());
            let ticks: Vec<_> = coming.lines[number as usize].drain(..).collect();
            let worlds = Worlds::new(&ticks, made, sim.cycles());
            Line { number, interrupt: live, ticks, bound: None, worlds, last: made, read: 0 }
        });
        let lines = lines.collect();
        let ports: Vec<_> = (0..PORTS).map(|_| port(false)).collect();
        let (users, random) = (vec![VecDeque::new(); PORTS], ChaCha8Rng::seed_from_u64(!seed));
        Storm { sim, board, ports, lines, users, coming, keys: 0, random, twist }
    }

    /// Until now, from then: every edge until now is known.
    fn since(&mut self, begin: u64) -> (u64, u64) {
        let end = self.sim.cycles();
        self.coming.advance(end);
        for line in &mut self.lines {
            line.ticks.extend(self.coming.lines[line.number as usize].drain(..));
        }
        (begin, end)
    }

    fn step(&mut self) -> Result<(), String> {
        let index = self.random.random_range(0..self.lines.len());
        let port = self.random.random_range(0..PORTS);
        match self.random.random_range(0..100) {
            0..28 => self.read(port),
            28..48 => self.operate(index, Op::Ack),
            48..62 => self.bind(index, port),
            62..74 => {
                // Mostly from the port that it is bound to.
                let own = self.lines[index].bound.filter(|_| self.random.random_ratio(3, 4));
                self.unbind(index, own.map_or(port, |(port, _)| port))
            }
            74..78 => self.renew(index),
            78..81 => self.queue(port),
            81..84 => self.cancel(index, port),
            _ => {
                let cycles = self.random.random_range(0..200);
                self.sim.run(cycles).map_err(|error| error.to_string())
            }
        }
    }

    fn operate(&mut self, index: usize, op: Op) -> Result<(), String> {
        let begin = self.sim.cycles();
        let live = self.lines[index].live();
        let result = match op {
            Op::Bind(port, key) if self.twist == Twist::MixesKeys => live.bind(&self.ports[port], key ^ 16),
            Op::Bind(port, key) => live.bind(&self.ports[port], key),
            Op::Unbind(port) => live.unbind(&self.ports[port]),
            _ => {
                if self.twist == Twist::AcknowledgesTwice {
                    let _ = live.ack();
                }
                live.ack()
            }
        };
        let when = self.since(begin);
        self.lines[index].check(op, when, result.into())
    }

    fn bind(&mut self, index: usize, port: usize) -> Result<(), String> {
        self.keys += 1;
        let key = self.keys * u64::from(SIZE.lines()) + index as u64;
        let op = Op::Bind(port, key);
        self.operate(index, op)?;
        self.lines[index].bound.get_or_insert((port, key));
        Ok(())
    }

    fn unbind(&mut self, index: usize, port: usize) -> Result<(), String> {
        let own = self.lines[index].bound.is_some_and(|(at, _)| at == port);
        if own && self.twist == Twist::Forgets {
            // Somebody takes what is there before.
            while self.ports[port].try_wait().is_ok() {}
            self.users[port].clear();
        }
        self.operate(index, Op::Unbind(port))?;
        if own {
            self.lines[index].bound = None;
        }
        Ok(())
    }

    fn renew(&mut self, index: usize) -> Result<(), String> {
        let begin = self.sim.cycles();
        let number = self.lines[index].number;
        let mut result = self.lines[index].live().destroy();
        if self.twist == Twist::ReportsNothing {
            result = Ok(());
        }
        let destroyed = self.sim.cycles();
        self.lines[index].interrupt = None;
        self.lines[index].interrupt = Some(interrupt(&self.board, number, delivery(number)));
        let (_, end) = self.since(begin);
        let line = &mut self.lines[index];
        (line.bound, line.last) = (None, destroyed);
        if line.is_stream() {
            return line.check(Op::Renew, (begin, destroyed), result.into());
        }
        let renewed = line.worlds.renew(&line.ticks, [begin, destroyed, end], result.into());
        renewed.map_err(|error| format!("line {number}: {error}"))
    }

    fn queue(&mut self, port: usize) -> Result<(), String> {
        self.keys += 1;
        let key = USER | self.keys;
        self.users[port].push_back(key);
        self.ports[port].queue(&Packet::user(key, 0, [0; 32])).map_err(|status| format!("queue: {status}"))
    }

    /// Cancels by the key of a user packet, or of a binding: interrupts do not hear of it (G6).
    fn cancel(&mut self, index: usize, port: usize) -> Result<(), String> {
        let users: Vec<u64> = self.users[port].iter().copied().collect();
        let key = users.choose(&mut self.random).copied().filter(|_| self.random.random());
        let key = key.unwrap_or_else(|| self.lines[index].bound.map_or(0, |(_, key)| key));
        let result = self.ports[port].cancel_key(key);
        let expected = if users.contains(&key) { Ok(()) } else { Err(Status::NOT_FOUND) };
        self.users[port].retain(|other| *other != key);
        if result == expected { Ok(()) } else { Err(format!("cancel: {result:?}, not {expected:?}")) }
    }

    fn read(&mut self, port: usize) -> Result<(), String> {
        let begin = self.sim.cycles();
        let cycles = *[0, 0, 20, 300].choose(&mut self.random).expect("there are four");
        let deadline = match cycles {
            0 => Deadline::PAST,
            _ => self.ports[port].deadline_after(Duration::from_nanos(cycles * NS_PER_TICK)),
        };
        let result = self.ports[port].wait(deadline);
        let when = self.since(begin);
        let packet = match result {
            Ok(packet) if packet.key() < USER => return self.take(port, when, packet),
            Err(Status::TIMED_OUT) => None,
            result => Some(result.map_err(|status| format!("read: {status}"))?),
        };
        // No interrupt, or a user packet would not have come (E5).
        let expected = self.users[port].pop_front();
        if packet.map(|packet| packet.key()) != expected {
            return Err(format!("port {port}: {packet:?}, not {expected:?}"));
        }
        let mut bound = self.lines.iter_mut().filter(|line| line.bound.is_some_and(|(at, _)| at == port));
        bound.try_for_each(|line| line.check(Op::Read(port), when, Outcome::Nothing))
    }

    fn take(&mut self, port: usize, when: (u64, u64), packet: Packet) -> Result<(), String> {
        let Contents::Interrupt { timestamp, .. } = packet.contents() else {
            return Err(format!("port {port}: {packet:?}"));
        };
        let stamp = tick(timestamp);
        let line = &mut self.lines[(packet.key() % u64::from(SIZE.lines())) as usize];
        if line.bound != Some((port, packet.key())) {
            return Err(format!("{packet:?} at port {port} is of a former binding; now {:?}", line.bound));
        }
        let edge = line.ticks.binary_search(&stamp).map_err(|_| format!("{packet:?} is of no edge"))?;
        line.read += 1;
        if line.is_stream() {
            if stamp <= line.last {
                return Err(format!("line {}: {stamp} after {}", line.number, line.last));
            }
            line.last = stamp;
        }
        line.check(Op::Read(port), when, Outcome::Packet(packet.key(), edge as u64 + 1))
    }

    /// The equation of every line, and that readers were handed what it says.
    fn look(&self) -> Result<(), String> {
        for line in &self.lines {
            let counters = self.board.counters(line.number).map_err(|status| status.to_string())?;
            if !counters.hold() || counters.delivered != line.read {
                return Err(format!("{} were read: {counters:?}", line.read));
            }
        }
        Ok(())
    }

    /// Destroys all: nothing stays in flight.
    fn end(mut self) -> Result<u64, String> {
        for index in 0..self.lines.len() {
            let begin = self.sim.cycles();
            let result = self.lines[index].live().destroy();
            let when = self.since(begin);
            self.lines[index].check(Op::Renew, when, result.into())?;
        }
        self.look()?;
        let mut edges = 0;
        for line in &self.lines {
            let counters = self.board.counters(line.number).map_err(|status| status.to_string())?;
            edges += counters.edges;
            if counters.undelivered != 0 {
                return Err(format!("something stays: {counters:?}"));
            }
        }
        let flying = self.sim.read(map::bank(bank::IN_FLIGHT, 0)).map_err(|error| error.to_string())?;
        let stats = self.board.stats().map_err(|status| status.to_string())?;
        match (flying, stats.stale, stats.failed_checks, stats.stale_packets) {
            (0, 0, 0, 0) => Ok(edges),
            _ => Err(format!("in flight {flying:#x}: {stats:?}")),
        }
    }

    fn rage(mut self, operations: u64) -> Result<(u64, u64, usize), String> {
        for operation in 0..operations {
            self.step().map_err(|error| format!("operation {operation}: {error}"))?;
            if operation % LOOK == 0 {
                self.look().map_err(|error| format!("operation {operation}: {error}"))?;
            }
        }
        let read = self.lines.iter().map(|line| line.read).sum();
        let most = self.lines.iter().map(|line| line.worlds.most).max().unwrap_or(0);
        Ok((self.end()?, read, most))
    }
}

fn delivery(line: u32) -> Delivery {
    if line < ACK_LINES { Delivery::Ack } else { Delivery::Stream }
}

fn storm(kind: Kind, default_seed: u64) {
    let (seed, begin) = (seed(default_seed), Instant::now());
    let operations = scaled(match kind.top {
        Top::AxiRings => 1_000_000,
        Top::Axi => 100_000,
        Top::Pcie => 40_000,
    });
    let result = Storm::new(kind, seed, Twist::None).rage(operations);
    let (edges, read, most) =
        result.unwrap_or_else(|error| panic!("PORTOLAN_SEED={seed}, {}: {error}", kind.name()));
    println!(
        "{}: {operations} operations, {edges} edges, {read} read, at most {most} states possible, {:.1?}",
        kind.name(),
        begin.elapsed()
    );
    assert!(edges > operations / 4 && read > operations / 50, "{edges} edges, {read} read");
}

#[test]
fn random_operations_amid_edges_do_what_the_rules_say_by_rings() {
    storm(RINGS, 0x5701);
}

#[test]
fn random_operations_amid_edges_do_what_the_rules_say_by_pulling() {
    storm(PULL, 0x5702);
}

#[test]
fn random_operations_amid_edges_do_what_the_rules_say_on_pcie() {
    storm(PCIE, 0x5703);
}

#[test]
fn a_storm_in_which_one_rule_is_changed_is_found() {
    use Twist::{AcknowledgesTwice, Forgets, MixesKeys, ReportsNothing};
    for twist in [AcknowledgesTwice, MixesKeys, ReportsNothing, Forgets] {
        let found = Storm::new(RINGS, 3, twist).rage(20_000);
        let error = found.expect_err(&format!("{twist:?}"));
        println!("{twist:?}: {}", error.lines().next().unwrap_or_default());
    }
}
