//! A board whose lines are watched: from opening it to the account of all edges.

use super::args::SourceArgs;
use crate::board::BoardSpec;
use crate::failure::Failure;
use crate::pins::Clock;
use crate::report::json::{Start, StartLine};
use crate::report::order::Order;
use crate::report::{Ending, Report, tally::Tally};
use crate::tap::{Tap, TapError};
#[cfg(feature = "sim")]
use crate::{
    capture::{self, Capture, Source, Wire},
    pins::{Edges, Survey},
};
use crate::{simulator, stop};
use anyhow::anyhow;
use portolan::{Board, Deadline, LineConfig};
use std::collections::BTreeMap;
use std::iter;
use std::time::{Duration, Instant};

/// Time between two looks whether the user wants no more, on the board's clock.
const SLICE: Duration = Duration::from_millis(50);

/// In which an edge comes to the port, on the board's clock.
const ARRIVAL: Duration = Duration::from_micros(100);
/// Cycles by which one packet may pass another.
const LATE: u64 = 128;

/// What is watched.
pub struct Watch {
    tap: Tap,
    names: BTreeMap<u32, String>,
    count: Option<u64>,
    time: Option<Duration>,
    /// In the files that it ends up in time must not go back.
    pub patient: bool,
    #[cfg(feature = "sim")]
    stimulus: Option<Stimulus>,
}

/// A simulated board, and what is on its pins.
#[cfg(feature = "sim")]
struct Stimulus {
    sim: std::sync::Arc<portolan_sim::SimBoard>,
    capture: Box<dyn Capture>,
    wires: Vec<Wire>,
    last_cycle: u64,
}

impl Watch {
    /// Opens the board, and binds the lines.
    pub fn open(args: &SourceArgs, config: LineConfig) -> Result<Watch, Failure> {
        let board = &args.board.board;
        if args.stimulus.is_some() && !matches!(board, BoardSpec::Simulated(_)) {
            return Err(Failure::Input(anyhow!(
                "--stimulus is for the pins of a simulated board; --board {board} has its own"
            )));
        }
        match board {
            #[cfg(not(feature = "sim"))]
            BoardSpec::Simulated(_) => Err(simulator::missing()),
            #[cfg(feature = "sim")]
            BoardSpec::Simulated(top) => {
                let source = args.stimulus.as_ref().map_or_else(Source::example, Source::file);
                let capture = capture::open(source, None)?;
                let wires = crate::wiring::wires(capture.channels(), &[], false, simulator::LINES)?;
                let clock = Clock::new(&*capture, simulator::HERTZ);
                let survey = Survey::take(&*capture, &wires, Edges::Both, &clock)?;
                let sim = simulator::open(*top, survey.initial, None)?;
                let name = |wire: &Wire| (wire.line, capture.channels()[wire.channel].name.clone());
                let known = wires.iter().map(name).collect();
                let board = Board::open(sim.clone()).map_err(|error| Failure::Run(error.into()))?;
                let mut watch = Watch::of(board, args, known, config)?;
                let last_cycle = survey.last_cycle;
                watch.stimulus = Some(Stimulus { sim, capture, wires, last_cycle });
                Ok(watch)
            }
            _ => {
                let device = args.board.open()?.ok_or_else(|| {
                    Failure::Input(anyhow!(
                        "without a board there is nothing to watch; name one with --board, or play a capture with \
                         portolan run --board none"
                    ))
                })?;
                let board = Board::open(device).map_err(|error| Failure::Run(error.into()))?;
                let all = (0..board.info().lines).map(|line| (line, format!("line{line}"))).collect();
                Watch::of(board, args, all, config)
            }
        }
    }

    /// The lines that the user has chosen, else all that are `known`.
    fn of(
        board: Board,
        args: &SourceArgs,
        known: BTreeMap<u32, String>,
        config: LineConfig,
    ) -> Result<Watch, Failure> {
        let mut names = BTreeMap::new();
        for chosen in &args.lines {
            let line = chosen.line;
            let lines = board.info().lines;
            if line >= lines {
                let (board, last) = (&board.info().name, lines - 1);
                return Err(Failure::Input(anyhow!("--line {line}: {board} has lines 0 to {last}")));
            }
            let name = chosen.name.clone().or_else(|| known.get(&line).cloned());
            if names.insert(line, name.unwrap_or_else(|| format!("line{line}"))).is_some() {
                return Err(Failure::Input(anyhow!("--line {line} is given twice; leave one out")));
            }
        }
        let names = if names.is_empty() { known } else { names };
        let tap = Tap::new(board, names.keys().copied(), config)?;
        Ok(Watch {
            tap,
            names,
            count: args.count,
            time: args.time,
            patient: false,
            #[cfg(feature = "sim")]
            stimulus: None,
        })
    }

    /// The board's clock.
    pub fn clock(&self) -> Clock {
        Clock::of_board(self.tap.board().info().hertz)
    }

    /// The names of the lines, by line.
    pub fn names(&self) -> &BTreeMap<u32, String> {
        &self.names
    }

    /// What is watched, for people.
    pub fn heading(&self) -> String {
        let info = self.tap.board().info();
        let (name, lines) = (&info.name, self.names.len());
        format!(
            "{name}: {lines} of {} lines, {} MHz; Ctrl-C ends it",
            info.lines,
            f64::from(info.hertz) / 1e6
        )
    }

    /// Begins: cycles count from here. Also gives how many packets were taken for it.
    ///
    /// The levels cannot be read in the first cycle, but an edge tells the level before it: so a line's level at the start is
    /// the one that is read, unless an edge came until then.
    fn start(&mut self, order: &mut Order) -> Result<(Start, u64), Failure> {
        #[cfg(feature = "sim")]
        if let Some(Stimulus { sim, capture, wires, .. }) = &self.stimulus {
            let clock = Clock::new(&**capture, simulator::HERTZ);
            let tick = crate::player::start(sim, &**capture, wires, &clock)?;
            self.tap.count_from(tick);
        }
        let board = self.tap.board();
        let level =
            |line| board.level(line).map_err(|status| self.tap.failed("reading a line's level", status));
        let read = self.names.keys().map(|line| level(*line)).collect::<Result<Vec<_>, _>>()?;
        let (now_ns, now) = (board.now(), self.cycle()?);
        let taken = self.take_until(now, order)?;
        let lines = self.names.iter().zip(read).map(|((&line, name), read)| {
            let edge = order.first_edge(line).filter(|(cycle, _)| *cycle <= now);
            let level = edge.map_or(read, |(_, after)| !after);
            StartLine { line, channel: name.clone(), level: level.into() }
        });
        let age_ns = i64::try_from(self.clock().nanoseconds(now)).unwrap_or(i64::MAX);
        let start = Start {
            v: 1,
            r#type: "start".into(),
            board: board.info().name.clone(),
            clock_hz: board.info().hertz,
            start_ticks: self.tap.start(),
            start_ns: now_ns.saturating_sub(age_ns),
            lines: lines.collect(),
        };
        Ok((start, taken))
    }

    /// Takes what was stamped until `cycle`: until later packets come, or none.
    fn take_until(&self, cycle: u64, order: &mut Order) -> Result<u64, Failure> {
        let mut taken = 0;
        let most = |taken| usize::try_from(self.count.unwrap_or(u64::MAX) - taken).unwrap_or(usize::MAX);
        while order.latest() <= cycle + LATE && most(taken) > 0 {
            match self.tap.take(most(taken), self.tap.deadline_after(ARRIVAL), order) {
                Ok(packets) => taken += packets as u64,
                Err(TapError::TimedOut) => break,
                Err(TapError::Failed(failure)) => return Err(self.explain(failure)),
            }
        }
        Ok(taken)
    }

    /// Cycles since the start.
    fn cycle(&self) -> Result<u64, Failure> {
        let now = self.tap.board().ticks().map_err(|status| self.tap.failed("reading the time", status))?;
        Ok(now.saturating_sub(self.tap.start()))
    }

    /// The last cycle of a stimulus that is over, when no edge of it is under way any more.
    fn end(&self) -> Result<Option<u64>, Failure> {
        #[cfg(feature = "sim")]
        if let Some(Stimulus { sim, last_cycle, .. }) = &self.stimulus {
            crate::player::check(sim)?;
            let past = sim.stimulus_ended() && sim.cycles() - self.tap.start() > *last_cycle;
            let all_came = || Ok::<_, Failure>(self.tap.counters()?.iter().all(|line| line.pending == 0));
            return Ok((past && all_came()?).then_some(*last_cycle));
        }
        Ok(None)
    }

    /// Whether the board has died.
    pub fn is_gone(&self) -> bool {
        self.tap.board().obituary().is_some()
    }

    /// Why it went wrong: a stimulus that failed ends every wait.
    fn explain(&self, failure: Failure) -> Failure {
        #[cfg(feature = "sim")]
        if let Some(Stimulus { sim, .. }) = &self.stimulus {
            return crate::player::check(sim).err().unwrap_or(failure);
        }
        failure
    }
}

/// Hands over what arrives until the user wants no more, the count or the time is reached, or nothing more can come.
/// When the board fails, what was seen until then is handed over and the reports are completed, before the error is given.
pub fn until_the_end(watch: &mut Watch, reports: &mut [Box<dyn Report>]) -> Result<(), Failure> {
    let begin = Instant::now();
    let mut order = if watch.patient { Order::patient() } else { Order::default() };
    let (start, taken) = watch.start(&mut order)?;
    for report in &mut *reports {
        report.start(&start)?;
        report.pause()?;
    }
    let lines = watch.names.iter().map(|(line, name)| (*line, name.clone()));
    let mut seen = Seen { tally: Tally::of_lines(lines), order, reports, last: 0 };
    let outcome = look(watch, taken, &mut seen);
    let wall_s = || begin.elapsed().as_secs_f64();
    match outcome {
        Ok(End { last_cycle }) => {
            seen.rest()?;
            let counters = watch.tap.counters()?;
            let closed = seen.tally.close(&counters, last_cycle);
            closed.map_err(|error| Failure::Run(error.into()))?;
            seen.complete(Ending { cycles: last_cycle + 1, wall_s: wall_s() })
        }
        Err(Stopped::Output(failure)) => Err(failure),
        Err(Stopped::Board(failure)) => {
            let failure = watch.explain(failure);
            seen.rest()?;
            let cycles = seen.last + 1;
            seen.tally.abandon(seen.last);
            seen.complete(Ending { cycles, wall_s: wall_s() })?;
            Err(failure)
        }
    }
}

/// It has ended well; the last cycle that was looked at.
struct End {
    last_cycle: u64,
}

/// Why it has not.
enum Stopped {
    /// The board is gone.
    Board(Failure),
    /// What was seen cannot be written.
    Output(Failure),
}

/// `taken`: packets that were taken already.
fn look(watch: &mut Watch, taken: u64, seen: &mut Seen<'_>) -> Result<End, Stopped> {
    let end = watch.time.map(|time| watch.tap.deadline_after(time));
    let passed = |now: i64| end.is_some_and(|end| now >= end.into_nanos());
    let mut left = watch.count.unwrap_or(u64::MAX) - taken;
    let mut finished = None;
    while left > 0 && finished.is_none() && !stop::requested() && !passed(watch.tap.board().now()) {
        let slice = watch.tap.deadline_after(SLICE).into_nanos();
        let deadline = Deadline::from_nanos(end.map_or(slice, |end| slice.min(end.into_nanos())));
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        match watch.tap.take(most, deadline, &mut seen.order) {
            Ok(packets) => {
                left = left.saturating_sub(packets as u64);
                seen.ready().map_err(Stopped::Output)?;
            }
            Err(TapError::TimedOut) => {
                seen.rest().map_err(Stopped::Output)?;
                seen.reports.iter_mut().try_for_each(|report| report.pause()).map_err(Stopped::Output)?;
                finished = watch.end().map_err(Stopped::Board)?;
            }
            Err(TapError::Failed(failure)) => return Err(Stopped::Board(failure)),
        }
    }
    watch.tap.close(left > 0, &mut seen.order).map_err(Stopped::Board)?;
    let last_cycle = match finished {
        Some(cycle) => cycle,
        None => watch.cycle().map_err(Stopped::Board)?,
    };
    Ok(End { last_cycle })
}

/// What was seen, and who is told.
struct Seen<'a> {
    tally: Tally,
    order: Order,
    reports: &'a mut [Box<dyn Report>],
    /// The latest stamp.
    last: u64,
}

impl Seen<'_> {
    /// Hands over what nothing can pass any more.
    fn ready(&mut self) -> Result<(), Failure> {
        while let Some(arrival) = self.order.pop() {
            self.tell(arrival)?;
        }
        Ok(())
    }

    /// Hands over all.
    fn rest(&mut self) -> Result<(), Failure> {
        let rest: Vec<_> = iter::from_fn(|| self.order.rest()).collect();
        rest.into_iter().try_for_each(|arrival| self.tell(arrival))
    }

    fn tell(&mut self, arrival: crate::report::Arrival) -> Result<(), Failure> {
        self.last = self.last.max(arrival.last_cycle());
        self.tally.add(&arrival);
        self.reports.iter_mut().try_for_each(|report| report.arrival(&arrival, &self.tally))
    }

    fn complete(&mut self, ending: Ending) -> Result<(), Failure> {
        self.reports.iter_mut().try_for_each(|report| report.summary(&self.tally, ending))
    }
}
