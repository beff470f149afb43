//! Lines of the board for tasks and polled descriptors: a thread of the driver leads for them.

use std::cell::Cell;
use std::thread;
use std::time::Duration;

use portolan::{Deadline, Delivery, Event, Packet, Pollable, Port, Status};
use portolan_sim::{Change, Changes, Size};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::runtime::{Builder, Runtime};

use super::{bound, checks, gap_port, ns, open, port, until};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// Nothing takes so long.
const LIMIT: Duration = Duration::from_secs(60);

/// A wait by a thread that sleeps.
pub fn wait_by_thread(port: &Port) -> Result<Packet, Status> {
    port.wait(Deadline::INFINITE)
}

/// The same by a task.
pub fn wait_by_task(port: &Port) -> Result<Packet, Status> {
    runtime().block_on(within(port.next()))
}

/// The same by a descriptor.
pub fn wait_by_descriptor(port: &Port) -> Result<Packet, Status> {
    let mut pollable = port.pollable().expect("a descriptor");
    loop {
        match pollable.try_wait() {
            Err(Status::TIMED_OUT) => await_readable(&pollable),
            result => return result,
        }
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("it never came")
}

fn await_readable(pollable: &Pollable) {
    let limit = Timespec { tv_sec: LIMIT.as_secs().cast_signed(), tv_nsec: 0 };
    assert_eq!(poll(&mut [PollFd::new(pollable, PollFlags::IN)], Some(&limit)), Ok(1), "never readable");
}

/// Line 0 toggles so often, every `gap` cycles.
fn toggles(count: u64, gap: u64) -> Changes {
    (1..=count).map(|n| Change { cycle: n * gap, pins: n & 1 }).collect::<Vec<_>>().into()
}

#[test]
fn a_task_gets_every_edge_with_its_stamp() {
    let (sim, board) = open(Size::L16P4);
    let port = gap_port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    let start = sim.start(toggles(40, 70_000)).unwrap();
    runtime().block_on(async {
        for n in 1..=40 {
            let Event::Interrupt { packet, detail } = within(port.next_event()).await.unwrap() else {
                panic!("a gap")
            };
            let tick = start + n * 70_000;
            assert_eq!((packet.key(), packet.timestamp(), detail.ticks), (0, Some(ns(tick)), tick));
        }
    });
    assert!(board.counters(0).unwrap().hold());
}

#[test]
fn a_descriptor_is_readable_when_an_edge_has_come() {
    let (sim, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    let mut pollable = port.pollable().unwrap();
    assert_eq!(pollable.try_wait(), Err(Status::TIMED_OUT));
    sim.start(toggles(10, 1_000)).unwrap();
    let mut taken = 0;
    while taken < 10 {
        await_readable(&pollable);
        while pollable.try_wait().is_ok() {
            taken += 1;
        }
    }
}

#[test]
fn simulated_time_does_not_run_away_while_the_only_task_is_busy() {
    let (sim, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    // Far more than the queues hold, and far apart.
    sim.start(toggles(1_000, 1_000_000)).unwrap();
    runtime().block_on(async {
        for _ in 0..1_000 {
            within(port.next()).await.unwrap();
            // Busy for a while.
            (0..20).for_each(|_| thread::yield_now());
        }
    });
    let counters = board.counters(0).unwrap();
    assert_eq!((counters.delivered, counters.lost), (1_000, 0));
}

#[test]
fn an_edge_whose_waiter_goes_away_reaches_the_next_one() {
    let (_, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Ack, &port);
    let mut pollable = port.pollable().unwrap();
    assert_eq!(pollable.try_wait(), Err(Status::TIMED_OUT));
    let reader = thread::spawn({
        let port = port.clone();
        move || port.wait(Deadline::INFINITE).map(|packet| packet.key())
    });
    until(|| port.waiters() == 2);
    board.fire(0).unwrap();
    await_readable(&pollable);
    assert_eq!(port.waiters(), 1, "it is the descriptor's turn");
    drop(pollable);
    assert_eq!(checks::ended(reader), Ok(0));
}

#[test]
fn tasks_descriptors_and_threads_share_the_edges_of_a_port() {
    const EDGES: u64 = 2_000;
    let (sim, board) = open(Size::L32P8);
    let port = port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    let ways = [wait_by_thread, wait_by_thread, wait_by_task, wait_by_task, wait_by_descriptor];
    let readers = ways.map(|wait| {
        let port = port.clone();
        thread::spawn(move || {
            let mut taken = 0;
            while wait(&port).unwrap().key() == 0 {
                taken += 1;
            }
            taken
        })
    });
    sim.start(toggles(EDGES, 20_000)).unwrap();
    // Simulated time does not wait for readers that another leads for: some edges may be lost.
    let now = || board.counters(0).unwrap();
    until(|| now().edges == EDGES && now().undelivered == 0);
    // One packet ends one reader.
    ways.iter().for_each(|_| port.queue(&Packet::user(1, 0, [0; 32])).unwrap());
    let taken: u64 = readers.map(|reader| reader.join().unwrap()).iter().sum();
    assert_eq!(taken, now().delivered);
    assert!(now().hold());
}

#[test]
fn a_task_that_is_never_without_packets_lets_others_run() {
    let port = port();
    (0..4_000).for_each(|key| port.queue(&Packet::user(key, 0, [0; 32])).unwrap());
    let others = Cell::new(0);
    runtime().block_on(async {
        let reader = async {
            for _ in 0..4_000 {
                port.next().await.unwrap();
            }
        };
        let other = async {
            loop {
                others.set(others.get() + 1);
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = reader => {}
            () = other => {}
        }
    });
    assert!(others.get() > 10, "{} times", others.get());
}

#[path = "../../../driver/examples/tokio.rs"]
mod example;

#[test]
fn the_example_runs_to_its_end() {
    example::main().unwrap();
}
