//! One port with lines of two boards: each edge of either comes out of it, in the order of its board.

use std::thread;

use portolan::{Contents, Deadline, Delivery, Packet};
use portolan_sim::raw::seed;
use portolan_sim::{Change, Changes, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::boards::{Kind, PULL, RINGS};
use crate::faults::{ended, until};
use crate::meddled::{self, Honest};
use crate::{bound, port};

const SIZE: Size = Size::L16P4;
/// Edges of each board.
const EDGES: u64 = 3_000;
/// The key of the packet that ends the reader.
const END: u64 = 99;

fn mixed(kinds: [Kind; 2], seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let boards = kinds.map(|kind| meddled::open(kind, SIZE, None, Honest));
    let port = port(false);
    // The key is the board.
    let lines = [0, 1].map(|index| bound(&boards[index].1, index as u32, Delivery::Stream, &port));
    let reader = thread::spawn({
        let port = port.clone();
        move || {
            let mut stamps = [Vec::new(), Vec::new()];
            loop {
                let packet = port.wait(Deadline::INFINITE).expect("a packet");
                match packet.contents() {
                    Contents::Interrupt { timestamp } => stamps[packet.key() as usize].push(timestamp),
                    _ => return stamps,
                }
            }
        }
    });
    for (index, (device, _)) in boards.iter().enumerate() {
        let mut cycle = 0;
        let changes = (1..=EDGES).map(|n| {
            cycle += random.random_range(1..2_000);
            Change { cycle, pins: (n & 1) << index }
        });
        device.wires.sim.start(Changes::from(changes.collect::<Vec<_>>())).unwrap();
    }
    let counters = |index: usize| boards[index].1.counters(index as u32).unwrap();
    until(|| (0..2).all(|index| counters(index).edges == EDGES && counters(index).undelivered == 0));
    port.queue(&Packet::user(END, 0, [0; 32])).unwrap();
    let stamps = ended(reader);
    for (index, stamps) in stamps.iter().enumerate() {
        let counters = counters(index);
        assert!(stamps.is_sorted_by(|one, next| one < next), "{}: each once, in order", kinds[index].name());
        assert!(counters.hold() && counters.delivered == stamps.len() as u64, "{counters:?}");
        // Simulated time does not wait for a reader who does not lead.
        assert!(stamps.len() as u64 + counters.lost == EDGES && stamps.len() > 100, "{counters:?}");
    }
    drop(lines);
}

#[test]
fn a_port_of_two_boards_gets_the_edges_of_both() {
    let seed = seed(0x2b);
    for kinds in [[RINGS, RINGS], [RINGS, PULL]] {
        mixed(kinds, seed);
    }
}
