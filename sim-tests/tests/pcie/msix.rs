//! MSI-X messages: after what they tell of, once, and only while they may be sent.

use portolan_regs::{bank, control, map, pending, port, port_control, vector};
use portolan_sim::Size;
use portolan_sim::pcie::checker::Vector;
use portolan_sim::pcie::root::{Link, Root};
use portolan_sim::raw::seed;
use portolan_sim::ring::Ring;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::board::Board;
use crate::{links, rounds};

/// Core and PCIe clocks in which a message has come, by the slowest link.
const SOON: u64 = 3000;

/// A board with all vectors on and a ring of interrupt packets for each port.
fn open(size: Size, link: Link, seed: u64) -> (Board, Vec<Ring>) {
    let mut board = Board::listening(size, link, seed);
    let rings = board.enable_all(6);
    board.root.enable_messages().expect("vectors are written");
    board.write(control::IRQ_ENABLE, 1);
    board.flush();
    board.run(100);
    (board, rings)
}

fn messages(board: &mut Board, vector: u32) -> u64 {
    board.root.take_messages(vector as usize)
}

/// The pending bits.
fn waiting(board: &mut Board) -> u32 {
    board.read(map::pending(0) + pending::PENDING)
}

fn mask(board: &mut Board, vector: u32, masked: bool) {
    board.root.mask_vector(vector as usize, masked).expect("a write");
    board.flush();
}

#[test]
fn the_top_says_how_many_vectors_it_has_and_they_are_masked_at_first() {
    for size in Size::ALL {
        let mut board = Board::open(size, Link::default(), 1);
        let features = board.read(control::CAP_FEATURES);
        assert_eq!(control::CAP_FEATURES::MSIX.get(features), 1);
        let vectors = control::CAP_VECTORS::VECTORS.get(board.read(control::CAP_VECTORS));
        assert_eq!(vectors, size.ports() + 1);
        for number in 0..vectors {
            assert_eq!(board.read(map::vector(number) + vector::CONTROL), 1);
        }
        let holes = board.read(control::HOLES);
        assert_eq!(board.read(map::vector(vectors) + vector::CONTROL), 0, "there is no such vector");
        board.write(map::pending(0), 1);
        assert_eq!(board.read(control::HOLES), holes + 2);
        assert_eq!(board.root.read(map::pending(0), 2).expect("a read"), [0, 0]);
        assert_eq!(board.read(control::ERROR_VECTOR), size.ports());
    }
}

#[test]
fn a_doorbell_that_fires_is_one_message_behind_its_slot() {
    for link in links() {
        let (mut board, mut rings) = open(Size::L16P4, link, 2);
        for round in 0..12 {
            let at = round % 4;
            board.doorbell(&rings[at], true);
            board.flush();
            board.run(200);
            assert_eq!(board.root.messages(), 0, "nothing is there yet");
            board.toggle(at as u32);
            board.until(SOON, "a message", |board| board.root.messages() > 0);
            assert_eq!(messages(&mut board, at as u32), 1);
            assert_eq!(board.take_all(&mut rings[at]).len(), 1, "data are there before the message");
            // It has fired: no more until it is written.
            board.toggle(at as u32);
            board.run(SOON);
            assert_eq!(board.root.messages(), 0);
            assert_eq!(board.take_all(&mut rings[at]).len(), 1);
            assert!(!board.root.asserted(), "no INTx while MSI-X is on");
        }
        // What is there already fires at once.
        board.toggle(1);
        board.run(SOON);
        board.doorbell(&rings[1], true);
        board.until(SOON, "a message", |board| board.root.messages() > 0);
        assert_eq!(messages(&mut board, 1), 1);
    }
}

/// A slot is in memory before the block counts it as completed, so a reader can be ahead of that.
#[test]
fn a_doorbell_ahead_of_what_is_counted_is_a_message_at_the_first_slot_beyond_it_and_not_before() {
    const ROUNDS: u64 = 40;
    let mut board = Board::listening(Size::L64P4, Link::default(), 12);
    // The link stands still until many wait, so that sixteen slots are in memory at once. Packets of other ports go nowhere; their lines are busy, so that the server is
    // told of one packet of ours in four cycles at most.
    board.root.set_payload(512);
    let mut ring = board.enable(crate::board::ring(0, false, 6, 0xffff_fff0));
    board.root.enable_messages().expect("vectors are written");
    board.write(control::IRQ_ENABLE, 1);
    board.flush();
    let (mut early, mut ahead) = (0, 0);
    for delay in 0..ROUNDS {
        let last = ring.next.wrapping_add(48);
        let mut clocks = 0;
        board.until(4000, "48 slots", |board| {
            if clocks < 300 && clocks % 100 == 0 {
                board.root.inputs.lines ^= 0x1111_1111_1111_1111;
            }
            if clocks % 16 == 0 {
                board.root.inputs.lines ^= 0xeeee_eeee_eeee_eeee;
            }
            board.root.link.take = if clocks < 300 { 0 } else { 16 };
            clocks += 1;
            board.take_all(&mut ring);
            ring.next == last
        });
        board.run(delay);
        board.doorbell(&ring, true);
        // It does not pass the doorbell.
        let in_flight = board.read(bank::AREA.base + bank::IN_FLIGHT);
        ahead += u64::from(in_flight & 0x1111_1111 != 0);
        board.run(SOON);
        if board.root.messages() > 0 {
            early += messages(&mut board, 0);
            board.doorbell(&ring, true);
            board.flush();
        }
        board.toggle(0);
        board.until(SOON, "a message", |board| board.root.messages() > 0);
        assert_eq!((messages(&mut board, 0), board.take_all(&mut ring).len()), (1, 1));
        board.doorbell(&ring, false);
        board.flush();
    }
    println!("{ahead} of {ROUNDS} doorbells were ahead");
    assert!(ahead >= ROUNDS / 4, "{ahead}");
    assert_eq!(early, 0, "of {ROUNDS}: for slots that the position says were consumed");
}

#[test]
fn packets_that_are_pulled_have_messages_too() {
    let mut board = Board::listening(Size::L4P1, Link::default(), 3);
    board.root.enable_messages().expect("vectors are written");
    board.write(control::IRQ_ENABLE, 1);
    board.write(map::port(0) + port::DOORBELL_INTERRUPT, port::DOORBELL_INTERRUPT::ARM.put(1));
    board.flush();
    board.toggle(2);
    board.until(SOON, "a message", |board| board.root.messages() > 0);
    assert_eq!(messages(&mut board, 0), 1);
    // The other class of the port has a doorbell of its own, which fires beside the first.
    board.write(map::port(0) + port::DOORBELL_USER, port::DOORBELL_USER::ARM.put(1));
    board.post(0, 7);
    board.until(SOON, "a message", |board| board.root.messages() > 0);
    assert_eq!(messages(&mut board, 0), 1);
}

#[test]
fn a_masked_vector_waits_and_is_sent_once_when_unmasked() {
    for link in links() {
        let (mut board, mut rings) = open(Size::L16P4, link, 4);
        for round in 0..6 {
            let (at, vector) = (2, 2);
            mask(&mut board, vector, true);
            board.doorbell(&rings[at], true);
            board.toggle(at as u32);
            board.run(SOON);
            assert_eq!((board.root.messages(), waiting(&mut board)), (0, 1 << vector), "round {round}");
            // Others are not held up.
            board.doorbell(&rings[3], true);
            board.toggle(3);
            board.until(SOON, "a message", |board| board.root.messages() > 0);
            assert_eq!(messages(&mut board, 3), 1);
            board.take_all(&mut rings[3]);
            mask(&mut board, vector, false);
            board.until(SOON, "a message", |board| board.root.messages() > 0);
            assert_eq!(messages(&mut board, vector), 1);
            board.run(SOON);
            assert_eq!((board.root.messages(), waiting(&mut board)), (0, 0));
            board.take_all(&mut rings[at]);
        }
    }
}

#[test]
fn what_is_no_longer_so_is_no_longer_pending() {
    let (mut board, mut rings) = open(Size::L16P4, Link::default(), 5);
    mask(&mut board, 1, true);
    board.doorbell(&rings[1], true);
    board.toggle(1);
    board.run(300);
    assert_eq!(waiting(&mut board), 1 << 1);
    // The host polled.
    board.take_all(&mut rings[1]);
    board.doorbell(&rings[1], false);
    board.flush();
    assert_eq!(waiting(&mut board), 0);
    mask(&mut board, 1, false);
    board.run(300);
    assert_eq!(board.root.messages(), 0);
}

#[test]
fn function_mask_enable_bus_mastering_and_irq_enable_hold_messages_back() {
    type Change = fn(&mut Board, bool);
    let ways: [(&str, Change); 4] = [
        ("Function Mask", |board, hold| board.root.inputs.msix_mask = hold.into()),
        ("MSI-X Enable", |board, hold| board.root.inputs.msix_enable = (!hold).into()),
        ("Bus Master Enable", |board, hold| {
            board.root.inputs.command = board.root.inputs.command & !4 | u16::from(!hold) << 2;
        }),
        ("IRQ_ENABLE", |board, hold| board.write(control::IRQ_ENABLE, (!hold).into())),
    ];
    for (name, change) in ways {
        let mut board = Board::listening(Size::L4P1, Link::default(), 6);
        board.root.enable_messages().expect("vectors are written");
        board.write(control::IRQ_ENABLE, 1);
        change(&mut board, true);
        board.write(map::port(0) + port::DOORBELL_INTERRUPT, port::DOORBELL_INTERRUPT::ARM.put(1));
        board.flush();
        board.run(50);
        board.toggle(0);
        board.run(500);
        assert_eq!((board.root.messages(), waiting(&mut board)), (0, 1), "{name}");
        assert_eq!(board.root.asserted(), name == "MSI-X Enable", "{name}: INTx is for when MSI-X is off");
        change(&mut board, false);
        board.until(SOON, name, |board| board.root.messages() > 0);
        assert_eq!(messages(&mut board, 0), 1, "{name}");
        board.run(500);
        assert!(!board.root.asserted() && board.root.messages() == 0, "{name}");
    }
}

#[test]
fn ports_may_share_a_vector_and_a_vector_that_there_is_not_sends_nothing() {
    let (mut board, mut rings) = open(Size::L16P4, Link::default(), 7);
    for (number, vector) in [(0, 1), (1, 1), (2, 200), (3, 0)] {
        let offset = map::port_control(number) + port_control::VECTOR;
        board.write(offset, vector);
        assert_eq!(board.read(offset), vector);
    }
    for ring in &rings {
        board.doorbell(ring, true);
    }
    board.flush();
    board.root.inputs.lines = 0b1111;
    board.run(SOON);
    assert_eq!([0, 1, 2, 3, 4].map(|vector| messages(&mut board, vector)), [1, 2, 0, 0, 0]);
    assert_eq!(waiting(&mut board), 0, "the vector of port 2 has no bit");
    board.write(map::port_control(2) + port_control::VECTOR, 4);
    board.until(SOON, "what waited", |board| board.root.messages() > 0);
    assert_eq!(messages(&mut board, 4), 1);
    assert!(rings.iter_mut().all(|ring| board.take_all(ring).len() == 1));
    // A soft reset lets every port have its own again, and leaves the table alone.
    board.write(control::RESET, portolan_regs::RESET_KEY);
    assert_eq!(board.read(map::port_control(2) + port_control::VECTOR), 2);
    assert_eq!(board.read(map::vector(2) + vector::CONTROL), 0);
    assert_eq!(board.read(map::vector(2) + vector::DATA), Root::made_up(2).data);
}

#[test]
fn a_ring_that_fails_is_told_by_the_vector_of_errors() {
    let (mut board, rings) = open(Size::L16P4, Link::default(), 8);
    for number in [4, 1] {
        board.write(control::ERROR_VECTOR, number);
        board.root.inputs.command &= !4;
        board.run(100);
        board.toggle(0);
        board.toggle(2);
        board.run(300);
        assert_eq!(waiting(&mut board), 1 << number);
        board.root.inputs.command |= 4;
        board.until(SOON, "a message", |board| board.root.messages() > 0);
        board.run(300);
        assert_eq!(messages(&mut board, number), 1);
        assert!(board.has_error());
        for at in [0, 2] {
            board.configure(rings[at]);
        }
        board.flush();
        assert!(!board.has_error());
    }
}

#[test]
fn an_error_that_comes_while_another_stands_is_a_message_of_its_own() {
    let (mut board, _rings) = open(Size::L16P4, Link::default(), 9);
    for at in [0, 1] {
        board.root.inputs.command &= !4;
        board.run(100);
        board.toggle(at);
        board.run(300);
        board.root.inputs.command |= 4;
        board.until(SOON, "a message", |board| board.root.messages() > 0);
        assert_eq!(messages(&mut board, 4), 1, "ring {at}");
    }
}

#[test]
fn without_msix_a_doorbell_is_intx_and_with_it_again_a_message() {
    let (mut board, mut rings) = open(Size::L16P4, Link::default(), 10);
    board.root.inputs.msix_enable = 0;
    board.doorbell(&rings[0], true);
    board.flush();
    board.toggle(0);
    board.until(SOON, "INTx", |board| board.root.asserted());
    assert_eq!(board.root.messages(), 0);
    board.take_all(&mut rings[0]);
    board.doorbell(&rings[0], true);
    board.until(SOON, "no INTx", |board| !board.root.asserted());
    board.root.inputs.msix_enable = 1;
    board.run(300);
    assert_eq!(board.root.messages(), 0, "its doorbell was written");
    board.toggle(0);
    board.until(SOON, "a message", |board| board.root.messages() > 0);
    assert_eq!(messages(&mut board, 0), 1);
    assert!(!board.root.asserted());
}

#[test]
fn every_reset_of_the_function_masks_all_vectors() {
    for kind in 0..3 {
        let (mut board, rings) = open(Size::L16P4, Link::default(), 11);
        board.doorbell(&rings[0], true);
        mask(&mut board, 0, true);
        board.toggle(0);
        board.run(200);
        assert_eq!(waiting(&mut board), 1);
        match kind {
            0 => board.root.reset_link(20).expect("a reset"),
            1 => board.root.reset_function().expect("a reset"),
            _ => {
                board.root.forget_requests();
                board.root.inputs.core_reset = 1;
                board.run(20);
                board.root.inputs.core_reset = 0;
            }
        }
        board.run(1000);
        assert_eq!(waiting(&mut board), 0);
        assert!((0..5).all(|number| board.read(map::vector(number) + vector::CONTROL) == 1));
        assert_eq!(board.root.messages(), 0);
    }
}

/// Doorbells, edges, masks of every kind, at random: no wake-up is lost, and the checker sees every message.
fn no_wake_up_is_lost(link: Link, seed: u64) -> u64 {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let size = Size::L16P4;
    let (mut board, mut rings) = open(size, link, seed);
    board.root.reorders = true;
    let mut masked = [false; 4];
    let mut armed = [false; 4];
    let mut sent = 0;
    for _ in 0..250 {
        for _ in 0..random.random_range(0..6) {
            board.toggle(random.random_range(0..size.lines()));
            board.run(random.random_range(0..30));
        }
        let at = random.random_range(0..4_usize);
        match random.random_range(0..8) {
            0 => {
                masked[at] = !masked[at];
                mask(&mut board, at as u32, masked[at]);
            }
            1 => {
                board.root.inputs.msix_mask ^= 1;
                board.run(random.random_range(0..100));
            }
            2 => {
                let entry = Root::made_up(at);
                let address = entry.address + 0x100 * random.random_range(0..4);
                mask(&mut board, at as u32, true);
                let entry = Vector { address, masked: masked[at], ..entry };
                board.root.set_vector(at, entry).expect("a write");
                board.flush();
            }
            _ => {
                // As a driver that sleeps: take, arm, and look no more until told.
                board.take_all(&mut rings[at]);
                board.doorbell(&rings[at], true);
                board.flush();
                armed[at] = true;
            }
        }
        sent += board.root.forget_messages();
    }
    // Everything may be sent now.
    board.root.inputs.msix_mask = 0;
    for vector in 0..4 {
        mask(&mut board, vector, false);
    }
    board.run(SOON);
    sent += board.root.forget_messages();
    assert_eq!(waiting(&mut board), 0, "seed {seed}");
    // Whoever armed is told of every later packet.
    for at in (0..4).filter(|at| armed[*at]) {
        board.take_all(&mut rings[at]);
        board.doorbell(&rings[at], true);
        board.flush();
        board.run(SOON);
        let behind = !board.take_all(&mut rings[at]).is_empty();
        assert_eq!(messages(&mut board, at as u32), u64::from(behind), "seed {seed}, port {at}");
        board.doorbell(&rings[at], true);
        board.toggle(at as u32);
        board.until(SOON, "a message", |board| messages(board, at as u32) > 0);
    }
    sent
}

#[test]
fn no_wake_up_is_lost_whatever_is_masked_meanwhile() {
    let seed = seed(41);
    for round in 0..rounds(6) {
        let link = links()[round as usize % links().len()];
        let sent = no_wake_up_is_lost(link, seed + u64::from(round));
        println!("{link:?}: {sent} messages");
        assert!(sent > 20, "{sent}");
    }
}
