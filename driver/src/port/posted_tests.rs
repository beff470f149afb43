//! Whose turn it is among packets that wait in the hardware, those of programs, and signals.

use std::sync::{Arc, Weak};

use super::super::queue::Contents;
use super::super::{Fired, Observer, Registration, SignalSource};
use super::*;
use crate::{Port, PortOptions};

/// Whose signals are waited for.
struct Source;

impl SignalSource for Source {
    fn forget(&self, _: &Arc<Observer>) {}
}

fn packet(key: u64) -> Packet {
    Packet::user(key, 0, [0; 32])
}

/// Hardware in which so many packets wait, whose keys count from 100.
struct Hardware {
    waiting: u32,
    next: u64,
}

impl Hardware {
    fn holding(waiting: u32) -> Hardware {
        Hardware { waiting, next: 100 }
    }

    /// The key of what a reader gets.
    fn take(&mut self, queue: &mut Queue<'_>) -> Option<u64> {
        if self.waiting == 0 {
            return queue.pop_regular().map(|packet| packet.key());
        }
        match queue.turn(self.waiting) {
            Turn::Packet(packet) => Some(packet.key()),
            Turn::Post => {
                self.waiting -= 1;
                self.next += 1;
                Some(self.next - 1)
            }
            Turn::Interrupt | Turn::Closed => panic!("there is neither"),
        }
    }

    fn take_all(&mut self, queue: &mut Queue<'_>) -> Vec<u64> {
        std::iter::from_fn(|| self.take(queue)).collect()
    }
}

#[test]
fn a_run_leaves_behind_what_was_queued_before_it_was_accepted_and_before_what_came_after() {
    let contents = Contents::default();
    (0..2).for_each(|key| assert_eq!(contents.push(packet(key)), Ok(false)));
    let mut hardware = Hardware::holding(2);
    let mut queue = contents.lock();
    assert_eq!(hardware.take(&mut queue), Some(0));
    (2..4).for_each(|key| assert_eq!(contents.push(packet(key)), Ok(false)));
    hardware.waiting += 1;
    // The third one came after the run was accepted.
    assert_eq!(hardware.take_all(&mut queue), [1, 100, 101, 2, 3, 102]);
}

#[test]
fn packets_that_a_cancel_moves_stay_on_their_side_of_a_run() {
    for canceled in 0..5 {
        let contents = Contents::default();
        (0..3).for_each(|key| assert_eq!(contents.push(packet(key)), Ok(false)));
        let mut hardware = Hardware::holding(1);
        let mut queue = contents.lock();
        queue.accept(1);
        (3..5).for_each(|key| assert_eq!(contents.push(packet(key)), Ok(false)));
        assert_eq!(queue.cancel_key(canceled).count, 1);
        let expected: Vec<_> = [0, 1, 2, 100, 3, 4].into_iter().filter(|key| *key != canceled).collect();
        assert_eq!(hardware.take_all(&mut queue), expected, "without {canceled}");
    }
}

#[test]
fn packets_that_are_held_leave_in_their_order_though_no_hardware_is_left() {
    let port = Port::new(PortOptions::default());
    port.queue(&packet(0)).unwrap();
    (1..4).for_each(|key| port.inner.hold(packet(key)));
    port.queue(&packet(4)).unwrap();
    assert_eq!(port.cancel_key(2), Ok(()));
    assert_eq!(port.cancel_key(2), Err(Status::NOT_FOUND));
    let keys: Vec<_> = std::iter::from_fn(|| port.try_wait().ok()).map(|packet| packet.key()).collect();
    assert_eq!(keys, [0, 1, 3, 4]);
}

#[test]
fn a_packet_that_becomes_held_wakes_a_thread_that_sleeps() {
    let port = Port::new(PortOptions::default());
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| port.wait(crate::Deadline::INFINITE));
        while port.waiters() == 0 {
            std::thread::yield_now();
        }
        port.inner.hold(packet(7));
        assert_eq!(reader.join().unwrap(), Ok(packet(7)));
    });
}

#[test]
fn a_port_holds_as_many_as_it_takes_from_programs() {
    let port = Port::new(PortOptions::default());
    for key in 0..=Sizes::LIMIT {
        assert!(port.inner.can_hold(), "{key}");
        port.inner.hold(packet(key));
    }
    assert!(!port.inner.can_hold());
    port.try_wait().unwrap();
    assert!(port.inner.can_hold());
}

#[test]
fn signals_leave_before_a_run_if_they_were_queued_before_it_was_accepted() {
    for canceled in [None, Some(10), Some(12)] {
        let port = Port::new(PortOptions::default());
        let observers = [10, 11, 12].map(|key| {
            let source: Weak<Source> = Weak::new();
            let registration = Registration { handle: 1, key, trigger: 8, repeating: false, source };
            port.inner.observe(registration).unwrap()
        });
        let fire = |index: usize| assert_eq!(observers[index].fire(8, 1, 0), Fired::Once);
        (0..2).for_each(fire);
        port.inner.hold(packet(1));
        fire(2);
        if let Some(key) = canceled {
            assert_eq!(port.inner.cancel(1, key), Ok(()));
        }
        let keys: Vec<_> = std::iter::from_fn(|| port.try_wait().ok()).map(|packet| packet.key()).collect();
        let expected: Vec<_> = [10, 11, 1, 12].into_iter().filter(|key| Some(*key) != canceled).collect();
        assert_eq!(keys, expected);
    }
}
