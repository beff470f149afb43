//! User packets that other bus masters post: through the window of a hardware port, over the bus, to a reader.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use portolan::device::Device;
use portolan::{Board, Deadline, Delivery, Packet, Port, PortOptions, PostWindow, Status};
use portolan_regs::{map, packet::kind, port as page};
use portolan_sim::{SimBoard, Size};

use super::{ARRIVAL, bound, checks, open, port, soon, until};

/// Words of a packet.
const WORDS: usize = 12;

/// A packet whose bytes tell its key.
pub fn packet(key: u64) -> Packet {
    Packet::user(key, !(key as i32), std::array::from_fn(|at| (key as u8).wrapping_add(at as u8)))
}

pub fn words(packet: &Packet) -> [u32; WORDS] {
    let bytes = packet.to_bytes();
    std::array::from_fn(|word| u32::from_le_bytes(std::array::from_fn(|at| bytes[4 * word + at])))
}

/// What another bus master does: twelve writes. A packet that finds no room may be answered with an error, or not.
pub fn post_words(device: &dyn Device, offset: u32, words: &[u32; WORDS]) {
    for (at, word) in words.iter().enumerate() {
        let _ = device.write(offset + 4 * at as u32, *word);
    }
}

pub fn post(sim: &SimBoard, window: &PostWindow, key: u64) {
    post_words(sim, window.offset(), &words(&packet(key)));
}

/// The same, and then it has arrived wherever it goes.
pub fn posted(sim: &SimBoard, window: &PostWindow, key: u64) {
    post(sim, window, key);
    sim.run(ARRIVAL).unwrap();
}

/// A port with a window.
pub fn windowed(size: Size) -> (Arc<SimBoard>, Board, Port, PostWindow) {
    let (sim, board) = open(size);
    let port = port();
    let window = board.attach(&port).expect("there is a hardware port");
    (sim, board, port, window)
}

/// The keys of all packets that there are, which are as they were posted.
pub fn keys(port: &Port) -> Vec<u64> {
    std::iter::from_fn(|| port.try_wait().ok())
        .inspect(|found| assert_eq!(found, &packet(found.key())))
        .map(|found| found.key())
        .collect()
}

/// User packets that the board and its ring hold.
pub fn most(board: &Board) -> u64 {
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
    while let Ok(packet) = port.wait(port.deadline_after(Duration::from_micros(20))) {
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
            assert_eq!(ended(reader), Ok(packet(key)));
        });
    }
}

/// The result of a thread that ends within a minute.
pub fn ended<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
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
            assert!(readers.into_iter().all(|reader| ended(reader) == Ok(packet(round))));
            assert!(!follower.is_finished());
            post(&sim, &other_window, round);
            assert_eq!(ended(follower), Ok(packet(round)));
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
            assert!(readers.into_iter().all(|reader| ended(reader).is_ok()));
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
                assert_eq!(ended(reader), Ok(packet(key)));
            });
        }
    }
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
        readers.into_iter().flat_map(ended).collect::<Vec<_>>()
    });
    let mut sorted = found;
    sorted.sort_unstable();
    assert!(sorted.into_iter().eq(0..2 * POSTS));
    checks::balance(&board, 1).unwrap();
}
