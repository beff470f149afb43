//! portolan_*: the board is opened once, before the run, since that takes a while; here are the names that are none.

use portolan_capi::boards::BoardInfo;
use portolan_conformance::abi::LineCounters;
use portolan_conformance::abi::*;

use super::LINES;
use crate::calls::c;
use crate::fuzzer::Fuzzer;
use crate::memory::Memory;
use crate::pool::kind;

pub fn portolan_board_open(f: &mut Fuzzer<'_>) -> Option<i32> {
    if f.setting.board != 0 {
        // The run may have closed all that it had of the board.
        f.lend(f.setting.board);
    }
    let name: &[u8] = f.dice.pick(&[&b"\0"[..], b"nobody\0", b"simulated\0", b"\xFF\xFE\0"]);
    let mut memory = Memory::holding(&mut f.dice, name);
    let null = f.dice.one_in(8);
    f.gate.must_if(null || name[0] == 0xFF, INVALID_ARGS);
    f.gate.must(NOT_FOUND);
    let mut memory_or_null =
        |null: bool| if null { std::ptr::null() } else { memory.pointer().cast_const().cast() };
    let mut out = f.out::<u32>();
    let status = c!(portolan_board_open(memory_or_null(null), out.pointer()));
    assert!(out.untouched());
    Some(status)
}

fn line(f: &mut Fuzzer<'_>) -> u32 {
    let line = if f.dice.one_in(8) { f.dice.number32() } else { f.dice.below(4) as u32 };
    f.gate.must_if(line >= LINES, OUT_OF_RANGE);
    line
}

pub fn portolan_board_fire(f: &mut Fuzzer<'_>) -> Option<i32> {
    let resource = f.handle(Some(kind::RESOURCE), right::WRITE);
    let line = line(f);
    Some(c!(portolan_board_fire(resource.raw, line)))
}

pub fn portolan_board_get_info(f: &mut Fuzzer<'_>) -> Option<i32> {
    let resource = f.handle(Some(kind::RESOURCE), 0);
    let mut info = f.out::<BoardInfo>();
    f.gate.must_if(info.is_null(), INVALID_ARGS);
    let status = c!(portolan_board_get_info(resource.raw, info.pointer()));
    match status {
        OK => assert_eq!((info.get(0).lines, info.get(0).simulated), (LINES, 1)),
        _ => assert!(info.untouched()),
    }
    Some(status)
}

pub fn portolan_board_get_time(f: &mut Fuzzer<'_>) -> Option<i32> {
    let resource = f.handle(Some(kind::RESOURCE), 0);
    let mut time = f.out::<i64>();
    f.gate.must_if(time.is_null(), INVALID_ARGS);
    let status = c!(portolan_board_get_time(resource.raw, time.pointer()));
    assert!(if status == OK { time.get(0) >= 0 } else { time.untouched() });
    Some(status)
}

pub fn portolan_line_get_counters(f: &mut Fuzzer<'_>) -> Option<i32> {
    let resource = f.handle(Some(kind::RESOURCE), 0);
    let line = line(f);
    let mut counters = f.out::<LineCounters>();
    f.gate.must_if(counters.is_null(), INVALID_ARGS);
    let status = c!(portolan_line_get_counters(resource.raw, line, counters.pointer()));
    if status != OK {
        assert!(counters.untouched());
        return Some(status);
    }
    let own = counters.get(0);
    let sum = own.delivered + own.coalesced + own.lost + own.discarded + own.undelivered;
    assert_eq!(own.edges, sum, "an edge is missing: {own:?}");
    Some(status)
}

pub fn portolan_sim_set_pins(f: &mut Fuzzer<'_>) -> Option<i32> {
    let resource = f.handle(Some(kind::RESOURCE), right::WRITE);
    let pins = f.dice.number64() as u64;
    Some(c!(portolan_sim_set_pins(resource.raw, pins)))
}

pub fn portolan_sim_run(f: &mut Fuzzer<'_>) -> Option<i32> {
    let resource = f.handle(Some(kind::RESOURCE), right::WRITE);
    // The call lasts as long as it takes to simulate them.
    let ticks = f.dice.below(200) as u64;
    Some(c!(portolan_sim_run(resource.raw, ticks)))
}
