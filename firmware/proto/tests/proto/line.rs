//! A serial line in memory, byte by byte: its rate, the delay of an adapter, and what noise does to it.

use std::collections::VecDeque;

use portolan_proto::{Board, Boot, Host, LONGEST, Phase};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Bits per second; ten of them are a byte.
pub const BAUD: u64 = 921_600;
/// Nanoseconds of a byte.
const BYTE: u64 = 10_000_000_000 / BAUD;

/// What happens to a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    Flipped,
    Replaced,
    Removed,
    Doubled,
    Inserted,
}

impl Damage {
    pub const ALL: [Damage; 5] =
        [Damage::Flipped, Damage::Replaced, Damage::Removed, Damage::Doubled, Damage::Inserted];
}

/// What happens to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accident {
    Lost,
    Doubled,
    Cut,
}

/// How good a line is.
#[derive(Clone, Debug, Default)]
pub struct Quality {
    /// How many of a million bytes are damaged, by one of these at random.
    pub damaged: u32,
    pub damages: Vec<Damage>,
    /// How many of a million frames meet this.
    pub accidents: u32,
    pub accident: Option<Accident>,
    /// Nanoseconds from one end to the other.
    pub delay: u64,
}

impl Quality {
    pub fn noisy(damaged: u32, damages: &[Damage]) -> Quality {
        Quality { damaged, damages: damages.to_vec(), ..Quality::default() }
    }
}

/// One direction.
struct Way {
    random: ChaCha8Rng,
    quality: Quality,
    /// Bytes of the frame that is being sent.
    sending: VecDeque<u8>,
    /// Bytes on their way, and when each arrives.
    flying: VecDeque<(u64, u8)>,
    /// Bytes that were sent, as the sender sent them.
    sent: u64,
}

impl Way {
    fn new(seed: u64, quality: &Quality) -> Way {
        Way {
            random: ChaCha8Rng::seed_from_u64(seed),
            quality: quality.clone(),
            sending: VecDeque::new(),
            flying: VecDeque::new(),
            sent: 0,
        }
    }

    /// A frame to be sent.
    fn load(&mut self, frame: &[u8]) {
        let accident =
            self.quality.accident.filter(|_| self.random.random_range(0..1_000_000) < self.quality.accidents);
        let cut = self.random.random_range(1..frame.len());
        match accident {
            Some(Accident::Lost) => {}
            Some(Accident::Cut) => self.sending.extend(&frame[..cut]),
            Some(Accident::Doubled) => self.sending.extend(frame.iter().chain(frame)),
            None => self.sending.extend(frame),
        }
    }

    /// One byte's time.
    fn step(&mut self, now: u64) {
        let Some(byte) = self.sending.pop_front() else { return };
        self.sent += 1;
        let at = now + BYTE + self.quality.delay;
        let other = self.random.random();
        let damaged =
            self.quality.damaged > 0 && self.random.random_range(0..1_000_000) < self.quality.damaged;
        let damage =
            damaged.then(|| self.quality.damages[self.random.random_range(0..self.quality.damages.len())]);
        let bytes: &[u8] = match damage {
            None => &[byte],
            Some(Damage::Flipped) => &[byte ^ 1 << self.random.random_range(0..8)],
            Some(Damage::Replaced) => &[other],
            Some(Damage::Removed) => &[],
            Some(Damage::Doubled) => &[byte, byte],
            Some(Damage::Inserted) => &[byte, other],
        };
        self.flying.extend(bytes.iter().map(|byte| (at, *byte)));
    }

    fn arrived(&mut self, now: u64) -> Option<u8> {
        self.flying.pop_front_if(|(at, _)| *at <= now).map(|(_, byte)| byte)
    }
}

/// Two ends, and the line between them.
pub struct Line {
    pub host: Host,
    pub board: Board,
    to_board: Way,
    to_host: Way,
    /// Nanoseconds.
    now: u64,
    /// Frames of both directions, while somebody listens.
    heard: Option<Vec<Vec<u8>>>,
}

impl Line {
    pub fn new(seed: u64, quality: &Quality) -> Line {
        Line {
            host: Host::new(seed as u32 | 1),
            board: Board::new(Boot::default()),
            to_board: Way::new(2 * seed, quality),
            to_host: Way::new(2 * seed + 1, quality),
            now: 0,
            heard: None,
        }
    }

    /// A line on which the session has begun.
    pub fn open(seed: u64, quality: &Quality) -> Line {
        let mut line = Line::new(seed, quality);
        line.run_until("the session begins", |line| matches!(line.host.phase(), Phase::Open(_)));
        assert!(line.board.has_begun());
        line
    }

    /// A good line to a board that is there already, at this microsecond; a new session has begun.
    pub fn open_with(board: Board, seed: u64, now: u64) -> Line {
        let mut line = Line { board, now: now * 1_000, ..Line::new(seed, &Quality::default()) };
        line.run_until("the session begins", |line| matches!(line.host.phase(), Phase::Open(_)));
        assert!(line.board.has_begun());
        line
    }

    /// The frames that are sent while this is done.
    pub fn overhear(&mut self, during: impl FnOnce(&mut Line)) -> Vec<Vec<u8>> {
        self.heard = Some(Vec::new());
        during(self);
        self.heard.take().unwrap_or_default()
    }

    /// The line becomes better or worse.
    pub fn set_quality(&mut self, quality: &Quality) {
        (self.to_board.quality, self.to_host.quality) = (quality.clone(), quality.clone());
    }

    /// Microseconds.
    pub fn now(&self) -> u64 {
        self.now / 1_000
    }

    /// One byte's time in both directions.
    pub fn step(&mut self) {
        let now = self.now();
        let mut frame = [0; LONGEST];
        if self.to_board.sending.is_empty() {
            let length = self.host.transmit(now, &mut frame);
            if length > 0 {
                self.to_board.load(&frame[..length]);
                self.heard.iter_mut().for_each(|heard| heard.push(frame[..length].to_vec()));
            }
        }
        if self.to_host.sending.is_empty() {
            let length = self.board.transmit(now, &mut frame);
            if length > 0 {
                self.to_host.load(&frame[..length]);
                self.heard.iter_mut().for_each(|heard| heard.push(frame[..length].to_vec()));
            }
        }
        self.to_board.step(self.now);
        self.to_host.step(self.now);
        self.now += BYTE;
        let now = self.now();
        while let Some(byte) = self.to_board.arrived(self.now) {
            self.board.receive(byte, now);
        }
        while let Some(byte) = self.to_host.arrived(self.now) {
            self.host.receive(byte, now);
        }
    }

    /// Lets time pass until something is so; ten minutes at most.
    pub fn run_until(&mut self, what: &str, mut condition: impl FnMut(&mut Line) -> bool) {
        let end = self.now + 600_000_000_000;
        while !condition(self) {
            assert!(self.now < end, "in vain: {what}; {:?}, {:?}", self.host, self.board);
            self.step();
        }
    }

    /// Lets so many microseconds pass.
    pub fn pass(&mut self, time: u64) {
        let end = self.now() + time;
        while self.now() < end {
            self.step();
        }
    }

    /// What the line would have carried towards the host since `since`, in bytes.
    pub fn capacity_since(&self, since: u64) -> f64 {
        (self.now() - since) as f64 * 1e-6 * (BAUD / 10) as f64
    }
}
