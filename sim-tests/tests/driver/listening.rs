//! A line that is told to listen otherwise while it is bound.

use portolan::{Delivery, Event, Interrupt, LineConfig, LineMode, Status};
use portolan_sim::{Changes, Size};

use super::{ARRIVAL, bound, drain, open, port};

const LINE: u32 = 2;
const HIGH: u64 = 1 << LINE;
const LOW: u64 = 0;

#[test]
fn a_masked_line_counts_no_edge_and_keeps_what_came_before() {
    for delivery in [Delivery::Ack, Delivery::Stream] {
        let (sim, board) = open(Size::L4P1);
        let port = port();
        let line = bound(&board, LINE, delivery, &port);
        sim.start(Changes::from([(10, HIGH)])).unwrap();
        sim.run(ARRIVAL).unwrap();
        line.set_masked(true).unwrap();
        sim.start(Changes::from([(10, LOW), (40, HIGH), (70, LOW)])).unwrap();
        sim.run(ARRIVAL).unwrap();
        board.fire(LINE).unwrap();
        assert_eq!(drain(&port).len(), 1, "{delivery:?}: the edge before it was masked");
        line.ack().unwrap();
        assert_eq!(board.counters(LINE).unwrap().edges, 1);
        line.set_masked(false).unwrap();
        sim.start(Changes::from([(10, HIGH)])).unwrap();
        assert_eq!(drain(&port).len(), 1, "{delivery:?}: the edge after it was unmasked");
        let counters = board.counters(LINE).unwrap();
        assert!(counters.hold() && counters.edges == 2 && counters.delivered == 2, "{counters:?}");
    }
}

#[test]
fn a_mask_lasts_over_unbinding_and_binding() {
    let (_sim, board) = open(Size::L4P1);
    let (first, second) = (port(), port());
    for delivery in [Delivery::Ack, Delivery::Stream] {
        let line = bound(&board, LINE, delivery, &first);
        line.set_masked(true).unwrap();
        line.unbind(&first).unwrap();
        line.bind(&second, 0).unwrap();
        board.fire(LINE).unwrap();
        assert_eq!(drain(&second), [], "{delivery:?}");
    }
    assert_eq!(board.counters(LINE).unwrap().edges, 0);
}

#[test]
fn another_mode_holds_from_the_change_on() {
    let (sim, board) = open(Size::L4P1);
    let port = port();
    let line = bound(&board, LINE, Delivery::Stream, &port);
    let edges = |mode| {
        line.set_mode(mode).unwrap();
        assert_eq!(line.config().unwrap().mode, mode);
        sim.start(Changes::from([(10, HIGH), (40, LOW)])).unwrap();
        let levels = drain(&port).into_iter().map(|event| match event {
            Event::Interrupt { detail, .. } => detail.level,
            other => panic!("{other:?}"),
        });
        levels.collect::<Vec<_>>()
    };
    assert_eq!(edges(LineMode::Both), [true, false]);
    assert_eq!(edges(LineMode::Rising), [true]);
    assert_eq!(edges(LineMode::Falling), [false]);
    assert_eq!(line.set_mode(LineMode::High), Err(Status::INVALID_ARGS), "a level has no edges to stream");
    assert_eq!(line.config().unwrap().mode, LineMode::Falling);
}

#[test]
fn a_line_can_listen_to_a_level_and_back_to_edges() {
    let (sim, board) = open(Size::L4P1);
    let port = port();
    let line = bound(&board, LINE, Delivery::Ack, &port);
    sim.start(Changes::from([(10, HIGH)])).unwrap();
    assert_eq!(drain(&port).len(), 1);
    line.ack().unwrap();
    line.set_mode(LineMode::High).unwrap();
    for _ in 0..3 {
        assert_eq!(drain(&port).len(), 1, "the level is there, and again after each acknowledge");
        line.ack().unwrap();
    }
    line.set_mode(LineMode::Falling).unwrap();
    drain(&port);
    line.ack().unwrap();
    assert_eq!(drain(&port), []);
    sim.start(Changes::from([(10, LOW)])).unwrap();
    assert_eq!(drain(&port).len(), 1);
    assert!(board.counters(LINE).unwrap().hold());
}

#[test]
fn another_filter_rejects_other_pulses_and_keeps_stamps_exact() {
    let (sim, board) = open(Size::L4P1);
    let port = port();
    let line = bound(&board, LINE, Delivery::Stream, &port);
    // A pulse of 10 ticks, and one of 30.
    for (filter, expected) in
        [(0, &[100, 110, 500, 530][..]), (20, &[500, 530]), (40, &[]), (5, &[100, 110, 500, 530])]
    {
        line.set_filter(filter).unwrap();
        let start = sim.start(Changes::from([(100, HIGH), (110, LOW), (500, HIGH), (530, LOW)])).unwrap();
        sim.run(600).unwrap();
        let stamps = drain(&port).into_iter().map(|event| match event {
            Event::Interrupt { detail, .. } => detail.ticks - start,
            other => panic!("{other:?}"),
        });
        assert_eq!(stamps.collect::<Vec<_>>(), expected, "filter {filter}");
    }
    assert_eq!(board.counters(LINE).unwrap().rejected, 3);
}

#[test]
fn a_virtual_interrupt_and_a_destroyed_one_are_refused() {
    let virtual_one = Interrupt::virtual_interrupt();
    assert_eq!(virtual_one.set_masked(true), Err(Status::NOT_SUPPORTED));
    assert_eq!(virtual_one.config(), None);
    let (_sim, board) = open(Size::L4P1);
    let line = Interrupt::line(&board, LINE, LineConfig::default()).expect("the line is free");
    line.destroy().unwrap();
    assert_eq!(line.set_filter(3), Err(Status::CANCELED));
    assert_eq!(line.set_mode(LineMode::Low), Err(Status::CANCELED));
}
