//! Bursts become memory write requests that keep the rules of PCI Express, at the speed of the stream.
//!
//! RustHDL's model of the requester, with bursts of any length and address, a stream that is granted now and
//! then, and settings that change between bursts. What comes out is put together by a reader of its own and
//! compared with what went in.

use std::collections::BTreeMap;

use portolan_hdl::lint::lint;
use portolan_hdl::pcie::Requester;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::*;

const IDENTIFIER: u64 = 0x0518;

/// A burst: where, and what.
#[derive(Clone, Debug)]
struct Burst {
    address: u64,
    data: Vec<u64>,
}

struct Bench {
    dut: Requester,
    random: ChaCha8Rng,
    /// Chance in 16 that a beat is offered, and that the stream is granted.
    offer: u32,
    grant: u32,
    /// Index of the beat offered, while it is.
    offered: bool,
    words: Vec<u32>,
    tlps: Vec<Vec<u32>>,
    done: usize,
    failed: usize,
    /// A message that is offered, until it is done.
    message: Option<(u64, u32)>,
    messages: usize,
    cycles: u64,
    pushed: u64,
}

impl Bench {
    fn new(seed: u64, payload: usize) -> Bench {
        let mut dut = Requester::new();
        dut.connect_all();
        dut.identifier.next = IDENTIFIER.to_bits();
        dut.payload_code.next = u64::from((payload / 128).ilog2()).to_bits();
        dut.enabled.next = true;
        let mut bench = Bench {
            dut,
            random: ChaCha8Rng::seed_from_u64(seed),
            offer: 16,
            grant: 16,
            offered: false,
            words: Vec::new(),
            tlps: Vec::new(),
            done: 0,
            failed: 0,
            message: None,
            messages: 0,
            cycles: 0,
            pushed: 0,
        };
        // Max_Payload_Size is known a clock later.
        bench.clock(None);
        bench.cycles = 0;
        bench
    }

    fn chance(&mut self, of_16: u32) -> bool {
        self.random.random_range(0..16) < of_16
    }

    /// One clock, with this beat offered or none; true when it was taken.
    fn clock(&mut self, beat: Option<(&Burst, usize)>) -> bool {
        let offers = beat.is_some() && (self.offered || self.chance(self.offer));
        let (first, last, data) = match beat {
            Some((burst, i)) => (i == 0, i + 1 == burst.data.len(), burst.data[i]),
            None => (true, true, 0xbad),
        };
        self.dut.write_valid.next = offers;
        self.dut.write_first.next = first;
        self.dut.write_last.next = last;
        self.dut.write_data.next = data.to_bits();
        // Only the first beat says where to and how long.
        let (address, beats) = match beat {
            Some((burst, 0)) => (burst.address, burst.data.len() as u64),
            _ => (self.random.random(), self.random.random_range(0..256)),
        };
        self.dut.write_address.next = address.to_bits();
        self.dut.write_beats.next = beats.to_bits();
        let (to, what) = self.message.unwrap_or((self.random.random(), self.random.random()));
        self.dut.message_valid.next = self.message.is_some();
        self.dut.message_address.next = to.to_bits();
        self.dut.message_data.next = u64::from(what).to_bits();
        self.dut.clock.next = Clock { clk: false };
        self.dut.granted.next = false;
        assert!(simulate(&mut self.dut, 20), "the requester does not settle");
        let grants = self.dut.wants.val() && self.chance(self.grant);
        self.dut.granted.next = grants;
        assert!(simulate(&mut self.dut, 20), "the requester does not settle");
        if self.dut.push.val() {
            assert!(grants, "a word without a grant");
            let word = self.dut.word.val().to_u64();
            self.words.push(word as u32);
            if self.dut.both.val() {
                self.words.push((word >> 32) as u32);
            } else {
                assert!(self.dut.last.val(), "half a word within a TLP");
            }
            if self.dut.last.val() {
                self.tlps.push(std::mem::take(&mut self.words));
            }
            self.pushed += 1;
        }
        let taken = offers && self.dut.write_ready.val();
        self.offered = offers && !taken;
        if self.dut.message_done.val() {
            assert!(self.message.take().is_some(), "nobody offered a message");
            self.messages += 1;
        }
        self.dut.clock.next = Clock { clk: true };
        assert!(simulate(&mut self.dut, 20), "the requester does not settle");
        self.done += usize::from(self.dut.write_done.val());
        self.failed += usize::from(self.dut.write_failed.val());
        self.cycles += 1;
        taken
    }

    fn run(&mut self, bursts: &[Burst]) {
        for burst in bursts {
            let mut beat = 0;
            let limit = self.cycles + 400 + 400 * burst.data.len() as u64;
            while beat < burst.data.len() {
                beat += usize::from(self.clock(Some((burst, beat))));
                assert!(self.cycles < limit, "stuck at beat {beat} of {burst:x?}");
            }
        }
    }

    /// Until nothing moves any more.
    fn drain(&mut self) {
        for _ in 0..100 {
            self.clock(None);
        }
        assert!(self.words.is_empty(), "a TLP is not finished");
    }

    /// What the TLPs write, each held against the rules.
    fn written(&self, payload: usize) -> BTreeMap<u64, u32> {
        let mut memory = BTreeMap::new();
        for tlp in &self.tlps {
            let wide = tlp[0] >> 29 & 1 != 0;
            let header = if wide { 4 } else { 3 };
            assert_eq!(tlp[0] & !0x3ff, if wide { 0x6000_0000 } else { 0x4000_0000 }, "MWr, no attributes");
            assert_eq!(tlp[1], (IDENTIFIER as u32) << 16 | 0xff, "ID and byte enables");
            let length = tlp.len() - header;
            assert_eq!(length & 0x3ff, (tlp[0] & 0x3ff) as usize, "Length");
            assert!((2..=payload / 4).contains(&length), "Max_Payload_Size: {length}");
            let address = match wide {
                true => u64::from(tlp[2]) << 32 | u64::from(tlp[3]),
                false => tlp[2].into(),
            };
            assert_eq!(wide, address >> 32 != 0, "the header's form is the address's");
            assert!(address & 0xfff <= 0x1000 - 4 * length as u64, "across 4 KiB: {address:#x}");
            for (i, word) in tlp[header..].iter().enumerate() {
                let old = memory.insert(address + 4 * i as u64, word.swap_bytes());
                assert_eq!(old, None, "written twice");
            }
        }
        memory
    }
}

fn expected(bursts: &[Burst]) -> BTreeMap<u64, u32> {
    let mut memory = BTreeMap::new();
    for burst in bursts {
        for (i, beat) in burst.data.iter().enumerate() {
            memory.insert(burst.address + 8 * i as u64, *beat as u32);
            memory.insert(burst.address + 8 * i as u64 + 4, (beat >> 32) as u32);
        }
    }
    memory
}

/// Bursts that do not overlap and do not cross 4 KiB, below and above 4 GiB.
fn random_bursts(random: &mut ChaCha8Rng, count: usize) -> Vec<Burst> {
    let mut address = [0x1000, 0xffff_e000, 0x12_3456_7000, 0xffff_fff0_0000_0000][random.random_range(0..4)];
    (0..count)
        .map(|_| {
            let beats = match random.random_range(0..4) {
                0 => 4,
                1 => 8,
                2 => random.random_range(1..64),
                _ => random.random_range(1..256),
            };
            address += 32 * random.random_range(0..5);
            let beats = beats.min((0x1000 - (address & 0xfff)) / 8);
            let burst = Burst { address, data: (0..beats).map(|_| random.random()).collect() };
            address = (address + 8 * beats).next_multiple_of(32);
            burst
        })
        .collect()
}

#[test]
fn the_lint_has_nothing_to_say() {
    let mut requester = Requester::new();
    requester.connect_all();
    assert_eq!(lint("requester", &requester), []);
}

#[test]
fn every_burst_is_written_by_requests_that_keep_the_rules() {
    for (seed, payload) in [128, 256, 512, 4096].into_iter().cycle().take(40).enumerate() {
        let mut bench = Bench::new(seed as u64, payload);
        (bench.offer, bench.grant) = [(16, 16), (16, 5), (5, 16), (9, 9)][seed / 4 % 4];
        let bursts = random_bursts(&mut bench.random, 12);
        bench.run(&bursts);
        bench.drain();
        assert_eq!((bench.done, bench.failed), (12, 0));
        assert_eq!(bench.written(payload.min(512)), expected(&bursts), "seed {seed}");
    }
}

#[test]
fn bursts_leave_one_after_the_other_without_an_idle_clock() {
    for address in [0x1_0000, 0x12_0000_0000] {
        for (beats, payload) in [(4, 128), (8, 128), (16, 128), (64, 512), (200, 256)] {
            let mut bench = Bench::new(1, payload);
            let bursts: Vec<Burst> =
                (0..20).map(|i| Burst { address: address + 2048 * i, data: (0..beats).collect() }).collect();
            bench.run(&bursts);
            let (cycles, pushed) = (bench.cycles, bench.pushed);
            println!(
                "{address:#x}: bursts of {beats} beats, payload {payload}: {:.1} clocks each, {:.1} % of the stream",
                cycles as f64 / 20.0,
                100.0 * pushed as f64 / cycles as f64
            );
            assert_eq!(cycles, pushed, "a clock without a word");
            bench.drain();
            assert_eq!(bench.written(payload), expected(&bursts));
        }
    }
}

#[test]
fn messages_go_between_bursts_at_once_and_change_nothing_of_them() {
    for seed in 0..20 {
        let mut bench = Bench::new(seed, 128);
        (bench.offer, bench.grant) = [(16, 16), (16, 5), (5, 16), (9, 9)][seed as usize % 4];
        let bursts = random_bursts(&mut bench.random, 12);
        let mut sent = Vec::new();
        for burst in &bursts {
            // Both forms of header; nothing else goes there.
            let message = [(0xfee0_0004, seed as u32), (0x5_fee0_0008, !0)][sent.len() % 2];
            bench.message = Some(message);
            sent.push(message);
            bench.run(std::slice::from_ref(burst));
            bench.drain();
            assert_eq!(bench.messages, sent.len());
        }
        let is_message = |tlp: &Vec<u32>| tlp[0] & 0x3ff == 1;
        let found: Vec<(u64, u32)> = bench
            .tlps
            .iter()
            .filter(|tlp| is_message(tlp))
            .map(|tlp| {
                let wide = tlp[0] >> 29 & 1 != 0;
                assert_eq!((tlp[0] & !0x2000_0000, tlp[1]), (0x4000_0001, (IDENTIFIER as u32) << 16 | 0xf));
                assert_eq!(tlp.len(), if wide { 5 } else { 4 });
                let address = if wide { u64::from(tlp[2]) << 32 | u64::from(tlp[3]) } else { tlp[2].into() };
                assert_eq!(wide, address >> 32 != 0, "the header's form is the address's");
                (address, tlp[tlp.len() - 1].swap_bytes())
            })
            .collect();
        assert_eq!(found, sent, "seed {seed}");
        bench.tlps.retain(|tlp| !is_message(tlp));
        assert_eq!(bench.written(128), expected(&bursts), "seed {seed}");
    }
}

#[test]
fn without_bus_mastering_no_message_is_taken() {
    let mut bench = Bench::new(1, 128);
    bench.dut.enabled.next = false;
    bench.message = Some((0xfee0_0000, 1));
    bench.drain();
    assert_eq!((bench.messages, bench.tlps.len()), (0, 0));
    bench.dut.enabled.next = true;
    bench.drain();
    assert_eq!((bench.messages, bench.tlps.len()), (1, 1));
}

#[test]
fn without_bus_mastering_bursts_are_taken_and_told_as_failed() {
    let mut bench = Bench::new(3, 128);
    bench.dut.enabled.next = false;
    let bursts = random_bursts(&mut bench.random, 5);
    bench.run(&bursts);
    bench.drain();
    assert_eq!((bench.done, bench.failed, bench.tlps.len()), (0, 5, 0));
    bench.dut.enabled.next = true;
    let bursts = random_bursts(&mut bench.random, 5);
    bench.run(&bursts);
    bench.drain();
    assert_eq!((bench.done, bench.failed), (5, 5));
    assert_eq!(bench.written(128), expected(&bursts));
}

#[test]
fn bus_mastering_that_goes_off_in_a_burst_ends_its_tlp_and_drops_the_rest() {
    for off in 1..60 {
        let mut bench = Bench::new(off, 128);
        let burst = Burst { address: 0x1000, data: (0..100).collect() };
        let mut beat = 0;
        while beat < burst.data.len() {
            beat += usize::from(bench.clock(Some((&burst, beat))));
            if bench.cycles == off {
                bench.dut.enabled.next = false;
            }
            assert!(bench.cycles < 1000, "stuck at beat {beat}");
        }
        bench.drain();
        assert_eq!((bench.done, bench.failed), (0, 1));
        let all = expected(std::slice::from_ref(&burst));
        let written = bench.written(128);
        assert!(written.iter().all(|(address, word)| all[address] == *word));
        assert_eq!(written.len() % 32, 0, "whole TLPs");
        bench.dut.enabled.next = true;
        let next = Burst { address: 0x8000, data: vec![7; 4] };
        bench.run(std::slice::from_ref(&next));
        bench.drain();
        assert_eq!((bench.done, bench.failed), (1, 1));
    }
}

#[test]
fn after_a_reset_in_mid_burst_the_next_burst_is_whole() {
    for cycles in 0..40 {
        let mut bench = Bench::new(cycles, 128);
        let cut = Burst { address: 0x12_0000_0000, data: (0..40).collect() };
        let mut beat = 0;
        for _ in 0..cycles {
            beat += usize::from(bench.clock(Some((&cut, beat.min(39)))));
        }
        bench.dut.hold.next = true;
        bench.clock(None);
        bench.dut.hold.next = false;
        bench.offered = false;
        bench.words.clear();
        bench.tlps.clear();
        (bench.done, bench.failed) = (0, 0);
        let burst = Burst { address: 0x2000, data: (0..20).collect() };
        bench.run(std::slice::from_ref(&burst));
        bench.drain();
        assert_eq!((bench.done, bench.failed), (1, 0));
        assert_eq!(bench.written(128), expected(std::slice::from_ref(&burst)));
    }
}
