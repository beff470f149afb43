//! The bundled example of `portolan run`, on a board at the other end of a serial line and on one on AXI: the same edges and
//! the same stamps.
//!
//! A serial line carries a packet in a tenth of a millisecond at best, and the example has bursts of edges ten times as
//! close. So both boards get it in slow motion, all of it by the same factor.

use std::time::Duration;

use portolan::{Board, Delivery, Event, Port, Status};
use portolan_sim::uart::{Options, Rate, UartBoard};
use portolan_sim::{Change, Changes, SimBoard, Size};
use portolan_tools::capture::Source;

use super::capture::{Beginning, beginning};
use super::{bound, port, soon};

/// How many times slower.
const SLOWER: u64 = 64;
/// Cycles of the example: a line of text, steps, and the wheel's first turns; all of it in a soak.
const CYCLES: u64 = 9_000_000;

/// Line, level, and the cycle since the start of the stimulus.
type Edge = (u64, bool, u64);

fn slowly(example: &Beginning) -> Changes {
    let changes = example.changes.iter().map(|change| Change { cycle: SLOWER * change.cycle, ..*change });
    changes.collect::<Vec<_>>().into()
}

/// The seven channels' lines, bound.
fn bind(board: &Board, port: &Port) -> Vec<portolan::Interrupt> {
    (0..7).map(|line| bound(board, line, Delivery::Stream, port)).collect()
}

/// So many edges, in the order of their stamps.
fn take(port: &Port, start: u64, count: usize) -> Vec<Edge> {
    let (mut edges, mut events) = (Vec::new(), Vec::new());
    while edges.len() < count {
        port.wait_events(&mut events, 64, soon(port)).expect("more edges come");
        for event in events.drain(..) {
            match event {
                Event::Interrupt { packet, detail } => {
                    edges.push((packet.key(), detail.level, detail.ticks - start))
                }
                other => panic!("after {} edges: {other:?}", edges.len()),
            }
        }
    }
    let end = port.deadline_after(Duration::from_millis(1));
    assert_eq!(port.wait_events(&mut events, 1, end), Err(Status::TIMED_OUT), "{events:?}");
    edges.sort_by_key(|(line, _, cycle)| (*cycle, *line));
    edges
}

#[test]
fn the_bundled_example_has_the_same_edges_and_stamps_as_on_the_axi_board() {
    let cycles = if std::env::var_os("PORTOLAN_SOAK").is_some() { u64::MAX } else { CYCLES };
    let example = beginning(Source::example(), cycles);
    let mut levels = example.initial;
    let mut count = 0;
    for change in &example.changes {
        count += (levels ^ change.pins).count_ones() as usize;
        levels = change.pins;
    }

    let options = Options { rate: Rate::Fast, initial_pins: example.initial };
    let simulated = UartBoard::open(options).expect("there is a pseudo-terminal");
    let device = portolan::device::UartDevice::open(simulated.address()).expect("it answers");
    let board = Board::open(device.clone()).expect("the driver opens it");
    let ours = port();
    let lines = bind(&board, &ours);
    let start = simulated.start(slowly(&example)).expect("it is in order");
    let by_line = take(&ours, start, count);
    println!(
        "{count} edges, {:?}, {} of {} cycles run",
        device.counts(),
        simulated.cycles_run(),
        simulated.cycles()
    );
    drop(lines);

    let options =
        portolan_sim::Options { size: Size::L16P4, initial_pins: example.initial, ..Default::default() };
    let simulated = SimBoard::open(options).expect("it opens");
    let board = Board::open(simulated.clone()).expect("the driver opens it");
    let others = port();
    let lines = bind(&board, &others);
    let start = simulated.start(slowly(&example)).expect("it is in order");
    let on_axi = take(&others, start, count);
    drop(lines);
    assert_eq!(by_line, on_axi);
}
