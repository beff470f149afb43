//! The measurements, each of one peer and one round.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use portolan::{Deadline, Packet, Port, PortOptions};
use rustix::time::{ClockId, clock_gettime};

use crate::peers::{Futex, Peer};

/// A packet that depends on its number in every part.
fn packet(number: u64) -> Packet {
    Packet::user(number, number as i32, [number as u8; 32])
}

/// Ns of the processor that this thread has used: other programs on the machine hardly change it.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Ns of the processor per send and receive on one thread, with so many packets in the queue before.
pub fn same_thread<P: Peer>(count: u64, standing: u64) -> f64 {
    let peer = P::new();
    (0..standing).for_each(|number| peer.send(packet(number)));
    let turn = |number: u64| {
        peer.send(packet(number + standing));
        assert_eq!(std::hint::black_box(peer.receive()).key(), number);
    };
    // Once around every queue.
    let warm = 10_000;
    (0..warm).for_each(turn);
    let begun = processor_time();
    (warm..warm + count).for_each(turn);
    (processor_time() - begun) / count as f64
}

/// The same over many ports in turn.
pub fn many_ports(count: u64, ports: usize) -> f64 {
    let ports: Vec<_> = (0..ports).map(|_| Port::new(PortOptions::default())).collect();
    let turn = |number: u64| {
        let port = &ports[number as usize % ports.len()];
        port.queue(&packet(number)).expect("room");
        let packet = port.wait(Deadline::INFINITE).expect("it is there");
        assert_eq!(std::hint::black_box(packet).key(), number);
    };
    let warm = 10 * ports.len().max(1000) as u64;
    (0..warm).for_each(turn);
    let begun = processor_time();
    (warm..warm + count).for_each(turn);
    (processor_time() - begun) / count as f64
}

/// Keeps this thread on the machine's first or second processor that it may use, if there is one. Otherwise
/// the kernel sometimes puts both ends on one, and the figures are of two different things.
fn pin(place: usize) {
    let Ok(usable) = rustix::thread::sched_getaffinity(None) else { return };
    let processors = (0..rustix::thread::CpuSet::MAX_CPU).filter(|processor| usable.is_set(*processor));
    let Some(processor) = processors.clone().nth(place).or(processors.max()) else { return };
    let mut own = rustix::thread::CpuSet::new();
    own.set(processor);
    let _ = rustix::thread::sched_setaffinity(None, &own);
}

/// Millions of packets per second of so many sending threads and one that receives. A single sender has a
/// processor to itself, as the receiver; several are left to the kernel.
pub fn throughput<P: Peer>(count: u64, senders: u64) -> f64 {
    let each = count / senders;
    let all = each * senders;
    let (peer, start) = (&P::new(), &Barrier::new(senders as usize + 1));
    thread::scope(|scope| {
        let receiver = scope.spawn(move || {
            if senders == 1 {
                pin(1);
            }
            start.wait();
            let begun = Instant::now();
            let sum = (0..all).map(|_| peer.receive().key()).fold(0, u64::wrapping_add);
            let elapsed = begun.elapsed();
            assert_eq!(sum, (0..all).fold(0, u64::wrapping_add), "every packet once");
            all as f64 / elapsed.as_secs_f64() / 1e6
        });
        for sender in 0..senders {
            scope.spawn(move || {
                if senders == 1 {
                    pin(0);
                }
                start.wait();
                (0..each).for_each(|i| peer.send(packet(i * senders + sender)));
            });
        }
        receiver.join().expect("no panic")
    })
}

/// Median ns from one thread's send to the return of another's receive, when neither sleeps for long: half
/// of a round trip, each end on a processor of its own.
pub fn spinning<P: Peer>(count: u64) -> f64 {
    let (there, back) = (&P::new(), &P::new());
    thread::scope(|scope| {
        scope.spawn(move || {
            pin(0);
            (0..count).for_each(|_| back.send(there.receive()));
        });
        let asker = scope.spawn(move || {
            pin(1);
            let mut times = Vec::with_capacity(count as usize);
            for number in 0..count {
                let begun = Instant::now();
                there.send(packet(number));
                assert_eq!(back.receive().key(), number);
                times.push(begun.elapsed().as_nanos() as f64 / 2.0);
            }
            median(times)
        });
        asker.join().expect("no panic")
    })
}

/// Something on which a thread sleeps.
pub trait Sleep: Sync {
    /// Sleeps until the next [`wake`](Self::wake).
    fn sleep(&self);
    /// Wakes the sleeper.
    fn wake(&self);
}

/// One word and the two system calls: nothing wakes a thread sooner that sleeps.
#[derive(Default)]
pub struct BareFutex(Futex);

impl Sleep for BareFutex {
    fn sleep(&self) {
        while self.0.0.swap(0, Ordering::SeqCst) == 0 {
            self.0.sleep(0);
        }
    }

    fn wake(&self) {
        self.0.0.store(1, Ordering::SeqCst);
        self.0.wake();
    }
}

impl<P: Peer> Sleep for P {
    fn sleep(&self) {
        self.receive();
    }

    fn wake(&self) {
        self.send(packet(0));
    }
}

/// Median ns from just before the wake to the return from the sleep.
pub fn waking<S: Sleep>(sleeper: &S, count: u32) -> f64 {
    thread::scope(|scope| {
        let waker = || {
            pin(1);
            wake_again_and_again(sleeper, count)
        };
        scope.spawn(waker).join().expect("no panic")
    })
}

fn wake_again_and_again<S: Sleep>(sleeper: &S, count: u32) -> f64 {
    let zero = Instant::now();
    let now = || zero.elapsed().as_nanos() as u64;
    let (woken, round, begins) = (AtomicU64::new(0), AtomicU32::new(0), AtomicU32::new(0));
    let over = AtomicBool::new(false);
    let mut times = Vec::new();
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            pin(0);
            let id = rustix::thread::gettid();
            begins.store(id.as_raw_nonzero().get().cast_unsigned(), Ordering::SeqCst);
            while !over.load(Ordering::SeqCst) {
                sleeper.sleep();
                woken.store(now(), Ordering::SeqCst);
                round.fetch_add(1, Ordering::SeqCst);
            }
        });
        while begins.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        let state = format!("/proc/self/task/{}/stat", begins.load(Ordering::SeqCst));
        for turn in 1..=count {
            until_asleep(&state);
            over.store(turn == count, Ordering::SeqCst);
            let begun = now();
            sleeper.wake();
            while round.load(Ordering::SeqCst) != turn {
                thread::yield_now();
            }
            times.push(woken.load(Ordering::SeqCst).saturating_sub(begun) as f64);
        }
        thread.join().expect("it ends");
    });
    median(times)
}

/// Waits until the kernel says that a thread sleeps, then a moment more, so that its processor is at rest.
fn until_asleep(state: &str) {
    let asleep = || std::fs::read_to_string(state).is_ok_and(|text| text.contains(") S "));
    while !asleep() {
        thread::sleep(Duration::from_micros(20));
    }
    thread::sleep(Duration::from_micros(100));
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
