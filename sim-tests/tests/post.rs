//! The post window: user packets by other bus masters, credits, and what happens when it is full.

use portolan_regs::{control, map, port};
use portolan_sim::Size;
use portolan_sim::axi::Response;
use portolan_sim::raw::{Raw, seed};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn packet(random: &mut ChaCha8Rng) -> [u32; 12] {
    std::array::from_fn(|_| random.random())
}

fn credits(raw: &mut Raw, port: u32) -> u32 {
    raw.read(map::port(port) + port::POST_CREDITS)
}

fn depth(raw: &mut Raw) -> u32 {
    control::CAP_DEPTH::USER.get(raw.read(control::CAP_DEPTH))
}

#[test]
fn the_last_word_commits_and_the_others_come_in_any_order() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(7));
    let mut raw = Raw::open(Size::L16P4);
    for _ in 0..40 {
        let packet = packet(&mut random);
        let mut order: Vec<u32> = (0..11).collect();
        order.shuffle(&mut random);
        for word in order {
            raw.write(map::port(2) + port::POST + 4 * word, packet[word as usize]);
            assert_eq!(raw.levels(2), (0, 0), "nothing is queued before the last word");
        }
        raw.write(map::port(2) + port::POST + 44, packet[11]);
        assert_eq!(raw.levels(2), (0, 1));
        assert_eq!(raw.pull_user(2).expect("the packet"), packet);
    }
}

#[test]
fn user_packets_come_out_in_the_order_of_their_ports_posts() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(8));
    for size in Size::ALL {
        let mut raw = Raw::open(size);
        let depth = depth(&mut raw) as usize;
        let mut model = vec![std::collections::VecDeque::new(); size.ports() as usize];
        for _ in 0..600 {
            let port = random.random_range(0..size.ports());
            let queue = &mut model[port as usize];
            if random.random_bool(0.6) && queue.len() < depth {
                let packet = packet(&mut random);
                raw.post(port, &packet);
                queue.push_back(packet);
            } else {
                assert_eq!(raw.pull_user(port), queue.pop_front().map(Vec::from), "{size}, port {port}");
            }
            assert_eq!(raw.levels(port).1 as usize, queue.len());
            assert_eq!(credits(&mut raw, port) as usize, depth - queue.len());
        }
        assert_eq!(control::POST_DROPS::COUNT.get(raw.read(control::POST_DROPS)), 0);
    }
}

#[test]
fn a_packet_posted_to_a_full_queue_is_dropped_and_counted_and_harms_nothing() {
    let mut raw = Raw::open(Size::L4P1);
    let depth = depth(&mut raw);
    for i in 0..depth {
        raw.post(0, &[i; 12]);
    }
    assert_eq!(credits(&mut raw, 0), 0);
    for drops in 1..=3 {
        let before = raw.levels(0);
        for word in 0..12 {
            let answer = raw.try_write(map::port(0) + port::POST + 4 * word, 0xdead, 15);
            assert!(word < 11 || answer == Err(Response::SlaveError), "the writer is told");
        }
        assert_eq!(raw.levels(0), before);
        assert_eq!(control::POST_DROPS::COUNT.get(raw.read(control::POST_DROPS)), drops);
    }
    for i in 0..depth {
        assert_eq!(raw.pull_user(0).expect("as posted"), [i; 12]);
    }
    assert_eq!(raw.pull_user(0), None);
}

#[test]
fn a_writer_that_counts_credit_pulses_never_overruns_the_queue() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(9));
    let mut raw = Raw::open(Size::L32P8);
    let depth = u64::from(depth(&mut raw));
    let mut posted = [0u64; 8];
    let mut pulled = [0u64; 8];
    for _ in 0..2000 {
        let port = random.random_range(0..8u32);
        let i = port as usize;
        if random.random_bool(0.7) {
            // As a soft core or a DMA engine would: start with the depth, one back per pulse.
            if depth + raw.sim.credits()[i] > posted[i] {
                raw.post(port, &[posted[i] as u32; 12]);
                posted[i] += 1;
            }
        } else if let Some(words) = raw.pull_user(port) {
            assert_eq!(u64::from(words[0]), pulled[i]);
            pulled[i] += 1;
        }
    }
    raw.run(10);
    assert_eq!(raw.sim.credits()[..8], pulled, "one pulse per packet that left");
    assert!(pulled.iter().sum::<u64>() > 300);
    assert_eq!(control::POST_DROPS::COUNT.get(raw.read(control::POST_DROPS)), 0);
}

#[test]
fn a_packet_whose_first_words_found_no_place_is_refused_whole() {
    let mut raw = Raw::open(Size::L4P1);
    let depth = depth(&mut raw);
    for number in 0..depth {
        raw.post(0, &[number; 12]);
    }
    let window = map::port(0) + port::POST;
    for word in 0..11 {
        raw.write(window + 4 * word, 0xbad);
    }
    assert_eq!(raw.pull_user(0).expect("the first packet"), [0; 12]);
    let drops = raw.read(control::POST_DROPS);
    let refused = raw.try_write(window + 44, 0xbad, 15);
    assert_eq!(refused, Err(Response::SlaveError), "the last word alone is no packet");
    assert_eq!((raw.read(control::POST_DROPS), raw.levels(0).1), (drops + 1, depth - 1));
    raw.post(0, &[depth; 12]);
    for number in 1..=depth {
        assert_eq!(raw.pull_user(0).expect("a packet"), [number; 12]);
    }
}
