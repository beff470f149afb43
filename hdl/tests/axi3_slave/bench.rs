//! The slave between a master and a register bus, and the checks of every cycle.

use std::collections::VecDeque;

use portolan_hdl::axi::Axi3Slave;
use rust_hdl::prelude::*;

use crate::burst::{Burst, Random};
use crate::{IDS, REFUSED, WIDTH};

#[derive(Clone, Copy, Debug)]
pub struct Beat {
    pub id: u64,
    pub data: u64,
    pub strobe: u64,
    pub last: bool,
}

/// A write's response, and what must have been before it.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    pub id: u64,
    pub error: bool,
    pub requests: usize,
    pub beats: usize,
    pub bursts: usize,
}

/// A beat of read data, and what must have been before it.
#[derive(Clone, Copy, Debug)]
pub struct Fetched {
    pub id: u64,
    pub data: Option<u64>,
    pub error: bool,
    pub last: bool,
    pub requests: usize,
    pub bursts: usize,
}

/// All outputs of the slave, in one comparable piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outputs {
    pub awready: bool,
    pub wready: bool,
    pub b: Option<(u64, u64)>,
    pub arready: bool,
    pub r: Option<(u64, u64, u64, bool)>,
    pub write_valid: bool,
    pub write: (u64, u64, u64),
    pub read_valid: bool,
    pub read_address: u64,
}

/// What is planted between the slave and the checks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    WriteId,
    ReadId,
    LastNever,
    LastAlways,
    ErrorHidden,
    ErrorMadeUp,
    AddressOff,
    StrobeWide,
    AnswerTwice,
}

pub struct Bench {
    pub slave: Axi3Slave<WIDTH, IDS>,
    pub fault: Option<Fault>,
    pub random: Random,
    /// Chance in 256, per cycle: to offer an address or data, to take a response, to answer a request.
    pub offer: u64,
    pub take_b: u64,
    pub take_r: u64,
    pub answer: u64,
    /// One in so many bursts is any, and one in so many beats has a wrong WID or WLAST.
    pub illegal: u64,
    pub wrong: u64,
    pub writes: VecDeque<Burst>,
    pub beats: VecDeque<Beat>,
    pub reads: VecDeque<Burst>,
    /// What must come of all that was queued.
    pub write_requests: VecDeque<(u64, u64, u64)>,
    pub read_requests: VecDeque<u64>,
    pub answers: VecDeque<Answer>,
    pub fetched: VecDeque<Fetched>,
    // Counted: what was queued, and what was seen.
    pub requests_queued: usize,
    pub beats_queued: usize,
    pub writes_queued: usize,
    pub fetches_queued: usize,
    pub reads_queued: usize,
    pub writes_taken: usize,
    pub beats_taken: usize,
    pub reads_taken: usize,
    /// Requests of writes that the slave had, address and data, before it took the read that is held.
    pub before_read: usize,
    pub written: usize,
    pub fetches: usize,
    pub writing: Option<(u64, u64, u64)>,
    pub reading: Option<u64>,
    pub writes_done: usize,
    pub reads_done: usize,
    pub refused: usize,
    pub data_first: usize,
    pub both_in_flight: usize,
}

impl Bench {
    pub fn new(seed: u64) -> Bench {
        let mut slave = Axi3Slave::default();
        slave.connect_all();
        Bench {
            slave,
            fault: None,
            random: Random(seed),
            offer: 128,
            take_b: 128,
            take_r: 128,
            answer: 128,
            illegal: 12,
            wrong: 100,
            writes: VecDeque::new(),
            beats: VecDeque::new(),
            reads: VecDeque::new(),
            write_requests: VecDeque::new(),
            read_requests: VecDeque::new(),
            answers: VecDeque::new(),
            fetched: VecDeque::new(),
            requests_queued: 0,
            beats_queued: 0,
            writes_queued: 0,
            fetches_queued: 0,
            reads_queued: 0,
            writes_taken: 0,
            beats_taken: 0,
            reads_taken: 0,
            before_read: 0,
            written: 0,
            fetches: 0,
            writing: None,
            reading: None,
            writes_done: 0,
            reads_done: 0,
            refused: 0,
            data_first: 0,
            both_in_flight: 0,
        }
    }

    /// One that has been reset and never idles.
    pub fn fast(seed: u64) -> Bench {
        let mut bench = Bench::new(seed);
        bench.reset();
        (bench.offer, bench.answer, bench.take_b, bench.take_r) = (256, 256, 256, 256);
        bench.cycle(); // READY rises in the cycle after reset
        bench
    }

    pub fn outputs(&self) -> Outputs {
        let s = &self.slave;
        let fault = |fault: Fault| self.fault == Some(fault);
        let error = |code: u64| match code {
            2 if fault(Fault::ErrorHidden) => 0,
            0 if fault(Fault::ErrorMadeUp) => 2,
            code => code,
        };
        let last = (s.rlast.val() & !fault(Fault::LastNever)) | fault(Fault::LastAlways);
        let b = (s.bid.val().to_u64() ^ u64::from(fault(Fault::WriteId)), error(s.bresp.val().to_u64()));
        let r = (
            s.rid.val().to_u64() ^ u64::from(fault(Fault::ReadId)) << 11,
            s.rdata.val().to_u64(),
            error(s.rresp.val().to_u64()),
            last,
        );
        let wide = if fault(Fault::StrobeWide) { 15 } else { 0 };
        let off = if fault(Fault::AddressOff) { 4 } else { 0 };
        Outputs {
            awready: s.awready.val(),
            wready: s.wready.val(),
            b: (s.bvalid.val() || (fault(Fault::AnswerTwice) && self.writes_done > 0)).then_some(b),
            arready: s.arready.val(),
            r: s.rvalid.val().then_some(r),
            write_valid: s.write_valid.val(),
            write: (
                s.write_address.val().to_u64() ^ off,
                s.write_data.val().to_u64(),
                s.write_strobe.val().to_u64() | wide,
            ),
            read_valid: s.read_valid.val(),
            read_address: s.read_address.val().to_u64(),
        }
    }

    pub fn settle(&mut self, clock: bool) {
        self.slave.clock.next = Clock { clk: clock };
        assert!(simulate(&mut self.slave, 20), "the slave does not settle");
    }

    /// Holds reset for a cycle and forgets what was on the way; VALIDs must be low after it.
    pub fn reset(&mut self) {
        self.slave.reset.next = true;
        self.settle(false);
        self.settle(true);
        let out = self.outputs();
        assert!(out.b.is_none() && out.r.is_none(), "IHI 0022H A3.1.2: VALID low in reset: {out:?}");
        assert!(!out.awready && !out.wready && !out.arready, "READY in reset: {out:?}");
        assert!(!out.write_valid && !out.read_valid, "a request in reset: {out:?}");
        self.slave.reset.next = false;
        for valid in [&mut self.slave.awvalid, &mut self.slave.wvalid, &mut self.slave.arvalid] {
            valid.next = false;
        }
        self.slave.write_done.next = false;
        self.slave.read_done.next = false;
        *self = Bench { slave: self.slave.clone(), ..Bench::new(self.random.next()) };
        self.settle(false);
    }

    pub fn queue_random(&mut self, writes: usize, reads: usize) {
        for _ in 0..writes {
            let burst = Burst::random(&mut self.random, self.illegal);
            self.queue_write(burst);
        }
        for _ in 0..reads {
            let burst = Burst::random(&mut self.random, self.illegal);
            self.queue_read(burst);
        }
    }

    /// A write with random data, and what must come of it.
    pub fn queue_write(&mut self, burst: Burst) {
        let mut error = false;
        for (n, address) in burst.addresses().into_iter().enumerate() {
            let mut beat = Beat {
                id: burst.id,
                data: self.random.below(1 << 32),
                strobe: self.random.below(16),
                last: n as u64 == burst.length,
            };
            let right = (beat.id, beat.last);
            if self.random.below(self.wrong) == 0 {
                match self.random.below(2) {
                    0 => beat.id ^= 1 << self.random.below(IDS as u64),
                    _ => beat.last = !beat.last,
                }
            }
            if burst.is_legal() && right == (beat.id, beat.last) {
                self.write_requests.push_back((address, beat.data, beat.strobe));
                self.requests_queued += 1;
                error |= address >= REFUSED;
            } else {
                error = true;
            }
            self.beats_queued += 1;
            self.beats.push_back(beat);
        }
        self.writes_queued += 1;
        self.writes.push_back(burst);
        let (requests, beats, bursts) = (self.requests_queued, self.beats_queued, self.writes_queued);
        self.answers.push_back(Answer { id: burst.id, error, requests, beats, bursts });
    }

    pub fn queue_read(&mut self, burst: Burst) {
        self.reads_queued += 1;
        for (n, address) in burst.addresses().into_iter().enumerate() {
            let legal = burst.is_legal();
            if legal {
                self.read_requests.push_back(address);
                self.fetches_queued += 1;
            }
            self.fetched.push_back(Fetched {
                id: burst.id,
                data: legal.then_some(Self::word(address)),
                error: !legal || address >= REFUSED,
                last: n as u64 == burst.length,
                requests: self.fetches_queued,
                bursts: self.reads_queued,
            });
        }
        self.reads.push_back(burst);
    }

    /// What a read of this address gives on the register bus of this test.
    pub fn word(address: u64) -> u64 {
        (address * 0x9e37_79b9) & 0xffff_ffff
    }

    pub fn chance(&mut self, of_256: u64) -> bool {
        self.random.below(256) < of_256
    }

    /// Chooses the inputs of this cycle: a VALID that is up stays up. Noise stands beside a VALID that is low.
    pub fn drive(&mut self) {
        if !self.slave.awvalid.next {
            let offer = self.chance(self.offer);
            let noise = Burst::random(&mut self.random, 1);
            let burst = self.writes.front().filter(|_| offer).unwrap_or(&noise);
            self.slave.awid.next = burst.id.to_bits();
            self.slave.awaddr.next = burst.address.to_bits();
            self.slave.awlen.next = burst.length.to_bits();
            self.slave.awsize.next = burst.size.to_bits();
            self.slave.awburst.next = burst.kind.to_bits();
            self.slave.awlock.next = burst.lock.to_bits();
            self.slave.awvalid.next = offer && !self.writes.is_empty();
        }
        if !self.slave.arvalid.next {
            let offer = self.chance(self.offer);
            let noise = Burst::random(&mut self.random, 1);
            let burst = self.reads.front().filter(|_| offer).unwrap_or(&noise);
            self.slave.arid.next = burst.id.to_bits();
            self.slave.araddr.next = burst.address.to_bits();
            self.slave.arlen.next = burst.length.to_bits();
            self.slave.arsize.next = burst.size.to_bits();
            self.slave.arburst.next = burst.kind.to_bits();
            self.slave.arlock.next = burst.lock.to_bits();
            self.slave.arvalid.next = offer && !self.reads.is_empty();
        }
        if !self.slave.wvalid.next {
            let offer = self.chance(self.offer);
            let noise = Beat { id: self.random.below(1 << IDS), data: 0, strobe: 15, last: true };
            let beat = self.beats.front().filter(|_| offer).unwrap_or(&noise);
            self.slave.wid.next = beat.id.to_bits();
            self.slave.wdata.next = beat.data.to_bits();
            self.slave.wstrb.next = beat.strobe.to_bits();
            self.slave.wlast.next = beat.last;
            self.slave.wvalid.next = offer && !self.beats.is_empty();
        }
        self.slave.bready.next = self.chance(self.take_b);
        self.slave.rready.next = self.chance(self.take_r);

        // The register bus; what stands beside a low `done` is noise.
        let answer = self.answer;
        self.slave.write_done.next = self.writing.is_some() && self.chance(answer);
        self.slave.write_error.next = self.chance(128);
        if let (true, Some((address, ..))) = (self.slave.write_done.next, self.writing) {
            self.slave.write_error.next = address >= REFUSED;
        }
        self.slave.read_done.next = self.reading.is_some() && self.chance(answer);
        self.slave.read_error.next = self.chance(128);
        self.slave.read_data.next = self.random.below(1 << 32).to_bits();
        if let (true, Some(address)) = (self.slave.read_done.next, self.reading) {
            self.slave.read_error.next = address >= REFUSED;
            self.slave.read_data.next = Self::word(address).to_bits();
        }
    }

    /// One clock cycle with all checks.
    pub fn cycle(&mut self) {
        let before = self.outputs();
        self.drive();
        self.settle(false);
        assert_eq!(before, self.outputs(), "an output moved without a clock edge");

        let aw = self.slave.awvalid.next && before.awready;
        let w = self.slave.wvalid.next && before.wready;
        let ar = self.slave.arvalid.next && before.arready;
        let b = before.b.filter(|_| self.slave.bready.next);
        let r = before.r.filter(|_| self.slave.rready.next);
        self.both_in_flight += usize::from(self.writing.is_some() && self.reading.is_some());

        self.settle(true);
        let after = self.outputs();
        if ar {
            let taken = |a: &&Answer| a.bursts <= self.writes_taken && a.beats <= self.beats_taken;
            self.before_read = self.answers.iter().filter(taken).map(|a| a.requests).max().unwrap_or(0);
        }
        if aw {
            self.writes.pop_front();
            self.writes_taken += 1;
            self.slave.awvalid.next = false;
        }
        if w {
            let due = self.beats_queued - self.beats.len();
            self.beats.pop_front();
            // The beat is of a burst whose address is still on its way.
            self.data_first +=
                usize::from(self.answers.iter().any(|a| a.bursts > self.writes_taken && a.beats > due));
            self.beats_taken += 1;
            self.slave.wvalid.next = false;
        }
        if ar {
            self.reads.pop_front();
            self.reads_taken += 1;
            self.slave.arvalid.next = false;
        }
        match b {
            Some((id, code)) => self.answered(id, code),
            None => assert!(before.b.is_none() || after.b == before.b, "B changed under back-pressure"),
        }
        match r {
            Some(r) => self.arrived(r),
            None => assert!(before.r.is_none() || after.r == before.r, "R changed under back-pressure"),
        }
        self.requests(&after);
    }

    pub fn answered(&mut self, id: u64, code: u64) {
        let answer = self.answers.pop_front().expect("a response that nobody waits for");
        assert_eq!(
            (id, code),
            (answer.id, if answer.error { 2 } else { 0 }),
            "ID and response of {answer:?}"
        );
        assert!(self.writes_taken >= answer.bursts, "a response before the address");
        assert!(self.beats_taken >= answer.beats, "a response before the last data");
        let done = self.written - usize::from(self.writing.is_some());
        assert!(done >= answer.requests, "a response before the last beat is done");
        self.refused += usize::from(answer.error);
        self.writes_done += 1;
    }

    pub fn arrived(&mut self, (id, data, code, last): (u64, u64, u64, bool)) {
        let fetched = self.fetched.pop_front().expect("read data that nobody waits for");
        let expected =
            (fetched.id, fetched.data.unwrap_or(0), if fetched.error { 2 } else { 0 }, fetched.last);
        assert_eq!((id, data, code, last), expected, "{fetched:?}");
        assert!(self.reads_taken >= fetched.bursts, "data before the address");
        assert!(self.fetches >= fetched.requests, "data that was not asked for yet");
        self.reads_done += usize::from(last);
    }

    /// Follows the register bus over the edge that just was.
    pub fn requests(&mut self, after: &Outputs) {
        if let Some(request) = self.writing {
            assert!(!after.write_valid, "a second write while one is in flight");
            if self.slave.write_done.next {
                self.writing = None;
            } else {
                assert_eq!(after.write, request, "a request changed before it was done");
            }
        } else if after.write_valid {
            let expected = self.write_requests.pop_front().expect("a write that nobody asked for");
            assert_eq!(after.write, expected, "the write's request");
            self.written += 1;
            self.writing = Some(after.write);
        }
        if let Some(address) = self.reading {
            assert!(!after.read_valid, "a second read while one is in flight");
            if self.slave.read_done.next {
                self.reading = None;
            } else {
                assert_eq!(after.read_address, address, "a request changed before it was done");
            }
        } else if after.read_valid {
            let expected = self.read_requests.pop_front().expect("a read that nobody asked for");
            assert_eq!(after.read_address, expected, "the read's request");
            let done = self.written - usize::from(self.writing.is_some());
            assert!(done >= self.before_read, "a read overtook a write that came before it");
            self.fetches += 1;
            self.reading = Some(after.read_address);
        }
    }

    /// Runs until so many bursts are done; how many cycles that took.
    pub fn run(&mut self, writes: usize, reads: usize) -> usize {
        let mut cycles = 0;
        let limit = 2_000 * (writes + reads + 10);
        while self.writes_done < writes || self.reads_done < reads {
            self.cycle();
            cycles += 1;
            assert!(
                cycles < limit,
                "stuck after {} writes and {} reads: {:?}",
                self.writes_done,
                self.reads_done,
                self.outputs()
            );
        }
        cycles
    }
}
