//! What the promises mean, as checks that tell what is wrong: the tests of the driver use them, and so do
//! the planted faults, which they must find.

use std::fmt::Debug;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portolan::{Board, Counters, Event};

use super::ns;

/// One error for several wrong values.
fn equal<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}")) }
}

/// Promise 1, now: every edge of a line is accounted for.
pub fn balance(board: &Board, line: u32) -> Result<Counters, String> {
    let counters = board.counters(line).map_err(|status| format!("line {line}: {status}"))?;
    if counters.hold() { Ok(counters) } else { Err(format!("the equation does not hold: {counters:?}")) }
}

/// Promise 1, when everything was read: and the readers of the line were handed so many packets.
pub fn account(board: &Board, line: u32, handed: u64) -> Result<Counters, String> {
    let counters = balance(board, line)?;
    equal(&format!("line {line}, delivered"), counters.delivered, handed)?;
    Ok(counters)
}

/// Promise 2: the packets of each line, in order, are its edges, (tick, level), and nothing else came.
pub fn stamps(events: &[Event], edges: &[Vec<(u64, bool)>]) -> Result<(), String> {
    let mut found = vec![Vec::new(); edges.len()];
    for event in events {
        let Event::Interrupt { packet, detail } = event else { return Err(format!("no packet: {event:?}")) };
        let line = usize::from(detail.line);
        equal("the stamp in ns", packet.timestamp(), Some(ns(detail.ticks)))?;
        found.get_mut(line).ok_or(format!("line {line}"))?.push((detail.ticks, detail.level));
    }
    for (line, (found, edges)) in found.iter().zip(edges).enumerate() {
        for (index, (one, edge)) in found.iter().zip(edges).enumerate() {
            equal(&format!("stamp and level of edge {index} of line {line}"), one, edge)?;
        }
        equal(&format!("packets of line {line}"), found.len(), edges.len())?;
    }
    Ok(())
}

/// Promise 3: what a port held, taken out while nothing came. Interrupts come first, in the order of their
/// stamps, then the packets of users, whose keys rise in the order in which they were queued.
pub fn order(events: &[Event]) -> Result<(), String> {
    let place = |event: &Event| match event {
        Event::Interrupt { detail, .. } => (0, detail.ticks),
        Event::Gap(gap) => (0, gap.first_ticks),
        Event::Packet(packet) => (1, packet.key()),
    };
    match events.windows(2).find(|pair| place(&pair[0]) > place(&pair[1])) {
        None => Ok(()),
        Some(pair) => Err(format!("{:?} came before {:?}", pair[0], pair[1])),
    }
}

/// Promise 4: a thread that sleeps ends before `expired` says that its time is over.
pub fn woken<T>(thread: &JoinHandle<T>, expired: impl Fn() -> bool) -> Result<(), String> {
    while !thread.is_finished() {
        if expired() {
            return Err("a sleeper was not woken".into());
        }
        std::thread::yield_now();
    }
    Ok(())
}

/// Longer than anything here may take, by the clock on the wall.
pub fn a_minute() -> impl Fn() -> bool {
    let limit = Instant::now() + Duration::from_secs(60);
    move || Instant::now() >= limit
}

/// The thread's result, once it was woken.
pub fn ended<T>(thread: JoinHandle<T>) -> T {
    woken(&thread, a_minute()).unwrap_or_else(|error| panic!("{error}"));
    thread.join().expect("it did not panic")
}
