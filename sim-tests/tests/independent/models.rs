//! Our AXI models, which check what they are connected to, against cocotbext-axi's: what those do ours must call legal,
//! and what is written must be there.

use std::collections::{BTreeSet, HashMap};
use std::fs;

use portolan_sim::axi::memory::{Memory, Speed};
use portolan_sim::axi::{Master, Response, Timing};
use portolan_sim::raw::seed;
use portolan_sim::{Inputs, Outputs};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::wires::Wires;

const ACCESSES: u32 = 600;

/// One clock of our master at their memory.
fn clock(wires: &mut Wires, inputs: &Inputs) -> Outputs {
    let valid = [inputs.awvalid, inputs.wstrb, inputs.wvalid, inputs.bready, inputs.arvalid, inputs.rready];
    let [awvalid, wstrb, wvalid, bready, arvalid, rready] = valid.map(u64::from);
    let [awaddr, wdata, araddr] = [inputs.awaddr, inputs.wdata, inputs.araddr].map(u64::from);
    let words = wires.clock(&[awaddr, awvalid, wdata, wstrb, wvalid, bready, araddr, arvalid, rready]);
    let [awready, wready, bresp, bvalid, arready, rdata, rresp, rvalid] =
        words.map(|word| u32::try_from(word).expect("a word of 32 bits"));
    let [awready, wready, bresp, bvalid, arready, rresp, rvalid] =
        [awready, wready, bresp, bvalid, arready, rresp, rvalid].map(|word| word as u8);
    Outputs { awready, wready, bresp, bvalid, arready, rdata, rresp, rvalid, ..Outputs::default() }
}

#[test]
fn our_master_finds_nothing_wrong_with_an_independent_memory() {
    let seed = seed(1);
    let Some(mut wires) = Wires::start("a_memory_for_our_master", seed) else { return };
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut master = Master::new(Timing::Random { seed, longest: 6 });
    let mut words: HashMap<u32, u32> = HashMap::new();
    let mut inputs = Inputs { aresetn: 1, ..Inputs::default() };
    for access in 0..ACCESSES {
        // Few addresses, so that reads find what was written.
        let mut address = || 4 * random.random_range(0..40u32) + 0x3_ff00;
        let (written, read) = (address(), address());
        let expected = words.get(&read).copied().unwrap_or(0);
        let both = written != read && access % 3 == 0;
        let (writes, reads) = (both || access % 2 == 0, both || access % 2 != 0);
        if writes {
            let (data, strobes) = (random.random(), random.random_range(0..16u8));
            master.begin_write(written, data, strobes);
            let mask = (0..4).filter(|i| strobes >> i & 1 != 0).fold(0, |mask, i| mask | 0xffu32 << (8 * i));
            let word = words.entry(written).or_default();
            *word = *word & !mask | data & mask;
        }
        if reads {
            master.begin_read(read);
        }
        while master.busy() {
            master.drive(&mut inputs);
            let outputs = clock(&mut wires, &inputs);
            master.observe(&outputs, &outputs).unwrap_or_else(|error| panic!("access {access}: {error}"));
        }
        assert_eq!(master.take_written(), writes.then_some(Response::Okay), "access {access}: {written:#x}");
        let fetched = master.take_fetched();
        assert_eq!(fetched, reads.then_some((Response::Okay, expected)), "access {access}: {read:#x}");
    }
    wires.end();
}

/// Clocks that all writes of the other side may take.
const LIMIT: u64 = 50_000;

#[test]
fn our_memory_finds_nothing_wrong_with_an_independent_master() {
    let seed = seed(1);
    let Some(mut wires) = Wires::start("a_master_for_our_memory", seed) else { return };
    let mut memory = Memory::new(Speed { ready: 30, latency: (1, 40), seed });
    memory.map(0x1000, 0x1000);
    memory.map(0x2000, 0x1000);
    memory.make_bad(0x2000..0x2800);
    let mut inputs = Inputs { aresetn: 1, ..Inputs::default() };
    let mut clocks = 0;
    loop {
        memory.drive(&mut inputs, clocks);
        let drives = [inputs.m_awready, inputs.m_wready, inputs.m_bresp, inputs.m_bvalid].map(u64::from);
        let [
            awvalid,
            awaddr,
            awlen,
            awsize,
            awburst,
            awcache,
            awprot,
            wvalid,
            wdata,
            wstrb,
            wlast,
            bready,
            done,
        ] = wires.clock(&drives);
        let bits = |word: u64| u8::try_from(word).expect("a few bits");
        let outputs = Outputs {
            m_awvalid: bits(awvalid),
            m_awaddr: awaddr,
            m_awlen: bits(awlen),
            m_awsize: bits(awsize),
            m_awburst: bits(awburst),
            m_awcache: bits(awcache),
            m_awprot: bits(awprot),
            m_wvalid: bits(wvalid),
            m_wdata: wdata,
            m_wstrb: bits(wstrb),
            m_wlast: bits(wlast),
            m_bready: bits(bready),
            ..Outputs::default()
        };
        memory.observe(&inputs, &outputs).unwrap_or_else(|error| panic!("clock {clocks}: {error}"));
        if done != 0 && memory.is_quiet() {
            break;
        }
        clocks += 1;
        assert!(clocks < LIMIT, "the writes do not end");
    }
    let text = fs::read_to_string(wires.end().join("written.json")).expect("the writes were told");
    let written: Vec<(u64, String, u8)> = serde_json::from_str(&text).expect("address, data, response");
    let bytes: usize = written.iter().map(|(_, data, _)| data.len() / 2).sum();
    assert_eq!(8 * memory.beats, bytes as u64, "every beat came once");
    let mut expected: HashMap<u64, u8> = HashMap::new();
    let mut responses = BTreeSet::new();
    for (address, data, response) in &written {
        let end = address + data.len() as u64 / 2;
        let right = match address {
            0x1000..0x2000 => 0,
            0x2000..0x3000 if *address < 0x2800 => 2,
            0x2000..0x3000 => 0,
            _ => 3,
        };
        assert_eq!(*response, right, "{address:#x}");
        responses.insert(right);
        if right == 0 {
            let bytes = (0..data.len()).step_by(2).map(|at| u8::from_str_radix(&data[at..at + 2], 16));
            expected.extend((*address..end).zip(bytes.map(|byte| byte.expect("hex"))));
        }
    }
    assert_eq!(responses.len(), 3, "every response was given");
    for (address, byte) in expected {
        let word = memory.read(address & !3, 1)[0];
        assert_eq!(word.to_le_bytes()[(address % 4) as usize], byte, "{address:#x}");
    }
}
