//! Counters are of one moment, whatever happens to the line meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portolan::{Board, Delivery, Interrupt, LineConfig, LineMode, Packet, Port, Status};
use portolan_sim::raw::seed;
use portolan_sim::{RandomChanges, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{gap_port, open};

const LINES: u32 = 8;
/// How long it goes on. Nothing is timed: what is looked for depends on chance.
const LENGTH: Duration = Duration::from_secs(4);

type Slot = Mutex<Option<Arc<Interrupt>>>;

fn interrupt(board: &Board, line: u32, random: &mut ChaCha8Rng) -> Arc<Interrupt> {
    let delivery = if random.random() { Delivery::Ack } else { Delivery::Stream };
    let filter = random.random_range(0..3);
    let interrupt = Interrupt::line(board, line, LineConfig { mode: LineMode::Both, delivery, filter });
    Arc::new(interrupt.expect("the line is free"))
}

/// What a thread does, until it is told to stop.
fn meddle(board: &Board, ports: &[Port], lines: &[Slot], stop: &AtomicBool, mut random: ChaCha8Rng) {
    let allow = |result: Result<(), Status>, allowed: &[Status]| match result {
        Err(status) if status != Status::CANCELED && !allowed.contains(&status) => panic!("{status}"),
        _ => {}
    };
    while !stop.load(Ordering::SeqCst) {
        let number = random.random_range(0..LINES);
        let slot = &lines[number as usize];
        let port = &ports[random.random_range(0..ports.len())];
        let line = slot.lock().unwrap().clone();
        match (random.random_range(0..12), line) {
            (0..3, Some(line)) => allow(line.bind(port, number.into()), &[Status::ALREADY_BOUND]),
            (3..5, Some(line)) => allow(line.unbind(port), &[Status::NOT_FOUND]),
            (5..9, Some(line)) => allow(line.ack(), &[Status::BAD_STATE]),
            (9..11, _) => {
                let counters = board.counters(number).unwrap();
                assert!(counters.hold(), "{counters:?}");
            }
            _ => {
                let mut slot = slot.lock().unwrap();
                if let Some(line) = slot.take() {
                    allow(line.destroy(), &[Status::NOT_FOUND]);
                }
                *slot = Some(interrupt(board, number, &mut random));
            }
        }
    }
}

#[test]
fn the_equation_holds_while_other_threads_bind_destroy_and_make_interrupts_anew() {
    let seed = seed(5);
    let (sim, board) = open(Size::L16P4);
    let ports: Vec<_> = (0..5).map(|_| gap_port()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let lines: Vec<Slot> =
        (0..LINES).map(|line| Mutex::new(Some(interrupt(&board, line, &mut random)))).collect();
    sim.start(RandomChanges::new(seed, LINES, 3000, u64::MAX).resting(8)).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for number in 1..4 {
            let random = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(10) + number);
            let (board, ports, lines, stop) = (&board, &ports, &lines, &stop);
            threads.push(scope.spawn(move || meddle(board, ports, lines, stop, random)));
        }
        for port in &ports {
            let stop = &stop;
            threads.push(scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    match port.wait_event(port.deadline_after(Duration::from_micros(50))) {
                        Ok(_) | Err(Status::TIMED_OUT) => {}
                        Err(status) => panic!("{status}"),
                    }
                }
            }));
        }
        let end = Instant::now() + LENGTH;
        while Instant::now() < end && !threads.iter().any(|thread| thread.is_finished()) {
            thread::yield_now();
        }
        stop.store(true, Ordering::SeqCst);
        // A port may have got its first line, and with it another clock, between a deadline and its wait.
        ports.iter().for_each(|port| port.queue(&Packet::user(0, 0, [0; 32])).unwrap());
    });
    for line in 0..LINES {
        let counters = board.counters(line).unwrap();
        assert!(counters.hold() && counters.edges > 100, "{counters:?}");
    }
}
