//! The measurements without a board: a virtual interrupt that another thread triggers.

use super::figures::{Figures, Samples, Stages};
use super::{BATCH, SINGLES};
use crate::failure::Failure;
use anyhow::{Context, anyhow};
use indicatif::ProgressBar;
use portolan::{Deadline, Interrupt, Packet, Port, PortOptions, Status};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Time in which the waiting thread has fallen asleep.
const ASLEEP: Duration = Duration::from_micros(200);
/// Packets that may be queued and not taken.
const AHEAD: u64 = 1_024;

/// Takes both measurements.
pub fn measure(packets: u64, progress: &ProgressBar) -> Result<Figures, Failure> {
    let singles = one_at_a_time(progress).map_err(Failure::Run)?;
    let begin = Instant::now();
    let (taken, batches) = under_load(packets, progress).map_err(Failure::Run)?;
    Ok(Figures {
        v: 1,
        board: "none".to_owned(),
        simulated: false,
        packets: taken,
        lost: 0,
        batches,
        reads_per_packet: 0.0,
        writes_per_batch: 0.0,
        packets_per_s: taken as f64 / begin.elapsed().as_secs_f64(),
        cycles_per_packet: None,
        edge_to_tlp_cycles: None,
        stages_ns: Stages {
            edge_to_stamp: None,
            stamp_to_memory: None,
            memory_to_wake: None,
            stamp_to_wake: None,
            wake_to_user: None,
            trigger_to_user: singles.spread(),
        },
    })
}

/// A trigger of a thread, and the wait of another one that sleeps by then.
fn one_at_a_time(progress: &ProgressBar) -> Result<Samples, anyhow::Error> {
    let port = Port::new(PortOptions { bind_to_interrupt: true, ..PortOptions::default() });
    let interrupt = Interrupt::virtual_interrupt();
    interrupt.bind(&port, 0).context("binding a virtual interrupt")?;
    let (next, waits) = mpsc::channel();
    let (told, triggered) = mpsc::channel();
    let mut samples = Samples::new();
    thread::scope(|scope| {
        let interrupt = &interrupt;
        scope.spawn(move || {
            while waits.recv().is_ok() {
                thread::sleep(ASLEEP);
                let when = Instant::now();
                if interrupt.trigger(0).is_err() || told.send(when).is_err() {
                    return;
                }
            }
        });
        for _ in 0..SINGLES {
            next.send(()).context("the triggering thread is gone")?;
            port.wait(Deadline::INFINITE).context("waiting for a trigger")?;
            let here = Instant::now();
            let when = triggered.recv().context("the triggering thread is gone")?;
            samples.add(u64::try_from(here.saturating_duration_since(when).as_nanos()).unwrap_or(u64::MAX));
            interrupt.ack().context("acknowledging")?;
            progress.inc(1);
        }
        drop(next);
        Ok(samples)
    })
}

/// Packets that one thread queues and this one takes: how many, and in how many batches.
fn under_load(packets: u64, progress: &ProgressBar) -> Result<(u64, u64), anyhow::Error> {
    let port = Port::new(PortOptions::default());
    let mut batch = [Packet::default(); BATCH];
    let (mut taken, mut batches) = (0, 0);
    let (room, granted) = mpsc::channel();
    thread::scope(|scope| {
        let port = &port;
        scope.spawn(move || {
            let mut credit = AHEAD;
            for key in 0..packets {
                while credit == 0 {
                    match granted.recv() {
                        Ok(more) => credit += more,
                        Err(mpsc::RecvError) => return,
                    }
                }
                credit -= 1;
                if port.queue(&Packet::user(key, 0, [0; 32])).is_err() {
                    return;
                }
            }
        });
        while taken < packets {
            match port.wait_batch(&mut batch, port.deadline_after(Duration::from_secs(10))) {
                Ok(count) => {
                    taken += count as u64;
                    batches += 1;
                    progress.inc(count as u64);
                    // It may have sent all that it wants to.
                    let _ = room.send(count as u64);
                }
                Err(Status::TIMED_OUT) => return Err(anyhow!("no packet came in ten seconds")),
                Err(status) => return Err(anyhow!(status).context("waiting for packets")),
            }
        }
        Ok((taken, batches))
    })
}
