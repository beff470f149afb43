//! Lines of a board on a port of this process: how commands that play, watch and record take what arrives.

use crate::failure::Failure;
use crate::report::order::Order;
use crate::report::{Arrival, Counters};
use anyhow::anyhow;
use portolan::{Board, Deadline, Delivery, Event, Interrupt, LineConfig, Port, PortOptions, Status};
use std::collections::BTreeMap;
use std::time::Duration;

/// Packets taken at a time in stream delivery.
const BATCH: usize = 64;
/// How long edges may be under way when all is masked, on the board's clock.
const ARRIVAL: Duration = Duration::from_millis(20);

/// Lines, and the port that they are bound to.
pub struct Tap {
    board: Board,
    port: Port,
    lines: BTreeMap<u32, Line>,
    delivery: Delivery,
    /// The tick that cycles count from.
    start: u64,
}

struct Line {
    /// `None` when it was let go.
    interrupt: Option<Interrupt>,
    /// What the board had counted before.
    before: Counters,
}

impl Tap {
    /// Binds these lines, each under its number. Cycles count from now, until [`count_from`](Self::count_from) says otherwise.
    pub fn new(
        board: Board,
        lines: impl IntoIterator<Item = u32>,
        config: LineConfig,
    ) -> Result<Tap, Failure> {
        let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: true });
        let (delivery, lines) = (config.delivery, lines.into_iter());
        let mut tap = Tap { board, port, lines: BTreeMap::new(), delivery, start: 0 };
        tap.start = tap.board.ticks().map_err(|status| tap.failed("reading the time", status))?;
        for line in lines {
            let before = tap.count(line)?;
            let interrupt = Interrupt::line(&tap.board, line, config);
            let interrupt = interrupt.map_err(|error| Failure::Run(error.into()))?;
            interrupt
                .bind(&tap.port, line.into())
                .map_err(|status| tap.failed(&format!("binding line {line}"), status))?;
            tap.lines.insert(line, Line { interrupt: Some(interrupt), before });
        }
        Ok(tap)
    }

    /// Lets cycles count from this tick.
    pub fn count_from(&mut self, tick: u64) {
        self.start = tick;
    }

    /// The tick that cycles count from.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The board.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The deadline so long from now, on the board's clock.
    pub fn deadline_after(&self, time: Duration) -> Deadline {
        self.board.deadline_after(time)
    }

    /// Waits for packets and gaps, `most` at the most, and hands them over to `order`; each packet is acknowledged before
    /// the next is taken, unless every edge is one. TIMED_OUT when there are none by then. How many were packets.
    pub fn take(&self, most: usize, deadline: Deadline, order: &mut Order) -> Result<usize, TapError> {
        let most = if self.delivery == Delivery::Ack { 1 } else { most.min(BATCH) };
        let mut events = Vec::with_capacity(most);
        match self.port.wait_events(&mut events, most, deadline) {
            Ok(_) => self.hand_over(events, order).map_err(TapError::Failed),
            Err(Status::TIMED_OUT) => Err(TapError::TimedOut),
            Err(status) => Err(TapError::Failed(self.failed("waiting for packets", status))),
        }
    }

    fn hand_over(&self, events: Vec<Event>, order: &mut Order) -> Result<usize, Failure> {
        let mut packets = 0;
        for event in events {
            match event {
                Event::Interrupt { packet, detail } => {
                    packets += 1;
                    order.add(Arrival::Interrupt {
                        line: packet.key() as u32,
                        cycle: detail.ticks.saturating_sub(self.start),
                        level: detail.level,
                        coalesced: detail.coalesced.into(),
                    });
                    if self.delivery == Delivery::Ack {
                        self.acknowledge(packet.key())?;
                    }
                }
                Event::Gap(gap) => order.add(Arrival::Gap {
                    line: gap.key as u32,
                    count: gap.count,
                    first: gap.first_ticks.saturating_sub(self.start),
                    last: gap.last_ticks.saturating_sub(self.start),
                }),
                Event::Packet(packet) => {
                    return Err(Failure::Run(anyhow!("the port gave {packet:?}, which is of no line")));
                }
            }
        }
        Ok(packets)
    }

    fn acknowledge(&self, line: u64) -> Result<(), Failure> {
        let interrupt = u32::try_from(line).ok().and_then(|line| self.lines.get(&line));
        let interrupt = interrupt.and_then(|line| line.interrupt.as_ref());
        let interrupt =
            interrupt.ok_or_else(|| Failure::Run(anyhow!("a packet of line {line}, which is not bound")))?;
        interrupt.ack().map_err(|status| self.failed("acknowledging a packet", status))
    }

    /// Lets no more edges count, takes what is under way if `rest`, and lets the lines go: what nobody has read by then is
    /// discarded. From then on the counters stand still.
    pub fn close(&mut self, rest: bool, order: &mut Order) -> Result<(), Failure> {
        for (number, line) in &self.lines {
            let Some(interrupt) = &line.interrupt else { continue };
            interrupt
                .set_masked(true)
                .map_err(|status| self.failed(&format!("masking line {number}"), status))?;
        }
        let end = self.deadline_after(ARRIVAL);
        while rest && self.counters()?.iter().any(|counters| counters.pending > 0) {
            match self.take(BATCH, end, order) {
                Ok(_) => {}
                Err(TapError::TimedOut) => break,
                Err(TapError::Failed(failure)) => return Err(failure),
            }
        }
        // NOT_FOUND tells that a packet was not acknowledged; it is destroyed nevertheless (I26).
        self.lines.values_mut().for_each(|line| drop(line.interrupt.take()));
        Ok(())
    }

    /// What the board has counted of each line since it was bound, in the order of their numbers.
    pub fn counters(&self) -> Result<Vec<Counters>, Failure> {
        let since = |(number, line): (&u32, &Line)| Ok(self.count(*number)?.since(&line.before));
        self.lines.iter().map(since).collect()
    }

    fn count(&self, line: u32) -> Result<Counters, Failure> {
        let counters = self.board.counters(line);
        let counters = counters.map_err(|status| self.failed("reading a line's counters", status))?;
        Ok(Counters {
            edges: counters.edges,
            delivered: counters.delivered,
            coalesced: counters.coalesced,
            lost: counters.lost,
            discarded: counters.discarded,
            pending: counters.undelivered,
        })
    }

    /// The error of an operation that the driver refused.
    pub fn failed(&self, doing: &str, status: Status) -> Failure {
        failed(&self.board, doing, status)
    }
}

/// The error of an operation on a board that the driver refused.
pub fn failed(board: &Board, doing: &str, status: Status) -> Failure {
    let why = board.obituary().map(|why| format!(": the board is gone: {why}")).unwrap_or_default();
    let what = format!("{doing} on {} failed{why}", board.info().name);
    Failure::Run(anyhow::Error::new(status).context(what))
}

/// Why nothing was taken.
pub enum TapError {
    /// Nothing came.
    TimedOut,
    /// It went wrong.
    Failed(Failure),
}
