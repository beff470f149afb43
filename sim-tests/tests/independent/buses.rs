//! The Verilog of the AXI tops between cocotbext-axi's master and memory.

use std::fs;
use std::path::Path;

use portolan_regs::slot;
use portolan_sim::axi::burst::Burst;
use portolan_sim::raw::{Packet, seed};

use crate::environment::{Kind, run};
use crate::trace::judge;

/// Bits of `fault` in harness.v.
const RESPONSE_TAKEN_BACK: u32 = 1;
const LAST_BEAT_LATE: u32 = 2;
const WRONG_BIT: u32 = 4;
const WRAP_GOES_ON: u32 = 8;

#[test]
fn an_independent_master_finds_the_registers_of_both_tops() {
    let Some(run) = run(Kind::Verilog, "registers", "test_registers", ".*", seed(1), 0) else { return };
    assert!(run.passed, "{}", run.said);
    assert!(run.said.contains("2 ran, 0 failed"), "{}", run.said);
}

#[test]
fn an_independent_master_finds_a_response_that_is_taken_back() {
    let run = run(Kind::Verilog, "taken_back", "test_registers", "plain", seed(1), RESPONSE_TAKEN_BACK);
    let Some(run) = run else { return };
    assert!(!run.passed && run.said.contains("never ends"), "{}", run.said);
}

#[test]
fn an_independent_master_sends_bursts_to_the_zynq_top_and_finds_its_registers() {
    let Some(run) = run(Kind::Verilog, "bursts", "test_bursts", ".*", seed(1), 0) else { return };
    assert!(run.passed, "{}", run.said);
    assert!(run.said.contains("2 ran, 0 failed"), "{}", run.said);
}

#[test]
fn an_independent_master_finds_a_burst_that_goes_on_instead_of_wrapping() {
    let Some(run) = run(Kind::Verilog, "goes_on", "test_bursts", "bursts_of", seed(1), WRAP_GOES_ON) else {
        return;
    };
    assert!(!run.passed && run.said.contains("WRAP"), "{}", run.said);
}

/// The bursts of a run in which our checker must find nothing.
fn legal(folder: &Path) -> Vec<Burst> {
    let judged = judge(folder).unwrap_or_else(|error| panic!("our checker refuses: {error}"));
    assert!(judged.quiet, "a burst is under way at the end");
    judged.bursts
}

/// The words of the ring's slots as the bursts of a trace brought them.
fn slots(bursts: &[Burst]) -> Vec<Vec<u32>> {
    let halves = |beat: &u64| [*beat as u32, (*beat >> 32) as u32];
    let words = bursts.iter().flat_map(|burst| burst.data.iter().flat_map(halves)).collect::<Vec<u32>>();
    words.chunks(slot::INTERRUPT_WORDS).map(<[u32]>::to_vec).collect()
}

#[test]
fn an_independent_memory_receives_rings_and_our_checker_calls_the_same_writes_legal() {
    let Some(run) = run(Kind::Verilog, "rings", "test_rings", "edges_become_slots", seed(1), 0) else {
        return;
    };
    assert!(run.passed, "{}", run.said);
    let bursts = legal(&run.folder);
    let one = slot::INTERRUPT_WORDS / 2;
    assert!(bursts.iter().any(|burst| burst.data.len() == one), "a slot by itself");
    assert!(bursts.iter().any(|burst| burst.data.len() > one), "several slots in one burst");
    // Both read the same in the slots.
    let text = fs::read_to_string(run.folder.join("slots.json")).expect("the slots were written");
    let theirs: Vec<[u64; 9]> = serde_json::from_str(&text).expect("nine numbers a slot");
    let ours: Vec<[u64; 9]> = slots(&bursts)
        .iter()
        .map(|words| {
            let packet = Packet::decode(words);
            let check = slot::CHECK.get(words[slot::BINDING]);
            assert_eq!(check, u32::from(slot::check(words)), "{words:x?}");
            let [line, kind, flags, generation, count] =
                [packet.line, packet.kind, packet.flags, packet.generation, packet.count].map(u64::from);
            let (ticks, before) = (packet.ticks, packet.counted_before);
            let sequence = words[slot::SEQUENCE].into();
            [ticks, before, line, kind, flags, generation, check.into(), count, sequence]
        })
        .collect();
    assert!(ours.len() > 200, "{} slots", ours.len());
    assert_eq!(ours, theirs);
}

#[test]
fn a_write_that_an_independent_memory_refuses_ends_the_ring() {
    let Some(run) = run(Kind::Verilog, "refused", "test_rings", "refuses", seed(1), 0) else { return };
    assert!(run.passed, "{}", run.said);
    let bursts = legal(&run.folder);
    assert_eq!(bursts.len(), 1, "the ring has ended");
}

#[test]
fn a_last_beat_that_comes_late_is_found_by_both() {
    let Some(run) = run(Kind::Verilog, "late", "test_rings", "edges_become_slots", seed(1), LAST_BEAT_LATE)
    else {
        return;
    };
    assert!(!run.passed && run.said.contains("assert last =="), "{}", run.said);
    let Err(error) = judge(&run.folder) else { panic!("our checker does not see it") };
    assert!(error.to_string().contains("WLAST is not at the last beat"), "{error}");
}

#[test]
fn a_wrong_bit_is_found_by_the_check_of_both() {
    let Some(run) = run(Kind::Verilog, "bit", "test_rings", "edges_become_slots", seed(1), WRONG_BIT) else {
        return;
    };
    assert!(!run.passed && run.said.contains("is off by 0x0001"), "{}", run.said);
    // It breaks no rule of the bus.
    let Ok(judged) = judge(&run.folder) else { panic!("the writes are legal") };
    let slots = slots(&judged.bursts);
    let first = slots.first().expect("a slot was written");
    assert_ne!(slot::CHECK.get(first[slot::BINDING]), u32::from(slot::check(first)));
}
