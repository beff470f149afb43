//! Noise on the cable, both ways: nothing is lost, and nothing done twice.

use portolan::device::Device;
use portolan::{Delivery, Event};
use portolan_regs::control;
use portolan_sim::uart::Rate;
use portolan_sim::{Change, Changes, raw};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{bound, open, plug_in, port, soon};

/// Some bytes of noise; a delimiter among them now and then.
fn noise(random: &mut ChaCha8Rng) -> Vec<u8> {
    (0..random.random_range(1..6)).map(|_| random.random::<u8>() & random.random::<u8>()).collect()
}

#[test]
fn every_access_is_carried_out_whatever_is_damaged() {
    let seed = raw::seed(61);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (simulated, device) = plug_in(Rate::Fast);
    for round in 0..200_u32 {
        if random.random_bool(0.2) {
            simulated.disturb(&noise(&mut random));
        }
        if random.random_bool(0.2) {
            simulated.garble(&noise(&mut random)).expect("the terminal takes bytes");
        }
        let at = format!("PORTOLAN_SEED={seed}, round {round}");
        device.write(control::SCRATCH, round).expect(&at);
        assert_eq!(device.read(control::SCRATCH).expect(&at), round, "{at}");
    }
    let counts = device.counts();
    assert_eq!(counts.requests, 401, "{counts:?}");
    let (damaged, repeated) = device.board_counts().expect("it answers");
    println!("{counts:?}; the board dropped {damaged} frames and answered {repeated} requests again");
    assert!(counts.damaged > 0 && damaged > 0 && counts.naks > 0 && counts.repeats > 0);
    assert!(repeated > 0, "some answer was lost, and its request not carried out again");
}

#[test]
fn no_packet_is_lost_or_doubled_by_noise() {
    let seed = raw::seed(62);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (simulated, device, board) = open(Rate::Fast);
    let port = port();
    let _line = bound(&board, 2, Delivery::Stream, &port);
    // Slowly enough that none is lost.
    let changes: Vec<_> = (1..=40).map(|n| Change { cycle: 200_000 * n, pins: (n & 1) << 2 }).collect();
    let start = simulated.start(Changes::from(changes.clone())).expect("they are in order");
    for change in &changes {
        simulated.disturb(&noise(&mut random));
        simulated.garble(&noise(&mut random)).expect("the terminal takes bytes");
        let event = port.wait_event(soon(&port)).expect("it comes");
        let Event::Interrupt { detail, .. } = event else { panic!("PORTOLAN_SEED={seed}: {event:?}") };
        assert_eq!(detail.ticks, start + change.cycle, "PORTOLAN_SEED={seed}");
    }
    let counters = board.counters(2).expect("it lives");
    assert_eq!((counters.edges, counters.delivered, counters.lost), (40, 40, 0));
    println!("{:?}", device.counts());
}
