//! What calls of the C ABI cost, on one thread, and what they may cost.

use portolan::object::{RawHandle, Signals};
use portolan::{Deadline, Packet, Port, PortOptions};
use portolan_capi::objects::{event_create, zx_object_signal};
use portolan_capi::ports::{create, zx_port_queue, zx_port_wait};
use portolan_capi::waits::zx_object_wait_async;
use portolan_capi::{In, Out};
use rustix::time::{ClockId, clock_gettime};

/// One of the figures to be met, in ns.
pub struct Figure {
    pub name: &'static str,
    pub measured: f64,
    pub goal: f64,
}

/// Ns of the processor that this thread has used.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Ns of one turn.
fn each(count: u64, mut turn: impl FnMut(u64)) -> f64 {
    (0..10_000).for_each(&mut turn);
    let begun = processor_time();
    (0..count).for_each(turn);
    (processor_time() - begun) / count as f64
}

fn input<T: Copy>(value: &T) -> In<'_, T> {
    // SAFETY: a reference is to one T.
    unsafe { In::from_raw(value) }
}

fn output<T: Copy>(value: &mut T) -> Out<'_, T> {
    // SAFETY: as above, and nobody else's.
    unsafe { Out::from_raw(value) }
}

fn made(make: impl FnOnce(Out<'_, RawHandle>) -> Result<(), portolan::Status>) -> RawHandle {
    let mut handle = 0;
    make(output(&mut handle)).expect("it can be made");
    handle
}

fn take(port: RawHandle) -> u64 {
    let mut packet = Packet::default();
    assert_eq!(zx_port_wait(port, i64::MAX, output(&mut packet)), 0);
    std::hint::black_box(packet).key()
}

fn through_rust(count: u64) -> f64 {
    let port = Port::new(PortOptions::default());
    each(count, |number| {
        port.queue(&Packet::user(number, 0, [7; 32])).expect("room");
        let packet = port.wait(Deadline::INFINITE).expect("it is there");
        assert_eq!(std::hint::black_box(packet).key(), number);
    })
}

fn through_c(count: u64) -> f64 {
    let port = made(|out| create(0, out));
    each(count, |number| {
        let packet = Packet::user(number, 0, [7; 32]);
        assert_eq!(zx_port_queue(port, input(&packet)), 0);
        assert_eq!(take(port), number);
    })
}

/// An event that shows one user signal and then the other, each waited for by a port.
fn signals(count: u64) -> f64 {
    let (port, event) = (made(|out| create(0, out)), made(|out| event_create(0, out)));
    let signal = |number: u64| Signals::user((number % 2) as u32).bits();
    each(count, |number| {
        let (rises, falls) = (signal(number), signal(number + 1));
        assert_eq!(zx_object_wait_async(event, port, number, rises, 0), 0);
        assert_eq!(zx_object_signal(event, falls, rises), 0);
        assert_eq!(take(port), number);
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Medians of so many rounds of so many turns.
pub fn measure(rounds: usize, count: u64) -> Vec<Figure> {
    let rounds = || 0..rounds;
    let beyond = rounds().map(|_| through_c(count) - through_rust(count)).collect();
    let signals = rounds().map(|_| signals(count)).collect();
    vec![
        Figure { name: "queue + wait through C, beyond Rust", measured: median(beyond), goal: 60.0 },
        Figure { name: "wait_async + signal + wait through C", measured: median(signals), goal: 300.0 },
    ]
}
