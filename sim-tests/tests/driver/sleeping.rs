//! Waiting: deadlines on simulated time, the lead of a vector, wake-ups from both sides.

use std::thread;
use std::time::Duration;

use portolan::{Deadline, Delivery, Interrupt, LineConfig, LineMode, Packet, Status};
use portolan_sim::{Changes, Size};

use super::{bound, ns, open, port, until};

#[test]
fn a_deadline_on_a_port_with_lines_is_on_simulated_time() {
    let (sim, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    // An hour of simulated time takes no hour.
    let deadline = port.deadline_after(Duration::from_secs(3600));
    assert_eq!(port.wait(deadline), Err(Status::TIMED_OUT));
    assert!(ns(sim.cycles()) >= deadline.into_nanos());
    assert!(ns(sim.cycles()) < deadline.into_nanos() + 1_000_000, "and no time to speak of was added");
}

#[test]
fn an_edge_beyond_the_deadline_does_not_end_the_wait_and_one_before_it_does() {
    let (sim, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    let start = sim.start(Changes::from([(10_000, 1)])).unwrap();
    assert_eq!(port.wait(Deadline::from_nanos(ns(start + 9_000))), Err(Status::TIMED_OUT));
    let packet = port.wait(Deadline::from_nanos(ns(start + 11_000))).unwrap();
    assert_eq!(packet.timestamp(), Some(ns(start + 10_000)));
}

#[test]
fn a_post_reaches_a_thread_that_sleeps_on_the_board() {
    let (_, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Stream, &port);
    for key in 0..200 {
        thread::scope(|scope| {
            let reader = scope.spawn(|| port.wait(Deadline::INFINITE));
            if key % 2 == 0 {
                until(|| port.waiters() == 1);
            }
            port.queue(&Packet::user(key, 0, [0; 32])).unwrap();
            assert_eq!(reader.join().unwrap().map(|packet| packet.key()), Ok(key));
        });
    }
}

#[test]
fn binding_the_first_line_reaches_threads_that_sleep_on_the_port_already() {
    let (_, board) = open(Size::L16P4);
    for _ in 0..50 {
        let port = port();
        thread::scope(|scope| {
            let reader = scope.spawn(|| port.wait(Deadline::INFINITE));
            until(|| port.waiters() == 1);
            let line = bound(&board, 0, Delivery::Ack, &port);
            board.fire(0).unwrap();
            assert_eq!(reader.join().unwrap().map(|packet| packet.key()), Ok(0));
            drop(line);
        });
    }
}

#[test]
fn the_lead_is_handed_on_when_the_leader_leaves() {
    let (_, board) = open(Size::L16P4);
    let ports = [port(), port(), port()];
    let lines: Vec<_> =
        (0..3).map(|line| bound(&board, line, Delivery::Ack, &ports[line as usize])).collect();
    for round in 0..100 {
        thread::scope(|scope| {
            let [zero, one, two] = &ports;
            let short = board.deadline_after(Duration::from_micros(round));
            let gives_up = scope.spawn(move || zero.wait(short));
            let first = scope.spawn(|| one.wait(Deadline::INFINITE));
            let second = scope.spawn(|| two.wait(Deadline::INFINITE));
            assert_eq!(gives_up.join().unwrap(), Err(Status::TIMED_OUT));
            board.fire(2).unwrap();
            assert_eq!(second.join().unwrap().map(|packet| packet.key()), Ok(2));
            board.fire(1).unwrap();
            assert_eq!(first.join().unwrap().map(|packet| packet.key()), Ok(1));
        });
        lines[1..].iter().for_each(|line| line.ack().unwrap());
    }
}

#[test]
fn followers_give_up_at_their_deadlines_whoever_leads() {
    let (_, board) = open(Size::L16P4);
    let port = port();
    let _line = bound(&board, 0, Delivery::Ack, &port);
    for _ in 0..20 {
        thread::scope(|scope| {
            let waits: Vec<_> = [30, 10, 20]
                .map(|micros| {
                    let deadline = board.deadline_after(Duration::from_micros(micros));
                    let (port, board) = (&port, &board);
                    scope.spawn(move || {
                        assert_eq!(port.wait(deadline), Err(Status::TIMED_OUT));
                        assert!(board.now() >= deadline.into_nanos());
                    })
                })
                .into();
            waits.into_iter().for_each(|wait| wait.join().unwrap());
        });
    }
}

#[test]
fn an_interrupt_is_waited_for_without_a_port() {
    let (sim, board) = open(Size::L4P1);
    let config = LineConfig { mode: LineMode::Rising, delivery: Delivery::Ack, filter: 0 };
    let line = Interrupt::line(&board, 3, config).unwrap();
    let start = sim.start(Changes::from([(1_000, 0b1000), (1_100, 0), (2_000, 0b1000)])).unwrap();
    assert_eq!(line.wait(), Ok(ns(start + 1_000)));
    assert_eq!(line.wait(), Ok(ns(start + 2_000)));
    thread::scope(|scope| {
        let waiter = scope.spawn(|| line.wait());
        until(|| line.is_waited_for());
        line.destroy().unwrap();
        assert_eq!(waiter.join().unwrap(), Err(Status::CANCELED), "I24");
    });
}

#[test]
fn a_port_with_lines_of_two_boards_hears_both() {
    let (_, one) = open(Size::L4P1);
    let (_, two) = open(Size::L16P4);
    let port = port();
    let first = bound(&one, 1, Delivery::Ack, &port);
    let second = bound(&two, 2, Delivery::Ack, &port);
    for _ in 0..20 {
        thread::scope(|scope| {
            let reader = scope.spawn(|| [(); 2].map(|()| port.wait(Deadline::INFINITE).unwrap().key()));
            one.fire(1).unwrap();
            two.fire(2).unwrap();
            let mut keys = reader.join().unwrap();
            keys.sort_unstable();
            assert_eq!(keys, [1, 2]);
        });
        first.ack().unwrap();
        second.ack().unwrap();
    }
    let deadline = Deadline::after(Duration::from_millis(5));
    assert_eq!(
        port.wait(deadline),
        Err(Status::TIMED_OUT),
        "by CLOCK_MONOTONIC: there is no one simulated time"
    );
    assert!(Deadline::after(Duration::ZERO) >= deadline);
}
