//! The measurements on a simulated board: edges come to the pins by a stimulus, and the board tells when a packet was
//! in memory.

use super::figures::{Figures, Samples, Stages};
use super::probe::Probe;
use super::{BATCH, SINGLES};
use crate::board::Simulated;
use crate::failure::Failure;
use crate::simulator;
use anyhow::{Context, anyhow, ensure};
use indicatif::ProgressBar;
use portolan::{Board, Delivery, Event, Interrupt, LineConfig, LineMode, Packet, Port, PortOptions, Status};
use portolan_sim::{Change, Changes, NS_PER_TICK, SimBoard, Stimulus};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Simulated time after which a packet that has not come is lost.
const PATIENCE: Duration = Duration::from_millis(10);
/// Rounds of all lines at once in which a packet's cycles are counted.
const ROUNDS: u64 = 16;
/// Cycles in which what was sent off has arrived, wherever it goes.
const ARRIVAL: u64 = 2_000;
/// Load, in hundredths of what the board hands on.
const LOAD: u64 = 90;

/// All lines change at once, every so many cycles, so many times.
struct Rounds {
    period: u64,
    round: u64,
    rounds: u64,
    pins: u64,
    mask: u64,
}

impl Stimulus for Rounds {
    fn next(&mut self) -> Result<Option<Change>, Box<dyn Error + Send + Sync>> {
        if self.round == self.rounds {
            return Ok(None);
        }
        self.round += 1;
        self.pins ^= self.mask;
        Ok(Some(Change { cycle: self.round * self.period, pins: self.pins }))
    }
}

/// The board, and what hangs on it.
struct Bench {
    sim: Arc<SimBoard>,
    probe: Arc<Probe>,
    board: Board,
    port: Port,
    _interrupts: Vec<Interrupt>,
    mask: u64,
}

/// What was found with one edge at a time.
struct Singles {
    stages: Stages,
    to_tlp: Samples,
}

/// Takes both measurements.
pub fn measure(board: Simulated, packets: u64, progress: &ProgressBar) -> Result<Figures, Failure> {
    let bench = Bench::set_up(board)?;
    bench.measure(packets, progress).map_err(Failure::Run)
}

impl Bench {
    fn set_up(board: Simulated) -> Result<Bench, Failure> {
        let sim = simulator::open(board, 0, None)?;
        let probe = Probe::new(sim.clone());
        let board = Board::open(probe.clone()).map_err(|error| Failure::Run(error.into()))?;
        let port = Port::new(PortOptions { bind_to_interrupt: true, ..PortOptions::default() });
        let lines = board.info().lines;
        let config = LineConfig { mode: LineMode::Both, delivery: Delivery::Stream, filter: 0 };
        let bound = |line| {
            let interrupt = Interrupt::line(&board, line, config).map_err(anyhow::Error::from)?;
            interrupt.bind(&port, u64::from(line)).context("binding a line")?;
            Ok(interrupt)
        };
        let interrupts = (0..lines).map(bound).collect::<Result<_, anyhow::Error>>().map_err(Failure::Run)?;
        let mask = u64::MAX >> (64 - lines);
        Ok(Bench { sim, probe, board, port, _interrupts: interrupts, mask })
    }

    fn measure(&self, packets: u64, progress: &ProgressBar) -> Result<Figures, anyhow::Error> {
        let Singles { stages, to_tlp } = self.one_at_a_time(progress)?;
        let cycles_per_packet = self.cycles_per_packet()?;
        let lines = u64::from(self.board.info().lines);
        let rounds = packets.div_ceil(lines);
        let period = (lines as f64 * cycles_per_packet * 100.0 / LOAD as f64).ceil() as u64;

        let before = self.probe.accesses();
        let begin = Instant::now();
        let (taken, batches) = self.under_load(rounds, period, progress)?;
        let seconds = begin.elapsed().as_secs_f64();
        let after = self.probe.accesses();

        let mut lost = 0;
        for counters in self.board.stats().context("the board's counters")?.lines {
            ensure!(counters.hold(), "the account of line {} does not balance: {counters:?}", counters.line);
            lost += counters.lost + counters.coalesced + counters.discarded;
        }
        Ok(Figures {
            v: 1,
            board: self.board.info().name.clone(),
            simulated: true,
            packets: taken,
            lost,
            batches,
            reads_per_packet: (after.0 - before.0) as f64 / taken as f64,
            writes_per_batch: (after.1 - before.1) as f64 / batches as f64,
            packets_per_s: taken as f64 / seconds,
            cycles_per_packet: Some(cycles_per_packet),
            edge_to_tlp_cycles: to_tlp.spread(),
            stages_ns: stages,
        })
    }

    /// An edge of each line in turn, and a wait for its packet.
    fn one_at_a_time(&self, progress: &ProgressBar) -> Result<Singles, anyhow::Error> {
        let [mut edge_to_stamp, mut stamp_to_memory, mut memory_to_wake, mut stamp_to_wake, mut wake_to_user] =
            std::array::from_fn(|_| Samples::new());
        let mut to_tlp = Samples::new();
        let lines = u64::from(self.board.info().lines);
        self.sim.written();
        for n in 0..SINGLES {
            // No two edges at the same phase of whatever goes round on the board.
            let cycle = 200 + n * 37 % 101;
            let start = self.sim.start(Changes::from([(cycle, self.sim.pins() ^ 1 << (n % lines))]))?;
            self.probe.take_woken();
            let event = self.port.wait_event(self.port.deadline_after(PATIENCE));
            let here = Instant::now();
            let Ok(Event::Interrupt { detail, .. }) = event else {
                return Err(anyhow!("an edge of line {} came to nothing: {event:?}", n % lines));
            };
            let woken = self.probe.take_woken().context("a packet came and nobody was woken")?;
            let ns = |from: u64, to: u64| {
                let ticks = to.checked_sub(from);
                ticks.map(|ticks| ticks * NS_PER_TICK).context("a stage ended before it began")
            };
            let woken_at = woken.device_ns.cast_unsigned() / NS_PER_TICK;
            edge_to_stamp.add(ns(start + cycle, detail.ticks)?);
            stamp_to_wake.add(ns(detail.ticks, woken_at)?);
            wake_to_user.add(u64::try_from((here - woken.here).as_nanos()).unwrap_or(u64::MAX));
            if let Some(written) = self.sim.written().first() {
                stamp_to_memory.add(ns(written.stamp, written.stored)?);
                memory_to_wake.add(ns(written.stored, woken_at)?);
                to_tlp.add(written.shown - (start + cycle));
            }
            progress.inc(1);
        }
        let stages = Stages {
            edge_to_stamp: edge_to_stamp.spread(),
            stamp_to_memory: stamp_to_memory.spread(),
            memory_to_wake: memory_to_wake.spread(),
            stamp_to_wake: stamp_to_wake.spread(),
            wake_to_user: wake_to_user.spread(),
            trigger_to_user: None,
        };
        Ok(Singles { stages, to_tlp })
    }

    /// Cycles from packet to packet when those of all lines wait.
    fn cycles_per_packet(&self) -> Result<f64, anyhow::Error> {
        let mut packets = [Packet::default(); BATCH];
        let lines = u64::from(self.board.info().lines);
        let mut cycles = 0;
        for _ in 0..ROUNDS {
            let rounds = Rounds { period: 10, round: 0, rounds: 1, pins: self.sim.pins(), mask: self.mask };
            self.sim.written();
            self.sim.start(rounds)?;
            self.sim.run(ARRIVAL)?;
            let written = self.sim.written();
            let before = self.sim.cycles();
            let taken = self.port.wait_batch(&mut packets, self.port.deadline_after(PATIENCE));
            ensure!(taken == Ok(lines as usize), "of {lines} edges of one cycle came {taken:?}");
            cycles += match (written.first(), written.last()) {
                (Some(first), Some(last)) => (last.stored - first.stored) * lines / (lines - 1).max(1),
                _ => self.sim.cycles() - before,
            };
        }
        Ok(cycles as f64 / (ROUNDS * lines) as f64)
    }

    /// Packets taken, and in how many batches.
    fn under_load(
        &self,
        rounds: u64,
        period: u64,
        progress: &ProgressBar,
    ) -> Result<(u64, u64), anyhow::Error> {
        let mut packets = [Packet::default(); BATCH];
        let (mut taken, mut batches) = (0, 0);
        self.sim.start(Rounds { period, round: 0, rounds, pins: self.sim.pins(), mask: self.mask })?;
        loop {
            match self.port.wait_batch(&mut packets, self.port.deadline_after(PATIENCE)) {
                Ok(count) => {
                    taken += count as u64;
                    batches += 1;
                    progress.inc(count as u64);
                }
                Err(Status::TIMED_OUT) if self.sim.stimulus_ended() => return Ok((taken, batches)),
                Err(status) => return Err(anyhow!(status).context("waiting for packets under load")),
            }
        }
    }
}
