//! The misuse of the C functions, guided by coverage: libFuzzer chooses the bytes that decide what is called with what, and
//! keeps those that lead to code which was not run before. Calls, judgement and all else are those of `tests/misuse`, with
//! one thread. `make soak` runs it for a while, under AddressSanitizer.

#![no_main]
#![allow(dead_code, reason = "the tests use all of it")]

#[path = "../tests/misuse/calls.rs"]
mod calls;
#[path = "../tests/misuse/dice.rs"]
mod dice;
#[path = "../tests/misuse/fuzzer.rs"]
mod fuzzer;
#[path = "../tests/misuse/gate.rs"]
mod gate;
#[path = "../tests/misuse/memory.rs"]
mod memory;
#[path = "../tests/misuse/pool.rs"]
mod pool;
#[path = "../tests/misuse/rows/mod.rs"]
mod rows;
#[path = "../tests/misuse/watch.rs"]
mod watch;

use std::sync::LazyLock;

use portolan_conformance::abi::OK;

use calls::c;
use fuzzer::{Fuzzer, Setting};
use watch::Watch;

static WATCH: LazyLock<Watch> = LazyLock::new(|| Watch::new(1, 0, "these bytes".to_owned()));

fn say(text: &str) {
    eprintln!("{text}");
}

libfuzzer_sys::fuzz_target!(|bytes: Vec<u8>| {
    let pool = pool::Pool::new();
    let setting = Setting { alone: true, ..Setting::default() };
    let dice = dice::Dice::Bytes(bytes.into_iter());
    let mut fuzzer = Fuzzer::new(dice, &pool, setting, WATCH.stations[0].clone());
    while fuzzer.dice.lasts() {
        fuzzer.step();
    }
    for known in pool.drain() {
        assert_eq!(c!(zx_handle_close(known.raw)), OK, "{known:?}");
    }
    for descriptor in pool.drain_descriptors() {
        assert_eq!(c!(portolan_poll_close(descriptor)), OK);
    }
});
