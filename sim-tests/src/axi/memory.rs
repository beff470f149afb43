//! Host memory as an AXI slave: takes bursts, answers them in their order after a while, and holds back
//! READYs, at random from a seed.
//!
//! A burst's data is in memory when its response is given, not before: whoever tells the host earlier is
//! found out. Addresses outside the memory are answered with DECERR, those made bad with SLVERR.

use std::collections::VecDeque;
use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::burst::{Burst, Checker, MOST_BEATS, Signals, code};
use super::{BusError, Response};
use crate::memory::{HostMemory, Refused};
use crate::model::{Inputs, Outputs};

/// How fast the memory is.
#[derive(Clone, Copy, Debug)]
pub struct Speed {
    /// Chance in 64 that a READY is up, each cycle.
    pub ready: u32,
    /// Cycles from the last beat to the response, from and to.
    pub latency: (u64, u64),
    /// The seed of all chance.
    pub seed: u64,
}

impl Speed {
    /// Always ready; answers after one cycle.
    pub const FAST: Speed = Speed { ready: 64, latency: (1, 1), seed: 0 };
}

/// A burst that was answered. Times are ticks: the number of the edge that ends the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its address, and its beats.
    pub burst: Burst,
    /// When its first beat was shown.
    pub shown: u64,
    /// When its last half was taken.
    pub taken: u64,
    /// When it was in memory, and its answer was shown.
    pub answered: u64,
}

/// The memory.
pub struct Memory {
    speed: Speed,
    random: ChaCha8Rng,
    checker: Checker,
    host: HostMemory,
    /// When each is to be answered at the earliest.
    due: VecDeque<(u64, Record)>,
    /// When the first beats of the bursts whose end has not come yet were shown.
    shown: VecDeque<u64>,
    /// The last beat shown was the last one of its burst, and was taken.
    between: bool,
    tick: u64,
    answering: Option<Response>,
    resets: u32,
    stopped: bool,
    /// Beats taken.
    pub beats: u64,
    /// Every burst that was answered, once somebody has asked for them.
    pub log: Option<Vec<Record>>,
}

impl Memory {
    /// An empty memory.
    pub fn new(speed: Speed) -> Memory {
        Memory {
            speed,
            random: ChaCha8Rng::seed_from_u64(speed.seed),
            checker: Checker::default(),
            host: HostMemory::default(),
            due: VecDeque::new(),
            shown: VecDeque::new(),
            between: true,
            tick: 0,
            answering: None,
            resets: 0,
            stopped: false,
            beats: 0,
            log: None,
        }
    }

    /// Changes the speed from now on.
    pub fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
    }

    /// Adds memory at an address, filled with a pattern that is no slot.
    pub fn map(&mut self, address: u64, bytes: u64) {
        self.host.map(address, bytes);
    }

    /// From now on writes that touch these addresses fail with SLVERR.
    pub fn make_bad(&mut self, addresses: Range<u64>) {
        self.host.make_bad(addresses);
    }

    /// No address is bad any more.
    pub fn make_good(&mut self) {
        self.host.make_good();
    }

    /// Takes nothing and answers nothing, or goes on.
    pub fn stop(&mut self, stop: bool) {
        self.stopped = stop;
    }

    /// No burst is under way.
    pub fn is_quiet(&self) -> bool {
        self.checker.is_quiet() && self.due.is_empty() && self.answering.is_none()
    }

    /// 32-bit words of the memory.
    ///
    /// # Panics
    /// Where there is no memory.
    pub fn read(&self, address: u64, words: usize) -> Vec<u32> {
        self.host.read(address, words)
    }

    /// The memory itself.
    pub fn host(&self) -> &HostMemory {
        &self.host
    }

    /// The same, to change what is mapped.
    pub fn host_mut(&mut self) -> &mut HostMemory {
        &mut self.host
    }

    /// Sets the memory's signals of the coming cycle, whose edge is at this tick.
    pub fn drive(&mut self, inputs: &mut Inputs, tick: u64) {
        self.tick = tick;
        let ready = self.speed.ready;
        let mut up = || u8::from(!self.stopped && (ready >= 64 || self.random.random_range(0..64) < ready));
        inputs.m_awready = up();
        inputs.m_wready = up();
        let due = self.due.front().is_some_and(|(due, _)| *due <= self.tick) && !self.stopped;
        if self.answering.is_none() && due && inputs.aresetn != 0 {
            self.answer();
        }
        inputs.m_bvalid = u8::from(self.answering.is_some());
        inputs.m_bresp = self.answering.map_or(0, code);
    }

    /// The oldest burst goes into memory.
    fn answer(&mut self) {
        let Some((_, record)) = self.due.pop_front() else { return };
        let mut words = [0; 2 * MOST_BEATS];
        for (halves, beat) in words.chunks_exact_mut(2).zip(record.burst.data.iter()) {
            halves.copy_from_slice(&[*beat as u32, (beat >> 32) as u32]);
        }
        let words = &words[..2 * record.burst.data.len()];
        self.answering = Some(match self.host.write(record.burst.address, words) {
            Ok(()) => Response::Okay,
            Err(Refused::Unmapped(_)) => Response::DecodeError,
            Err(Refused::Bad(_)) => Response::SlaveError,
        });
        if let Some(log) = &mut self.log {
            log.push(Record { answered: self.tick, ..record });
        }
    }

    /// Takes one cycle: what stands before the edge.
    pub fn observe(&mut self, inputs: &Inputs, outputs: &Outputs) -> Result<(), BusError> {
        self.resets = if inputs.aresetn == 0 { self.resets + 1 } else { 0 };
        // The reset goes through a register.
        if self.resets > 0 {
            self.due.clear();
            self.shown.clear();
            self.between = true;
            self.answering = None;
            if self.resets <= 2 {
                return Ok(());
            }
        }
        let signals = Signals::of(inputs, outputs, self.resets > 0);
        if signals.wvalid {
            if self.between {
                self.shown.push_back(self.tick);
            }
            self.between = signals.wlast && signals.wready;
            self.beats += u64::from(signals.wready);
        }
        if let Some(burst) = self.checker.step(&signals)? {
            let (from, to) = self.speed.latency;
            let due = self.tick + self.random.random_range(from..=to);
            let shown = self.shown.pop_front().unwrap_or(self.tick);
            self.due.push_back((due, Record { burst, shown, taken: self.tick, answered: due }));
        }
        if signals.bvalid && signals.bready {
            self.answering = None;
        }
        Ok(())
    }
}
