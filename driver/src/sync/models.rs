//! loom models of the ring, its lock and the waiter: every order in which the threads' steps can fall.
//!
//! Run by `make loom`. Two or three threads and one or two packets each: what goes wrong with a lock-free
//! queue goes wrong with so few.

use std::sync::Arc;

use loom::thread;

use super::latch::Latch;
use super::ring::{Refused, Ring, Shape};
use super::waiter::{Token, Waiter};

struct Small;

impl Shape for Small {
    const LIMIT: u64 = 2;
    const CAPACITIES: [u64; 4] = [1, 2, 4, 8];
}

type Queue = Ring<u64, Vec<u64>, Small>;

/// Explores all schedules with at most so many involuntary switches.
fn check(preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 20_000;
    builder.check(body);
}

fn pop_all(ring: &Queue) -> Vec<u64> {
    let mut held = ring.lock();
    std::iter::from_fn(|| held.pop()).collect()
}

#[test]
fn the_latch_lets_one_thread_in_and_leaves_none_asleep() {
    check(3, || {
        let latch = Arc::new(Latch::new(0));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let latch = latch.clone();
                thread::spawn(move || *latch.lock() += 1)
            })
            .collect();
        *latch.lock() += 1;
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(*latch.lock(), 3);
    });
}

#[test]
fn two_writers_lose_nothing_while_the_ring_grows_and_a_reader_reads() {
    check(3, || {
        let ring = Arc::new(Queue::default());
        let writers: Vec<_> = [1, 2]
            .map(|value| {
                let ring = ring.clone();
                thread::spawn(move || ring.push(value).unwrap())
            })
            .into();
        let mut seen = pop_all(&ring);
        writers.into_iter().for_each(|writer| {
            writer.join().unwrap();
        });
        seen.extend(pop_all(&ring));
        seen.sort_unstable();
        assert_eq!(seen, [1, 2]);
    });
}

#[test]
fn what_one_writer_pushes_leaves_in_its_order() {
    check(3, || {
        let ring = Arc::new(Queue::default());
        let writer = {
            let ring = ring.clone();
            thread::spawn(move || [1, 2, 3].map(|value| ring.push(value)))
        };
        let mut seen = pop_all(&ring);
        assert!(writer.join().unwrap().iter().all(Result::is_ok));
        seen.extend(pop_all(&ring));
        assert_eq!(seen, [1, 2, 3]);
    });
}

#[test]
fn the_limit_holds_exactly_between_two_writers() {
    check(3, || {
        let ring = Arc::new(Queue::default());
        for value in [1, 2] {
            ring.push(value).unwrap();
        }
        let other = {
            let ring = ring.clone();
            thread::spawn(move || ring.push(3))
        };
        let results = [ring.push(4), other.join().unwrap()];
        assert_eq!(results.iter().filter(|result| **result == Err(Refused::Full)).count(), 1);
        assert_eq!(pop_all(&ring).len(), 3);
        assert_eq!(ring.push(5), Ok(false), "room at once");
    });
}

#[test]
fn a_place_is_used_again_only_when_its_reader_has_gone() {
    check(3, || {
        let ring = Arc::new(Queue::default());
        ring.push(1).unwrap();
        let writer = {
            let ring = ring.clone();
            thread::spawn(move || [2, 3, 4].map(|value| ring.push(value)))
        };
        let mut seen = pop_all(&ring);
        let pushed = writer.join().unwrap().iter().filter(|result| result.is_ok()).count();
        seen.extend(pop_all(&ring));
        assert_eq!(seen.len(), 1 + pushed);
        assert!(seen.is_sorted());
    });
}

#[test]
fn a_removed_value_is_never_read_and_a_read_one_never_counted_as_removed() {
    check(3, || {
        let ring = Arc::new(Queue::default());
        ring.push(1).unwrap();
        let writer = {
            let ring = ring.clone();
            thread::spawn(move || ring.push(2).unwrap())
        };
        let remover = {
            let ring = ring.clone();
            thread::spawn(move || ring.lock().remove(|value| *value == 1, |_, _, _| ()))
        };
        let mut seen = pop_all(&ring);
        writer.join().unwrap();
        let removed = remover.join().unwrap();
        seen.extend(pop_all(&ring));
        assert_eq!(seen.iter().filter(|value| **value == 1).count() + removed, 1);
        assert_eq!(seen.iter().filter(|value| **value == 2).count(), 1);
    });
}

#[test]
fn after_a_close_nothing_is_left_and_nothing_comes() {
    check(3, || {
        let ring = Arc::new(Queue::default());
        let writer = {
            let ring = ring.clone();
            thread::spawn(move || ring.push(1).is_ok())
        };
        let removed = {
            let mut held = ring.lock();
            held.close();
            held.remove(|_| true, |_, _, _| ())
        };
        assert_eq!(ring.push(2), Err(Refused::Closed));
        let came = writer.join().unwrap();
        assert_eq!(usize::from(came), removed, "in before the close, and removed, or refused");
        assert!(pop_all(&ring).is_empty());
    });
}

#[test]
fn a_reader_that_goes_to_sleep_is_seen_or_sees() {
    check(3, || {
        let ring = Arc::new(Queue::default());
        let writer = {
            let ring = ring.clone();
            thread::spawn(move || ring.push(1).unwrap())
        };
        let sleeps = {
            let held = ring.lock();
            held.set_sleepers(1);
            held.is_vacant()
        };
        let told = writer.join().unwrap();
        assert!(told || !sleeps, "asleep, and nobody knows");
    });
}

#[test]
fn a_token_reaches_a_waiter_that_falls_asleep() {
    check(4, || {
        let waiter = Arc::new(Waiter::default());
        let other = {
            let waiter = waiter.clone();
            thread::spawn(move || {
                waiter.mark(Token::POSTED);
                waiter.rouse();
            })
        };
        assert!(waiter.sleep(i64::MAX));
        assert_eq!(waiter.take(), Token::POSTED);
        other.join().unwrap();
    });
}

#[test]
fn two_tokens_from_two_threads_both_arrive() {
    check(3, || {
        let waiter = Arc::new(Waiter::default());
        let others = [Token::POSTED, Token::RETRY].map(|token| {
            let waiter = waiter.clone();
            thread::spawn(move || {
                waiter.mark(token);
                waiter.rouse();
            })
        });
        let mut seen = Token::NONE;
        while !(seen.has(Token::POSTED) && seen.has(Token::RETRY)) {
            assert!(waiter.sleep(i64::MAX));
            seen = seen.and(waiter.take());
        }
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}
