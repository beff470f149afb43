//! What objects cost: a counting allocator measures it.
#![allow(unsafe_code, reason = "an allocator that counts is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use portolan::object::{AsHandle, AsyncOptions, Event, HandleTable, RawHandle, Rights, Signals};
use portolan::{Port, PortOptions, Status};

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is passed on to the system's allocator as it is; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(live, Ordering::Relaxed);
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above; the pointer came from `alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One more than Zircon's own test registers, whose point is that there is no limit (F10).
const EVENTS: usize = 16_385;
const LIMIT: usize = 10_000_000;

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("Linux lists a process's descriptors").count()
}

#[test]
fn events_with_handles_registered_on_one_port_stay_below_ten_megabytes_and_all_are_delivered() {
    let (before, descriptors) = (LIVE.load(Ordering::Relaxed), open_descriptors());
    MOST.store(before, Ordering::Relaxed);

    let table = HandleTable::new();
    let port = Port::new(PortOptions::default());
    let events: Vec<RawHandle> =
        (0..EVENTS).map(|_| table.insert(Event::new()).expect("there is room")).collect();
    for (key, event) in events.iter().enumerate() {
        table
            .wait_async(*event, Rights::WAIT, &port, key as u64, Signals::SIGNALED, AsyncOptions::default())
            .expect("there is no limit");
    }
    let registered = LIVE.load(Ordering::Relaxed) - before;
    for event in &events {
        let set = |event: &portolan::object::Handle| event.signal(Signals::NONE, Signals::SIGNALED);
        assert_eq!(table.with(*event, set), Ok(Ok(())));
    }
    for key in 0..EVENTS {
        assert_eq!(port.try_wait().map(|packet| packet.key()), Ok(key as u64));
    }
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));

    let most = MOST.load(Ordering::Relaxed) - before;
    println!("{EVENTS} events: {registered} bytes registered, {most} at most");
    assert!(most < LIMIT, "{most} bytes");
    assert_eq!(open_descriptors(), descriptors, "no descriptor per object");
    drop((table, port, events));
    let left = LIVE.load(Ordering::Relaxed) - before;
    assert!(left < 4096, "{left} bytes are left behind");
}
