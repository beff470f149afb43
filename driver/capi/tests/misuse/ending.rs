//! Calls that a thread makes when it ends: as the destructor of an object of its own, which closes what it holds.
//!
//! By then what the library keeps for the thread is gone. A thread's objects are destroyed in the reverse order of their
//! making, so one that is there before the library's first call is the last.

use std::cell::RefCell;

use crate::dice::Dice;
use crate::fuzzer::{Fuzzer, Setting};
use crate::pool::Pool;
use crate::watch::Watch;

const CALLS: u64 = 10_000;

/// What a thread does last.
struct Last(Box<dyn FnMut()>);

impl Drop for Last {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Makes calls in the middle of a thread's life, and at its end.
pub fn calls_at_the_end(seed: u64) {
    // A thread that ends has no handle of itself any more, like one that has closed it.
    let setting = Setting { borrowed: true, alone: true, ..Setting::default() };
    let calls = move |stream| {
        let pool = Pool::new();
        let watch = Watch::new(1, 0, format!("PORTOLAN_SEED={seed}"));
        let mut fuzzer = Fuzzer::new(Dice::seeded(seed, stream), &pool, setting, watch.stations[0].clone());
        while fuzzer.made < CALLS {
            fuzzer.step();
        }
    };
    let (said, ended) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let last = Last(Box::new(move || {
            calls(1);
            said.send(()).expect("it is waited for");
        }));
        LAST.set(Some(last));
        calls(0);
    });
    thread.join().expect("the calls in its middle are judged");
    ended.recv().expect("the calls at its end are made");
}
