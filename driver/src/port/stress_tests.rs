//! Races of ports.md with real threads: E8, G5, D6, H1 and H2. loom has their smallest cases; here are
//! many threads, full rings, growth, and the system's own scheduler.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Barrier, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::tests::{packet, port};
use super::*;
use crate::{Contents, Interrupt};

/// How many rounds, many more when soaking.
fn rounds(usual: usize) -> usize {
    let soak = std::env::var_os("PORTOLAN_SOAK").is_some();
    if soak { 50 * usual } else { usual }
}

struct Nobody;

impl SignalSource for Nobody {
    fn forget(&self, _: &Arc<Observer>) {}
}

fn observe(port: &Port, handle: u64, key: u64) -> Result<Arc<Observer>, Status> {
    let source: Weak<Nobody> = Weak::new();
    port.inner.observe(Registration { handle, key, trigger: 1, repeating: false, source })
}

/// What became of each: bit 0 delivered, bit 1 canceled.
struct Fates(Vec<AtomicU8>);

impl Fates {
    fn new(count: usize) -> Self {
        Fates((0..count).map(|_| AtomicU8::new(0)).collect())
    }

    fn add(&self, key: u64, fate: u8) {
        assert_eq!(self.0[key as usize].fetch_or(fate, Ordering::SeqCst) & fate, 0, "{key} twice");
    }

    fn check(&self) {
        for (key, fate) in self.0.iter().enumerate() {
            let fate = fate.load(Ordering::SeqCst);
            assert!(fate == 1 || fate == 2, "G5: {key} has fate {fate}");
        }
    }
}

#[test]
fn each_registration_is_delivered_or_canceled_never_both_never_neither() {
    const COUNT: usize = 500;
    for round in 0..rounds(20) {
        let port = port();
        let fates = Fates::new(COUNT);
        let observers: Vec<_> = (0..COUNT as u64).map(|key| observe(&port, key % 3, key).unwrap()).collect();
        let over = AtomicBool::new(false);
        let start = Barrier::new(4);
        thread::scope(|scope| {
            let (fates, start, over, observers, port) = (&fates, &start, &over, &observers, &port);
            let firing = scope.spawn(move || {
                start.wait();
                for observer in observers {
                    observer.fire(1, 1, 0);
                }
            });
            let canceling = [false, true].map(|by_handle| {
                scope.spawn(move || {
                    start.wait();
                    for key in (0..COUNT as u64).rev().skip(round % 7) {
                        let canceled = match by_handle {
                            true => port.inner.cancel(key % 3, key),
                            false => port.cancel_key(key),
                        };
                        if canceled.is_ok() {
                            fates.add(key, 2);
                        }
                    }
                })
            });
            scope.spawn(move || {
                start.wait();
                loop {
                    let last = over.load(Ordering::SeqCst);
                    while let Ok(packet) = port.try_wait() {
                        fates.add(packet.key(), 1);
                    }
                    if last {
                        return;
                    }
                }
            });
            firing.join().unwrap();
            canceling.into_iter().for_each(|canceling| canceling.join().unwrap());
            over.store(true, Ordering::SeqCst);
        });
        fates.check();
    }
}

#[test]
fn each_user_packet_is_delivered_or_canceled_while_the_ring_grows() {
    const COUNT: usize = 1000;
    for _ in 0..rounds(20) {
        let port = port();
        let fates = Fates::new(COUNT);
        let over = AtomicBool::new(false);
        let start = Barrier::new(4);
        thread::scope(|scope| {
            let (fates, start, over, port) = (&fates, &start, &over, &port);
            let workers = [0, 1].map(|half| {
                scope.spawn(move || {
                    start.wait();
                    for key in (half..COUNT as u64).step_by(2) {
                        port.queue(&packet(key)).unwrap();
                    }
                })
            });
            let canceling = scope.spawn(move || {
                start.wait();
                for key in 0..COUNT as u64 {
                    if port.cancel_key(key).is_ok() {
                        fates.add(key, 2);
                    }
                }
            });
            scope.spawn(move || {
                start.wait();
                let mut packets = [Packet::default(); 7];
                loop {
                    let last = over.load(Ordering::SeqCst);
                    while let Ok(count) = port.wait_batch(&mut packets, Deadline::PAST) {
                        packets[..count].iter().for_each(|packet| {
                            assert_eq!(packet.contents(), Contents::User([packet.key() as u8; 32]));
                            fates.add(packet.key(), 1);
                        });
                    }
                    if last {
                        return;
                    }
                    thread::yield_now();
                }
            });
            workers.into_iter().for_each(|worker| worker.join().unwrap());
            canceling.join().unwrap();
            over.store(true, Ordering::SeqCst);
        });
        fates.check();
    }
}

#[test]
fn packets_and_signals_keep_one_order_while_others_are_canceled() {
    const COUNT: u64 = 3000;
    const CANCELED: u64 = u64::MAX;
    for _ in 0..rounds(5) {
        let port = port();
        thread::scope(|scope| {
            let port = &port;
            scope.spawn(move || {
                for key in 0..COUNT {
                    match key % 3 {
                        0 => drop(observe(port, 1, key).unwrap().fire(1, 1, 0)),
                        _ => port.queue(&packet(key)).unwrap(),
                    }
                    port.queue(&packet(CANCELED)).unwrap();
                    if key % 16 == 0 {
                        let _ = port.cancel_key(CANCELED);
                    }
                }
            });
            let mut next = 0;
            while next < COUNT {
                let key = port.wait(Deadline::INFINITE).unwrap().key();
                if key != CANCELED {
                    assert_eq!(key, next);
                    next += 1;
                }
            }
        });
    }
}

#[test]
fn waiters_whose_packets_are_canceled_sleep_on_and_none_is_forgotten() {
    const WAITERS: u64 = 4;
    const END: u64 = 1;
    for _ in 0..rounds(5) {
        let port = port();
        let woken = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..WAITERS {
                let (port, woken) = (&port, &woken);
                scope.spawn(move || {
                    let limit = Deadline::after(Duration::from_secs(60));
                    while port.wait(limit).unwrap().key() != END {
                        woken.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            let (mut queued, mut canceled) = (0, 0);
            for _ in 0..2000 {
                // One packet only, so that a cancel counts one.
                port.queue(&packet(2)).unwrap();
                queued += 1;
                canceled += usize::from(port.cancel_key(2).is_ok());
            }
            let limit = Instant::now() + Duration::from_secs(20);
            while woken.load(Ordering::SeqCst) + canceled != queued {
                assert!(Instant::now() < limit, "E8: a packet is neither canceled nor delivered");
                thread::yield_now();
            }
            (0..WAITERS).for_each(|_| port.queue(&packet(END)).unwrap());
        });
    }
}

#[test]
fn a_packet_that_races_with_the_close_is_refused_or_gone_and_interrupts_stay() {
    for _ in 0..rounds(300) {
        let port = port();
        let interrupt = Interrupt::virtual_interrupt();
        interrupt.bind(&port, 9).unwrap();
        let observer = observe(&port, 1, 8).unwrap();
        let start = Barrier::new(4);
        thread::scope(|scope| {
            let (start, port) = (&start, &port);
            for first in [0, 100] {
                scope.spawn(move || {
                    start.wait();
                    let results: Vec<_> = (first..first + 20).map(|key| port.queue(&packet(key))).collect();
                    let refused = results.iter().position(Result::is_err).unwrap_or(results.len());
                    assert!(results[..refused].iter().all(Result::is_ok));
                    assert!(results[refused..].iter().all(|r| *r == Err(Status::BAD_HANDLE)), "D6");
                });
            }
            scope.spawn(|| {
                start.wait();
                interrupt.trigger(5).unwrap();
                observer.fire(1, 1, 0);
            });
            start.wait();
            port.close();
        });
        assert_eq!(port.try_wait().map(|packet| packet.key()), Ok(9), "H3");
        assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "H1");
    }
}

#[test]
fn closing_wakes_no_waiter_and_a_bound_interrupt_still_does() {
    let port = port();
    let interrupt = Interrupt::virtual_interrupt();
    interrupt.bind(&port, 9).unwrap();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| port.wait(Deadline::INFINITE).map(|packet| packet.key()));
        super::tests::until_asleep(&port, 1);
        port.close();
        assert_eq!(port.waiters(), 1, "H2");
        assert_eq!(port.queue(&packet(1)), Err(Status::BAD_HANDLE));
        assert_eq!(port.waiters(), 1, "H4: what is refused wakes nobody");
        interrupt.trigger(1).unwrap();
        assert_eq!(waiter.join().unwrap(), Ok(9), "H3");
        let deadline = Deadline::after(Duration::from_millis(5));
        assert_eq!(port.wait(deadline), Err(Status::TIMED_OUT), "H2");
    });
}
