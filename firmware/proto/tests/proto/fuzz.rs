//! Nonsense of every kind to both ends in every state: neither panics, neither sends what is no frame, and both do their work as
//! soon as the nonsense ends.
//!
//! 10^5 frames in every run, 10^7 with PORTOLAN_SOAK=1. Half of them have the right CRC, so that they come through to what is
//! behind it.

use portolan_proto::{Board, Boot, DELIMITER, Host, LONGEST, Panic, last_words};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::bytes::{NO_SESSION, frame};
use crate::line::{Line, Quality};
use crate::packets::exchange;

/// A frame, or what is none.
fn nonsense(random: &mut ChaCha8Rng, session: u32, real: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = |most: usize| -> Vec<u8> {
        let length = random.random_range(0..most);
        (0..length).map(|_| random.random()).collect()
    };
    let (noise, content) = (bytes(200), bytes(110));
    let of = if random.random_range(0..4) == 0 { NO_SESSION } else { session };
    match random.random_range(0..8) {
        // Noise, of which some is long.
        0 => [&noise[..], &[DELIMITER]].concat(),
        // Any content at all, with the CRC that it should have.
        1 => frame(&content, of),
        // Content that begins as one.
        2 | 3 => {
            let kind = random.random_range(0..9);
            let numbers: [u8; 3] = [random.random_range(0..64), random.random(), random.random_range(0..64)];
            let length = content.len() as u8;
            frame(&[&[kind, numbers[0], numbers[1] & 0x7f, numbers[2], length], &content[..]].concat(), of)
        }
        // A data frame in the window with a message that is one, or nearly.
        4 => {
            let kind = random.random_range(0..14);
            let mut message = vec![random.random(), kind];
            message.extend(&content[..content.len().min(60)]);
            frame(
                &[&[5, random.random_range(0..4), 0, random.random(), message.len() as u8], &message[..]]
                    .concat(),
                of,
            )
        }
        // A real one, whole or not.
        kind => {
            let mut real = real[random.random_range(0..real.len())].clone();
            if kind > 5 {
                let at = random.random_range(0..real.len());
                match random.random_range(0..3) {
                    0 => real[at] = random.random(),
                    1 => real.truncate(at),
                    _ => real.insert(at, random.random()),
                }
            }
            real
        }
    }
}

/// Frames that ends of this session have sent.
fn real_frames(line: &mut Line) -> Vec<Vec<u8>> {
    let mut frames = line.overhear(|line| exchange(line, 40));
    let mut buffer = [0; LONGEST];
    let length = last_words(&Panic::new("out of memory", "src/main.rs", 12), &mut buffer);
    frames.push(buffer[..length].to_vec());
    frames
}

/// How many lines, and frames to each end of each.
fn amount() -> (u64, u64) {
    let soak = std::env::var("PORTOLAN_SOAK").is_ok_and(|soak| soak == "1");
    if soak { (10_000, 500) } else { (1_000, 50) }
}

/// What an end sends is frames, each of which ends.
fn check_sent(sent: &[u8]) {
    if let [first, inside @ .., last] = sent {
        assert_eq!((*first, *last), (DELIMITER, DELIMITER));
        assert!(!inside.is_empty() && !inside.contains(&DELIMITER));
    }
}

#[test]
fn no_nonsense_makes_either_end_panic_or_forget_its_work() {
    let mut random = ChaCha8Rng::seed_from_u64(2024);
    let (rounds, frames) = amount();
    for round in 0..rounds {
        let seed = 1_000 + round;
        let session = seed as u32 | 1;
        let mut line = Line::open(seed, &Quality::default());
        let real = real_frames(&mut line);
        if round % 4 == 0 {
            // Ends that have no session yet.
            (line.host, line.board) = (Host::new(session), Board::new(Boot::default()));
        }
        let mut now = line.now();
        let mut sent = [0; LONGEST];
        for _ in 0..frames {
            now += random.random_range(0..5_000);
            for byte in nonsense(&mut random, session, &real) {
                line.host.receive(byte, now);
            }
            for byte in nonsense(&mut random, session, &real) {
                line.board.receive(byte, now);
            }
            while random.random() {
                line.host.event(now);
                line.board.request(now);
            }
            let length = line.host.transmit(now, &mut sent);
            check_sent(&sent[..length]);
            let length = line.board.transmit(now, &mut sent);
            check_sent(&sent[..length]);
        }
        // A new host is served as if nothing had been.
        let mut after = Line::open_with(line.board, seed + 1_000_000_000, now);
        exchange(&mut after, 20);
        assert_eq!(after.host.counts().strange + after.board.counts().strange, 0);
    }
}
