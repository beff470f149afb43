//! The bridge between a host's pins and a bus.

use std::collections::{HashMap, VecDeque};

use cobs::decode_vec;
use portolan_hdl::uart::Bridge;
use portolan_regs::uart::{self, IRQ, KIND, RESPONSE};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::*;

use crate::frames::HDLC;

/// Clocks of a bit.
pub const CLOCKS: u64 = 4;
/// Clocks until the interrupt is told again.
pub const REPEAT: u64 = 2_000;
/// The bus refuses accesses to this address.
pub const REFUSED: u32 = 0x1_0000;
/// The line is at rest, and nothing under way, after so many clocks without a bit.
const REST: u64 = 1_500;

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    pub sequence: u8,
    pub kind: u8,
    pub response: u8,
    pub irq: bool,
    pub word: Option<u32>,
}

impl Answer {
    fn parse(coded: &[u8]) -> Answer {
        let content = decode_vec(coded).expect("the bridge sends good COBS");
        let (content, check) = content.split_at(content.len() - uart::CRC);
        assert_eq!(check, HDLC.checksum(content).to_le_bytes(), "{content:?}");
        let head = u32::from(content[uart::HEAD]);
        let word = content.get(uart::ANSWER_WORD..).filter(|word| !word.is_empty());
        Answer {
            sequence: content[uart::SEQUENCE],
            kind: KIND.get(head) as u8,
            response: RESPONSE.get(head) as u8,
            irq: IRQ.get(head) != 0,
            word: word.map(|word| u32::from_le_bytes(word.try_into().expect("a word has four bytes"))),
        }
    }
}

/// What the bus saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Access {
    Read(u32),
    Write(u32, u32),
}

/// An access under way: when it is answered.
enum Pending {
    Read(u64, u32),
    Write(u64, u32),
}

pub struct Bench {
    bridge: Bridge,
    random: ChaCha8Rng,
    pub clock: u64,
    pub irq: bool,
    /// Clocks of a bit that the host sends.
    pub bit: u64,
    /// Clocks of a bit of the bridge.
    clocks: u64,
    /// The most clocks that the bus lets anything wait; some of it before it takes addresses and data.
    pub stall: u64,
    pub registers: HashMap<u32, u32>,
    pub accesses: Vec<Access>,
    /// Levels that the host will put on the line, and for how long.
    levels: VecDeque<(bool, u64)>,
    /// The byte that is coming: when the middle of its next bit is, and the bits so far.
    incoming: Option<(u64, u32, u32)>,
    bytes: Vec<u8>,
    answers: VecDeque<Answer>,
    /// The last clock in which something moved on the line or the bus.
    moved: u64,
    ready_at: [u64; 3],
    address: Option<u32>,
    data: Option<u32>,
    pending: Option<Pending>,
}

impl Bench {
    pub fn new(seed: u64) -> Bench {
        Bench::with_clocks(seed, CLOCKS)
    }

    pub fn with_clocks(seed: u64, clocks: u64) -> Bench {
        let mut bridge = Bridge::new(clocks as u32, REPEAT as u32);
        bridge.connect_all();
        let mut bench = Bench {
            bridge,
            random: ChaCha8Rng::seed_from_u64(seed),
            clock: 0,
            irq: false,
            bit: clocks,
            clocks,
            stall: 0,
            registers: HashMap::new(),
            accesses: Vec::new(),
            levels: VecDeque::new(),
            incoming: None,
            bytes: Vec::new(),
            answers: VecDeque::new(),
            moved: 0,
            ready_at: [0; 3],
            address: None,
            data: None,
            pending: None,
        };
        // Flip-flops have their values from the bitstream: no reset at first.
        for _ in 0..8 {
            bench.step();
        }
        bench
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.random.random_range(0..limit)
    }

    /// So many clocks at most, at least one.
    pub fn clocks(&mut self, most: u64) -> u64 {
        self.below(most) + 1
    }

    /// Levels for the line.
    pub fn wire(&mut self, levels: &[(bool, u64)]) {
        self.levels.extend(levels);
    }

    /// Bytes for the line.
    pub fn send(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let bits = u32::from(*byte) << 1 | 1 << 9;
            for place in 0..10 {
                self.levels.push_back((bits >> place & 1 != 0, self.bit));
            }
        }
    }

    /// One reset, whatever is under way; the host stops sending.
    pub fn reset(&mut self) {
        self.levels.clear();
        self.incoming = None;
        self.bytes.clear();
        self.answers.clear();
        (self.address, self.data, self.pending) = (None, None, None);
        self.bridge.reset.next = true;
        self.half(false);
        self.half(true);
        self.bridge.reset.next = false;
        self.incoming = None;
        // A byte of the host's that was cut is over.
        for _ in 0..12 * self.clocks {
            self.step();
        }
    }

    /// The next answer.
    pub fn answer(&mut self) -> Answer {
        let limit = self.clock + 20_000;
        loop {
            if let Some(answer) = self.answers.pop_front() {
                return answer;
            }
            assert!(self.clock < limit, "no answer after {} clocks", self.clock);
            self.step();
        }
    }

    /// Until nothing moves any more: the answers that came.
    pub fn settle(&mut self) -> Vec<Answer> {
        self.moved = self.clock;
        while self.clock < self.moved + REST + self.stall {
            self.step();
        }
        assert_eq!(self.bytes, [], "no frame was cut");
        self.answers.drain(..).collect()
    }

    fn half(&mut self, high: bool) {
        self.bridge.clock.next = Clock { clk: high };
        assert!(simulate(&mut self.bridge, 50), "the bridge does not settle");
    }

    /// One clock.
    pub fn step(&mut self) {
        let level = match self.levels.front_mut() {
            Some((level, left)) => {
                let level = *level;
                *left -= 1;
                if *left == 0 {
                    self.levels.pop_front();
                }
                self.moved = self.clock;
                level
            }
            None => true,
        };
        self.bridge.rx.next = level;
        self.bridge.irq.next = self.irq;
        self.drive_bus();
        self.half(false);
        self.watch_bus();
        self.half(true);
        self.clock += 1;
        self.listen();
    }

    /// READY and responses of the coming edge.
    fn drive_bus(&mut self) {
        let now = self.clock;
        self.bridge.awready.next = now >= self.ready_at[0] && self.address.is_none();
        self.bridge.wready.next = now >= self.ready_at[1] && self.data.is_none();
        self.bridge.arready.next = now >= self.ready_at[2] && self.pending.is_none();
        self.bridge.bvalid.next = matches!(self.pending, Some(Pending::Write(due, _)) if now >= due);
        self.bridge.rvalid.next = matches!(self.pending, Some(Pending::Read(due, _)) if now >= due);
        let address = match self.pending {
            Some(Pending::Read(_, address) | Pending::Write(_, address)) => address,
            None => 0,
        };
        let refused = if address == REFUSED { 2_u64 } else { 0 };
        self.bridge.bresp.next = refused.into();
        self.bridge.rresp.next = refused.into();
        self.bridge.rdata.next = u64::from(self.registers.get(&address).copied().unwrap_or(0)).into();
    }

    /// What the edge finds.
    fn watch_bus(&mut self) {
        let stall = self.stall;
        let (aw, w, ar) = (
            self.bridge.awvalid.val() && self.bridge.awready.val(),
            self.bridge.wvalid.val() && self.bridge.wready.val(),
            self.bridge.arvalid.val() && self.bridge.arready.val(),
        );
        let busy = self.bridge.awvalid.val() || self.bridge.wvalid.val() || self.bridge.arvalid.val();
        if busy || self.pending.is_some() {
            self.moved = self.clock;
        }
        let later = |random: &mut ChaCha8Rng| random.random_range(0..=stall);
        if self.bridge.bready.val() && self.bridge.bvalid.val()
            || self.bridge.rready.val() && self.bridge.rvalid.val()
        {
            self.pending = None;
            for at in &mut self.ready_at {
                *at = self.clock + self.random.random_range(0..=stall / 4);
            }
        }
        if aw {
            assert!(self.pending.is_none(), "one access at a time");
            self.address = Some(self.bridge.awaddr.val().to_u64() as u32);
        }
        if w {
            self.data = Some(self.bridge.wdata.val().to_u64() as u32);
        }
        if ar {
            assert!(self.pending.is_none(), "one access at a time");
            let address = self.bridge.araddr.val().to_u64() as u32;
            self.accesses.push(Access::Read(address));
            self.pending = Some(Pending::Read(self.clock + 1 + later(&mut self.random), address));
        }
        if let (Some(address), Some(data)) = (self.address, self.data) {
            (self.address, self.data) = (None, None);
            self.accesses.push(Access::Write(address, data));
            self.registers.insert(address, data);
            self.pending = Some(Pending::Write(self.clock + 1 + later(&mut self.random), address));
        }
    }

    /// Takes the bits of the line in their middles.
    fn listen(&mut self) {
        let level = self.bridge.tx.val();
        match &mut self.incoming {
            None if !level => self.incoming = Some((self.clock + self.clocks / 2, 0, 0)),
            None => {}
            Some((at, place, bits)) if self.clock == *at => {
                *bits |= u32::from(level) << *place;
                *place += 1;
                *at += self.clocks;
                if *place == 10 {
                    assert_eq!(*bits & 0x201, 0x200, "start and stop bits");
                    self.bytes.push((*bits >> 1) as u8);
                    self.incoming = None;
                }
            }
            Some(_) => {}
        }
        if self.incoming.is_some() {
            self.moved = self.clock;
        }
        if self.bytes.last() == Some(&uart::DELIMITER) {
            self.bytes.pop();
            self.answers.push_back(Answer::parse(&self.bytes));
            self.bytes.clear();
        }
    }
}
