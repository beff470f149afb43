//! A consumer of a board's packets who is at random patient, impatient, slow, or only looks, and who checks at each
//! packet that it is the one that is due, and at each sleep that it ended when it should.
//!
//! A wait must end soon after an edge has come, or after it began, whichever is later; and one that ends without a packet
//! must not leave an edge behind that came long ago. So a wake-up that is lost is found at once, and not by
//! waiting for one that never comes.
//!
//! On a board whose time goes by itself, time goes by also while this thread has no processor. There a look counts as if it
//! was when it was due, and only a patient wait can end late: see [`LATE`].

use std::sync::Arc;
use std::time::Duration;

use portolan::{Board, Deadline, Delivery, Event, Interrupt, Packet, Port, Status};
use portolan_sim::{NS_PER_TICK, Pace, SimBoard, Size};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::boards::Kind;
use crate::ledger::Ledger;
use crate::meddled::{self, Meddled, Meddler};
use crate::plan::{Coming, Plan};
use crate::{bound, port, tick};

/// With three hardware ports to give: the last two ports share one.
pub const SIZE: Size = Size::L16P4;
/// Cycles that a patient wait lasts at most: far more than any edge of a port is away.
const PATIENCE: u64 = 1_000_000;
/// The same on a board whose time goes by itself: a second.
const LONG_PATIENCE: u64 = 100_000_000;
/// Cycles after which a patient wait on such a board ends late. While there is traffic the host takes seconds for them,
/// and a quiet board stands still while somebody may go on.
const LATE: u64 = 10_000_000;
/// Lines that run in ack delivery.
const ACK_LINES: std::ops::Range<u32> = 10..12;

/// Ports, by their lines and whether they tell of gaps. The first has most of the edges.
const PORTS: [(std::ops::Range<u32>, bool); 5] =
    [(0..8, true), (8..10, false), (ACK_LINES, true), (12..14, true), (14..16, true)];

/// Which lines get edges; those of the busiest port so many times as often as the others.
fn lines(often: usize) -> Vec<u32> {
    let busy = (0..8).flat_map(|line| std::iter::repeat_n(line, often));
    busy.chain(8..16).collect()
}

/// How fast all goes.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// Cycles from one edge to the next, on average.
    pub pace: u64,
    /// Edges, in all.
    pub edges: u64,
    /// How many times as many edges a line of the busiest port has as another.
    pub often: usize,
    /// How many edges go by, on average, while the consumer is slow.
    pub slow: u64,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    pub edges: u64,
    pub delivered: u64,
    pub lost: u64,
    pub coalesced: u64,
    /// Packets of the port that has most of them.
    pub busiest: u64,
    /// Waits that slept until a packet came.
    pub sleeps: u64,
    /// Waits that came to their deadline.
    pub expired: u64,
    pub cycles: u64,
}

struct Reader {
    port: Port,
    lines: std::ops::Range<u32>,
    gaps: bool,
    /// When something was taken the last time, or an acknowledge made room.
    taken: u64,
}

/// The consumer.
pub struct Consumer {
    kind: Kind,
    sim: Arc<SimBoard>,
    board: Board,
    readers: Vec<Reader>,
    interrupts: Vec<Interrupt>,
    /// Lines in ack delivery whose packet was read and not acknowledged.
    unacknowledged: Vec<u32>,
    ledger: Ledger,
    random: ChaCha8Rng,
    course: Course,
    summary: Summary,
}

impl Consumer {
    /// Binds the board's lines and starts the edges.
    pub fn new<M: Meddler>(
        kind: Kind,
        course: Course,
        seed: u64,
        (device, board): (Arc<Meddled<M>>, Board),
    ) -> Consumer {
        let readers: Vec<_> = PORTS
            .into_iter()
            .map(|(lines, gaps)| Reader { port: port(gaps), lines, gaps, taken: 0 })
            .collect();
        let interrupts = (0..SIZE.lines()).map(|line| {
            let reader = readers.iter().find(|reader| reader.lines.contains(&line));
            let delivery = if ACK_LINES.contains(&line) { Delivery::Ack } else { Delivery::Stream };
            bound(&board, line, delivery, &reader.expect("every line has a port").port)
        });
        let interrupts = interrupts.collect();
        let plan = Plan::new(seed, lines(course.often), course.pace, course.edges);
        let sim = device.wires.sim.clone();
        let start = sim.start(plan.clone()).expect("it starts");
        let ledger = Ledger::new(Coming::new(plan, start, SIZE.lines()));
        let random = ChaCha8Rng::seed_from_u64(!seed);
        let (unacknowledged, summary) = (Vec::new(), Summary::default());
        Consumer { kind, sim, board, readers, interrupts, unacknowledged, ledger, random, course, summary }
    }

    /// Consumes until there is nothing more.
    pub fn run(mut self) -> Result<Summary, String> {
        let begin = self.now();
        while !self.sim.stimulus_ended() {
            self.step()?;
        }
        // What is still on its way comes within the bound of the last thing that was taken.
        for index in 0..self.readers.len() {
            while self.wait(index, 2 * self.kind.bound, 64)? {
                self.acknowledge_all()?;
            }
        }
        self.summary.cycles = self.now() - begin;
        self.close()
    }

    /// The tick, no earlier than anything that was seen.
    fn now(&self) -> u64 {
        if !self.kind.is_stepped() {
            // Behind the cycles that are under way.
            self.sim.quiet();
        }
        self.sim.cycles()
    }

    fn patience(&self) -> u64 {
        if self.kind.is_stepped() { PATIENCE } else { LONG_PATIENCE }
    }

    /// Whether a wait of so many cycles, from `begin` to `end`, for what was there at `due`, has woken too late.
    fn is_late(&self, due: u64, cycles: u64, (begin, end): (u64, u64)) -> bool {
        let bound = match self.kind.time {
            Pace::Stepped => self.kind.bound,
            _ if cycles != LONG_PATIENCE => return false,
            // In no time it is where the host is.
            Pace::RealTime if self.ledger.coming.is_over() => return false,
            Pace::FreeRunning | Pace::RealTime => LATE,
        };
        end > due.max(begin) + bound
    }

    fn step(&mut self) -> Result<(), String> {
        let index =
            if self.random.random_ratio(17, 20) { 0 } else { self.random.random_range(1..PORTS.len()) };
        match self.random.random_range(0..100) {
            // Looks.
            0..25 => self.wait(index, 0, 1).map(drop),
            25..35 => self.wait(index, 0, 32).map(drop),
            // Sleeps for a short time, mostly shorter than until the next edge of the port.
            35..55 => {
                let cycles = self.random.random_range(1..=2 * self.course.pace);
                let most = *[1, 8].choose(&mut self.random).expect("there are two");
                self.wait(index, cycles, most).map(drop)
            }
            // Sleeps until something comes.
            55..90 => {
                self.acknowledge_all()?;
                let most = *[1, 16, 256].choose(&mut self.random).expect("there are three");
                self.wait(index, self.patience(), most).map(drop)
            }
            90..94 => {
                let edges = self.random.random_range(0..2 * self.course.slow);
                self.sim.run(edges * self.course.pace).map_err(|error| error.to_string())
            }
            94..98 => self.acknowledge_all(),
            _ => {
                let line = self.random.random_range(0..SIZE.lines());
                self.check(line)
            }
        }
    }

    /// Acknowledges every packet that was read.
    fn acknowledge_all(&mut self) -> Result<(), String> {
        for line in std::mem::take(&mut self.unacknowledged) {
            self.interrupts[line as usize].ack().map_err(|status| format!("ack of line {line}: {status}"))?;
            let now = self.now();
            let reader = self.readers.iter_mut().find(|reader| reader.lines.contains(&line));
            reader.expect("every line has a port").taken = now;
        }
        Ok(())
    }

    /// Since when something must be there for the port, if anything must.
    fn due(&self, index: usize) -> Option<u64> {
        let Reader { lines, taken, .. } = &self.readers[index];
        let withheld = |line: &u32| !self.unacknowledged.contains(line);
        let oldest = lines.clone().filter(withheld).filter_map(|line| self.ledger.oldest(line)).min();
        oldest.map(|oldest| oldest.max(*taken))
    }

    /// One wait for `most` packets and so many cycles: whether something came.
    fn wait(&mut self, index: usize, cycles: u64, most: usize) -> Result<bool, String> {
        let begin = self.now();
        let reader = &self.readers[index];
        let deadline = match cycles {
            0 => Deadline::PAST,
            _ => reader.port.deadline_after(Duration::from_nanos(cycles * NS_PER_TICK)),
        };
        let mut events = Vec::new();
        let mut packets = vec![Packet::default(); if reader.gaps { 0 } else { most }];
        let result = match (reader.gaps, most) {
            (true, 1) => reader.port.wait_event(deadline).map(|event| events.push(event)),
            (true, _) => reader.port.wait_events(&mut events, most, deadline).map(drop),
            (false, 1) => reader.port.wait(deadline).map(|packet| packets = vec![packet]),
            (false, _) => reader.port.wait_batch(&mut packets, deadline).map(|count| packets.truncate(count)),
        };
        let end = self.now();
        self.ledger.coming.advance(end);
        let (due, bound) = (self.due(index), self.kind.bound);
        match result {
            Ok(()) => {
                if let Some(due) = due.filter(|due| self.is_late(*due, cycles, (begin, end))) {
                    return Err(format!(
                        "a wait from {begin} for what was there at {due} woke late, at {end}: \
                         {events:?} {packets:?}"
                    ));
                }
                self.summary.sleeps += u64::from(due.is_some_and(|due| due > begin));
            }
            Err(Status::TIMED_OUT) => {
                // The last look was no earlier than this.
                let looked = if self.kind.is_stepped() { end } else { begin + cycles };
                if let Some(due) = due.filter(|due| looked > due + bound) {
                    let lines = self.readers[index].lines.clone();
                    if self.readers[index].gaps || !self.forgets(lines, looked - bound)? {
                        return Err(format!("a wait from {begin} to {end} missed what was there at {due}"));
                    }
                }
                self.summary.expired += u64::from(cycles > 0);
                return Ok(false);
            }
            Err(status) => return Err(format!("{status}: {:?}", self.board.obituary())),
        }
        self.readers[index].taken = end;
        events.iter().try_for_each(|event| self.take(index, event))?;
        if !self.readers[index].gaps {
            for packet in packets {
                let (line, ns) = (packet.key() as u32, packet.timestamp().ok_or("no interrupt")?);
                self.is_of(index, line)?;
                self.ledger.sparse(line, tick(ns))?;
            }
        }
        Ok(true)
    }

    /// Of a port that is not told of gaps: whether what came on its lines before this tick was lost, as the board counts.
    /// If so it is owed no more.
    fn forgets(&mut self, lines: std::ops::Range<u32>, before: u64) -> Result<bool, String> {
        for line in lines {
            let counters = self.board.counters(line).map_err(|status| format!("line {line}: {status}"))?;
            if counters.lost < self.ledger.told[line as usize].lost + self.ledger.untold(line, before) {
                return Ok(false);
            }
            self.ledger.forget(line, before);
        }
        Ok(true)
    }

    fn is_of(&self, index: usize, line: u32) -> Result<(), String> {
        let lines = &self.readers[index].lines;
        if lines.contains(&line) { Ok(()) } else { Err(format!("line {line} at the port of {lines:?}")) }
    }

    fn take(&mut self, index: usize, event: &Event) -> Result<(), String> {
        self.is_of(index, event.key() as u32)?;
        match event {
            Event::Interrupt { packet, detail } => {
                let line = u32::from(detail.line);
                if ACK_LINES.contains(&line) {
                    self.unacknowledged.push(line);
                }
                if u64::from(line) != packet.key() {
                    return Err(format!("key and line differ: {event:?}"));
                }
                self.ledger.packet(detail, packet.timestamp())
            }
            Event::Gap(gap) => self.ledger.gap(gap),
            Event::Packet(packet) => Err(format!("nobody queued {packet:?}")),
        }
    }

    fn check(&mut self, line: u32) -> Result<(), String> {
        let counters = self.board.counters(line).map_err(|status| format!("line {line}: {status}"))?;
        self.ledger.check(&counters)
    }

    fn close(mut self) -> Result<Summary, String> {
        self.ledger.coming.advance(u64::MAX);
        for line in 0..SIZE.lines() {
            if !PORTS.iter().any(|(lines, gaps)| *gaps && lines.contains(&line)) {
                self.ledger.forget(line, u64::MAX);
            }
            let counters = self.board.counters(line).map_err(|status| format!("line {line}: {status}"))?;
            self.ledger.close(&counters)?;
            self.summary.edges += counters.edges;
            self.summary.delivered += counters.delivered;
            self.summary.lost += counters.lost;
            self.summary.coalesced += counters.coalesced;
            self.summary.busiest += if PORTS[0].0.contains(&line) { counters.delivered } else { 0 };
        }
        let stats = self.board.stats().map_err(|status| status.to_string())?;
        let wrong = (stats.stale, stats.holes, stats.failed_checks, stats.stale_packets);
        if wrong == (0, 0, 0, 0) { Ok(self.summary) } else { Err(format!("{stats:?}")) }
    }
}

/// Lets a consumer loose on a board with somebody in between.
pub fn consume<M: Meddler>(kind: Kind, course: Course, seed: u64, meddler: M) -> Result<Summary, String> {
    let opened = meddled::open(kind, SIZE, Some(seed), meddler);
    let consumer = Consumer::new(kind, course, seed, opened);
    consumer.run().map_err(|error| format!("PORTOLAN_SEED={seed}, {}: {error}", kind.name()))
}
