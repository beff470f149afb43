//! Registrations: sections F, G and H of ports.md, as far as they are the port's.

use std::sync::{Arc, Mutex, Weak};

use super::tests::{packet, port};
use super::*;
use crate::{Contents, Interrupt};

/// Remembers what it was told to forget.
#[derive(Default)]
struct Object {
    forgotten: Mutex<Vec<u64>>,
}

impl SignalSource for Object {
    fn forget(&self, observer: &Arc<Observer>) {
        self.forgotten.lock().unwrap().push(observer.key());
    }
}

impl Object {
    fn forgotten(&self) -> Vec<u64> {
        let mut keys = std::mem::take(&mut *self.forgotten.lock().unwrap());
        keys.sort_unstable();
        keys
    }

    fn observe(self: &Arc<Self>, port: &Port, handle: u64, key: u64) -> Result<Arc<Observer>, Status> {
        self.register(port, handle, key, false)
    }

    fn register(
        self: &Arc<Self>,
        port: &Port,
        handle: u64,
        key: u64,
        repeating: bool,
    ) -> Result<Arc<Observer>, Status> {
        let source: Weak<Object> = Arc::downgrade(self);
        port.inner.observe(Registration { handle, key, trigger: 8, repeating, source })
    }
}

fn keys(port: &Port) -> Vec<u64> {
    std::iter::from_fn(|| port.try_wait().ok()).map(|packet| packet.key()).collect()
}

#[test]
fn signals_and_user_packets_leave_in_one_order() {
    let (port, object) = (port(), Arc::<Object>::default());
    let observers: Vec<_> = (10..13).map(|key| object.observe(&port, 1, key).unwrap()).collect();
    port.queue(&packet(1)).unwrap();
    assert_eq!(observers[2].fire(8, 1, 0), Fired::Once);
    assert_eq!(observers[0].fire(8, 1, 0), Fired::Once);
    port.queue(&packet(2)).unwrap();
    port.queue(&packet(3)).unwrap();
    assert_eq!(observers[1].fire(8, 1, 0), Fired::Once);
    assert_eq!(keys(&port), [1, 12, 10, 2, 3, 11]);
}

#[test]
fn a_signal_packet_tells_what_was_waited_for_and_what_was_seen() {
    let (port, object) = (port(), Arc::<Object>::default());
    assert_eq!(object.observe(&port, 1, 5).unwrap().fire(0xff, 1, 77), Fired::Once);
    let packet = port.try_wait().unwrap();
    let expected = Contents::Signal { trigger: 8, observed: 0xff, count: 1, timestamp: 77 };
    assert_eq!((packet.key(), packet.kind(), packet.status()), (5, 1, 0), "F6");
    assert_eq!(packet.contents(), expected);
}

#[test]
fn a_registration_fires_once() {
    let (port, object) = (port(), Arc::<Object>::default());
    let observer = object.observe(&port, 1, 5).unwrap();
    assert!(observer.is_registered());
    assert_eq!(observer.fire(8, 1, 0), Fired::Once, "F3");
    assert!(!observer.is_registered());
    assert_eq!(observer.fire(8, 1, 0), Fired::Late);
    assert_eq!(keys(&port), [5]);
    assert_eq!(object.forgotten(), [0u64; 0], "the source that fires it knows");
}

#[test]
fn a_repeating_registration_stays_and_leaves_a_packet_that_is_still_queued_alone() {
    let (port, object) = (port(), Arc::<Object>::default());
    let observer = object.register(&port, 1, 5, true).unwrap();
    port.queue(&packet(1)).unwrap();
    assert_eq!(observer.fire(8, 1, 0), Fired::Stays);
    assert_eq!(observer.fire(9, 2, 0), Fired::Stays);
    assert_eq!(port.try_wait().unwrap().key(), 1);
    let packet = port.try_wait().unwrap();
    assert_eq!(packet.kind(), 2, "SIGNAL_REP");
    assert_eq!(
        packet.contents(),
        Contents::Signal { trigger: 8, observed: 8, count: 1, timestamp: 0 },
        "L9: coalesced, what was observed is unchanged"
    );
    assert_eq!(observer.fire(9, 1, 0), Fired::Stays);
    assert_eq!(port.inner.cancel(1, 5), Ok(()));
    assert_eq!(observer.fire(9, 1, 0), Fired::Late);
    assert_eq!(keys(&port), [0u64; 0]);
}

#[test]
fn cancel_takes_registrations_and_packets_of_one_handle_and_key() {
    let (port, object) = (port(), Arc::<Object>::default());
    let waiting = object.observe(&port, 1, 7).unwrap();
    let [queued, other_handle, other_key] =
        [(1, 7), (2, 7), (1, 8)].map(|(handle, key)| object.observe(&port, handle, key).unwrap());
    for observer in [&queued, &other_handle, &other_key] {
        assert_eq!(observer.fire(8, 1, 0), Fired::Once);
    }
    port.queue(&packet(7)).unwrap();
    assert_eq!(port.inner.cancel(1, 7), Ok(()), "G2");
    assert_eq!(object.forgotten(), [7], "only the one that had not fired");
    assert_eq!(port.inner.cancel(1, 7), Err(Status::NOT_FOUND));
    assert_eq!(waiting.fire(8, 1, 0), Fired::Late);
    assert_eq!(keys(&port), [7, 8, 7], "G3: another handle's, another key's, the program's");
    assert_eq!(port.inner.cancel(2, 7), Err(Status::NOT_FOUND), "it was read");
}

#[test]
fn cancel_key_takes_registrations_signals_and_user_packets_and_no_interrupt() {
    let (port, object) = (port(), Arc::<Object>::default());
    let interrupt = Interrupt::virtual_interrupt();
    interrupt.bind(&port, 7).unwrap();
    interrupt.trigger(1).unwrap();
    let observers: Vec<_> = (1..4).map(|handle| object.observe(&port, handle, 7).unwrap()).collect();
    let other = object.observe(&port, 1, 8).unwrap();
    port.queue(&packet(7)).unwrap();
    assert_eq!(observers[1].fire(8, 1, 0), Fired::Once);
    port.queue(&packet(8)).unwrap();
    assert_eq!(port.cancel_key(7), Ok(()), "G4");
    assert_eq!(object.forgotten(), [7, 7]);
    assert_eq!(port.cancel_key(7), Err(Status::NOT_FOUND), "G6");
    assert_eq!(other.fire(8, 1, 0), Fired::Once);
    assert_eq!(keys(&port), [7, 8, 8], "the interrupt's, the program's, the signal's");
    // A registration alone is enough.
    let observer = object.observe(&port, 1, 9).unwrap();
    assert_eq!((observer.trigger(), observer.handle()), (8, 1));
    assert!(Arc::ptr_eq(observer.port(), &port.inner));
    assert_eq!(port.cancel_key(9), Ok(()));
}

#[test]
fn a_withdrawn_registration_leaves_its_queued_packet() {
    let (port, object) = (port(), Arc::<Object>::default());
    let [waiting, fired] = [1, 2].map(|key| object.observe(&port, 1, key).unwrap());
    assert_eq!(fired.fire(8, 1, 0), Fired::Once);
    assert!(waiting.withdraw(), "B7");
    assert!(!waiting.withdraw());
    assert!(!fired.withdraw());
    assert_eq!(waiting.fire(8, 1, 0), Fired::Late);
    assert_eq!(keys(&port), [2]);
}

#[test]
fn sixteen_thousand_signals_fit_beside_a_full_port() {
    let (port, object) = (port(), Arc::<Object>::default());
    let observers: Vec<_> = (0..16_385).map(|key| object.observe(&port, 1, key).unwrap()).collect();
    (0..4097).for_each(|key| port.queue(&packet(key)).unwrap());
    assert_eq!(port.queue(&packet(0)), Err(Status::SHOULD_WAIT));
    for observer in &observers {
        assert_eq!(observer.fire(8, 1, 0), Fired::Once, "F10");
    }
    assert_eq!(port.queue(&packet(0)), Err(Status::SHOULD_WAIT), "D3: signals do not count");
    assert!(keys(&port).into_iter().eq((0..4097).chain(0..16_385)));
}

#[test]
fn sixteen_thousand_registrations_take_less_than_ten_megabytes() {
    // An `Arc` has two counts; lists that double are half empty at worst; one chain per entry.
    let observer = size_of::<Observer>() + 2 * size_of::<usize>();
    let lists = 2 * (size_of::<registry::Entry>() + size_of::<u32>() + size_of::<queue::Signal>());
    assert!(
        16_385 * (observer + lists) < 5_000_000,
        "{observer} + {lists} bytes each, the source's not counted"
    );
}

#[test]
fn a_thousand_idle_ports_take_less_than_a_megabyte() {
    let port = size_of::<PortInner>() + 4 * size_of::<usize>();
    assert!(1_000 * port < 1_000_000, "{port} bytes each");
}

#[test]
fn a_closed_port_keeps_interrupts_and_refuses_all_else() {
    let (port, object) = (port(), Arc::<Object>::default());
    let interrupt = Interrupt::virtual_interrupt();
    interrupt.bind(&port, 3).unwrap();
    interrupt.trigger(1).unwrap();
    port.queue(&packet(1)).unwrap();
    let [waiting, fired] = [1, 2].map(|key| object.observe(&port, 1, key).unwrap());
    assert_eq!(fired.fire(8, 1, 0), Fired::Once);
    port.close();
    assert_eq!(object.forgotten(), [1], "H1");
    assert_eq!(waiting.fire(8, 1, 0), Fired::Late, "F12");
    assert_eq!(port.queue(&packet(1)), Err(Status::BAD_HANDLE), "H4");
    assert_eq!(object.observe(&port, 1, 1).map(drop), Err(Status::BAD_HANDLE));
    assert_eq!(port.cancel_key(1), Err(Status::NOT_FOUND));
    assert_eq!(keys(&port), [3], "H3");
    interrupt.ack().unwrap();
    interrupt.trigger(2).unwrap();
    assert_eq!(keys(&port), [3], "H3: it goes on");
}

#[test]
fn dropping_the_last_port_ends_its_registrations() {
    let (port, object) = (port(), Arc::<Object>::default());
    let inner = Arc::downgrade(&port.inner);
    let observer = object.observe(&port, 1, 5).unwrap();
    drop(port.clone());
    assert!(observer.is_registered());
    drop(port);
    assert_eq!(object.forgotten(), [5]);
    assert_eq!(observer.fire(8, 1, 0), Fired::Late);
    drop(observer);
    assert!(inner.upgrade().is_none());
}

#[test]
fn registrations_are_found_after_many_came_and_went() {
    let (port, object) = (port(), Arc::<Object>::default());
    let mut live: Vec<Option<Arc<Observer>>> = Vec::new();
    let mut state = 1u64;
    for step in 0..20_000u64 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step | 1);
        let key = (state >> 33) % 200;
        match state >> 61 {
            0..4 => live.push(Some(object.observe(&port, key % 3, key).unwrap())),
            4..6 => {
                let at = (state >> 40) as usize % (live.len() + 1);
                if let Some(observer) = live.get_mut(at).and_then(Option::take) {
                    assert!(observer.withdraw());
                }
            }
            _ => {
                let expected = live.iter().flatten().any(|observer| observer.key() == key);
                assert_eq!(port.cancel_key(key).is_ok(), expected, "step {step}");
                live.retain(|observer| observer.as_ref().is_some_and(|observer| observer.key() != key));
            }
        }
    }
    let left = live.iter().flatten().count();
    assert!(left > 0);
    assert!(live.iter().flatten().all(|observer| observer.withdraw()));
}

#[test]
fn the_two_lists_behave_as_one_under_random_calls() {
    /// What a packet or a registration is: `handle` is 0 for a program's packet.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    struct Entry {
        handle: u64,
        key: u64,
    }
    for seed in 1..=20u64 {
        let (port, object) = (port(), Arc::<Object>::default());
        let mut queued = std::collections::VecDeque::<Entry>::new();
        let mut waiting = Vec::<(Entry, Arc<Observer>)>::new();
        let mut state = seed;
        for step in 0..5_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let [key, handle, at, what] = [33, 40, 45, 55].map(|shift| state >> shift);
            let entry = Entry { handle: 1 + handle % 2, key: key % 5 };
            let Entry { handle, key } = entry;
            match what % 32 {
                0..10 => {
                    port.queue(&packet(key)).unwrap();
                    queued.push_back(Entry { handle: 0, key });
                }
                10..16 => waiting.push((entry, object.observe(&port, handle, key).unwrap())),
                16..20 if !waiting.is_empty() => {
                    let (entry, observer) = waiting.swap_remove(at as usize % waiting.len());
                    assert_eq!(observer.fire(8, 1, 0), Fired::Once);
                    queued.push_back(entry);
                }
                20 => {
                    let before = queued.len() + waiting.len();
                    queued.retain(|other| other.key != key);
                    waiting.retain(|(other, _)| other.key != key);
                    let removed = before - queued.len() - waiting.len();
                    assert_eq!(port.cancel_key(key).is_ok(), removed > 0, "seed {seed}, step {step}");
                }
                21 => {
                    let before = queued.len() + waiting.len();
                    queued.retain(|other| *other != entry);
                    waiting.retain(|(other, _)| *other != entry);
                    let removed = before - queued.len() - waiting.len();
                    assert_eq!(
                        port.inner.cancel(handle, key).is_ok(),
                        removed > 0,
                        "seed {seed}, step {step}"
                    );
                }
                _ => {
                    let expected = queued.pop_front().map(|entry| (entry.key, u32::from(entry.handle > 0)));
                    let taken = port.try_wait().ok().map(|packet| (packet.key(), packet.kind()));
                    assert_eq!(taken, expected, "seed {seed}, step {step}");
                }
            }
        }
    }
}
