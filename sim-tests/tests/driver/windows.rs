//! Whose posted packets are: canceled, discarded, those of a window that is given back, those of a board that dies.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use portolan::device::{Device, DeviceError};
use portolan::{Board, BoardError, Deadline, Delivery, PostWindow, Status};
use portolan_regs::{map, port as page};
use portolan_sim::{SimBoard, Size};

use super::meddled::{self, Meddler, unplugged};
use super::posting::{ended, keys, most, packet, post, post_words, posted, windowed, words};
use super::{ARRIVAL, bound, open, port, soon, until};

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
            let found = ended(reader).unwrap().key();
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
            assert_eq!(ended(reader), Ok(packet(key)));
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
    assert!(keys(&port).is_empty());
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
    assert_eq!(port.wait(port.deadline_after(Duration::from_secs(2))), Err(Status::TIMED_OUT));
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
struct Unplugged(AtomicBool);

impl Meddler for Unplugged {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        if self.0.load(Ordering::SeqCst) { Err(unplugged()) } else { sim.read(offset) }
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
    device.0.store(true, Ordering::SeqCst);
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
        fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
            let word = sim.read(offset)?;
            let levels = map::port(1) + page::LEVELS;
            Ok(if offset == levels { word | page::LEVELS::USER.put(1000) } else { word })
        }
    }
    let (_device, board) = meddled::open(Size::L16P4, Boasts);
    assert_eq!(board.attach(&port()).map(drop), Err(Status::IO));
    assert_eq!(board.obituary(), Some("1000 user packets in a queue of 64"));
}
