//! The AXI4-Lite slave keeps the protocol, whatever the master and the register bus do.
//!
//! A master with random idle and back-pressure on all five channels drives RustHDL's model of the
//! slave; the register bus behind it answers after a random time. Checked each cycle: stability,
//! order, one answer per transaction, the right data, that a read sees every write that was taken before it, and that
//! no output moves between clock edges.

use std::collections::VecDeque;

use portolan_hdl::axi::AxiSlave;
use rust_hdl::prelude::*;

const WIDTH: usize = 10;
/// Addresses from here on are refused by the register bus.
const REFUSED: u64 = 0x300;

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

/// All outputs of the slave, in one comparable piece.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Outputs {
    awready: bool,
    wready: bool,
    bvalid: bool,
    bresp: u64,
    arready: bool,
    rvalid: bool,
    rdata: u64,
    rresp: u64,
    write_valid: bool,
    write: (u64, u64, u64),
    read_valid: bool,
    read_address: u64,
}

struct Bench {
    slave: AxiSlave<WIDTH>,
    random: Random,
    /// Chance in 256, per cycle: to offer an address or data, to take a response, to answer a request.
    offer: u64,
    take_b: u64,
    take_r: u64,
    answer: u64,
    addresses: VecDeque<u64>,
    data: VecDeque<(u64, u64)>,
    reads: VecDeque<u64>,
    /// Addresses and data taken by the slave but not yet asked for on the register bus.
    taken_addresses: VecDeque<u64>,
    taken_data: VecDeque<(u64, u64)>,
    taken_reads: VecDeque<u64>,
    writing: Option<(u64, u64, u64)>,
    reading: Option<u64>,
    write_answers: VecDeque<u64>,
    read_answers: VecDeque<(u64, u64)>,
    /// Addresses and data taken, and writes carried out by the register bus, since the reset.
    addresses_taken: usize,
    data_taken: usize,
    executed: usize,
    /// Writes that the slave had before it took the read that is held.
    before_read: usize,
    writes_done: usize,
    reads_done: usize,
    both_in_flight: usize,
}

impl Bench {
    fn new(seed: u64) -> Bench {
        let mut slave = AxiSlave::default();
        slave.connect_all();
        Bench {
            slave,
            random: Random(seed),
            offer: 128,
            take_b: 128,
            take_r: 128,
            answer: 128,
            addresses: VecDeque::new(),
            data: VecDeque::new(),
            reads: VecDeque::new(),
            taken_addresses: VecDeque::new(),
            taken_data: VecDeque::new(),
            taken_reads: VecDeque::new(),
            writing: None,
            reading: None,
            write_answers: VecDeque::new(),
            read_answers: VecDeque::new(),
            addresses_taken: 0,
            data_taken: 0,
            executed: 0,
            before_read: 0,
            writes_done: 0,
            reads_done: 0,
            both_in_flight: 0,
        }
    }

    fn outputs(&self) -> Outputs {
        let s = &self.slave;
        Outputs {
            awready: s.awready.val(),
            wready: s.wready.val(),
            bvalid: s.bvalid.val(),
            bresp: s.bresp.val().to_u64(),
            arready: s.arready.val(),
            rvalid: s.rvalid.val(),
            rdata: s.rdata.val().to_u64(),
            rresp: s.rresp.val().to_u64(),
            write_valid: s.write_valid.val(),
            write: (
                s.write_address.val().to_u64(),
                s.write_data.val().to_u64(),
                s.write_strobe.val().to_u64(),
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
        assert!(!out.bvalid && !out.rvalid, "IHI 0022H A3.1.2: VALID low in reset: {out:?}");
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

    fn queue(&mut self, writes: usize, reads: usize) {
        for _ in 0..writes {
            self.addresses.push_back(self.random.below(1 << WIDTH));
            self.data.push_back((self.random.below(1 << 32), self.random.below(16)));
        }
        for _ in 0..reads {
            self.reads.push_back(self.random.below(1 << WIDTH));
        }
    }

    /// What a read of this address gives on the register bus of this test.
    fn word(address: u64) -> u64 {
        (address * 0x9e37_79b9) & 0xffff_ffff
    }

    fn chance(&mut self, of_256: u64) -> bool {
        self.random.below(256) < of_256
    }

    /// Chooses the inputs of this cycle: a VALID that is up stays up.
    fn drive(&mut self) {
        if self.addresses.is_empty() {
            self.slave.awvalid.next = false;
            self.slave.awaddr.next = self.random.below(1 << WIDTH).to_bits();
        } else if self.slave.awvalid.next || self.chance(self.offer) {
            self.slave.awvalid.next = true;
            self.slave.awaddr.next = self.addresses[0].to_bits();
        }
        if self.data.is_empty() {
            self.slave.wvalid.next = false;
            self.slave.wdata.next = self.random.below(1 << 32).to_bits();
        } else if self.slave.wvalid.next || self.chance(self.offer) {
            self.slave.wvalid.next = true;
            self.slave.wdata.next = self.data[0].0.to_bits();
            self.slave.wstrb.next = self.data[0].1.to_bits();
        }
        if self.reads.is_empty() {
            self.slave.arvalid.next = false;
            self.slave.araddr.next = self.random.below(1 << WIDTH).to_bits();
        } else if self.slave.arvalid.next || self.chance(self.offer) {
            self.slave.arvalid.next = true;
            self.slave.araddr.next = self.reads[0].to_bits();
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
        let b = before.bvalid && self.slave.bready.next;
        let r = before.rvalid && self.slave.rready.next;
        self.both_in_flight += usize::from(self.writing.is_some() && self.reading.is_some());

        self.settle(true);
        let after = self.outputs();
        if ar {
            self.before_read = self.addresses_taken.min(self.data_taken);
        }
        self.addresses_taken += usize::from(aw);
        self.data_taken += usize::from(w);
        if aw {
            self.taken_addresses.extend(self.addresses.pop_front());
            self.slave.awvalid.next = false;
        }
        if w {
            self.taken_data.extend(self.data.pop_front());
            self.slave.wvalid.next = false;
        }
        if ar {
            self.taken_reads.extend(self.reads.pop_front());
            self.slave.arvalid.next = false;
        }
        assert!(self.taken_addresses.len() <= 1, "an address was taken while another is held");
        assert!(self.taken_data.len() <= 1, "data was taken while other data is held");
        assert!(self.taken_reads.len() <= 1, "a read was taken while another is held");

        if b {
            let expected = self.write_answers.pop_front().expect("a response that nobody waits for");
            assert_eq!(before.bresp, expected, "the write's response");
            self.writes_done += 1;
        } else if before.bvalid {
            assert!(after.bvalid && after.bresp == before.bresp, "B changed under back-pressure");
        }
        if r {
            let expected = self.read_answers.pop_front().expect("read data that nobody waits for");
            assert_eq!(before.rresp, expected.1, "the read's response");
            assert_eq!(before.rdata, expected.0, "the read's data");
            self.reads_done += 1;
        } else if before.rvalid {
            assert!(after.rvalid, "RVALID fell under back-pressure");
            assert_eq!((after.rdata, after.rresp), (before.rdata, before.rresp));
        }
        self.requests(&after);
    }

    /// Follows the register bus over the edge that just was.
    fn requests(&mut self, after: &Outputs) {
        if let Some(request) = self.writing {
            assert!(!after.write_valid, "a second write while one is in flight");
            if self.slave.write_done.next {
                self.write_answers.push_back(if request.0 >= REFUSED { 2 } else { 0 });
                self.executed += 1;
                self.writing = None;
            } else {
                assert_eq!(after.write, request, "a request changed before it was done");
            }
        } else if after.write_valid {
            let address = self.taken_addresses.pop_front().expect("a write without an address");
            let (data, strobe) = self.taken_data.pop_front().expect("a write without data");
            assert_eq!(after.write, (address, data, strobe), "the write's request");
            self.writing = Some(after.write);
        }
        if let Some(address) = self.reading {
            assert!(!after.read_valid, "a second read while one is in flight");
            if self.slave.read_done.next {
                let answer = (Self::word(address), if address >= REFUSED { 2 } else { 0 });
                self.read_answers.push_back(answer);
                self.reading = None;
            } else {
                assert_eq!(after.read_address, address, "a request changed before it was done");
            }
        } else if after.read_valid {
            let address = self.taken_reads.pop_front().expect("a read without an address");
            assert_eq!(after.read_address, address, "the read's request");
            assert!(self.executed >= self.before_read, "a read overtook a write that came before it");
            self.reading = Some(address);
        }
    }

    fn run(&mut self, writes: usize, reads: usize) -> usize {
        let mut cycles = 0;
        let limit = 400 * (writes + reads + 10);
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
fn every_transaction_is_answered_once_in_order_with_the_right_data() {
    let rates = [256, 230, 128, 30];
    let mut both = 0;
    for (i, offer) in rates.into_iter().enumerate() {
        for (j, take) in rates.into_iter().enumerate() {
            for (k, answer) in rates.into_iter().enumerate() {
                let mut bench = Bench::new((100 * i + 10 * j + k) as u64);
                bench.reset();
                (bench.offer, bench.answer) = (offer, answer);
                (bench.take_b, bench.take_r) = (take, rates[3 - j]);
                bench.queue(60, 60);
                bench.run(60, 60);
                for _ in 0..50 {
                    bench.cycle();
                }
                assert_eq!((bench.writes_done, bench.reads_done), (60, 60), "an answer too many");
                both += bench.both_in_flight;
            }
        }
    }
    assert!(both > 1000, "a write and a read were in flight at once in only {both} cycles");
}

#[test]
fn a_master_that_takes_no_write_responses_can_still_read_and_the_other_way_round() {
    for write in [true, false] {
        let mut bench = Bench::new(7);
        bench.reset();
        (bench.take_b, bench.take_r) = if write { (0, 256) } else { (256, 0) };
        bench.queue(3, 3);
        let cycles = bench.run(if write { 0 } else { 3 }, if write { 3 } else { 0 });
        for _ in 0..300 {
            bench.cycle();
        }
        let (stalled, free) = (bench.writes_done, bench.reads_done);
        assert_eq!(if write { (stalled, free) } else { (free, stalled) }, (0, 3), "after {cycles} cycles");
        (bench.take_b, bench.take_r) = (256, 256);
        bench.run(3, 3);
    }
}

#[test]
fn address_first_and_data_first_give_the_same_write() {
    for address_first in [true, false] {
        let mut bench = Bench::new(3);
        bench.reset();
        (bench.offer, bench.answer) = (256, 256);
        (bench.take_b, bench.take_r) = (256, 256);
        bench.queue(1, 0);
        let late = (std::mem::take(&mut bench.addresses), std::mem::take(&mut bench.data));
        if address_first {
            bench.addresses = late.0.clone();
        } else {
            bench.data = late.1.clone();
        }
        for _ in 0..20 {
            bench.cycle();
            assert!(bench.writing.is_none(), "a write started with one half of it");
        }
        if address_first {
            bench.data = late.1;
        } else {
            bench.addresses = late.0;
        }
        bench.run(1, 0);
    }
}

#[test]
fn a_reset_in_mid_traffic_leaves_nothing_behind() {
    let mut bench = Bench::new(11);
    bench.reset();
    for round in 0..500 {
        bench.queue(40, 40);
        for _ in 0..bench.random.below(40) {
            bench.cycle();
        }
        bench.reset();
        assert!(bench.writes_done == 0 && bench.writing.is_none());
        bench.queue(2, 2);
        let cycles = bench.run(2, 2);
        assert!(cycles > 4, "round {round}: answered by what was there before the reset");
        bench.reset();
    }
}

#[test]
fn an_idle_register_bus_answers_a_write_or_a_read_in_four_cycles() {
    let mut bench = Bench::new(5);
    bench.reset();
    (bench.offer, bench.answer, bench.take_b, bench.take_r) = (256, 256, 256, 256);
    bench.cycle(); // READY rises in the cycle after reset
    bench.queue(1, 0);
    assert_eq!(bench.run(1, 0), 4);
    bench.cycle();
    bench.queue(0, 1);
    assert_eq!(bench.run(1, 1), 4);
}
