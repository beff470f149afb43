//! The simulated board as the driver's device: waits, kicks, deadlines, paces, errors.

mod common;

use common::{listen, open, receive};
use portolan::device::{Device, DeviceError, TimeBase, Wake};
use portolan_regs::{control, map, port, port_control};
use portolan_sim::{
    Change, Changes, NS_PER_TICK, Options, Pace, RandomChanges, SimBoard, SimError, Size, Stimulus,
    StimulusError, Top,
};
use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(60);

const PACES: [Pace; 3] = [Pace::Stepped, Pace::FreeRunning, Pace::RealTime];

/// Every board at each of these paces.
fn boards(paces: &[Pace]) -> impl Iterator<Item = Options> {
    let of = |top| paces.iter().map(move |&pace| Options { top, pace, ..Options::default() });
    Top::ALL.into_iter().flat_map(of)
}

fn arm(board: &SimBoard, number: u32, consumed: u32) {
    let word = port::DOORBELL_INTERRUPT::POSITION.put(consumed) | port::DOORBELL_INTERRUPT::ARM.put(1);
    board.write(map::port(number) + port::DOORBELL_INTERRUPT, word).unwrap();
}

#[test]
fn a_wait_ends_at_its_deadline_to_the_tick() {
    let kinds = [("sim:axi", 1), ("sim:axi-rings", 1), ("sim:pcie", 9)];
    for (options, (name, vectors)) in boards(&[Pace::Stepped]).zip(kinds) {
        let board = open(options);
        assert_eq!((board.name(), board.vectors(), board.time_base()), (name, vectors, TimeBase::Simulated));
        for ns in [0, 1, 9, 10, 11, 123_456_789] {
            let deadline = board.now() + ns;
            assert_eq!(board.wait(0, deadline).unwrap(), Wake::Deadline);
            assert!(board.now() >= deadline && board.now() < deadline + NS_PER_TICK as i64);
        }
        assert_eq!(board.wait(0, i64::MIN).unwrap(), Wake::Deadline);
    }
}

#[test]
fn an_access_takes_the_same_cycles_every_time() {
    for (options, most) in boards(&[Pace::Stepped]).zip([10, 10, 50]) {
        let board = open(options);
        let cost = |access: &dyn Fn()| {
            let before = board.cycles();
            access();
            board.cycles() - before
        };
        let read = cost(&|| _ = board.read(control::ID).unwrap());
        let write = cost(&|| board.write(control::SCRATCH, 1).unwrap());
        for _ in 0..100 {
            assert_eq!(cost(&|| _ = board.read(control::TICKS).unwrap()), read);
            assert_eq!(cost(&|| board.write(control::SCRATCH, 1).unwrap()), write);
        }
        println!("{}: a read takes {read} cycles, a write {write}", board.name());
        assert!(read <= most && write <= most, "{}: {read}, {write}", board.name());
        assert_eq!((board.reads(), board.writes()), (101, 101));
    }
}

#[test]
fn time_stands_still_between_accesses() {
    for options in boards(&[Pace::Stepped]) {
        let board = open(options);
        board.start(RandomChanges::new(1, 32, 100, 10_000)).unwrap();
        let before = (board.cycles(), board.cycles_run(), board.now());
        thread::yield_now();
        assert_eq!((board.cycles(), board.cycles_run(), board.now()), before);
    }
}

#[test]
fn two_stepped_runs_are_equal_and_another_seed_is_not() {
    for top in Top::ALL {
        let run = |seed, bus_seed| {
            let size = Size::L16P4;
            let board = open(Options { size, top, bus_seed, ..Options::default() });
            listen(board.as_ref(), size, 3).unwrap();
            board.start(RandomChanges::new(seed, 16, 3000, 400_000)).unwrap();
            let received = receive(&board, size, 5_000_000).unwrap();
            (format!("{received:?}"), board.cycles(), board.cycles_run(), board.reads())
        };
        let one = run(1, None);
        assert!(one == run(1, None), "{top}: the same to the byte");
        assert!(one.0 != run(2, None).0);
        let random_bus = run(1, Some(5));
        assert!(random_bus == run(1, Some(5)), "{top}: a random bus repeats by its seed");
        assert!(random_bus.1 != one.1 || random_bus.0 != one.0);
    }
}

#[test]
fn a_refused_access_is_an_error_that_names_the_register() {
    for top in [Top::Axi, Top::AxiRings] {
        let board = open(Options { top, ..Options::default() });
        for offset in [control::SCRATCH + 4, 0x1_ffff_u32 & !3, 0x4_0000, 0xffff_fffc] {
            let error = board.read(offset).unwrap_err();
            assert!(matches!(&error, DeviceError::Refused { offset: o, .. } if *o == offset), "{error}");
            assert!(board.write(offset, 0).is_err());
        }
    }
}

#[test]
fn behind_pcie_holes_read_zero_and_are_counted_and_beyond_the_bar_are_ones() {
    let board = open(Options { top: Top::Pcie, ..Options::default() });
    for (count, offset) in [(2, control::SCRATCH + 4), (4, 0x1_fffc)] {
        assert_eq!(board.read(offset).unwrap(), 0);
        board.write(offset, 1).unwrap();
        assert_eq!(board.read(control::HOLES).unwrap(), count);
    }
    for offset in [0x4_0000, 0xffff_fffc] {
        assert_eq!(board.read(offset).unwrap(), u32::MAX);
        board.write(offset, 1).unwrap();
    }
    assert_eq!(board.read(control::HOLES).unwrap(), 4, "they are of no function");
    assert_eq!(board.read(control::ID).unwrap(), portolan_regs::ID);
}

#[test]
fn a_kick_ends_the_present_wait_or_else_the_next_one() {
    for options in boards(&PACES) {
        let pace = (options.top, options.pace);
        let board = open(options);
        board.kick(0);
        board.kick(0);
        assert_eq!(board.wait(0, i64::MAX).unwrap(), Wake::Kicked, "{pace:?}");
        assert_eq!(board.wait(0, board.now()).unwrap(), Wake::Deadline, "{pace:?}: kicks do not add up");
        for _ in 0..20 {
            let waiter = Arc::clone(&board);
            let thread = thread::spawn(move || waiter.wait(0, i64::MAX).unwrap());
            board.read(control::ID).unwrap();
            board.kick(0);
            assert_eq!(thread.join().unwrap(), Wake::Kicked, "{pace:?}");
        }
    }
}

#[test]
fn each_vector_ends_the_waits_that_are_for_it_alone() {
    for pace in PACES {
        let board = open(Options { top: Top::Pcie, pace, ..Options::default() });
        let size = Options::default().size;
        listen(board.as_ref(), size, 0).unwrap();
        let (mine, others, nobodys) = (1, 2, 3);
        for number in [mine, others, nobodys] {
            board.write(map::port_control(number) + port_control::VECTOR, number).unwrap();
            arm(&board, number, 0);
        }
        let waits = |vector| {
            let board = Arc::clone(&board);
            thread::spawn(move || board.wait(vector, i64::MAX).unwrap())
        };
        let [mine, others] = [mine, others].map(|vector| (vector, waits(vector)));
        // An edge of a port whose message nobody waits for stops nothing, and is not forgotten.
        board.start(Changes::from([(5_000, 1 << nobodys), (9_000, 1 << nobodys | 1 << mine.0)])).unwrap();
        assert_eq!(mine.1.join().unwrap(), Wake::Interrupt, "{pace:?}");
        assert!(!others.1.is_finished(), "{pace:?}");
        board.kick(others.0);
        assert_eq!(others.1.join().unwrap(), Wake::Kicked, "{pace:?}");
        assert_eq!(board.wait(nobodys, i64::MAX).unwrap(), Wake::Interrupt, "{pace:?}");
    }
}

#[test]
fn a_wait_without_deadline_on_a_quiet_board_lets_other_threads_act() {
    for options in boards(&PACES) {
        let pace = (options.top, options.pace);
        let board = open(options);
        listen(board.as_ref(), Size::L32P8, 0).unwrap();
        for (edge, line) in [4u32, 12].into_iter().enumerate() {
            arm(&board, 4, edge as u32);
            let waiter = Arc::clone(&board);
            let thread = thread::spawn(move || waiter.wait(0, i64::MAX).unwrap());
            // With a pin, or with a stimulus.
            if edge == 0 {
                board.set_pins(1 << line);
            } else {
                board.start(Changes::from([(5000, board.pins() ^ 1 << line)])).unwrap();
            }
            assert_eq!(thread.join().unwrap(), Wake::Interrupt, "{pace:?}");
        }
    }
}

#[test]
fn a_quiet_board_does_not_spin() {
    for options in boards(&[Pace::Stepped]) {
        let board = open(options);
        let begin = Instant::now();
        for _ in 0..50 {
            assert_eq!(board.wait(0, board.now() + 500_000_000).unwrap(), Wake::Deadline);
            board.read(control::ALIVE).unwrap();
        }
        assert!(begin.elapsed() >= Duration::from_millis(30), "it sleeps: {:?}", begin.elapsed());
        assert!(begin.elapsed() < LIMIT);
        assert!(board.now() >= 25_000_000_000, "and simulated time goes by");
    }
}

#[test]
fn boards_in_one_process_share_nothing() {
    let run = |seed: u64| {
        let (size, top) = (Size::ALL[seed as usize % 4], Top::ALL[seed as usize % 3]);
        let board = open(Options { size, top, ..Options::default() });
        listen(board.as_ref(), size, 0).unwrap();
        board.start(RandomChanges::new(seed, size.lines(), 500, 100_000)).unwrap();
        receive(&board, size, 2_000_000).unwrap()
    };
    let alone: Vec<_> = (0..12).map(run).collect();
    let threads: Vec<_> = (0..12).map(|seed| thread::spawn(move || run(seed))).collect();
    for (seed, thread) in threads.into_iter().enumerate() {
        assert!(thread.join().unwrap() == alone[seed], "seed {seed}");
    }
}

#[test]
fn a_free_running_board_delivers_every_edge_with_its_cycle() {
    for options in boards(&[Pace::FreeRunning, Pace::RealTime]) {
        let (size, pace) = (options.size, (options.top, options.pace));
        let board = open(options);
        listen(board.as_ref(), size, 0).unwrap();
        // Slow enough for any host: one edge per 2 ms, in order.
        let changes: Vec<Change> = (0..40u64)
            .map(|i| Change {
                cycle: 200_000 * i,
                pins: ((2 << (i % 32)) - 1) ^ if i < 32 { 0 } else { u64::MAX >> 32 },
            })
            .collect();
        let expected: Vec<u64> = {
            let mut pins = 0;
            let toggles = |change: &Change, pins: &mut u64| {
                let count = (change.pins ^ *pins).count_ones() as usize;
                *pins = change.pins;
                vec![change.cycle; count]
            };
            changes.iter().flat_map(|change| toggles(change, &mut pins)).collect()
        };
        let start = board.start(Changes::from(changes)).unwrap();
        let deadline = board.now() + 100_000_000;
        let received = receive(&board, size, deadline).unwrap();
        let mut stamps: Vec<u64> = received.iter().map(|(_, packet)| packet.ticks - start).collect();
        stamps.sort_unstable();
        assert_eq!(stamps, expected, "{pace:?}");
    }
}

#[test]
fn real_time_is_never_ahead_of_the_clock_on_the_wall() {
    for options in boards(&[Pace::RealTime]) {
        let begin = Instant::now();
        let board = open(options);
        board.run(5_000_000).unwrap();
        assert!(begin.elapsed() >= Duration::from_millis(50), "50 ms took {:?}", begin.elapsed());
        assert!(begin.elapsed() < LIMIT);
    }
}

/// Fails after some changes, as a capture with a fault in the middle.
struct Faulty(u64);

#[derive(Debug, thiserror::Error)]
#[error("line 17: not a change")]
struct Fault;

impl Stimulus for Faulty {
    fn next(&mut self) -> Result<Option<Change>, Box<dyn Error + Send + Sync>> {
        self.0 += 1;
        if self.0 > 3 {
            Err(Box::new(Fault))
        } else {
            Ok(Some(Change { cycle: 100 * self.0, pins: self.0 & 1 }))
        }
    }
}

#[test]
fn an_error_of_the_stimulus_ends_waits_and_keeps_its_source() {
    for options in boards(&PACES) {
        let pace = (options.top, options.pace);
        let board = open(options);
        board.start(Faulty(0)).unwrap();
        let error = board.wait(0, i64::MAX).unwrap_err();
        let mut chain = Vec::new();
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(error) = next {
            chain.push(error.to_string());
            next = error.source();
        }
        assert!(chain.iter().any(|message| message == "line 17: not a change"), "{pace:?}: {chain:?}");
        assert!(board.stimulus_ended());
        let Some(StimulusError::Source(source)) = board.stimulus_error() else { panic!("it is kept") };
        assert!(source.0.downcast_ref::<Fault>().is_some(), "as it was");
        assert!(matches!(board.run(10), Err(SimError::Stimulus(_))));
        board.read(control::ID).expect("registers still work");
        board.start(Changes::from([(0, 0)])).unwrap();
        assert!(board.stimulus_error().is_none());
        board.run(10).expect("a new stimulus is a new start");
    }
}

#[test]
fn impossible_changes_are_refused() {
    let board = open(Options { size: Size::L4P1, ..Options::default() });
    let error = board.start(Changes::from([(0, 1 << 4)])).unwrap_err();
    assert_eq!(error.to_string(), "a change at cycle 0 sets line 4, but the board has 4 lines");
    board.start(Changes::from([(10, 1), (10, 0)])).unwrap();
    let error = board.run(100).unwrap_err();
    assert!(matches!(error, SimError::Stimulus(StimulusError::Order { previous: 10, cycle: 10 })), "{error}");
}

#[test]
fn a_waveform_that_cannot_be_written_is_an_error_that_names_the_file() {
    let path = std::path::PathBuf::from("/nonexistent/folder/board.fst");
    let error =
        SimBoard::open(Options { trace: Some(path), ..Options::default() }).err().expect("no such folder");
    assert!(error.to_string().contains("/nonexistent/folder/board.fst"), "{error}");
    assert!(error.source().is_some());
}

#[test]
fn a_board_that_can_write_no_waveform_says_so_and_writes_none() {
    let folder = tempfile::tempdir().unwrap();
    for top in [Top::AxiRings, Top::Pcie] {
        let path = folder.path().join("board.fst");
        let error = SimBoard::open(Options { top, trace: Some(path.clone()), ..Options::default() }).err();
        let error = error.expect("there is no model for it").to_string();
        assert_eq!(error, format!("{top} cannot write a waveform; sim:axi can"));
        assert!(!path.exists());
    }
}

#[test]
fn levels_at_power_up_are_no_edges() {
    for options in boards(&[Pace::Stepped]) {
        let size = options.size;
        let board = open(Options { initial_pins: 0xf0f0_1234, ..options });
        listen(board.as_ref(), size, 0).unwrap();
        assert_eq!(board.pins(), 0xf0f0_1234);
        assert_eq!(receive(&board, size, board.now() + 10_000).unwrap(), []);
        assert_eq!(board.read(map::bank(portolan_regs::bank::LEVEL, 0)).unwrap(), 0xf0f0_1234);
    }
}

#[test]
fn dropping_a_free_running_board_ends_its_thread() {
    let begin = Instant::now();
    for options in boards(&[Pace::FreeRunning, Pace::RealTime]) {
        for _ in 0..5 {
            let board = open(Options { skip_idle: false, ..options.clone() });
            board.start(RandomChanges::new(1, 32, 1000, u64::MAX)).unwrap();
            drop(board);
        }
    }
    assert!(begin.elapsed() < LIMIT);
}
