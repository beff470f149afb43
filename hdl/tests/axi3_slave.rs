//! The AXI3 slave keeps the protocol and does with every burst what AXI3 says, whatever the master and the register
//! bus do.
//!
//! A master with random idle and back-pressure on all five channels sends random bursts, right and wrong, to RustHDL's
//! model of the slave; the register bus behind it answers after a random time. What each burst must do is worked out
//! here from IHI 0022H, not from the RTL. Checked each cycle: stability, order, IDs, one answer per write burst and per
//! read beat, and that no output moves between clock edges. Faults planted in what the slave shows must be found.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use portolan_hdl::axi::Axi3Slave;
use rust_hdl::prelude::*;

const WIDTH: usize = 14;
const IDS: usize = 12;
/// Addresses from here on are refused by the register bus.
const REFUSED: u64 = 0x3000;

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

#[derive(Clone, Copy, Debug)]
struct Burst {
    id: u64,
    address: u64,
    /// Beats less one.
    length: u64,
    size: u64,
    kind: u64,
    lock: u64,
}

const FIXED: u64 = 0;
const INCR: u64 = 1;
const WRAP: u64 = 2;

impl Burst {
    /// Any legal burst, or, one in `illegal`, any burst at all.
    fn random(random: &mut Random, illegal: u64) -> Burst {
        loop {
            let burst = Burst {
                id: random.below(1 << IDS),
                address: random.below(1 << WIDTH),
                length: random.below(16),
                size: random.below(8),
                kind: random.below(4),
                lock: random.below(3),
            };
            if random.below(illegal) == 0 {
                return burst;
            }
            let burst = Burst { size: burst.size % 3, kind: burst.kind % 3, ..burst };
            if burst.kind == WRAP {
                let length = [1, 3, 7, 15][burst.length as usize % 4];
                return Burst { length, address: burst.address >> burst.size << burst.size, ..burst };
            }
            if burst.is_legal() {
                return burst;
            }
        }
    }

    fn bytes(&self) -> u64 {
        1 << self.size
    }

    fn is_legal(&self) -> bool {
        let aligned = self.address - self.address % self.bytes();
        self.size <= 2
            && match self.kind {
                FIXED => true,
                INCR => aligned / 4096 == (aligned + self.length * self.bytes()) / 4096,
                WRAP => aligned == self.address && [1, 3, 7, 15].contains(&self.length),
                _ => false,
            }
    }

    /// Where each beat goes, as the formulas of IHI 0022H, A3.4.1 have it.
    fn addresses(&self) -> Vec<u64> {
        let aligned = self.address / self.bytes() * self.bytes();
        let whole = self.bytes() * (self.length + 1);
        let boundary = self.address / whole * whole;
        let beat = |n: u64| match self.kind {
            FIXED => self.address,
            _ if n == 0 => self.address,
            WRAP if aligned + n * self.bytes() >= boundary + whole => aligned + n * self.bytes() - whole,
            _ => aligned + n * self.bytes(),
        };
        (0..=self.length).map(beat).collect()
    }
}

#[derive(Clone, Copy, Debug)]
struct Beat {
    id: u64,
    data: u64,
    strobe: u64,
    last: bool,
}

/// A write's response, and what must have been before it.
#[derive(Clone, Copy, Debug)]
struct Answer {
    id: u64,
    error: bool,
    requests: usize,
    beats: usize,
    bursts: usize,
}

/// A beat of read data, and what must have been before it.
#[derive(Clone, Copy, Debug)]
struct Fetched {
    id: u64,
    data: Option<u64>,
    error: bool,
    last: bool,
    requests: usize,
    bursts: usize,
}

/// All outputs of the slave, in one comparable piece.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Outputs {
    awready: bool,
    wready: bool,
    b: Option<(u64, u64)>,
    arready: bool,
    r: Option<(u64, u64, u64, bool)>,
    write_valid: bool,
    write: (u64, u64, u64),
    read_valid: bool,
    read_address: u64,
}

/// What is planted between the slave and the checks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
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

struct Bench {
    slave: Axi3Slave<WIDTH, IDS>,
    fault: Option<Fault>,
    random: Random,
    /// Chance in 256, per cycle: to offer an address or data, to take a response, to answer a request.
    offer: u64,
    take_b: u64,
    take_r: u64,
    answer: u64,
    /// One in so many bursts is any, and one in so many beats has a wrong WID or WLAST.
    illegal: u64,
    wrong: u64,
    writes: VecDeque<Burst>,
    beats: VecDeque<Beat>,
    reads: VecDeque<Burst>,
    /// What must come of all that was queued.
    write_requests: VecDeque<(u64, u64, u64)>,
    read_requests: VecDeque<u64>,
    answers: VecDeque<Answer>,
    fetched: VecDeque<Fetched>,
    // Counted: what was queued, and what was seen.
    requests_queued: usize,
    beats_queued: usize,
    writes_queued: usize,
    fetches_queued: usize,
    reads_queued: usize,
    writes_taken: usize,
    beats_taken: usize,
    reads_taken: usize,
    written: usize,
    fetches: usize,
    writing: Option<(u64, u64, u64)>,
    reading: Option<u64>,
    writes_done: usize,
    reads_done: usize,
    refused: usize,
    data_first: usize,
    both_in_flight: usize,
}

impl Bench {
    fn new(seed: u64) -> Bench {
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
    fn fast(seed: u64) -> Bench {
        let mut bench = Bench::new(seed);
        bench.reset();
        (bench.offer, bench.answer, bench.take_b, bench.take_r) = (256, 256, 256, 256);
        bench.cycle(); // READY rises in the cycle after reset
        bench
    }

    fn outputs(&self) -> Outputs {
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

    fn settle(&mut self, clock: bool) {
        self.slave.clock.next = Clock { clk: clock };
        assert!(simulate(&mut self.slave, 20), "the slave does not settle");
    }

    /// Holds reset for a cycle and forgets what was on the way; VALIDs must be low after it.
    fn reset(&mut self) {
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

    fn queue_random(&mut self, writes: usize, reads: usize) {
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
    fn queue_write(&mut self, burst: Burst) {
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

    fn queue_read(&mut self, burst: Burst) {
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
    fn word(address: u64) -> u64 {
        (address * 0x9e37_79b9) & 0xffff_ffff
    }

    fn chance(&mut self, of_256: u64) -> bool {
        self.random.below(256) < of_256
    }

    /// Chooses the inputs of this cycle: a VALID that is up stays up. Noise stands beside a VALID that is low.
    fn drive(&mut self) {
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
    fn cycle(&mut self) {
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

    fn answered(&mut self, id: u64, code: u64) {
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

    fn arrived(&mut self, (id, data, code, last): (u64, u64, u64, bool)) {
        let fetched = self.fetched.pop_front().expect("read data that nobody waits for");
        let expected =
            (fetched.id, fetched.data.unwrap_or(0), if fetched.error { 2 } else { 0 }, fetched.last);
        assert_eq!((id, data, code, last), expected, "{fetched:?}");
        assert!(self.reads_taken >= fetched.bursts, "data before the address");
        assert!(self.fetches >= fetched.requests, "data that was not asked for yet");
        self.reads_done += usize::from(last);
    }

    /// Follows the register bus over the edge that just was.
    fn requests(&mut self, after: &Outputs) {
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
            self.fetches += 1;
            self.reading = Some(after.read_address);
        }
    }

    /// Runs until so many bursts are done; how many cycles that took.
    fn run(&mut self, writes: usize, reads: usize) -> usize {
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

#[test]
fn every_burst_does_what_axi3_says_and_is_answered_once_in_order() {
    let rates = [256, 230, 128, 30];
    let (mut both, mut refused, mut first) = (0, 0, 0);
    for (i, offer) in rates.into_iter().enumerate() {
        for (j, take) in rates.into_iter().enumerate() {
            for (k, answer) in rates.into_iter().enumerate() {
                let mut bench = Bench::new((100 * i + 10 * j + k) as u64);
                bench.reset();
                (bench.offer, bench.answer) = (offer, answer);
                (bench.take_b, bench.take_r) = (take, rates[3 - j]);
                bench.queue_random(40, 40);
                bench.run(40, 40);
                for _ in 0..50 {
                    bench.cycle();
                }
                assert_eq!((bench.writes_done, bench.reads_done), (40, 40), "an answer too many");
                assert!(bench.write_requests.is_empty() && bench.read_requests.is_empty(), "a beat too few");
                both += bench.both_in_flight;
                refused += bench.refused;
                first += bench.data_first;
            }
        }
    }
    assert!(both > 10_000, "a write and a read were in flight at once in only {both} cycles");
    assert!((500..2000).contains(&refused), "{refused} of 2560 writes were refused");
    assert!(first > 500, "{first} beats of data came before their address");
}

#[test]
fn each_fault_that_is_planted_in_what_the_slave_shows_is_found() {
    let run = |fault: Option<Fault>| {
        let mut bench = Bench::new(17);
        bench.reset();
        bench.fault = fault;
        bench.queue_random(60, 60);
        bench.run(60, 60);
        for _ in 0..50 {
            bench.cycle();
        }
    };
    run(None);
    let faults = [
        Fault::WriteId,
        Fault::ReadId,
        Fault::LastNever,
        Fault::LastAlways,
        Fault::ErrorHidden,
        Fault::ErrorMadeUp,
        Fault::AddressOff,
        Fault::StrobeWide,
        Fault::AnswerTwice,
    ];
    for fault in faults {
        assert!(catch_unwind(AssertUnwindSafe(|| run(Some(fault)))).is_err(), "{fault:?} was not found");
    }
}

#[test]
fn a_burst_of_every_kind_size_and_length_from_every_alignment_visits_its_addresses() {
    for kind in [FIXED, INCR, WRAP, 3] {
        let mut bench = Bench::fast(kind);
        bench.wrong = u64::MAX;
        let mut bursts = 0;
        for size in 0..4 {
            for length in 0..16 {
                for start in [0x0ac0, 0x0ffc, 0x1fc0] {
                    for low in 0..8 {
                        let address = start + low * (1 + 2 * length) % 64;
                        let burst = Burst {
                            id: (address ^ length) % (1 << IDS),
                            address,
                            length,
                            size,
                            kind,
                            lock: size,
                        };
                        bench.queue_write(burst);
                        bench.queue_read(burst);
                        bursts += 1;
                    }
                }
            }
        }
        bench.run(bursts, bursts);
        assert!(bench.write_requests.is_empty() && bench.read_requests.is_empty(), "a beat too few");
        let legal = bursts - bench.refused;
        assert!(if kind == 3 { legal == 0 } else { legal > 60 }, "kind {kind}: {legal} of {bursts} legal");
    }
}

#[test]
fn a_master_that_takes_no_write_responses_can_still_read_and_the_other_way_round() {
    for write in [true, false] {
        let mut bench = Bench::new(7);
        bench.reset();
        (bench.take_b, bench.take_r) = if write { (0, 256) } else { (256, 0) };
        bench.queue_random(3, 3);
        bench.run(if write { 0 } else { 3 }, if write { 3 } else { 0 });
        for _ in 0..300 {
            bench.cycle();
        }
        let (stalled, free) = (bench.writes_done, bench.reads_done);
        assert_eq!(if write { (stalled, free) } else { (free, stalled) }, (0, 3));
        (bench.take_b, bench.take_r) = (256, 256);
        bench.run(3, 3);
    }
}

#[test]
fn address_first_and_data_first_give_the_same_write() {
    for address_first in [true, false] {
        let mut bench = Bench::fast(3);
        bench.wrong = u64::MAX;
        bench.queue_write(Burst { id: 5, address: 0x104, length: 15, size: 2, kind: INCR, lock: 0 });
        let late = (std::mem::take(&mut bench.writes), std::mem::take(&mut bench.beats));
        if address_first {
            bench.writes = late.0.clone();
        } else {
            bench.beats = late.1.clone();
        }
        for _ in 0..20 {
            bench.cycle();
            assert!(bench.writing.is_none(), "a write started with one half of it");
        }
        assert_eq!((bench.writes_taken, bench.beats_taken), if address_first { (1, 0) } else { (0, 1) });
        if address_first {
            bench.beats = late.1;
        } else {
            bench.writes = late.0;
        }
        bench.run(1, 0);
    }
}

#[test]
fn a_reset_in_mid_burst_leaves_nothing_behind() {
    let mut bench = Bench::new(11);
    bench.reset();
    for round in 0..500 {
        bench.queue_random(10, 10);
        for _ in 0..bench.random.below(100) {
            bench.cycle();
        }
        bench.reset();
        assert!(bench.writes_done == 0 && bench.writing.is_none());
        bench.queue_random(2, 2);
        let cycles = bench.run(2, 2);
        assert!(cycles > 4, "round {round}: answered by what was there before the reset");
        bench.reset();
    }
}

#[test]
fn an_idle_register_bus_takes_a_beat_every_three_cycles() {
    let single = Burst { id: 1, address: 0x10, length: 0, size: 2, kind: INCR, lock: 0 };
    for (write, burst, cycles) in [
        (true, single, 4),
        (false, single, 4),
        (true, Burst { length: 15, ..single }, 49),
        (false, Burst { length: 15, ..single }, 34),
    ] {
        let mut bench = Bench::fast(5);
        bench.wrong = u64::MAX;
        let took = if write {
            bench.queue_write(burst);
            bench.run(1, 0)
        } else {
            bench.queue_read(burst);
            bench.run(0, 1)
        };
        assert_eq!(took, cycles, "{burst:?}, write {write}");
    }
}
