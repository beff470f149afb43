//! The measurements on a board outside this process: another thread fires the test edges of its lines.

use super::figures::{Figures, Samples, Stages};
use super::probe::Probe;
use super::{BATCH, SINGLES};
use crate::failure::Failure;
use anyhow::{Context, anyhow, ensure};
use indicatif::ProgressBar;
use portolan::device::Device;
use portolan::{Board, Delivery, Interrupt, LineConfig, LineMode, Packet, Port, PortOptions, Status};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Time in which the waiting thread has fallen asleep.
const ASLEEP: Duration = Duration::from_micros(200);
/// After which a packet that has not come is lost.
const PATIENCE: Duration = Duration::from_secs(2);

/// The board, and what hangs on it.
struct Bench {
    probe: Arc<Probe>,
    board: Board,
    port: Port,
    _interrupts: Vec<Interrupt>,
}

/// Takes both measurements.
pub fn measure(device: Arc<dyn Device>, packets: u64, progress: &ProgressBar) -> Result<Figures, Failure> {
    let probe = Probe::new(device);
    let board = Board::open(probe.clone()).map_err(|error| Failure::Run(error.into()))?;
    let bench = Bench::set_up(probe, board).map_err(Failure::Run)?;
    bench.measure(packets, progress).map_err(Failure::Run)
}

impl Bench {
    fn set_up(probe: Arc<Probe>, board: Board) -> Result<Bench, anyhow::Error> {
        let port = Port::new(PortOptions { bind_to_interrupt: true, ..PortOptions::default() });
        let config = LineConfig { mode: LineMode::Both, delivery: Delivery::Stream, filter: 0 };
        let bound = |line| {
            let interrupt = Interrupt::line(&board, line, config)?;
            interrupt.bind(&port, u64::from(line)).context("binding a line")?;
            Ok(interrupt)
        };
        let interrupts = (0..board.info().lines).map(bound).collect::<Result<_, anyhow::Error>>()?;
        Ok(Bench { probe, board, port, _interrupts: interrupts })
    }

    /// Edges that were delivered, and lost, since the board was switched on.
    fn account(&self) -> Result<(u64, u64), anyhow::Error> {
        let (mut delivered, mut lost) = (0, 0);
        for counters in self.board.stats().context("the board's counters")?.lines {
            ensure!(counters.hold(), "the account of line {} does not balance: {counters:?}", counters.line);
            delivered += counters.delivered;
            lost += counters.lost + counters.coalesced + counters.discarded;
        }
        Ok((delivered, lost))
    }

    fn measure(&self, packets: u64, progress: &ProgressBar) -> Result<Figures, anyhow::Error> {
        let (earlier, lost_earlier) = self.account()?;
        let stages = self.one_at_a_time(progress)?;
        let before = self.probe.accesses();
        let begin = Instant::now();
        let batches = self.under_load(packets, progress)?;
        let seconds = begin.elapsed().as_secs_f64();
        let after = self.probe.accesses();

        let (delivered, lost) = self.account()?;
        let (left, lost) = (delivered - earlier, lost - lost_earlier);
        ensure!(left == SINGLES + packets, "{} packets came, {left} left the board", SINGLES + packets);
        // Each edge was fired by a write.
        let writes = after.1 - before.1 - packets;
        Ok(Figures {
            v: 1,
            board: self.board.info().name.clone(),
            simulated: false,
            packets,
            lost,
            batches,
            reads_per_packet: (after.0 - before.0) as f64 / packets as f64,
            writes_per_batch: writes as f64 / batches as f64,
            packets_per_s: packets as f64 / seconds,
            cycles_per_packet: None,
            edge_to_tlp_cycles: None,
            stages_ns: stages,
        })
    }

    /// An edge of each line in turn, and a thread that sleeps by then.
    fn one_at_a_time(&self, progress: &ProgressBar) -> Result<Stages, anyhow::Error> {
        let lines = u64::from(self.board.info().lines);
        let (next, turns) = mpsc::channel::<u32>();
        let (told, fired) = mpsc::channel();
        let [mut stamp_to_wake, mut wake_to_user, mut trigger_to_user] =
            std::array::from_fn(|_| Samples::new());
        thread::scope(|scope| {
            scope.spawn(move || {
                while let Ok(line) = turns.recv() {
                    thread::sleep(ASLEEP);
                    let when = Instant::now();
                    if self.board.fire(line).is_err() || told.send(when).is_err() {
                        return;
                    }
                }
            });
            for n in 0..SINGLES {
                self.probe.take_woken();
                next.send((n % lines) as u32).context("the thread that fires is gone")?;
                let packet = self.wait(|port, deadline| port.wait(deadline))?;
                let here = Instant::now();
                let when = fired.recv().context("the thread that fires is gone")?;
                let since = |then: Instant| here.saturating_duration_since(then).as_nanos();
                trigger_to_user.add(u64::try_from(since(when)).unwrap_or(u64::MAX));
                // Who spins before he sleeps is not woken.
                if let Some(woken) = self.probe.take_woken() {
                    wake_to_user.add(u64::try_from(since(woken.here)).unwrap_or(u64::MAX));
                    let stamp = packet.timestamp().context("a line's packet has a time")?;
                    // The clocks agree to within a bound.
                    stamp_to_wake.add(u64::try_from(woken.device_ns - stamp).unwrap_or(0));
                }
                progress.inc(1);
            }
            // The thread ends when it has no turn to wait for.
            drop(next);
            Ok(Stages {
                edge_to_stamp: None,
                stamp_to_memory: None,
                memory_to_wake: None,
                stamp_to_wake: stamp_to_wake.spread(),
                wake_to_user: wake_to_user.spread(),
                trigger_to_user: trigger_to_user.spread(),
            })
        })
    }

    /// Takes so many packets, fired as fast as they are taken, and no faster; in how many batches.
    fn under_load(&self, packets: u64, progress: &ProgressBar) -> Result<u64, anyhow::Error> {
        let info = self.board.info();
        let room = if info.ring_slots > 0 { info.ring_slots } else { info.interrupt_depth };
        let (lines, ahead) = (u64::from(info.lines), u64::from(room / 2).max(1));
        let mut batch = [Packet::default(); BATCH];
        let (mut taken, mut batches) = (0, 0);
        let (grant, granted) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut credit = ahead;
                for n in 0..packets {
                    while credit == 0 {
                        match granted.recv() {
                            Ok(more) => credit += more,
                            Err(mpsc::RecvError) => return,
                        }
                    }
                    credit -= 1;
                    if self.board.fire((n % lines) as u32).is_err() {
                        return;
                    }
                }
            });
            // The thread ends when this, which grants it more, has.
            let grant = grant;
            while taken < packets {
                let count = self.wait(|port, deadline| port.wait_batch(&mut batch, deadline))? as u64;
                taken += count;
                batches += 1;
                progress.inc(count);
                // It may have fired all that it wants to.
                let _ = grant.send(count);
            }
            Ok(batches)
        })
    }

    /// A wait that is not to end at its deadline.
    fn wait<R>(
        &self,
        wait: impl FnOnce(&Port, portolan::Deadline) -> Result<R, Status>,
    ) -> Result<R, anyhow::Error> {
        wait(&self.port, self.port.deadline_after(PATIENCE)).map_err(|status| match self.board.obituary() {
            Some(why) => anyhow!("the board is gone: {why}"),
            None => anyhow!(status).context("waiting for the packet of an edge that was fired"),
        })
    }
}
