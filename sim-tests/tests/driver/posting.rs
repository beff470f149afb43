//! User packets that other bus masters post: through the window of a hardware port, over the bus, to a reader.

use std::sync::Arc;
use std::thread;

use portolan::device::Device;
use portolan::{Board, BoardError, Deadline, Delivery, Packet, Port, PortOptions, PostWindow, Status};
use portolan_regs::{map, packet::kind, port as page};
use portolan_sim::{SimBoard, Size};

use super::meddled::{self, Meddler, unplugged};
use super::{ARRIVAL, bound, checks, open, port, soon, until};

/// Words of a packet.
const WORDS: usize = 12;

/// A packet whose bytes tell its key.
fn packet(key: u64) -> Packet {
    Packet::user(key, !(key as i32), std::array::from_fn(|at| (key as u8).wrapping_add(at as u8)))
}

fn words(packet: &Packet) -> [u32; WORDS] {
    let bytes = packet.to_bytes();
    std::array::from_fn(|word| u32::from_le_bytes(std::array::from_fn(|at| bytes[4 * word + at])))
}

/// What another bus master does: twelve writes. A packet that finds no room may be answered with an error, or not.
fn post_words(device: &dyn Device, offset: u32, words: &[u32; WORDS]) {
    for (at, word) in words.iter().enumerate() {
        let _ = device.write(offset + 4 * at as u32, *word);
    }
}

fn post(sim: &SimBoard, window: &PostWindow, key: u64) {
    post_words(sim, window.offset(), &words(&packet(key)));
}

/// The same, and then it has arrived wherever it goes.
fn posted(sim: &SimBoard, window: &PostWindow, key: u64) {
    post(sim, window, key);
    sim.run(ARRIVAL).unwrap();
}

/// A port with a window.
fn windowed(size: Size) -> (Arc<SimBoard>, Board, Port, PostWindow) {
    let (sim, board) = open(size);
    let port = port();
    let window = board.attach(&port).expect("there is a hardware port");
    (sim, board, port, window)
}

/// The keys of all packets that there are, which are as they were posted.
fn keys(port: &Port) -> Vec<u64> {
    std::iter::from_fn(|| port.try_wait().ok())
        .inspect(|found| assert_eq!(found, &packet(found.key())))
        .map(|found| found.key())
        .collect()
}

/// User packets that the board and its ring hold.
fn most(board: &Board) -> u64 {
    let ring = if board.info().ring_slots > 0 { 512 } else { 0 };
    u64::from(board.info().user_depth) + ring
}

#[test]
fn a_posted_packet_arrives_as_it_was_posted() {
    for size in [Size::L16P4, Size::L32P8, Size::L64P4] {
        let (sim, _, port, window) = windowed(size);
        assert_eq!((window.hardware_port(), window.offset()), (1, map::port(1) + page::POST));
        for key in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef] {
            post(&sim, &window, key);
            assert_eq!(port.wait(soon(&port)), Ok(packet(key)));
        }
        assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
    }
}

#[test]
fn a_port_needs_no_interrupts_for_a_window() {
    let (sim, board) = open(Size::L16P4);
    let port = Port::new(PortOptions::default());
    let window = board.attach(&port).unwrap();
    post(&sim, &window, 5);
    assert_eq!(port.wait(soon(&port)), Ok(packet(5)));
}

#[test]
fn a_type_that_user_space_may_not_make_becomes_user_and_is_counted() {
    let (sim, board, port, window) = windowed(Size::L16P4);
    for kind in [kind::INTERRUPT, kind::SIGNAL_ONE, 3, 9, u32::MAX] {
        let mut forged = words(&packet(7));
        forged[2] = kind;
        post_words(&*sim, window.offset(), &forged);
        assert_eq!(port.wait(soon(&port)), Ok(packet(7)), "type {kind}");
    }
    posted(&sim, &window, 8);
    assert_eq!(keys(&port), [8]);
    let stats = board.stats().unwrap();
    assert_eq!((stats.post_forgeries, stats.post_discards, stats.post_drops), (5, 0, 0));
}

#[test]
fn an_edge_overtakes_posted_packets() {
    let (sim, board, port, window) = windowed(Size::L16P4);
    let _line = bound(&board, 1, Delivery::Stream, &port);
    (100..103).for_each(|key| posted(&sim, &window, key));
    for (turn, key) in (100..103).enumerate() {
        board.fire(1).unwrap();
        sim.run(ARRIVAL).unwrap();
        assert_eq!(port.try_wait().map(|packet| packet.key()), Ok(1), "E5, turn {turn}");
        assert_eq!(port.try_wait(), Ok(packet(key)));
    }
}

#[test]
fn posted_packets_and_a_programs_leave_in_the_order_in_which_the_driver_accepts_them() {
    let (sim, _, port, window) = windowed(Size::L16P4);
    port.queue(&packet(0)).unwrap();
    posted(&sim, &window, 1);
    posted(&sim, &window, 2);
    assert_eq!(port.try_wait(), Ok(packet(0)), "the look that finds this accepts what was posted");
    port.queue(&packet(3)).unwrap();
    posted(&sim, &window, 4);
    assert_eq!(keys(&port), [1, 2, 3, 4]);
}

#[test]
fn neither_a_program_nor_a_bus_master_that_never_stops_keeps_the_other_waiting() {
    let (sim, board, port, window) = windowed(Size::L16P4);
    let mut seen = [0, 0];
    for turn in 0..300 {
        // Two come for each that leaves.
        port.queue(&packet(2 * turn)).unwrap();
        posted(&sim, &window, 2 * turn + 1);
        let key = port.try_wait().unwrap().key();
        assert_eq!(key / 2, seen[key as usize % 2], "each in its order");
        seen[key as usize % 2] += 1;
    }
    assert!(seen.iter().all(|seen| *seen > 100), "{seen:?}");
    if board.info().ring_slots > 0 {
        assert_eq!(keys(&port).len(), 300);
    }
}

#[test]
fn what_finds_no_room_is_refused_and_counted_and_the_rest_comes_in_order() {
    let (sim, board, port, window) = windowed(Size::L16P4);
    assert_eq!(window.credits(), Ok(board.info().user_depth));
    let room = most(&board);
    for key in 0..room + 10 {
        post(&sim, &window, key);
    }
    sim.run(ARRIVAL).unwrap();
    assert_eq!(window.credits(), Ok(0));
    let drops = u64::from(board.stats().unwrap().post_drops);
    // A few more have room: those on their way from the queue to the ring.
    assert!((1..=10).contains(&drops), "{drops} drops");
    let mut found = Vec::new();
    while let Ok(packet) = port.wait(port.deadline_after(std::time::Duration::from_micros(20))) {
        found.push(packet.key());
    }
    assert_eq!(found.len() as u64, room + 10 - drops);
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(window.credits(), Ok(board.info().user_depth));
}

#[test]
fn packets_come_through_every_wrap_without_a_register_read_and_with_few_writes() {
    const BATCH: u64 = 60;
    let (sim, board, port, window) = windowed(Size::L16P4);
    let (mut reads, mut writes, mut buffer) = (0, 0, [Packet::default(); BATCH as usize]);
    for batch in 0..40 {
        for key in BATCH * batch..BATCH * (batch + 1) {
            post(&sim, &window, key);
        }
        sim.run(ARRIVAL).unwrap();
        let before = (sim.reads(), sim.writes());
        let mut count = 0;
        while count < BATCH as usize {
            count += port.wait_batch(&mut buffer[count..], soon(&port)).unwrap();
        }
        reads += sim.reads() - before.0;
        writes += sim.writes() - before.1;
        assert!((BATCH * batch..).map(packet).zip(&buffer).all(|(posted, found)| posted == *found));
    }
    if board.info().ring_slots > 0 {
        assert_eq!(reads, 0);
        assert!(writes <= 40, "{writes} writes for 40 batches");
    }
}

#[test]
fn a_thread_that_sleeps_is_woken_by_a_posted_packet() {
    let (sim, _, port, window) = windowed(Size::L16P4);
    for key in 0..200 {
        thread::scope(|scope| {
            let reader = scope.spawn(|| port.wait(Deadline::INFINITE));
            if key % 2 == 0 {
                until(|| port.waiters() == 1);
            }
            post(&sim, &window, key);
            assert_eq!(checks_ended(reader), Ok(packet(key)));
        });
    }
}

/// The result of a thread that ends within a minute.
fn checks_ended<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    until(|| thread.is_finished());
    thread.join().expect("it did not panic")
}

#[test]
fn one_posted_packet_wakes_one_of_several_threads() {
    let (sim, board, port, window) = windowed(Size::L16P4);
    let other = super::port();
    let other_window = board.attach(&other).unwrap();
    for round in 0..50 {
        thread::scope(|scope| {
            let readers: Vec<_> = (0..3).map(|_| scope.spawn(|| port.wait(Deadline::INFINITE))).collect();
            let follower = scope.spawn(|| other.wait(Deadline::INFINITE));
            until(|| port.waiters() == 3 && other.waiters() == 1);
            for left in (0..3).rev() {
                post(&sim, &window, round);
                until(|| readers.iter().filter(|reader| !reader.is_finished()).count() == left);
                assert_eq!(port.waiters(), left, "the others sleep on");
            }
            assert!(readers.into_iter().all(|reader| checks_ended(reader) == Ok(packet(round))));
            assert!(!follower.is_finished());
            post(&sim, &other_window, round);
            assert_eq!(checks_ended(follower), Ok(packet(round)));
        });
    }
}

/// Two threads sleep; each of two things that come at once reaches one of them, whoever takes which.
fn two_at_once(
    first: impl Fn(&SimBoard, &Board, &PostWindow),
    second: impl Fn(&SimBoard, &PostWindow, &Port),
) {
    let (sim, board, port, window) = windowed(Size::L16P4);
    let line = bound(&board, 1, Delivery::Ack, &port);
    for round in 0..300 {
        thread::scope(|scope| {
            let readers: Vec<_> = (0..2).map(|_| scope.spawn(|| port.wait(Deadline::INFINITE))).collect();
            if round % 3 > 0 {
                until(|| port.waiters() == 2);
            }
            first(&sim, &board, &window);
            if round % 2 > 0 {
                sim.run(ARRIVAL).unwrap();
            }
            second(&sim, &window, &port);
            assert!(readers.into_iter().all(|reader| checks_ended(reader).is_ok()));
        });
        line.ack().unwrap();
    }
}

#[test]
fn an_interrupt_and_a_programs_packet_reach_two_threads() {
    two_at_once(|_, board, _| board.fire(1).unwrap(), |_, _, port| port.queue(&packet(1)).unwrap());
}

#[test]
fn an_interrupt_and_a_posted_packet_reach_two_threads() {
    two_at_once(|_, board, _| board.fire(1).unwrap(), |sim, window, _| post(sim, window, 1));
}

#[test]
fn a_posted_packet_and_a_programs_reach_two_threads() {
    two_at_once(|sim, _, window| post(sim, window, 1), |_, _, port| port.queue(&packet(2)).unwrap());
}

#[test]
fn posted_packets_reach_tasks_and_descriptors() {
    let (sim, _, port, window) = windowed(Size::L16P4);
    for key in 0..20 {
        for wait in [super::asynchronous::wait_by_task, super::asynchronous::wait_by_descriptor] {
            thread::scope(|scope| {
                let reader = scope.spawn(|| wait(&port));
                until(|| port.waiters() == 1);
                post(&sim, &window, key);
                assert_eq!(checks_ended(reader), Ok(packet(key)));
            });
        }
    }
}

#[test]
fn a_cancel_of_a_key_finds_posted_packets_wherever_they_are() {
    let (sim, board, port, window) = windowed(Size::L16P4);
    assert_eq!(port.cancel_key(1), Err(Status::NOT_FOUND));
    // Not even arrived.
    post(&sim, &window, 1);
    assert_eq!(port.cancel_key(1), Ok(()));
    assert_eq!(port.cancel_key(1), Err(Status::NOT_FOUND));
    // Among others, and in the port's own hands after that.
    (0..6).for_each(|key| posted(&sim, &window, key));
    assert_eq!(port.cancel_key(2), Ok(()));
    assert_eq!(port.cancel_key(2), Err(Status::NOT_FOUND));
    (6..9).for_each(|key| posted(&sim, &window, key));
    assert_eq!(port.cancel_key(4), Ok(()));
    assert_eq!(port.cancel_key(7), Ok(()));
    assert_eq!(keys(&port), [0, 1, 3, 5, 6, 8]);
    // Behind a full ring.
    let room = most(&board);
    (0..room).for_each(|key| post(&sim, &window, key));
    sim.run(ARRIVAL).unwrap();
    assert_eq!(port.cancel_key(room - 1), Ok(()));
    assert!(keys(&port).into_iter().eq(0..room - 1));
    assert_eq!(board.stats().unwrap().post_discards, 0);
}

#[test]
fn a_cancel_keeps_the_order_of_posted_packets_and_a_programs() {
    let (sim, _, port, window) = windowed(Size::L16P4);
    (0..3).for_each(|key| port.queue(&packet(key)).unwrap());
    posted(&sim, &window, 3);
    posted(&sim, &window, 4);
    assert_eq!(port.try_wait(), Ok(packet(0)));
    (5..7).for_each(|key| port.queue(&packet(key)).unwrap());
    assert_eq!(port.cancel_key(4), Ok(()));
    assert_eq!(port.cancel_key(1), Ok(()));
    assert_eq!(keys(&port), [2, 3, 5, 6]);
}

#[test]
fn a_packet_that_is_canceled_does_not_reach_who_was_woken_for_it() {
    let (sim, _, port, window) = windowed(Size::L16P4);
    for _ in 0..50 {
        thread::scope(|scope| {
            let reader = scope.spawn(|| port.wait(Deadline::INFINITE));
            until(|| port.waiters() == 1);
            post(&sim, &window, 1);
            let canceled = port.cancel_key(1);
            post(&sim, &window, 2);
            let found = checks_ended(reader).unwrap().key();
            // Delivered or canceled, never both, never neither (G5).
            assert_eq!((found, canceled), if found == 1 { (1, Err(Status::NOT_FOUND)) } else { (2, Ok(())) });
            if found == 1 {
                assert_eq!(port.wait(soon(&port)), Ok(packet(2)));
            }
        });
    }
}

#[test]
fn a_cancel_of_another_key_takes_no_wake_up_away() {
    let (sim, _, port, window) = windowed(Size::L16P4);
    for key in 10..210 {
        thread::scope(|scope| {
            let reader = scope.spawn(|| port.wait(Deadline::INFINITE));
            if key % 2 == 0 {
                until(|| port.waiters() == 1);
            }
            post(&sim, &window, key);
            // The first one may come before the reader's doorbell has brought its leader.
            (0..3).for_each(|other| assert_eq!(port.cancel_key(other), Err(Status::NOT_FOUND)));
            assert_eq!(checks_ended(reader), Ok(packet(key)));
        });
    }
}

#[test]
fn what_is_posted_to_nobody_is_discarded_and_counted() {
    let (sim, board) = open(Size::L16P4);
    let offset = |hardware_port| map::port(hardware_port) + page::POST;
    for (hardware_port, count) in [(0, 3), (1, 4), (3, 5)] {
        (0..count).for_each(|key| post_words(&*sim, offset(hardware_port), &words(&packet(key))));
    }
    sim.run(ARRIVAL).unwrap();
    assert_eq!(board.stats().unwrap().post_discards, 12);
    for hardware_port in 0..4 {
        assert_eq!(sim.read(map::port(hardware_port) + page::POST_CREDITS).unwrap(), board.info().user_depth);
    }
    // What was posted before a port has the hardware port is not for it.
    post_words(&*sim, offset(1), &words(&packet(1)));
    sim.run(ARRIVAL).unwrap();
    let port = port();
    let window = board.attach(&port).unwrap();
    posted(&sim, &window, 2);
    assert_eq!(keys(&port), [2]);
    posted(&sim, &window, 3);
    drop(window);
    assert_eq!(keys(&port), []);
    let window = board.attach(&port).unwrap();
    posted(&sim, &window, 4);
    assert_eq!(port.cancel_key(9), Err(Status::NOT_FOUND), "from here on the port holds it itself");
    posted(&sim, &window, 5);
    drop(port);
    posted(&sim, &window, 6);
    let stats = board.stats().unwrap();
    assert_eq!((stats.post_discards, stats.post_drops), (12 + 1 + 1 + 3, 0));
}

#[test]
fn a_leader_that_looks_whether_the_board_lives_discards_what_is_posted_to_nobody() {
    let (sim, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Ack, &port);
    (0..u64::from(board.info().user_depth) + 600)
        .for_each(|key| post_words(&*sim, map::port(2) + page::POST, &words(&packet(key))));
    assert_ne!(sim.read(map::port(2) + page::POST_CREDITS).unwrap(), board.info().user_depth);
    assert_eq!(port.wait(port.deadline_after(std::time::Duration::from_secs(2))), Err(Status::TIMED_OUT));
    assert_eq!(sim.read(map::port(2) + page::POST_CREDITS).unwrap(), board.info().user_depth);
}

#[test]
fn a_window_is_that_of_the_ports_lines_and_is_given_back() {
    let (sim, board) = open(Size::L16P4);
    let ports = [port(), port(), port(), port()];
    let line = bound(&board, 0, Delivery::Ack, &ports[0]);
    let windows: Vec<_> = ports[..3].iter().map(|port| board.attach(port).unwrap()).collect();
    assert!(windows.iter().map(PostWindow::hardware_port).eq(1..4));
    assert_eq!(board.attach(&ports[3]).map(drop), Err(Status::NO_RESOURCES));
    let shared = bound(&board, 1, Delivery::Ack, &ports[3]);
    assert_eq!(
        board.attach(&ports[3]).map(drop),
        Err(Status::BAD_STATE),
        "its line has no hardware port of its own"
    );
    drop(shared);
    // A second window of the same port, and the line, outlive the first one.
    let second = board.attach(&ports[1]).unwrap();
    assert_eq!(second.hardware_port(), 2);
    let mut windows = windows.into_iter();
    windows.by_ref().take(2).for_each(drop);
    posted(&sim, &second, 1);
    assert_eq!(keys(&ports[1]), [1]);
    assert_eq!(board.attach(&ports[3]).map(drop), Err(Status::NO_RESOURCES));
    drop(second);
    let third = board.attach(&ports[3]).unwrap();
    assert_eq!(third.hardware_port(), 2);
    posted(&sim, &third, 2);
    assert_eq!(keys(&ports[3]), [2]);
    drop(line);
    let last = board.attach(&ports[1]).unwrap();
    assert_eq!(last.hardware_port(), 1);
    assert_eq!(
        open(Size::L4P1).1.attach(&port()).map(drop),
        Err(Status::NO_RESOURCES),
        "it has one, the driver's"
    );
}

/// Fails from now on.
#[derive(Default)]
struct Unplugged(std::sync::atomic::AtomicBool);

impl Meddler for Unplugged {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, portolan::device::DeviceError> {
        if self.0.load(std::sync::atomic::Ordering::SeqCst) { Err(unplugged()) } else { sim.read(offset) }
    }
}

#[test]
fn a_board_that_dies_leaves_the_posted_packets_that_were_taken_off_it() {
    let (device, board) = meddled::open(Size::L16P4, Unplugged::default());
    let port = port();
    let window = board.attach(&port).unwrap();
    (0..5).for_each(|key| posted(&device.sim, &window, key));
    // They are in the port's own hands after this.
    assert_eq!(port.cancel_key(3), Ok(()));
    port.queue(&packet(5)).unwrap();
    posted(&device.sim, &window, 6);
    device.0.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(board.ticks().is_err());
    assert_eq!(keys(&port), [0, 1, 2, 4, 5]);
    assert_eq!(window.credits(), Err(Status::IO));
    assert_eq!(board.attach(&super::port()).map(drop), Err(Status::IO));
    drop((window, board));
    assert!(matches!(Board::open(device), Err(BoardError::Device { .. })));
}

#[test]
fn a_board_that_says_it_has_more_user_packets_than_fit_is_dead() {
    struct Boasts;
    impl Meddler for Boasts {
        fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, portolan::device::DeviceError> {
            let word = sim.read(offset)?;
            let levels = map::port(1) + page::LEVELS;
            Ok(if offset == levels { word | page::LEVELS::USER.put(1000) } else { word })
        }
    }
    let (_device, board) = meddled::open(Size::L16P4, Boasts);
    assert_eq!(board.attach(&port()).map(drop), Err(Status::IO));
    assert_eq!(board.obituary(), Some("1000 user packets in a queue of 64"));
}

#[test]
fn two_threads_get_every_posted_packet_once_among_interrupts_and_a_programs_packets() {
    const POSTS: u64 = 2_000;
    let (sim, board, port, window) = windowed(Size::L16P4);
    let line = bound(&board, 1, Delivery::Ack, &port);
    let found = thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut found = Vec::new();
                    loop {
                        match port.wait(Deadline::INFINITE).unwrap() {
                            interrupt if interrupt.timestamp().is_some() => line.ack().unwrap(),
                            end if end.key() == u64::MAX => return found,
                            packet => found.push(packet.key()),
                        }
                    }
                })
            })
            .collect();
        for key in 0..POSTS {
            if key % 3 == 0 {
                board.fire(1).unwrap();
            }
            while window.credits().unwrap() == 0 {
                sim.run(100).unwrap();
                thread::yield_now();
            }
            post(&sim, &window, 2 * key);
            port.queue(&packet(2 * key + 1))
                .or_else(|_| {
                    until(|| port.queue(&packet(2 * key + 1)).is_ok());
                    Ok::<(), Status>(())
                })
                .unwrap();
        }
        until(|| window.credits() == Ok(board.info().user_depth));
        let quiet = |port: &Port| port.waiters() == 2;
        until(|| quiet(&port));
        (0..2).for_each(|_| port.queue(&packet(u64::MAX)).unwrap());
        readers.into_iter().flat_map(checks_ended).collect::<Vec<_>>()
    });
    let mut sorted = found;
    sorted.sort_unstable();
    assert!(sorted.into_iter().eq(0..2 * POSTS));
    checks::balance(&board, 1).unwrap();
}
