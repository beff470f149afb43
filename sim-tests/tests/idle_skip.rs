//! Skipped idle time cannot be told from time that was run: same packets, same stamps, same cycles.

mod common;

use common::capture::recording::recording;
use common::capture::{Beginning, beginning};
use common::{listen, moderate, open, receive};
use portolan::device::Device;
use portolan::{
    Board, Counters, Delivery, Event, Interrupt, LineConfig, LineMode, Port, PortOptions, Status,
};
use portolan_sim::raw::{Packet, seed};
use portolan_sim::{Change, Changes, Options, RandomChanges, Size, Stimulus, Top};
use portolan_tools::capture::Source;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// How a board is set up, and for how long it runs.
#[derive(Clone, Copy)]
struct Setting {
    top: Top,
    size: Size,
    /// Of a link or bus that is ready at random.
    bus_seed: Option<u64>,
    initial: u64,
    filter: u32,
    /// Of the moderation, units.
    time: u32,
    cycles: u64,
}

impl Setting {
    /// A board on AXI with all pins low, no filter, a fast bus, moderation by the shortest time.
    fn of(size: Size) -> Setting {
        Setting { top: Top::Axi, size, bus_seed: None, initial: 0, filter: 0, time: 1, cycles: 0 }
    }
}

struct Run {
    received: Vec<(u64, Packet)>,
    cycles: u64,
    cycles_run: u64,
    reads: u64,
}

fn run(setting: Setting, skip_idle: bool, stimulus: impl Stimulus + 'static) -> Run {
    let Setting { top, size, bus_seed, initial, filter, time, cycles } = setting;
    let options = Options { top, size, skip_idle, bus_seed, initial_pins: initial, ..Options::default() };
    let board = open(options);
    listen(board.as_ref(), size, filter).unwrap();
    moderate(board.as_ref(), size, 5, time).unwrap();
    board.start(stimulus).unwrap();
    let deadline = board.now() + 10 * cycles as i64;
    let received = receive(&board, size, deadline).unwrap();
    Run { received, cycles: board.cycles(), cycles_run: board.cycles_run(), reads: board.reads() }
}

/// What part of the cycles was run with skipping, or where the runs differ.
fn agree(skipped: &Run, whole: &Run) -> Result<f64, String> {
    assert_eq!(whole.cycles, whole.cycles_run, "nothing was skipped");
    assert!(skipped.received.len() > 20, "{} packets", skipped.received.len());
    // The tick of receipt, and the packet.
    for (one, other) in skipped.received.iter().zip(&whole.received) {
        if one != other {
            return Err(format!("{one:?} where it would be {other:?}"));
        }
    }
    let figures = |run: &Run| (run.received.len(), run.cycles, run.reads);
    if figures(skipped) != figures(whole) {
        return Err(format!("{:?} where it would be {:?}", figures(skipped), figures(whole)));
    }
    Ok(skipped.cycles_run as f64 / skipped.cycles as f64)
}

/// Runs both ways; returns what part of the cycles was run with skipping.
fn compare(setting: Setting, stimulus: impl Stimulus + Clone + 'static) -> f64 {
    let skipped = run(setting, true, stimulus.clone());
    agree(&skipped, &run(setting, false, stimulus)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_cycle_too_much_that_was_skipped_is_found() {
    // 30 edges, far apart, the last of which is a cycle late where time is skipped.
    let edges = |late: u64| {
        let edge = |n: u64| Change { cycle: 10_000 * n + if n == 30 { late } else { 0 }, pins: n & 1 };
        Changes::from((1..=30).map(edge).collect::<Vec<_>>())
    };
    for top in Top::ALL {
        let setting = Setting { top, cycles: 310_000, ..Setting::of(Size::L4P1) };
        let whole = run(setting, false, edges(0));
        agree(&run(setting, true, edges(0)), &whole).unwrap();
        let error = agree(&run(setting, true, edges(1)), &whole).unwrap_err();
        assert!(error.contains("ticks"), "{error}");
    }
}

#[test]
fn random_traffic_is_the_same_with_and_without_skipping() {
    let seed = seed(12);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Every board at every size, with a bus that is always ready and with one that is not.
    for round in 0..24 {
        let top = Top::ALL[round / 4 % 3];
        let bus_seed = (round >= 12).then_some(seed + round as u64);
        let size = Size::ALL[round % 4];
        let gap = 1 << random.random_range(4..14);
        let filter = random.random_range(0..64);
        // Without a time limit the last packets of a port may stay unannounced: the same in both runs.
        let time = [0, 1, 40, 300][random.random_range(0..4)].max(1);
        let cycles = 300_000;
        let stimulus = RandomChanges::new(seed + round as u64, size.lines(), gap, cycles - 20_000);
        println!("{top} {size}, bus {bus_seed:?}, gaps to {gap}, filter {filter}, moderation {time}");
        compare(Setting { top, size, bus_seed, initial: 0, filter, time, cycles }, stimulus);
    }
}

#[test]
fn bursts_and_silence_are_the_same_and_most_of_them_is_skipped() {
    let seed = seed(13);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut changes, mut cycle, mut pins) = (Vec::new(), 0, 0);
    for _ in 0..6 {
        // A burst as of an SPI transfer: clock, data, select; then milliseconds of nothing.
        for _ in 0..60 {
            pins ^= 1 | random.random_range(0..2) << 1;
            cycle += 100 + random.random_range(0..3);
            changes.push(Change { cycle, pins });
        }
        pins ^= 4;
        cycle += 300_000 + random.random_range(0..1000);
        changes.push(Change { cycle, pins });
    }
    for (top, bus_seed) in Top::ALL.into_iter().flat_map(|top| [(top, None), (top, Some(seed))]) {
        let setting = Setting { top, bus_seed, cycles: cycle + 1000, ..Setting::of(Size::L32P8) };
        let part = compare(setting, Changes::from(changes.clone()));
        println!("{top}, bus {bus_seed:?}: {:.1} % of the cycles were run", 100.0 * part);
        // Completions that are held back are time in which the board is not idle.
        let most = if top == Top::Pcie && bus_seed.is_some() { 0.5 } else { 0.1 };
        assert!(part < most, "{top}, bus {bus_seed:?}: {:.1} % of the cycles were run", 100.0 * part);
    }
}

/// Plays the beginning of a capture both ways, to a host without driver and to the driver.
fn compare_capture(name: &str, top: Top, size: Size, capture: &Beginning) {
    let Beginning { initial, changes, cycles } = capture;
    assert!(changes.len() > 20, "{name}: {} changes", changes.len());
    let setting = Setting { top, initial: *initial, cycles: cycles + 5_000, ..Setting::of(size) };
    let part = compare(setting, Changes::from(changes.clone()));
    let skipped = drive(setting, true, changes);
    let whole = drive(setting, false, changes);
    let edges: u64 = skipped.counters.iter().map(|line| line.edges).sum();
    println!(
        "{name} on {top} {size}: {} changes, {edges} edges in {cycles} cycles, of which {:.1} % were run",
        changes.len(),
        100.0 * part
    );
    assert!(edges >= changes.len() as u64, "{name}: every change is an edge of some line");
    assert!(skipped.events == whole.events, "{name}: what the driver hands over");
    assert_eq!((&skipped.counters, skipped.cycles), (&whole.counters, whole.cycles), "{name}");
}

/// What a run leaves behind that uses the driver.
struct Driven {
    /// With the tick at which each was handed over.
    events: Vec<(u64, Event)>,
    counters: Vec<Counters>,
    cycles: u64,
}

fn drive(setting: Setting, skip_idle: bool, changes: &[Change]) -> Driven {
    let Setting { top, size, initial, cycles, .. } = setting;
    let sim = open(Options { top, size, skip_idle, initial_pins: initial, ..Options::default() });
    let board = Board::open(sim.clone()).unwrap();
    let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: true });
    let lines: Vec<_> = (0..size.lines())
        .map(|line| {
            let config = LineConfig { mode: LineMode::Both, delivery: Delivery::Stream, filter: 0 };
            let line_interrupt = Interrupt::line(&board, line, config).unwrap();
            line_interrupt.bind(&port, line.into()).unwrap();
            line_interrupt
        })
        .collect();
    let start = sim.start(Changes::from(changes.to_vec())).unwrap();
    let mut events = Vec::new();
    while sim.cycles() < start + cycles {
        match port.wait_event(port.deadline_after(Duration::from_millis(1))) {
            Ok(event) => events.push((sim.cycles(), event)),
            Err(status) => assert_eq!(status, Status::TIMED_OUT),
        }
    }
    let counters: Vec<_> = (0..size.lines()).map(|line| board.counters(line).unwrap()).collect();
    for line in &counters {
        assert!(line.hold() && line.delivered == line.edges, "{line:?}");
    }
    drop(lines);
    Driven { events, counters, cycles: sim.cycles() }
}

/// Cycles of a capture that are run without skipping: some seconds.
const CYCLES: u64 = 20_000_000;

/// Short captures are compared whole.
fn compare_recording(file: &str, size: Size) {
    let Some(path) = recording(file) else { return };
    compare_capture(file, Top::Axi, size, &beginning(Source::file(&path), CYCLES));
}

#[test]
fn a_recorded_printer_is_the_same_with_and_without_skipping() {
    // Whole: 87 ms of two motors and their enable.
    compare_recording("smoothieware_snippet.sr", Size::L16P4);
}

#[test]
fn a_recorded_keyboard_is_the_same_with_and_without_skipping() {
    // Silence, and the first key.
    compare_recording("ps2_keyboard_asdfgh.sr", Size::L16P4);
}

#[test]
fn the_example_capture_is_the_same_with_and_without_skipping() {
    // All of it where there is time.
    let soak = std::env::var_os("PORTOLAN_SOAK").is_some();
    // A cycle behind PCIe takes several times as long as one on AXI.
    for (top, part) in [(Top::Axi, 2), (Top::AxiRings, 8), (Top::Pcie, 8)] {
        let cycles = if soak { u64::MAX } else { CYCLES / part };
        compare_capture("the example", top, Size::L16P4, &beginning(Source::example(), cycles));
    }
}

#[test]
fn a_minute_of_silence_takes_no_time() {
    for top in Top::ALL {
        let size = Size::L32P8;
        let board = open(Options { top, ..Options::default() });
        listen(board.as_ref(), size, 0).unwrap();
        let minute = 60 * 100_000_000;
        let start = board.start(Changes::from([(0, 1), (minute, 0), (2 * minute, 1)])).unwrap();
        let before = board.cycles_run();
        let received = receive(&board, size, board.now() + 130_000_000_000).unwrap();
        let stamps: Vec<u64> = received.iter().map(|(_, packet)| packet.ticks).collect();
        assert_eq!(stamps, [start, start + minute, start + 2 * minute]);
        let ran = board.cycles_run() - before;
        assert!(ran < 10_000, "{top}: {ran} cycles were run");
    }
}
