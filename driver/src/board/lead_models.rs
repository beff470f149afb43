//! loom models of the lead: it is never lost, and nobody who is woken sleeps on.

use std::collections::VecDeque;

use loom::sync::{Condvar, Mutex};
use loom::thread;

use super::*;

/// A device with one doorbell per packet, and the list of a port whose waiters it wakes.
#[derive(Default)]
struct Model {
    /// Interrupts that nobody has served, whether it was kicked, and packets that arrived.
    state: Mutex<(usize, bool)>,
    changed: Condvar,
    port: Lock<Port>,
}

#[derive(Default)]
struct Port {
    packets: usize,
    waiters: VecDeque<Arc<Waiter>>,
}

impl Model {
    /// An edge: the device will fire.
    fn fire(&self) {
        self.state.lock().unwrap().0 += 1;
        self.changed.notify_all();
    }

    /// A packet is there: wakes a waiter, rather one that does not lead, as a port does.
    fn post(&self) {
        let woken = {
            let mut port = self.port.lock();
            port.packets += 1;
            let index = port.waiters.iter().position(|waiter| !waiter.is_leading()).unwrap_or(0);
            let woken = port.waiters.remove(index);
            if let Some(waiter) = &woken {
                waiter.mark(Token::POSTED);
            }
            woken
        };
        if let Some(waiter) = woken {
            waiter.rouse();
        }
    }
}

impl Hardware for Model {
    fn sleep(&self, _deadline: i64) -> Result<(), Dead> {
        let fired = {
            let mut state = self.state.lock().unwrap();
            while *state == (0, false) {
                state = self.changed.wait(state).unwrap();
            }
            std::mem::take(&mut *state).0
        };
        (0..fired).for_each(|_| self.post());
        Ok(())
    }

    fn limit(&self, _now: i64) -> i64 {
        i64::MAX
    }

    fn kick(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }

    fn now(&self) -> i64 {
        0
    }

    fn is_simulated(&self) -> bool {
        false
    }

    fn is_dead(&self) -> bool {
        false
    }

    fn mourn(&self) {}
}

/// Takes one packet, as a wait of a port does.
fn take(vector: &Arc<Vector<Model>>) {
    let port = &vector.hardware.port;
    let waiter = Arc::new(Waiter::default());
    loop {
        {
            let mut port = port.lock();
            if port.packets > 0 {
                port.packets -= 1;
                return;
            }
            port.waiters.push_back(waiter.clone());
        }
        vector.stay(&waiter, Until { deadline: i64::MAX, simulated: false });
        port.lock().waiters.retain(|other| !Arc::ptr_eq(other, &waiter));
        waiter.take();
    }
}

fn check(preemptions: usize, body: impl Fn(Arc<Vector<Model>>) + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 20_000;
    builder.check(move || body(Arc::new(Vector::new(Model::default()))));
}

fn taker(vector: &Arc<Vector<Model>>) -> thread::JoinHandle<()> {
    let vector = vector.clone();
    thread::spawn(move || take(&vector))
}

#[test]
fn the_lead_goes_on_when_its_holder_leaves_with_a_packet() {
    check(2, |vector| {
        let takers = [taker(&vector), taker(&vector)];
        vector.hardware.fire();
        vector.hardware.fire();
        takers.into_iter().for_each(|taker| taker.join().unwrap());
        assert_eq!(vector.state.lock().led_until, None, "nobody is left to lead");
    });
}

#[test]
fn a_post_of_software_reaches_a_leader_that_falls_asleep_in_the_device() {
    check(4, |vector| {
        let taker = taker(&vector);
        vector.hardware.post();
        taker.join().unwrap();
        assert_eq!(vector.state.lock().led_until, None);
    });
}

#[test]
fn a_post_and_an_edge_at_once_serve_both_waiters() {
    check(2, |vector| {
        let takers = [taker(&vector), taker(&vector)];
        vector.hardware.fire();
        vector.hardware.post();
        takers.into_iter().for_each(|taker| taker.join().unwrap());
        assert_eq!(vector.state.lock().led_until, None);
    });
}

/// Takes one packet as a bystander does, for whom a helper leads.
fn bystander(vector: &Arc<Vector<Model>>) -> thread::JoinHandle<()> {
    let vector = vector.clone();
    thread::spawn(move || {
        let waiter = Arc::new(Waiter::default());
        loop {
            {
                let mut port = vector.hardware.port.lock();
                if port.packets > 0 {
                    port.packets -= 1;
                    return;
                }
                port.waiters.push_back(waiter.clone());
            }
            Vector::stay_among(std::iter::once((&vector, i64::MAX)), &waiter, i64::MAX).unwrap();
            vector.hardware.port.lock().waiters.retain(|other| !Arc::ptr_eq(other, &waiter));
            waiter.take();
        }
    })
}

#[test]
fn a_helper_leads_for_a_bystander_and_again_for_the_next() {
    check(2, |vector| {
        vector.hardware.fire();
        bystander(&vector).join().unwrap();
        vector.hardware.fire();
        bystander(&vector).join().unwrap();
    });
}

#[test]
fn a_helper_that_is_done_gives_the_lead_to_whom_comes_then() {
    check(2, |vector| {
        let waiters = [bystander(&vector), taker(&vector)];
        vector.hardware.fire();
        vector.hardware.fire();
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    });
}
