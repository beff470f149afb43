//! Servers that die, fall silent, reset the card or take memory away, in mid-traffic: whoever waits is told within a
//! second, and the port goes on in software.

use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::{Duration, Instant};

use portolan::{Board, Delivery, Interrupt, Packet, Port, Status};
use portolan_sim::Top;

use crate::between::Between;
use crate::{GRACE, LINES, SECOND, Served, Steady, after, listen, serve, serve_with, until};

/// Edges without end on four lines, and a reader of them.
struct Scene {
    board: Board,
    port: Port,
    interrupts: Vec<Interrupt>,
}

impl Scene {
    fn of(board: Board) -> Scene {
        let (port, interrupts) = listen(&board, LINES, Delivery::Stream);
        Scene { board, port, interrupts }
    }

    /// Something strikes while a thread reads and another one waits on a port of its own: both are told, in time. What
    /// the board died of.
    fn dies_of(self, strike: impl FnOnce()) -> String {
        let Scene { board, port, interrupts } = &self;
        let quiet = Port::new(portolan::PortOptions { bind_to_interrupt: true, gaps: false });
        let silent = Interrupt::line(board, 20, portolan::LineConfig::default()).expect("the line is free");
        silent.bind(&quiet, 20).expect("it can be bound");
        let mut read = 0;
        while read < 20 {
            port.wait_event(after(Duration::from_secs(20))).expect("edges come");
            read += 1;
        }
        let struck = thread::scope(|scope| {
            let reader = scope.spawn(|| {
                loop {
                    match port.wait_event(after(Duration::from_secs(20))) {
                        Ok(_) => {}
                        Err(status) => return (status, Instant::now()),
                    }
                }
            });
            let sleeper = scope.spawn(|| (quiet.wait(after(Duration::from_secs(20))), Instant::now()));
            thread::sleep(Duration::from_millis(20));
            let struck = Instant::now();
            strike();
            let (status, told) = reader.join().expect("it does not panic");
            assert_eq!(status, Status::IO);
            let late = told - struck;
            assert!(late < SECOND + GRACE, "the reader was told after {late:?}");
            let (result, told) = sleeper.join().expect("it does not panic");
            assert_eq!(result, Err(Status::IO));
            let late = told - struck;
            assert!(late < SECOND + GRACE, "the sleeper was told after {late:?}");
            struck
        });
        // Nobody waits for a board that is known to be dead.
        let begun = Instant::now();
        assert_eq!(board.fire(0), Err(Status::IO));
        for interrupt in interrupts {
            assert_eq!(interrupt.ack(), Err(Status::CANCELED), "it behaves as destroyed");
        }
        port.queue(&Packet::user(5, 0, [0; 32])).expect("the port goes on");
        assert_eq!(port.wait(after(SECOND)).map(|packet| packet.key()), Ok(5));
        assert!(begun.elapsed() < SECOND + GRACE);
        let why = board.obituary().expect("it is dead").to_owned();
        println!("struck {:?} ago: {why}", struck.elapsed());
        let dropped = Instant::now();
        drop((silent, quiet));
        drop(self);
        assert!(dropped.elapsed() < SECOND + GRACE, "nothing waits for it at the end");
        why
    }
}

fn busy(top: Top) -> Served {
    serve_with(top, Steady::of(u64::MAX))
}

#[test]
fn a_server_that_ends_in_mid_traffic_is_told_to_all_who_wait() {
    for top in Top::ALL {
        let served = busy(top);
        let scene = Scene::of(served.board());
        let why = scene.dies_of(|| drop(served));
        assert!(why.contains("closed") || why.contains("ended"), "{top}: {why}");
    }
}

#[test]
fn replies_that_are_withheld_end_the_board_in_time() {
    let served = busy(Top::Pcie);
    let between = Between::start(&served.path);
    let device = portolan::device::VfioUserDevice::open(&between.path).expect("the server answers");
    let scene = Scene::of(Board::open(device).expect("the driver opens it"));
    let why = scene.dies_of(|| between.orders.withhold.store(true, SeqCst));
    assert!(why.contains("no reply"), "{why}");
    until(|| served.server.failure().is_none());
}

#[test]
fn replies_that_are_late_delay_and_lose_nothing() {
    let served = serve(Top::Pcie);
    let between = Between::start(&served.path);
    let device = portolan::device::VfioUserDevice::open(&between.path).expect("the server answers");
    let board = Board::open(device).expect("the driver opens it");
    let (port, interrupts) = listen(&board, 1, Delivery::Ack);
    between.orders.delay.store(60, SeqCst);
    for _ in 0..5 {
        board.fire(0).expect("the board answers, late");
        port.wait_event(after(Duration::from_secs(20))).expect("it comes");
        interrupts[0].ack().expect("the board answers, late");
    }
    let counters = board.counters(0).expect("the board answers, late");
    assert_eq!((counters.edges, counters.delivered, counters.hold()), (5, 5, true));
}

#[test]
fn a_reset_behind_the_drivers_back_ends_the_board_in_time() {
    for top in Top::ALL {
        let served = busy(top);
        let scene = Scene::of(served.board());
        let why = scene.dies_of(|| served.server.reset());
        assert!(!why.is_empty());
        // The card itself is well.
        drop(served.board());
    }
}

#[test]
fn a_reset_by_the_devices_own_message_ends_the_board_in_time() {
    let served = busy(Top::Pcie);
    let device = served.device();
    let scene = Scene::of(Board::open(device.clone()).expect("the driver opens it"));
    scene.dies_of(|| device.reset().expect("the card is reset"));
}

#[test]
fn memory_that_is_taken_away_in_mid_traffic_ends_the_board_in_time() {
    for top in [Top::Pcie, Top::AxiRings] {
        let served = busy(top);
        let scene = Scene::of(served.board());
        let why = scene.dies_of(|| served.server.unmap_all());
        println!("{top}: {why}; {:?}", served.server.counts());
        assert_eq!(served.server.failure(), None, "the block itself is well");
    }
}
